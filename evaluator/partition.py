"""
One partition while this worker owns it: read what arrives, have it decided, keep checkpoints. Shell around `Engine`.

Events are read by position (XREAD), not by group delivery; the commit sets the group's position. See docs/adr/0001.
"""

import socket

import msgspec
from redis import Redis

from evaluator import other_entries
from evaluator.alert_ids import entry_of
from evaluator.changes import Changes
from evaluator.commit import Batch
from evaluator.engine import Engine
from evaluator.letters import Letters
from evaluator.past import Past, arrived_ms
from evaluator.room import Room
from shared import crash_points
from shared.errors import LeaseLost
from shared.model import dead_letter, reasons
from shared.model.encoding import encode
from shared.redis import keys, scripts, streams
from shared.redis.tail import Entry, Tail

BATCH_ENTRIES = 2_000
"""Decided and committed at once: some 10 ms, and what a batch costs beside its events is small among so many."""

_pack = msgspec.msgpack.Encoder().encode


class Partition:
    """A partition this worker holds the lease of; `takeover.take_over` makes it."""

    def __init__(
        self,
        redis: Redis,
        number: int,
        lease: str,
        engine: Engine,
        position: str,
        entries_read: int,
        past: Past,
        unreadable: list[str],
        lost: int = 0,
    ) -> None:
        """
        Args:
            lease: The lease's value, `worker:token`.
            engine: With what was committed, and all that is remembered up to *position*.
            position: Id of the last entry that is committed.
            entries_read: How many entries were committed.
            unreadable: What was stored of it and could not be used, and why.
            lost: Entries after *position* that were cut from the stream.
        """
        self.number = number
        self.lease = lease
        self.engine = engine
        self.position = position
        self.unreadable = unreadable
        self.changes = Changes()
        self.letters = Letters()
        self.read_until_ms = 0
        """Of the server's clock: all that arrived until this instant was decided."""
        self.forgiven_ms = 0
        """How long no evaluator had listened, where that was not counted as silence of the plugins."""
        self.answered_at_ms = 0
        """When the server last answered a read."""
        self.checkpointed_at_ms = 0
        self.is_held = True
        """False once this worker has given it up; what is decided of it then must not be written."""
        self._redis = redis
        self._entries_read = entries_read
        self._past = past
        self._checkpoint = scripts.script(redis, "checkpoint")
        self.checked_names: set[str] = set()
        """Of metrics, that need no second check in an event."""
        self._saved: tuple[str, int] | None = None
        self._tail: Tail | None = None
        self._room = Room(redis, number, lease)
        self._bounded_at = ""
        """The position when the stream's size was last looked at."""
        if lost:
            self._lose(lost, 0)

    # -- reading and deciding -------------------------------------------------------------------------------

    def connect(self) -> socket.socket:
        """Begin to read after the committed position; returns the socket to wait on."""
        self._tail = Tail(self._redis, keys.events(self.number), self.position, BATCH_ENTRIES)
        return self._tail.connect()

    @property
    def has_outcome(self) -> bool:
        """Whether something waits for a commit, beside the position."""
        return bool(self.changes or self.letters)

    def advance(self, now_ms: int) -> list[Exception] | None:
        """
        Read the batch that arrived and have it decided; `take_batch` gives the outcome to the committer.

        Returns:
            The bugs met; None if nothing arrived.
        """
        assert self._tail is not None
        entries = self._tail.receive()
        self.answered_at_ms = now_ms
        if not entries:
            return None
        if self._room:
            self._lose(self._room.unread_before(entries[0][0].decode(), self._entries_read), now_ms)
        self.position = self._tail.position
        self._entries_read += len(entries)
        return self.decide(entries, now_ms)

    def decide(self, entries: list[Entry], now_ms: int) -> list[Exception]:
        """
        Decide every event of *entries*; the outcome waits in `changes` and `letters` for the commit.

        Returns:
            The bugs met. Each has its entry among the dead letters, and the partition goes on.
        """
        failures: list[Exception] = []
        engine, apply, changes = self.engine, self.engine.apply, self.changes
        checked_names = self.checked_names
        stamp, entry_ms = b"", 0
        for entry_id, fields in entries:
            before, _, _ = entry_id.partition(b"-")
            if before != stamp:
                # The entries of a burst share it.
                stamp, entry_ms = before, arrived_ms(before, now_ms)
                if engine.timers.due_at_ms < entry_ms:
                    # What was due before this entry came is done before it, as by an owner that was awake then.
                    engine.pass_time(now_ms, changes, min(entry_ms - 1, now_ms))
                if engine.fleet.due_at_ms < entry_ms:
                    engine.fleet.report(entry_ms - 1, changes)
            try:
                event = streams.decode_one(fields, entry_ms, checked_names)
                if event is not None:
                    apply(event, entry_id, now_ms, changes, entry_ms)
                else:
                    other_entries.decide(self, entry_id.decode(), fields, now_ms, entry_ms, failures)
            except Exception as error:
                failures.append(error)
                self.letters.add(other_entries.failed(error), entry_id.decode(), b" ".join(fields), now_ms)
        if changes.refused:
            self._note_refused(now_ms)
        # Others of the same millisecond may still come.
        self.read_until_ms = max(self.read_until_ms, min(entry_ms - 1, now_ms))
        return failures

    def _note_refused(self, now_ms: int) -> None:
        """Make dead letters of the events whose plugins there is no room for."""
        refused, self.changes.refused = self.changes.refused, []
        limit = self.engine.plugins.budget.most_plugins
        self.changes.of_refused_plugins += len(refused)
        for event, origin in refused:
            why = reasons.of("event.too_many_plugins", plugin_id=event.plugin_id, limit=limit)
            self.letters.add(why, entry_of(origin), encode(event), now_ms)

    def pass_time(self, now_ms: int) -> None:
        """Let the clock do what is due, as far as the log was read; the outcome waits in `changes` for the commit."""
        self.engine.pass_time(now_ms, self.changes, self.read_until_ms)
        self.engine.external.pass_time(min(self.read_until_ms, now_ms), now_ms, self.changes)
        self.engine.fleet.report(self.read_until_ms, self.changes)
        self.letters.settle(now_ms)

    def nothing_unread_at(self, server_ms: int) -> None:
        """Take note that the log held nothing at *server_ms* that was not decided; more of that instant may come."""
        self.read_until_ms = max(self.read_until_ms, server_ms - 1)

    def take_batch(self) -> Batch:
        """Return what was decided since this was last asked, for a commit."""
        changes, self.changes = self.changes, Changes()
        return Batch(
            self.number,
            self.lease,
            self.position,
            self._entries_read,
            changes,
            self.letters.take(),
            self.engine.judged_until_ms,
        )

    # -- remembering ----------------------------------------------------------------------------------------

    def complete_windows(self, since_ms: int) -> None:
        """
        Read the stream's tail again, and before it the archive, for rules that look further back than those before.

        Raises:
            LeaseLost: another worker owns the partition.
        """
        plugins = self.engine.plugins
        plugins.forget_windows()
        for entry_ms, event in self._past.of_windows(plugins.looked_back_on(), since_ms, self.position):
            plugins.recall(event, entry_ms)
        plugins.windows_complete()

    def checkpoint(self, keep_from_ms: int, *, force: bool = False) -> None:
        """
        Save the memory and its position as a checkpoint, then trim the stream before it. Only complete memory is saved.

        Args:
            keep_from_ms: Entries newer than this stay even if the checkpoint is newer, for people and explanations.
            force: Save even if no event arrived since the last time.

        Raises:
            LeaseLost: another worker owns the partition.
        """
        content = (self.position, self.engine.revision)
        if content == self._saved and not force:
            return
        body = _pack(self.engine.plugins.saved())
        ticks = _pack((self.position, self.engine.fleet.ticks))
        external = _pack((self.position, self.engine.external.volatile()))
        names = [keys.lease(self.number), keys.checkpoint(self.number)]
        arguments = [self.lease, self.position, body, self.engine.revision, ticks, external]
        if not self._checkpoint(keys=names, args=arguments):
            raise LeaseLost(f"partition {self.number} has another owner")
        self._saved = content
        crash_points.reach("evaluator.after_checkpoint")
        at_ms = int(self.position.partition("-")[0])
        # Exactly at the checkpoint would be right too; a whole millisecond earlier keeps the id simple.
        keep_from_ms = min(at_ms, keep_from_ms, self._room.recorded_ms(at_ms))
        self._redis.xtrim(keys.events(self.number), minid=f"{keep_from_ms}-0", approximate=True)

    def keep_to_size(self, max_bytes: int, keep_from_ms: int) -> None:
        """
        Cut the stream if it takes more than *max_bytes*; all that was decided must be committed.

        Raises:
            LeaseLost: another worker owns the partition.
        """
        if self.position != self._bounded_at and self._room.is_exceeded(max_bytes):
            # The next owner needs no entry before the checkpoint.
            self.checkpoint(keep_from_ms)
            self._room.cut(self.position, max_bytes)
        self._bounded_at = self.position

    def _lose(self, entries: int, now_ms: int) -> None:
        """Take note that entries were cut before they were read."""
        if entries:
            self._entries_read += entries
            self.changes.lost += entries
            self.letters.add(reasons.of(dead_letter.CUT_UNREAD, count=entries), self.position, b"", now_ms)

    def disconnect(self) -> None:
        if self._tail is not None:
            self._tail.disconnect()
