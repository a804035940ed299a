"""What every long-running process needs: a stop signal that drains, loops that go on, and a sign of life."""

import gc
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import FrameType
from typing import Protocol, TypeVar

import msgspec
from redis import Redis
from redis.exceptions import ReadOnlyError, RedisError

from shared.clock import SystemClock
from shared.log import Logger
from shared.model import backoff
from shared.model.alerts import SCHEMA
from shared.model.encoding import encode
from shared.model.processes import ProcessReport
from shared.redis import keys, sentinel

HEARTBEAT_S = 2.0
"""How often a process reports; a report older than `STALE_MS` is a process that died."""
STALE_MS = 10_000
LATE_S = 20.0
"""A loop that got through no turn for so long does not do its job; longer than any turn of a loop takes under load."""
NICENESS = 10
"""Of those that tell."""

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


class Turning(Protocol):
    """Whatever a heartbeat can ask whether it does its job."""

    @property
    def trouble(self) -> str:
        """Why it does not; "" if it does."""


class Loop:
    """
    A loop that goes on whatever its turns meet, and knows whether it got through one lately.

    A turn that fails is logged (the first in a row, and a bug with its traceback), counted, and followed by a pause
    that grows with each failure in a row. A thread whose function may raise would end, and nobody would hear of it.
    """

    def __init__(
        self,
        name: str,
        turn: Callable[[], object],
        log: Logger,
        *,
        every_s: float = 0.0,
        late_s: float = LATE_S,
        counters: Counter[str] | None = None,
        recover: Callable[[Exception], object] | None = None,
    ) -> None:
        """
        Args:
            turn: One round of the work. It must end by itself: what it waits for needs a deadline.
            every_s: The pause between two turns.
            late_s: After this long without a whole turn, the loop counts as stuck.
            counters: Where failures are counted, as `failures`; those of Redis are not the loop's own.
            recover: Called after a failed turn, e.g. to let go of connections; it may fail, too.
        """
        self.name = name
        self.failures = 0
        """In a row."""
        self._turn = turn
        self._log = log
        self._every_s = every_s
        self._late_s = late_s
        self._counters = counters
        self._recover = recover
        self._turned_s: float | None = None
        self._said = ""
        self._last_error = ""

    @property
    def trouble(self) -> str:
        """Why it does not do its job: it was not begun, hangs, or fails each time; "" if it turned lately."""
        turned_s = self._turned_s
        if turned_s is None:
            return f"{self.name} was not begun"
        silent_s = time.monotonic() - turned_s
        if silent_s < self._late_s:
            return ""
        return (
            f"{self.name} has not got through a turn for {silent_s:.0f} s{self._last_error and ': '}{self._last_error}"
        )

    def run(self, stop: "Stop") -> None:
        """Turn until *stop*."""
        self.mark()
        while not stop:
            pause_s = self._every_s if self._try() else self._pause_s()
            if pause_s:
                stop.wait(pause_s)

    def start(self, stop: "Stop | None" = None) -> threading.Thread:
        """Turn in a thread of its own, until *stop* or the end of the process."""
        until = stop if stop is not None else Stop(install_handlers=False)
        thread = threading.Thread(target=self.run, args=(until,), name=self.name, daemon=True)
        thread.start()
        return thread

    def mark(self) -> None:
        """Note that it moves; for a turn that rightly takes long, from within."""
        self._turned_s = time.monotonic()

    def _try(self) -> bool:
        try:
            self._turn()
        except Exception as error:
            self._fail(error)
            return False
        self.mark()
        self.failures = 0
        self._said = self._last_error = ""
        return True

    def _fail(self, error: Exception) -> None:
        self.failures += 1
        self._last_error = _in_a_line(error)
        if isinstance(error, RedisError):
            if self._said != "redis.lost":
                self._log.warning("redis.lost", loop=self.name, reason=str(error))
            self._said = "redis.lost"
        else:
            if self._counters is not None:
                self._counters["failures"] += 1
            self._said = f"{self.name}.failed"
            # The logger says the same event once a minute.
            self._log.error(self._said, exception=error)
        if self._recover is not None:
            try:
                self._recover(error)
            except Exception as another:
                self._log.error(f"{self.name}.not_recovered", exception=another)

    def _pause_s(self) -> float:
        return max(self._every_s, backoff.delay_ms(self.failures, base_ms=100, cap_ms=3_000) / 1000)


T = TypeVar("T")


