"""Partitions that report to each other for fleet rules, their owners dying anywhere; and the brute force beside it."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from evaluator import checkpoint
from evaluator.changes import Changes
from evaluator.checkpoint import SavedPlugin
from evaluator.comparison import COMPARE
from evaluator.engine import Engine
from evaluator.fleet import Start
from evaluator.fleet_ticks import Ticks
from evaluator.index import Index
from shared.model import fleet
from shared.model.alerts import Transition
from shared.model.events import Event
from shared.model.fleet import TICK_MS, Report
from shared.model.partitions import partition_of
from shared.model.rules import Rule
from shared.redis import streams

STALE_MS = 300_000


class Partition:
    """The stored state of one partition, and its owner."""

    def __init__(self, number: int, partitions: int, rules: Sequence[Rule]) -> None:
        self.number = number
        self.partitions = partitions
        self.rules = rules
        self.stream: list[tuple[int, Event | Report]] = []
        self.transitions: list[Transition] = []
        self.snapshots: Any = {}
        self.position = 0
        """How many entries are committed."""
        self._checkpoint: tuple[int, bytes, bytes] | None = None
        self._read = 0
        self.engine = Engine(Index(rules), start=Start(number, partitions))

    def decide(self, clock_ms: int) -> Changes:
        """Decide all that arrived, as `evaluator.partition.Partition` does."""
        changes = Changes()
        for place, (entry_ms, item) in enumerate(self.stream[self._read :], self._read):
            self._read += 1
            if self.engine.fleet.due_at_ms < entry_ms:
                self.engine.fleet.report(entry_ms - 1, changes)
            if isinstance(item, Event):
                self.engine.apply(item, f"{place}-0", clock_ms, changes, entry_ms)
            else:
                self.engine.fleet.take(item, f"{place}-0", clock_ms, changes, entry_ms)
        self.engine.fleet.report(clock_ms - 1, changes)
        assert not self.engine.failures, list(self.engine.failures.values())
        return changes

    def commit(self, changes: Changes) -> None:
        self.position = self._read
        self.transitions += changes.transitions
        self.snapshots |= changes.snapshots

    def hear(self, entry_ms: int, report: Report) -> list[Transition]:
        """Decide a report that arrived at *entry_ms*; return what follows."""
        self.stream.append((entry_ms, report))
        before = len(self.transitions)
        self.commit(self.decide(entry_ms))
        return self.transitions[before:]

    def save(self) -> None:
        """Keep a checkpoint; everything decided must be committed."""
        memories = [checkpoint.save(m) for m in self.engine.plugins.memories()]
        body, ticks = msgspec.msgpack.encode(memories), msgspec.msgpack.encode(self.engine.fleet.ticks)
        self._checkpoint = (self.position, body, ticks)

    def take_over(self) -> None:
        """Another owner goes on with what is stored."""
        start, body, ticks = self._checkpoint or (0, b"\x90", None)
        self.engine = Engine(
            Index(self.rules),
            [checkpoint.restore(one) for one in msgspec.msgpack.decode(body, type=list[SavedPlugin])],
            {place: snapshot for place, snapshot in self.snapshots.items() if snapshot is not None},
            start=Start(
                self.number,
                self.partitions,
                self.stream[self.position - 1][0] if self.position else 0,
                msgspec.msgpack.decode(ticks, type=Ticks) if ticks else None,
            ),
        )
        for entry_ms, item in self.stream[start : self.position]:
            if isinstance(item, Event):
                self.engine.plugins.remember(item, entry_ms)
            else:
                self.engine.fleet.remember(item, entry_ms)
        self._read = self.position


class System:
    """All partitions, each with an owner, on one clock."""

    def __init__(self, rules: Sequence[Rule], partitions: int = 3, start_ms: int = 1_700_000_001_000) -> None:
        self.clock_ms = start_ms
        self.rules = rules
        self.events: list[tuple[int, Event]] = []
        self.partitions = [Partition(n, partitions, rules) for n in range(partitions)]
        for partition in self.partitions:
            partition.engine.fleet.skip_to(start_ms)
        self.start_ms = start_ms

    def owner_of(self, plugin_id: str) -> Partition:
        return self.partitions[partition_of(plugin_id, len(self.partitions))]

    def replace_rules(self, rules: Sequence[Rule]) -> None:
        for partition in self.partitions:
            changes = Changes()
            partition.rules = rules
            partition.engine.replace_rules(Index(rules), self.clock_ms, changes)
            partition.commit(changes)

    def publish(self, event: Event) -> None:
        event = msgspec.structs.replace(event, at_ms=event.at_ms or self.clock_ms)
        self.events.append((self.clock_ms, event))
        self.owner_of(event.plugin_id).stream.append((self.clock_ms, event))

    def step(self, number: int, *, dies_after: int | None = None) -> None:
        """
        Have the owner of a partition decide what arrived, write its reports, and commit.

        Args:
            dies_after: It is killed when it has written so many of its reports, and another takes over.
        """
        partition = self.partitions[number]
        changes = partition.decide(self.clock_ms)
        for to, body in changes.reports[:dies_after]:
            self.partitions[to].stream.append((self.clock_ms, streams.decode_report(body, self.clock_ms)))
        if dies_after is None:
            partition.commit(changes)
        else:
            partition.take_over()

    def step_all(self) -> None:
        for number in range(len(self.partitions)):
            self.step(number)

    def settle(self, seconds: int = 10) -> None:
        """Let time pass until all that was reported is decided."""
        for _ in range(seconds):
            self.clock_ms += 1_000
            self.step_all()
            self.step_all()

    @property
    def transitions(self) -> list[Transition]:
        """Return all, in order of their tick and plugin."""
        found = [one for partition in self.partitions for one in partition.transitions]
        return sorted(found, key=lambda one: (one.at_ms, one.plugin_id))

    def told(self) -> list[tuple[str, str, int, float | None]]:
        """Return kind, group, tick and value of every transition."""
        return [(one.kind, one.plugin_id, one.at_ms, one.value) for one in self.transitions]


def brute_force(rule: Rule, events: Iterable[tuple[int, Event]], at_ms: int) -> dict[str, float]:
    """Return each group's aggregate over all that arrived until *at_ms*, by plugin id."""
    c: Any = rule.condition
    newest: dict[str, tuple[int, float, int]] = {}
    labels: dict[str, tuple[int, dict[str, str]]] = {}
    for heard_ms, event in events:
        if heard_ms > at_ms:
            break
        plugin_id = event.plugin_id
        if event.at_ms >= labels.get(plugin_id, (0, {}))[0]:
            labels[plugin_id] = (event.at_ms, event.labels or labels.get(plugin_id, (0, {}))[1])
        if c["metric"] in event.metrics:
            before = newest.get(plugin_id, (0, 0.0, 0))
            at, value = max((event.at_ms, event.metrics[c["metric"]]), before[:2], key=lambda one: one[0])
            newest[plugin_id] = (at, value, heard_ms)
    groups: dict[str, list[float]] = {}
    by = c.get("by", [])
    for plugin_id, (_, value, heard_ms) in newest.items():
        own = labels[plugin_id][1]
        if at_ms - heard_ms <= STALE_MS and rule.covers(plugin_id, own):
            group = fleet.plugin_of(rule.id, by, [own.get(name, "") for name in by])
            groups.setdefault(group, []).append(value)
    return {group: _aggregate(c, values) for group, values in groups.items()}


