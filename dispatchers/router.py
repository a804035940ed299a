"""
Outboxes → alert store, feed and RQ jobs: one transaction a batch, by the one active router. Shell.

The router's place in every outbox is stored in the transaction of its effects, and that transaction fails if somebody
else took the seat or changed one of the alerts meanwhile. So a transition is routed exactly once, whoever dies when.
"""

import selectors
from collections.abc import Sequence

import msgspec
from redis import Redis
from redis.exceptions import RedisError, WatchError

from dispatchers import channel as channels
from dispatchers import sweeper
from dispatchers.queues import Queues
from shared import backoff, keys, lifecycle, notifying, records
from shared.clock import Clock
from shared.errors import LeaseLost
from shared.leases import Leases
from shared.log import Logger
from shared.models import Alert, Command, TimelineEntry, Transition, encode
from shared.partitions import partition_of
from shared.process import Heartbeat, Stop
from shared.settings import Settings
from shared.tail import BLOCK_MS, GRACE_MS, Entry, Tail

TICK_MS = 200
SEAT_MS = 4_000
"""How long the seat of a dead router stays taken."""
BATCH = 500
"""Transitions a transaction: RQ's best rate inside one MULTI, and well below a second of work."""
TRIM_MS = 5_000
PRUNE_MS = 60_000
COMMANDS = -1
"""Which tail is the commands stream; partitions count from 0."""
NOTIFIED = ("firing", "announced", "resolved")
"""Transitions that may be news to channels."""

_decode_transition = msgspec.json.Decoder(Transition).decode
_decode_command = msgspec.json.Decoder(Command).decode


