"""
Whatever is stored may be unreadable: the evaluator goes on without it, says so, and everything else is evaluated.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from redis import Redis

from evaluator.commit import call_of
from evaluator.index import Index
from evaluator.partition import Partition
from evaluator.snapshot import Snapshot
from evaluator.takeover import take_over as take_over_partition
from shared import process
from shared.clock import SystemClock
from shared.model.events import Event
from shared.model.partitions import partition_of
from shared.redis import keys
from shared.redis.leases import Leases
from shared.settings import Settings
from shared.store import rule_store
from tests.support.factories import RunningWorker, a_rule, an_event, outbox, publish
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import until

SETTINGS = replace(Settings(), partitions=2, lease_seconds=1)
T = 1_700_000_000_000
PLUGINS = {partition_of(name, 2): name for name in map("p{}".format, range(20))}
"""One of each partition."""
pack = msgspec.msgpack.encode
SAVED = ["gone", "", {}, {}, {}, [], 0, 1]


def a_hash(key: str, fields: dict[str, Any]) -> Callable[[Redis], object]:
    return lambda redis: redis.hset(key, mapping=fields)


def a_checkpoint(**fields: Any) -> Callable[[Redis], object]:
    return a_hash(keys.checkpoint(0), {"id": "0-1", "memory": pack([]), "revision": "0", **fields})


def of_type(key: str, kind: str) -> Callable[[Redis], object]:
    make: dict[str, Callable[[Redis], object]] = {
        "string": lambda redis: redis.set(key, b"\xc1garbage"),
        "hash": lambda redis: redis.hset(key, "a", "b"),
        "list": lambda redis: redis.rpush(key, "a", "b"),
        "set": lambda redis: redis.sadd(key, "a"),
        "zset": lambda redis: redis.zadd(key, {"a": 1}),
        "stream": lambda redis: redis.xadd(key, {"a": "b"}),
    }
    return make[kind]


def a_position_beyond_the_log(redis: Redis) -> None:
    redis.xgroup_create(keys.events(0), keys.GROUP, id="99999999999999-0", mkstream=True)


UNREADABLE: dict[str, Callable[[Redis], object]] = {
    "a checkpoint's memory": a_checkpoint(memory=b"\xc1"),
    "a checkpoint's memory of another shape": a_checkpoint(memory=pack({"a": 1})),
    "a checkpoint's plugin of another shape": a_checkpoint(memory=pack([SAVED, [1, 2, 3]])),
    "a checkpoint's plugin with torn samples": a_checkpoint(
        memory=pack([[*SAVED[:3], {"cpu": [1, 2.0, 3, b"1234567", b"12345678"]}, *SAVED[4:]]])
    ),
    "a checkpoint's plugin heard of in no time": a_checkpoint(memory=pack([[*SAVED[:6], 1 << 60, 1 << 60]])),
    "a checkpoint's position": a_checkpoint(id="yesterday"),
    "a checkpoint's position beyond all that can be": a_checkpoint(id="99999999999999999999-0"),
    "a checkpoint without its position": a_hash(keys.checkpoint(0), {"memory": pack([SAVED])}),
    "a checkpoint without its memory": a_hash(keys.checkpoint(0), {"id": "0-1"}),
    "a snapshot": a_hash(keys.snapshots(0), {"r\0p": b"\xc1"}),
    "a snapshot's place": a_hash(keys.snapshots(0), {b"\xff": pack(Snapshot("pending", "a", 1))}),
    "a snapshot without a plugin": a_hash(keys.snapshots(0), {"r": pack(Snapshot("pending", "a", 1))}),
    "a snapshot in no phase": a_hash(keys.snapshots(0), {"r\0p": pack(["asleep", "a", 1])}),
    "a snapshot that cools for ever": a_hash(keys.snapshots(0), {"r\0p": pack(["cooling", "a", 1, 1 << 63])}),
    "when somebody listened": lambda redis: redis.set(keys.alive(0), "yesterday"),
    "how far the clock was judged": lambda redis: redis.set(keys.clock(0), "9" * 30),
    "the source of tokens": lambda redis: redis.set(keys.fence(0), "many"),
    "the committed position": a_position_beyond_the_log,
    "the count of rules' changes": lambda redis: (
        redis.set(keys.rules_revision(), "many") and redis.hset(keys.rules(), "bad", b"\xc1")
    ),
    "a rule": a_hash(keys.rules(), {"bad": b"\xc1", "worse": '{"id": "worse"}', b"\xff\xfe": "{}"}),
    "a rule from a future version": a_hash(
        keys.rules(), {"new": a_rule(id="new").model_dump_json().replace('"kind":"threshold"', '"kind":"oracle"')}
    ),
}
TYPES = {
    "checkpoint": (keys.checkpoint(0), ("string", "stream", "list")),
    "snapshots": (keys.snapshots(0), ("string", "zset")),
    "outbox": (keys.outbox(0), ("string", "hash")),
    "dead letters": (keys.dead_letters(0), ("hash",)),
    "events": (keys.events(0), ("list",)),
    "lease": (keys.lease(0), ("hash", "stream")),
    "fence": (keys.fence(0), ("set",)),
    "alive": (keys.alive(0), ("zset",)),
    "judged": (keys.clock(0), ("list",)),
    "evaluators": (keys.evaluators(), ("string", "hash")),
    "plugins": (keys.plugins(), ("string", "stream")),
}
for what, (key, kinds) in TYPES.items():
    UNREADABLE |= {f"{what} as {kind}": of_type(key, kind) for kind in kinds}


@pytest.mark.parametrize("spoil", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_evaluator_starts_without_what_it_cannot_read_and_says_so(
    redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Redis], object]
) -> None:
    monkeypatch.setattr("evaluator.worker.LAST_SEEN_MS", 50)
    rule_store.save(redis, a_rule())
    spoil(redis)
    with RunningWorker(server.url, "w1", SETTINGS) as worker:
        until(lambda: worker.heartbeat.counters["left_out"] > 0 and worker.heartbeat.counters["partitions"] == 2)
        until(lambda: worker.heartbeat.ready)
        moment = count(T)
        for plugin in PLUGINS.values():
            publish(redis, 2, an_event(next(moment), plugin, cpu=99))
        told = until(lambda: len(found := outbox(redis, 2)) == 2 and found)
        until(lambda: worker.heartbeat.detail.get("left_out"), "operators see what was left out")

    assert set(PLUGINS.values()) == {t.plugin_id for t in told if t.kind == "firing"}


def test_plugins_page_loses_what_nobody_can_read(
    redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluator.worker.FORGET_EVERY_MS", 100)
    garbage = {
        "ghost": b"not json",
        b"\xff": b"{}",
        "list": b"[]",
        "deep": b"[" * 10_000,
        "text": b'{"last_at_ms": "x"}',
    }
    redis.hset(keys.plugins(), mapping=garbage)
    with RunningWorker(server.url, "w1", SETTINGS) as worker:
        until(lambda: not redis.exists(keys.plugins()), "what cannot be read is dropped")
        assert worker.heartbeat.counters["left_out"] >= len(garbage)


def test_rules_that_cannot_be_read_at_all_end_no_alert(redis: Redis, server: RealServer) -> None:
    rule_store.save(redis, a_rule())
    with RunningWorker(server.url, "w1", SETTINGS):
        publish(redis, 2, an_event(T, PLUGINS[0], cpu=99))
        until(lambda: outbox(redis, 2))
    body = redis.dump(keys.rules())
    redis.set(keys.rules(), "garbage")
    with RunningWorker(server.url, "w2", SETTINGS) as worker:
        until(lambda: worker.heartbeat.counters["left_out"] > 3)
        assert not worker.heartbeat.ready
        redis.restore(keys.rules(), 0, body, replace=True)
        publish(redis, 2, an_event(T + 1, PLUGINS[0], cpu=1))
        until(lambda: len(outbox(redis, 2)) == 2)

    assert ["firing", "resolved"] == [t.kind for t in outbox(redis, 2)]
    assert outbox(redis, 2)[1].reason.endswith("cpu = 1 is not > 80")


def take_over(redis: Redis, index: Index) -> Partition:
    redis.delete(keys.lease(0))
    leases = Leases(redis, 60_000)
    lease = leases.acquire(keys.lease(0), keys.fence(0), "w")
    assert lease
    return take_over_partition(redis, 0, lease, leases, index)


blobs = st.binary(max_size=60) | st.recursive(
    st.none() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=5) | st.binary(max_size=17),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=30,
).map(pack)


@hypothesis_settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "memory", "revision"), blobs)),
    st.dictionaries(st.binary(max_size=9) | st.just(b"r\0p"), blobs, max_size=3),
    st.lists(st.dictionaries(st.sampled_from(["e", "c", "x"]), blobs, min_size=1, max_size=2), max_size=3),
    st.none() | blobs,
)
def test_takeover_and_decisions_survive_any_bytes(
    redis: Redis, checkpoint: dict[str, bytes], snapshots: dict[bytes, bytes], log: list[dict[str, bytes]], alive: bytes
) -> None:
    redis.flushall()
    if checkpoint:
        redis.hset(keys.checkpoint(0), mapping=checkpoint)
    if snapshots:
        redis.hset(keys.snapshots(0), mapping=snapshots)
    if alive is not None:
        redis.set(keys.alive(0), alive)
    for entry in log:
        redis.xadd(keys.events(0), entry)
    index = Index([a_rule(), a_rule(id="w", condition={"kind": "absence", "seconds": 1})])
    partition = take_over(redis, index)
    partition.engine.replace_rules(index, T, partition.changes)
    entries = redis.xrange(keys.events(0))
    assert [] == partition.decide([(i, [x for pair in f.items() for x in pair]) for i, f in entries], T)
    partition.nothing_unread_at(T * 2)
    partition.pass_time(T * 2)
    call_of(partition.take_batch(), 60_000, T)
    partition.checkpoint(0)

    assert {} == partition.engine.failures


def test_what_a_torn_checkpoint_held_of_one_plugin_is_read_from_the_log_and_the_rest_is_kept(redis: Redis) -> None:
    index = Index([a_rule(condition={"kind": "window", "metric": "w", "statistic": "max", "seconds": 600, **OVER})])
    first = take_over(redis, index)
    for name in ("torn", "whole"):
        publish(redis, 1, Event(name, at_ms=T, metrics={"w": 90.0}))
    entries = redis.xrange(keys.events(0))
    first.decide([(i, [x for pair in f.items() for x in pair]) for i, f in entries], T)
    first.position = entries[-1][0].decode()
    redis.xgroup_setid(keys.events(0), keys.GROUP, first.position)
    first.checkpoint(0)
    plugins = msgspec.msgpack.decode(redis.hget(keys.checkpoint(0), "memory"))
    redis.hset(keys.checkpoint(0), "memory", pack([["torn", 5], *(p for p in plugins if p[0] == "whole")]))
    second = take_over(redis, index)

    assert {"torn", "whole"} == {known.plugin_id for known in second.engine.plugins.memories()}
    assert {1} == {len(known.series["w"].samples or []) for known in second.engine.plugins.memories()}
    assert 1 == len(second.unreadable)


OVER = {"operator": ">", "threshold": 80}


def test_overflow_costs_no_neighbour_and_no_partition(redis: Redis, server: RealServer) -> None:
    """The entry's other events are decided, and the partition is not loaded again and again."""
    huge = 1.7976931348623157e308
    window = {"kind": "window", "metric": "cpu", "seconds": 600, **OVER}
    rule_store.save(redis, a_rule(id="avg", condition={**window, "statistic": "avg"}))
    joined = [{"kind": "absence", "seconds": 1}, {**window, "statistic": "sum"}]
    rule_store.save(redis, a_rule(id="both", condition={"kind": "compound", "join": "all", "conditions": joined}))
    first, second = [name for name in map("p{}".format, range(40)) if partition_of(name, 2) == 0][:2]
    with RunningWorker(server.url, "w1", SETTINGS) as worker:
        for at_ms in (T, T + 1):
            publish(redis, 2, an_event(at_ms, first, cpu=huge))
        publish(redis, 2, an_event(T + 2, first, cpu=huge), an_event(T, second, cpu=90))
        until(lambda: {("both", first), ("both", second)} <= {(t.rule_id, t.plugin_id) for t in outbox(redis, 2)})
        told = outbox(redis, 2)
        counters = worker.heartbeat.counters

    assert 0 == counters["failures"] == counters["dead_letters"] == counters["leases_lost"]
    assert {("avg", first), ("avg", second)} <= {(t.rule_id, t.plugin_id) for t in told}


def test_what_was_left_out_is_seen_by_operators(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    redis.hset(keys.checkpoint(0), mapping={"id": "0-1", "memory": b"\xc1", "revision": "0"})
    with a_system(server.url, tmp_path, OPERATOR_CHANNELS="web") as system:
        system.start("evaluator")
        system.start("dispatchers", "worker")
        wait_ready(redis, "evaluator")
        until(lambda: redis.exists(keys.alert("own-left-out")), "the system's own alert")
        [evaluator] = [r for r in process.reports(redis, SystemClock().now_ms()) if r.component == "evaluator"]

    assert 1 == evaluator.counters["left_out"]
