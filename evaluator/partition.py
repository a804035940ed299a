"""
One partition in its owner's hands: take it over, decide what arrives, commit, hand it on. Shell around `Engine`.

Events are read by position (XREAD), not by group delivery; the commit sets the group's position. See docs/adr/0001.
"""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from redis import Redis
from redis.exceptions import ResponseError

from evaluator import mending, stored
from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.index import Index
from evaluator.snapshot import Snapshot
from shared import crash_points
from shared.errors import LeaseLost
from shared.model.encoding import encode
from shared.model.events import Event
from shared.model.partitions import DEFAULT_PARTITIONS, partition_of
from shared.redis import keys, scripts, streams
from shared.redis.leases import Leases
from shared.redis.tail import Entry, Tail

PAYLOAD_SHOWN = 4_096
"""Of a dead letter, the bytes kept."""
REPLAY_ENTRIES = 1_000
BATCH_ENTRIES = 2_000
"""Decided and committed at once: some 10 ms, and what a batch costs beside its events is small among so many."""
AHEAD_MS = 60_000
"""How far an entry's id may be ahead of the clock: no two clocks agree, and a server's may be set back a little."""
COMMIT = "commit"
OUTBOX_AT_ONCE = 50
"""Transitions an entry of the outbox: one entry more costs the server several times what one of these does."""

_pack = msgspec.msgpack.Encoder().encode


