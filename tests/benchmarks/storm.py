"""
A storm: 10,000 plugins that were well each breach a rule, spread evenly over one second, on real processes.

Measured from the first XADD: until all are on the board, until 100 browsers have heard of all, and until a webhook has
been told of all (100 in a request, as its kind says; no group wait). Meanwhile a plugin that has nothing to do with it
alerts another webhook ten times a second: how long that takes is what the storm costs others.
"""

import time
from typing import Any

import hiredis
import requests
from redis import Redis

from api.auth import access_tokens
from shared.model.alerts import Alert
from shared.model.encoding import encode
from shared.model.events import Event
from shared.model.partitions import partition_of
from shared.redis import keys
from shared.store import alert_store, channel_store, rule_store
from tests.benchmarks import _stage
from tests.benchmarks._stage import Receiver
from tests.benchmarks.figures import Figure, Size, Target
from tests.support.factories import a_rule
from tests.support.ports import free_port
from tests.support.processes import wait_ready
from tests.support.waiting import until

PARTITIONS = 8
ALERTS, BROWSERS = 10_000, 100
LASTS_S = 1.0
SLICES = 100
"""The storm's events are sent in so many pieces, each at its time."""
QUIET_EVERY_S = 0.1
LOOK_EVERY_S = 0.05
KINDS = [
    a_rule(id=f"storm-{n}", name=f"Storm {n}", metric=f"m{n}", threshold=80, plugins="storm-*", channels=["webhook"],
           severity=severity, cooldown_minutes=5)
    for n, severity in enumerate(("warning", "error", "critical", "emergency"))
]  # fmt: skip
QUIET = a_rule(id="quiet", plugins="quiet-*", channels=["webhook-quiet"], group_by="none", severity="info")


def run(size: Size) -> list[Figure]:
    count, audience = size.of(ALERTS), size.of(BROWSERS)
    found: dict[str, list[float]] = {}
    for _ in range(size.rounds):
        for name, value in _round(count, audience).items():
            found.setdefault(name, []).append(value)
    of = f"{count:,} alerts within a second"
    bare = "as many documents POSTed 100 at a time by requests"
    return [
        Figure("storm_board", f"storm, {of}: board complete", "s", found["board"], bare, found["floor"],
               Target(2, "at most", "value")),
        Figure("storm_feed", f"storm: feed complete at {audience} browsers", "s", found["feed"], bare, found["floor"],
               Target(3, "at most", "value")),
        Figure("storm_webhook", "storm: webhook notified of every alert", "s", found["webhook"], bare, found["floor"],
               Target(3, "at most", "value"), note=f"in {found['requests'][0]:.0f} requests"),
        Figure("storm_quiet_p50", "storm: another channel meanwhile, p50", "ms", found["quiet p50"]),
        Figure("storm_quiet_p99", "storm: another channel meanwhile, p99", "ms", found["quiet p99"],
               target=Target(500, "at most", "value")),
    ]  # fmt: skip


def _round(count: int, audience: int) -> dict[str, float]:
    port = free_port()
    with (
        _stage.a_stage(PARTITIONS=str(PARTITIONS), RELAY_PORT=str(port)) as (redis, system),
        _stage.a_receiver(yields=True) as to,
    ):
        for rule in (*KINDS, QUIET):
            rule_store.save(redis, rule)
        channel_store.save(redis, "webhook", {"url": f"{to.base}/storm"})
        channel_store.save(redis, "webhook-quiet", {"url": f"{to.base}/quiet"})
        system.start("evaluator")
        system.start("dispatchers", "router")
        system.start("dispatchers", "worker", "--channels", "webhook,webhook-quiet")
        system.start("api.relay")
        wait_ready(redis, "evaluator", "router", "worker-webhook", "worker-webhook-quiet", "relay")
        token = access_tokens.issue(redis, "bench", "viewer", 3_600)
        with _stage.browsers(port, audience, f"Authorization: Bearer {token}", yields=True) as hearing:
            floor_s = _floor(to, count)
            to.forget()
            # Everything has been called once before it counts.
            _add(redis, [_quiet_event("quiet-warm"), _storm_event(count, 95.0)])
            to.wait("/quiet", 1)
            to.wait("/storm", 1)
            to.forget()
            # No plugin is new: each has published before, and was well.
            for start in range(0, count, 500):
                _add(redis, [_storm_event(n, 20.0) for n in range(start, min(start + 500, count))])
            until(lambda: redis.hlen(keys.plugins()) == count + 2, "the plugins to be known", _stage.DEADLINE_S)
            outcome = _storm(redis, to, hearing, count)
        return {**outcome, "floor": floor_s}


