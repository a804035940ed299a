"""
The fold of one partition's ordered stream: events and commands in, changes out. No I/O; its only state is its memory.

The path of one event is `apply`: remember it, choose the rules that it can affect, judge and decide each of them.

The partition feeds the engine a batch, and the committer writes the collected changes in one atomic step. Meanwhile the
engine continues with the next batch, so its memory is ahead of the committed state by the batches that wait for their
commit. No other process sees that difference: if a commit is refused, the engine is discarded, and the partition's next
owner folds the same entries again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from evaluator import decide, ending, formulas, plugin_memory, renaming
from evaluator.alert_ids import Origin
from evaluator.budget import Budget
from evaluator.changes import Changes
from evaluator.compiled_rule import CompiledRule
from evaluator.decide import Decision
from evaluator.externals import Externals, Known
from evaluator.fleet import ALONE, Fleet, Start
from evaluator.index import Index
from evaluator.passing_time import PassingTime
from evaluator.plugin_memory import PluginMemory
from evaluator.plugins import Failures, Plugin, Plugins
from evaluator.snapshot import Place, Snapshot
from evaluator.timers import Timers
from shared.model import principals, reasons
from shared.model.events import Command, Event
from shared.model.reasons import Reason


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
        judged_until_ms: int = 0,
        start: Start = ALONE,
        externals: Known | None = None,
    ) -> None:
        """
        Args:
            memories: The plugins' memories as of the committed position.
            snapshots: The committed snapshots as of the same position.
            owns: Whether a plugin id belongs to this partition.
            revision: The revision of the rules for which *memories* were kept.
            budget: Not used yet; without bounds if not given.
            judged_until_ms: How far the clock was judged, as committed.
            start: For fleet rules: the partition, and how far it was committed.
            externals: The committed external alerts by fingerprint, as of the same position.
        """
        self.revision = revision
        self.failures = Failures()
        self.plugins = Plugins(index, self.failures, budget or Budget())
        self.timers = Timers(self.failures)
        self._time = PassingTime(
            self.plugins, self.timers, self.failures, self._judge, self._take, judged_until_ms=judged_until_ms
        )
        self._owns = owns
        for memory in memories:
            self.plugins.add(memory)
        for place, snapshot in (snapshots or {}).items():
            plugin = self.plugins.by_id.get(place[1]) or self.plugins.add(PluginMemory(place[1]))
            plugin.snapshots[place[0]] = snapshot
            self.timers.set_cooldown(place, snapshot)
        self.fleet = Fleet(self.plugins, self.failures, self.apply, self._judge, start)
        self.external = Externals(self.plugins, externals or {})

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
        if event.renamed_to:
            renaming.rename(self.plugins, event, now_ms, self._take, changes)
            return
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
        heard_ms = now_ms if heard_at_ms is None else heard_at_ms
        if event.replica and not plugin_memory.takes_replica(memory, event, heard_ms):
            changes.replicated += 1
            return
        novelty = plugin_memory.remember(memory, event, heard_ms, plugin.plan.windows)
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
        if rules or (novelty is not None and novelty.ended):
            before = len(changes.transitions)
            for rule in rules:
                if rule.formula is not None and _has_silent_metric(rule, memory, heard_ms):
                    continue
                self._judge(plugin, rule, _instant_of(event, rule, memory), now_ms, origin, changes)
            if novelty is not None and novelty.ended:
                self._judge_stated_end(plugin, novelty.ended, event.at_ms, now_ms, origin, changes)
            if event.request_id:
                for transition in changes.transitions[before:]:
                    transition.request_id = event.request_id
        # Most plans have neither, and to begin a loop costs more than to see that.
        if plan.clocked:
            for rule in plan.clocked:
                self.timers.schedule(plugin, rule)
        if plan.timed:
            for rule in plan.timed:
                self.timers.watch(plugin, rule, self._time.judged_until_ms)

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
        """Do what is due by the clock, as `PassingTime.pass_time` says."""
        self._time.pass_time(now_ms, changes, until_ms)

    def replace_rules(self, index: Index, now_ms: int, changes: Changes) -> bool:
        """
        Use the current rules; called after edits, and once after a takeover.

        Open alerts of a rule that was deleted or disabled, or that no longer covers the plugin, are resolved with that
        reason. A pending alert whose condition was edited starts its duration again.

        Returns:
            Whether some rule looks further back than before, so that windows must be filled again.
        """
        self.plugins.index, self.revision = index, index.revision
        self.plugins.add_expected(self._owns, now_ms)
        self.fleet.follow_rules(now_ms)
        for plugin in self.plugins.by_id.values():
            try:
                if self._replan(plugin, now_ms, changes):
                    self.plugins.is_complete = False
                self.timers.count_silence_from(plugin, now_ms)
            except Exception as error:
                self.failures.note("", plugin.memory.plugin_id, error)
        return not self.plugins.is_complete

    def forgive(self, deaf_ms: int, now_ms: int) -> None:
        """Do not count *deaf_ms* as silence of the plugins: no evaluator was listening until now."""
        self._time.skip_to(now_ms)
        self.fleet.skip_to(now_ms + 1)
        self.plugins.forgive(deaf_ms, now_ms, self.judged_until_ms)

    @property
    def judged_until_ms(self) -> int:
        """How far the clock was judged; committed with what was decided."""
        return self._time.judged_until_ms

    # -- changed rules ---------------------------------------------------------------------------------------

    def _replan(self, plugin: Plugin, now_ms: int, changes: Changes) -> bool:
        """Look up the plugin's rules again; return whether they look further back than the previous rules."""
        memory, before, index = plugin.memory, plugin.plan, self.plugins.index
        after = plugin.plan = index.plan_for(memory.plugin_id, memory.labels)
        if memory.computed:
            formulas.forget(memory.computed, after.windows.formulas_ms)
        for rule in after.clocked:
            self.timers.schedule(plugin, rule)
        for rule in after.timed:
            known = before.rules.get(rule.rule.id)
            is_new = known is None or (known.gone_after_ms, known.rule.when_gone) != (
                rule.gone_after_ms,
                rule.rule.when_gone,
            )
            self.timers.watch(plugin, rule, self.judged_until_ms, is_new=is_new)
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

    def _judge_stated_end(
        self,
        plugin: Plugin,
        metrics: Sequence[str],
        at_ms: int,
        now_ms: int,
        origin: Origin,
        changes: Changes,
    ) -> None:
        """Judge the rules of metrics of which the sender states that their series have ended."""
        touched = {rule.order: rule for metric in metrics for rule in plugin.plan.by_metric.get(metric, ())}
        for _, rule in sorted(touched.items()):
            of_rule = [metric for metric in metrics if metric in rule.needs.metrics]
            reason = reasons.of("gone.stated", metrics=of_rule)
            self._judge(plugin, rule, at_ms, now_ms, origin, changes, if_nothing=reason)

    # -- one rule and one plugin ----------------------------------------------------------------------------

    def _judge(
        self,
        plugin: Plugin,
        rule: CompiledRule,
        at_ms: int,
        now_ms: int,
        origin: Origin,
        changes: Changes,
        if_nothing: Reason | None = None,
    ) -> None:
        """
        Args:
            if_nothing: Why the series of the rule's metrics ended, where its condition gives no verdict any more.
        """
        snapshot = plugin.snapshots.get(rule.rule.id)
        try:
            verdict = rule.condition.judge(plugin.memory, at_ms, rule.recover_threshold)
            if verdict is None and if_nothing is not None:
                decision = ending.decide_end(rule, snapshot, plugin.memory, if_nothing, at_ms, now_ms, origin)
            elif verdict is None or (snapshot is None and not verdict.holds):
                return
            else:
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
    if rule.formula is not None:
        return max(memory.series[name].newest_at_ms for name in rule.formula.names if name in memory.series)
    if rule.needs.clock:
        # A late event also ends the silence now; the newest event's time alone would hide how much time has passed.
        return max(at_ms, memory.event_ms(memory.heard_at_ms))
    return at_ms


def _has_silent_metric(rule: CompiledRule, memory: PluginMemory, heard_ms: int) -> bool:
    """Tell whether the silence of one metric of the rule's formula has ended its series: the others decide nothing."""
    silent_from_ms = ending.silent_from_ms(rule, memory)
    return silent_from_ms is not None and silent_from_ms <= heard_ms
