"""What strangers try leaves a trace in the log, and cannot fill it: the same is one line a minute, and a count."""

import threading
import time
from collections import OrderedDict
from typing import Any

from shared.log import Logger

EVERY_S = 60.0
MOST = 1_000
"""Different ones remembered; beyond, the one said longest ago is forgotten."""


class Traces:
    """Writes warnings, each at most once a minute."""

    def __init__(self, log: Logger, every_s: float = EVERY_S) -> None:
        self._log = log
        self._every_s = every_s
        self._said: OrderedDict[tuple[Any, ...], tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, event: str, **fields: Any) -> None:
        """Say that it happened, unless the very same was said within the minute; the next line tells how often."""
        key, now = (event, *fields.values()), time.monotonic()
        with self._lock:
            since_s, held = self._said.pop(key, (float("-inf"), 0))
            is_due = now - since_s >= self._every_s
            self._said[key] = (now, 0) if is_due else (since_s, held + 1)
            if len(self._said) > MOST:
                self._said.popitem(last=False)
        if is_due:
            self._log.warning(event, **fields, **({"repeated": held} if held else {}))
