"""Transitions put into an outbox, the workers that deliver them, and the ledgers they leave."""

import msgspec
from msgspec import structs
from redis import Redis

from dispatchers import jobs
from shared.clock import SystemClock
from shared.log import Logger
from shared.model.alerts import Alert, LedgerEntry, TimelineEntry, Transition
from shared.model.encoding import encode
from shared.process import Heartbeat
from shared.redis import keys
from shared.settings import Settings
from shared.store import alert_store, due_groups
from tests.support.processes import System, wait_ready

T = 1_700_000_000_000


def a_transition(kind: str, n: int = 0, **fields: object) -> Transition:
    defaults: dict = {
        "alert_id": f"alert{n}",
        "rule_id": "r",
        "rule_name": "CPU 높음",
        "plugin_id": f"플러그인-{n}",
        "plugin_name": "내 플러그인",
        "severity": "critical",
        "channels": ["webhook"],
        "condition": "cpu > 80",
        "metric": "cpu",
        "value": 91.5,
        "threshold": 80.0,
        "at_ms": T,
        "decided_at_ms": SystemClock().now_ms(),
        "since_ms": T,
        "reason": "cpu = 91.5 is > 80",
    }
    return Transition(kind=kind, **{**defaults, **fields})


def decided(redis: Redis, *transitions: Transition, partition: int = 0) -> None:
    """Put transitions into an outbox, as the evaluator's commit does."""
    redis.xadd(keys.outbox(partition), {"t": encode(transitions)})


def ledger_of(redis: Redis, alert_id: str, channel: str) -> LedgerEntry:
    body = redis.hget(keys.ledger(alert_id), channel)
    return msgspec.json.decode(body, type=LedgerEntry) if body else LedgerEntry()


def story(redis: Redis, alert_id: str) -> list[str]:
    return [entry.kind for entry in alert_store.timeline(redis, alert_id)]


def started(system: System, redis: Redis, *names: str) -> None:
    system.start("dispatchers", "router")
    system.start("dispatchers", "worker", "--channels", ",".join(names))
    wait_ready(redis, "router", *(f"worker-{n}" for n in names))


def set_up(redis: Redis) -> None:
    settings = Settings(group_seconds=0, public_url="http://board")
    jobs.set_up(redis, settings, Logger("test"), Heartbeat(redis, "worker"))


def becomes(redis: Redis, before: Alert | None, after: Alert) -> None:
    with redis.pipeline() as pipe:
        alert_store.stage(pipe, before, after, TimelineEntry(at_ms=1, kind=after.state), 10**8)
        due_groups.stage_due(pipe, after, ["webhook"], 0)
        pipe.execute()


HOUR_MS = 3_600_000


def recorded(redis: Redis, alert: Alert, at_ms: int, before: Alert | None = None) -> Alert:
    """Write a state of an alert as the router does, but for its channels' news: that is the bug to be found."""
    after = structs.replace(alert, updated_at_ms=at_ms)
    with redis.pipeline() as pipe:
        alert_store.stage(pipe, before, after, TimelineEntry(at_ms=at_ms, kind=alert.state), HOUR_MS * 24 * 7)
        pipe.execute()
    return after


def tell(redis: Redis, alert: Alert, **fields: object) -> None:
    entry = LedgerEntry(told="firing", told_episode=1, status="settled")
    redis.hset(keys.ledger(alert.id), "web", encode(structs.replace(entry, **fields)))
