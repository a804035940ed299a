"""Putting delivery jobs into RQ, inside the caller's transaction."""

import secrets
from collections.abc import Iterable

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ResponseError
from rq import Queue

from shared.redis.bundle import Bundle
from shared.store import due_groups

SEND_REPORT = "dispatchers.jobs.send_report"
"""The name of the function that mails the report of a month."""
DELIVER = "dispatchers.jobs.deliver"
"""The name of the delivery function in RQ's jobs."""
JOB_TIMEOUT_S = 60
"""RQ's limit; every channel's own limits lie below it."""
RESULT_TTL_S = 0
"""A delivery's outcome is in the ledger; RQ need not keep it."""
FAILURE_TTL_S = 3_600
"""A job that broke stays for an hour to be looked at; the sweeper does its work meanwhile."""
MAX_WAITING = 1_000
"""Jobs that may wait for one channel. Further groups stay on the sweeper's list; more jobs would not be faster."""


class Queues:
    """The channels' queues of one process; each asks the server for its version only once."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._queues: dict[str, Queue] = {}
        self._full: set[str] = set()
        self.unreadable: dict[str, ResponseError] = {}
        """Key of another type where a queue should be → the server's error, as of the last look."""

    def stage(self, pairs: Iterable[tuple[str, str]], writes: Bundle) -> None:
        """Add one job per (channel, group) to *writes*."""
        pipe = self._redis.pipeline()
        self.enqueue(pairs, pipe)
        writes.adopt(pipe)

    def enqueue(self, pairs: Iterable[tuple[str, str]], pipe: Pipeline) -> None:
        """Queue one job per (channel, group) on *pipe*."""
        for channel, group in dict.fromkeys(pairs):
            self._enqueue("deliver", DELIVER, channel, group, pipe)

    def enqueue_report(self, channel: str, month: str, pipe: Pipeline) -> None:
        """Queue on *pipe* the job that mails the report of a month."""
        self._enqueue("report", SEND_REPORT, channel, month, pipe)

    def _enqueue(self, duty: str, function: str, channel: str, about: str, pipe: Pipeline) -> None:
        data = Queue.prepare_data(
            function,
            args=(channel, about),
            timeout=JOB_TIMEOUT_S,
            result_ttl=RESULT_TTL_S,
            failure_ttl=FAILURE_TTL_S,
            job_id=f"{duty}-{secrets.token_hex(8)}",
            description=f"{duty} {channel} {about}",
        )
        self.of(channel).enqueue_many([data], pipeline=pipe)

    def look(self, channels: Iterable[str]) -> None:
        """Find the queues that have as many jobs as may wait, among *channels* and those of earlier calls."""
        for channel in channels:
            self.of(channel)
        names = list(self._queues)
        with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.llen(self._queues[name].key)
            answers = dict(zip(names, pipe.execute(raise_on_error=False), strict=True))
        self.unreadable = {
            self._queues[name].key: answer for name, answer in answers.items() if isinstance(answer, ResponseError)
        }
        for answer in answers.values():
            if isinstance(answer, Exception) and not isinstance(answer, ResponseError):
                raise answer
        # A queue that cannot be read takes no jobs.
        self._full = {n for n, answer in answers.items() if not isinstance(answer, int) or answer >= MAX_WAITING}

    def is_full(self, channel: str) -> bool:
        """Tell whether a channel had as many jobs as may wait when last looked at."""
        return channel in self._full

    def of(self, channel: str) -> Queue:
        """Return one channel's queue. It has read the server's version, so that it reads nothing within a MULTI."""
        queue = self._queues.get(channel)
        if queue is None:
            queue = self._queues[channel] = due_groups.queue_of(self._redis, channel)
            queue.get_redis_server_version()
        return queue
