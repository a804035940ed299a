"""Our alerts in the shape in which Alertmanager's API shows its own. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.model import external
from shared.model.alert_labels import labels_of
from shared.model.alerts import Alert
from shared.model.route_tree import EVERY_LABEL

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|/")
_OF_ADDRESSES = "-._~:/?#[]@!$&'()*+,;=%"
"""What an address may hold besides letters and digits (RFC 3986); senders fill templates with anything."""
RESOLVE_MS = 300_000
"""An alert that fires is shown to end in so long, unless it goes on; as Alertmanager shows those without an end."""
Shown = dict[str, Any]


def fingerprint_of(alert: Alert) -> str:
    """Return what Alertmanager calls an alert: computed from its labels."""
    return alert.external.fingerprint if alert.external is not None else external.fingerprint(labels_of(alert))


def alert_body(alert: Alert, fingerprints: Mapping[str, str], now_ms: int, public_url: str) -> Shown:
    """
    Return one alert that fires.

    Args:
        fingerprints: Alert id → fingerprint, of the alerts that fire; for those that hold this one back.
    """
    body: Shown = {
        "annotations": _annotations(alert),
        "endsAt": written(now_ms + RESOLVE_MS),
        "fingerprint": fingerprints.get(alert.id) or fingerprint_of(alert),
        "receivers": [{"name": channel} for channel in alert.channels],
        "startsAt": written(alert.started_at_ms),
        "status": status_of(alert, fingerprints),
        "updatedAt": written(alert.updated_at_ms),
        "labels": labels_of(alert),
    }
    link = alert.external.generator_url if alert.external is not None else f"{public_url}/alerts/{alert.id}"
    if _ADDRESS.match(link):
        body["generatorURL"] = quote(link, safe=_OF_ADDRESSES)
    return body


def status_of(alert: Alert, fingerprints: Mapping[str, str]) -> Shown:
    """Return whether an alert notifies, and what holds it back."""
    silence_id = _value(alert, "silenced", "silence_id")
    cause_id = _value(alert, "inhibited", "alert_id")
    silenced_by = [shown_id(silence_id)] if silence_id else []
    muted_by = [interval] if (interval := _value(alert, "muted", "interval")) else []
    inhibited_by = [fingerprints.get(cause_id, cause_id)] if cause_id else []
    return {
        "inhibitedBy": inhibited_by,
        "mutedBy": muted_by,
        "silencedBy": silenced_by,
        "state": "suppressed" if silenced_by or inhibited_by or muted_by else "active",
    }


def group_labels(alert: Alert) -> dict[str, str]:
    """Return the labels that the alerts of one notification share, by its route or its rule."""
    labels = labels_of(alert)
    if (names := alert.policy.group_labels) is not None:
        return dict(labels) if EVERY_LABEL in names else {name: labels.get(name, "") for name in names}
    match alert.policy.group_by.partition(":"):
        case ("plugin", _, _):
            return {"plugin": alert.plugin_id}
        case ("severity", _, _):
            return {"severity": alert.severity}
        case ("label", _, name):
            return {name: labels.get(name, "")}
        case ("none", _, _):
            return dict(labels)
    return {"alertname": labels.get("alertname", alert.rule_name)}


def groups(alerts: Sequence[tuple[Alert, Shown]], is_wanted: Callable[[str], bool] = bool) -> list[Shown]:
    """
    Return the alerts by what is notified together: one group for each channel and set of labels.

    Args:
        is_wanted: Tells of a channel whether it is shown.
    """
    found: dict[tuple[tuple[tuple[str, str], ...], str], list[Shown]] = {}
    for alert, body in alerts:
        labels = tuple(sorted(group_labels(alert).items()))
        channels = [channel for channel in alert.channels if is_wanted(channel)]
        one = {**body, "receivers": [{"name": channel} for channel in channels]}
        for channel in channels:
            found.setdefault((labels, channel), []).append(one)
    return [
        {"alerts": bodies, "labels": dict(labels), "receiver": {"name": channel}, "routeLabels": {}}
        for (labels, channel), bodies in sorted(found.items(), key=lambda one: one[0])
    ]


def shown_id(silence_id: str) -> str:
    """Return the id by which tools of Alertmanager know a silence: they take UUIDs alone."""
    return silence_id if is_uuid(silence_id) else str(uuid5(NAMESPACE_URL, f"enhanced-alerts:silence:{silence_id}"))


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID as Alertmanager writes them."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def written(at_ms: int) -> str:
    """Return an instant as Alertmanager writes it."""
    return f"{datetime.fromtimestamp(at_ms // 1_000, UTC):%Y-%m-%dT%H:%M:%S}.{at_ms % 1_000:03}Z"


def _annotations(alert: Alert) -> dict[str, str]:
    if alert.external is not None:
        return alert.external.annotations
    own = {"summary": alert.condition, "description": alert.description, "runbook_url": alert.runbook_url}
    return {name: text for name, text in (own | {"reason": alert.reason}).items() if text}


def _value(alert: Alert, step: str, name: str) -> str:
    """Return one value of why a step holds an alert back; "" if it does not."""
    reason = alert.suppressed_reasons.get(step)
    return str(reason.values.get(name, "")) if reason is not None else ""
