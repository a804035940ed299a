"""
Fleet rules in one partition: report its plugins at each tick, and decide the groups whose plugins belong to it. No I/O.

docs/adr/0012-fleet.md says why this is exact.
"""

from collections.abc import Container, Iterator
from typing import NamedTuple, Protocol

import msgspec

from evaluator import fleet_partials, plugin_memory
from evaluator.alert_ids import Origin
from evaluator.changes import Changes
from evaluator.conditions.fleet import BREACHING, MISSING, PLUGINS, REPORTED
from evaluator.fleet_partials import Combined
from evaluator.fleet_rule import FleetRule
from evaluator.fleet_ticks import Tick, Ticks
from evaluator.passing_time import Judge
from evaluator.plugins import Failures, Plugins
from evaluator.timers import NEVER_MS
from shared.model import fleet, reasons
from shared.model.events import Event
from shared.model.fleet import TICK_MS, Report
from shared.model.partitions import partition_of
from shared.model.reasons import Reason
from shared.redis.streams import MAX_ENTRY_BYTES

CATCH_UP_MS = 120_000
"""Older ticks are not reported after all: a new owner reports again what its predecessor may have."""

CLOCKS_MS = 1_000
"""More than an evaluator's clock differs from the server's, to which it is corrected every second."""

_encode = msgspec.json.Encoder().encode


class Apply(Protocol):
    """Decides one event."""

    def __call__(
        self, event: Event, origin: Origin, now_ms: int, changes: Changes, heard_at_ms: int | None = None, /
    ) -> None: ...


class Start(NamedTuple):
    """A partition, and how far it was committed."""

    number: int = 0
    partitions: int = 1
    """How many there are."""
    position_ms: int = 0
    """What is remembered holds nothing that arrived later; all earlier ticks were reported."""
    ticks: Ticks | None = None
    """Those that are not decided yet."""


ALONE = Start()
"""The only partition, from its beginning."""


class _GroupEvent(NamedTuple):
    """What a decided tick changes for one group, as an event of its plugin."""

    rule: FleetRule
    event: Event
    if_nothing: Reason | None = None
    """Why there is no aggregate any more."""


class TooManyGroups(Exception):
    """A fleet rule has more groups than are counted."""


