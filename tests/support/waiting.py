"""Waiting on a condition with a deadline, instead of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

HOUR_S, DAY_S = 3_600, 86_400
PATIENCE_S = 180.0
"""How long a test waits for what must come: a machine may have much else to do, and what comes early costs nothing."""


def until(true: Callable[[], T], what: str = "", deadline_s: float = PATIENCE_S, every_s: float = 0.02) -> T:
    """Call *true* until it returns something truthy, and return that; fail with *what* when the deadline passes."""
    end = time.monotonic() + deadline_s
    while True:
        found = true()
        if found:
            return found
        assert time.monotonic() < end, f"waited {deadline_s} s in vain: {what or true}"
        time.sleep(every_s)


def until_no_turn(of_s: int, ahead_s: float = 120.0) -> None:
    """
    Wait until no UTC hour (`HOUR_S`) or day (`DAY_S`) ends within the next *ahead_s* seconds.

    For a test that plants something in this hour, day or month, and asks for it later.
    """
    until(lambda: time.time() % of_s < of_s - ahead_s, "the hour or day has turned", ahead_s + PATIENCE_S, every_s=0.5)


class Outage:
    """Something is away from now on, for some seconds at least."""

    def __init__(self, seconds: float) -> None:
        self._over_at = time.monotonic() + seconds

    def wait_for(self, true: Callable[[], T], what: str = "") -> None:
        """Wait until its time is over and *true* holds."""
        until(lambda: time.monotonic() >= self._over_at and true(), what, every_s=0.1)
