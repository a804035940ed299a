"""
Rename shared keys that another program overwrote with a wrong type, because they would stop routing; report them.

Such a key no longer holds data of the product, so renaming it loses nothing. The indexes of alerts are rebuilt from the
alert records. Keys that people fill (rules, channels, silences, users) are never renamed: without their content the
system would notify the wrong people, so the error must stay until an operator corrects it.
"""

from collections.abc import Mapping

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ResponseError, WatchError

from shared.log import Logger
from shared.model.alerts import Alert
from shared.redis import delivery_keys, keys
from shared.store import alert_store
from shared.store.alert_store import HOUR_MS

KEPT_MS = 7 * 86_400_000
"""How long a renamed key is kept for inspection."""
LOAD_AT_ONCE = 1_000


def is_wrong_type(error: Exception | None) -> bool:
    """Tell whether the server refused a command because of a key's type."""
    return isinstance(error, ResponseError) and "WRONGTYPE" in str(error)


def expected_types(partitions: int, now_ms: int) -> dict[str, str]:
    """Return each shared key that routing needs, and the type it has as the product writes it."""
    hours = (now_ms // HOUR_MS, now_ms // HOUR_MS - 1)
    days = (now_ms // (24 * HOUR_MS), now_ms // (24 * HOUR_MS) - 1)
    return {
        keys.active_alerts(): "zset",
        keys.alert_history(): "zset",
        keys.unproven_alerts(): "set",
        delivery_keys.due_groups(): "zset",
        delivery_keys.dead_notifications(): "zset",
        keys.set_aside(): "zset",
        keys.router_cursors(): "hash",
        keys.router_ahead(): "hash",
        keys.banner(): "hash",
        keys.processes(): "hash",
        **dict.fromkeys(map(keys.flaps_day, days), "hash"),
        **dict.fromkeys(map(keys.statistics_hour, hours), "hash"),
        **dict.fromkeys(map(delivery_keys.deliveries_hour, hours), "hash"),
        keys.feed(): "stream",
        keys.commands(): "stream",
        keys.records(): "stream",
        keys.records_recorded(): "string",
        **{key(p): "stream" for p in range(partitions) for key in (keys.outbox, keys.dead_letters)},
        keys.router_lease(): "string",
        keys.router_fence(): "string",
        keys.last_backup(): "string",
    }


def run(redis: Redis, log: Logger, partitions: int, now_ms: int) -> list[str]:
    """Rename every shared key of a wrong type; returns their names."""
    expected = expected_types(partitions, now_ms)
    renamed = []
    for key in _wrong(redis, expected):
        if key != keys.set_aside():
            # Reported first: if this process dies in between, the next one finds the key as it is.
            redis.zadd(keys.set_aside(), {key: now_ms})
            redis.pexpire(keys.set_aside(), KEPT_MS)
        kept_as = f"{key}:set-aside:{now_ms}"
        if _rename(redis, key, expected[key], kept_as):
            log.error("key.set_aside", key=key, kept_as=kept_as, wanted=expected[key])
            renamed.append(key)
    return renamed


def _wrong(redis: Redis, expected: Mapping[str, str]) -> list[str]:
    with redis.pipeline(transaction=False) as pipe:
        for key in expected:
            pipe.type(key)
        types = pipe.execute()
    wrong = [key for key, kind in zip(expected, types, strict=True) if kind.decode() not in (expected[key], "none")]
    # The list of reports itself comes first.
    return sorted(wrong, key=lambda key: key != keys.set_aside())


def _rename(redis: Redis, key: str, expected: str, kept_as: str) -> bool:
    """Rename a key, and rebuild an index of alerts, in one transaction; False if its type is right by now."""
    while True:
        with redis.pipeline() as pipe:
            pipe.watch(key)
            if pipe.type(key).decode() in (expected, "none"):
                return False
            alerts = _alerts(pipe) if key in _INDEXES else []
            pipe.multi()
            pipe.rename(key, kept_as)
            pipe.pexpire(kept_as, KEPT_MS)
            for alert in alerts:
                _INDEXES[key](pipe, alert)
            try:
                pipe.execute()
                return True
            except WatchError:
                continue


def _alerts(pipe: Pipeline) -> list[Alert]:
    """Read all records of alerts, and watch them."""
    names = list(pipe.scan_iter(f"{keys.alert('')}*", count=LOAD_AT_ONCE, _type="string"))
    found = []
    for start in range(0, len(names), LOAD_AT_ONCE):
        some = names[start : start + LOAD_AT_ONCE]
        pipe.watch(*some)
        found += [alert_store.read(raw) for raw in pipe.mget(some)]
    return [alert for alert in found if alert is not None]


def _add_active(pipe: Pipeline, alert: Alert) -> None:
    if alert.state != "resolved":
        pipe.zadd(keys.active_alerts(), {alert.id: alert_store.board_score(alert)})


def _add_to_history(pipe: Pipeline, alert: Alert) -> None:
    pipe.zadd(keys.alert_history(), {alert.id: alert.started_at_ms})


def _add_unproven(pipe: Pipeline, alert: Alert) -> None:
    if alert.state == "resolved":
        pipe.sadd(keys.unproven_alerts(), alert.id)


_INDEXES = {
    keys.active_alerts(): _add_active,
    keys.alert_history(): _add_to_history,
    keys.unproven_alerts(): _add_unproven,
}
"""Key → how an alert is added to the index."""
