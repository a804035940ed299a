"""
The safety net of delivery, run by the active router: groups whose time has come get a job, and ledgers that disagree
with their alerts are repaired.
"""

from collections.abc import Mapping

import msgspec
from redis import Redis

from dispatchers import channel as channels
from dispatchers import ledger
from dispatchers.queues import Queues
from shared import keys, notifying, records
from shared.log import Logger
from shared.models import Alert, LedgerEntry

LOOK_AGAIN_MS = 15_000
"""A job enqueued and not taken up by then gets a second one; the first finds nothing to do if it comes late."""
SWEEP_AT_ONCE = 500
CHECK_AT_ONCE = 200
CHECK_BACK_MS = 3_600_000
"""How far back resolved alerts are checked; each check finds what an hour of bugs left."""

_decode_entry = msgspec.json.Decoder(LedgerEntry).decode


def sweep(redis: Redis, queues: Queues, now_ms: int) -> int:
    """Give a job to every group that is due; returns how many."""
    members = redis.zrangebyscore(keys.due_groups(), "-inf", now_ms, start=0, num=SWEEP_AT_ONCE)
    if not members:
        return 0
    pairs = []
    for member in members:
        channel, _, group = member.decode().partition(notifying.SEPARATOR)
        queues.of(channel)
        pairs.append((channel, group))
    with redis.pipeline() as pipe:
        queues.enqueue(pairs, pipe)
        pipe.zadd(keys.due_groups(), dict.fromkeys(members, now_ms + LOOK_AGAIN_MS), xx=True)
        pipe.execute()
    return len(members)


def repair(redis: Redis, log: Logger, now_ms: int) -> int:
    """
    Compare alerts with what their channels were told, and see to what nobody sees to.

    Level-triggered delivery should leave nothing to find here; what it finds is counted, for it is a bug somewhere.

    Returns:
        How many (alert, channel) had to be repaired.
    """
    repaired = 0
    ids = [i.decode() for i in redis.zrange(keys.active_alerts(), 0, -1)]
    recent = redis.zrangebyscore(keys.alert_history(), now_ms - CHECK_BACK_MS, "+inf")
    ids = list(dict.fromkeys([*ids, *(i.decode() for i in recent)]))
    for start in range(0, len(ids), CHECK_AT_ONCE):
        part = ids[start : start + CHECK_AT_ONCE]
        alerts = [a for a in records.load(redis, part) if a is not None]
        with redis.pipeline(transaction=False) as pipe:
            for alert in alerts:
                pipe.hgetall(keys.ledger(alert.id))
            ledgers = pipe.execute()
        for alert, stored in zip(alerts, ledgers, strict=True):
            entries = {name.decode(): _decode_entry(body) for name, body in stored.items()}
            for name in _neglected(redis, alert, entries):
                with redis.pipeline() as pipe:
                    notifying.stage_due(pipe, alert, [name], now_ms)
                    pipe.execute()
                log.error("delivery.repaired", alert=alert.id, channel=name)
                repaired += 1
    return repaired


def _neglected(redis: Redis, alert: Alert, entries: Mapping[str, LedgerEntry]) -> list[str]:
    group = notifying.group_of(alert)
    found = []
    for name in alert.channels:
        kind = channels.find(name)
        entry = entries.get(name, ledger.NEVER)
        told = ledger.news(alert, entry, kind.traits.tells) if kind else None
        if told is None or (entry.status == "dead" and entry.attempted == ledger.attempted(alert, told)):
            continue
        member = f"{name}{notifying.SEPARATOR}{group}"
        is_due = redis.sismember(keys.due(name, group), alert.id)
        if not (is_due and redis.zscore(keys.due_groups(), member) is not None):
            found.append(name)
    return found
