"""Writes an alert about the system itself: it is read, decided and written again until nothing came between."""

from collections.abc import Callable, Sequence

from msgspec import structs
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import WatchError

from dispatchers import system_alerts
from shared.model.alerts import Alert, TimelineEntry
from shared.redis import keys
from shared.store import alert_store

Change = tuple[Alert, TimelineEntry]


def change(
    redis: Redis,
    alert_id: str,
    *,
    name: str,
    is_failing: bool,
    channels: Callable[[], Sequence[str]],
    decide: Callable[[Alert | None], Change | None],
    stage: Callable[[Pipeline, Alert | None], None],
    history_ms: int,
    now_ms: int,
) -> Change | None:
    """
    Fire or resolve one alert, in one transaction with what *stage* adds.

    Args:
        name: Of the alert, if its stored record cannot be read and a new one is written.
        is_failing: Whether it is to fire.
        channels: Returns the channels that a new record notifies.
        decide: Given the alert as stored, returns it as it will be and its timeline entry; None: it stays.
        stage: Given the open transaction and the alert as it will be, adds its notifications. It may be called again.

    Returns:
        What was written; None if the alert stays as it was.
    """
    while True:
        with redis.pipeline() as pipe:
            pipe.watch(keys.alert(alert_id))
            raw = pipe.get(keys.alert(alert_id))
            before = alert_store.read(raw)
            if raw is not None and before is None:
                before = system_alerts.restored(alert_id, name, channels(), now_ms)
                if is_failing:
                    # It fires again below, which writes its record.
                    before = structs.replace(before, state="resolved")
            decided = decide(before)
            pipe.multi()
            if decided is not None:
                alert_store.stage(pipe, before, *decided, history_ms)
            stage(pipe, decided[0] if decided is not None else None)
            try:
                pipe.execute()
            except WatchError:
                continue
            return decided
