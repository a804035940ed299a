"""Commits of one partition made by a test, as a worker makes them."""

import selectors
from collections import Counter

from redis import Redis

from evaluator.changes import Changes
from evaluator.committer import Committer
from evaluator.partition import Partition
from shared.log import Logger

LEASE_MS = 60_000


class _Fixed:
    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms


def commit_now(redis: Redis, partition: Partition, now_ms: int) -> Changes:
    """
    Commit what a partition decided; return it.

    Raises:
        LeaseLost: the server refused it.
    """

    def give_up(_: Partition, error: Exception) -> None:
        raise error

    changes = partition.changes
    selector = selectors.DefaultSelector()
    committer = Committer(redis, selector, LEASE_MS, _Fixed(now_ms), Counter(), Logger("evaluator"), give_up, 1_000_000)
    try:
        committer.commit(partition)
    finally:
        committer.disconnect()
        selector.close()
    return changes
