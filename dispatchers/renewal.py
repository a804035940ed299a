"""Renewing the claims of jobs that take long, in one thread for all jobs of a process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from shared.log import Logger
from shared.loops import Loop, for_each
from shared.process import Heartbeat

EVERY_S = 2.0


class Renewable(Protocol):
    """Something that ends unless it is renewed."""

    def renew(self) -> None: ...


class Renewer:
    """Renews what is being held. Its thread begins with the first claim; most jobs end before a thread would begin."""

    def __init__(self, log: Logger, heartbeat: Heartbeat) -> None:
        self._log = log
        self._heartbeat = heartbeat
        self._lock = threading.Lock()
        self._held: list[Renewable] = []
        self._loop: Loop | None = None

    @contextmanager
    def holding(self, claim: Renewable) -> Iterator[None]:
        """Renew *claim* regularly until the block ends."""
        with self._lock:
            self._held.append(claim)
            if self._loop is None:
                counters = self._heartbeat.counters
                self._loop = Loop("claims", self._renew, self._log, every_s=EVERY_S, counters=counters)
                self._heartbeat.follow(self._loop)
                self._loop.start()
        try:
            yield
        finally:
            with self._lock:
                self._held.remove(claim)

    def _renew(self) -> None:
        # The lock is free meanwhile: a server that does not answer must not hold up a job that begins or ends.
        with self._lock:
            held = list(self._held)
        for_each(held, lambda claim: claim.renew())