class Router:
    """One router process: active while it holds the seat, otherwise waiting for it."""

    def __init__(
        self, redis: Redis, settings: Settings, name: str, clock: Clock, log: Logger, heartbeat: Heartbeat
    ) -> None:
        """
        Args:
            name: Unique among the routers of the system.
        """
        self._redis = redis
        self._settings = settings
        self._name = name
        self._clock = clock
        self._log = log
        self._heartbeat = heartbeat
        self._leases = Leases(redis, SEAT_MS)
        self._queues = Queues(redis)
        self._kinds = channels.catalogue()
        self._seat: str | None = None
        self._tails: dict[int, Tail] = {}
        self._selector = selectors.DefaultSelector()
        self._answered_at_ms: dict[int, int] = {}
        self._due: dict[str, int] = {}
        self._failures = 0

    def run(self, stop: Stop) -> None:
        """Work until *stop*, then leave the seat to another."""
        while not stop:
            try:
                if self._seat is None:
                    self._wait_for_seat(stop)
                else:
                    self._step()
                self._failures = 0
            except LeaseLost as error:
                self._log.warning("seat.lost", reason=str(error))
                self._stand_up()
            except RedisError as error:
                if not self._failures:
                    self._log.warning("redis.lost", reason=str(error))
                self._failures += 1
                self._stand_up()
                stop.wait(backoff.delay_ms(self._failures, base_ms=100, cap_ms=3_000) / 1000)
        self._leave()

    # -- the seat -----------------------------------------------------------------------------------------

    def _wait_for_seat(self, stop: Stop) -> None:
        self._seat = self._leases.acquire(keys.router_lease(), keys.router_fence(), self._name)
        self._heartbeat.detail["role"] = "active" if self._seat else "standby"
        if not self._heartbeat.ready:
            self._heartbeat.mark_ready()
        if self._seat is None:
            stop.wait(0.5)
            return
        cursors = {int(p): i.decode() for p, i in self._redis.hgetall(keys.router_cursors()).items()}
        for number in range(self._settings.partitions):
            self._follow(number, Tail(self._redis, keys.outbox(number), cursors.get(number, "0-0"), BATCH))
        self._follow(COMMANDS, Tail(self._redis, keys.commands(), "0-0", BATCH))
        self._log.info("seat.taken", cursors=len(cursors))

    def _follow(self, number: int, tail: Tail) -> None:
        self._tails[number] = tail
        self._selector.register(tail.connect(), selectors.EVENT_READ, number)
        self._answered_at_ms[number] = self._clock.now_ms()

    def _stand_up(self) -> None:
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fileobj)
        for tail in self._tails.values():
            tail.disconnect()
        self._tails.clear()
        self._seat = None
        self._heartbeat.detail["role"] = "standby"

    def _leave(self) -> None:
        seat = self._seat
        self._stand_up()
        self._selector.close()
        if seat is not None:
            try:
                self._leases.release(keys.router_lease(), seat)
            except RedisError as error:
                self._log.warning("seat.not_released", reason=str(error))

    # -- one round ----------------------------------------------------------------------------------------

    def _step(self) -> None:
        now_ms = self._clock.now_ms()
        if self._is_due("tick", TICK_MS, now_ms):
            assert self._seat is not None
            if not self._leases.renew(keys.router_lease(), self._seat):
                raise LeaseLost("another router is active")
            self._heartbeat.counters["swept"] += sweeper.sweep(self._redis, self._queues, now_ms)
            if min(self._answered_at_ms.values()) < now_ms - BLOCK_MS - GRACE_MS:
                raise LeaseLost("a connection has been silent for too long")
            if self._is_due("trim", TRIM_MS, now_ms):
                self._trim()
            if self._is_due("prune", PRUNE_MS, now_ms):
                self._prune(now_ms)
        for key, _ in self._selector.select(timeout=TICK_MS / 1000):
            number = key.data
            entries = self._tails[number].receive()
            self._answered_at_ms[number] = self._clock.now_ms()
            if entries and number == COMMANDS:
                self._forward(entries)
            elif entries:
                self._route(number, entries)

    def _is_due(self, what: str, every_ms: int, now_ms: int) -> bool:
        # A clock set back must not silence a duty until it catches up.
        if 0 <= now_ms - self._due.get(what, -every_ms) < every_ms:
            return False
        self._due[what] = now_ms
        return True

    # -- routing ------------------------------------------------------------------------------------------

    def _route(self, number: int, entries: Sequence[Entry]) -> None:
        changes = self._decode(entries)
        cursor = entries[-1][0].decode()
        for channel in {c for t in changes for c in t.channels}:
            self._queues.of(channel)
        while True:
            try:
                self._commit(number, cursor, changes)
                break
            except WatchError:
                # Somebody acknowledged or resolved one of these alerts just now, or took the seat; look again.
                self._heartbeat.counters["conflicts"] += 1
        self._heartbeat.counters["transitions"] += len(changes)

    def _commit(self, number: int, cursor: str, changes: Sequence[Transition]) -> None:
        now_ms = self._clock.now_ms()
        ids = list(dict.fromkeys(t.alert_id for t in changes))
        with self._redis.pipeline() as pipe:
            pipe.watch(keys.router_lease(), *(keys.alert(i) for i in ids))
            if pipe.get(keys.router_lease()) != (self._seat or "").encode():
                raise LeaseLost("another router is active")
            raws = pipe.mget([keys.alert(i) for i in ids]) if ids else []
            alerts = {i: records.decode_alert(raw) if raw else None for i, raw in zip(ids, raws, strict=True)}
            pipe.multi()
            pipe.pexpire(keys.router_lease(), SEAT_MS)
            due: list[tuple[str, str]] = []
            for change in changes:
                before = alerts[change.alert_id]
                after = lifecycle.apply(before, change)
                if after is None:
                    continue
                alerts[after.id] = after
                records.stage(pipe, before, after, _timeline_entry(change), self._settings.history_ms)
                if change.kind in NOTIFIED:
                    due += self._notify(pipe, after, now_ms)
            self._queues.enqueue(due, pipe)
            pipe.hset(keys.router_cursors(), str(number), cursor)
            pipe.execute()

    def _notify(self, pipe, alert: Alert, now_ms: int) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
        known = [c for c in alert.channels if c in self._kinds]
        for channel in alert.channels:
            if channel not in self._kinds:
                reason = f"there is no channel {channel}; choose one of {', '.join(self._kinds)}"
                line = TimelineEntry(at_ms=now_ms, kind="notification.dead", channel=channel, reason=reason)
                pipe.rpush(keys.timeline(alert.id), encode(line))
        return notifying.stage_due(pipe, alert, known, now_ms + sweeper.LOOK_AGAIN_MS)

    def _decode(self, entries: Sequence[Entry]) -> list[Transition]:
        changes = []
        for entry_id, fields in entries:
            try:
                changes.append(_decode_transition(fields[1]))
            except (msgspec.MsgspecError, IndexError) as error:
                # Written by our own evaluator, so a bug or a newer version: said loudly, and not let to block the rest.
                self._heartbeat.counters["undecodable"] += 1
                self._log.error("transition.undecodable", entry=entry_id.decode(), reason=str(error))
        return changes

    # -- commands and housekeeping ------------------------------------------------------------------------

    def _forward(self, entries: Sequence[Entry]) -> None:
        """Pass operators' commands to their partitions; at least once, for obeying twice changes nothing."""
        for entry_id, fields in entries:
            try:
                command = _decode_command(fields[1])
            except (msgspec.MsgspecError, IndexError) as error:
                self._log.error("command.undecodable", entry=entry_id.decode(), reason=str(error))
            else:
                partition = partition_of(command.plugin_id, self._settings.partitions)
                self._redis.xadd(keys.events(partition), {keys.COMMAND_FIELD: fields[1]})
            self._redis.xdel(keys.commands(), entry_id)

    def _trim(self) -> None:
        for number, cursor in self._redis.hgetall(keys.router_cursors()).items():
            # Up to and without the last one routed: its id is where a new router begins to read.
            self._redis.xtrim(keys.outbox(int(number)), minid=cursor.decode(), approximate=False)

    def _prune(self, now_ms: int) -> None:
        oldest_ms = now_ms - self._settings.history_ms
        records.prune_history(self._redis, oldest_ms)
        self._redis.zremrangebyscore(keys.dead_notifications(), "-inf", oldest_ms)
        self._heartbeat.counters["repaired"] += sweeper.repair(self._redis, self._log, now_ms)


def _timeline_entry(change: Transition) -> TimelineEntry:
    return TimelineEntry(
        at_ms=change.decided_at_ms,
        kind=change.kind,
        by="rule",
        reason=change.reason,
        value=change.value,
        threshold=change.threshold,
    )
