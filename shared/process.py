"""What every long-running process needs: a stop signal that drains, and a sign of life."""

import ctypes
import gc
import os
import signal
import socket
import sys
import threading
from collections import Counter
from contextlib import suppress
from types import FrameType

import msgspec
from redis import Redis
from redis.exceptions import ReadOnlyError, RedisError

from shared import keys
from shared.clock import SystemClock
from shared.models import SCHEMA, ProcessReport, encode

HEARTBEAT_S = 2.0
"""How often a process reports; a report older than `STALE_MS` is a process that died."""
STALE_MS = 10_000
NICENESS = 10
"""Of those that tell."""
_PR_SET_PDEATHSIG = 1
"""From <linux/prctl.h>."""

_decode_report = msgspec.json.Decoder(ProcessReport).decode


class Stop:
    """Set by SIGTERM and SIGINT; loops look at it between two pieces of work and drain."""

    def __init__(self, install_handlers: bool = True) -> None:
        self._event = threading.Event()
        if install_handlers:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._on_signal)

    def __bool__(self) -> bool:
        return self._event.is_set()

    def set(self) -> None:
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """Sleep, but wake at once when stopping. Returns whether it is time to stop."""
        return self._event.wait(seconds)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._event.set()


class Heartbeat:
    """
    Reports this process to Redis from a thread of its own, with its counters.

    `counters` may be bumped from anywhere; `ready` is False until the process can do its job.
    """

    def __init__(self, redis: Redis, component: str) -> None:
        self.ready = False
        self.counters: Counter[str] = Counter()
        self.detail: dict[str, str] = {}
        self._redis = redis
        self._host = socket.gethostname()
        self._component = component
        self._started_at_ms = SystemClock().now_ms()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    @property
    def field(self) -> str:
        return f"{self._component}:{os.getpid()}@{self._host}"

    def start(self) -> None:
        self._thread.start()

    def mark_ready(self) -> None:
        """Say that the process does its job now; known to others at once."""
        self.ready = True
        self.beat()

    def stop(self) -> None:
        """Sign off: the process ends as planned, nobody need miss it."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=HEARTBEAT_S)
        try:
            self._redis.hdel(keys.processes(), self.field)
        except RedisError:
            return  # The report goes stale by itself.

    def _run(self) -> None:
        while True:
            self.beat()
            if self._stopped.wait(HEARTBEAT_S):
                return

    def beat(self) -> None:
        """Report once; for a process that has a loop of its own instead of the thread."""
        report = ProcessReport(
            component=self._component,
            pid=os.getpid(),
            host=self._host,
            started_at_ms=self._started_at_ms,
            at_ms=SystemClock().now_ms(),
            ready=self.ready,
            counters=dict(self.counters),
            detail=dict(self.detail),
            schema=SCHEMA,
        )
        try:
            self._redis.hset(keys.processes(), self.field, encode(report))
        except RedisError:
            return  # Being silent is what a heartbeat does when Redis is away.


def reports(redis: Redis, now_ms: int) -> list[ProcessReport]:
    """Return the processes alive, and forget those long silent."""
    found = {field: _decode_report(body) for field, body in redis.hgetall(keys.processes()).items()}
    gone = [field for field, report in found.items() if now_ms - report.at_ms > 10 * STALE_MS]
    if gone:
        with suppress(ReadOnlyError):  # Whoever looks at a system in trouble must see it all the same.
            redis.hdel(keys.processes(), *gone)
    return [r for _, r in sorted(found.items()) if now_ms - r.at_ms <= STALE_MS]


def stale(redis: Redis, now_ms: int) -> list[ProcessReport]:
    """Return the processes that fell silent without signing off, as long as they are remembered."""
    found = [_decode_report(body) for body in redis.hvals(keys.processes())]
    return [report for report in found if now_ms - report.at_ms > STALE_MS]


def yield_to_deciders() -> None:
    """
    Let evaluators and the router go first where processors are scarce: what is decided and safe in Redis can be told a
    moment later, and what waits to be decided delays everybody, also who has nothing to do with a storm.
    """
    os.nice(NICENESS)


def collect_rarely() -> None:
    """
    Have Python look for garbage that refers to itself a tenth as often as by default; once, when all is imported.

    Most of what a batch allocates dies with it. By default up to a tenth of a worker's time in a storm is spent on
    walking what lives long.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def die_with_parent(parent_pid: int) -> None:
    """
    Have the kernel end this process when its parent dies, even by `kill -9` (Linux; elsewhere nothing is done).

    Args:
        parent_pid: The parent as known before the fork; if it is gone already, this process ends here.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent_pid:
            os._exit(1)
