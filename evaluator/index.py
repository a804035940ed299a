"""Rules arranged so that a sample finds the ones it may wake without a look at the others. Pure."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter

from evaluator.condition import ANY_VALUE, Condition, Needs, Range, check
from evaluator.memory import KEEP_NOTHING, Keep, Samples, Watch, Window
from shared.errors import Invalid
from shared.model import reasons
from shared.model.alerts import SEVERITIES, Policy
from shared.model.reasons import Reason
from shared.model.rules import Rule


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
    loud: tuple[Range, ...]
    """The ranges its metric's values must be in before it can begin to hold."""
    policy: Policy
    one_series: bool
    """Whether it is judged by one metric or state alone, and so at the event time of that."""
    order: int
    """Among all rules: the strongest first."""


_order = attrgetter("order")


class MetricPlan(Watch):
    """
    The rules one metric's samples touch.

    A rule with nothing open can only begin, and only at a value in one of its loud ranges. These nearly always have one
    open end, so with the other ends sorted, the rules a value may wake are all those on one side of it: what a sample
    costs grows with the rules it matches, not with those there are.
    """

    def __init__(self, rules: Iterable[CompiledRule], window: Window | None) -> None:
        """
        Args:
            window: What is kept of the metric's samples; None: the newest only.
        """
        self._rules = {rule.rule.id: rule for rule in rules}
        self._any: list[CompiledRule] = []
        """Judged at every sample."""
        self._equal: dict[float, list[CompiledRule]] = {}
        self._counting: list[CompiledRule] = []
        """Those that need some loud samples in their window, wherever the newest is."""
        over: list[tuple[float, CompiledRule]] = []
        under: list[tuple[float, CompiledRule]] = []
        for rule in self._rules.values():
            if counts_loud(rule):
                self._counting.append(rule)
                continue
            for low, high in rule.loud:
                if low == high:
                    self._equal.setdefault(low, []).append(rule)
                elif high == math.inf and low != -math.inf:
                    over.append((low, rule))
                elif low == -math.inf and high != math.inf:
                    under.append((high, rule))
                else:
                    self._any.append(rule)
        over.sort(key=itemgetter(0))
        under.sort(key=itemgetter(0))
        self._over_from, self._over = [low for low, _ in over], [rule for _, rule in over]
        self._under_to, self._under = [high for high, _ in under], [rule for _, rule in under]
        # A sample that matches none of these need not be looked at again.
        always = bool(self._any or self._equal)
        below = math.inf if always else max(self._under_to, default=-math.inf)
        above = -math.inf if always else min(self._over_from, default=math.inf)
        super().__init__(below, above, window)

    def woken(self, value: float, samples: Samples | None, opened: Iterable[str]) -> list[CompiledRule]:
        """
        Return the rules that a new newest sample may change anything for, strongest first.

        Args:
            samples: With that one in its place; None where no rule looks back.
            opened: Ids of the rules that have something open: it may end, whatever the value.
        """
        found: list[CompiledRule] = []
        if not self.below < value < self.above:
            found += self._any
            found += self._equal.get(value, ())
            found += self._over[: bisect_right(self._over_from, value)]
            found += self._under[bisect_left(self._under_to, value) :]
        if samples is not None and self.window is not None:
            for rule in self._counting:
                if samples.are_loud(_percent(rule, self.window.length_ms)):
                    found.append(rule)
        found += [self._rules[rule_id] for rule_id in opened if rule_id in self._rules]
        found.sort(key=_order)
        return found


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
    is_metrics_only: bool = True
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
        self.off: dict[str, Reason] = {}
        """Rule id → why it decides nothing."""
        self._rules: list[CompiledRule] = []
        # The strongest first: when one sample breaches several rules, the one that holds the others back comes first.
        for order, rule in enumerate(sorted(rules, key=lambda rule: -SEVERITIES.index(rule.severity))):
            if not rule.enabled:
                self.off[rule.id] = reasons.of("withdrawn.rule_disabled")
                continue
            try:
                compiled = compile_rule(rule, longest_lookback_ms, order)
            except Invalid as error:
                self.unreadable[rule.id] = str(error)
                continue
            except Exception as error:
                # A bug of the kind's own; the other rules have nothing to do with it.
                self.unreadable[rule.id] = f"its condition cannot be prepared: {type(error).__name__}: {error}"
                continue
            self._rules.append(compiled)
            if compiled.needs.clock and rule.plugin_id is not None:
                self.expected.add(rule.plugin_id)
        # Asked for every plugin when rules change, so only the rules with a scope are held against it.
        self._everywhere: list[CompiledRule] = []
        self._named: dict[str, list[CompiledRule]] = {}
        self._scoped: dict[tuple[str | None, tuple[tuple[str, str], ...]], list[CompiledRule]] = {}
        """By scope (plugins, labels): what covers a plugin is found out once for all rules with the same."""
        for one in self._rules:
            if one.rule.plugin_id is not None:
                self._named.setdefault(one.rule.plugin_id, []).append(one)
            elif one.rule.plugins or one.rule.labels:
                self._scoped.setdefault((one.rule.plugins, tuple(one.rule.labels.items())), []).append(one)
            else:
                self._everywhere.append(one)
        self._plans: dict[tuple[int, ...], Plan] = {}
        """By the order of the rules with a scope that cover a plugin."""

    def plan_for(self, plugin_id: str, labels: dict[str, str]) -> Plan:
        """Return the plan of one plugin: rules that cover it, less the general ones its own rules override."""
        covering = [r for r in self._named.get(plugin_id, ()) if r.rule.covers(plugin_id, labels)]
        for alike in self._scoped.values():
            if alike[0].rule.covers(plugin_id, labels):
                covering += alike
        key = tuple(r.order for r in covering)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._plan(covering)
        return plan

    def why_absent(self, rule_id: str, plugin_id: str, labels: dict[str, str]) -> Reason:
        """Say why a rule that has something open is not in the plugin's plan any more."""
        if rule_id in self.off:
            return self.off[rule_id]
        rule = next((r.rule for r in self._rules if r.rule.id == rule_id), None)
        if rule is None:
            return reasons.of("withdrawn.rule_deleted")
        if rule.covers(plugin_id, labels):
            return reasons.of("withdrawn.rule_overridden", overrides=rule.overrides)
        return reasons.of("withdrawn.out_of_scope")

    def may_cover(self, rule_id: str, plugin_id: str) -> bool:
        """Tell whether a rule in force covers a plugin if only the plugin's labels are the right ones."""
        rule = next((r.rule for r in self._rules if r.rule.id == rule_id), None)
        return rule is not None and rule.model_copy(update={"labels": {}}).covers(plugin_id, {})

    def _plan(self, covering: list[CompiledRule]) -> Plan:
        own = {r.rule.overrides for r in covering if r.rule.overrides and not r.rule.is_general()}
        rules = sorted([*self._everywhere, *covering], key=_order)
        return _plan_of([r for r in rules if not (r.rule.is_general() and r.rule.overrides in own)])


