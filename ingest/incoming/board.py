"""Finds alerts on the board by what their senders know them by, and acts on them as the sender. Shell."""

from contextlib import suppress

from redis import Redis

from api.change import operations
from ingest.alertmanager.calls import Call
from shared.errors import Conflict, NotFound
from shared.model import external
from shared.model.alerts import Alert
from shared.redis import keys
from shared.store import alert_store
from shared.store.audit import Author

AT_ONCE = 1_000
"""Records that are read together."""


def find(redis: Redis, fingerprint: str) -> list[Alert]:
    """Return the external alerts on the board that have this identity."""
    ids = alert_store.active_ids(redis, 0, -1)
    needle = fingerprint.encode()
    found = []
    for start in range(0, len(ids), AT_ONCE):
        # Only records that hold the text are decoded: the board may have 100,000.
        for raw in redis.mget([keys.alert(alert_id) for alert_id in ids[start : start + AT_ONCE]]):
            alert = alert_store.read(raw) if raw is not None and needle in raw else None
            if alert is not None and alert.external is not None and alert.external.fingerprint == fingerprint:
                found.append(alert)
    return found


def known_by_id(call: Call, alert_id: str) -> Alert | None:
    """Return the external alert with an id of ours, if this key's source has sent it."""
    with suppress(NotFound):
        alert = alert_store.get(call.redis, alert_id)
        if external.is_external(alert.rule_id) and alert.external is not None:
            return alert if alert.external.sender == call.caller.name else None
    return None


def acknowledge(call: Call, alerts: list[Alert], comment: str = "") -> None:
    """Acknowledge alerts as the key; one that is resolved meanwhile stays so."""
    for alert in alerts:
        with suppress(Conflict, NotFound):
            operations.acknowledge(
                call.redis, call.settings, alert.id, call.caller.name, comment, author=author_of(call)
            )


def comment(call: Call, alerts: list[Alert], text: str) -> None:
    """Add a comment to the alerts' timelines as the key."""
    for alert in alerts:
        with suppress(NotFound):
            operations.comment(call.redis, call.settings, alert.id, call.caller.name, text, author=author_of(call))


def author_of(call: Call) -> Author:
    """Return as whom a key acts."""
    return Author(call.caller.name, "", call.request.remote_addr or "", call.caller.principal)
