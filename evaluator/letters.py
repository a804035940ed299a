"""The dead letters of one partition that wait for its next commit: no more than Redis has room for. Pure."""

from typing import NamedTuple

from shared.model import dead_letter, reasons
from shared.model.reasons import Reason

PAYLOAD_LENGTH = 4_096
"""How many bytes of an entry its dead letter keeps."""
AT_ONCE = 500
"""
How many letters of a burst are kept; after it, one a second. A host that writes garbage to the streams must not fill
Redis with letters, and the first letters show the fault.
"""
EVERY_MS = 1_000

Letter = tuple[Reason, str, bytes]
"""Reason, id of the entry, what it held."""


class Refusals(NamedTuple):
    """The dead letters that one commit writes, and its counts of refused events."""

    letters: list[Letter]
    refused: int
    """Refused events and entries, with or without a letter of their own."""
    not_kept: int
    """Refused events and entries without a letter of their own."""


class Letters:
    """The letters of one partition. A letter that counts those not kept precedes the next letter that is kept."""

    def __init__(self) -> None:
        self._waiting: list[Letter] = []
        self._refused = self._not_kept = 0
        self._uncounted = 0
        """How many were not kept and are not yet counted by a letter."""
        self._newest_id = ""
        self._room = float(AT_ONCE)
        self._at_ms = 0

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, why: Reason, entry_id: str, payload: bytes, now_ms: int) -> None:
        """Keep a letter, or count it."""
        self._refused += 1
        self._newest_id = entry_id
        if self._has_room(now_ms):
            self._count_the_others()
            self._room -= 1
            self._waiting.append((why, entry_id, payload[:PAYLOAD_LENGTH]))
        else:
            self._not_kept += 1
            self._uncounted += 1

    def settle(self, now_ms: int, *, at_once: bool = False) -> None:
        """Add a letter that counts those not kept, once there is room for it; *at_once*: even without room."""
        if self._uncounted and (at_once or self._has_room(now_ms)):
            self._room -= 1
            self._count_the_others()

    def take(self) -> Refusals:
        """Return the letters and counts since the last call."""
        refusals = Refusals(self._waiting, self._refused, self._not_kept)
        self._waiting, self._refused, self._not_kept = [], 0, 0
        return refusals

    def _has_room(self, now_ms: int) -> bool:
        # A clock set back gives no room, and takes none.
        self._room = min(AT_ONCE, self._room + max(0, now_ms - self._at_ms) / EVERY_MS)
        self._at_ms = now_ms
        return self._room >= 1

    def _count_the_others(self) -> None:
        if self._uncounted:
            self._waiting.append((reasons.of(dead_letter.NOT_KEPT, count=self._uncounted), self._newest_id, b""))
            self._uncounted = 0
