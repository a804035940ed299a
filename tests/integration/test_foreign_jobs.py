"""Workers perform the product's own jobs and nothing else, whatever anybody writes into Redis."""

import json
import pickle
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from rq import Queue, Retry
from rq.registry import ScheduledJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer

from dispatchers import jobs
from dispatchers.product_jobs import ProductScheduler
from dispatchers.queues import Queues
from dispatchers.quick_worker import QuickWorker
from shared import process
from shared.clock import SystemClock
from shared.log import Logger
from shared.model import lifecycle
from shared.model.alerts import TimelineEntry
from shared.process import Heartbeat
from shared.redis import keys
from shared.settings import Settings
from shared.store import alert_store, channel_store, due_groups
from tests.support.delivery import a_transition, ledger_of
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.servers import http_server
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("signals_as_before")
OWN = ["dispatchers.jobs.deliver", None, ["webhook", "group"], {}]


@pytest.fixture
def evil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module that leaves a trace when it is imported or its function called; returns the trace."""
    trace = tmp_path / "trace"
    code = f"from pathlib import Path\ntrace = Path({str(trace)!r})\ntrace.touch()\ndef do(*_, **__): trace.touch()\n"
    (tmp_path / "evil_module.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    yield trace


class Pickled:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return Path.touch, (self.trace,)


def put(redis: Redis, job_id: str | bytes, data: Any, channel: str = "webhook", **fields: Any) -> None:
    """Write a job as somebody may who can write to Redis, and put it into a channel's queue."""
    name = job_id.encode() if isinstance(job_id, str) else job_id
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    usual = {"data": body, "created_at": "2026-01-01T00:00:00.000000Z", "status": "queued", "origin": "evil"}
    redis.hset(b"rq:job:" + name, mapping={**usual, **fields})
    redis.rpush(f"rq:queue:channel-{channel}", name)


def hostile(trace: Path) -> dict[str, tuple[Any, dict[str, Any]]]:
    """What somebody may have tried: the job's data, and other fields."""
    target = str(trace)
    return {
        "another function": (["os.mkdir", None, [target], {}], {}),
        "a module": (["evil_module.do", None, [], {}], {}),
        "a method of an instance": (["mkdir", "evil_module", [target], {}], {}),
        "options": ([*OWN[:3], {"context": "evil"}], {}),
        "more arguments": (["dispatchers.jobs.deliver", None, ["webhook", "group", "more"], {}], {}),
        "arguments of another type": (["dispatchers.jobs.deliver", None, [["webhook"], {}], {}], {}),
        "a private function": (["dispatchers.jobs._the_context", None, ["webhook", "group"], {}], {}),
        "another channel": (["dispatchers.jobs.deliver", None, ["email", "group"], {}], {}),
        "pickle": (pickle.dumps(("os.mkdir", None, (target,), {})), {}),
        "packed pickle": (zlib.compress(pickle.dumps(Pickled(trace))), {}),
        "a bomb": (zlib.compress(b"[" + b" " * 50_000_000), {}),
        "nothing": (b"", {}),
        "a deep nest": (b"[" * 10_000, {}),
        "callback on success": (OWN, {"success_callback_name": "evil_module.do"}),
        "callback on failure": (OWN, {"failure_callback_name": "evil_module.do"}),
        "callback when stopped": (OWN, {"stopped_callback_name": "evil_module.do"}),
        "webhooks": (OWN, {"webhooks": json.dumps([{"url": "http://127.0.0.1:9/"}])}),
        "dependency": (OWN, {"dependency_ids": '["other"]'}),
        "group": (OWN, {"group_id": "evil"}),
        "rate limit": (OWN, {"rate_limit_key": "evil", "rate_limit_concurrency": "1"}),
        "repeats": (OWN, {"repeats_left": "9", "repeat_intervals": "[1]"}),
        "fields of another type": (OWN, {"created_at": "never", "timeout": "x", "result_ttl": "y"}),
    }


def letters(redis: Redis) -> list[bytes]:
    return [fields[b"reason"] for _, fields in redis.xrange(keys.dead_letters(0))]


