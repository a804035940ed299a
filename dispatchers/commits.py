"""Committing the backlog batch by batch: take, ask, work out, write."""

from collections import Counter

from redis import Redis

from dispatchers.backlog import Backlog
from dispatchers.routing import Routing
from shared import crash_points
from shared.redis.transaction import Session

BATCH = 100
"""Transitions in a transaction. Other alerts wait for as many as two of them."""
ONE_BY_ONE = 4 * BATCH
"""Transitions that are routed one by one after an error: those of the batches under way, and some more."""


class Commits:
    """Commits one batch after the other."""

    def __init__(self, redis: Redis, routing: Routing, counters: Counter[str]) -> None:
        self._redis = redis
        self._routing = routing
        self._counters = counters
        self._lease = ""
        self._one_by_one = 0
        """Transitions still to be routed one by one."""

    def open(self, lease: str) -> None:
        """Begin, as the holder of *lease*."""
        self._lease = lease

    def isolate(self) -> None:
        """Route the next transitions one by one, so that the transition which causes errors is found."""
        self._one_by_one = ONE_BY_ONE

    def commit_next(self, backlog: Backlog) -> None:
        """
        Route the next batch.

        Raises:
            LeaseLost: another router is active.
        """
        changes = backlog.take(1 if self._one_by_one else BATCH)
        batch = self._routing.batch(changes, backlog.progress())
        with Session(self._redis) as session:
            while True:
                session.watch(*self._routing.watched(batch))
                answers = session.ask(self._routing.questions(batch))
                writes = self._routing.writes(batch, answers, self._lease)
                crash_points.reach("router.before_exec")
                if session.send(writes):
                    break
                # A person acknowledged or resolved one of these alerts just now.
                self._counters["conflicts"] += 1
        crash_points.reach("router.after_exec")
        self._routing.committed(batch)
        self._one_by_one = max(0, self._one_by_one - len(changes))
