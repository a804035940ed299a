"""What an operator does to an alert, the same from the API and the command line."""

from redis import Redis

from shared import lifecycle, notifying, records
from shared.clock import SystemClock
from shared.models import Alert, Command, TimelineEntry
from shared.settings import Settings


def acknowledge(redis: Redis, settings: Settings, alert_id: str, by: str, comment: str = "") -> Alert:
    """
    Acknowledge an alert; again is no error.

    Raises:
        NotFound: no such alert. Conflict: it is pending or resolved.
    """
    now_ms = SystemClock().now_ms()

    def decide(alert: Alert) -> tuple[Alert, TimelineEntry] | None:
        after = lifecycle.acknowledge(alert, by, comment, now_ms)
        return (after, _entry("acknowledged", by, comment, now_ms)) if after else None

    return records.change(redis, alert_id, decide, settings.history_ms, also=_tell_channels(now_ms))


def resolve(redis: Redis, settings: Settings, alert_id: str, by: str, comment: str = "") -> Alert:
    """
    Resolve an alert; the partition's owner learns of it through its log.

    Raises:
        NotFound: no such alert. Conflict: it is resolved already.
    """
    now_ms = SystemClock().now_ms()

    def decide(alert: Alert) -> tuple[Alert, TimelineEntry]:
        return lifecycle.resolve(alert, by, comment, now_ms), _entry("resolved", by, comment, now_ms)

    def command(alert: Alert) -> Command:
        return Command(
            kind="resolve",
            rule_id=alert.rule_id,
            plugin_id=alert.plugin_id,
            alert_id=alert.id,
            by=by,
            at_ms=now_ms,
        )

    return records.change(redis, alert_id, decide, settings.history_ms, also=_tell_channels(now_ms), command=command)


def comment(redis: Redis, settings: Settings, alert_id: str, by: str, text: str) -> Alert:
    """
    Write something into an alert's story, whatever its state.

    Raises:
        NotFound: no such alert.
    """
    now_ms = SystemClock().now_ms()
    return records.change(
        redis,
        alert_id,
        lambda alert: (lifecycle.comment(alert, now_ms), _entry("commented", by, text, now_ms)),
        settings.history_ms,
    )


def assign(redis: Redis, settings: Settings, alert_id: str, by: str, to: str) -> Alert:
    """
    Say whose an alert is; "" takes it back.

    Raises:
        NotFound: no such alert. Conflict: it is resolved.
    """
    now_ms = SystemClock().now_ms()

    def decide(alert: Alert) -> tuple[Alert, TimelineEntry] | None:
        after = lifecycle.assign(alert, to, now_ms)
        return (after, _entry("assigned", by, f"to {to}" if to else "to nobody", now_ms)) if after else None

    return records.change(redis, alert_id, decide, settings.history_ms)


def _tell_channels(now_ms: int):  # type: ignore[no-untyped-def]
    return lambda pipe, alert: notifying.stage_due(pipe, alert, alert.channels, now_ms)


def _entry(kind: str, by: str, comment: str, now_ms: int) -> TimelineEntry:
    return TimelineEntry(at_ms=now_ms, kind=kind, by=by, reason=comment)
