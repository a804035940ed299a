"""
What strangers try leaves a trace in the log, and cannot fill it: the same is one line a minute, with a count, and each
kind of event has so many lines a minute.
"""

import threading
import time
from collections import OrderedDict
from typing import Any

from shared.log import Logger

EVERY_S = 60.0
MOST_OF_A_KIND = 100
"""Lines a minute; what a stranger makes up, such as the id of a key, may be another each time."""
MOST = 1_000
"""Different ones remembered; beyond, the one said longest ago is forgotten."""


class Traces:
    """Writes warnings, each at most once a minute."""

    def __init__(self, log: Logger, every_s: float = EVERY_S) -> None:
        self._log = log
        self._every_s = every_s
        self._said: OrderedDict[tuple[Any, ...], tuple[float, int]] = OrderedDict()
        self._kinds: dict[str, tuple[float, int]] = {}
        """Event → when its minute began, and how many lines it was worth since."""
        self._lock = threading.Lock()

    def note(self, event: str, **fields: Any) -> None:
        """Log an event, unless an equal one was logged within the minute; the next line carries the count."""
        key, now = (event, *fields.values()), time.monotonic()
        left_out = 0
        with self._lock:
            since_s, held = self._said.pop(key, (float("-inf"), 0))
            is_due = now - since_s >= self._every_s
            self._said[key] = (now, 0) if is_due else (since_s, held + 1)
            if len(self._said) > MOST:
                self._said.popitem(last=False)
            if is_due:
                began_s, lines = self._kinds.get(event, (now, 0))
                if now - began_s >= self._every_s:
                    began_s, left_out, lines = now, max(0, lines - MOST_OF_A_KIND), 0
                self._kinds[event] = began_s, lines + 1
                is_due = lines < MOST_OF_A_KIND
        if is_due:
            counts = {"repeated": held, "left_out": left_out}
            self._log.warning(event, **fields, **{name: count for name, count in counts.items() if count})
