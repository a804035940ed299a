"""What exists for speed alone can be switched off, and the system does the same without it."""

import pytest
from redis import Redis
from rq.serializers import JSONSerializer

from dispatchers import burst, quick_worker
from dispatchers.product_worker import ProductWorker
from dispatchers.queues import Queues
from shared.store import channel_store, due_groups
from tests.support import without
from tests.support.delivery import becomes, ledger_of, set_up
from tests.support.factories import an_alert
from tests.support.servers import http_server

SWITCHES = {
    "dispatchers.quick_worker.ENABLED": (quick_worker, "ENABLED"),
    "dispatchers.burst.PAUSE_S": (burst, "PAUSE_S"),
}


def test_worker_without_shortcuts_delivers_the_same(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick_worker, "ENABLED", False)
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
        without.switch("dispatchers.quick_worker.SPEED=False")
