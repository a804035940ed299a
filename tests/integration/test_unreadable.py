"""
Things that nobody can read, in every place where router, workers and watch read something: each is parked with a
reason, takes none of its neighbours along, and ends no process.
"""

import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from dispatchers import sweeper
from dispatchers.queues import Queues
from dispatchers.watchdog import Watchdog
from shared.clock import SystemClock
from shared.log import Logger
from shared.model import lifecycle
from shared.model.alerts import Alert, Transition
from shared.model.encoding import encode
from shared.redis import delivery_keys, keys
from shared.store import alert_store, due_groups
from tests.support.delivery import a_transition, decided
from tests.support.real_server import RealServer
from tests.support.routing import SETTINGS, RunningRouter, board, fired, routed, stored
from tests.support.unreadable import JUNK, anything
from tests.support.waiting import until


def letters(redis: Redis) -> list[tuple[bytes, bytes, bytes]]:
    found = [fields for p in range(SETTINGS.partitions) for _, fields in redis.xrange(keys.dead_letters(p))]
    return [(one[b"entry"], one[b"payload"], one[b"reason"]) for one in found]


# -- the outbox ---------------------------------------------------------------------------------------------


def test_lone_entry_that_nobody_can_read_is_parked_and_passed(redis: Redis, server: RealServer) -> None:
    body = b'[{"kind":"from the future"}]'
    entry = redis.xadd(keys.outbox(1), {"t": body})
    with RunningRouter(server.url) as router:
        until(lambda: routed(redis, 1))
        until(lambda: router.heartbeat.ready)

    ((where, payload, reason),) = letters(redis)
    assert (b"ea:{1}:outbox " + entry, body[1:-1]) == (where, payload)
    assert b"the transition cannot be read" in reason
    assert (1, 1) == (router.heartbeat.counters["undecodable"], router.heartbeat.counters["parked"])
    assert 0 == router.heartbeat.counters["failures"]


def test_good_transition_of_an_entry_is_routed_beside_a_bad_one(redis: Redis, server: RealServer) -> None:
    good = encode(a_transition("firing", channels=["web"]))
    redis.xadd(keys.outbox(0), {"t": b'[{"kind":"firing"},%s,7]' % good})
    with RunningRouter(server.url):
        until(lambda: routed(redis))

    assert ["alert0"] == board(redis)
    assert 2 == len(letters(redis))


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(entries=st.lists(st.lists(st.one_of(anything, st.none()), max_size=4), min_size=1, max_size=8))
def test_any_outbox_is_passed_and_its_good_transitions_are_routed(
    redis: Redis, server: RealServer, entries: list[list[bytes | None]]
) -> None:
    """None stands for a good transition."""
    redis.flushall()
    wanted = []
    for bodies in entries:
        parts = []
        for body in bodies:
            if body is None:
                wanted.append(f"alert{len(wanted)}")
                parts.append(encode(a_transition("firing", len(wanted) - 1, channels=["web"])))
            else:
                parts.append(body if _is_json(body) else b'"%s"' % body.hex().encode())
        redis.xadd(keys.outbox(0), {"t": b"[%s]" % b",".join(parts)})
        redis.xadd(keys.outbox(0), {"x": b"".join(body or b"" for body in bodies)})
    with RunningRouter(server.url) as router:
        until(lambda: routed(redis))

    assert sorted(wanted) == board(redis)
    assert 0 == router.heartbeat.counters["failures"]


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return b"," not in body


