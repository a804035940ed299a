"""Parking what cannot be read: it goes to the dead letters with a reason, and its neighbours go on."""

from collections import Counter

from redis import Redis

from shared.log import Logger
from shared.model import dead_letter
from shared.model.reasons import Reason
from shared.redis import keys, scripts

SHOWN_BYTES = 4_096
"""Of what is parked."""
REASON_CHARS = 500
LOOKED_THROUGH = 200
"""Dead letters among which a thing parked before is looked for."""
MAX_REMEMBERED = 10_000
CONTROL_PLANE = 0
"""The partition among whose dead letters lies what belongs to none."""


class Parking:
    """What one process has parked. Things that stay where they are, such as records, are met again and again."""

    def __init__(self, redis: Redis, log: Logger, counters: Counter[str]) -> None:
        """
        Args:
            counters: Where each thing is counted once, as `parked`.
        """
        self._redis = redis
        self._log = log
        self._counters = counters
        self._parked: set[tuple[str, int]] = set()

    def park(self, where: str, body: bytes, reason: Reason, partition: int = CONTROL_PLANE) -> None:
        """
        Put *body* among the dead letters of *partition*, once.

        Args:
            where: The stream's entry, or the key and field, that holds it.
            body: What cannot be read; empty if it may hold secrets.
        """
        thing = where, hash(body)
        if thing in self._parked:
            return
        text, coded = dead_letter.fields(reason)
        text = text.decode()[:REASON_CHARS].encode()
        words = text, where, body[:SHOWN_BYTES], LOOKED_THROUGH, coded
        scripts.run(self._redis, scripts.source("park"), [keys.dead_letters(partition)], words)
        if len(self._parked) >= MAX_REMEMBERED:
            self._parked.clear()
        self._parked.add(thing)
        self._counters["parked"] += 1
        self._log.error("unreadable.parked", where=where, reason=text.decode())