class Fleet:
    """Of one partition."""

    def __init__(self, plugins: Plugins, failures: Failures, apply: Apply, judge: Judge, start: Start) -> None:
        self.due_at_ms = NEVER_MS
        """The next tick; `NEVER_MS` without fleet rules."""
        self._number = start.number
        self._partitions = start.partitions
        known = start.ticks
        self.ticks = known if known is not None and known.partitions == start.partitions else Ticks(start.partitions)
        self._plugins = plugins
        self._failures = failures
        self._apply = apply
        self._judge = judge
        if plugins.index.fleet:
            self.skip_to(start.position_ms)

    # -- reporting --------------------------------------------------------------------------------------------

    def skip_to(self, from_ms: int) -> None:
        """Report no tick before *from_ms*."""
        if self._plugins.index.fleet:
            self.due_at_ms = -(-from_ms // TICK_MS) * TICK_MS

    def follow_rules(self, now_ms: int) -> None:
        """Begin to report if there are fleet rules now, and stop if there are none."""
        if not self._plugins.index.fleet:
            self.due_at_ms = NEVER_MS
        elif self.due_at_ms == NEVER_MS:
            # Not at once: by the server's clock, something newer than *now_ms* may have been decided.
            self.skip_to(now_ms + CLOCKS_MS)

    def report(self, until_ms: int, changes: Changes) -> None:
        """
        Report the ticks that are due.

        Args:
            until_ms: All that arrived until this instant was decided, and nothing that arrived later.
        """
        self.due_at_ms = max(self.due_at_ms, -(-(until_ms - CATCH_UP_MS) // TICK_MS) * TICK_MS)
        while self.due_at_ms <= until_ms:
            changes.reports += self._reports(self.due_at_ms)
            self.due_at_ms += TICK_MS

    def _reports(self, at_ms: int) -> list[tuple[int, bytes]]:
        rules = fleet_partials.reports(self._plugins.by_id.values(), self._plugins.index.fleet, at_ms)
        to = [Report(self._number, at_ms, {}) for _ in range(self._partitions)]
        for rule_id, found in rules.items():
            if found.is_full:
                self._complain(rule_id)
            for report in to:
                report.rules[rule_id] = fleet.RuleReport(found.definition, {}, found.is_full)
            for plugin_id, partial in found.groups.items():
                to[partition_of(plugin_id, self._partitions)].rules[rule_id].groups[plugin_id] = partial
        return [(number, self._fitting(report)) for number, report in enumerate(to)]

    def _fitting(self, report: Report) -> bytes:
        body = _encode(report)
        if len(body) > MAX_ENTRY_BYTES:
            for rule_id, found in report.rules.items():
                self._complain(rule_id)
                found.groups, found.is_full = {}, True
            body = _encode(report)
        return body

    def _complain(self, rule_id: str) -> None:
        most = fleet_partials.MAX_GROUPS
        why = f"its labels make more than {most} groups in one partition; group by fewer labels"
        self._failures.note(rule_id, f"{fleet.PREFIX}{rule_id}/*", TooManyGroups(why))

    # -- deciding ---------------------------------------------------------------------------------------------

    def take(self, report: Report, entry_id: str, now_ms: int, changes: Changes, heard_at_ms: int) -> None:
        """Take the report of a partition, and decide what can be decided now."""
        for place, (rule, event, if_nothing) in enumerate(self._take(report, heard_at_ms)):
            origin = (entry_id, place)
            plugin = self._plugins.by_id.get(event.plugin_id)
            if if_nothing is None:
                self._apply(event, origin, now_ms, changes, heard_at_ms)
            elif plugin is not None:
                plugin_memory.remember(plugin.memory, event, heard_at_ms)
                self._judge(plugin, rule.compiled, event.at_ms, now_ms, origin, changes, if_nothing)

    def remember(self, report: Report, heard_at_ms: int, but_of: Container[str] = ()) -> None:
        """
        Take a report that was decided before: it changes what is remembered and nothing else.

        Args:
            but_of: Plugins that are remembered already as of a later entry.
        """
        for one in self._take(report, heard_at_ms):
            if one.event.plugin_id not in but_of:
                self._plugins.remember(one.event, heard_at_ms)

    def _take(self, report: Report, heard_at_ms: int) -> Iterator[_GroupEvent]:
        for tick in self.ticks.take(report, heard_at_ms):
            for rule_id, rule in self._plugins.index.fleet.items():
                of_rule = [rules[rule_id] for rules in tick.reports if rule_id in rules]
                if len(of_rule) < len(tick.reports) or any(
                    one.definition != rule.definition or one.is_full for one in of_rule
                ):
                    # Not every partition knew the rule as it is now, or there is no room for its groups.
                    continue
                try:
                    yield from self._of_rule(rule, tick, [one.groups for one in of_rule])
                except Exception as error:
                    self._failures.note(rule_id, f"{fleet.PREFIX}{rule_id}/*", error)

    def _of_rule(self, rule: FleetRule, tick: Tick, reports: list[dict[str, fleet.Partial]]) -> Iterator[_GroupEvent]:
        groups: dict[str, list[fleet.Partial]] = {}
        for found in reports:
            for plugin_id, partial in found.items():
                groups.setdefault(plugin_id, []).append(partial)
        for plugin_id, partials in sorted(groups.items()):
            plugin = self._plugins.by_id.get(plugin_id)
            if self._plugins.budget.is_full and (plugin is None or not plugin.memory.last_at_ms):
                full = TooManyGroups("there is no room for the plugin of another group (MAX_PLUGINS)")
                self._failures.note(rule.id, plugin_id, full)
                continue
            combined = fleet_partials.combine(rule, partials)
            yield _GroupEvent(rule, _event(rule, plugin_id, combined, tick))
        if not tick.missing:
            yield from self._ended(rule, tick, groups)

    def _ended(self, rule: FleetRule, tick: Tick, groups: dict[str, list[fleet.Partial]]) -> Iterator[_GroupEvent]:
        """Yield the ends of the groups that no partition named: they have no plugin any more."""
        start = f"{fleet.PREFIX}{rule.id}/"
        ended = [i for i in self._plugins.by_id if i.startswith(start) and i not in groups]
        for plugin_id in sorted(ended):
            plugin = self._plugins.by_id[plugin_id]
            labels = plugin.memory.labels
            series = plugin.memory.alive(rule.condition.series)
            is_open = any(snapshot.phase != "cooling" for snapshot in plugin.snapshots.values())
            if rule.condition.aggregate == "count" and list(labels) == rule.condition.by:
                # "Fewer than three" holds for none as well, and must not end when the last plugin does.
                if is_open or (series is not None and series.value):
                    nothing = Combined([*labels.values()], 0, 0.0, 0, ())
                    yield _GroupEvent(rule, _event(rule, plugin_id, nothing, tick))
            elif series is not None or is_open:
                why = reasons.of("fleet.nothing_left", metric=rule.condition.about())
                yield _GroupEvent(rule, Event(plugin_id, at_ms=tick.at_ms, gone=(*plugin.memory.series,)), why)


def _event(rule: FleetRule, plugin_id: str, combined: Combined, tick: Tick) -> Event:
    metrics = {
        rule.condition.series: combined.value,
        PLUGINS: float(combined.plugins),
        BREACHING: float(combined.breaching),
        REPORTED: float(len(tick.reports)),
        MISSING: float(tick.missing),
    }
    labels = dict(zip(rule.condition.by, combined.values, strict=True))
    name = fleet.name_of(rule.condition.by, combined.values)
    states = {BREACHING: ", ".join(combined.examples)}
    return Event(plugin_id, name, tick.at_ms, metrics, states, labels=labels)
