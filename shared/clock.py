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


class ServerClock:
    """
    The Redis server's clock, as told by this machine's own until the next correction.

    Entries carry the server's time, and silence is counted from it: judged by another clock, a plugin would be silent
    because two machines disagree.
    """

    def __init__(self, own: Clock) -> None:
        self._own = own
        self._ahead_ms = 0

    def now_ms(self) -> int:
        return self._own.now_ms() - self._ahead_ms

    def correct(self, server_ms: int) -> None:
        """Correct this clock by the server's time."""
        self._ahead_ms = self._own.now_ms() - server_ms
