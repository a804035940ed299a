"""`window`: a statistic of one metric over the last N seconds of event time, compared with a number."""

import math
import statistics
from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

from msgspec.structs import replace
from pydantic import Field

from evaluator import growth
from evaluator.comparison import Comparison
from evaluator.condition import ANY_VALUE, Needs, Range, Verdict
from evaluator.plugin_memory import PluginMemory
from shared.model import reasons
from shared.model.reasons import Reason

Statistic = Literal["avg", "min", "max", "sum", "count", "p50", "p95", "p99", "stddev"]


class Condition(Comparison):
    """
    `statistic(metric over seconds) operator threshold`, e.g. `avg(cpu_usage over 300 s) > 80`.

    Of the samples' values; or, `of` rate, of the changes per second from each sample to the next. A counter that falls
    has started again from 0.
    """

    kind: ClassVar[str] = "window"

    metric: str = Field(min_length=1, max_length=128)
    statistic: Statistic
    seconds: float = Field(ge=0.001, le=86_400)
    of: Literal["value", "rate"] = Field(
        "value", description="The metric's values, or its changes per second from each sample to the next."
    )

    def needs(self) -> Needs:
        return Needs(metrics=frozenset((self.metric,)), lookback_ms=round(self.seconds * 1000))

    def subject(self) -> Reason:
        metric = self.metric if self.of == "value" else Reason("rate.of", {"metric": self.metric})
        return Reason(f"window.{self.statistic}", {"metric": metric, "seconds": self.seconds})

    def judge(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        series = memory.alive(self.metric)
        samples = series.samples if series else None
        length_ms = round(self.seconds * 1000)
        values: Sequence[float] | None = samples.within(at_ms, length_ms) if samples else None
        if samples is not None and values and self.of == "rate":
            is_counter = self.metric in memory.counters
            values = growth.rates(samples.times_within(at_ms, length_ms), values, is_counter=is_counter)
        if not values or samples is None:
            return None
        verdict = self.compare(compute(self.statistic, values), recover_threshold)
        if samples.is_cut(at_ms, length_ms):
            return replace(verdict, reason=reasons.of("samples.cut", because=verdict.reason, kept=len(values)))
        return verdict

    def breach_ranges(self) -> tuple[Range, ...]:
        if self.of == "rate" or self.operator in ("==", "!=") or self.statistic not in ("avg", *_PERCENTS):
            return ANY_VALUE
        ((low, high),) = self.ranges()
        if self.statistic == "avg":
            # Rounded, an average may be a hair beyond every value; a thousand times that hair is allowed for.
            hair = abs(self.threshold) * 1e-12
            low, high = low - hair, high + hair
        return ((low, high),)

    def breach_percent(self) -> int:
        if self.statistic not in _PERCENTS or self.of == "rate":
            return 0
        # A 95th percentile is over a threshold only if the uppermost twentieth is; under one, if all the rest is.
        percent = _PERCENTS[self.statistic]
        return 100 - percent if self.operator in (">", ">=") else percent


def compute(statistic: Statistic, values: Sequence[float]) -> float:
    """
    Return a statistic of at least one value.

    Percentiles are the nearest-rank kind (the smallest value with at least p % of the values at or below it), so the
    answer is always a value that was measured. The standard deviation is that of the population.
    """
    return _STATISTICS[statistic](values)


_PERCENTS: dict[str, int] = {"min": 0, "p50": 50, "p95": 95, "p99": 99, "max": 100}
"""How many percent of the values are at or below a statistic that is one of them."""


def _percentile(percent: int) -> Callable[[Sequence[float]], float]:
    def of(values: Sequence[float]) -> float:
        return sorted(values)[max(0, -(-percent * len(values) // 100) - 1)]

    return of


def _mean(values: Sequence[float]) -> float:
    """Return the mean, which is never beyond the values, however large these are."""
    try:
        return math.fsum(values) / len(values)
    except OverflowError:
        mean = math.fsum(value * growth.SCALE for value in values) / len(values) / growth.SCALE
        return min(max(mean, min(values)), max(values))


_STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "avg": _mean,
    "min": min,
    "max": max,
    "sum": growth.total,
    "count": lambda values: float(len(values)),
    "p50": _percentile(50),
    "p95": _percentile(95),
    "p99": _percentile(99),
    "stddev": statistics.pstdev,
}
