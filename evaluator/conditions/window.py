"""`window`: a statistic of one metric over the last N seconds of event time, compared with a number."""

import math
import statistics
from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

from msgspec.structs import replace
from pydantic import Field

from evaluator import formulas, growth
from evaluator.comparison import Measured
from evaluator.condition import ANY_VALUE, Needs, Range, Verdict
from evaluator.plugin_memory import PluginMemory
from evaluator.samples import Samples
from shared.model import reasons
from shared.model.reasons import Reason

Statistic = Literal["avg", "min", "max", "sum", "count", "p50", "p95", "p99", "stddev"]


class Condition(Measured):
    """
    `statistic(metric over seconds) operator threshold`, e.g. `avg(cpu_usage over 300 s) > 80`.

    Of the samples' values; or, `of` rate, of the changes per second from each sample to the next. A counter that falls
    has started again from 0.
    """

    kind: ClassVar[str] = "window"

    statistic: Statistic
    seconds: float = Field(ge=0.001, le=86_400)
    of: Literal["value", "rate"] = Field(
        "value", description="The metric's values, or its changes per second from each sample to the next."
    )

    def needs(self) -> Needs:
        return self.needs_of(round(self.seconds * 1000))

    def subject(self) -> Reason:
        metric = self.about() if self.of == "value" else Reason("rate.of", {"metric": self.about()})
        return Reason(f"window.{self.statistic}", {"metric": metric, "seconds": self.seconds})

    def judge(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        if self.metric is None:
            return self._judge_formula(memory, at_ms, recover_threshold)
        series = memory.alive(self.metric)
        samples = series.samples if series else None
        values = self._values(samples, at_ms, is_counter=self.metric in memory.counters) if samples else None
        if not values or samples is None:
            return None
        return self._counting(self.compare(compute(self.statistic, values), recover_threshold), samples, at_ms, values)

    def _judge_formula(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        reading = formulas.read(self.parsed, memory.series) if self.parsed else None
        samples = memory.values_of(self.parsed) if self.parsed else None
        values = self._values(samples, at_ms, is_counter=False) if samples else None
        if reading is None or samples is None or not values:
            return None
        verdict = self.compare_computed(reading, compute(self.statistic, values), recover_threshold)
        return self._counting(verdict, samples, at_ms, values)

    def _values(self, samples: Samples, at_ms: int, *, is_counter: bool) -> Sequence[float]:
        """Return what the statistic is taken of: the values of the window, or their changes."""
        length_ms = round(self.seconds * 1000)
        values = samples.within(at_ms, length_ms)
        if not values or self.of == "value":
            return values
        return growth.rates(samples.times_within(at_ms, length_ms), values, is_counter=is_counter)

    def _counting(self, verdict: Verdict, samples: Samples, at_ms: int, values: Sequence[float]) -> Verdict:
        """Return the verdict, with a note if samples of the window were dropped for want of room."""
        if not samples.is_cut(at_ms, round(self.seconds * 1000)):
            return verdict
        return replace(verdict, reason=reasons.of("samples.cut", because=verdict.reason, kept=len(values)))

    def breach_ranges(self) -> tuple[Range, ...]:
        if (
            self.metric is None
            or self.of == "rate"
            or self.operator in ("==", "!=")
            or self.statistic not in ("avg", *_PERCENTS)
        ):
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
