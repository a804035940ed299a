"""
Outboxes → alert store, feed and RQ jobs: one transaction a batch, by the one active router. Shell.

The router's place in every outbox is stored in the transaction of its effects, and that transaction fails if somebody
else took the seat or changed one of the alerts meanwhile. So a transition is routed exactly once, whoever dies when.

What cannot be read or routed is parked among the dead letters with a reason, and its neighbours go on. After an error
that no single thing explains, the router routes its next transitions one by one, and so finds the bad one.
"""

import selectors
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import structs
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError, ResponseError

from dispatchers import backlog, grouping, route, sweeper, system_alerts
from dispatchers import channel as channels
from dispatchers.backlog import Backlog
from dispatchers.queues import Queues
from dispatchers.suppress import Flaps, World
from shared import crash_points
from shared.clock import Clock
from shared.errors import AlertsError, LeaseLost, NotFound
from shared.log import Logger
from shared.model import lifecycle, reasons, silences
from shared.model.alerts import UNREADABLE, Alert, TimelineEntry, Transition
from shared.model.encoding import encode
from shared.model.events import Command
from shared.model.partitions import partition_of
from shared.model.reasons import Reason
from shared.process import Heartbeat, Loop, Stop
from shared.redis import keys, transaction
from shared.redis.leases import Leases
from shared.redis.tail import BLOCK_MS, GRACE_MS, Entry, Tail
from shared.redis.transaction import Bundle, Session, Words
from shared.settings import Settings
from shared.store import alert_store, backup, due_groups, silence_store
from shared.store.alert_store import HOUR_MS
from shared.store.parking import Parking

TICK_MS = 200
BUSY = 3
"""So much less often the router does its rounds while transitions wait."""
SEAT_MS = 4_000
"""How long the seat of a dead router stays taken."""
BATCH = 50
"""Transitions a transaction. Others wait for two of them: one that is being written, and one that is worked out."""
ONE_BY_ONE = 200
"""Transitions that are routed one by one after an error: those of the batches that were under way, and some more."""
READ_ENTRIES = 100
READ_AHEAD = 10_000
"""Transitions read and not yet routed, at most: some 30 MB."""
TRIM_MS = 5_000
PRUNE_MS = 60_000
RECONSIDER_MS = 5_000
"""
How late a reminder or the end of an inhibition may be, and three times as late while transitions wait; a silence that
changed is followed with the next round.
"""
DAY_MS = 24 * HOUR_MS
FLAPS_DAYS = 2
FLAPS_KEPT_MS = FLAPS_DAYS * DAY_MS
"""What is written one day is read until the end of the next."""
OVERFLOW_ID = "overflow"
"""The one alert that stands for those there was no room for."""
ROOM_AGAIN = 0.9
"""It ends below this share of the limit, so that it does not come and go with every alert."""
COMMANDS = -1
"""Which tail is the commands stream; partitions count from 0."""
_T = TypeVar("_T")

Place = tuple[str, str]
"""Rule id and plugin id."""


@dataclass(slots=True)
class _Batch:
    """Transitions that are routed together."""

    changes: Sequence[Transition]
    moved: Mapping[int, tuple[str | None, str]]
    """What they make of the cursors, as `Backlog.tell` has it."""
    session: Session
    answers: Sequence[Any] | None = None
    """To the questions of what they rest on."""
    following: "_Batch | None" = None
    """The one that is looked at as they are written."""
    outcome: "_Outcome | None" = None
    """What is so once they are written."""
    now_ms: int = 0
    """When it was last looked at what they rest on."""
    likely: Sequence[tuple[str, str]] = ()
    """The (channel, group) that have news of them, as far as was known then."""
    ids: list[str] = field(init=False)
    places: list[Place] = field(init=False)
    plugins: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.ids = list(dict.fromkeys([*(t.alert_id for t in self.changes), OVERFLOW_ID]))
        self.places = list({(t.rule_id, t.plugin_id): None for t in self.changes})
        self.plugins = {t.plugin_id for t in self.changes}


class _Outcome(NamedTuple):
    firing: dict[str, dict[str, Alert]]
    records: dict[str, tuple[bytes, Alert]]
    overflowed: int


