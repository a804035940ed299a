"""Committing the backlog batch by batch: take, ask, work out, write. `pipelining.py` does the same faster."""

from collections import Counter
from collections.abc import Sequence

from redis import Redis

from dispatchers.backlog import Backlog
from dispatchers.routing import Batch, Routing
from shared import crash_points
from shared.redis.bundle import Bundle
from shared.redis.transaction import Session, Words

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

    def close(self) -> None:
        """Forget all batches that are not written."""

    @property
    def has_taken(self) -> bool:
        """Whether batches were taken from the backlog and are not written."""
        return False

    def isolate(self) -> None:
        """Route the next transitions one by one, so that the transition which causes errors is found."""
        self._one_by_one = ONE_BY_ONE

    def commit_next(self, backlog: Backlog) -> None:
        """
        Route the next batch.

        Raises:
            LeaseLost: another router is active.
        """
        batch = self._take(backlog)
        with Session(self._redis) as session:
            self._commit(batch, session)

    def _take(self, backlog: Backlog) -> Batch:
        changes = backlog.take(1 if self._one_by_one else BATCH)
        return self._routing.batch(changes, backlog.progress())

    def _commit(self, batch: Batch, session: Session) -> None:
        """Ask and write until nobody changes one of the alerts in between."""
        while True:
            session.watch(*self._routing.watched(batch))
            answers = session.ask(self._routing.questions(batch))
            writes = self._routing.writes(batch, answers, self._lease)
            self._begin(session, writes)
            if session.finish()[0]:
                break
            self._counters["conflicts"] += 1
        self._committed(batch)

    def _begin(self, session: Session, writes: Bundle, questions: Sequence[Words] = ()) -> None:
        crash_points.reach("router.before_exec")
        session.begin(writes, questions)

    def _committed(self, batch: Batch) -> None:
        crash_points.reach("router.after_exec")
        self._routing.committed(batch)
        self._one_by_one = max(0, self._one_by_one - len(batch.changes))
