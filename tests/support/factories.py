"""Rules, events and an evaluator in one line, for tests."""

import itertools
import threading
from typing import Any

import msgspec
from redis import Redis

from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.index import Index
from evaluator.worker import Worker
from shared.clock import Clock, SystemClock
from shared.log import Logger
from shared.loops import Stop
from shared.model import rules
from shared.model.alerts import Alert, Transition
from shared.model.encoding import encode
from shared.model.events import Event
from shared.model.partitions import partition_of
from shared.process import Heartbeat
from shared.redis import connection, keys
from shared.settings import Settings
from tests.support.waiting import PATIENCE_S

_numbers = itertools.count()

MINUTE_MS = 60_000


def a_rule(**fields: Any) -> rules.Rule:
    """A rule `cpu > 80`, without a cooldown unless the test says otherwise."""
    simple = {} if "condition" in fields else {"metric": "cpu", "operator": ">", "threshold": 80}
    defaults = {"id": "r", "name": "CPU high", "cooldown_minutes": 0, "channels": ["web"]}
    return rules.parse({**defaults, **simple, **fields})


def an_event(at_ms: int, plugin_id: str = "p", **metrics: float) -> Event:
    return Event(plugin_id, at_ms=at_ms, metrics=metrics)


def an_alert(state: str = "firing", episode: int = 1, announced: int | None = None, **fields: Any) -> Alert:
    """Return an alert of `cpu > 80`, with *fields* of its own."""
    usual: dict[str, Any] = {
        "id": "a",
        "rule_id": "r",
        "rule_name": "CPU 높음",
        "plugin_id": "p",
        "plugin_name": "플러그인",
        "severity": "warning",
        "channels": ["web"],
        "condition": "cpu > 80",
        "started_at_ms": 1,
    }
    announced = episode if announced is None else announced
    return Alert(**{**usual, **fields}, state=state, episode=episode, announced_episode=announced)


def fold(
    engine_or_rules: Engine | list[rules.Rule], events: list[Event], now_ms: int | None = None
) -> list[tuple[str, int]]:
    """Feed events one at a time, the clock following event time unless fixed; return (kind, at_ms) of transitions."""
    engine = engine_or_rules if isinstance(engine_or_rules, Engine) else Engine(Index(engine_or_rules))
    changes = Changes()
    for event in events:
        engine.apply(event, f"{next(_numbers)}-0", event.at_ms if now_ms is None else now_ms, changes)
    return [(t.kind, t.at_ms) for t in changes.transitions]


def publish(redis: Redis, partitions: int, *events: Event) -> str:
    """Put events of one plugin into its partition, as one entry; return the entry's id."""
    body = encode(events[0]) if len(events) == 1 else encode(list(events))
    entry = redis.xadd(keys.events(partition_of(events[0].plugin_id, partitions)), {keys.EVENT_FIELD: body})
    return entry.decode()


def publish_at_once(redis: Redis, partitions: int, *events: Event) -> None:
    """Publish events of several plugins at one instant of the server's clock: no tick of a fleet lies between them."""
    with redis.pipeline() as pipe:
        for event in events:
            pipe.xadd(keys.events(partition_of(event.plugin_id, partitions)), {keys.EVENT_FIELD: encode(event)})
        pipe.execute()


def outbox(redis: Redis, partitions: int) -> list[Transition]:
    """Every transition committed, by partition and in order."""
    return [
        transition
        for p in range(partitions)
        for _, fields in redis.xrange(keys.outbox(p))
        for transition in msgspec.json.decode(fields[b"t"], type=list[Transition])
    ]


def lag(redis: Redis, partitions: int) -> int:
    """Events entries not yet committed, all partitions together; a stream without its group counts whole."""
    total = 0
    for p in range(partitions):
        if not redis.exists(keys.events(p)):
            continue
        groups = redis.xinfo_groups(keys.events(p))
        position = groups[0]["last-delivered-id"].decode() if groups else "0-0"
        total += len(redis.xrange(keys.events(p), min=f"({position}"))
    return total


class RunningWorker:
    """An evaluator in a thread of the test; leaves when the block ends."""

    def __init__(self, url: str, name: str, settings: Settings, clock: Clock | None = None) -> None:
        self._redis = connection.connect(url)
        self._stop = Stop(install_handlers=False)
        self.heartbeat = Heartbeat(self._redis, "evaluator")
        worker = Worker(self._redis, settings, name, clock or SystemClock(), Logger("evaluator"), self.heartbeat)
        self._thread = threading.Thread(target=worker.run, args=(self._stop,), daemon=True)

    def __enter__(self) -> "RunningWorker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=PATIENCE_S)
        assert not self._thread.is_alive()
        self._redis.close()