_decode_transition = msgspec.json.Decoder(Transition).decode
_decode_transitions = msgspec.json.Decoder(list[Transition]).decode
_decode_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_flaps = msgspec.json.Decoder(Flaps).decode
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
        self._seat: str | None = None
        self._tails: dict[int, Tail] = {}
        self._held = ExitStack()
        self._selector = selectors.DefaultSelector()
        self._answered_at_ms: dict[int, int] = {}
        self._due: dict[str, int] = {}
        self._silences: list[silences.Silence] = []
        self._silences_revision: bytes | None = b"not read yet"
        self._firing: dict[str, dict[str, Alert]] = {}
        """Plugin id → alert id → what fires now; refreshed whole every few seconds."""
        self._backlog = Backlog()
        self._sessions: deque[Session] = deque()
        """Held with the seat; what is routed goes by them in turns."""
        self._ahead: deque[_Batch] = deque()
        """What is routed next."""
        self._sent: _Batch | None = None
        """What the server has been told to write."""
        self._records: dict[str, tuple[bytes, Alert]] = {}
        """Alert id → its record as last read or written, and what that says."""
        self._parking = Parking(redis, log, heartbeat.counters)
        self._one_by_one = 0
        """Transitions still to be routed one by one."""

    def run(self, stop: Stop) -> None:
        """Work until *stop*, then leave the seat to another."""
        loop = Loop(
            "router",
            partial(self._turn, stop),
            self._log,
            counters=self._heartbeat.counters,
            recover=self._recover,
        )
        self._heartbeat.follow(loop)
        loop.run(stop)
        self._leave()

    def _turn(self, stop: Stop) -> None:
        try:
            if self._seat is None:
                self._wait_for_seat(stop)
            else:
                self._step()
        except LeaseLost as error:
            self._log.warning("seat.lost", reason=str(error))
            self._stand_up()

    def _recover(self, error: Exception) -> None:
        """Begin anew from what is stored; what failed is found one by one if Redis was not the cause."""
        self._stand_up()
        if not isinstance(error, RedisError):
            self._one_by_one = ONE_BY_ONE

    # -- the seat -----------------------------------------------------------------------------------------

    def _wait_for_seat(self, stop: Stop) -> None:
        self._seat = self._leases.acquire(keys.router_lease(), keys.router_fence(), self._name)
        self._heartbeat.detail["role"] = "active" if self._seat else "standby"
        if not self._heartbeat.ready:
            self._heartbeat.mark_ready()
        if self._seat is None:
            stop.wait(0.5)
            return
        cursors = self._places()
        for number in range(self._settings.partitions):
            self._follow(number, Tail(self._redis, keys.outbox(number), cursors.get(number, "0-0"), READ_ENTRIES))
        self._follow(COMMANDS, Tail(self._redis, keys.commands(), "0-0", READ_ENTRIES))
        self._sessions.extend(self._held.enter_context(Session(self._redis)) for _ in range(2))
        ahead = self._redis.hgetall(keys.router_ahead())
        notes = {int(p): note.decode("ascii", "replace") for p, note in ahead.items() if backlog.is_partition(p)}
        self._backlog = Backlog(notes)
        self._silences_revision = b"not read yet"
        self._log.info("seat.taken", cursors=len(cursors))

    def _cursors(self) -> dict[int, str]:
        """
        Return partition → last routed id.

        The outbox of a partition whose cursor cannot be read is routed from its beginning: most of what was routed
        before changes nothing.
        """
        found, unreadable = backlog.read_cursors(self._redis.hgetall(keys.router_cursors()))
        for name, cursor in unreadable.items():
            where = f"{keys.router_cursors()} {name.decode('utf-8', 'replace')}"
            self._parking.park(where, cursor, "this is no place in an outbox")
        return found

    def _places(self) -> dict[int, str]:
        """
        As `_cursors`, for a router that takes the seat; a cursor beyond its outbox's end is forgotten.

        An outbox that was rolled back, by a failover or a restore, gives ids anew that the cursor has passed: read from
        there, and trimmed up to there, they would be lost. So it is read from its beginning.
        """
        found = self._cursors()
        for number, cursor in list(found.items()):
            newest = "0-0"
            with suppress(ResponseError):  # There is none.
                newest = self._redis.xinfo_stream(keys.outbox(number))["last-generated-id"].decode()
            if backlog.is_beyond(cursor, newest):
                del found[number]
                if newest != "0-0":
                    where = f"{keys.router_cursors()} {number}"
                    reason = f"the outbox ends at {newest}, before this place; it is routed from its beginning"
                    self._parking.park(where, cursor.encode(), reason, number)
                self._redis.hdel(keys.router_cursors(), str(number))
        return found

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
        self._backlog = Backlog()
        self._ahead.clear()
        self._sent = None
        self._sessions.clear()
        self._held.close()
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
        pace = BUSY if self._ahead else 1
        if self._is_due("tick", TICK_MS * pace, now_ms):
            assert self._seat is not None
            if not self._leases.renew(keys.router_lease(), self._seat):
                raise LeaseLost("another router is active")
            if min(self._answered_at_ms.values()) < now_ms - BLOCK_MS - GRACE_MS:
                raise LeaseLost("a connection has been silent for too long")
            self._tick(now_ms, pace)
        for key, _ in self._selector.select(timeout=0 if self._ahead else TICK_MS / 1000):
            number = key.data
            self._answered_at_ms[number] = self._clock.now_ms()
            if number == COMMANDS:
                self._forward(self._tails[number].receive())
            elif len(self._backlog) < READ_AHEAD:
                for entry_id, fields in self._tails[number].receive():
                    self._backlog.add(number, entry_id.decode(), self._decode(number, entry_id, fields))
        if self._ahead or self._backlog or self._backlog.has_moved:
            self._route()

    def _tick(self, now_ms: int, pace: int) -> None:
        self._do("sweep", lambda: self._sweep(now_ms))
        is_new = self._do("silences", lambda: self._take_up_silences(now_ms))
        if is_new or self._is_due("reconsider", RECONSIDER_MS * pace, now_ms):
            self._do("reconsider", lambda: self._reconsider(now_ms))
        if self._is_due("trim", TRIM_MS, now_ms):
            self._do("trim", self._trim)
        if self._is_due("prune", PRUNE_MS, now_ms):
            self._prune(now_ms)

    def _do(self, duty: str, work: Callable[[], _T]) -> _T | None:
        """Do one of the duties beside routing; one that fails is logged and holds up none of the others."""
        try:
            return work()
        except LeaseLost:
            raise
        except Exception as error:
            if isinstance(error, RedisError) and type(error) is not ResponseError:
                # Redis is away, or takes no writes now; routing waits for it too.
                raise
            self._heartbeat.counters["failures"] += 1
            self._log.error(f"{duty}.failed", exception=error)
            return None

    def _sweep(self, now_ms: int) -> None:
        self._queues.look(())
        self._heartbeat.counters["swept"] += sweeper.sweep(self._redis, self._queues, now_ms, self._parking)

    def _is_due(self, what: str, every_ms: int, now_ms: int) -> bool:
        # A clock set back must not silence a duty until it catches up.
        if 0 <= now_ms - self._due.get(what, -every_ms) < every_ms:
            return False
        self._due[what] = now_ms
        return True

    # -- routing ------------------------------------------------------------------------------------------

    def _route(self) -> None:
        """
        Route the next batch of the backlog.

        While the server writes one, the next is worked out. That was looked at before the one before it was written, so
        it must not speak of the same plugins; else it is looked at anew. Two connections take turns: what one watches
        ends with its transaction.
        """
        self._take_ahead()
        batch = self._ahead.popleft()
        if self._sent is not None and not batch.plugins.isdisjoint(self._sent.plugins):
            self._confirm()
            batch.answers = None
        if batch.answers is None:
            batch.answers = batch.session.ask(self._questions(batch))
        writes = self._worked_out(batch)
        self._confirm()
        batch.following = next((one for one in self._ahead if one.session is batch.session), None)
        crash_points.reach("router.before_exec")
        batch.session.begin(writes, self._questions(batch.following) if batch.following else ())
        self._sent = batch
        if not self._ahead:
            self._confirm()

    def _confirm(self) -> None:
        """Wait until what was sent is written."""
        batch, self._sent = self._sent, None
        if batch is None:
            return
        is_written, seen = batch.session.finish()
        if batch.following is not None and is_written:
            batch.following.answers = seen
        while not is_written:
            # Somebody acknowledged or resolved one of these alerts just now; look again.
            self._heartbeat.counters["conflicts"] += 1
            batch.answers = batch.session.ask(self._questions(batch))
            is_written = batch.session.send(self._worked_out(batch))
        crash_points.reach("router.after_exec")
        assert batch.outcome is not None
        self._firing.update(batch.outcome.firing)
        self._records.update(batch.outcome.records)
        self._heartbeat.counters["overflowed"] += batch.outcome.overflowed
        self._heartbeat.counters["transitions"] += len(batch.changes)
        self._one_by_one = max(0, self._one_by_one - len(batch.changes))

    def _worked_out(self, batch: "_Batch") -> Bundle:
        """As `_work_out`; a transition that cannot be routed, and is alone in its batch, is parked and left out."""
        try:
            return self._work_out(batch)
        except (LeaseLost, RedisError):
            raise
        except Exception as error:
            if len(batch.changes) != 1:
                raise
            change = batch.changes[0]
            self._log.error("transition.failed", exception=error, alert=change.alert_id, kind=change.kind)
            reason = f"it cannot be routed: {type(error).__name__}: {error}"
            where = f"{change.kind} of alert {change.alert_id}"
            self._parking.park(where, _shown(change), reason, partition_of(change.plugin_id, self._settings.partitions))
            batch.changes = ()
        return self._work_out(batch)

    def _take_ahead(self) -> None:
        while not self._ahead or (self._backlog and not self._one_by_one and len(self._ahead) <= len(self._sessions)):
            changes = self._backlog.take(1 if self._one_by_one else BATCH)
            for channel in {c for t in changes for c in t.channels if channels.find(c) is not None}:
                self._queues.of(channel)
            # In turns.
            self._sessions.rotate()
            self._ahead.append(_Batch(changes, self._backlog.tell(), self._sessions[0]))

    def _questions(self, batch: "_Batch") -> Sequence[Words]:
        """Return the commands whose answers `_work_out` needs, and have what they rest on watched."""
        batch.now_ms = self._clock.now_ms()
        batch.likely = self._likely_pairs(batch.changes)
        names = [keys.alert(i) for i in batch.ids]
        # Whoever takes the seat raises the fence.
        batch.session.watch(keys.router_fence(), *names)
        return [
            ("GET", keys.router_lease()),
            ("ZCARD", keys.active_alerts()),
            ("MGET", *names),
            *_flaps_commands(batch.places, batch.now_ms),
            *due_groups.ask_windows(batch.likely),
        ]

    def _work_out(self, batch: "_Batch") -> Bundle:
        """
        Return what *batch* makes of the alerts and their world, and how far that is: to be written as one.

        Raises:
            LeaseLost: another router has the seat.
        """
        now_ms, changes, places = batch.now_ms, batch.changes, batch.places
        assert batch.answers is not None
        seat, active, raws, *others = batch.answers
        if seat != (self._seat or "").encode():
            raise LeaseLost("another router is active")
        alerts: dict[str, Alert | None] = {}
        unreadable = set()
        for alert_id, raw in zip(batch.ids, raws, strict=True):
            alerts[alert_id] = self._decode_record(alert_id, raw)
            if raw is not None and alerts[alert_id] is None:
                unreadable.add(alert_id)
        days = FLAPS_DAYS if places else 0
        world = self._world_of(_flaps(places, others[:days]), batch.plugins)
        windows = due_groups.read_windows(batch.likely, others[days:])
        # One batch more may be on its way; so a full board has some alerts more than its limit at most.
        room = self._settings.max_active_alerts - active
        steps, overflowed = self._apply(changes, alerts, unreadable, world, now_ms, room)
        writes = Bundle()
        writes.pexpire(keys.router_lease(), SEAT_MS)
        due: dict[tuple[str, str], list[str]] = {}
        written: dict[str, tuple[bytes, Alert]] = {}
        stored = alert_store.Batch(writes, self._settings.history_ms)
        for before, held, after, change in steps:
            written[after.id] = stored.stage(before, after, _timeline_entry(change)), after
            for step, reason in held.items():
                writes.rpush(keys.timeline(after.id), encode(route.suppressed_line(step, reason, now_ms)))
            if change.kind in route.NOTIFIED:
                self._note_due(writes, after, now_ms, due)
        windows |= due_groups.windows(self._redis, [pair for pair in due if pair not in windows])
        self._queues.stage(self._notify(writes, due, windows, now_ms), writes)
        if overflowed:
            standing = alerts[OVERFLOW_ID]
            if standing is None and OVERFLOW_ID in unreadable:
                # What is written now must be newer than what pages know.
                standing = structs.replace(system_alerts.restored(OVERFLOW_ID, "", (), now_ms), state="resolved")
            left_out, line = system_alerts.fire(standing, self._overflow(standing, overflowed), now_ms)
            stored.stage(standing, left_out, line)
            due_groups.stage_due(writes, left_out, left_out.channels, now_ms)
        stored.finish()
        for place in {(after.rule_id, after.plugin_id): None for _, _, after, _ in steps}:
            writes.hset(keys.flaps_day(now_ms // DAY_MS), _field(place), encode(world.flaps(place)))
        writes.pexpire(keys.flaps_day(now_ms // DAY_MS), FLAPS_KEPT_MS)
        for number, (cursor, ahead) in batch.moved.items():
            if cursor is not None:
                writes.hset(keys.router_cursors(), str(number), cursor)
            writes.hset(keys.router_ahead(), str(number), ahead)
        batch.outcome = _Outcome(world.firing, written, overflowed)
        return writes

    def _likely_pairs(self, changes: Sequence[Transition]) -> list[tuple[str, str]]:
        """Return the (channel, group) that *changes* are probably news to; what they become is not known yet."""
        pairs: dict[tuple[str, str], None] = {}
        for change in changes:
            if change.kind in route.NOTIFIED:
                known = self._records.get(change.alert_id)
                group = due_groups.group_of(known[1]) if known else grouping.group_of(change)
                pairs |= dict.fromkeys((channel, group) for channel in change.channels)
        return list(pairs)

    def _apply(
        self,
        changes: Sequence[Transition],
        alerts: dict[str, Alert | None],
        unreadable: Collection[str],
        world: World,
        now_ms: int,
        room: int,
    ) -> tuple[list[tuple[Alert | None, dict[str, Reason], Alert, Transition]], int]:
        """
        Return each step that changes something (the alert before, what suppresses it, after, and why), and how many
        alerts there was no *room* for on the board.

        Args:
            unreadable: Ids of the alerts whose records cannot be read; they are made anew from what is said of them.
        """
        steps = []
        overflowed = 0
        for change in changes:
            before = alerts[change.alert_id]
            if before is None and change.alert_id in unreadable:
                before = lifecycle.restored(change)
            if before is None and change.kind in ("pending", "firing"):
                if room <= 0:
                    overflowed += change.kind == "firing"
                    continue
                room -= 1
            routed = route.route(before, change, world, now_ms)
            if routed is not None:
                after, held = routed
                alerts[after.id] = after
                steps.append((before, held, after, change))
        return steps, overflowed

    def _overflow(self, standing: Alert | None, more: int) -> system_alerts.Trouble:
        known = int(standing.value or 0) if standing is not None and standing.state != "resolved" else 0
        limit = self._settings.max_active_alerts
        return system_alerts.Trouble(
            alert_id=OVERFLOW_ID,
            name="Too many active alerts · 활성 알림이 너무 많음",
            condition=f"active alerts > {limit} (MAX_ACTIVE_ALERTS)",
            reason=reasons.of("board.full", left_out=known + more),
            severity="emergency",
            channels=["web", "dashboard"],
            value=float(known + more),
            threshold=float(limit),
        )

    def _note_due(self, pipe: Bundle, alert: Alert, now_ms: int, due: dict[tuple[str, str], list[str]]) -> None:
        """Add to *due*, by channel and group, that channels have news of *alert*."""
        group = due_groups.group_of(alert)
        for channel in alert.channels:
            if channels.find(channel) is not None:
                due.setdefault((channel, group), []).append(alert.id)
                continue
            unknown = reasons.of("channel.unknown", channel=channel, kinds=list(channels.catalogue()))
            line = TimelineEntry(at_ms=now_ms, kind="notification.dead", channel=channel, **reasons.fields(unknown))
            pipe.rpush(keys.timeline(alert.id), encode(line))

    def _notify(
        self,
        pipe: Bundle,
        due: Mapping[tuple[str, str], Sequence[str]],
        windows: due_groups.Windows,
        now_ms: int,
    ) -> Sequence[tuple[str, str]]:
        """Queue that channels have news; returns the (channel, group) that are to have a job at once."""
        jobs = []
        group_ms = int(self._settings.group_seconds * 1000)
        for (channel, group), alert_ids in due.items():
            wait_ms, is_waiting = windows[channel, group]
            if self._queues.is_full(channel):
                wait_ms = max(wait_ms, sweeper.FULL_AGAIN_MS)
            if is_waiting:
                # A job that has not begun will find this news too; one that begins just now may not.
                wait_ms = max(wait_ms, sweeper.BEGUN_AGAIN_MS)
            if wait_ms > 0:
                due_groups.stage_group_due(pipe, channel, group, alert_ids, now_ms + wait_ms)
                continue
            due_groups.stage_group_due(pipe, channel, group, alert_ids, now_ms + sweeper.LOOK_AGAIN_MS)
            jobs.append((channel, group))
            pipe.set(keys.job_waiting(channel, group), "", px=sweeper.LOOK_AGAIN_MS, nx=True)
            if group_ms and channels.get(channel).traits.groups:
                pipe.set(keys.group_window(channel, group), "", px=group_ms, nx=True)
        return jobs

    # -- suppression and escalation -----------------------------------------------------------------------

    def _world_of(self, flaps: Mapping[Place, Flaps], plugins: Collection[str]) -> World:
        """
        Return what the steps of suppression may know.

        Args:
            plugins: Those whose alerts are looked at.
        """
        # Copies, for a batch that cannot be committed must leave no trace.
        firing = {plugin_id: dict(self._firing.get(plugin_id, {})) for plugin_id in plugins}
        changes = {place: one.changes for place, one in flaps.items()}
        return World(self._silences, firing, changes, {place: one.told_at_ms for place, one in flaps.items()})

    def _stored_flaps(self, places: Sequence[Place], now_ms: int) -> dict[Place, Flaps]:
        return _flaps(places, transaction.ask(self._redis, _flaps_commands(places, now_ms))) if places else {}

    def _reconsider(self, now_ms: int) -> None:
        """Look at every active alert again: silences and inhibitions end, reminders and escalation come due."""
        alerts = self._board()
        firing = World()
        for alert in alerts:
            firing.follow(alert)
        self._firing = firing.firing
        if any(a.id == OVERFLOW_ID for a in alerts) and len(alerts) <= self._settings.max_active_alerts * ROOM_AGAIN:
            self._end_overflow(now_ms)
        held = list({(a.rule_id, a.plugin_id): None for a in alerts if a.suppressed})
        world = self._world_of(self._stored_flaps(held, now_ms), self._firing)
        for alert in alerts:
            self._do("reconsider", partial(self._reconsider_one, alert, world, now_ms))

    def _reconsider_one(self, alert: Alert, world: World, now_ms: int) -> None:
        if route.reconsider(alert, world, now_ms)[1]:
            self._change(alert, partial(route.reconsider, world=world, now_ms=now_ms), now_ms)

    def _board(self) -> list[Alert]:
        """Read all active alerts. Most are as they were last time, and are not decoded again."""
        found: dict[str, tuple[bytes, Alert]] = {}
        ids = alert_store.active_ids(self._redis, 0, -1)
        for start in range(0, len(ids), 1_000):
            some = ids[start : start + 1_000]
            for alert_id, raw in zip(some, self._redis.mget([keys.alert(i) for i in some]), strict=True):
                alert = self._decode_record(alert_id, raw)
                if raw is not None and alert is not None:
                    found[alert_id] = raw, alert
        self._records = found
        return [alert for _, alert in found.values()]

    def _decode_record(self, alert_id: str, raw: bytes | None) -> Alert | None:
        """Return what a record says; None if there is none, or nobody can read it."""
        known = self._records.get(alert_id)
        if known is not None and known[0] == raw:
            return known[1]
        found = alert_store.read(raw)
        if raw is not None and found is None:
            self._parking.park(keys.alert(alert_id), raw, "the record of an alert cannot be read")
        return found

    def _end_overflow(self, now_ms: int) -> None:
        def tell(pipe: Pipeline, after: Alert) -> None:
            due_groups.stage_due(pipe, after, after.channels, now_ms)

        end = partial(system_alerts.end, reason=reasons.of("board.has_room"), now_ms=now_ms)
        alert_store.change(self._redis, OVERFLOW_ID, end, self._settings.history_ms, also=tell)

    def _change(self, alert: Alert, step: Callable[[Alert], tuple[Alert, list[TimelineEntry]]], now_ms: int) -> None:
        extra: list[TimelineEntry] = []

        def decide(now: Alert) -> tuple[Alert, TimelineEntry] | None:
            after, lines = step(now)
            if not lines:
                return None
            extra[:] = lines[1:]
            return after, lines[0]

        def also(pipe: Pipeline, after: Alert) -> None:
            for line in extra:
                pipe.rpush(keys.timeline(after.id), encode(line))
            if not after.suppressed:
                place = (after.rule_id, after.plugin_id)
                known = self._stored_flaps([place], now_ms).get(place, Flaps())
                pipe.hset(
                    keys.flaps_day(now_ms // DAY_MS), _field(place), encode(structs.replace(known, told_at_ms=now_ms))
                )
                pipe.pexpire(keys.flaps_day(now_ms // DAY_MS), FLAPS_KEPT_MS)
                due_groups.stage_due(pipe, after, [c for c in after.channels if channels.find(c)], now_ms)

        try:
            alert_store.change(self._redis, alert.id, decide, self._settings.history_ms, also=also)
        except NotFound:
            return  # Its retention ended meanwhile.

    def _take_up_silences(self, now_ms: int) -> bool:
        """Load silences that changed, announce those that ended; returns whether any of that concerns alerts."""
        revision = self._redis.get(keys.silences_revision())
        is_new = revision != self._silences_revision
        if is_new:
            self._silences = silence_store.load_all(self._redis)[1]
            self._silences_revision = revision
        ended = [s for s in self._silences if s.ends_at_ms <= now_ms and not s.expiry_announced]
        for silence in ended:
            self._do("silence.expiry", partial(silence_store.announce_expiry, self._redis, silence.id, now_ms))
        return is_new or bool(ended)

    def _decode(self, partition: int, entry_id: bytes, fields: Sequence[bytes]) -> Sequence[Transition | None]:
        body = fields[1] if len(fields) > 1 else b""
        try:
            return _decode_transitions(body)
        except UNREADABLE:
            return [self._decode_one(partition, entry_id, one) for one in _apart(body)]

    def _decode_one(self, partition: int, entry_id: bytes, body: bytes) -> Transition | None:
        try:
            return _decode_transition(body)
        except UNREADABLE as error:
            # Written by our own evaluator, so a bug or a newer version: people are told, and the rest goes on.
            self._heartbeat.counters["undecodable"] += 1
            where = f"{keys.outbox(partition)} {entry_id.decode()}"
            self._parking.park(where, body, f"the transition cannot be read: {error}", partition)
            return None

    # -- commands and housekeeping ------------------------------------------------------------------------

    def _forward(self, entries: Sequence[Entry]) -> None:
        """Pass operators' commands to their partitions; at least once, for obeying twice changes nothing."""
        for entry_id, fields in entries:
            body = fields[1] if len(fields) > 1 else b""
            try:
                command = _decode_command(body)
            except UNREADABLE as error:
                where = f"{keys.commands()} {entry_id.decode()}"
                self._parking.park(where, body, f"the operator's command cannot be read: {error}")
            else:
                partition = partition_of(command.plugin_id, self._settings.partitions)
                self._redis.xadd(keys.events(partition), {keys.COMMAND_FIELD: body})
                crash_points.reach("router.after_forward")
            self._redis.xdel(keys.commands(), entry_id)

    def _back_up(self, now_ms: int) -> None:
        """Write the scheduled backup if one is due; what goes wrong is said, and stops nothing else."""
        settings = self._settings
        last_ms = _a_number(self._redis.get(keys.last_backup()))
        if not settings.backup_dir or 0 <= now_ms - last_ms < settings.backup_every_hours * HOUR_MS:
            return
        try:
            folder = Path(settings.backup_dir)
            file = backup.write_scheduled(self._redis, settings.partitions, folder, settings.backup_keep, now_ms)
        except AlertsError as error:
            self._log.error("backup.failed", reason=str(error))
            return
        crash_points.reach("backup.after_rename")
        self._redis.set(keys.last_backup(), now_ms)
        self._log.info("backup.written", file=file.name)

    def _trim(self) -> None:
        for number, cursor in self._cursors().items():
            # Up to and without the last one routed: its id is where a new router begins to read.
            trim = partial(self._redis.xtrim, keys.outbox(number), minid=cursor, approximate=False)
            self._do("trim", trim)

    def _prune(self, now_ms: int) -> None:
        oldest_ms = now_ms - self._settings.history_ms
        self._do("prune.history", lambda: alert_store.prune_history(self._redis, oldest_ms))
        self._do("prune.silences", lambda: silence_store.prune(self._redis, now_ms))
        given_up = keys.dead_notifications()
        self._do("prune.notifications", lambda: self._redis.zremrangebyscore(given_up, "-inf", oldest_ms))
        self._do("backup", lambda: self._back_up(now_ms))
        repaired = self._do("repair", lambda: sweeper.repair(self._redis, self._log, now_ms, self._parking))
        self._heartbeat.counters["repaired"] += repaired or 0


def _apart(body: bytes) -> Sequence[bytes]:
    """Return the transitions of an entry one by one; earlier releases wrote one an entry, and no list."""
    try:
        return [bytes(raw) for raw in _decode_raws(body)]
    except UNREADABLE:
        return [body]


def _shown(change: Transition) -> bytes:
    try:
        return encode(change)
    except (msgspec.MsgspecError, UnicodeError, OverflowError):
        return repr(change).encode("utf-8", "replace")


def _a_number(stored: bytes | None) -> int:
    """Return a stored number; 0 if there is none, or something else stands there."""
    return int(stored) if stored is not None and stored.isdigit() and len(stored) < 20 else 0


def _field(place: Place) -> str:
    return "\0".join(place)


def _flaps_commands(places: Sequence[Place], now_ms: int) -> list[list[str]]:
    today = now_ms // DAY_MS
    days = range(today - FLAPS_DAYS + 1, today + 1)
    if not places:
        return []
    return [["HMGET", keys.flaps_day(day), *map(_field, places)] for day in days]


def _flaps(places: Sequence[Place], days: Sequence[Sequence[bytes | None]]) -> dict[Place, Flaps]:
    """Return what is known of *places*, from the answers to `_flaps_commands`: the later day's word counts."""
    found = {}
    for day in days:
        for place, body in zip(places, day, strict=True):
            if body:
                # What cannot be read tells nothing of flapping, and is written anew with the next change.
                with suppress(*UNREADABLE):
                    found[place] = _decode_flaps(body)
    return found


def _timeline_entry(change: Transition) -> TimelineEntry:
    return TimelineEntry(
        at_ms=change.decided_at_ms,
        kind=change.kind,
        by="rule",
        reason=change.reason,
        reason_code=change.reason_code,
        reason_values=change.reason_values,
        value=change.value,
        threshold=change.threshold,
    )
