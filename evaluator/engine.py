"""
The fold of one partition's ordered log: events and commands in, changes out. Pure but for its own memory.

The worker feeds it a batch and commits the changes it collected in one atomic step. Meanwhile the engine goes on with
the next batch, so its memory is ahead of what is committed, by at most what waits for a commit. Nothing of that is seen
outside: when a commit is refused, the worker throws the engine away, and the next owner folds the same entries again.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from evaluator import decide, memory
from evaluator.decide import Decision, Snapshot
from evaluator.index import CompiledRule, Index, Plan
from evaluator.memory import PluginMemory, SavedPlugin
from evaluator.steps import LAGGING_MS
from shared.model import reasons
from shared.model.alerts import Transition
from shared.model.events import Command, Event

Place = tuple[str, str]
"""Rule id and plugin id: where a snapshot belongs."""
NEVER_MS = 1 << 62
FORGET_LAGGING_MS = 600_000
"""A plugin that was late and fell silent is not late any more after ten minutes."""


@dataclass(slots=True)
class Changes:
    """What a batch changed; the content of one commit."""

    snapshots: dict[Place, Snapshot | None] = field(default_factory=dict)
    """None: idle again."""
    transitions: list[Transition] = field(default_factory=list)
    events: int = 0
    late: int = 0
    """Samples older than their series' newest."""
    cut: int = 0
    """Samples and error reports dropped from windows for want of room."""
    restarted: int = 0
    """Series, states and plugins that began anew, for their clock stepped back."""
    dropped: int = 0
    """Values that were not usable, of events that were evaluated without them."""

    def __bool__(self) -> bool:
        return bool(self.snapshots or self.transitions)


class Failure(NamedTuple):
    """Bugs met with one rule and one plugin: the rule gave no verdict then, and nothing else was touched."""

    rule_id: str
    """Empty: not of one rule, but of what is remembered of the plugin."""
    plugin_id: str
    error: Exception
    """The newest."""
    times: int


class _Plugin:
    __slots__ = ("is_touched", "memory", "plan", "snapshots")

    def __init__(self, known: PluginMemory, plan: Plan) -> None:
        self.is_touched = False
        self.memory = known
        self.plan = plan
        self.snapshots: dict[str, Snapshot] = {}


