"""Moving unreadable entries and records to the dead letters, with a reason, so that the others are processed."""

from collections import Counter

from redis import Redis

from shared.log import Logger
from shared.model import dead_letter
from shared.model.reasons import Reason
from shared.redis import keys, scripts

SHOWN_BYTES = 4_096
"""How much of an unreadable body is kept."""
REASON_CHARS = 500
LOOKED_THROUGH = 200
"""How many dead letters, newest first, are searched for an equal one, so that nothing is parked twice."""
MAX_REMEMBERED = 10_000
CONTROL_PLANE = 0
"""The partition whose dead letters hold what belongs to no partition."""


class Parking:
    """What one process has parked, each once: a record stays where it is, so the process reads it again and again."""

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
        place = where, hash(body)
        if place in self._parked:
            return
        text, coded = dead_letter.fields(reason)
        text = text.decode()[:REASON_CHARS].encode()
        arguments = text, where, body[:SHOWN_BYTES], LOOKED_THROUGH, coded
        scripts.run(self._redis, scripts.source("park"), [keys.dead_letters(partition)], arguments)
        if len(self._parked) >= MAX_REMEMBERED:
            self._parked.clear()
        self._parked.add(place)
        self._counters["parked"] += 1
        self._log.error("unreadable.parked", where=where, reason=text.decode())
