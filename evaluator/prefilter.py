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
"""

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

from evaluator.compiled_rule import CompiledRule, by_order
from evaluator.condition import ANY_VALUE
from evaluator.plan import Plan
from evaluator.plugin_memory import Novelty, PluginMemory
from evaluator.samples import Samples
from evaluator.snapshot import Snapshot
from shared.model.events import Event

_ANY = (-math.inf, math.inf)


class Prefilter:
    """For the plugins of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._by_metric = {
            metric: _MetricFilter(rules, plan.windows.lengths_ms.get(metric, 0))
            for metric, rules in plan.by_metric.items()
        }
        self._quiet = {metric: (float(one.low), float(one.high)) for metric, one in self._by_metric.items()}
        """A value between these two breaches no rule by itself."""
        self._counted = [(metric, one) for metric, one in self._by_metric.items() if one.counted is not None]
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
            for metric, value in metrics.items():
                low, high = quiet.get(metric, _ANY)
                if value >= high or value <= low:
                    break
            else:
                if not self._counted or not self._is_counted_breached(metrics, memory):
                    # Nearly every event ends here.
                    return ()
        open_ids = _which_may_end(snapshots, now_ms)
        rules: dict[str, CompiledRule] = {}
        for metric, value in metrics.items():
            if metric in self._by_metric:
                for rule in self._by_metric[metric].rules_for(value, memory.series[metric].samples, open_ids):
                    rules[rule.rule.id] = rule
        if not self._is_metrics_only:
            self._plan.add_rules_beside_metrics(event, novelty, rules)
        return rules.values()

    def _is_counted_breached(self, metrics: Mapping[str, float], memory: PluginMemory) -> bool:
        """Tell whether the window of a metric of the event holds a breaching sample that rules count."""
        return any(
            metric in metrics and one.is_breached(memory.series[metric].samples) for metric, one in self._counted
        )


def _which_may_end(snapshots: Mapping[str, Snapshot], now_ms: int) -> list[str]:
    # A rule that still cools can only begin again; what else is open may end, whatever the sample.
    return [i for i, s in snapshots.items() if s.phase != "cooling" or s.cooldown_until_ms <= now_ms]


class _MetricFilter:
    """For the samples of one metric."""

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
        self._length_ms = length_ms
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
        self.counted = _Counted(rule for _, rule in self._counting) if self._counting else None
        """What the tallies of this metric count; None where no rule asks."""

    def rules_for(self, value: float, samples: Samples | None, open_ids: Sequence[str]) -> list[CompiledRule]:
        """
        Return the rules that a new newest sample may change something for, the strongest first.

        Args:
            samples: With that sample in its place; None where no rule looks back.
            open_ids: Of the rules with something open: it may end, whatever the value.
        """
        rules: list[CompiledRule] = []
        if samples is not None and self.counted is not None:
            rules += self._of_breached_windows(samples, self._tally_of(samples, self.counted))
        if not self.low < value < self.high:
            rules += self._any
            rules += self._equal.get(value, ())
            rules += self._over[: bisect_right(self._over_from, value)]
            rules += self._under[bisect_left(self._under_to, value) :]
        if open_ids:
            rules += [self._rules[rule_id] for rule_id in open_ids if rule_id in self._rules]
        rules.sort(key=by_order)
        return rules

    def is_breached(self, samples: Samples | None) -> bool:
        """Tell whether any sample of the window breaches a rule that counts them, or one that just left it did."""
        return samples is not None and self.counted is not None and self._tally_of(samples, self.counted).breaching > 0

    def _tally_of(self, samples: Samples, counted: "_Counted") -> "_Tally":
        tally = samples.tally
        if isinstance(tally, _Tally) and tally.counted is counted:
            return tally
        # The first sample since the rules changed.
        new = samples.tally = _Tally(counted, samples.values())
        return new

    def _of_breached_windows(self, samples: Samples, tally: "_Tally") -> Iterator[CompiledRule]:
        """Yield the rules in whose windows enough samples breach; a newest sample has just come."""
        for percent, rule in self._counting:
            if tally.breaching and tally.breaching * 100 >= percent * samples.count_inside(self._length_ms):
                # Samples that left the window may be among those counted.
                samples.drop_old(self._length_ms)
                if tally.breaching and tally.breaching * 100 >= percent * len(samples):
                    yield rule


class _Counted:
    """Which samples of a metric breach the rules that count them: those not between *low* and *high*."""

    __slots__ = ("high", "low")

    def __init__(self, rules: Iterable[CompiledRule]) -> None:
        ranges = [one for rule in rules for one in rule.breach_ranges]
        self.low = max((high for low, high in ranges if low == -math.inf), default=-math.inf)
        self.high = min((low for low, high in ranges if low != -math.inf), default=math.inf)


class _Tally:
    """Counts the breaching samples of one metric of one plugin."""

    __slots__ = ("_high", "_low", "breaching", "counted")

    def __init__(self, counted: _Counted, values: "array[float]") -> None:
        self.counted = counted
        self._low, self._high = counted.low, counted.high
        self.breaching = self._count(values)

    def add(self, value: float) -> None:
        if not self._low < value < self._high:
            self.breaching += 1

    def remove(self, values: "array[float]") -> None:
        if self.breaching:
            self.breaching -= self._count(values)

    def _count(self, values: "array[float]") -> int:
        low, high = self._low, self._high
        return sum(not low < value < high for value in values)
