"""
The dispatch worker: one RQ worker process per channel, so that a slow provider delays only itself. Shell.

Channels that are configured have a process each; those that are merely named by a rule share one, which says in the
alert's timeline what is missing. The set follows the configuration within seconds.
"""

import os
import secrets
import signal
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import Queue, Retry, SimpleWorker, worker_registration
from rq.job import Job
from rq.registry import FailedJobRegistry, FinishedJobRegistry, StartedJobRegistry
from rq.results import Result
from rq.serializers import JSONSerializer
from rq.timeouts import JobTimeoutException
from rq.utils import now
from rq.worker import WorkerStatus

from dispatchers import channel as channels
from dispatchers import jobs, watchdog
from dispatchers.work import OwnJob, OwnQueue, OwnScheduler
from shared.log import Logger
from shared.process import Heartbeat, Loop, Stop, collect_rarely, yield_to_deciders
from shared.redis import connection
from shared.settings import Settings
from shared.store import channel_store, due_groups
from shared.supervisor import Death, Fork, Supervisor

DRAIN_S = 10.0
SCHEDULER = "scheduler"
WATCH = "watch"
WORKER_TTL_S = 30
"""RQ forgets a worker a minute after this long a silence; its jobs are the sweeper's long before."""
RQ_BEAT_S = 10.0
"""How often a worker says to RQ that it lives; RQ by itself says so five times a job."""
SUSPENSION_S = 1.0
"""How often a busy worker looks whether `rq suspend` has been called."""

REST = "rest"
"""The process of all channels without one of their own."""
TURN_S = 0.5
CONFIGURATION_S = 2.0
"""How often the parent compares its children with the configured channels, and reports itself."""
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 500, 5_000
"""Before a dead child is started again. Not longer: the delivery it was at is taken up within 15 s."""


