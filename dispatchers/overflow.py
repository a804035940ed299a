"""The one alert that stands for those there was no room for on the board. Pure."""

from msgspec import structs

from shared import lifecycle
from shared.models import Alert, TimelineEntry

ALERT_ID = "overflow"
ROOM_AGAIN = 0.9
"""It ends below this share of the limit, so that it does not come and go with every alert."""


def say(before: Alert | None, count: int, limit: int, now_ms: int) -> tuple[Alert, TimelineEntry]:
    """Return the overflow alert after *count* more were left out, and what its timeline says."""
    fresh = before is None or before.state == "resolved"
    total = count + (0 if fresh or before is None else int(before.value or 0))
    reason = f"{total} alerts fired and are not on the board, for lack of room"
    if before is not None and not fresh:
        after = structs.replace(
            before, value=float(total), reason=reason, version=before.version + 1, updated_at_ms=now_ms
        )
    else:
        episode = (before.episode if before else 0) + 1
        after = Alert(
            id=ALERT_ID,
            rule_id=ALERT_ID,
            rule_name="Too many active alerts · 활성 알림이 너무 많음",
            plugin_id="enhanced-alerts",
            plugin_name="Enhanced Alerts",
            severity="emergency",
            state="firing",
            channels=["web", "dashboard"],
            condition=f"active alerts > {limit} (MAX_ACTIVE_ALERTS)",
            value=float(total),
            threshold=float(limit),
            started_at_ms=now_ms,
            fired_at_ms=now_ms,
            reason=reason,
            episode=episode,
            announced_episode=episode,
            version=(before.version if before else 0) + 1,
            updated_at_ms=now_ms,
        )
    kind = "firing" if fresh else "counted"
    return after, TimelineEntry(at_ms=now_ms, kind=kind, by="rule", reason=reason, value=after.value)


def end(before: Alert | None, active: int, limit: int, now_ms: int) -> tuple[Alert, TimelineEntry] | None:
    """Return the overflow alert resolved, if it fires and there is room again."""
    if before is None or before.state == "resolved" or active > limit * ROOM_AGAIN:
        return None
    after = lifecycle.resolve(before, "rule", "there is room on the board again", now_ms)
    return after, TimelineEntry(at_ms=now_ms, kind="resolved", by="rule", reason=after.reason, value=after.value)