a_number = st.one_of(st.integers(), st.sampled_from([0, -1, 2**53, 2**63, 2**64, 10**18, -(2**63), 10**30]))
a_word = st.one_of(
    st.text(max_size=30), st.sampled_from(["", "\0", "a\0b", "web", "web-\n", "label:", "web\0rule:r", "*" * 300])
)
a_step = st.fixed_dictionaries({"after_ms": a_number, "channels": st.lists(a_word, max_size=2)})
a_strange_transition = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["pending", "cleared", "firing", "reopened", "announced", "resolved"]),
        "alert_id": st.one_of(st.sampled_from(["alert0", "alert1", "overflow"]), a_word),
        "rule_id": a_word, "rule_name": a_word, "plugin_id": a_word, "plugin_name": a_word, "condition": a_word,
        "severity": st.sampled_from(["info", "emergency"]), "channels": st.lists(a_word, max_size=3),
        "at_ms": a_number, "decided_at_ms": a_number, "since_ms": a_number,
    },
    optional={
        "value": st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), "threshold": st.none(),
        "hold_until_ms": a_number, "labels": st.dictionaries(a_word, a_word, max_size=2), "metric": a_word,
        "policy": st.fixed_dictionaries({}, optional={
            "repeat_ms": a_number, "cooldown_ms": a_number, "group_by": a_word,
            "inhibited_by": st.lists(a_word, max_size=2), "escalation": st.lists(a_step, max_size=2),
        }),
    },
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(strange=st.lists(a_strange_transition, min_size=1, max_size=6))
def test_transitions_that_can_be_read_but_say_strange_things_hold_up_nobody(
    redis: Redis, server: RealServer, strange: list[dict]
) -> None:
    redis.flushall()
    decided(redis, a_transition("firing", 900, channels=["web"]))
    for one in strange:
        redis.xadd(keys.outbox(0), {"t": _json([one])})
    decided(redis, a_transition("firing", 901, channels=["web"]))
    with RunningRouter(server.url) as router:
        until(lambda: routed(redis))
        # Once more round what stands on the board now.
        decided(redis, a_transition("firing", 902, channels=["web"]))
        until(lambda: routed(redis))
        assert router.is_alive()

    assert {"alert900", "alert901", "alert902"} <= set(board(redis))


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


# -- records, ledgers and all the others --------------------------------------------------------------------


@pytest.mark.parametrize("junk", JUNK[1:], ids=range(len(JUNK) - 1))
@pytest.mark.parametrize("kind", ["firing", "reopened", "announced", "resolved", "cleared", "pending"])
def test_record_that_cannot_be_read_is_parked_and_made_anew(
    redis: Redis, server: RealServer, kind: str, junk: bytes
) -> None:
    stored(redis, fired(0), fired(1))
    redis.set(keys.alert("alert0"), junk)
    with RunningRouter(server.url) as router:
        decided(redis, a_transition(kind, 0, channels=["web"]), a_transition("resolved", 1, channels=["web"]))
        until(lambda: routed(redis))
    made = alert_store.read(redis.get(keys.alert("alert0")))

    assert "resolved" == alert_store.get(redis, "alert1").state
    assert [(b"ea:alert:alert0", junk[:4_096])] == [letter[:2] for letter in letters(redis)]
    if kind != "pending":
        assert made is not None and made.version > 10**12
        assert made.state == ("resolved" if kind in ("resolved", "cleared") else "firing")
    assert 0 == router.heartbeat.counters["failures"]


