"""Putting delivery jobs into RQ, inside the caller's transaction."""

import secrets
from collections.abc import Iterable

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ResponseError
from rq import Queue

from dispatchers.jobs import DELIVER, JOB_TIMEOUT_S
from shared.redis.transaction import Bundle
from shared.store import due_groups

RESULT_TTL_S = 0
"""A delivery's outcome is in the ledger; RQ need not keep it."""
FAILURE_TTL_S = 3_600
"""A job that broke stays an hour for whoever looks; its work is the sweeper's by then."""


MAX_WAITING = 1_000
"""Jobs that may wait for one channel. More do not make it faster: what is due stays on the sweeper's list meanwhile."""


class Queues:
    """The channels' queues of one process; each asks the server for its version only once."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._queues: dict[str, Queue] = {}
        self._full: set[str] = set()
        self.unreadable: dict[str, ResponseError] = {}
        """Key of a queue that was none when last looked at, and what the server said of it."""

    def stage(self, pairs: Iterable[tuple[str, str]], writes: Bundle) -> None:
        """Add one job per (channel, group) to *writes*."""
        pipe = self._redis.pipeline()
        self.enqueue(pairs, pipe)
        writes.adopt(pipe)

    def enqueue(self, pairs: Iterable[tuple[str, str]], pipe: Pipeline) -> None:
        """Queue one job per (channel, group) on *pipe*."""
        for channel, group in dict.fromkeys(pairs):
            data = Queue.prepare_data(
                DELIVER,
                args=(channel, group),
                timeout=JOB_TIMEOUT_S,
                result_ttl=RESULT_TTL_S,
                failure_ttl=FAILURE_TTL_S,
                job_id=f"deliver-{secrets.token_hex(8)}",
                description=f"deliver {channel} {group}",
            )
            self.of(channel).enqueue_many([data], pipeline=pipe)

    def look(self, channels: Iterable[str]) -> None:
        """Find out which of *channels*, and of those known before, have as many jobs as may wait."""
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
        # One that cannot be read takes no jobs.
        self._full = {n for n, answer in answers.items() if not isinstance(answer, int) or answer >= MAX_WAITING}

    def is_full(self, channel: str) -> bool:
        """Tell whether a channel had as many jobs as may wait when last looked at."""
        return channel in self._full

    def of(self, channel: str) -> Queue:
        """Return one channel's queue, its server version known, so that it reads nothing while a MULTI is open."""
        queue = self._queues.get(channel)
        if queue is None:
            queue = self._queues[channel] = due_groups.queue_of(self._redis, channel)
            queue.get_redis_server_version()
        return queue
