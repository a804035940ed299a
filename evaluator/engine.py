"""
The fold of one partition's ordered stream: events and commands in, changes out. No I/O; its only state is its memory.

The path of one event is `apply`: remember it, choose the rules that it can affect, judge and decide each of them.

The partition feeds the engine a batch, and the committer writes the collected changes in one atomic step. Meanwhile the
engine continues with the next batch, so its memory is ahead of the committed state by the batches that wait for their
commit. No other process sees that difference: if a commit is refused, the engine is discarded, and the partition's next
owner folds the same entries again.
"""

from collections.abc import Callable, Iterable, Mapping

from evaluator import decide, plugin_memory
from evaluator.alert_ids import Origin
from evaluator.budget import Budget
from evaluator.changes import Changes
from evaluator.compiled_rule import CompiledRule
from evaluator.decide import Decision
from evaluator.index import Index
from evaluator.plugin_memory import PluginMemory
from evaluator.plugins import Failures, Plugin, Plugins
from evaluator.snapshot import Place, Snapshot
from evaluator.timers import Timers
from shared.model import principals, reasons
from shared.model.events import Command, Event


class Engine:
    """One partition."""

    def __init__(
        self,
        index: Index,
        memories: Iterable[PluginMemory] = (),
        snapshots: Mapping[Place, Snapshot] | None = None,
        owns: Callable[[str], bool] = lambda _: True,
        revision: int = 0,
        budget: Budget | None = None,
    ) -> None:
        """
        Args:
            memories: The plugins' memories as of the committed position.
            snapshots: The committed snapshots as of the same position.
            owns: Whether a plugin id belongs to this partition.
            revision: The revision of the rules for which *memories* were kept.
            budget: Not used yet; without bounds if not given.
        """
        self.revision = revision
        self.failures = Failures()
        self.plugins = Plugins(index, self.failures, budget or Budget())
        self.timers = Timers(self.failures)
        self.passed_ms = 0
        """The instant until which `pass_time` has judged."""
        self._owns = owns
        for memory in memories:
            self.plugins.add(memory)
        for place, snapshot in (snapshots or {}).items():
            plugin = self.plugins.by_id.get(place[1]) or self.plugins.add(PluginMemory(place[1]))
            plugin.snapshots[place[0]] = snapshot
            self.timers.set_cooldown(place, snapshot)

    def apply(
        self, event: Event, origin: Origin, now_ms: int, changes: Changes, heard_at_ms: int | None = None
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
        plugin = self.plugins.by_id.get(event.plugin_id)
        if plugin is None or not plugin.memory.last_at_ms:
            if self.plugins.budget.is_full:
                changes.refuse(event, origin)
                return
            has_alerts, plugin = plugin is not None, self.plugins.hear_first(plugin, event)
            if has_alerts:
                self._replan(plugin, now_ms, changes)
        memory = plugin.memory
        labels = memory.labels
        novelty = plugin_memory.remember(
            memory, event, now_ms if heard_at_ms is None else heard_at_ms, plugin.plan.windows
        )
        plugin.is_unreported = True
        if novelty is not None:
            changes.count(novelty)
        if memory.labels is not labels and memory.labels != labels:
            self._replan(plugin, now_ms, changes)
        plan = plugin.plan
        if plan.prefilter is not None:
            rules = plan.prefilter.rules_for(event, novelty, memory, plugin.snapshots, now_ms)
        else:
            rules = plan.rules_for(event, novelty)
        if rules:
            before = len(changes.transitions)
            for rule in rules:
                self._judge(plugin, rule, _instant_of(event, rule, memory), now_ms, origin, changes)
            if event.request_id:
                for transition in changes.transitions[before:]:
                    transition.request_id = event.request_id
        for rule in plan.clocked:
            self.timers.schedule(plugin, rule)

    def obey(self, command: Command, changes: Changes) -> None:
        """
        Apply an operator's command to resolve an alert.

        The board usually shows the alert as resolved already, but it may have fired again while the command was on its
        way. So the transition is written in any case.
        """
        plugin = self.plugins.by_id.get(command.plugin_id)
        snapshot = plugin.snapshots.get(command.rule_id) if plugin else None
        rule = plugin.plan.rules.get(command.rule_id) if plugin else None
        if plugin is None or snapshot is None or snapshot.alert_id != command.alert_id or snapshot.phase == "cooling":
            return
        after = None
        if snapshot.phase == "firing" and command.at_ms < snapshot.cooldown_until_ms:
            after = Snapshot("cooling", snapshot.alert_id, snapshot.since_ms, snapshot.cooldown_until_ms)
        reason = reasons.of("resolved.by_person", name=principals.shown(command.by, command.by_principal))
        ended = decide.withdraw(rule, command.rule_id, snapshot, plugin.memory, reason, command.at_ms)
        self._take(plugin, command.rule_id, snapshot, ended._replace(snapshot=after), changes)
        if rule is not None and rule.needs.clock:
            # No further sample may come to show that the condition still holds, so the timer must judge it.
            self.timers.schedule(plugin, rule)

    def pass_time(self, now_ms: int, changes: Changes, until_ms: int | None = None) -> None:
        """
        Do what is due by the clock: end cooldowns, and judge conditions that change without an event.

        Each step is done as of the instant at which it was due, in order, and before any later event. So the outcome
        does not depend on when this is called or on which evaluator owned the partition.

        Args:
            now_ms: The clock's time; it decides the end of cooldowns.
            until_ms: Every event that arrived until this instant has been decided. Steps that are due later wait: a
                plugin whose events are still unread is not silent. *now_ms* if not given.
        """
        until_ms = now_ms if until_ms is None else until_ms
        if until_ms < self.passed_ms:
            return
        while (due_ms := self.timers.due_at_ms) <= until_ms:
            place = self.timers.take_cooldown(due_ms)
            if place is not None:
                self._end_cooldown(place, max(now_ms, due_ms), changes)
            else:
                # A step that was due before an earlier call is judged as of that call: time does not go back.
                self._judge_due(due_ms, max(due_ms, self.passed_ms), now_ms, changes)
        self.passed_ms = until_ms

    def replace_rules(self, index: Index, now_ms: int, changes: Changes) -> bool:
        """
        Use the current rules; called after edits, and once after a takeover.

        Open alerts of a rule that was deleted or disabled, or that no longer covers the plugin, are resolved with that
        reason. A pending alert whose condition was edited starts its duration again.

        Returns:
            Whether some rule looks further back than before, so that windows must be filled again.
        """
        self.plugins.index = index
        self.revision = index.revision
        self.plugins.add_expected(self._owns, now_ms)
        for plugin in self.plugins.by_id.values():
            try:
                if self._replan(plugin, now_ms, changes):
                    self.plugins.is_complete = False
                self._count_silence_from(plugin, now_ms)
            except Exception as error:
                self.failures.note("", plugin.memory.plugin_id, error)
        return not self.plugins.is_complete

    def forgive(self, deaf_ms: int, now_ms: int) -> None:
        """Do not count *deaf_ms* as silence of the plugins: no evaluator was listening until now."""
        # Nothing is judged as due in that time either.
        self.passed_ms = now_ms
        self.plugins.forgive(deaf_ms, now_ms)

    # -- changed rules ---------------------------------------------------------------------------------------

    def _replan(self, plugin: Plugin, now_ms: int, changes: Changes) -> bool:
        """Look up the plugin's rules again; return whether they look further back than the previous rules."""
        memory, before, index = plugin.memory, plugin.plan, self.plugins.index
        after = plugin.plan = index.plan_for(memory.plugin_id, memory.labels)
        for rule in after.clocked:
            self.timers.schedule(plugin, rule)
        for rule_id, snapshot in list(plugin.snapshots.items()):
            old = before.rules.get(rule_id)
            reason = index.why_withdrawn(rule_id, snapshot, memory, before, after)
            if reason is not None:
                decision = decide.withdraw(old, rule_id, snapshot, memory, reason, now_ms)
                self._take(plugin, rule_id, snapshot, decision, changes)
            elif old is None and rule_id in after.rules:
                # The cooldown may have ended while the rule could not be read.
                self.timers.set_cooldown((rule_id, memory.plugin_id), snapshot)
        return after.windows is not before.windows and after.windows.look_further_than(before.windows)

    def _count_silence_from(self, plugin: Plugin, now_ms: int) -> None:
        """Start the silence of a plugin without events now, unless an open alert already reports its silence."""
        memory = plugin.memory
        if not memory.heard_at_ms and not any(rule.rule.id in plugin.snapshots for rule in plugin.plan.clocked):
            memory.heard_at_ms = now_ms
            for rule in plugin.plan.clocked:
                self.timers.schedule(plugin, rule)

    # -- passing time --------------------------------------------------------------------------------------

    def _end_cooldown(self, place: Place, now_ms: int, changes: Changes) -> None:
        rule_id, plugin_id = place
        plugin = self.plugins.by_id.get(plugin_id)
        snapshot = plugin.snapshots.get(rule_id) if plugin else None
        rule = plugin.plan.rules.get(rule_id) if plugin else None
        if plugin and snapshot and rule:
            try:
                decision = decide.pass_time(rule, snapshot, plugin.memory, now_ms)
            except Exception as error:
                self.failures.note(rule_id, plugin_id, error)
                return
            self._take(plugin, rule_id, snapshot, decision, changes)

    def _judge_due(self, due_ms: int, at_ms: int, now_ms: int, changes: Changes) -> None:
        """Judge what is due at one instant, as of *at_ms* of the clock."""
        # Sorted, so that the order of the timers does not matter; within a plugin, the strongest rule comes first.
        for plugin_id, rule_ids in sorted(self.timers.take_judgements(due_ms).items()):
            plugin = self.plugins.by_id.get(plugin_id)
            for rule in plugin.plan.clocked if plugin else ():
                if not plugin or rule.rule.id not in rule_ids:
                    continue
                newest_ms = plugin.memory.clock_ms(plugin.memory.last_at_ms)
                if due_ms <= newest_ms or self.timers.next_due_ms(plugin, rule, due_ms - 1) != due_ms:
                    # Later events were judged already. An owner that takes over after them has no timer for this
                    # instant and must come to the same decision, so this instant is not judged. (A compound would
                    # judge the windows as they are now, not as they were then.)
                    self.timers.schedule(plugin, rule, max(newest_ms, due_ms - 1))
                    continue
                event_ms = plugin.memory.event_ms(at_ms)
                self._judge(plugin, rule, event_ms, max(now_ms, at_ms), f"clock:{at_ms}", changes)
                self.timers.schedule(plugin, rule, at_ms)

    # -- one rule and one plugin ----------------------------------------------------------------------------

    def _judge(
        self, plugin: Plugin, rule: CompiledRule, at_ms: int, now_ms: int, origin: Origin, changes: Changes
    ) -> None:
        snapshot = plugin.snapshots.get(rule.rule.id)
        try:
            verdict = rule.condition.judge(plugin.memory, at_ms, rule.recover_threshold)
            if verdict is None or (snapshot is None and not verdict.holds):
                return
            decision = decide.decide(rule, snapshot, plugin.memory, verdict, at_ms, now_ms, origin)
        except Exception as error:
            # The failure is recorded; other events, rules and plugins continue.
            self.failures.note(rule.rule.id, plugin.memory.plugin_id, error)
            return
        self._take(plugin, rule.rule.id, snapshot, decision, changes)

    def _take(
        self, plugin: Plugin, rule_id: str, before: Snapshot | None, decision: Decision, changes: Changes
    ) -> None:
        changes.transitions += decision.transitions
        if decision.snapshot is before:
            return
        place = (rule_id, plugin.memory.plugin_id)
        if decision.snapshot is None:
            plugin.snapshots.pop(rule_id, None)
        else:
            plugin.snapshots[rule_id] = decision.snapshot
            self.timers.set_cooldown(place, decision.snapshot)
        changes.snapshots[place] = decision.snapshot


def _instant_of(event: Event, rule: CompiledRule, memory: PluginMemory) -> int:
    """Return the event time as of which *event*, which is in *memory*, has *rule* judged."""
    # A condition over several series is judged as of the newest event, even if this event is late.
    at_ms = event.at_ms if rule.one_series else memory.last_at_ms
    if rule.needs.clock:
        # A late event also ends the silence now; the newest event's time alone would hide how much time has passed.
        return max(at_ms, memory.event_ms(memory.heard_at_ms))
    return at_ms