def for_each(things: Iterable[T], do: Callable[[T], object]) -> None:
    """
    Do something with each of *things*; one that fails takes none of the others along.

    Raises:
        Exception: the first error met, when all have had their turn.
    """
    first: Exception | None = None
    for thing in things:
        try:
            do(thing)
        except Exception as error:
            first = first or error
    if first is not None:
        raise first


class Heartbeat:
    """
    Reports this process to Redis from a thread of its own, with its counters.

    `counters` may be bumped from anywhere. `ready` is what others go by: the process has said that it can do its job
    (`mark_ready`), and each of its loops that this heartbeat follows turned lately. So a process whose heartbeat goes
    on while its work does not is not ready.
    """

    def __init__(self, redis: Redis, component: str, log: Logger | None = None) -> None:
        self.counters: Counter[str] = Counter()
        self.detail: dict[str, str] = {}
        self._is_marked = False
        self._followed: list[Turning] = []
        self._redis = redis
        self._host = socket.gethostname()
        self._component = component
        self._started_at_ms = SystemClock().now_ms()
        self._stop = Stop(install_handlers=False)
        self._thread: threading.Thread | None = None
        self._loop = Loop("heartbeat", self.beat, log or Logger("heartbeat"), every_s=HEARTBEAT_S)

    @property
    def field(self) -> str:
        return f"{self._component}:{os.getpid()}@{self._host}"

    @property
    def ready(self) -> bool:
        return self._is_marked and not self.trouble

    @ready.setter
    def ready(self, is_ready: bool) -> None:
        self._is_marked = is_ready

    @property
    def trouble(self) -> str:
        """Which of the loops do not turn, and why; "" if all do."""
        return "; ".join(trouble for one in list(self._followed) if (trouble := one.trouble))

    def follow(self, loop: Turning) -> None:
        """From now on, ready means that this turns, too."""
        self._followed.append(loop)

    def start(self) -> None:
        self._thread = self._loop.start(self._stop)

    def mark_ready(self) -> None:
        """Say that the process does its job now; known to others at once."""
        self._is_marked = True
        self.beat()

    def stop(self) -> None:
        """Sign off: the process ends as planned, nobody need miss it."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=HEARTBEAT_S)
        try:
            self._redis.hdel(keys.processes(), self.field)
        except RedisError:
            return  # The report goes stale by itself.

    def beat(self) -> None:
        """Report once; for a process that has a loop of its own instead of the thread."""
        trouble = self.trouble
        detail = dict(self.detail)
        if trouble:
            detail["trouble"] = trouble
        report = ProcessReport(
            component=self._component,
            pid=os.getpid(),
            host=self._host,
            started_at_ms=self._started_at_ms,
            at_ms=SystemClock().now_ms(),
            ready=self._is_marked and not trouble,
            counters=dict(self.counters),
            detail=detail,
            schema=SCHEMA,
        )
        with suppress(RedisError):
            # Where no sentinel answers, the master that is known may be well, and is told all the same.
            sentinel.look(self._redis)
        try:
            self._redis.hset(keys.processes(), self.field, encode(report))
        except RedisError:
            return  # Being silent is what a heartbeat does when Redis is away.


def reports(redis: Redis, now_ms: int) -> list[ProcessReport]:
    """Return the processes alive, and forget those long silent."""
    found = _readable(redis)
    gone = [field for field, report in found.items() if now_ms - report.at_ms > 10 * STALE_MS]
    if gone:
        with suppress(ReadOnlyError):  # Whoever looks at a system in trouble must see it all the same.
            redis.hdel(keys.processes(), *gone)
    return [r for _, r in sorted(found.items()) if now_ms - r.at_ms <= STALE_MS]


def stale(redis: Redis, now_ms: int) -> list[ProcessReport]:
    """Return the processes that fell silent without signing off, as long as they are remembered."""
    return [report for report in _readable(redis).values() if now_ms - report.at_ms > STALE_MS]


def _readable(redis: Redis) -> dict[bytes, ProcessReport]:
    """Return the reports that can be read: one that cannot must not hide the others from whoever looks."""
    found = {}
    for field, body in redis.hgetall(keys.processes()).items():
        with suppress(msgspec.MsgspecError, UnicodeDecodeError):
            found[field] = _decode_report(body)
    return found


def keep_private() -> None:
    """Have all files that this process makes readable by its user alone: data, logs, backups, sockets."""
    os.umask(0o077)


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


def _in_a_line(error: Exception) -> str:
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}{': ' if said else ''}{said[0][:200] if said else ''}"
