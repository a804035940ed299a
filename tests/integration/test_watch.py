"""The system's alerts about itself, on real processes: fired, told without the parts that failed, and resolved."""

import time
from pathlib import Path

import pytest
from redis import Redis

from dispatchers.health_reader import HealthReader
from dispatchers.watchdog import Watchdog
from shared.clock import SystemClock
from shared.log import Logger
from shared.model import reasons
from shared.model.encoding import encode
from shared.model.events import Event
from shared.model.processes import ProcessReport
from shared.redis import delivery_keys, keys
from shared.settings import Settings
from shared.store import alert_store
from tests.support.delivery import a_transition, decided
from tests.support.factories import publish
from tests.support.ports import free_port
from tests.support.processes import System, a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.recording import report_recorder
from tests.support.servers import http_server
from tests.support.waiting import until


def states(redis: Redis) -> dict[str, str]:
    """Return the state of every alert of the system's own."""
    ids = [i.decode() for i in redis.zrange(keys.alert_history(), 0, -1)]
    return {a.id: a.state for a in alert_store.load(redis, ids) if a is not None and a.id.startswith("own-")}


def toasts(redis: Redis) -> int:
    return sum(fields[b"type"] == b"toast" for _, fields in redis.xrange(keys.feed()))


def with_a_worker(system: System, redis: Redis) -> None:
    system.start("dispatchers", "worker", "--channels", "web")
    wait_ready(redis, "worker-web")


@pytest.mark.slow
def test_lag_of_evaluators_is_told_and_ends(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    """There is no router either: the watch has its alert told by itself."""
    with a_system(server.url, tmp_path, WATCH_LATE_SECONDS="2") as system:
        with_a_worker(system, redis)
        publish(redis, 8, Event("p", metrics={"cpu": 1.0}))
        until(lambda: states(redis).get("own-evaluator-lag") == "firing")
        until(lambda: toasts(redis) > 0, "told without a router")
        system.start("evaluator")
        until(lambda: states(redis).get("own-evaluator-lag") == "resolved")


@pytest.mark.slow
def test_stall_of_the_router_is_told_and_ends(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    with a_system(server.url, tmp_path, WATCH_LATE_SECONDS="2") as system:
        with_a_worker(system, redis)
        decided(redis, a_transition("firing", channels=["web"]))
        until(lambda: states(redis).get("own-router-stall") == "firing")
        until(lambda: toasts(redis) > 0, "told without a router")
        system.start("dispatchers", "router")
        until(lambda: states(redis).get("own-router-stall") == "resolved")


def a_watch(redis: Redis, **settings: object) -> Watchdog:
    return Watchdog(redis, Settings(**settings), Logger("watch"))  # type: ignore[arg-type]


def test_dead_letters_of_both_kinds_are_alerts(redis: Redis) -> None:
    redis.xadd(keys.dead_letters(3), {"reason": "not JSON", "entry": "1-0", "payload": "x"})
    redis.zadd(delivery_keys.dead_notifications(), {"webhook\0a": SystemClock().now_ms()})
    a_watch(redis).step()

    assert {"own-dead-events": "firing", "own-dead-notifications": "firing"} == states(redis)


def test_only_one_watches_and_another_takes_over(redis: Redis) -> None:
    first, second = a_watch(redis), a_watch(redis)
    first.step()
    redis.xadd(keys.dead_letters(3), {"reason": "not JSON", "entry": "1-0", "payload": "x"})
    second.step()
    meanwhile = states(redis)
    redis.delete(keys.watch_lease())
    second.step()

    assert ({}, {"own-dead-events": "firing"}) == (meanwhile, states(redis))


def test_a_producer_that_did_not_sign_off_is_missed_until_it_is_back(redis: Redis) -> None:
    def reported(at_ms: int) -> None:
        report = ProcessReport(component="producer", pid=1, host="web-1", started_at_ms=1, at_ms=at_ms, ready=True)
        redis.hset(keys.processes(), "producer:1@web-1", encode(report))

    watch = a_watch(redis)
    reported(SystemClock().now_ms() - 60_000)
    watch.step()
    fired = states(redis)
    # Its last report is forgotten in time; that it died is not.
    redis.delete(keys.processes())
    watch.step()
    still = states(redis)
    reported(SystemClock().now_ms())
    watch.step()

    assert ["firing", "firing", "resolved"] == [s["own-producers"] for s in (fired, still, states(redis))]


def test_an_archive_that_drops_what_it_should_keep_is_reported(redis: Redis) -> None:
    now_ms = SystemClock().now_ms()
    ago = {"dropped_to_ms": 36, "dropped_rollups_to_ms": 2_400, "dropped_alerts_to_ms": 4_800}
    report_recorder(redis, now_ms, **{name: str(now_ms - hours * 3_600_000) for name, hours in ago.items()})
    seen = HealthReader(redis, Settings(archive_max_megabytes=64)).read(now_ms).archive_dropped

    kept = [
        reasons.of("archive.few_events", kept_hours=36.0, days=14),
        reasons.of("archive.few_rollups", kept_days=100.0, days=400),
        reasons.of("archive.few_alerts", kept_days=200.0, days=730),
    ]
    assert reasons.of("system.archive_dropped", megabytes=64, kept=kept) == seen


def test_memory_of_redis_is_watched(tmp_path: Path) -> None:
    server = RealServer(tmp_path)
    server.start()
    client = Redis(port=server.port, protocol=3)
    try:
        before = HealthReader(client, Settings()).read(SystemClock().now_ms()).memory_share
        client.config_set("maxmemory", int(client.info("memory")["used_memory"] * 1.05))
        after = HealthReader(client, Settings()).read(SystemClock().now_ms()).memory_share
    finally:
        client.close()
        server.stop(kill=True)

    assert before < 0.9 < after


@pytest.mark.slow
def test_heartbeat_goes_out_while_all_is_well_and_stops_with_the_evaluators(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    ports = {"API_PORT": str(free_port()), "RELAY_PORT": str(free_port())}
    with http_server() as outside:
        beats = {"HEARTBEAT_URL": f"{outside.url}?key=top-secret", "HEARTBEAT_SECONDS": "1"}
        with a_system(server.url, tmp_path, WATCH_LATE_SECONDS="4", **ports, **beats) as system:
            evaluator = system.start("evaluator")
            system.start("dispatchers", "router")
            with_a_worker(system, redis)
            wait_ready(redis, "evaluator", "router")
            until(lambda: len(outside.requests) >= 2, "it beats")
            evaluator.kill()
            until(lambda: states(redis).get("own-missing-evaluator") == "firing", "missed")
            stopped_at, looked = len(outside.requests), time.monotonic()
            until(lambda: time.monotonic() - looked > 4)
            silent = len(outside.requests) - stopped_at
            system.start("evaluator")
            until(lambda: len(outside.requests) > stopped_at + silent, "it beats again")
            logs = system.logs()

    assert silent <= 1
    assert "top-secret" not in logs
