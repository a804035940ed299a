"""Warnings of a publisher: any of its threads adds a sentence, and its background thread logs it."""

import logging
from collections import deque

MAX_WARNINGS = 100
"""Sentences a process logs, each once; the counts tell the rest."""

_log = logging.getLogger("enhanced_alerts.publisher")


class Complaints:
    """Sentences that wait to be logged. A log may block, so the plugin's thread only leaves them here."""

    def __init__(self) -> None:
        self.last = ""
        self._warned: set[str] = set()
        self._waiting: deque[str] = deque()

    def add(self, sentence: str, kind: str = "") -> None:
        """Have a sentence logged, once a kind; without a kind, once."""
        self.last = sentence
        kind = kind or sentence
        if kind not in self._warned and len(self._warned) < MAX_WARNINGS:
            self._warned.add(kind)
            self._waiting.append(sentence)

    def forget(self, kind: str) -> None:
        """Log the next sentence of a kind again: what the last one complained about is over."""
        self._warned.discard(kind)

    def log(self) -> None:
        """Log what waits."""
        while self._waiting:
            _log.warning("%s", self._waiting.popleft())

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing waits."""
        return not self._waiting
