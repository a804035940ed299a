"""What exists for speed alone can be switched off, and the system does the same without it."""

import pytest
from redis import Redis
from rq.serializers import JSONSerializer

from dispatchers import board as boards
from dispatchers import burst, configurations, pipelining, quick_worker
from dispatchers.commits import BATCH, Commits
from dispatchers.product_worker import ProductWorker
from dispatchers.queues import Queues
from shared.redis import keys
from shared.store import channel_store, due_groups
from tests.support import without
from tests.support.delivery import a_transition, becomes, decided, ledger_of, set_up
from tests.support.factories import an_alert
from tests.support.real_server import RealServer
from tests.support.routing import RunningRouter, board, routed
from tests.support.servers import http_server
from tests.support.waiting import until

SWITCHES = {
    "dispatchers.pipelining.ENABLED": (pipelining, "ENABLED"),
    "dispatchers.quick_worker.ENABLED": (quick_worker, "ENABLED"),
    "dispatchers.board.REMEMBERS": (boards, "REMEMBERS"),
    "dispatchers.configurations.REMEMBERS": (configurations, "REMEMBERS"),
    "dispatchers.burst.PAUSE_S": (burst, "PAUSE_S"),
}


def test_router_without_pipelining_and_memory_routes_the_same(
    redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipelining, "ENABLED", False)
    monkeypatch.setattr(boards, "REMEMBERS", False)
    count = BATCH * 3
    for n in range(count):
        decided(redis, a_transition("firing", n, channels=["web"]), a_transition("resolved", n, channels=["web"]))
    decided(redis, a_transition("firing", count, channels=["web"]))
    with RunningRouter(server.url) as router:
        until(lambda: routed(redis) and redis.zcard(keys.alert_history()) == count + 1)
        kind = type(router.router._commits)

    assert Commits is kind
    assert [f"alert{count}"] == board(redis)


def test_worker_without_shortcuts_delivers_the_same(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick_worker, "ENABLED", False)
    monkeypatch.setattr(configurations, "REMEMBERS", False)
    monkeypatch.setattr(burst, "PAUSE_S", 0)
    set_up(redis)
    alert = an_alert(id="alert0", channels=["webhook"])
    with http_server() as hook:
        channel_store.save(redis, "webhook", {"url": hook.url})
        becomes(redis, None, alert)
        queues = Queues(redis)
        queues.of("webhook")
        with redis.pipeline() as pipe:
            queues.enqueue([("webhook", due_groups.group_of(alert))], pipe)
            pipe.execute()
        worker = quick_worker.worker_class()([queues.of("webhook")], connection=redis, serializer=JSONSerializer)
        worker.work(burst=True, logging_level="ERROR")
        told = hook.told()

    assert ProductWorker is type(worker)
    assert [("firing", alert.plugin_id)] == told
    assert "firing" == ledger_of(redis, "alert0", "webhook").told


def test_each_switch_can_be_set_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in SWITCHES.values():
        monkeypatch.setattr(module, name, getattr(module, name))
    without.switch(",".join(f"{name}={False}" for name in SWITCHES))

    assert [False] * len(SWITCHES) == [getattr(module, name) for module, name in SWITCHES.values()]


def test_switch_that_is_none_is_named() -> None:
    with pytest.raises(SystemExit, match="SPEED"):
        without.switch("dispatchers.pipelining.SPEED=False")
