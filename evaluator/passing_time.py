"""What the passing of time alone changes in one partition: cooldowns, durations, silence. No I/O."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from evaluator import decide, ending
from evaluator.alert_ids import Origin
from evaluator.changes import Changes
from evaluator.compiled_rule import CompiledRule
from evaluator.decide import Decision
from evaluator.plugins import Failures, Plugin, Plugins
from evaluator.snapshot import Place, Snapshot
from evaluator.timers import Timers
from shared.model import reasons
from shared.model.reasons import Reason


class Judge(Protocol):
    """Judges one rule and one plugin, and takes what follows."""

    def __call__(
        self,
        plugin: Plugin,
        rule: CompiledRule,
        at_ms: int,
        now_ms: int,
        origin: Origin,
        changes: Changes,
        if_nothing: Reason | None = None,
        /,
    ) -> None: ...


class Take(Protocol):
    """Takes what was decided about one rule and one plugin."""

    def __call__(
        self, plugin: Plugin, rule_id: str, before: Snapshot | None, decision: Decision, changes: Changes, /
    ) -> None: ...


class PassingTime:
    """Does what is due by the clock in one partition."""

    def __init__(
        self,
        plugins: Plugins,
        timers: Timers,
        failures: Failures,
        judge: Judge,
        take: Take,
        *,
        judged_until_ms: int,
    ) -> None:
        """
        Args:
            judged_until_ms: How far the clock was judged, as committed.
        """
        self._plugins = plugins
        self._timers = timers
        self._failures = failures
        self._judge = judge
        self._take = take
        self.passed_ms = judged_until_ms
        """The instant until which `pass_time` has judged."""
        self.judged_until_ms = judged_until_ms
        """Likewise, but an outage does not move it: series that ended until then are not judged again."""

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
        while (due_ms := self._timers.due_at_ms) <= until_ms:
            cooling = self._timers.take_cooldown(due_ms)
            if cooling is not None:
                self._end_cooldown(cooling, max(now_ms, due_ms), changes)
                continue
            for place in self._timers.take_endings(due_ms):
                self._judge_silent_end(place, due_ms, now_ms, changes)
            if self._timers.due_at_ms == due_ms:
                # A step that was due before an earlier call is judged as of that call: time does not go back.
                self._judge_due(due_ms, max(due_ms, self.passed_ms), now_ms, changes)
        self.passed_ms = self.judged_until_ms = until_ms

    def skip_to(self, now_ms: int) -> None:
        """Judge nothing as due before *now_ms*: no evaluator was listening until then."""
        self.passed_ms = now_ms

    def _end_cooldown(self, place: Place, now_ms: int, changes: Changes) -> None:
        rule_id, plugin_id = place
        plugin = self._plugins.by_id.get(plugin_id)
        snapshot = plugin.snapshots.get(rule_id) if plugin else None
        rule = plugin.plan.rules.get(rule_id) if plugin else None
        if plugin and snapshot and rule:
            decided = partial(decide.pass_time, rule, snapshot, plugin.memory, now_ms)
            self._take_what(decided, plugin, rule_id, changes)

    def _take_what(self, decided: Callable[[], Decision], plugin: Plugin, rule_id: str, changes: Changes) -> None:
        """Take a decision; if it fails, the failure is recorded, and other rules and plugins continue."""
        try:
            decision = decided()
        except Exception as error:
            self._failures.note(rule_id, plugin.memory.plugin_id, error)
            return
        self._take(plugin, rule_id, plugin.snapshots.get(rule_id), decision, changes)

    def _judge_due(self, due_ms: int, at_ms: int, now_ms: int, changes: Changes) -> None:
        """Judge what is due at one instant, as of *at_ms* of the clock."""
        # Sorted, so that the order of the timers does not matter; within a plugin, the strongest rule comes first.
        for plugin_id, rule_ids in sorted(self._timers.take_judgements(due_ms).items()):
            plugin = self._plugins.by_id.get(plugin_id)
            for rule in plugin.plan.clocked if plugin else ():
                if not plugin or rule.rule.id not in rule_ids:
                    continue
                newest_ms = plugin.memory.clock_ms(plugin.memory.last_at_ms)
                if due_ms <= newest_ms or self._timers.next_due_ms(plugin, rule, due_ms - 1) != due_ms:
                    # Later events were judged already. An owner that takes over after them has no timer for this
                    # instant and must come to the same decision, so this instant is not judged. (A compound would
                    # judge the windows as they are now, not as they were then.)
                    self._timers.schedule(plugin, rule, max(newest_ms, due_ms - 1))
                    continue
                silent_from_ms = ending.silent_from_ms(rule, plugin.memory)
                if silent_from_ms is not None and due_ms < silent_from_ms <= at_ms:
                    # This instant was judged before the rule's series ended by silence. A new owner, which has the
                    # timer again, would judge it as of now and undo what the end decided.
                    self._timers.schedule(plugin, rule, due_ms)
                    continue
                event_ms = plugin.memory.event_ms(at_ms)
                self._judge(plugin, rule, event_ms, max(now_ms, at_ms), f"clock:{at_ms}", changes)
                self._timers.schedule(plugin, rule, at_ms)

    def _judge_silent_end(self, place: Place, due_ms: int, now_ms: int, changes: Changes) -> None:
        """End what has been silent for too long at *due_ms* of the clock, unless a sample came meanwhile."""
        plugin = self._plugins.by_id.get(place[1])
        rule = plugin.plan.rules.get(place[0]) if plugin else None
        if plugin is None or rule is None:
            return
        memory, snapshot = plugin.memory, plugin.snapshots.get(place[0])
        silent_from_ms = ending.silent_from_ms(rule, memory)
        if silent_from_ms is None or silent_from_ms > due_ms:
            self._timers.watch(plugin, rule, self.judged_until_ms)
            return
        at_ms = max(due_ms, self.passed_ms)
        silent_ms = at_ms - silent_from_ms + rule.gone_after_ms
        silent = sorted(ending.silent_metrics(rule, memory, at_ms))
        reason = reasons.of("gone.silent", metrics=silent, silent_s=silent_ms / 1000)
        event_ms, now_ms, origin = memory.event_ms(at_ms), max(now_ms, at_ms), f"clock:{at_ms}"
        decided = partial(ending.decide_end, rule, snapshot, memory, reason, event_ms, now_ms, origin)
        self._take_what(decided, plugin, place[0], changes)