def _storm(redis: Redis, to: Receiver, hearing: Any, count: int) -> dict[str, float]:
    # Written before it begins: who publishes is elsewhere, and none of what is measured.
    entries = [hiredis.pack_command(_entry(_storm_event(n, 95.0))) for n in range(count)]
    connection = redis.connection_pool.make_connection()
    connection.connect()
    quiet_at: dict[str, int] = {}
    sent = 0
    board_s = looked_s = 0.0
    feed_ns = 0
    is_told = False
    begun = time.monotonic()
    while not (board_s and is_told):
        now_s = time.monotonic() - begun
        assert now_s < _stage.DEADLINE_S, f"{_on_board(redis)} on the board, {to.count('/storm')} told"
        if now_s >= len(quiet_at) * QUIET_EVERY_S:
            name = f"quiet-{len(quiet_at)}"
            quiet_at[name] = time.monotonic_ns()
            _add(redis, [_quiet_event(name)])
        due = min(count, int(now_s / LASTS_S * SLICES + 1) * count // SLICES)
        if sent < due:
            connection.send_packed_command(entries[sent:due])
            for _ in range(sent, due):
                connection.read_response()
            sent = due
        if now_s - looked_s > LOOK_EVERY_S and sent == count:
            looked_s = now_s
            # That of the warm-up is on the board already.
            if board_s:
                is_told = to.count("/storm") == count
            elif _on_board(redis) == 1 + count:
                board_s = time.monotonic() - begun
                # Those that watch are told of the quiet plugin's too, which go on until the webhook is told.
                feed_ns = hearing.until(2 + count + len(quiet_at))
        time.sleep(0.005)
    connection.disconnect()
    to.wait("/quiet", len(quiet_at))
    arrived = to.taken("/storm")
    assert {name for _, name in arrived} == {f"storm-{n}" for n in range(count)}
    waits = [(at_ns - quiet_at[name]) / 1e6 for at_ns, name in to.taken("/quiet")]
    return {
        "board": board_s,
        "feed": (feed_ns / 1e9) - begun,
        "webhook": max(at_ns for at_ns, _ in arrived) / 1e9 - begun,
        "requests": float(len({at_ns for at_ns, _ in arrived})),
        "quiet p50": _stage.percentile(waits, 0.5),
        "quiet p99": _stage.percentile(waits, 0.99),
    }


def _on_board(redis: Redis) -> int:
    """Return how many alerts of the storm are active: all but the quiet plugin's, which are the mildest."""
    return redis.zcount(keys.active_alerts(), "-inf", f"({alert_store.board_score(_MILDEST)}")


def _add(redis: Redis, events: list[Event]) -> None:
    with redis.pipeline(transaction=False) as pipe:
        for event in events:
            pipe.execute_command(*_entry(event))
        pipe.execute()


def _entry(event: Event) -> tuple[str | bytes, ...]:
    return ("XADD", keys.events(partition_of(event.plugin_id, PARTITIONS)), "*", keys.EVENT_FIELD, encode(event))


def _storm_event(n: int, value: float) -> Event:
    return Event(
        f"storm-{n}", plugin_name=f"저장소 {n}", metrics={f"m{n % len(KINDS)}": value}, labels={"region": "seoul"}
    )


def _quiet_event(name: str) -> Event:
    return Event(name, metrics={"cpu": 95.0})


_MILDEST = Alert(
    id="", rule_id="", rule_name="", plugin_id="", plugin_name="", severity="info", state="firing", channels=[],
    condition="", started_at_ms=0,
)  # fmt: skip


def _floor(to: Receiver, count: int) -> float:
    """POST as many documents of the same size, 100 at a time, and nothing else."""
    documents = [_document(n) for n in range(count)]
    begun = time.monotonic()
    with requests.Session() as session:
        for start in range(0, count, 100):
            session.post(f"{to.base}/floor", data=encode({"alerts": documents[start : start + 100]}), timeout=60)
    return time.monotonic() - begun


def _document(n: int) -> dict[str, Any]:
    rule = KINDS[n % len(KINDS)]
    alert = Alert(
        id=f"{n:032x}", rule_id=rule.id, rule_name=rule.name, plugin_id=f"storm-{n}", plugin_name=f"저장소 {n}",
        severity=rule.severity, state="firing", channels=["webhook"], condition="m0 > 80", metric="m0", value=95.0,
        threshold=80.0, labels={"region": "seoul"}, started_at_ms=1_700_000_000_000, fired_at_ms=1_700_000_000_000,
        reason="m0 is 95, above 80", episode=1, announced_episode=1, policy=rule.policy(), group=f"rule:{rule.id}",
        version=1, updated_at_ms=1_700_000_000_000,
    )  # fmt: skip
    return {"news": "firing", "link": f"http://127.0.0.1:5000/alerts/{n:032x}", "alert": alert}
