"""
The filter of RQ jobs: a worker performs the product's own jobs and no others.

RQ performs any function that a job names, imports what its callbacks name, and reads metadata of grouped jobs with
pickle. Without this module, anybody who can write to Redis could make a worker run any code. So each job's hash in
Redis is checked before RQ sees the job; only the three functions below, their arguments and harmless fields are used.
Any other job is moved to the dead letters, and the queue continues.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from redis import Redis
from redis.exceptions import ResponseError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.registry import ScheduledJobRegistry
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer

from dispatchers import jobs, queues
from shared.log import Logger
from shared.model import reasons
from shared.model.alerts import UNREADABLE
from shared.store import due_groups
from shared.store.parking import Parking

FOREIGN_TTL_S = 3_600
"""How long the hash of a foreign job is kept so that an operator can examine it."""
MAX_DATA_BYTES = 16_384
"""The size limit of a job's function and arguments after decompression."""
MAX_ARGUMENT_CHARS = 4_096
MAX_TTL_S = 86_400
_KEPT = frozenset(
    {
        "data",
        "created_at",
        "origin",
        "description",
        "enqueued_at",
        "started_at",
        "ended_at",
        "timeout",
        "result_ttl",
        "failure_ttl",
        "status",
        "last_heartbeat",
        "worker_name",
        "number_of_retries",
        "retries_left",
        "retry_intervals",
        "enqueue_at_front",
        "ttl",
    }
)
"""Fields of a job that can do no harm."""
_REFUSED = frozenset(
    {
        "success_callback_name",
        "failure_callback_name",
        "stopped_callback_name",
        "webhooks",
        "dependency_ids",
        "dependency_id",
        "group_id",
        "rate_limit_key",
        "repeats_left",
        "repeat_intervals",
    }
)
"""Fields by which a job causes further work; the product's jobs have none of them."""
_EMPTY = (b"", b"[]", b"{}", b"null", b"0")
_decode = msgspec.json.Decoder(tuple[str, None, list[str], dict[str, None]]).decode


class Foreign(NoSuchJobError):
    """A job that is not one of the product's. RQ treats the error as a missing job."""


def functions() -> dict[str, Callable[..., Any]]:
    """Return the functions that workers perform, by the names that jobs give them."""
    return {
        queues.DELIVER: jobs.deliver,
        queues.SEND_REPORT: jobs.send_report,
        due_groups.SEND_TEST: jobs.send_test,
    }


def judge(raw: Mapping[bytes, bytes]) -> tuple[str, list[str]]:
    """
    Read a job's function and arguments.

    Args:
        raw: The job's hash.

    Raises:
        Foreign: the job has a function, an argument or a field that the product's jobs do not have.
    """
    for field in sorted(_REFUSED):
        if raw.get(field.encode(), b"") not in _EMPTY:
            raise Foreign(f"the job has the field {field}; the product's jobs never set it")
    try:
        name, _, arguments, options = _decode(_unpacked(raw.get(b"data", b"")))
    except UNREADABLE as error:
        raise Foreign(f"the job's function and arguments cannot be read: {error}") from None
    if name not in functions():
        raise Foreign(f"the job names the function {name[:200]!r}, which is not one of the product's")
    if options or len(arguments) != 2 or any(len(argument) > MAX_ARGUMENT_CHARS for argument in arguments):
        raise Foreign(
            f"the job's arguments are wrong: {name} takes two texts of at most {MAX_ARGUMENT_CHARS} characters"
        )
    return name, arguments


def _unpacked(data: bytes) -> bytes:
    reader = zlib.decompressobj()
    try:
        plain = reader.decompress(data, MAX_DATA_BYTES)
    except zlib.error:
        plain = data
    if len(plain) > MAX_DATA_BYTES or reader.unconsumed_tail:
        raise Foreign(f"the job's function and arguments are longer than {MAX_DATA_BYTES} bytes")
    return plain


