"""
The fold of one partition's ordered log: events and commands in, changes out. Pure but for its own memory.

The worker feeds it a batch, commits the changes it collected in one atomic step, and throws the engine away if that
commit is refused; so the memory here never runs ahead of what is committed.
"""

import heapq
from collections.abc import Iterable, Mapping
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

    def __bool__(self) -> bool:
        return bool(self.snapshots or self.transitions)


class _Plugin:
    __slots__ = ("memory", "plan", "snapshots")

    def __init__(self, known: PluginMemory, plan: Plan) -> None:
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
    ) -> None:
        """
        Args:
            memories: What is remembered of the plugins, as of the committed position.
            snapshots: What is committed, as of the same position.
        """
        self._index = index
        self._timers: list[tuple[int, str, str]] = []
        self._plugins: dict[str, _Plugin] = {}
        self.touched: set[str] = set()
        """Plugins heard of since somebody last emptied this; for the "last seen" page."""
        for known in memories:
            self._meet(known)
        for (rule_id, plugin_id), snapshot in (snapshots or {}).items():
            plugin = self._plugins.get(plugin_id) or self._meet(PluginMemory(plugin_id))
            plugin.snapshots[rule_id] = snapshot
            self._set_timer(rule_id, plugin_id, snapshot)

    def remember(self, event: Event) -> None:
        """Fold an event that was decided before: it changes what is remembered and nothing else."""
        plugin = self._plugins.get(event.plugin_id) or self._meet(PluginMemory(event.plugin_id))
        memory.remember(plugin.memory, event)

    def memories(self) -> list[PluginMemory]:
        """Return what is remembered, for a checkpoint."""
        return [plugin.memory for plugin in self._plugins.values()]

    def memory_of(self, plugin_id: str) -> PluginMemory:
        """Return what is remembered of one plugin, which must be known."""
        return self._plugins[plugin_id].memory

    def open_alerts(self) -> int:
        """Return how many alerts are pending or firing."""
        return sum(s.phase != "cooling" for plugin in self._plugins.values() for s in plugin.snapshots.values())

    def apply(self, event: Event, origin: str, now_ms: int, changes: Changes) -> None:
        """
        Decide one event.

        Args:
            event: With its `at_ms` set.
            origin: Its place in the log, unique in the partition.
            changes: Collects the outcome.
        """
        changes.events += 1
        plugin = self._plugins.get(event.plugin_id)
        if plugin is None:
            plugin = self._meet(PluginMemory(event.plugin_id, labels=event.labels))
        known = plugin.memory
        labels = known.labels
        fresh, late = memory.remember(known, event)
        changes.late += late
        self.touched.add(event.plugin_id)
        if known.labels is not labels and known.labels != labels:
            self._replan(plugin, now_ms, changes)
        plan = plugin.plan
        woken: dict[str, CompiledRule] = {}
        by_metric = plan.by_metric
        for metric in fresh:
            touched = by_metric.get(metric)
            if touched is None:
                continue
            if touched.low <= event.metrics[metric] <= touched.high:
                # Nothing can begin here; only what is open may end.
                if plugin.snapshots:
                    for rule in touched.rules:
                        if rule.rule.id in plugin.snapshots:
                            woken[rule.rule.id] = rule
            else:
                for rule in touched.rules:
                    woken[rule.rule.id] = rule
        if not plan.metrics_only:
            self._wake_others(plan, event, woken)
        for rule in woken.values():
            self._judge(plugin, rule, event.at_ms, now_ms, origin, changes)

    def obey(self, command: Command, changes: Changes) -> None:
        """Follow an operator who resolved an alert. The board already says so, so nothing is told again."""
        plugin = self._plugins.get(command.plugin_id)
        snapshot = plugin.snapshots.get(command.rule_id) if plugin else None
        if plugin is None or snapshot is None or snapshot.alert_id != command.alert_id or snapshot.phase == "cooling":
            return
        after = None
        if snapshot.phase == "firing" and command.at_ms < snapshot.cooldown_until_ms:
            after = Snapshot("cooling", snapshot.alert_id, snapshot.since_ms, snapshot.cooldown_until_ms)
        self._keep(plugin, command.rule_id, after, changes)

    def pass_time(self, now_ms: int, changes: Changes) -> None:
        """Let the clock do what is due: ends of cooldowns, and conditions that need no event."""
        timers = self._timers
        while timers and timers[0][0] <= now_ms:
            _, rule_id, plugin_id = heapq.heappop(timers)
            plugin = self._plugins.get(plugin_id)
            if plugin is None:
                continue
            rule = plugin.plan.rules.get(rule_id)
            snapshot = plugin.snapshots.get(rule_id)
            if rule is None:
                continue
            if snapshot is not None:
                decision = decide.pass_time(rule, snapshot, plugin.memory, now_ms)
                self._take(plugin, rule_id, snapshot, decision, changes)
            if rule.needs.clock:
                due_ms = rule.condition.due_at_ms(plugin.memory, now_ms)
                if due_ms is not None and due_ms <= now_ms:
                    self._judge(plugin, rule, now_ms, now_ms, f"clock:{now_ms}", changes)
                    due_ms = rule.condition.due_at_ms(plugin.memory, now_ms)
                if due_ms is not None:
                    heapq.heappush(timers, (max(due_ms, now_ms + 1), rule_id, plugin_id))

    def replace_rules(self, index: Index, now_ms: int, changes: Changes) -> None:
        """
        Take up the rules as they are now; after edits, and once after a takeover.

        What is open under a rule that is gone, off or elsewhere is resolved with that reason. A pending alert whose
        condition was edited begins anew.
        """
        self._index = index
        for plugin in self._plugins.values():
            self._replan(plugin, now_ms, changes)

    def _meet(self, known: PluginMemory) -> _Plugin:
        plan = self._index.plan_for(known.plugin_id, known.labels)
        plugin = self._plugins[known.plugin_id] = _Plugin(known, plan)
        self._watch_clock(plugin, plan.clocked)
        return plugin

    def _watch_clock(self, plugin: _Plugin, rules: Iterable[CompiledRule]) -> None:
        for rule in rules:
            due_ms = rule.condition.due_at_ms(plugin.memory, plugin.memory.last_at_ms)
            if due_ms is not None:
                heapq.heappush(self._timers, (due_ms, rule.rule.id, plugin.memory.plugin_id))

    def _replan(self, plugin: _Plugin, now_ms: int, changes: Changes) -> None:
        before = plugin.plan
        plugin.plan = self._index.plan_for(plugin.memory.plugin_id, plugin.memory.labels)
        if plugin.plan is before and not plugin.snapshots:
            return
        self._watch_clock(plugin, (r for r in plugin.plan.clocked if before.rules.get(r.rule.id) is not r))
        for rule_id, snapshot in list(plugin.snapshots.items()):
            new, old = plugin.plan.rules.get(rule_id), before.rules.get(rule_id)
            if new is None:
                if rule_id not in self._index.unreadable:
                    reason = self._index.why_absent(rule_id)
                    decision = decide.withdraw(old, rule_id, snapshot, plugin.memory, reason, now_ms)
                    self._take(plugin, rule_id, snapshot, decision, changes)
            elif snapshot.phase == "pending" and old is not None and old.condition != new.condition:
                reason = "the rule's condition was edited; its duration starts again"
                decision = decide.withdraw(old, rule_id, snapshot, plugin.memory, reason, now_ms)
                self._take(plugin, rule_id, snapshot, decision, changes)

    def _wake_others(self, plan: Plan, event: Event, woken: dict[str, CompiledRule]) -> None:
        for name in event.states:
            for rule in plan.by_state.get(name, ()):
                woken[rule.rule.id] = rule
        if event.errors:
            for rule in plan.on_errors:
                woken[rule.rule.id] = rule
        for rule in plan.on_any_event:
            woken[rule.rule.id] = rule

    def _judge(
        self, plugin: _Plugin, rule: CompiledRule, at_ms: int, now_ms: int, origin: str, changes: Changes
    ) -> None:
        verdict = rule.condition.judge(plugin.memory, at_ms, rule.recover_threshold)
        if verdict is None:
            return
        snapshot = plugin.snapshots.get(rule.rule.id)
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
            self._set_timer(rule_id, plugin_id, snapshot)
        changes.snapshots[rule_id, plugin_id] = snapshot

    def _set_timer(self, rule_id: str, plugin_id: str, snapshot: Snapshot) -> None:
        waits = snapshot.phase == "cooling" or (snapshot.phase == "firing" and not snapshot.announced)
        if waits:
            heapq.heappush(self._timers, (snapshot.cooldown_until_ms, rule_id, plugin_id))
