"""The loop of the analysis process: takes a question, answers it within bounds, and ends when there are none."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from redis import Redis
from redis.exceptions import RedisError

from shared.log import Logger
from shared.loops import Stop
from shared.model import reasons
from shared.redis import analysis_keys
from shared.redis.analysis_keys import Lane
from shared.redis.leases import Leases
from shared.store import analyses
from shared.store.analyses import Answer

IDLE_S = 30.0
"""Longer than a person looks at one trend before they ask for the next; starting again takes half a second."""
LEASE_MS = 5_000
RENEW_S = 1.0
WAIT_S = 0.05
"""Between two looks for a question. An asker waits longer for everything else."""
STUCK_S = 10.0
"""Beyond the limit of a question: what is stopped by no exception then, the end of the process stops."""


PROGRESS_S = 0.2
"""Between two notes of how far an answer is."""


class TooLong(Exception):
    """A question took longer than it may."""


class Cancelled(Exception):
    """Nobody waits for the answer any more."""


Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much; raises `Cancelled`."""


class Worker:
    """Answers questions as long as it holds the lease: there is one such process on all machines together."""

    def __init__(
        self,
        redis: Redis,
        holder: str,
        answer: Callable[[bytes, Progress], Answer],
        log: Logger,
        *,
        limit_s: float,
        most_megabytes: int,
        limited: Callable[[float], AbstractContextManager[None]],
        end: Callable[[], object],
        idle_s: float = IDLE_S,
        lane: Lane = "",
    ) -> None:
        """
        Args:
            answer: What answers a question; a bug in it is answered, too.
            most_megabytes: What the process may take; only to be named.
            limited: Raises `TooLong` in its block after so many seconds.
            end: Ends the process at once, whatever it does.
        """
        self._redis = redis
        self._holder = holder
        self._answer = answer
        self._log = log
        self._limit_s = limit_s
        self._most_megabytes = most_megabytes
        self._limited = limited
        self._end = end
        self._idle_s = idle_s
        self._lane: Lane = lane
        self._lease_key = analysis_keys.analysis_lease(lane)
        self._leases = Leases(redis, LEASE_MS)
        self._lease = ""
        self._begun_s: float | None = None
        """When the question was taken that is worked on."""

    def run(self, stop: Stop) -> None:
        """Work until nobody has asked anything for a while; at once if another process has the lease."""
        taken = self._leases.acquire(self._lease_key, analysis_keys.analysis_fence(self._lane), self._holder)
        if taken is None:
            return
        self._lease = taken
        ended = Stop(install_handlers=False)
        keeper = threading.Thread(target=self._keep_lease, args=(stop, ended), name="lease", daemon=True)
        keeper.start()
        try:
            for question_id in analyses.abandoned(self._redis, self._lane):
                self._log.error("analysis.crashed", id=question_id)
                crashed = Answer(status=503, why=reasons.of("insight.crashed"))
                analyses.put(self._redis, question_id, crashed, self._lane)
            self._work(stop)
        finally:
            ended.set()
            keeper.join()
            self._leases.release(self._lease_key, self._lease)

    def _work(self, stop: Stop) -> None:
        idle_since_s = time.monotonic()
        while not stop and time.monotonic() - idle_since_s < self._idle_s:
            taken = analyses.take(self._redis, self._lane)
            if taken is None:
                stop.wait(WAIT_S)
                continue
            question_id, question = taken
            self._begun_s = time.monotonic()
            found = self._bounded(question_id, question)
            took_ms = int((time.monotonic() - self._begun_s) * 1000)
            self._begun_s = None
            idle_since_s = time.monotonic()
            if found is None:
                analyses.drop(self._redis, question_id, self._lane)
                self._log.info("analysis.taken_back", id=question_id, took_ms=took_ms)
                continue
            analyses.put(self._redis, question_id, found, self._lane)
            self._log.info("analysis.done", id=question_id, status=found.status, bytes=len(found.body), took_ms=took_ms)

    def _bounded(self, question_id: str, question: bytes) -> Answer | None:
        """Return the answer; None if the question was taken back meanwhile."""
        noted_s = 0.0

        def note(done: int, total: int) -> None:
            nonlocal noted_s
            if time.monotonic() - noted_s >= PROGRESS_S:
                noted_s = time.monotonic()
                if not analyses.note_progress(self._redis, question_id, done, total, self._lane):
                    raise Cancelled

        try:
            with self._limited(self._limit_s):
                return self._answer(question, note)
        except Cancelled:
            return None
        except TooLong:
            return Answer(status=422, why=reasons.of("insight.too_long", limit_s=self._limit_s))
        except MemoryError:
            return Answer(status=422, why=reasons.of("insight.too_large", megabytes=self._most_megabytes))
        except Exception as error:
            self._log.error("analysis.failed", exception=error)
            return Answer(status=500, why=reasons.of("insight.failed", error=type(error).__name__))

    def _keep_lease(self, stop: Stop, ended: Stop) -> None:
        """Renew the lease until the work ends; end the process if it is lost, or a question cannot be stopped."""
        while not ended.wait(RENEW_S):
            begun_s = self._begun_s
            if begun_s is not None and time.monotonic() - begun_s > self._limit_s + STUCK_S:
                self._log.error("analysis.stuck", seconds=round(time.monotonic() - begun_s))
                self._end()
                return
            try:
                if not self._leases.renew(self._lease_key, self._lease):
                    stop.set()
                    return
            except RedisError:
                continue  # The lease runs out by itself, and then the renewal fails.
