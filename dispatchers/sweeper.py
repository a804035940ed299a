"""
The safety net of delivery, run by the active router: groups whose time has come get a job, and ledgers that disagree
with their alerts are repaired.
"""

from collections import Counter
from collections.abc import Mapping

from redis import Redis
from redis.exceptions import ResponseError, WatchError

from dispatchers import channel as channels
from dispatchers import ledger
from dispatchers.queues import Queues
from shared import crash_points
from shared.log import Logger
from shared.model import reasons
from shared.model.alerts import UNKNOWN, Alert, ledger_entry
from shared.redis import delivery_keys, keys
from shared.store import alert_store, due_groups
from shared.store.parking import Parking

LOOK_AGAIN_MS = 10_000
"""A group whose job has not begun by then gets a second job; the first job finds nothing to do if it comes late. So the
group of a worker that died before it claimed the group is delivered within 15 s."""
FULL_AGAIN_MS = 5_000
"""For a group whose channel has as many jobs as may wait."""
BEGUN_AGAIN_MS = 500
"""For a group whose job, still waiting when last looked at, may have begun meanwhile."""
SWEEP_AT_ONCE = 500
CHECK_AT_ONCE = 200


def sweep(redis: Redis, queues: Queues, now_ms: int, parking: Parking | None = None) -> int:
    """Give a job to every group that is due; returns how many."""
    members = redis.zrangebyscore(delivery_keys.due_groups(), "-inf", now_ms, start=0, num=SWEEP_AT_ONCE)
    if not members:
        return 0
    places = {}
    for member in members:
        channel, separator, group = member.decode("utf-8", "replace").partition(due_groups.SEPARATOR)
        if member == f"{channel}{separator}{group}".encode() and separator and channels.find(channel) is not None:
            places[member] = channel, separator, group
        else:
            # No worker would ever handle it.
            parking = parking or Parking(redis, Logger("router"), Counter())
            parking.park(delivery_keys.due_groups(), member, reasons.of("letter.no_group"))
            redis.zrem(delivery_keys.due_groups(), member)
    queues.look({channel for channel, _, _ in places.values()})
    for place, error in queues.unreadable.items():
        # The key is not a queue, so this product did not write it. New jobs replace those that it kept from running.
        parking = parking or Parking(redis, Logger("router"), Counter())
        parking.park(place, b"", reasons.of("letter.queue", error=str(error)))
        redis.delete(place)
    waiting = [member for member, (channel, _, _) in places.items() if queues.is_full(channel)]
    given = [member for member in places if member not in set(waiting)]
    with redis.pipeline() as pipe:
        queues.enqueue([(places[member][0], places[member][2]) for member in given], pipe)
        for some, wait_ms in ((given, LOOK_AGAIN_MS), (waiting, FULL_AGAIN_MS)):
            if some:
                pipe.zadd(delivery_keys.due_groups(), dict.fromkeys(some, now_ms + wait_ms), xx=True)
        pipe.execute()
    crash_points.reach("router.after_sweep")
    return len(given)


def repair(redis: Redis, log: Logger, now_ms: int, parking: Parking | None = None) -> int:
    """
    Compare alerts with their ledgers, and make due what is not due and should be: of all open alerts, and of ended
    alerts until every channel was sent the end.

    Level-triggered delivery should have nothing to repair; each repair is counted, for it means a bug somewhere.

    Returns:
        How many (alert, channel) had to be repaired.
    """
    repaired = 0
    parking = parking or Parking(redis, log, Counter())
    members = redis.zrange(keys.active_alerts(), 0, -1)
    members += sorted(redis.smembers(keys.unproven_alerts()).difference(members))
    ids = [i.decode("utf-8", "replace") for i in members]
    for start in range(0, len(ids), CHECK_AT_ONCE):
        part = ids[start : start + CHECK_AT_ONCE]
        with redis.pipeline(transaction=False) as pipe:
            pipe.mget([keys.alert(i) for i in part])
            for i in part:
                pipe.hgetall(keys.ledger(i))
            raws, *ledgers = pipe.execute(raise_on_error=False)
        if isinstance(raws, Exception):
            raise raws
        proven: dict[str, bytes | None] = {}
        for i, raw, stored in zip(part, raws, ledgers, strict=True):
            alert = alert_store.read(raw)
            if raw is not None and alert is None:
                parking.park(keys.alert(i), raw, reasons.of("letter.alert"))
            if isinstance(stored, Exception):
                if not isinstance(stored, ResponseError):
                    raise stored
                parking.park(keys.ledger(i), b"", reasons.of("letter.ledger", error=str(stored)))
            pending = _channels_with_news(alert, stored) if alert else []
            if not pending and (alert is None or alert.state == "resolved"):
                proven[i] = raw
            for name in pending:
                if alert is not None and _is_neglected(redis, alert, name):
                    with redis.pipeline() as pipe:
                        due_groups.stage_due(pipe, alert, [name], now_ms)
                        pipe.execute()
                    log.error("delivery.repaired", alert=i, channel=name)
                    repaired += 1
        _forget(redis, proven)
    return repaired


def _channels_with_news(alert: Alert, ledgers: Mapping[bytes, bytes] | Exception) -> list[str]:
    """
    Return the channels that are to be sent news of *alert*; not those whose news was given up.

    Args:
        ledgers: Channel → ledger entry; or the error on reading them: then a channel may have been sent anything.
    """
    names = []
    for name in alert.channels:
        kind = channels.find(name)
        entry = UNKNOWN if isinstance(ledgers, Exception) else ledger_entry(ledgers.get(name.encode()))
        news = ledger.news(alert, entry, kind.traits.tells, name) if kind else None
        if news is not None and not (entry.status == "dead" and entry.attempted == ledger.attempted(alert, news)):
            names.append(name)
    return names


def _is_neglected(redis: Redis, alert: Alert, name: str) -> bool:
    """Tell whether no job will send this channel its news."""
    group = due_groups.group_of(alert)
    with redis.pipeline() as pipe:
        # In one transaction: an alert moves from one set to the other.
        for key in (delivery_keys.due(name, group), delivery_keys.in_hand(name, group)):
            pipe.sismember(key, alert.id)
        is_due = any(pipe.execute())
    if is_due and redis.zscore(delivery_keys.due_groups(), f"{name}{due_groups.SEPARATOR}{group}") is not None:
        return False
    # A sent alert is no longer due from that moment on; so it is neglected only if it is still unsent after this look.
    now = alert_store.load(redis, [alert.id])[0]
    if now is None or now.version != alert.version:
        return False
    try:
        stored: Mapping[bytes, bytes] | Exception = redis.hgetall(keys.ledger(now.id))
    except ResponseError as error:
        # It is no hash; the job that tells of the alert deletes it.
        stored = error
    return name in _channels_with_news(now, stored)


def _forget(redis: Redis, proven: Mapping[str, bytes | None]) -> None:
    """Stop looking at alerts that ended and are delivered, unless they have changed meanwhile."""
    if not proven:
        return
    names = [keys.alert(i) for i in proven]
    with redis.pipeline() as pipe:
        try:
            pipe.watch(*names)
            unchanged = [i for i, now in zip(proven, pipe.mget(names), strict=True) if now == proven[i]]
            pipe.multi()
            if unchanged:
                pipe.srem(keys.unproven_alerts(), *unchanged)
            pipe.execute()
        except WatchError:
            return  # The next round looks again.