def expected(rule: Rule, events: Sequence[tuple[int, Event]], ticks: Iterable[int]) -> list[tuple[str, str, int, Any]]:
    """Return what *rule*, without cooldown and duration, tells of every group at the *ticks*."""
    c: Any = rule.condition
    told: list[tuple[str, str, int, Any]] = []
    firing: set[str] = set()
    for at_ms in ticks:
        values = brute_force(rule, events, at_ms)
        if c["aggregate"] == "count":
            values |= dict.fromkeys(firing - values.keys(), 0.0)
        for group in sorted(values.keys() | firing):
            value = values.get(group)
            holds = condition_holds(rule, value)
            if holds and group not in firing:
                told.append(("firing", group, at_ms, value))
                firing.add(group)
            elif not holds and group in firing:
                told.append(("resolved", group, at_ms, value))
                firing.remove(group)
    return told


def condition_holds(rule: Rule, value: float | None) -> bool:
    c: Any = rule.condition
    return value is not None and bool(COMPARE[c["operator"]](value, c["threshold"]))


def ticks_between(start_ms: int, end_ms: int) -> range:
    return range(-(-start_ms // TICK_MS) * TICK_MS, end_ms, TICK_MS)


def _aggregate(c: Any, values: list[float]) -> float:
    breaching = [v for v in values if "each_operator" in c and COMPARE[c["each_operator"]](v, c["each_threshold"])]
    match c["aggregate"]:
        case "avg":
            return math.fsum(values) / len(values)
        case "sum":
            return math.fsum(values)
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "count":
            return float(len(breaching if "each_operator" in c else values))
        case _:
            return 100 * len(breaching) / len(values)
