"""The alert that stands for all alerts there is no room for on the board."""

from functools import partial

from msgspec import structs
from redis import Redis
from redis.client import Pipeline

from dispatchers import system_alerts
from shared.errors import NotFound
from shared.model import reasons
from shared.model.alerts import Alert, TimelineEntry
from shared.store import alert_store, due_groups

ALERT_ID = "overflow"
ROOM_AGAIN = 0.9
"""It ends below this share of the limit, so that it does not come and go with each alert."""


def add(
    standing: Alert | None, left_out: int, limit: int, now_ms: int, *, is_unreadable: bool
) -> tuple[Alert | None, Alert, TimelineEntry]:
    """
    Count alerts that were left out.

    Args:
        standing: The overflow alert as stored.
        left_out: How many alerts fired and were not put on the board.
        limit: How many alerts the board takes.
        is_unreadable: Whether there is a stored alert that cannot be read.

    Returns:
        The alert before and after, and the entry of its timeline.
    """
    if standing is None and is_unreadable:
        # The new record must be newer than what open pages have.
        standing = structs.replace(system_alerts.restored(ALERT_ID, "", (), now_ms), state="resolved")
    before = int(standing.value or 0) if standing is not None and standing.state != "resolved" else 0
    trouble = system_alerts.Trouble(
        alert_id=ALERT_ID,
        name="Too many active alerts · 활성 알림이 너무 많음",
        condition=f"active alerts > {limit} (MAX_ACTIVE_ALERTS)",
        reason=reasons.of("board.full", left_out=before + left_out),
        severity="emergency",
        channels=["web", "dashboard"],
        value=float(before + left_out),
        threshold=float(limit),
    )
    after, line = system_alerts.fire(standing, trouble, now_ms)
    return standing, after, line


def is_over(active: int, limit: int) -> bool:
    """Tell whether the board has room again."""
    return active <= limit * ROOM_AGAIN


def end(redis: Redis, retention_ms: int, now_ms: int) -> None:
    """Resolve the overflow alert and notify its channels."""

    def notify(pipe: Pipeline, after: Alert) -> None:
        due_groups.stage_due(pipe, after, after.channels, now_ms)

    decide = partial(system_alerts.end, reason=reasons.of("board.has_room"), now_ms=now_ms)
    try:
        alert_store.change(redis, ALERT_ID, decide, retention_ms, also=notify)
    except NotFound:
        return  # Its retention ended meanwhile.