class Engine:
    """One partition."""

    def __init__(
        self,
        index: Index,
        memories: Iterable[PluginMemory] = (),
        snapshots: Mapping[Place, Snapshot] | None = None,
        owns: Callable[[str], bool] = lambda _: True,
        revision: int = 0,
    ) -> None:
        """
        Args:
            memories: What is remembered of the plugins, as of the committed position.
            snapshots: What is committed, as of the same position.
            owns: Whether a plugin id belongs to this partition.
            revision: Of the rules that *memories* were kept for.
        """
        self.revision = revision
        self.is_complete = True
        """Whether the windows hold all that the rules in force look back on, as far as the stream has it."""
        self.passed_ms = 0
        """How far `pass_time` came. Later set by `forgive`, too."""
        self.failures: dict[Place, Failure] = {}
        """Since the caller cleared it."""
        self._index = index
        self._owns = owns
        self._cooldowns: list[tuple[int, str, str]] = []
        """Heap of (ends at, rule id, plugin id)."""
        self._clocks: list[tuple[int, str, str]] = []
        """Heap of (due at, rule id, plugin id) for conditions that time alone may change."""
        self._armed: dict[Place, int] = {}
        """Which entry of `_clocks` counts; others of the same place are stale."""
        self._plugins: dict[str, _Plugin] = {}
        for known in memories:
            self._meet(known)
        for (rule_id, plugin_id), snapshot in (snapshots or {}).items():
            plugin = self._plugins.get(plugin_id) or self._meet(PluginMemory(plugin_id))
            plugin.snapshots[rule_id] = snapshot
            self._set_cooldown(rule_id, plugin_id, snapshot)

    def remember(self, event: Event, heard_at_ms: int) -> None:
        """Fold an event that was decided before: it changes what is remembered and nothing else."""
        plugin = self._plugins.get(event.plugin_id)
        try:
            if plugin is None or not plugin.memory.last_at_ms:
                plugin = self._hear_first(plugin, event)
            known = plugin.memory
            labels = known.labels
            memory.remember(known, event, heard_at_ms, plugin.plan.keep)
            if known.labels is not labels and known.labels != labels:
                # As `apply` did: from here on, windows are kept for the rules of these labels.
                plugin.plan = self._index.plan_for(known.plugin_id, known.labels)
        except Exception as error:
            self._fail("", event.plugin_id, error)

    def forget_windows(self) -> None:
        """Empty every window; `recall` fills them again."""
        for plugin in self._plugins.values():
            plugin.memory.errors.clear()
            plugin.memory.errors_cut_at_ms = 0
            for series in plugin.memory.series.values():
                series.samples = None

    def recall(self, event: Event) -> None:
        """Put an event of the past into the windows that look back on it."""
        plugin = self._plugins.get(event.plugin_id)
        if plugin is not None:
            try:
                memory.recall(plugin.memory, event, plugin.plan.keep)
            except Exception as error:
                self._fail("", event.plugin_id, error)

    def forgive(self, deaf_ms: int, now_ms: int) -> None:
        """
        Do not count *deaf_ms* as silence of the plugins: nobody listened.

        Nobody was heard later than now: an outage forgiven again, because who forgave it first died, adds nothing.
        """
        # Nor is anything due while nobody listened: what silence there was in the log of that time is not judged.
        self.passed_ms = now_ms
        for plugin in self._plugins.values():
            if plugin.memory.heard_at_ms:
                plugin.memory.heard_at_ms = min(plugin.memory.heard_at_ms + deaf_ms, now_ms)
            for series in plugin.memory.series.values():
                series.heard_at_ms = min(series.heard_at_ms + deaf_ms, now_ms)

    def forget_plugins(self, silent_since_ms: int) -> None:
        """Drop plugins with nothing open that were last heard of before *silent_since_ms*."""
        gone = [i for i, p in self._plugins.items() if p.memory.heard_at_ms < silent_since_ms and not p.snapshots]
        for plugin_id in gone:
            del self._plugins[plugin_id]

    def memories(self) -> list[PluginMemory]:
        """Return what is remembered."""
        return [plugin.memory for plugin in self._plugins.values()]

    def saved(self) -> list[SavedPlugin]:
        """Return what is remembered, for a checkpoint; it must be complete."""
        assert self.is_complete
        return [memory.save(plugin.memory, plugin.plan.keep) for plugin in self._plugins.values()]

    def is_covered_by(self, saved: Iterable[SavedPlugin]) -> bool:
        """Tell whether what a checkpoint held is all that the rules look back on."""
        return all(one.covers(self._plugins[one.plugin_id].plan.keep) for one in saved)

    def knows(self, plugin_id: str) -> bool:
        """Return whether anything is remembered of a plugin."""
        return plugin_id in self._plugins

    def memory_of(self, plugin_id: str) -> PluginMemory:
        """Return what is remembered of one plugin, which must be known."""
        return self._plugins[plugin_id].memory

    def take_touched(self) -> list[PluginMemory]:
        """Return what is remembered of the plugins heard of since this was last asked."""
        touched = [plugin for plugin in self._plugins.values() if plugin.is_touched]
        for plugin in touched:
            plugin.is_touched = False
        return [plugin.memory for plugin in touched]

    def lagging(self, now_ms: int) -> dict[str, int]:
        """Return the plugins of which some or all has come late for long, and goes on so: by how many ms it is."""
        found: dict[str, int] = {}
        for plugin_id, plugin in self._plugins.items():
            known = plugin.memory
            if known.behind and now_ms - known.heard_at_ms < FORGET_LAGGING_MS:
                long = [one.lag_ms for one in known.behind.values() if known.heard_at_ms - one.since_ms >= LAGGING_MS]
                if long:
                    found[plugin_id] = max(long)
        return found

    def open_alerts(self) -> int:
        """Return how many alerts are pending or firing."""
        return sum(s.phase != "cooling" for plugin in self._plugins.values() for s in plugin.snapshots.values())

    def apply(
        self, event: Event, origin: str | bytes, now_ms: int, changes: Changes, heard_at_ms: int | None = None
    ) -> None:
        """
        Decide one event.

        Args:
            event: With its `at_ms` set.
            origin: Its place in the log, unique in the partition.
            changes: Collects the outcome.
            heard_at_ms: Time of its stream entry; *now_ms* if not given.
        """
        changes.events += 1
        plugin_id = event.plugin_id
        plugin = self._plugins.get(plugin_id)
        if plugin is None:
            plugin = self._hear_first(None, event)
        elif not plugin.memory.last_at_ms:
            plugin = self._hear_first(plugin, event)
            self._replan(plugin, now_ms, changes)
        known, plan = plugin.memory, plugin.plan
        labels = known.labels
        news = memory.remember(known, event, now_ms if heard_at_ms is None else heard_at_ms, plan.keep)
        plugin.is_touched = True
        is_usual = news is None and plan.is_metrics_only
        if known.labels is not labels and known.labels != labels:
            self._replan(plugin, now_ms, changes)
            plan, is_usual = plugin.plan, False
        opened: Sequence[str] = ()
        if plugin.snapshots:
            # A rule that still cools can only begin again; what else is open may end, whatever the sample.
            opened = [i for i, s in plugin.snapshots.items() if s.phase != "cooling" or s.cooldown_until_ms <= now_ms]
        if is_usual and not opened:
            # Nearly every event ends here: nothing can end, and nothing begins.
            return
        fresh = event.metrics
        if news is not None:
            fresh = news.metrics
            changes.late += len(news.late)
            changes.cut += news.cut
            changes.restarted += news.restarted
        woken: dict[str, CompiledRule] = {}
        for metric, value in fresh.items():
            touched = plan.by_metric.get(metric)
            if touched is not None:
                for rule in touched.woken(value, known.series[metric].samples, opened):
                    woken[rule.rule.id] = rule
        if not plan.is_metrics_only:
            _wake_others(plan, event, news, woken)
        before = len(changes.transitions)
        for rule in woken.values():
            # What looks at more than one series looks at them as they are now, however late this event is.
            at_ms = event.at_ms if rule.one_series else known.last_at_ms
            if rule.needs.clock:
                # A late event is heard now, too; as of the newest one's time, less silence would have passed.
                at_ms = max(at_ms, known.event_ms(known.heard_at_ms))
            self._judge(plugin, rule, at_ms, now_ms, origin, changes)
        if event.request_id:
            for transition in changes.transitions[before:]:
                transition.request_id = event.request_id
        for rule in plan.clocked:
            self._arm(plugin, rule)

    def obey(self, command: Command, changes: Changes) -> None:
        """
        Follow an operator who resolved an alert.

        The board says so already, unless the alert fired anew while the command was on its way; so it is said again.
        """
        plugin = self._plugins.get(command.plugin_id)
        snapshot = plugin.snapshots.get(command.rule_id) if plugin else None
        rule = plugin.plan.rules.get(command.rule_id) if plugin else None
        if plugin is None or snapshot is None or snapshot.alert_id != command.alert_id or snapshot.phase == "cooling":
            return
        after = None
        if snapshot.phase == "firing" and command.at_ms < snapshot.cooldown_until_ms:
            after = Snapshot("cooling", snapshot.alert_id, snapshot.since_ms, snapshot.cooldown_until_ms)
        reason = reasons.of("resolved.by_person", name=command.by)
        ended = decide.withdraw(rule, command.rule_id, snapshot, plugin.memory, reason, command.at_ms)
        self._take(plugin, command.rule_id, snapshot, ended._replace(snapshot=after), changes)
        if rule is not None and rule.needs.clock:
            # There may be no next sample to find that it still holds.
            self._arm(plugin, rule)

    @property
    def due_at_ms(self) -> int:
        """When, at the earliest, time alone changes something; `NEVER_MS` if it does not."""
        cooldown_ms = self._cooldowns[0][0] if self._cooldowns else NEVER_MS
        return min(cooldown_ms, self._clocks[0][0]) if self._clocks else cooldown_ms

    def pass_time(self, now_ms: int, changes: Changes, until_ms: int | None = None) -> None:
        """
        Let the clock do what is due: ends of cooldowns, and conditions that need no event.

        Each is done as of the instant at which it was due, in order, and before any later event: so what comes of it
        depends neither on when this is called nor on who held the partition then.

        Args:
            now_ms: The clock's time; rules the cooldowns.
            until_ms: How far the log was read: whatever arrived until this instant was decided. Nothing that is due
                later is done, for a plugin whose events are still unread is not silent. *now_ms* if not given.
        """
        until_ms = now_ms if until_ms is None else until_ms
        if until_ms < self.passed_ms:
            return
        while (due_ms := self.due_at_ms) <= until_ms:
            if self._cooldowns and self._cooldowns[0][0] == due_ms:
                self._end_cooldown(max(now_ms, due_ms), changes)
            else:
                # What an earlier call could not know is done now, as of that call: time does not go back.
                self._judge_due(due_ms, max(due_ms, self.passed_ms), now_ms, changes)
        self.passed_ms = until_ms

    def replace_rules(self, index: Index, now_ms: int, changes: Changes) -> bool:
        """
        Take up the rules as they are now; after edits, and once after a takeover.

        What is open under a rule that is gone, off or elsewhere is resolved with that reason. A pending alert whose
        condition was edited begins anew.

        Returns:
            Whether some rule looks further back than before, so that windows must be filled again.
        """
        self._index = index
        self.revision = index.revision
        for plugin_id in index.expected:
            if plugin_id not in self._plugins and self._owns(plugin_id):
                self._meet(PluginMemory(plugin_id, heard_at_ms=now_ms))
        for plugin in self._plugins.values():
            try:
                if self._replan(plugin, now_ms, changes):
                    self.is_complete = False
                self._count_silence_from(plugin, now_ms)
            except Exception as error:
                self._fail("", plugin.memory.plugin_id, error)
        return not self.is_complete

    def _hear_first(self, plugin: _Plugin | None, event: Event) -> _Plugin:
        """
        Take up a plugin of which nothing was heard before, though something of it may be open.

        Its labels decide which rules cover it, and so what is kept of this very event.
        """
        if plugin is None:
            return self._meet(PluginMemory(event.plugin_id, event.labels))
        if event.labels:
            plugin.memory.labels = event.labels
            plugin.plan = self._index.plan_for(event.plugin_id, event.labels)
        return plugin

    def _count_silence_from(self, plugin: _Plugin, now_ms: int) -> None:
        """Begin to count the silence of a plugin never heard of, unless something says that it is silent already."""
        known = plugin.memory
        if not known.heard_at_ms and not any(rule.rule.id in plugin.snapshots for rule in plugin.plan.clocked):
            known.heard_at_ms = now_ms
            for rule in plugin.plan.clocked:
                self._arm(plugin, rule)

    def _end_cooldown(self, now_ms: int, changes: Changes) -> None:
        _, rule_id, plugin_id = heapq.heappop(self._cooldowns)
        plugin = self._plugins.get(plugin_id)
        snapshot = plugin.snapshots.get(rule_id) if plugin else None
        rule = plugin.plan.rules.get(rule_id) if plugin else None
        if plugin and snapshot and rule:
            try:
                decision = decide.pass_time(rule, snapshot, plugin.memory, now_ms)
            except Exception as error:
                self._fail(rule_id, plugin_id, error)
                return
            self._take(plugin, rule_id, snapshot, decision, changes)

    def _judge_due(self, due_ms: int, at_ms: int, now_ms: int, changes: Changes) -> None:
        """Judge what is due at one instant, as of *at_ms* of the clock."""
        due: dict[str, set[str]] = {}
        while self._clocks and self._clocks[0][0] == due_ms:
            _, rule_id, plugin_id = heapq.heappop(self._clocks)
            if self._armed.get((rule_id, plugin_id)) == due_ms:
                del self._armed[rule_id, plugin_id]
                due.setdefault(plugin_id, set()).add(rule_id)
        # In the same order whoever armed them when, and a plugin's strongest rule first.
        for plugin_id, rule_ids in sorted(due.items()):
            plugin = self._plugins.get(plugin_id)
            for rule in plugin.plan.clocked if plugin else ():
                if not plugin or rule.rule.id not in rule_ids:
                    continue
                newest_ms = plugin.memory.clock_ms(plugin.memory.last_at_ms)
                if due_ms <= newest_ms or self._next_due_ms(plugin, rule, due_ms - 1) != due_ms:
                    # Events came since, and were judged themselves. Who took over after them knows nothing of this
                    # instant, and must not decide otherwise: a compound has its windows as they happen to be here.
                    self._arm(plugin, rule, max(newest_ms, due_ms - 1))
                    continue
                event_ms = plugin.memory.event_ms(at_ms)
                self._judge(plugin, rule, event_ms, max(now_ms, at_ms), f"clock:{at_ms}", changes)
                self._arm(plugin, rule, at_ms)

    def _meet(self, known: PluginMemory) -> _Plugin:
        plugin = _Plugin(known, self._index.plan_for(known.plugin_id, known.labels))
        self._plugins[known.plugin_id] = plugin
        return plugin

    def _replan(self, plugin: _Plugin, now_ms: int, changes: Changes) -> bool:
        before = plugin.plan
        after = plugin.plan = self._index.plan_for(plugin.memory.plugin_id, plugin.memory.labels)
        for rule in after.clocked:
            self._arm(plugin, rule)
        for rule_id, snapshot in list(plugin.snapshots.items()):
            new, old = after.rules.get(rule_id), before.rules.get(rule_id)
            if new is None:
                if rule_id in self._index.unreadable:
                    continue
                if not plugin.memory.last_at_ms and self._index.may_cover(rule_id, plugin.memory.plugin_id):
                    # Its labels are not known before it is heard.
                    continue
                reason = self._index.why_absent(rule_id, plugin.memory.plugin_id, plugin.memory.labels)
            elif snapshot.phase == "pending" and old is not None and old.condition != new.condition:
                reason = reasons.of("withdrawn.rule_edited")
            else:
                # A rule that could not be read for a while may have let its cooldown pass unseen.
                if old is None:
                    self._set_cooldown(rule_id, plugin.memory.plugin_id, snapshot)
                continue
            decision = decide.withdraw(old, rule_id, snapshot, plugin.memory, reason, now_ms)
            self._take(plugin, rule_id, snapshot, decision, changes)
        return after.keep is not before.keep and after.keep.looks_further_than(before.keep)

    def _arm(self, plugin: _Plugin, rule: CompiledRule, after_ms: int | None = None) -> None:
        """
        Note when time alone may change something of a rule, next after *after_ms*.

        Args:
            after_ms: Of the clock; by default when the newest event came, for what is due since may not be done yet.
        """
        known = plugin.memory
        due_ms = self._next_due_ms(plugin, rule, known.clock_ms(known.last_at_ms) if after_ms is None else after_ms)
        place = (rule.rule.id, known.plugin_id)
        if due_ms is not None and due_ms < self._armed.get(place, due_ms + 1):
            self._armed[place] = due_ms
            heapq.heappush(self._clocks, (due_ms, *place))

    def _next_due_ms(self, plugin: _Plugin, rule: CompiledRule, after_ms: int) -> int | None:
        """Return when, next after *after_ms* of the clock, time alone may change something of a rule."""
        known = plugin.memory
        due: list[int | None] = []
        try:
            due.append(rule.condition.due_at_ms(known, after_ms))
        except Exception as error:
            self._fail(rule.rule.id, known.plugin_id, error)
        snapshot = plugin.snapshots.get(rule.rule.id)
        if snapshot is not None and snapshot.phase == "pending":
            due.append(known.clock_ms(snapshot.since_ms + rule.for_ms))
        if snapshot is not None and snapshot.recovering_since_ms:
            due.append(known.clock_ms(snapshot.recovering_since_ms + rule.recover_ms))
        return min((at_ms for at_ms in due if at_ms is not None and at_ms > after_ms), default=None)

    def _judge(
        self, plugin: _Plugin, rule: CompiledRule, at_ms: int, now_ms: int, origin: str | bytes, changes: Changes
    ) -> None:
        snapshot = plugin.snapshots.get(rule.rule.id)
        try:
            verdict = rule.condition.judge(plugin.memory, at_ms, rule.recover_threshold)
            if verdict is None or (snapshot is None and not verdict.holds):
                return
            decision = decide.decide(rule, snapshot, plugin.memory, verdict, at_ms, now_ms, origin)
        except Exception as error:
            # Another event, rule or plugin is none the worse for it.
            self._fail(rule.rule.id, plugin.memory.plugin_id, error)
            return
        self._take(plugin, rule.rule.id, snapshot, decision, changes)

    def _fail(self, rule_id: str, plugin_id: str, error: Exception) -> None:
        before = self.failures.get((rule_id, plugin_id))
        # Its traceback would keep alive all that its frames refer to.
        error.__traceback__ = error.__traceback__ if before is None else None
        self.failures[rule_id, plugin_id] = Failure(rule_id, plugin_id, error, before.times + 1 if before else 1)

    def _take(
        self, plugin: _Plugin, rule_id: str, before: Snapshot | None, decision: Decision, changes: Changes
    ) -> None:
        if decision.transitions:
            changes.transitions += decision.transitions
        if decision.snapshot is not before:
            self._keep(plugin, rule_id, decision.snapshot, changes)

    def _keep(self, plugin: _Plugin, rule_id: str, snapshot: Snapshot | None, changes: Changes) -> None:
        plugin_id = plugin.memory.plugin_id
        if snapshot is None:
            plugin.snapshots.pop(rule_id, None)
        else:
            plugin.snapshots[rule_id] = snapshot
            self._set_cooldown(rule_id, plugin_id, snapshot)
        changes.snapshots[rule_id, plugin_id] = snapshot

    def _set_cooldown(self, rule_id: str, plugin_id: str, snapshot: Snapshot) -> None:
        if snapshot.phase == "cooling" or (snapshot.phase == "firing" and not snapshot.announced):
            heapq.heappush(self._cooldowns, (snapshot.cooldown_until_ms, rule_id, plugin_id))


def _wake_others(plan: Plan, event: Event, news: memory.News | None, woken: dict[str, CompiledRule]) -> None:
    for name in news.states if news else ():
        for rule in plan.by_state.get(name, ()):
            woken[rule.rule.id] = rule
    if event.errors:
        for rule in plan.on_errors:
            woken[rule.rule.id] = rule
    for rule in plan.on_any_event:
        # Any event is a sign of life; but a late sample shown to a window of the same rule must not make it fire.
        if not (rule.needs.lookback_ms and news and rule.needs.metrics.intersection(news.late)):
            woken[rule.rule.id] = rule
