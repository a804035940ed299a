"""What the worker relies on RQ for, and where it takes a shorter way than RQ does: a changed RQ is seen here first."""

from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis
from rq import Queue, Retry
from rq.job import Job, JobStatus
from rq.registry import FailedJobRegistry, ScheduledJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer

from dispatchers import jobs
from dispatchers.queues import Queues
from dispatchers.quick_worker import QuickWorker
from shared.clock import SystemClock
from shared.store import due_groups

pytestmark = pytest.mark.usefixtures("signals_as_before")


def a_worker(redis: Redis, *channels: str) -> QuickWorker:
    queues = [due_groups.queue_of(redis, channel) for channel in channels]
    return QuickWorker(queues, connection=redis, serializer=JSONSerializer, name="of-the-test")


def enqueue(redis: Redis, channel: str = "webhook") -> Queue:
    with redis.pipeline() as pipe:
        queues = Queues(redis)
        queues.enqueue([(channel, "group")], pipe)
        pipe.execute()
    return queues.of(channel)


def worked(redis: Redis, monkeypatch: pytest.MonkeyPatch, deliver: Callable[[str, str], Any], *channels: str) -> Queue:
    """Have one job performed by *deliver*, which stands for `jobs.deliver`."""
    monkeypatch.setattr(jobs, "deliver", deliver)
    channels = channels or ("webhook",)
    queue = enqueue(redis, channels[-1])
    a_worker(redis, *channels).work(burst=True, logging_level="CRITICAL")
    return queue


def state_of_worker(redis: Redis) -> dict[bytes, bytes]:
    return redis.hgetall("rq:worker:of-the-test")


def test_delivery_that_is_done_leaves_nothing_of_its_job(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    queue = worked(redis, monkeypatch, lambda channel, group: asked.append((channel, group)))
    state = state_of_worker(redis)

    assert [("webhook", "group")] == asked
    assert [] == list(redis.scan_iter("rq:job:*")) + list(redis.scan_iter("rq:execution*"))
    assert [] == queue.job_ids + queue.intermediate_queue.get_job_ids()
    assert (b"idle", b"1") == (state[b"state"], state[b"successful_job_count"])
    assert 0 == len(FailedJobRegistry(queue=queue))


def test_delivery_under_way_is_seen_with_its_worker(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    def look(*_: str) -> None:
        queue = due_groups.queue_of(redis, "webhook")
        (job_id,) = queue.intermediate_queue.get_job_ids()
        job = Job.fetch(job_id, redis, JSONSerializer)
        seen.extend((state_of_worker(redis)[b"state"], job.get_status(), job.worker_name))

    worked(redis, monkeypatch, look)

    assert [b"busy", JobStatus.STARTED, "of-the-test"] == seen


def test_delivery_that_breaks_is_among_rqs_failed_jobs(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: str) -> None:
        raise ArithmeticError("broken")

    queue = worked(redis, monkeypatch, break_off)
    (failed,) = FailedJobRegistry(queue=queue).get_job_ids()
    result = Job.fetch(failed, redis, JSONSerializer).latest_result()

    assert result is not None and "ArithmeticError: broken" in (result.exc_string or "")
    assert [] == queue.intermediate_queue.get_job_ids() + StartedJobRegistry(queue=queue).get_job_ids()
    assert (b"idle", b"1") == (state_of_worker(redis)[b"state"], state_of_worker(redis)[b"failed_job_count"])


def test_delivery_that_asks_for_another_try_is_scheduled(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    began_s = SystemClock().now_ms() // 1000
    queue = worked(redis, monkeypatch, lambda *_: Retry(max=3, interval=60))
    (waiting,) = ScheduledJobRegistry(queue=queue).get_job_ids()
    at_s = redis.zscore(ScheduledJobRegistry(queue=queue).key, waiting)

    lies_nowhere_else = [] == queue.intermediate_queue.get_job_ids()
    ScheduledJobRegistry(queue=queue).remove(waiting)
    queue.push_job_id(waiting)
    monkeypatch.setattr(jobs, "deliver", lambda *_: "sent 1")
    a_worker(redis, "webhook").work(burst=True, logging_level="CRITICAL")

    assert began_s + 60 <= at_s <= SystemClock().now_ms() / 1000 + 61
    assert lies_nowhere_else
    assert [] == [name for what in ("job", "results", "execution") for name in redis.scan_iter(f"rq:{what}*")]


def test_job_of_a_worker_that_died_ends_among_rqs_failed_jobs(redis: Redis) -> None:
    """It is found in the intermediate queue by RQ's maintenance, every ten minutes, twice."""
    queue = enqueue(redis)
    (job_id,) = queue.job_ids
    redis.lmove(queue.key, queue.intermediate_queue_key)
    living = a_worker(redis, "webhook")
    living.clean_registries()
    seen_at_s = float(redis.get(queue.intermediate_queue.get_first_seen_key(job_id)))
    redis.set(queue.intermediate_queue.get_first_seen_key(job_id), seen_at_s - 61)
    living.clean_registries()

    assert [job_id] == FailedJobRegistry(queue=queue).get_job_ids()
    assert [] == queue.intermediate_queue.get_job_ids()
    assert 0 < redis.ttl(Job.key_for(job_id)) <= 3_600


def test_worker_of_several_queues_goes_rqs_whole_way(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[int] = []
    started = StartedJobRegistry("channel-sms", redis)
    queue = worked(redis, monkeypatch, lambda *_: registered.append(len(started)), "teams", "sms")

    assert [1] == registered
    assert [] == queue.job_ids and [] == list(redis.scan_iter("rq:job:*"))


def test_suspended_worker_takes_no_job_until_it_is_resumed(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    redis.set("rq:suspended", 1)
    queue = worked(redis, monkeypatch, lambda channel, _: asked.append(channel))
    suspended = list(asked)
    redis.delete("rq:suspended")
    a_worker(redis, "webhook").work(burst=True, logging_level="CRITICAL")

    assert ([], ["webhook"], []) == (suspended, asked, queue.job_ids)
