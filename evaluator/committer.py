"""
Writes what was decided: each partition's batch atomic by itself, those of several partitions in one round trip. Shell.

The server writes one commit while the next events are decided (docs/adr/0005-commit-pipelining.md). A commit begins
only when the one before has been answered, so what is written of a partition rests on what is known to be written.
"""

import selectors
from collections import Counter
from collections.abc import Callable, Sequence

from redis import Redis

from evaluator.commit import COMMIT, Batch, call_of
from evaluator.faults import is_of_the_server
from evaluator.partition import Partition
from shared import crash_points
from shared.clock import Clock
from shared.errors import LeaseLost
from shared.log import Logger
from shared.redis import keys, scripts

COMMITS = -1
"""In the selector: the connection of the commits. The others are the partitions' numbers."""
MOST_TRANSITIONS = 150
"""Decided and not yet committed, of all partitions: in a storm the first need not wait for the last."""


class Committer:
    """The commits of one worker."""

    def __init__(
        self,
        redis: Redis,
        selector: selectors.BaseSelector,
        lease_ms: int,
        clock: Clock,
        counters: Counter[str],
        log: Logger,
        give_up: Callable[[Partition, Exception], None],
        max_entries: int,
    ) -> None:
        """
        Args:
            selector: Gets the connection of the commits, as `COMMITS`.
            give_up: Called with a partition whose commit failed: nothing of it was written, and its engine must be
                thrown away.
            max_entries: Entries a stream keeps at least; for reports.
        """
        self._redis = redis
        self._max_entries = max_entries
        self._selector = selector
        self._lease_ms = lease_ms
        self._clock = clock
        self._counters = counters
        self._log = log
        self._give_up = give_up
        self._caller = scripts.Caller(redis, COMMIT)
        self._waiting: list[Partition] = []
        """Partitions with something decided."""
        self._begun: list[tuple[Partition, Batch]] = []

    def add(self, partition: Partition) -> None:
        """Commit what was decided of *partition*, with the next commit."""
        if partition not in self._waiting:
            self._waiting.append(partition)
        if sum(len(waiting.changes.transitions) for waiting in self._waiting) >= MOST_TRANSITIONS:
            self.begin_if_free()

    def begin_if_free(self) -> None:
        """Begin a commit, unless the one before has not been answered yet."""
        if not self._caller.is_busy:
            self._begin()

    def commit_all(self) -> None:
        """Wait until all that was decided is committed."""
        self._finish()
        self._begin()
        self._finish()

    def commit(self, partition: Partition) -> None:
        """
        Commit what was decided of one partition, and wait for it.

        Raises:
            LeaseLost: refused.
        """
        self._finish()
        if not partition.is_held:
            raise LeaseLost(f"the commit before of partition {partition.number} was not written")
        batch = partition.take_batch()
        self._write_reports([batch])
        self._send([call_of(batch, self._lease_ms, self._clock.now_ms())])
        [answer] = self._receive()
        self._take_note(batch, answer)

    def on_readable(self) -> None:
        """Take the answer that came; or take note that the server closed a connection long unused."""
        if self._caller.is_busy:
            self._finish()
        else:
            self.disconnect()

    def forget(self) -> None:
        """Drop what waits and what was begun: whatever is not committed is decided again."""
        self._waiting.clear()
        self.disconnect()

    def disconnect(self) -> None:
        for key in [k for k in self._selector.get_map().values() if k.data == COMMITS]:
            self._selector.unregister(key.fileobj)
        self._caller.disconnect()
        self._begun.clear()

    def _begin(self) -> None:
        now_ms = self._clock.now_ms()
        waiting, self._waiting = self._waiting, []
        calls: list[scripts.Call] = []
        for partition in waiting:
            if partition.is_held:
                batch = partition.take_batch()
                try:
                    calls.append(call_of(batch, self._lease_ms, now_ms))
                except Exception as error:
                    self._give_up(partition, error)
                else:
                    self._begun.append((partition, batch))
        if calls:
            self._write_reports([batch for _, batch in self._begun])
            self._send(calls)

    def _finish(self) -> None:
        """Take note of what became of the commit that was begun, if any."""
        if not self._caller.is_busy:
            return
        answers = self._receive()
        begun, self._begun = self._begun, []
        for (partition, batch), answer in zip(begun, answers, strict=True):
            if partition.is_held:
                try:
                    self._take_note(batch, answer)
                except Exception as error:
                    self._give_up(partition, error)

    def _write_reports(self, batches: Sequence[Batch]) -> None:
        """
        Write the reports of fleet rules to the partitions that get them, before the position behind them is committed.

        If this process dies in between, the next owner writes the same reports again. A partition whose stream takes
        none, for example because its key has another type, misses the tick, and no other partition waits for it.
        """
        reports = [report for batch in batches for report in batch.changes.reports]
        if not reports:
            return
        with self._redis.pipeline(transaction=False) as pipe:
            for number, body in reports:
                pipe.xadd(keys.events(number), {keys.FLEET_FIELD: body}, maxlen=self._max_entries, approximate=True)
            answers = pipe.execute(raise_on_error=False)
        for (number, _), answer in zip(reports, answers, strict=True):
            if isinstance(answer, Exception):
                if is_of_the_server(answer):
                    raise answer
                self._counters["failures"] += 1
                self._log.warning("report.refused", partition=number, reason=str(answer))
        crash_points.reach("evaluator.after_reports")

    def _send(self, calls: Sequence[scripts.Call]) -> None:
        if not self._caller.is_connected:
            self._selector.register(self._caller.connect(), selectors.EVENT_READ, COMMITS)
        crash_points.reach("evaluator.before_commit")
        self._caller.begin(calls)

    def _receive(self) -> list[int | Exception]:
        answers = self._caller.finish()
        crash_points.reach("evaluator.after_commit")
        return answers

    def _take_note(self, batch: Batch, answer: int | Exception) -> None:
        if isinstance(answer, Exception):
            raise answer
        if not answer:
            raise LeaseLost(f"partition {batch.number} has another owner")
        counters, changes = self._counters, batch.changes
        counters["events"] += changes.events
        counters["late_samples"] += changes.late
        counters["external_statements"] += changes.statements
        if changes.restarted:
            counters["series_restarted"] += changes.restarted
            self._log.warning("series.restarted", partition=batch.number, series=changes.restarted)
        counters["replicated_events"] += changes.replicated
        counters["dropped_values"] += changes.dropped
        if changes.of_refused_plugins:
            counters["plugins_refused"] += changes.of_refused_plugins
        if changes.lost:
            counters["entries_lost"] += changes.lost
            self._log.error("entries.lost", partition=batch.number, entries=changes.lost)
        if changes.cut:
            if not counters["window_samples_cut"]:
                self._log.warning("window.cut", partition=batch.number, samples=changes.cut)
            counters["window_samples_cut"] += changes.cut
        counters["transitions"] += len(changes.transitions)
        if refused := batch.dead.refused:
            counters["dead_letters"] += refused
            counters["dead_letters_not_kept"] += batch.dead.not_kept
            self._log.warning("events.dead_lettered", partition=batch.number, count=refused)
