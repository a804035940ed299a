"""The dispatch worker: one RQ worker process per channel, so that a slow provider delays only itself. Shell."""

import os
import secrets
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress

from redis import Redis
from rq import SimpleWorker
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer

from dispatchers import channel as channels
from dispatchers import jobs
from shared import backoff, connection, notifying
from shared.log import Logger
from shared.process import Heartbeat, Stop, die_with_parent
from shared.settings import Settings

DRAIN_S = 10.0
SCHEDULER = "scheduler"
WORKER_TTL_S = 30
"""RQ forgets a silent worker after this; its jobs are the sweeper's long before."""


class Parent:
    """
    Keeps the children alive: one per channel, and RQ's scheduler for retries.

    It starts no thread and holds no lock when it forks, so a child begins clean.
    """

    def __init__(self, settings: Settings, names: Sequence[str], log: Logger, heartbeat: Heartbeat) -> None:
        self._settings = settings
        self._names = names
        self._log = log
        self._heartbeat = heartbeat
        self._children: dict[int, str] = {}
        self._failures: dict[str, int] = {}

    def run(self, stop: Stop) -> None:
        """Run until *stop*, then let the children finish what they are sending."""
        waiting: dict[str, float] = {}
        for name in (SCHEDULER, *self._names):
            self._start(name)
        self._heartbeat.ready = True
        rounds = 0
        while not stop:
            if rounds % 4 == 0:
                self._heartbeat.beat()
            rounds += 1
            stop.wait(0.5)
            for name in self._reap():
                self._failures[name] = self._failures.get(name, 0) + 1
                delay_s = backoff.delay_ms(self._failures[name], base_ms=500, cap_ms=30_000) / 1000
                waiting[name] = rounds * 0.5 + delay_s
                self._log.error("worker.died", channel=name, restart_in_s=round(delay_s, 1))
            for name in [n for n, at_s in waiting.items() if at_s <= rounds * 0.5]:
                del waiting[name]
                self._start(name)
        self._drain()

    def _start(self, name: str) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self._children[pid] = name
            return
        code = 1
        try:
            die_with_parent(parent)
            code = _run_child(self._settings, name, self._log)
        except BaseException as error:
            self._log.error("worker.crashed", exception=error, channel=name)
        finally:
            # Not sys.exit: the parent's frames and exit handlers are not the child's.
            os._exit(code)

    def _reap(self) -> list[str]:
        dead = []
        for pid in list(self._children):
            found, _ = os.waitpid(pid, os.WNOHANG)
            if found:
                dead.append(self._children.pop(pid))
        return dead

    def _drain(self) -> None:
        self._signal(signal.SIGTERM)
        patience = Stop(install_handlers=False)
        for _ in range(int(DRAIN_S / 0.1)):
            self._reap()
            if not self._children:
                return
            patience.wait(0.1)
        self._log.warning("worker.drain_cut_short", channels=list(self._children.values()))
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        for pid in self._children:
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def _run_child(settings: Settings, name: str, log: Logger) -> int:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    redis = connection.connect(settings.effective_redis_url, retries=3)
    if name == SCHEDULER:
        return _schedule(redis)
    return _work(redis, settings, name, log)


def _work(redis: Redis, settings: Settings, channel: str, log: Logger) -> int:
    heartbeat = Heartbeat(connection.connect(settings.effective_redis_url), f"worker-{channel}")
    heartbeat.start()
    jobs.set_up(redis, settings, log, heartbeat)
    worker = SimpleWorker(
        [notifying.queue_of(redis, channel)],
        connection=redis,
        name=f"{channel}-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}",
        worker_ttl=WORKER_TTL_S,
        serializer=JSONSerializer,
        log_job_description=False,
    )
    heartbeat.mark_ready()
    # Ctrl-C reaches the whole terminal group; the parent alone says when to stop.
    worker.work(logging_level="WARNING", with_scheduler=False)
    heartbeat.stop()
    return 0


def _schedule(redis: Redis) -> int:
    names = [f"channel-{name}" for name in channels.catalogue()]
    scheduler = RQScheduler(names, connection=redis, interval=1, logging_level="WARNING", serializer=JSONSerializer)
    scheduler.acquire_locks()
    scheduler.work()
    return 0
