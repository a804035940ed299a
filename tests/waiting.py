"""Waiting on a condition with a deadline, instead of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(true: Callable[[], T], what: str = "", deadline_s: float = 90.0, every_s: float = 0.02) -> T:
    """Call *true* until it returns something truthy, and return that; fail with *what* when the deadline passes."""
    end = time.monotonic() + deadline_s
    while True:
        found = true()
        if found:
            return found
        assert time.monotonic() < end, f"waited {deadline_s} s in vain: {what or true}"
        time.sleep(every_s)
