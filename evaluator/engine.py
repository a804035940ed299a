"""
The fold of one partition's ordered log: events and commands in, changes out. Pure but for its own memory.

The worker feeds it a batch, commits the changes it collected in one atomic step, and throws the engine away if that
commit is refused; so the memory here never runs ahead of what is committed.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from evaluator import decide, memory
from evaluator.decide import Decision, Snapshot
from evaluator.index import CompiledRule, Index, Plan
from evaluator.memory import PluginMemory
from shared.models import Command, Event, Transition

Place = tuple[str, str]
"""Rule id and plugin id: where a snapshot belongs."""


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
    dropped: int = 0
    """Values that were not usable, of events that were evaluated without them."""

    def __bool__(self) -> bool:
        return bool(self.snapshots or self.transitions)


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
        plugin = self._plugins.get(event.plugin_id) or self._meet(PluginMemory(event.plugin_id, event.labels))
        memory.remember(plugin.memory, event, heard_at_ms, plugin.plan.keep)

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
            memory.recall(plugin.memory, event, plugin.plan.keep)

    def forgive(self, deaf_ms: int, now_ms: int) -> None:
        """
        Do not count *deaf_ms* as silence of the plugins: nobody listened.

        Nobody was heard later than now: an outage forgiven again, because who forgave it first died, adds nothing.
        """
        for plugin in self._plugins.values():
            plugin.memory.heard_at_ms = min(plugin.memory.heard_at_ms + deaf_ms, now_ms)
            for series in plugin.memory.series.values():
                series.heard_at_ms = min(series.heard_at_ms + deaf_ms, now_ms)

    def forget_plugins(self, silent_since_ms: int) -> None:
        """Drop plugins with nothing open that were last heard of before *silent_since_ms*."""
        gone = [i for i, p in self._plugins.items() if p.memory.heard_at_ms < silent_since_ms and not p.snapshots]
        for plugin_id in gone:
            del self._plugins[plugin_id]

    def memories(self) -> list[PluginMemory]:
        """Return what is remembered, for a checkpoint."""
        return [plugin.memory for plugin in self._plugins.values()]

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
            plugin = self._meet(PluginMemory(plugin_id, event.labels))
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
        reason = f"resolved by {command.by}"
        ended = decide.withdraw(rule, command.rule_id, snapshot, plugin.memory, reason, command.at_ms)
        self._take(plugin, command.rule_id, snapshot, ended._replace(snapshot=after), changes)
        if rule is not None and rule.needs.clock:
            # There may be no next sample to find that it still holds.
            self._arm(plugin, rule)

    def pass_time(self, now_ms: int, changes: Changes, *, caught_up: bool = True) -> None:
        """
        Let the clock do what is due: ends of cooldowns, and conditions that need no event.

        Args:
            caught_up: Whether everything published so far was decided. If not, conditions wait: a plugin whose events
                are still unread is not silent.
        """
        while self._cooldowns and self._cooldowns[0][0] <= now_ms:
            _, rule_id, plugin_id = heapq.heappop(self._cooldowns)
            plugin = self._plugins.get(plugin_id)
            snapshot = plugin.snapshots.get(rule_id) if plugin else None
            rule = plugin.plan.rules.get(rule_id) if plugin else None
            if plugin and snapshot and rule:
                decision = decide.pass_time(rule, snapshot, plugin.memory, now_ms)
                self._take(plugin, rule_id, snapshot, decision, changes)
        due: dict[str, set[str]] = {}
        while caught_up and self._clocks and self._clocks[0][0] <= now_ms:
            due_ms, rule_id, plugin_id = heapq.heappop(self._clocks)
            if self._armed.get((rule_id, plugin_id)) == due_ms:
                del self._armed[rule_id, plugin_id]
                due.setdefault(plugin_id, set()).add(rule_id)
        # In the same order whoever armed them when, and a plugin's strongest rule first.
        for plugin_id, rule_ids in sorted(due.items()):
            plugin = self._plugins.get(plugin_id)
            for rule in plugin.plan.clocked if plugin else ():
                if plugin and rule.rule.id in rule_ids:
                    at_ms = plugin.memory.event_ms(now_ms)
                    self._judge(plugin, rule, at_ms, now_ms, f"clock:{now_ms}", changes)
                    self._arm(plugin, rule, now_ms)

    def replace_rules(self, index: Index, now_ms: int, changes: Changes) -> bool:
        """
        Take up the rules as they are now; after edits, and once after a takeover.

        What is open under a rule that is gone, off or elsewhere is resolved with that reason. A pending alert whose
        condition was edited begins anew.

        Returns:
            Whether some rule looks further back than before, so that windows must be filled again.
        """
        # After a takeover the memories may have been kept for older rules than those the engine was made with.
        unknown_before = self._index is index and self.revision != index.revision
        self._index = index
        self.revision = index.revision
        for plugin_id in index.expected:
            if plugin_id not in self._plugins and self._owns(plugin_id):
                self._meet(PluginMemory(plugin_id, heard_at_ms=now_ms))
        further = [self._replan(plugin, now_ms, changes) for plugin in self._plugins.values()]
        return any(further) or (unknown_before and any(p.plan.keep.looks_back() for p in self._plugins.values()))

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
                reason = self._index.why_absent(rule_id, plugin.memory.plugin_id, plugin.memory.labels)
            elif snapshot.phase == "pending" and old is not None and old.condition != new.condition:
                reason = "the rule's condition was edited; its duration starts again"
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
        after_ms = known.clock_ms(known.last_at_ms) if after_ms is None else after_ms
        due = [rule.condition.due_at_ms(known, after_ms)]
        snapshot = plugin.snapshots.get(rule.rule.id)
        if snapshot is not None and snapshot.phase == "pending":
            due.append(known.clock_ms(snapshot.since_ms + rule.for_ms))
        if snapshot is not None and snapshot.recovering_since_ms:
            due.append(known.clock_ms(snapshot.recovering_since_ms + rule.recover_ms))
        due_ms = min((at_ms for at_ms in due if at_ms is not None and at_ms > after_ms), default=None)
        place = (rule.rule.id, known.plugin_id)
        if due_ms is not None and due_ms < self._armed.get(place, due_ms + 1):
            self._armed[place] = due_ms
            heapq.heappush(self._clocks, (due_ms, *place))

    def _judge(
        self, plugin: _Plugin, rule: CompiledRule, at_ms: int, now_ms: int, origin: str | bytes, changes: Changes
    ) -> None:
        verdict = rule.condition.judge(plugin.memory, at_ms, rule.recover_threshold)
        if verdict is None:
            return
        snapshot = plugin.snapshots.get(rule.rule.id)
        if snapshot is None and not verdict.holds:
            return
        decision = decide.decide(rule, snapshot, plugin.memory, verdict, at_ms, now_ms, origin)
        self._take(plugin, rule.rule.id, snapshot, decision, changes)

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