PLACES = [
    (keys.alert("alert5"), None),
    (keys.flaps_day(SystemClock().now_ms() // 86_400_000), "r\0플러그인-0"),
    (keys.silences(), "s"),
    (keys.silences_revision(), None),
    (keys.router_ahead(), "0"),
    (keys.router_ahead(), b"\xff"),
    (keys.router_cursors(), "1"),
    (keys.router_cursors(), b"\xff"),
    (keys.router_cursors(), "x"),
    (keys.ledger("alert5"), "web"),
    (keys.last_backup(), None),
    (keys.processes(), "x"),
    (keys.dead_producers(), "x"),
    (keys.channels(), "web-x"),
    (keys.banner(), "x"),
]


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(what=st.lists(st.tuples(st.sampled_from(PLACES), anything), min_size=1, max_size=5), member=anything)
def test_junk_anywhere_holds_up_neither_router_nor_sweeper_nor_watch(
    redis: Redis, server: RealServer, what: list, member: bytes
) -> None:
    redis.flushall()
    stored(redis, fired(5))
    for (key, field), junk in what:
        redis.hset(key, field, junk) if field is not None else redis.set(key, junk)
    redis.xadd(keys.commands(), {"c": member})
    for index in (delivery_keys.due_groups(), keys.active_alerts(), keys.alert_history()):
        redis.zadd(index, {member: 0})
    redis.sadd(keys.unproven_alerts(), member)
    decided(redis, a_transition("firing", 0, channels=["web"]), a_transition("firing", 1, channels=["web"]))
    with RunningRouter(server.url) as router:
        until(lambda: routed(redis))
        until(lambda: not redis.xlen(keys.commands()))
        until(lambda: router.heartbeat.ready)
        assert router.is_alive()
        failures = router.heartbeat.counters["failures"]
    sweeper.repair(redis, Logger("test"), SystemClock().now_ms())
    sweeper.sweep(redis, Queues(redis), SystemClock().now_ms() + 60_000)
    Watchdog(redis, SETTINGS, Logger("test")).step()

    assert {"alert0", "alert1"} <= set(board(redis))
    assert 0 == failures


def test_what_is_met_again_and_again_is_parked_once(redis: Redis, server: RealServer) -> None:
    stored(redis, fired(0))
    redis.set(keys.alert("alert0"), b"junk")
    for n in (1, 2):
        # Each a new process that met nothing yet.
        with RunningRouter(server.url):
            decided(redis, a_transition("pending", 0), a_transition("firing", n, channels=["web"]))
            until(lambda: routed(redis))

    assert 1 == len(letters(redis))


def test_error_that_no_reader_foresees_costs_one_transition(
    redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is, each of the others is routed, once and in order."""
    real = lifecycle.apply

    def apply(alert: Alert | None, change: Transition) -> Alert | None:
        if change.alert_id in ("alert30", "alert55"):
            raise ArithmeticError("a bug")
        return real(alert, change)

    monkeypatch.setattr(lifecycle, "apply", apply)
    decided(redis, *(a_transition("firing", n, channels=["web"], rule_id=f"r{n % 3}") for n in range(60)))
    with RunningRouter(server.url) as router:
        until(lambda: routed(redis))
        until(lambda: router.heartbeat.ready)
        decided(redis, *(a_transition("resolved", n, channels=["web"], rule_id=f"r{n % 3}") for n in range(20)))
        until(lambda: routed(redis))

    assert sorted(f"alert{n}" for n in range(20, 60) if n not in (30, 55)) == board(redis)
    assert {b"firing of alert alert30", b"firing of alert alert55"} == {letter[0] for letter in letters(redis)}
    assert all(b"ArithmeticError: a bug" in letter[2] for letter in letters(redis))


def test_duty_that_fails_holds_up_neither_routing_nor_the_other_duties(
    redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ArithmeticError("a bug")

    monkeypatch.setattr("shared.store.silence_store.load_all", fail)
    monkeypatch.setattr("shared.store.alert_store.prune_history", fail)
    notifying_at = SystemClock().now_ms()
    redis.zadd(delivery_keys.due_groups(), {f"web{due_groups.SEPARATOR}rule:r": notifying_at})
    with RunningRouter(server.url) as router:
        decided(redis, a_transition("firing", channels=["web"]))
        until(lambda: routed(redis))
        until(lambda: router.heartbeat.counters["swept"])
        until(lambda: router.heartbeat.counters["failures"])
        assert router.heartbeat.ready

    assert ["alert0"] == board(redis)


def test_cursor_beyond_the_end_of_its_outbox_loses_nothing(redis: Redis, server: RealServer) -> None:
    """As after a failover that lost the end of the stream; ids are given anew, lower than the cursor."""
    redis.xadd(keys.outbox(0), {"t": encode([a_transition("firing", 0, channels=["web"])])}, id="100-0")
    redis.hset(keys.router_cursors(), "0", "200-0")
    redis.hset(keys.router_cursors(), "1", "200-0")
    with RunningRouter(server.url):
        until(lambda: redis.hget(keys.router_cursors(), "0") == b"100-0")
        redis.xadd(keys.outbox(0), {"t": encode([a_transition("firing", 1, channels=["web"])])}, id="101-0")
        redis.xadd(keys.outbox(1), {"t": encode([a_transition("firing", 2, channels=["web"])])}, id="101-0")
        until(lambda: routed(redis, 0) and routed(redis, 1))

    assert ["alert0", "alert1", "alert2"] == board(redis)
    ((where, payload, reason),) = letters(redis)
    assert (b"ea:router:cursors 0", b"200-0") == (where, payload)
    assert b"ends at 100-0" in reason
