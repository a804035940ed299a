"""The product's alerts about itself: they stand on the board and are delivered like any other alert. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import structs

from shared.model import lifecycle, reasons
from shared.model.alerts import Alert, Severity, TimelineEntry
from shared.model.reasons import Reason

PLUGIN_ID = "enhanced-alerts"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, and which channels are notified."""

    alert_id: str
    name: str
    condition: str
    reason: Reason
    severity: Severity
    channels: Sequence[str]
    value: float | None = None
    threshold: float | None = None


def fire(before: Alert | None, trouble: Trouble, now_ms: int) -> tuple[Alert, TimelineEntry]:
    """Return the alert of a trouble and its timeline entry; an alert that had ended fires again."""
    is_on = before is not None and before.state != "resolved"
    if before is not None and is_on:
        after = structs.replace(
            before,
            value=trouble.value,
            version=before.version + 1,
            updated_at_ms=now_ms,
            **reasons.fields(trouble.reason),
        )
    else:
        episode = (before.episode if before else 0) + 1
        after = Alert(
            id=trouble.alert_id,
            rule_id=trouble.alert_id,
            rule_name=trouble.name,
            plugin_id=PLUGIN_ID,
            plugin_name="Enhanced Alerts",
            severity=trouble.severity,
            state="firing",
            channels=list(trouble.channels),
            condition=trouble.condition,
            value=trouble.value,
            threshold=trouble.threshold,
            started_at_ms=now_ms,
            fired_at_ms=now_ms,
            **reasons.fields(trouble.reason),
            episode=episode,
            announced_episode=episode,
            version=(before.version if before else 0) + 1,
            updated_at_ms=now_ms,
        )
    return after, _line("counted" if is_on else "firing", after, now_ms)


def restored(alert_id: str, name: str, channels: Sequence[str], now_ms: int) -> Alert:
    """
    Return an alert that fires, as it most likely was before, for one whose record cannot be read.

    Without it, a channel that was sent the firing would never be sent the end.
    """
    trouble = Trouble(alert_id, name, "", reasons.of("system.record_unreadable"), "critical", channels)
    # Above any version it can have had, so that pages take it up.
    return structs.replace(fire(None, trouble, now_ms)[0], version=now_ms)


def end(before: Alert | None, reason: Reason, now_ms: int) -> tuple[Alert, TimelineEntry] | None:
    """Return the alert resolved; None if it is not on."""
    if before is None or before.state == "resolved":
        return None
    after = lifecycle.resolve(before, "rule", reason, now_ms)
    return after, _line("resolved", after, now_ms)


def _line(kind: str, alert: Alert, now_ms: int) -> TimelineEntry:
    return TimelineEntry(
        at_ms=now_ms,
        kind=kind,
        by="rule",
        reason=alert.reason,
        reason_code=alert.reason_code,
        reason_values=alert.reason_values,
        value=alert.value,
    )