@pytest.fixture
def performed(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    done: list[tuple[str, str]] = []
    monkeypatch.setattr(jobs, "deliver", lambda channel, group: done.append((channel, group)))
    return done


def work(redis: Redis, *names: str) -> QuickWorker:
    heartbeat = Heartbeat(redis, "worker")
    jobs.set_up(redis, Settings(), Logger("test"), heartbeat)
    queues = [due_groups.queue_of(redis, name) for name in names or ("webhook",)]
    worker = QuickWorker(queues, connection=redis, name="of-the-test")
    worker.work(burst=True, logging_level="CRITICAL")
    return worker


def enqueue(redis: Redis, channel: str, group: str) -> None:
    with redis.pipeline() as pipe:
        Queues(redis).enqueue([(channel, group)], pipe)
        pipe.execute()


@pytest.mark.parametrize("what", hostile(Path("/")))
@pytest.mark.parametrize("others", [(), ("sms",)], ids=["one queue", "several queues"])
def test_foreign_job_is_parked_and_the_queue_goes_on(
    redis: Redis, evil: Path, performed: list, what: str, others: tuple[str, ...]
) -> None:
    data, fields = hostile(evil)[what]
    put(redis, "hostile-1", data, **fields)
    enqueue(redis, "webhook", "honest")
    work(redis, "webhook", *others)
    context = jobs.context()

    assert [("webhook", "honest")] == performed
    assert not evil.exists()
    assert 1 == len(letters(redis)) and b"a worker performs the product's own jobs only" in letters(redis)[0]
    assert context is not None and 1 == context.heartbeat.counters["foreign_jobs"]
    assert 0 < redis.ttl("rq:job:hostile-1") <= 3_600
    assert [] == list(redis.scan_iter("rq:queue:*")) + list(redis.scan_iter("rq:failed:*"))


@pytest.mark.parametrize("job_id", [b"\xff\xfe", b"with:colon", b"", b"../x", b"gone", b"x" * 10_000], ids=range(6))
def test_id_that_leads_to_no_job_holds_up_nothing(redis: Redis, performed: list, job_id: bytes) -> None:
    redis.rpush("rq:queue:channel-webhook", job_id)
    redis.rpush("rq:queue:channel-webhook:intermediate", job_id)
    enqueue(redis, "webhook", "honest")
    work(redis)

    assert [("webhook", "honest")] == performed


def test_job_hash_of_another_type_holds_up_nothing(redis: Redis, performed: list) -> None:
    redis.set("rq:job:strange", "text")
    redis.rpush("rq:queue:channel-webhook", "strange")
    enqueue(redis, "webhook", "honest")
    work(redis)

    assert [("webhook", "honest")] == performed


any_json = st.recursive(
    st.none() | st.text(max_size=8) | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
any_call = st.tuples(
    st.sampled_from(["os.mkdir", "dispatchers.jobs.send_test", "dispatchers.jobs.deliver", "deliver"]),
    st.none(),
    st.lists(st.text(max_size=5)),
    st.dictionaries(st.text(max_size=3), st.none()),
)
any_field = st.sampled_from(
    [
        *("timeout", "status", "result_ttl", "meta", "worker_name", "retries_left", "retry_intervals", "ttl", "origin"),
        *("description", "enqueue_at_front", "x", "webhooks"),
    ]
)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    data=st.one_of(
        st.binary(max_size=60),
        st.binary(max_size=60).map(zlib.compress),
        st.one_of(any_json, any_call).map(json.dumps).map(str.encode),
    ),
    fields=st.dictionaries(any_field, st.binary(max_size=12), max_size=4),
)
def test_any_job_is_performed_or_parked(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, data: bytes, fields: dict[str, bytes]
) -> None:
    redis.flushall()
    done: list[tuple[Any, ...]] = []
    monkeypatch.setattr(jobs, "deliver", lambda *arguments: done.append(arguments))
    monkeypatch.setattr(jobs, "send_test", lambda *arguments: done.append(arguments) or {})
    put(redis, "any", data, **fields)
    enqueue(redis, "webhook", "honest")
    work(redis)

    assert ("webhook", "honest") == done[-1]
    assert 2 == len(done) + len(letters(redis))
    assert all(len(one) == 2 and one[0] == "webhook" for one in done)


def test_maintenance_calls_back_and_unpickles_nothing(redis: Redis, evil: Path, performed: list) -> None:
    """RQ's own would import the callback of a job that seems abandoned, and read a group's job with pickle."""
    put(redis, "abandoned", OWN, failure_callback_name="evil_module.do", status="started")
    put(redis, "grouped", OWN, meta=pickle.dumps(Pickled(evil)))
    redis.delete("rq:queue:channel-webhook")
    redis.zadd(StartedJobRegistry("channel-webhook", redis).key, {"abandoned:1": 1, "junk": 1, b"\xff": 1})
    redis.sadd("rq:groups", "evil")
    redis.sadd("rq:group:evil", "grouped")
    for registry in ("failed", "finished", "deferred"):
        redis.zadd(f"rq:{registry}:channel-webhook", {b"\xff\xfe": 1, "abandoned": 1})
    redis.zadd("rq:rate-limit:evil", {"grouped": 1})
    redis.sadd("rq:workers", b"\xff\xfe")
    enqueue(redis, "webhook", "honest")
    work(redis)

    assert [("webhook", "honest")] == performed
    assert not evil.exists()


def test_retry_of_an_own_job_is_an_own_job(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def deliver(_: str, group: str) -> Retry | str:
        done.append(group)
        return Retry(max=9, interval=1) if len(done) == 1 else "sent 1"

    monkeypatch.setattr(jobs, "deliver", deliver)
    enqueue(redis, "webhook", "honest")
    work(redis)
    registry = ScheduledJobRegistry("channel-webhook", connection=redis)
    put(redis, "hostile-1", ["os.mkdir", None, ["/tmp/x"], {}])
    redis.delete("rq:queue:channel-webhook")
    (job_id,) = registry.get_job_ids()
    redis.zadd(registry.key, {job_id: 1, "hostile-1": 1, b"\xff": 1, "gone": 1})
    scheduler = ProductScheduler(["channel-webhook"], connection=redis, interval=1, serializer=JSONSerializer)
    scheduler.acquire_locks()
    scheduler.enqueue_scheduled_jobs()
    queued = Queue("channel-webhook", connection=redis).job_ids
    work(redis)

    assert [job_id] == queued
    assert ["honest", "honest"] == done
    assert 0 == redis.zcard(registry.key)


def test_real_worker_takes_hostile_jobs_and_commands_and_goes_on(
    redis: Redis, server: RealServer, tmp_path: Path, evil: Path
) -> None:
    with http_server() as hook, a_system(server.url, tmp_path, PYTHONPATH=str(tmp_path)) as system:
        channel_store.save(redis, "webhook", {"url": hook.url})
        for n, (data, fields) in enumerate(hostile(evil).values()):
            put(redis, f"hostile-{n}", data, **fields)
            put(redis, f"rest-{n}", data, channel="sms", **fields)
        system.start("dispatchers", "worker")
        wait_ready(redis, "worker-webhook", "worker-rest")
        for worker in redis.smembers("rq:workers"):
            name = worker.decode().rpartition(":")[2]
            redis.publish(f"rq:pubsub:{name}", json.dumps({"command": "shutdown"}))
        alert = lifecycle.apply(None, a_transition("firing"))
        assert alert is not None
        with redis.pipeline() as pipe:
            alert_store.stage(pipe, None, alert, TimelineEntry(at_ms=1, kind="firing"), 10**8)
            due_groups.stage_due(pipe, alert, ["webhook"], 0)
            Queues(redis).enqueue([("webhook", "alert0")], pipe)
            pipe.execute()
        until(lambda: ledger_of(redis, "alert0", "webhook").told == "firing")
        until(lambda: not redis.exists("rq:queue:channel-webhook", "rq:queue:channel-sms"))
        said = due_groups.request_test(redis, "webhook", "kim", 60)
        until(lambda: sum(r.counters.get("foreign_jobs", 0) for r in reports(redis)) == 2 * len(hostile(evil)))
        alive = {report.component for report in reports(redis)}
        logs = system.logs()

    assert said["accepted"]
    assert {"worker-webhook", "worker-rest"} <= alive
    assert not evil.exists()
    assert "worker.died" not in logs


def reports(redis: Redis) -> list[Any]:
    return process.reports(redis, SystemClock().now_ms())
