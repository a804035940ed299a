"""
One batch of transitions: which data it needs, how it changes the alerts, and what is written. Shell.

The cursors of the outboxes are part of a batch's transaction, and the transaction fails if another router took over or
one of the alerts was changed meanwhile. So each transition is routed exactly once, whichever process dies when.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from redis import Redis
from redis.exceptions import RedisError

from dispatchers import channel as channels
from dispatchers import flapping, notify, overflow, route
from dispatchers.board import Board
from dispatchers.flapping import Place
from dispatchers.queues import Queues
from dispatchers.route import Step
from dispatchers.suppress import World
from shared.clock import Clock
from shared.errors import LeaseLost
from shared.log import Logger
from shared.model import reasons
from shared.model.alerts import Alert, Transition
from shared.model.encoding import encode
from shared.model.partitions import partition_of
from shared.redis import keys
from shared.redis.bundle import Bundle
from shared.redis.transaction import Words
from shared.settings import Settings
from shared.store import alert_store, due_groups
from shared.store.parking import Parking

LEASE_MS = 4_000
"""How long the lease of a dead router lasts."""


@dataclass(slots=True)
class Batch:
    """Transitions that are routed together."""

    changes: Sequence[Transition]
    moved: Mapping[int, tuple[str | None, str]]
    """Where routing stands after them, as `Backlog.progress` has it."""
    now_ms: int = 0
    """When the questions about it were last asked."""
    likely: Sequence[tuple[str, str]] = ()
    """The (channel, group) that probably have news of it."""
    firing: Mapping[str, dict[str, Alert]] = field(default_factory=dict)
    """Plugin id → alert id → alert that fires once the batch is written."""
    records: dict[str, tuple[bytes, Alert]] = field(default_factory=dict)
    """Alert id → its record once the batch is written."""
    left_out: int = 0
    """Alerts that found no room on the board."""
    ids: list[str] = field(init=False)
    places: list[Place] = field(init=False)
    plugins: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.ids = list(dict.fromkeys([*(change.alert_id for change in self.changes), overflow.ALERT_ID]))
        self.places = list({(change.rule_id, change.plugin_id): None for change in self.changes})
        self.plugins = {change.plugin_id for change in self.changes}


class Routing:
    """Routes batches for the active router."""

    def __init__(
        self,
        redis: Redis,
        settings: Settings,
        clock: Clock,
        log: Logger,
        counters: Counter[str],
        parking: Parking,
        queues: Queues,
        board: Board,
    ) -> None:
        self._redis = redis
        self._settings = settings
        self._clock = clock
        self._log = log
        self._counters = counters
        self._parking = parking
        self._queues = queues
        self._board = board

    def batch(self, changes: Sequence[Transition], moved: Mapping[int, tuple[str | None, str]]) -> Batch:
        """Make a batch, and the queues that its jobs may need: nothing is read of them while a MULTI is open."""
        changes = self._board.routes.chosen(changes)
        for channel in {c for change in changes for c in change.channels if channels.find(c) is not None}:
            self._queues.of(channel)
        return Batch(changes, moved)

    def watched(self, batch: Batch) -> list[str]:
        """Return the keys that must not change between the answers and the writes; a new router raises the fence."""
        return [keys.router_fence(), *map(keys.alert, batch.ids)]

    def questions(self, batch: Batch) -> list[Words]:
        """Return the commands whose answers `writes` needs."""
        batch.now_ms = self._clock.now_ms()
        likely: dict[tuple[str, str], None] = {}
        for change in batch.changes:
            if change.kind in route.NOTIFIED:
                group = self._board.group_of(change)
                likely |= dict.fromkeys((channel, group) for channel in change.channels)
        batch.likely = list(likely)
        return [
            ("GET", keys.router_lease()),
            ("ZCARD", keys.active_alerts()),
            ("MGET", *map(keys.alert, batch.ids)),
            *flapping.questions(batch.places, batch.now_ms),
            *due_groups.ask_windows(batch.likely),
        ]

    def writes(self, batch: Batch, answers: Sequence[Any], lease: str) -> Bundle:
        """
        Return all that a batch changes, for one transaction. A transition that cannot be routed, and is alone in its
        batch, is parked and left out.

        Raises:
            LeaseLost: another router is active.
        """
        try:
            return self._writes(batch, answers, lease)
        except (LeaseLost, RedisError):
            raise
        except Exception as error:
            if len(batch.changes) != 1:
                raise
            self._park(batch.changes[0], error)
            batch.changes = ()
        return self._writes(batch, answers, lease)

    def committed(self, batch: Batch) -> None:
        """Remember what a batch has written."""
        self._board.update(batch.firing, batch.records)
        self._counters["overflowed"] += batch.left_out
        self._counters["transitions"] += len(batch.changes)

    def _writes(self, batch: Batch, answers: Sequence[Any], lease: str) -> Bundle:
        holder, active, raws, *others = answers
        if holder != lease.encode():
            raise LeaseLost("another router is active")
        now_ms = batch.now_ms
        alerts = {i: self._board.decode(i, raw) for i, raw in zip(batch.ids, raws, strict=True)}
        unreadable = {i for i, raw in zip(batch.ids, raws, strict=True) if raw is not None and alerts[i] is None}
        days = flapping.DAYS if batch.places else 0
        world = self._board.world(flapping.read(batch.places, others[:days]), batch.plugins)
        windows = due_groups.read_windows(batch.likely, others[days:])
        # Another batch may be on its way, so a full board holds a few alerts more than its limit at most.
        room = self._settings.max_active_alerts - active
        steps, left_out = route.route_all(batch.changes, alerts, unreadable, world, now_ms, room)
        writes = Bundle()
        writes.pexpire(keys.router_lease(), LEASE_MS)
        stored = alert_store.Batch(writes, self._settings.history_ms)
        batch.records = self._stage_alerts(stored, steps, now_ms)
        self._stage_news(writes, steps, windows, now_ms)
        if left_out:
            is_unreadable = overflow.ALERT_ID in unreadable
            limit = self._settings.max_active_alerts
            before, after, line = overflow.add(
                alerts[overflow.ALERT_ID], left_out, limit, now_ms, is_unreadable=is_unreadable
            )
            stored.stage(before, after, line)
            due_groups.stage_due(writes, after, after.channels, now_ms)
        stored.finish()
        _stage_flaps(writes, steps, world, now_ms)
        for partition, (cursor, note) in batch.moved.items():
            if cursor is not None:
                writes.hset(keys.router_cursors(), str(partition), cursor)
            writes.hset(keys.router_ahead(), str(partition), note)
        batch.firing, batch.left_out = world.firing, left_out
        return writes

    def _stage_alerts(
        self, stored: alert_store.Batch, steps: Sequence[Step], now_ms: int
    ) -> dict[str, tuple[bytes, Alert]]:
        records = {}
        for step in steps:
            record = stored.stage(step.before, step.after, route.timeline_entry(step.change))
            records[step.after.id] = record, step.after
            for line in route.further_lines(step, now_ms):
                stored.add_line(step.after.id, line)
        return records

    def _stage_news(self, writes: Bundle, steps: Sequence[Step], windows: due_groups.Windows, now_ms: int) -> None:
        due = notify.collect((s.after for s in steps if s.change.kind in route.NOTIFIED), writes, now_ms)
        # Where the guess before was wrong, one more question.
        windows |= due_groups.windows(self._redis, [pair for pair in due if pair not in windows])
        gather_ms = int(self._settings.group_seconds * 1000)
        paces = notify.paces(step.after for step in steps)
        notify.stage(writes, due, windows, self._queues, gather_ms, now_ms, paces)

    def _park(self, change: Transition, error: Exception) -> None:
        self._log.error("transition.failed", exception=error, alert=change.alert_id, kind=change.kind)
        partition = partition_of(change.plugin_id, self._settings.partitions)
        reason = reasons.of("letter.not_routed", error=f"{type(error).__name__}: {error}")
        self._parking.park(f"{change.kind} of alert {change.alert_id}", _shown(change), reason, partition)


def _stage_flaps(writes: Bundle, steps: Sequence[Step], world: World, now_ms: int) -> None:
    today = keys.flaps_day(now_ms // flapping.DAY_MS)
    for place in {(step.after.rule_id, step.after.plugin_id): None for step in steps}:
        entry = flapping.entry(place, world.changes, world.let_through_at_ms)
        writes.hset(today, flapping.field(place), encode(entry))
    writes.pexpire(today, flapping.KEPT_MS)


def _shown(change: Transition) -> bytes:
    try:
        return encode(change)
    except (msgspec.MsgspecError, UnicodeError, OverflowError):
        return repr(change).encode("utf-8", "replace")
