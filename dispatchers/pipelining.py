"""
Tuning: the server writes one batch while the next batch is worked out. `Commits` does the same without it.

Two connections take turns, for what a connection watches ends with its transaction. The questions about a batch travel
with the writes of the batch two before it, so they are asked before the batch in between is written. If both speak of
the same plugin, or the one may hold back alerts of the other, they are asked again. Benchmark rows: "storm: board
complete" and "storm: feed complete".
"""

from collections import Counter, deque
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from redis import Redis

from dispatchers.backlog import Backlog
from dispatchers.commits import Commits
from dispatchers.routing import Batch, Routing
from shared.redis.transaction import Session

ENABLED = True
"""False has the router commit one batch after the other."""
SESSIONS = 2


def commits(redis: Redis, routing: Routing, counters: Counter[str]) -> Commits:
    """Return what this process shall commit batches with."""
    return (Pipeline if ENABLED else Commits)(redis, routing, counters)


@dataclass(slots=True)
class _Ahead:
    """A batch that is taken from the backlog and not confirmed."""

    batch: Batch
    session: Session
    answers: Sequence[Any] | None = None
    next_of_session: "_Ahead | None" = None
    """The batch whose questions were sent with this batch's writes."""


class Pipeline(Commits):
    """Commits batches, two of them under way at a time."""

    def __init__(self, redis: Redis, routing: Routing, counters: Counter[str]) -> None:
        super().__init__(redis, routing, counters)
        self._held = ExitStack()
        self._sessions: deque[Session] = deque()
        self._ahead: deque[_Ahead] = deque()
        """Batches to be written, in order."""
        self._sent: _Ahead | None = None
        """The batch whose writes were sent to the server and not answered yet."""

    def open(self, lease: str) -> None:
        super().open(lease)
        self._sessions.extend(self._held.enter_context(Session(self._redis)) for _ in range(SESSIONS))

    def close(self) -> None:
        self._ahead.clear()
        self._sent = None
        self._sessions.clear()
        self._held.close()

    @property
    def has_taken(self) -> bool:
        return bool(self._ahead)

    def commit_next(self, backlog: Backlog) -> None:
        """Send the next batch; it is confirmed before the batch after it is sent, or now if it is the last."""
        self._take_ahead(backlog)
        ahead = self._ahead.popleft()
        if self._sent is not None and ahead.batch.depends_on(self._sent.batch):
            self._confirm()
            ahead.answers = None
        if ahead.answers is None:
            ahead.session.watch(*self._routing.watched(ahead.batch))
            ahead.answers = ahead.session.ask(self._routing.questions(ahead.batch))
        writes = self._routing.writes(ahead.batch, ahead.answers, self._lease)
        self._confirm()
        following = next((other for other in self._ahead if other.session is ahead.session), None)
        ahead.next_of_session = following
        if following is not None:
            ahead.session.watch(*self._routing.watched(following.batch))
        self._begin(ahead.session, writes, self._routing.questions(following.batch) if following else ())
        self._sent = ahead
        if not self._ahead:
            self._confirm()

    def _take_ahead(self, backlog: Backlog) -> None:
        while not self._ahead or (backlog and not self._one_by_one and len(self._ahead) <= SESSIONS):
            # The sessions take turns.
            self._sessions.rotate()
            self._ahead.append(_Ahead(self._take(backlog), self._sessions[0]))

    def _confirm(self) -> None:
        """Wait until the batch that was sent is written."""
        ahead, self._sent = self._sent, None
        if ahead is None:
            return
        is_written, answers = ahead.session.finish()
        if ahead.next_of_session is not None and is_written:
            ahead.next_of_session.answers = answers
        if is_written:
            self._committed(ahead.batch)
            return
        # A person acknowledged or resolved one of these alerts just now.
        self._counters["conflicts"] += 1
        self._commit(ahead.batch, ahead.session)
