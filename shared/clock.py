"""The one source of "now". Shells read it and pass instants down; pure code never does."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the instant in UTC epoch milliseconds."""

    def now_ms(self) -> int: ...


class SystemClock:
    """The machine's wall clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class FakeClock:
    """A clock a test sets by hand."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def advance(self, ms: int) -> None:
        """Move by *ms*, which may be negative: clocks do go back."""
        self._now_ms += ms
