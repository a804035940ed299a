"""Rules compiled for one look-up a sample: which rules a plugin's metric touches, and where nothing happens. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from evaluator.condition import Condition, Needs, check
from evaluator.memory import KEEP_NOTHING, Keep
from shared.errors import Invalid
from shared.models import SEVERITIES, Policy
from shared.rules import Rule


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRule:
    """A rule with what the hot loop needs of it at hand."""

    rule: Rule
    condition: Condition
    needs: Needs
    words: str
    """The condition in words."""
    metric: str
    """The one it is about; empty if there is none, or several."""
    for_ms: int
    cooldown_ms: int
    recover_ms: int
    recover_threshold: float | None
    quiet: tuple[float, float]
    policy: Policy
    one_series: bool
    """Whether it is judged by one metric or state alone, and so at the event time of that."""


@dataclass(slots=True)
class MetricPlan:
    """The rules one metric's samples touch, and the closed range of values in which none of them can begin or go on."""

    low: float
    high: float
    rules: list[CompiledRule]


@dataclass(slots=True)
class Plan:
    """The rules of one plugin, by what wakes them. Plugins with the same rules share one plan."""

    rules: dict[str, CompiledRule] = field(default_factory=dict)
    by_metric: dict[str, MetricPlan] = field(default_factory=dict)
    by_state: dict[str, list[CompiledRule]] = field(default_factory=dict)
    on_errors: list[CompiledRule] = field(default_factory=list)
    on_any_event: list[CompiledRule] = field(default_factory=list)
    clocked: list[CompiledRule] = field(default_factory=list)
    keep: Keep = KEEP_NOTHING
    metrics_only: bool = True
    """Whether only metrics wake these rules: the usual case, with the shortest way through."""


class Index:
    """All rules in force, answering with the plan of any plugin."""

    def __init__(
        self,
        rules: Iterable[Rule],
        unreadable: Iterable[str] = (),
        *,
        revision: int = 0,
        longest_lookback_ms: int | None = None,
    ) -> None:
        """
        Args:
            rules: Whole rules, enabled or not; a rule whose condition this version does not know joins *unreadable*.
            unreadable: Ids of stored rules this process cannot read; what they have open is left alone.
            revision: Of the rules as stored.
            longest_lookback_ms: How long streams are kept; a rule that looks further back decides nothing.
        """
        self.revision = revision
        self.expected: set[str] = set()
        """Plugins that rules name and whose silence they watch: missed even if they were never heard of."""
        self.unreadable = dict.fromkeys(unreadable, "its stored form cannot be read")
        self.off: dict[str, str] = {}
        """Rule id → why it decides nothing."""
        self._rules: list[CompiledRule] = []
        for rule in rules:
            if not rule.enabled:
                self.off[rule.id] = "the rule was disabled"
                continue
            try:
                compiled = compile_rule(rule, longest_lookback_ms)
            except Invalid as error:
                self.unreadable[rule.id] = str(error)
                continue
            self._rules.append(compiled)
            if compiled.needs.clock and rule.plugin_id is not None:
                self.expected.add(rule.plugin_id)
        # The strongest first: when one sample breaches several rules, the one that holds the others back comes first.
        self._rules.sort(key=lambda r: -SEVERITIES.index(r.rule.severity))
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._unscoped = all(r.rule.plugin_id is None and not r.rule.plugins and not r.rule.labels for r in self._rules)
        self._common = self._plan(self._rules) if self._unscoped else None

    def plan_for(self, plugin_id: str, labels: dict[str, str]) -> Plan:
        """Return the plan of one plugin: rules that cover it, less the general ones its own rules override."""
        if self._common is not None:
            return self._common
        covering = [r for r in self._rules if r.rule.covers(plugin_id, labels)]
        own = {r.rule.overrides for r in covering if r.rule.overrides and not r.rule.is_general()}
        return self._plan([r for r in covering if not (r.rule.is_general() and r.rule.overrides in own)])

    def why_absent(self, rule_id: str, plugin_id: str, labels: dict[str, str]) -> str:
        """Say why a rule that has something open is not in the plugin's plan any more."""
        if rule_id in self.off:
            return self.off[rule_id]
        rule = next((r.rule for r in self._rules if r.rule.id == rule_id), None)
        if rule is None:
            return "the rule was deleted"
        if rule.covers(plugin_id, labels):
            return f"the plugin has a rule of its own that overrides {rule.overrides}"
        return "the rule no longer covers this plugin"

    def _plan(self, rules: list[CompiledRule]) -> Plan:
        key = tuple(r.rule.id for r in rules)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = _plan_of(rules)
        return plan


def compile_rule(rule: Rule, longest_lookback_ms: int | None = None) -> CompiledRule:
    """
    Prepare one rule.

    Raises:
        Invalid: its condition does not make sense.
    """
    checked = check(rule, longest_lookback_ms)
    needs = checked.needs()
    recover_threshold = rule.recover.threshold if rule.recover else None
    return CompiledRule(
        rule=rule,
        condition=checked,
        needs=needs,
        words=checked.describe(),
        metric=getattr(checked, "metric", None) or "",
        for_ms=int(rule.for_seconds * 1000),
        cooldown_ms=int(rule.cooldown_minutes * 60_000),
        recover_ms=int(rule.recover.for_seconds * 1000) if rule.recover else 0,
        recover_threshold=recover_threshold,
        quiet=checked.quiet_range(recover_threshold),
        policy=rule.policy(),
        one_series=len(needs.metrics) + len(needs.states) == 1 and not needs.any_event,
    )


def _plan_of(rules: list[CompiledRule]) -> Plan:
    plan = Plan()
    for rule in rules:
        plan.rules[rule.rule.id] = rule
        for metric in rule.needs.metrics:
            low, high = rule.quiet
            known = plan.by_metric.get(metric)
            if known is None:
                plan.by_metric[metric] = MetricPlan(low, high, [rule])
            else:
                known.low, known.high = max(known.low, low), min(known.high, high)
                known.rules.append(rule)
        for state in rule.needs.states:
            plan.by_state.setdefault(state, []).append(rule)
        if rule.needs.errors:
            plan.on_errors.append(rule)
        if rule.needs.any_event:
            plan.on_any_event.append(rule)
        if rule.needs.clock:
            plan.clocked.append(rule)
    lookbacks: dict[str, int] = {}
    for rule in rules:
        if rule.needs.lookback_ms:
            for metric in rule.needs.metrics:
                lookbacks[metric] = max(lookbacks.get(metric, 0), rule.needs.lookback_ms)
    errors_ms = max((r.needs.lookback_ms for r in plan.on_errors), default=0)
    plan.keep = Keep(lookbacks, errors_ms)
    plan.metrics_only = not (plan.by_state or plan.on_errors or plan.on_any_event)
    return plan
