"""Loops that go on whatever their turns meet, and the signal on which they drain."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Protocol, TypeVar

from redis.exceptions import RedisError

from shared.log import Logger
from shared.model import backoff

LATE_S = 20.0
"""A loop that got through no turn for so long does not do its job; longer than any turn of a loop takes under load."""


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

    def run(self, stop: Stop) -> None:
        """Turn until *stop*."""
        self.mark()
        while not stop:
            pause_s = self._every_s if self._try() else self._pause_s()
            if pause_s:
                stop.wait(pause_s)

    def start(self, stop: Stop | None = None) -> threading.Thread:
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


def _in_a_line(error: Exception) -> str:
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}{': ' if said else ''}{said[0][:200] if said else ''}"