class _Worker(SimpleWorker):
    """
    RQ's worker, back within seconds when Redis is, and thrifty with deliveries.

    RQ sends some forty commands about a job, so that others know of it when its worker dies. Of a delivery the claim,
    the ledger and the sweeper know all that; so it is performed as it lies in RQ's intermediate queue, with one round
    trip before and one after. If its worker dies there, RQ's maintenance moves it to the failed jobs as it does with
    any that lies there for long. What a delivery says other than "done", and every other job, is RQ's whole business.
    """

    queue_class = OwnQueue
    job_class = OwnJob

    max_connection_wait_time = 3.0
    """By itself it waits up to a minute."""

    _beaten_at = -RQ_BEAT_S
    _looked_at = -SUSPENSION_S

    def __init__(self, queues: Sequence[Queue], *, connection: Redis, **options: Any) -> None:
        """
        Args:
            queues: Which it works on; it reads them in its own way.
        """
        own = [OwnQueue(queue.name, connection=connection, serializer=JSONSerializer) for queue in queues]
        super().__init__(own, connection=connection, **{**options, "serializer": JSONSerializer})

    def subscribe(self) -> None:
        """Follow no commands that others publish: its parent alone says when to stop."""

    def clean_registries(self) -> None:
        """Do RQ's maintenance, as far as the product uses RQ; a registry that cannot be read holds up nothing."""
        for queue in self.queues:
            if not queue.acquire_maintenance_lock():
                continue
            for registry in (FinishedJobRegistry, StartedJobRegistry, FailedJobRegistry):
                self._maintain(
                    registry(queue.name, self.connection, job_class=OwnJob, serializer=JSONSerializer).cleanup
                )
            self._maintain(partial(worker_registration.clean_worker_registry, queue))
            self._maintain(partial(queue.intermediate_queue.cleanup, self, queue))
            queue.release_maintenance_lock()
        self.last_cleaned_at = now()

    def clean_group_registries(self) -> None:
        """Do nothing: the product's jobs are in no group, and RQ reads those of groups with pickle."""

    def _maintain(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            self.log.exception("maintenance of RQ's registries failed")

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Perform a job in this process."""
        if job.func_name != jobs.DELIVER or len(self.queues) > 1:
            # What came from one of several queues lies in no intermediate one.
            super().execute_job(job, queue)
            return
        with self.connection.pipeline(transaction=False) as pipe:
            self.set_state(WorkerStatus.BUSY, pipe)
            job.prepare_for_execution(self.name, pipe)
            pipe.execute()
        begun = now()
        try:
            with self.death_penalty_class(job.timeout or jobs.JOB_TIMEOUT_S, JobTimeoutException, job_id=job.id):
                said = job.perform()
        except BaseException as error:  # As RQ does: also what a signal's handler raises.
            job.perform = partial(_raise, error)
            super().execute_job(job, queue)
            return
        if isinstance(said, Retry):
            job.perform = lambda: said
            super().execute_job(job, queue)
            return
        with self.connection.pipeline() as pipe:
            pipe.lrem(queue.intermediate_queue_key, 1, job.id)
            pipe.delete(job.key, job.dependents_key, job.dependencies_key, Result.get_key(job.id))
            self.increment_successful_job_count(pipe)
            self.increment_total_working_time(now() - begun, pipe)
            pipe.hset(self.key, "state", WorkerStatus.IDLE)
            pipe.execute()
        # Not before: idle, it would stop at once when told to, and leave the job where it lies.
        self._state = WorkerStatus.IDLE

    def set_state(self, state: str, pipeline: Pipeline | None = None) -> None:
        """Say what it does, if that is new."""
        if pipeline is not None or state != self.get_state():
            super().set_state(state, pipeline)

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Say that it lives; what RQ asks for with no transaction and no time of its own, now and then."""
        if timeout is None and pipeline is None:
            if time.monotonic() - self._beaten_at < RQ_BEAT_S:
                return
            with self.connection.pipeline(transaction=False) as pipe:
                super().heartbeat(pipeline=pipe)
                pipe.execute()
        else:
            super().heartbeat(timeout, pipeline)
        self._beaten_at = time.monotonic()

    def check_for_suspension(self, burst: bool) -> None:
        """Wait while `rq suspend` holds all workers; looks now and then."""
        if time.monotonic() - self._looked_at >= SUSPENSION_S:
            super().check_for_suspension(burst)
            self._looked_at = time.monotonic()


def _raise(error: BaseException) -> None:
    raise error


class Parent:
    """
    Supervises the child processes: one per channel, one for the other channels, RQ's scheduler, and the watchdog.

    The children are forks, so this process starts no thread.
    """

    def __init__(
        self, redis: Redis, settings: Settings, only: Sequence[str], log: Logger, heartbeat: Heartbeat
    ) -> None:
        """
        Prepare.

        Args:
            only: The channels to work for; empty: every channel there is, as they come and go.
        """
        self._redis = redis
        self._settings = settings
        self._only = list(only)
        self._log = log
        self._heartbeat = heartbeat
        self._served: dict[str, list[str]] = {}
        """Child → the channels it works for."""
        self._configured_at_s = -CONFIGURATION_S
        self._supervisor = Supervisor(
            self._start, first_pause_ms=FIRST_PAUSE_MS, longest_pause_ms=LONGEST_PAUSE_MS, died=self._log_death
        )

    def run(self, stop: Stop) -> None:
        """Run until *stop*, then let the children finish what they are sending."""
        Loop("worker", self._turn, self._log, every_s=TURN_S, counters=self._heartbeat.counters).run(stop)
        if late := self._supervisor.end(DRAIN_S):
            self._log.warning("worker.drain_cut_short", channels=late)

    def _turn(self) -> None:
        if time.monotonic() - self._configured_at_s >= CONFIGURATION_S:
            self._configured_at_s = time.monotonic()
            self._follow_configuration()
            self._heartbeat.ready = True
            self._heartbeat.beat()
        self._supervisor.tend()

    def _follow_configuration(self) -> None:
        try:
            wanted = self._wanted()
        except RedisError as error:
            self._log.warning("worker.configuration_unknown", reason=str(error))
            return
        except Exception as error:
            # The children go on with what they work for.
            self._log.error("worker.configuration_unreadable", exception=error)
            return
        for name in [n for n, served in self._served.items() if wanted.get(n) != served]:
            del self._served[name]
            self._supervisor.remove(name)
        for name, served in wanted.items():
            if name not in self._served:
                self._served[name] = served
                self._supervisor.add(name)

    def _wanted(self) -> dict[str, list[str]]:
        if self._only:
            own = self._only
            return {SCHEDULER: own, WATCH: [], **{name: [name] for name in own}}
        kinds = channels.catalogue()
        stored = [name for name in channel_store.names(self._redis) if channels.find(name)]
        ready = [n for n, k in kinds.items() if not k.needs_configuration or channel_store.from_environment(n)]
        own = sorted({*ready, *stored})
        prefix = due_groups.queue_name("").encode()
        queued = [q.rpartition(b":")[2] for q in self._redis.smembers("rq:queues")]
        named = [q.removeprefix(prefix).decode("utf-8", "replace") for q in queued if q.startswith(prefix)]
        rest = sorted({*kinds, *(n for n in named if channels.find(n))} - set(own))
        return {SCHEDULER: sorted({*own, *rest}), WATCH: [], REST: rest, **{name: [name] for name in own}}

    def _start(self, name: str) -> Fork:
        return Fork(lambda: _run_logged(self._settings, name, self._served[name], self._log))

    def _log_death(self, death: Death) -> None:
        self._log.error("worker.died", channel=death.name, restart_in_s=round(death.restart_in_s, 1))


def _run_logged(settings: Settings, name: str, served: Sequence[str], log: Logger) -> int:
    try:
        return _run_child(settings, name, served, log)
    except RedisError as error:
        # The parent starts this child again, until Redis is back.
        log.warning("redis.lost", channel=name, reason=str(error))
    except BaseException as error:
        log.error("worker.crashed", exception=error, channel=name)
    return 1


def _run_child(settings: Settings, name: str, served: Sequence[str], log: Logger) -> int:
    yield_to_deciders()
    collect_rarely()
    redis = connection.connect(settings.effective_redis_url, retries=3)
    if name == SCHEDULER:
        return _schedule(redis, served)
    if name == WATCH:
        return watchdog.run(redis, settings, log)
    return _work(redis, settings, name, served, log)


def _work(redis: Redis, settings: Settings, name: str, served: Sequence[str], log: Logger) -> int:
    heartbeat = Heartbeat(connection.connect(settings.effective_redis_url), f"worker-{name}")
    heartbeat.start()
    jobs.set_up(redis, settings, log, heartbeat)
    worker = _Worker(
        [due_groups.queue_of(redis, channel) for channel in served],
        connection=redis,
        name=f"{name}-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}",
        worker_ttl=WORKER_TTL_S,
        log_job_description=False,
    )
    heartbeat.mark_ready()
    # Ctrl-C reaches the whole terminal group; the parent alone says when to stop.
    worker.work(logging_level="WARNING", with_scheduler=False)
    # A second signal (its parent's, and the kernel's when that dies) must not cut the signing-off short.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    heartbeat.stop()
    return 0


def _schedule(redis: Redis, served: Sequence[str]) -> int:
    names = [due_groups.queue_name(name) for name in served]
    scheduler = OwnScheduler(names, connection=redis, interval=1, logging_level="WARNING", serializer=JSONSerializer)
    scheduler.acquire_locks()
    scheduler.work()
    return 0