def compile_rule(rule: Rule, longest_lookback_ms: int | None = None, order: int = 0) -> CompiledRule:
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
        for_ms=round(rule.for_seconds * 1000),
        cooldown_ms=round(rule.cooldown_minutes * 60_000),
        recover_ms=round(rule.recover.for_seconds * 1000) if rule.recover else 0,
        recover_threshold=recover_threshold,
        loud=checked.loud_ranges() if len(needs.metrics) == 1 else ANY_VALUE,
        policy=rule.policy(),
        one_series=len(needs.metrics) + len(needs.states) == 1 and not needs.any_event,
        order=order,
    )


def counts_loud(rule: CompiledRule) -> bool:
    """Tell whether it looks back on samples and cannot begin to hold before some of them are loud."""
    return bool(rule.needs.lookback_ms) and rule.loud != ANY_VALUE


def _plan_of(rules: list[CompiledRule]) -> Plan:
    plan = Plan()
    by_metric: dict[str, list[CompiledRule]] = {}
    for rule in rules:
        plan.rules[rule.rule.id] = rule
        for metric in rule.needs.metrics:
            by_metric.setdefault(metric, []).append(rule)
        for state in rule.needs.states:
            plan.by_state.setdefault(state, []).append(rule)
        if rule.needs.errors:
            plan.on_errors.append(rule)
        if rule.needs.any_event:
            plan.on_any_event.append(rule)
        if rule.needs.clock:
            plan.clocked.append(rule)
    plan.by_metric = {metric: MetricPlan(touched, _window_of(touched)) for metric, touched in by_metric.items()}
    plan.keep = Keep(plan.by_metric, errors_ms=max((r.needs.lookback_ms for r in plan.on_errors), default=0))
    plan.is_metrics_only = not (plan.by_state or plan.on_errors or plan.on_any_event or plan.clocked)
    return plan


def _window_of(rules: list[CompiledRule]) -> Window | None:
    """Return what one metric's *rules* look back on; None if all they want is the newest sample."""
    length_ms = max(rule.needs.lookback_ms for rule in rules)
    counting = [rule for rule in rules if counts_loud(rule)]
    loud = [one for rule in counting for one in rule.loud]
    below = max((high for low, high in loud if low == -math.inf), default=-math.inf)
    above = min((low for low, high in loud if low != -math.inf), default=math.inf)
    percent = min((_percent(rule, length_ms) for rule in counting), default=0)
    return Window(length_ms, below, above, percent) if length_ms else None


def _percent(rule: CompiledRule, length_ms: int) -> int:
    """Return how many percent of the samples of *length_ms* must be loud before *rule* can begin to hold."""
    # If its own window is shorter, it is not known how many of the loud ones are in that.
    return rule.condition.loud_percent() if rule.needs.lookback_ms == length_ms else 0
