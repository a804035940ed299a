"""
The dispatch worker: one RQ worker process per channel, so that a slow provider delays only itself. Shell.

Configured channels have a process each. Channels that only a rule names share a process, which records in the alert's
timeline what is missing. The set follows the configuration within seconds.
"""

import signal
import time
from collections.abc import Sequence

from redis import Redis
from redis.exceptions import RedisError
from rq.serializers import JSONSerializer

from dispatchers import channel as channels
from dispatchers import jobs, quick_worker, watchdog
from dispatchers.product_jobs import ProductScheduler
from shared.log import Logger
from shared.loops import Loop, Stop
from shared.process import Heartbeat, unique_name
from shared.redis import connection
from shared.settings import Settings
from shared.store import channel_store, due_groups
from shared.supervisor import Death, Fork, Supervisor
from shared.tuning import collect_rarely, yield_to_deciders

DRAIN_S = 10.0
SCHEDULER = "scheduler"
WATCH = "watch"
WORKER_TTL_S = 30
"""RQ forgets a worker a minute after this long a silence; its jobs are the sweeper's long before."""
REST = "rest"
"""The process of all channels that have no process of their own."""
TURN_S = 0.5
CONFIGURATION_S = 2.0
"""How often the parent compares its children with the configured channels, and reports itself."""
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 500, 5_000
"""Pause before a dead child is started again. Not longer: its delivery must continue within 15 s."""


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
    worker = quick_worker.worker_class()(
        [due_groups.queue_of(redis, channel) for channel in served],
        connection=redis,
        name=f"{name}-{unique_name()}",
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
    scheduler = ProductScheduler(
        names, connection=redis, interval=1, logging_level="WARNING", serializer=JSONSerializer
    )
    scheduler.acquire_locks()
    scheduler.work()
    return 0