class ProductJob(Job):
    """One of the product's jobs. Its function is looked up, not imported by a name that Redis holds."""

    outcome: tuple[Any, BaseException | None] | None = None
    """What the function returned, or raised."""

    @property
    def func(self) -> Callable[..., Any]:
        return functions()[self.func_name]

    def perform(self) -> Any:
        """Perform the job once; later calls return or raise the same result."""
        if self.outcome is None:
            try:
                self.outcome = super().perform(), None
            except BaseException as error:  # RQ's time limit and signal handlers raise those, too.
                self.outcome = None, error
        result, failure = self.outcome
        if failure is not None:
            raise failure
        return result

    def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
        """
        Load the job from its hash in Redis, with limits enforced.

        Raises:
            Foreign: it is not one of the product's jobs.
        """
        judge(raw_data)
        kept = {name: body for name, body in raw_data.items() if name.decode("ascii", "replace") in _KEPT}
        try:
            super().restore(kept)
        except Exception as error:
            raise Foreign(f"the job's fields cannot be read: {error}") from None
        # The product's jobs request a retry by their result, and this process limits their time.
        limits: Any = self
        if not (limits.timeout and 0 < limits.timeout <= queues.JOB_TIMEOUT_S):
            limits.timeout = queues.JOB_TIMEOUT_S
        limits.retries_left, limits.retry_intervals = None, None
        for ttl in ("result_ttl", "failure_ttl"):
            stored = getattr(self, ttl)
            if stored is not None and not 0 <= stored <= MAX_TTL_S:
                setattr(self, ttl, MAX_TTL_S)


class ProductQueue(Queue):
    """A channel's queue, as a worker reads it."""

    job_class = ProductJob

    @classmethod
    def dequeue_any(
        cls,
        queues: Iterable[Queue],
        timeout: int | None,
        connection: Redis,
        job_class: type[Job] | None = None,
        serializer: Any = None,
        death_penalty_class: Any = None,
    ) -> tuple[Job, Queue] | None:
        """Return the next of the product's jobs and its queue, as RQ does; foreign jobs are parked."""
        places = [queue.key for queue in queues]
        while True:
            if len(places) == 1:
                found = cls.lmove(connection, places[0], timeout)
            else:
                found = cls.lpop(places, timeout, connection=connection)
            if found is None:
                return None
            place, job_id = found
            queue = cls.from_queue_key(
                place.decode() if isinstance(place, bytes) else place,
                connection=connection,
                job_class=ProductJob,
                serializer=JSONSerializer,
                death_penalty_class=death_penalty_class,
            )
            job = fetch(connection, queue, job_id)
            if job is not None:
                return job, queue
            connection.lrem(queue.intermediate_queue_key, 1, job_id)

    def enqueue_dependents(self, *_: Any, **__: Any) -> None:
        """Do nothing: the product's jobs have no dependents, whatever Redis holds."""


def fetch(redis: Redis, queue: Queue, job_id: bytes | str) -> Job | None:
    """Return a queue's job if it is one of the product's; None if it does not exist, or was parked as foreign."""
    raw: Mapping[bytes, bytes] = {}
    try:
        try:
            plain = job_id.decode() if isinstance(job_id, bytes) else job_id
            job = ProductJob(plain, connection=redis, serializer=JSONSerializer)
            raw = redis.hgetall(job.key)
        except (UnicodeDecodeError, ValueError, TypeError, ResponseError) as error:
            raise Foreign(f"the job's id cannot be used: {error}") from None
        if not raw:
            return None
        _, (channel, _) = judge(raw)
        if due_groups.queue_name(channel) != queue.name:
            raise Foreign(f"the job is for channel {channel[:200]!r}, but it is in the queue {queue.name}")
        job.restore(raw)
        job.origin = queue.name
        return job
    except Foreign as error:
        _park(redis, queue, raw, str(error))
        if raw:
            redis.expire(job.key, FOREIGN_TTL_S)
        return None


def _park(redis: Redis, queue: Queue, raw: Mapping[bytes, bytes], reason: str) -> None:
    context = jobs.context()
    counters = context.heartbeat.counters if context else Counter[str]()
    counters["foreign_jobs"] += 1
    parking = context.parking if context else Parking(redis, Logger("worker"), counters)
    try:
        body = _unpacked(raw.get(b"data", b""))
    except Foreign:
        body = b""
    # The letter names the queue, not the job's id: a thousand copies of one job become one dead letter.
    parking.park(queue.key, body, reasons.of("letter.foreign_job", error=reason))


class ProductScheduler(RQScheduler):
    """RQ's scheduler, for the product's jobs only."""

    def enqueue_scheduled_jobs(self) -> None:
        """Queue the jobs whose time has come; foreign jobs are parked."""
        for name in self.acquired_locks:
            registry = ScheduledJobRegistry(name, connection=self.connection, serializer=self.serializer)
            queue = ProductQueue(name, connection=self.connection, serializer=JSONSerializer)
            seconds, _ = self.connection.time()
            for job_id in self.connection.zrangebyscore(registry.key, 0, seconds + 1):
                if fetch(self.connection, queue, job_id) is None:
                    self.connection.zrem(registry.key, job_id)
        super().enqueue_scheduled_jobs()
