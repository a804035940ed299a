"""
Leaves out rules that an event cannot change anything for, so that nearly every event is judged by no rule at all. Pure.

The engine decides the same without it, with `Index(rules, has_prefilter=False)`; tests/unit/evaluator/test_prefilter.py
compares them. Two facts let it leave a rule out:

- A rule with nothing open can only begin, and only when values of its metric are in one of its breach ranges
  (`Condition.breach_ranges`). These nearly always have one open end. With the other ends sorted, the rules whose range
  holds a value are all those on one side of it: what a sample costs grows with the rules it breaches, not with those
  there are.
- A rule over a window can only begin when enough samples of the window breach (`Condition.breach_percent`). They are
  counted as they come and go, so that `p95 > 80` need not sort the window to learn that it cannot hold.

A threshold of a formula is treated as one of a metric whose value is computed first.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

from evaluator import formulas
from evaluator.compiled_rule import CompiledRule, by_order
from evaluator.condition import ANY_VALUE
from evaluator.plan import Plan
from evaluator.plugin_memory import Novelty, PluginMemory
from evaluator.samples import Samples, Tally
from evaluator.snapshot import Snapshot
from shared.model.events import Event
from shared.model.formula import Formula

_ANY = (-math.inf, math.inf)


class Prefilter:
    """For the plugins of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._by_metric = {
            metric: _MetricFilter(others, plan.windows.lengths_ms.get(metric, 0))
            for metric, rules in plan.by_metric.items()
            if (others := [rule for rule in rules if not _is_filtered_by_formula(rule)])
        }
        by_formula: dict[Formula, list[CompiledRule]] = {}
        for rule in plan.rules.values():
            if rule.formula is not None and _is_filtered_by_formula(rule):
                by_formula.setdefault(rule.formula, []).append(rule)
        self._by_formula = [(formula, _MetricFilter(rules, 0)) for formula, rules in by_formula.items()]
        self._quiet = {
            metric: bounds
            for metric, one in self._by_metric.items()
            if (bounds := (float(one.low), float(one.high))) != _ANY
        }
        """A value between these two breaches no rule by itself; no value of another metric does."""
        self._counted = [(metric, one) for metric, one in self._by_metric.items() if one.is_counting]
        self._is_metrics_only = not (plan.by_state or plan.on_errors or plan.on_any_event)

    def rules_for(
        self,
        event: Event,
        novelty: Novelty | None,
        memory: PluginMemory,
        snapshots: Mapping[str, Snapshot],
        now_ms: int,
    ) -> Collection[CompiledRule]:
        """Return what `Plan.rules_for` does, without some that would decide nothing."""
        metrics = event.metrics if novelty is None else novelty.metrics
        if not snapshots and self._is_metrics_only:
            quiet = self._quiet
            for metric, value in metrics.items() if quiet else ():
                low, high = quiet.get(metric, _ANY)
                if value >= high or value <= low:
                    break
            else:
                is_counted_breached = self._counted and self._is_counted_breached(metrics, memory)
                if not is_counted_breached and not (self._by_formula and self._is_formula_breached(metrics, memory)):
                    # Nearly every event ends here.
                    return ()
        open_ids = _which_may_end(snapshots, now_ms)
        rules: dict[str, CompiledRule] = {}
        of_formulas = self._rules_of_formulas(metrics, memory, open_ids) if self._by_formula else ()
        for metric, value in metrics.items():
            found: list[CompiledRule] = []
            if metric in self._by_metric:
                found = self._by_metric[metric].rules_for(value, memory.series[metric].samples, open_ids)
            if of_formulas:
                found = sorted([*found, *(r for r in of_formulas if metric in r.needs.metrics)], key=by_order)
            for rule in found:
                rules[rule.rule.id] = rule
        if not self._is_metrics_only:
            self._plan.add_rules_beside_metrics(event, novelty, rules)
        return rules.values()

    def _is_counted_breached(self, metrics: Mapping[str, float], memory: PluginMemory) -> bool:
        """Tell whether enough samples breach in the window of a metric of the event, for a rule that counts them."""
        series = memory.series
        for metric, one in self._counted:
            samples = series[metric].samples if metric in metrics else None
            if samples is not None:
                tally = samples.tally
                if tally is None or tally.asked_by is not one:
                    tally = one.tally_of(samples)
                if tally.breaching and one.is_enough(tally, samples):
                    return True
        return False

    def _is_formula_breached(self, metrics: Mapping[str, float], memory: PluginMemory) -> bool:
        """Tell whether the value of a formula with a metric of the event breaches a rule."""
        for formula, one in self._by_formula:
            if not metrics.keys().isdisjoint(formula.names):
                reading = formulas.read(formula, memory.series)
                if reading is not None and not one.low < reading.value < one.high:
                    return True
        return False

    def _rules_of_formulas(
        self, metrics: Mapping[str, float], memory: PluginMemory, open_ids: Sequence[str]
    ) -> list[CompiledRule]:
        """Return the rules that the new values of formulas may change something for; none where there is no value."""
        rules: list[CompiledRule] = []
        for formula, one in self._by_formula:
            if not metrics.keys().isdisjoint(formula.names):
                reading = formulas.read(formula, memory.series)
                if reading is not None:
                    rules += one.rules_for(reading.value, None, open_ids)
        return rules


