"""
Asking the analysis process: starts it where none runs, and waits for its answer.

Who waits and sees that none runs starts one, so it does not matter which process started the one that died.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

from redis import Redis

from shared.errors import Busy, Unavailable
from shared.model import reasons
from shared.redis.analysis_keys import BACKTESTS, Lane
from shared.store import analyses
from shared.store.analyses import Answer
from shared.supervisor import Child

WAIT_S = 25.0
"""More than one question may take, and less than proxies wait for an answer."""
MOST_WAITING = 6
"""Threads of one process that wait here; the others go on serving."""
MOST_STARTS = 2
"""While one request waits: a process that ends at once will do so again."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 0.25


def start(is_quiet: bool = False, lane: Lane = "") -> Child:
    """
    Start the analysis process, in a session of its own: its low priority is that of its session.

    Args:
        is_quiet: Keep its log from the standard error of this process.
        lane: Which of the two processes.
    """
    arguments = [sys.executable, "-m", "insight", str(os.getpid()), lane]
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(
        arguments, stdin=nowhere, stdout=nowhere, stderr=nowhere if is_quiet else None, start_new_session=True
    )


def backtests(is_quiet: bool = False) -> "Analyses":
    """Return what a process asks the process of backtests."""
    return Analyses(partial(start, is_quiet, BACKTESTS), lane=BACKTESTS)


class Analyses:
    """What a process asks; one for all of its threads."""

    def __init__(
        self,
        start: Callable[[], Child] = start,
        wait_s: float = WAIT_S,
        most_waiting: int = MOST_WAITING,
        lane: Lane = "",
    ) -> None:
        self.lane: Lane = lane
        self._start = start
        self._most_waiting = most_waiting
        self._wait_s = wait_s
        self._waiting = threading.BoundedSemaphore(most_waiting)
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._starts = 0

    def ask(self, redis: Redis, question: bytes, asker: str) -> Answer:
        """
        Return the answer to a question; for some minutes it is that of the first who asked.

        Raises:
            Busy: too many questions wait.
            Unavailable: no answer came, and why.
        """
        found = analyses.answer(redis, question)
        if found is not None:
            return found
        if not self._waiting.acquire(blocking=False):
            raise Busy(reasons.of("insight.full", count=self._most_waiting))
        try:
            return self._await(redis, question, asker)
        finally:
            self._waiting.release()

    def begin(self, redis: Redis, question: bytes, asker: str) -> Answer | None:
        """
        Return the answer to a question; None if it is still being computed, which this call begins.

        Raises:
            Busy, Unavailable: as `ask`.
        """
        found = analyses.answer(redis, question)
        if found is None:
            analyses.ask(redis, question, asker, self.lane)
            self.ensure(redis)
        return found

    def ensure(self, redis: Redis) -> None:
        """
        Start the process unless one runs.

        Raises:
            Unavailable: it does not start.
        """
        self._ensure(redis, self._starts + MOST_STARTS)

    def _await(self, redis: Redis, question: bytes, asker: str) -> Answer:
        most_starts = self._starts + MOST_STARTS
        deadline_s, pause_s = time.monotonic() + self._wait_s, _FIRST_PAUSE_S
        try:
            analyses.ask(redis, question, asker, self.lane)
        except Busy:
            # Those that wait may wait for a process that died together with its askers.
            self._ensure(redis, most_starts)
            raise
        while True:
            found = analyses.answer(redis, question)
            if found is not None:
                return found
            self._ensure(redis, most_starts)
            if time.monotonic() >= deadline_s:
                raise Unavailable(reasons.of("insight.late", waited_s=self._wait_s))
            time.sleep(pause_s)
            pause_s = min(_LONGEST_PAUSE_S, pause_s * 1.5)

    def _ensure(self, redis: Redis, most_starts: int) -> None:
        """Start the process unless one runs, here or elsewhere."""
        if analyses.is_served(redis, self.lane):
            return
        with self._lock:
            exit_code = self._child.poll() if self._child is not None else 0
            if exit_code is None or analyses.is_served(redis, self.lane):
                return  # It is starting.
            if exit_code and self._starts >= most_starts:
                raise Unavailable(reasons.of("insight.not_started", exit_code=exit_code))
            self._starts += 1
            self._child = self._start()