class Partition:
    """A partition this worker holds the lease of."""

    def __init__(
        self,
        redis: Redis,
        number: int,
        lease: str,
        leases: Leases,
        index: Index,
        partitions: int = DEFAULT_PARTITIONS,
        moving: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Take over: load what is committed and rebuild what is remembered, up to the committed position.

        Args:
            lease: The lease's value, `worker:token`.
            partitions: How many there are.
            moving: Called now and then while loading, which may take long.

        Raises:
            LeaseLost: it went to another while loading.
        """
        self.number = number
        self.lease = lease
        self.changes = Changes()
        self.dead: list[tuple[str, str, bytes]] = []
        self.unreadable = mending.mend(redis, number)
        """What was stored of it and could not be used, and why."""
        self.read_until_ms = 0
        """Of the server's clock: all that arrived until this instant was decided."""
        self.forgiven_ms = 0
        """How long nobody had listened, where that was not counted as silence of the plugins."""
        self._moving = moving
        self._redis = redis
        self._leases = leases
        self._staged = Changes()
        self._checkpoint = scripts.script(redis, "checkpoint")
        self.position, self._entries_read = self._committed_position()
        self._saved: tuple[str, int] | None = None
        self._partitions = partitions
        heard_until_ms = self._heard_until_ms()
        self.engine = self._load(index)
        self._forgive_deafness(heard_until_ms)
        self.tail: Tail | None = None

    # -- reading ------------------------------------------------------------------------------------------

    def connect(self) -> socket.socket:
        """Begin to read after the committed position; returns the socket to wait on."""
        self.tail = Tail(self._redis, keys.events(self.number), self.position, BATCH_ENTRIES)
        return self.tail.connect()

    def receive(self) -> list[Entry]:
        """Return the entries that arrived; they count as dealt with at the next commit."""
        assert self.tail is not None
        entries = self.tail.receive()
        if entries:
            self.position = self.tail.position
            self._entries_read += len(entries)
        return entries

    def disconnect(self) -> None:
        if self.tail is not None:
            self.tail.disconnect()

    # -- deciding -----------------------------------------------------------------------------------------

    def decide(self, entries: list[Entry], now_ms: int) -> list[Exception]:
        """
        Decide every event of *entries*; the outcome waits in `changes` and `dead` for the commit.

        Returns:
            The bugs met. Each has its entry among the dead letters, and the partition goes on.
        """
        failures: list[Exception] = []
        engine, apply, changes = self.engine, self.engine.apply, self.changes
        stamp, entry_ms = b"", 0
        for entry_id, fields in entries:
            before, _, _ = entry_id.partition(b"-")
            if before != stamp:
                # Those of a burst share it.
                stamp, entry_ms = before, _arrived_ms(before, now_ms)
                if engine.timers.due_at_ms < entry_ms:
                    # What was due before this entry came is done before it, as by an owner who was awake then.
                    engine.pass_time(now_ms, changes, min(entry_ms - 1, now_ms))
            try:
                event = streams.decode_one(fields, entry_ms)
                if event is not None:
                    apply(event, entry_id, now_ms, changes, entry_ms)
                else:
                    self._decide_other(entry_id.decode(), fields, now_ms, entry_ms, failures)
            except Exception as error:
                failures.append(error)
                self.dead.append((_failed(error), entry_id.decode(), b" ".join(fields)[:PAYLOAD_SHOWN]))
        # Others of the same millisecond may still come.
        self.read_until_ms = max(self.read_until_ms, min(entry_ms - 1, now_ms))
        return failures

    def pass_time(self, now_ms: int) -> None:
        """Let the clock do what is due, as far as the log was read; the outcome waits in `changes` for the commit."""
        self.engine.pass_time(now_ms, self.changes, self.read_until_ms)

    def nothing_unread_at(self, server_ms: int) -> None:
        """Take note that the log held nothing at *server_ms* that was not decided; more of that instant may come."""
        self.read_until_ms = max(self.read_until_ms, server_ms - 1)

    def _decide_other(
        self, where: str, fields: list[bytes], now_ms: int, entry_ms: int, failures: list[Exception]
    ) -> None:
        if len(fields) >= 2 and fields[0] == keys.EVENT_FIELD:
            events, bad = streams.decode(fields[1], entry_ms)
            for i, event in enumerate(events):
                origin = where if len(events) == 1 else f"{where}:{i}"
                try:
                    self.engine.apply(event, origin, now_ms, self.changes, entry_ms)
                except Exception as error:
                    # The entry's other events have nothing to do with it.
                    failures.append(error)
                    self.dead.append((_failed(error), where, encode(event)[:PAYLOAD_SHOWN]))
            for one in bad:
                self.changes.dropped += len(one.dropped) if one.is_kept else 0
                self.dead.append((one.reason, where, one.payload[:PAYLOAD_SHOWN]))
        elif len(fields) >= 2 and fields[0] == keys.COMMAND_FIELD:
            self._obey(where, fields[1])
        else:
            reason = "the entry has neither an event in field `e` nor a command in field `c`"
            self.dead.append((reason, where, b" ".join(fields)[:PAYLOAD_SHOWN]))

    def _obey(self, where: str, body: bytes) -> None:
        try:
            command = streams.decode_command(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            self.dead.append((f"not a command: {error}", where, body[:PAYLOAD_SHOWN]))
        else:
            self.engine.obey(command, self.changes)

    # -- committing ---------------------------------------------------------------------------------------

    def stage(self, now_ms: int) -> scripts.Call:
        """Return the call of the script `COMMIT` that writes changes and position; its answer is for `committed`."""
        changes = self._staged = self.changes
        self.changes = Changes()
        dead, self.dead = self.dead, []
        n = self.number
        saved = [(f"{r}\0{p}", _pack(s)) for (r, p), s in changes.snapshots.items() if s is not None]
        idle = [f"{r}\0{p}" for (r, p), s in changes.snapshots.items() if s is None]
        cooling = [
            (keys.cooldown(n, r, p), s.alert_id, s.cooldown_until_ms - now_ms)
            for (r, p), s in changes.snapshots.items()
            if s is not None and s.cooldown_until_ms > now_ms
        ]
        names = [keys.lease(n), keys.events(n), keys.snapshots(n), keys.outbox(n), keys.dead_letters(n)]
        arguments: list[Any] = [self.lease, self._leases.length_ms, keys.GROUP, self.position, self._entries_read]
        arguments += [len(saved), *(part for pair in saved for part in pair)]
        arguments += [len(idle), *idle]
        told = [changes.transitions[i : i + OUTBOX_AT_ONCE] for i in range(0, len(changes.transitions), OUTBOX_AT_ONCE)]
        arguments += [len(told), *map(encode, told)]
        arguments += [len(dead), *(part for letter in dead for part in (_bytes(letter[0]), *letter[1:]))]
        arguments += [len(cooling), *(part for _, alert_id, left_ms in cooling for part in (alert_id, left_ms))]
        return [*names, *(key for key, _, _ in cooling)], arguments

    def committed(self, answer: int | Exception) -> Changes:
        """
        Take note of what became of the last `stage`; returns what was committed.

        Raises:
            LeaseLost: refused; nothing was written, and this object must be thrown away.
        """
        if isinstance(answer, Exception):
            raise answer
        if not answer:
            raise LeaseLost(f"partition {self.number} has another owner")
        return self._staged

    def checkpoint(self, keep_from_ms: int, *, anew: bool = False) -> None:
        """
        Save what is remembered, then cut the stream behind it. Only whole memory is saved, with what it covers.

        Args:
            keep_from_ms: Entries newer than this stay even if the checkpoint is newer, for people and explanations.
            anew: Save even if no event arrived since the last time.

        Raises:
            LeaseLost: somebody else owns it.
        """
        content = (self.position, self.engine.revision)
        if content == self._saved and not anew:
            return
        body = _pack(self.engine.plugins.saved())
        names = [keys.lease(self.number), keys.checkpoint(self.number)]
        if not self._checkpoint(keys=names, args=[self.lease, self.position, body, self.engine.revision]):
            raise LeaseLost(f"partition {self.number} has another owner")
        self._saved = content
        crash_points.reach("evaluator.after_checkpoint")
        at_ms = int(self.position.partition("-")[0])
        # Exactly at the checkpoint would be right too; a whole millisecond earlier keeps the id simple.
        self._redis.xtrim(keys.events(self.number), minid=f"{min(at_ms, keep_from_ms)}-0", approximate=True)

    def release(self) -> None:
        """Give the lease up, so that another takes over at once."""
        self.disconnect()
        self._leases.release(keys.lease(self.number), self.lease)

    # -- taking over --------------------------------------------------------------------------------------

    def _committed_position(self) -> tuple[str, int]:
        stream = keys.events(self.number)
        try:
            self._redis.xgroup_create(stream, keys.GROUP, id="0-0", mkstream=True, entries_read=0)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        for group in self._redis.xinfo_groups(stream):
            if group["name"] == keys.GROUP.encode():
                return self._within_the_log(group["last-delivered-id"].decode()), int(group["entries-read"] or 0)
        raise LeaseLost(f"the group of partition {self.number} vanished")

    def _within_the_log(self, position: str) -> str:
        """Return the committed position; the log's end if it was set beyond that, where nothing would ever be read."""
        end = self._redis.xinfo_stream(keys.events(self.number))["last-generated-id"].decode()
        if _order(position) <= _order(end):
            return position
        self.unreadable.append(f"the committed position {position}: the log ends at {end}")
        return end

    def fill_windows(self, since_ms: int) -> None:
        """
        Read the stream's tail again, for rules that look further back than those before.

        Raises:
            LeaseLost: it went to another meanwhile.
        """
        self.engine.plugins.forget_windows()
        for _, event in self._past(f"{max(since_ms, 0)}-0"):
            self.engine.plugins.recall(event)
        self.engine.plugins.is_complete = True

    def _load(self, index: Index) -> Engine:
        checkpoint = stored.read_checkpoint(self._redis.hgetall(keys.checkpoint(self.number)))
        self.unreadable += checkpoint.unreadable
        engine = Engine(
            index,
            [memory for _, memory in checkpoint.plugins],
            self._load_snapshots(),
            owns=lambda plugin_id: partition_of(plugin_id, self._partitions) == self.number,
            revision=index.revision,
        )
        engine.plugins.is_complete = engine.plugins.are_covered_by(saved for saved, _ in checkpoint.plugins)
        position = checkpoint.position
        if checkpoint.unreadable and position:
            # The stream still has what the checkpoint had of those that were left out, if they were heard of lately.
            known = {saved.plugin_id for saved, _ in checkpoint.plugins}
            for entry_ms, event in self._past("-", position):
                if event.plugin_id not in known:
                    engine.plugins.remember(event, entry_ms)
        for entry_ms, event in self._past(f"({position}" if position else "-"):
            engine.plugins.remember(event, entry_ms)
        return engine

    def _past(self, start: str, end: str | None = None) -> Iterator[tuple[int, Event]]:
        """
        Yield the events from *start* (as XRANGE takes it) to *end*, by default the committed position, with their
        entries' times.
        """
        end = self.position if end is None else end
        now_ms = self._server_ms()
        while True:
            entries = self._redis.xrange(keys.events(self.number), min=start, max=end, count=REPLAY_ENTRIES)
            self._moving()
            if not entries:
                return
            for entry_id, fields in entries:
                body = fields.get(keys.EVENT_FIELD)
                if not body:
                    continue
                entry_ms = _arrived_ms(entry_id.partition(b"-")[0], now_ms)
                try:
                    events = streams.decode(body, entry_ms)[0]
                except Exception as error:
                    # A bug. One entry must not keep the partition from every owner.
                    self.unreadable.append(f"entry {entry_id.decode()} of the log: {type(error).__name__}: {error}")
                    continue
                for event in events:
                    yield entry_ms, event
            start = f"({entries[-1][0].decode()}"
            # Not `renew`: who only loads does not listen yet, and an outage must be forgiven before it is forgotten.
            if not self._leases.renew(keys.lease(self.number), self.lease):
                raise LeaseLost(f"the lease of partition {self.number} ran out")

    def _heard_until_ms(self) -> int | None:
        alive = self._redis.get(keys.alive(self.number))
        if alive is None or alive.isdigit():
            return int(alive) if alive else None
        self.unreadable.append(f"when somebody listened last: {alive[:40]!r} is no instant")
        return None

    def _forgive_deafness(self, heard_until_ms: int | None) -> None:
        now_ms = self._server_ms()
        deaf_ms = now_ms - heard_until_ms if heard_until_ms is not None else 0
        # A handing-over takes up to a lease; only what is longer was an outage.
        if deaf_ms > 2 * self._leases.length_ms:
            self.forgiven_ms = deaf_ms
            self.engine.forgive(deaf_ms, now_ms)
            # Saved before anybody notes that somebody listens again; and whole, for this owner may die before the next.
            self._complete()
            self.checkpoint(0, anew=True)

    def _server_ms(self) -> int:
        seconds, micros = self._redis.time()
        return int(seconds * 1000 + micros // 1000)

    def _complete(self) -> None:
        if not self.engine.plugins.is_complete:
            self.fill_windows(0)

    def _load_snapshots(self) -> dict[tuple[str, str], Snapshot]:
        found, unreadable = stored.read_snapshots(self._redis.hgetall(keys.snapshots(self.number)))
        self.unreadable += unreadable
        # A cooldown lasts as long as its key: one that expired, or was deleted by hand, is over.
        cooling = [place for place, snapshot in found.items() if snapshot.phase == "cooling"]
        if cooling:
            values = self._redis.mget([keys.cooldown(self.number, *place) for place in cooling])
            for place, value in zip(cooling, values, strict=True):
                if value is None:
                    found[place] = msgspec.structs.replace(found[place], cooldown_until_ms=1)
        return found


def _arrived_ms(stamp: bytes, now_ms: int) -> int:
    """
    Return when an entry arrived, by the time in its id.

    Whoever adds one entry with an id of the far future gives that time to all later ones: by it, nobody would ever be
    silent, and events without a time of their own would be of that future.
    """
    entry_ms = int(stamp)
    return entry_ms if entry_ms <= now_ms + AHEAD_MS else now_ms


def _order(position: str) -> tuple[int, ...]:
    return tuple(map(int, position.split("-")))


def _failed(error: Exception) -> str:
    return f"deciding it failed: {type(error).__name__}: {error}"


def _bytes(text: str) -> bytes:
    # A reason may cite what no UTF-8 can hold.
    return text.encode("utf-8", "replace")