def _is_filtered_by_formula(rule: CompiledRule) -> bool:
    return rule.formula is not None and rule.breach_ranges != ANY_VALUE


def _which_may_end(snapshots: Mapping[str, Snapshot], now_ms: int) -> list[str]:
    # A rule that still cools can only begin again; what else is open may end, whatever the sample.
    return [i for i, s in snapshots.items() if s.phase != "cooling" or s.cooldown_until_ms <= now_ms]


class _MetricFilter:
    """For the samples of one metric, or the values of one formula."""

    def __init__(self, rules: Iterable[CompiledRule], length_ms: int) -> None:
        """
        Args:
            rules: The strongest first.
            length_ms: How far back the samples of the metric are kept; 0: the newest only.
        """
        self._rules = {rule.rule.id: rule for rule in rules}
        self._any: list[CompiledRule] = []
        """Judged at every sample."""
        self._equal: dict[float, list[CompiledRule]] = {}
        self.length_ms = length_ms
        self._counting: list[tuple[int, CompiledRule]] = []
        """Rules that need some breaching samples in their window, wherever the newest is, and how many percent."""
        over: list[tuple[float, CompiledRule]] = []
        under: list[tuple[float, CompiledRule]] = []
        for rule in self._rules.values():
            if rule.needs.lookback_ms and rule.breach_ranges != ANY_VALUE:
                # Where the rule's window is shorter than what is kept, nobody counts how many breach in it.
                self._counting.append((rule.breach_percent if rule.needs.lookback_ms == length_ms else 0, rule))
                continue
            for low, high in rule.breach_ranges:
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
        # A value between these two breaches none of the rules above.
        always = bool(self._any or self._equal)
        self.low = math.inf if always else max(self._under_to, default=-math.inf)
        self.high = -math.inf if always else min(self._over_from, default=math.inf)
        self.is_counting = bool(self._counting)
        """Whether a rule counts the breaching samples of its window: those not between the next two."""
        ranges = [one for _, rule in self._counting for one in rule.breach_ranges]
        self._counted_low = max((high for low, high in ranges if low == -math.inf), default=-math.inf)
        self._counted_high = min((low for low, high in ranges if low != -math.inf), default=math.inf)
        self.least_percent = min((percent for percent, _ in self._counting), default=0)
        """With a smaller share of breaching samples, none of these rules can begin."""

    def rules_for(self, value: float, samples: Samples | None, open_ids: Sequence[str]) -> list[CompiledRule]:
        """
        Return the rules that a new newest sample may change something for, the strongest first.

        Args:
            samples: With that sample in its place; None where no rule looks back.
            open_ids: Of the rules with something open: it may end, whatever the value.
        """
        rules: list[CompiledRule] = []
        if samples is not None and self.is_counting:
            rules += self._of_breached_windows(samples, self.tally_of(samples))
        if not self.low < value < self.high:
            rules += self._any
            rules += self._equal.get(value, ())
            rules += self._over[: bisect_right(self._over_from, value)]
            rules += self._under[bisect_left(self._under_to, value) :]
        if open_ids:
            rules += [self._rules[rule_id] for rule_id in open_ids if rule_id in self._rules]
        rules.sort(key=by_order)
        return rules

    def tally_of(self, samples: Samples) -> Tally:
        """Return how many samples breach rules that count them, those that just left the window among them."""
        tally = samples.tally
        if tally is None or tally.asked_by is not self:
            # The first sample since the rules changed.
            tally = samples.tally = Tally(self._counted_low, self._counted_high, self, samples.values())
        return tally

    def is_enough(self, tally: Tally, samples: Samples) -> bool:
        """Tell whether so many samples breach that a rule may begin; samples that just left the window may count."""
        return tally.breaching * 100 >= self.least_percent * samples.count_inside(self.length_ms)

    def _of_breached_windows(self, samples: Samples, tally: Tally) -> Iterator[CompiledRule]:
        """Yield the rules in whose windows enough samples breach; a newest sample has just come."""
        for percent, rule in self._counting:
            if tally.breaching and tally.breaching * 100 >= percent * samples.count_inside(self.length_ms):
                # Samples that left the window may be among those counted.
                samples.drop_old(self.length_ms)
                if tally.breaching and tally.breaching * 100 >= percent * len(samples):
                    yield rule
