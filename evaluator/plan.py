"""The rules of one plugin, by what makes the engine judge them. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from evaluator.compiled_rule import CompiledRule
from evaluator.fleet_rule import FleetRule
from evaluator.plugin_memory import Novelty, PluginMemory
from evaluator.snapshot import Snapshot
from evaluator.windows import NO_WINDOWS, Windows
from shared.model.events import Event
from shared.model.formula import Formula


class Prefilter(Protocol):
    """Leaves out rules that an event cannot change anything for; what there is: `evaluator/prefilter.py`."""

    def rules_for(
        self,
        event: Event,
        novelty: Novelty | None,
        memory: PluginMemory,
        snapshots: Mapping[str, Snapshot],
        now_ms: int,
    ) -> Collection[CompiledRule]:
        """
        Return those rules of `Plan.rules_for`, in the same order, without some that would decide nothing.

        Args:
            memory: With *event* in it.
            snapshots: What is pending, firing or cooling of the plugin, by rule id.
        """
        ...


@dataclass(slots=True)
class Plan:
    """Plugins with the same rules share one plan."""

    rules: dict[str, CompiledRule] = field(default_factory=dict)
    """By id, the strongest first; as in all lists below."""
    by_metric: dict[str, list[CompiledRule]] = field(default_factory=dict)
    by_state: dict[str, list[CompiledRule]] = field(default_factory=dict)
    on_errors: list[CompiledRule] = field(default_factory=list)
    on_any_event: list[CompiledRule] = field(default_factory=list)
    clocked: list[CompiledRule] = field(default_factory=list)
    """Judged as time passes too."""
    timed: list[CompiledRule] = field(default_factory=list)
    """Rules for which a silent series ends after some time."""
    fleet: list[FleetRule] = field(default_factory=list)
    """Rules for whose groups the plugin counts; they are judged for the plugins of these groups."""
    windows: Windows = NO_WINDOWS
    prefilter: Prefilter | None = None
    """Makes the engine faster and changes no decision."""

    def rules_for(self, event: Event, novelty: Novelty | None) -> Collection[CompiledRule]:
        """
        Return the rules that an event says something new for, in the order in which they are judged.

        Args:
            novelty: As `plugin_memory.remember` returned it.
        """
        rules: dict[str, CompiledRule] = {}
        for metric in event.metrics if novelty is None else novelty.metrics:
            for rule in self.by_metric.get(metric, ()):
                rules[rule.rule.id] = rule
        self.add_rules_beside_metrics(event, novelty, rules)
        return rules.values()

    def add_rules_beside_metrics(self, event: Event, novelty: Novelty | None, rules: dict[str, CompiledRule]) -> None:
        """Add to *rules* those that states, error reports, or the event's coming itself say something new for."""
        for name in novelty.states if novelty else ():
            for rule in self.by_state.get(name, ()):
                rules[rule.rule.id] = rule
        if event.errors:
            for rule in self.on_errors:
                rules[rule.rule.id] = rule
        for rule in self.on_any_event:
            # Any event is a sign of life; but a late sample shown to a window of the same rule must not make it fire.
            if not (rule.needs.lookback_ms and novelty and rule.needs.metrics.intersection(novelty.late)):
                rules[rule.rule.id] = rule


def plan_of(rules: Iterable[CompiledRule]) -> Plan:
    """Return the plan of the plugins that *rules* cover; the strongest rule comes first."""
    plan = Plan()
    for rule in rules:
        plan.rules[rule.rule.id] = rule
        for metric in rule.needs.metrics:
            plan.by_metric.setdefault(metric, []).append(rule)
        for state in rule.needs.states:
            plan.by_state.setdefault(state, []).append(rule)
        if rule.needs.errors:
            plan.on_errors.append(rule)
        if rule.needs.any_event:
            plan.on_any_event.append(rule)
        if rule.needs.clock:
            plan.clocked.append(rule)
        if rule.gone_after_ms:
            plan.timed.append(rule)
    lengths_ms = {metric: max(r.needs.lookback_ms for r in touched) for metric, touched in plan.by_metric.items()}
    formulas_ms: dict[Formula, int] = {}
    for rule in plan.rules.values():
        for formula, length_ms in rule.needs.formulas_ms.items():
            if length_ms > formulas_ms.get(formula, 0):
                formulas_ms[formula] = length_ms
    plan.windows = Windows(
        {metric: length_ms for metric, length_ms in lengths_ms.items() if length_ms},
        errors_ms=max((rule.needs.lookback_ms for rule in plan.on_errors), default=0),
        formulas_ms=formulas_ms,
    )
    return plan
