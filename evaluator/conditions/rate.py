"""`rate`: how fast one metric changes, per second, in percent or in all over N seconds of event time."""

from typing import ClassVar, Literal

from pydantic import Field

from evaluator import growth
from evaluator.comparison import Comparison
from evaluator.condition import Needs, Verdict
from evaluator.plugin_memory import PluginMemory
from shared.model.reasons import Reason


class Condition(Comparison):
    """
    The newest sample against the oldest of the last *seconds*.

    `per_second`: difference divided by the seconds between them. `percent`: difference in percent of the older one's
    size; nothing can be said while that is 0. `increase`: the difference. A counter that falls has started again from
    0: what it reached before counts too. Nothing is extrapolated to the whole of the seconds.
    """

    kind: ClassVar[str] = "rate"

    metric: str = Field(min_length=1, max_length=128)
    unit: Literal["per_second", "percent", "increase"] = "per_second"
    seconds: float = Field(ge=0.001, le=86_400)

    def needs(self) -> Needs:
        # One millisecond more: the window's far edge counts, so that samples every N seconds can be compared.
        return Needs(metrics=frozenset((self.metric,)), lookback_ms=round(self.seconds * 1000) + 1)

    def subject(self) -> Reason:
        return Reason(f"rate.{self.unit}", {"metric": self.metric, "seconds": self.seconds})

    def judge(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        series = memory.alive(self.metric)
        samples = series.samples if series else None
        length_ms = round(self.seconds * 1000)
        oldest = samples.oldest_within(at_ms, length_ms) if samples else None
        if series is None or samples is None or oldest is None or oldest[0] >= series.newest_at_ms:
            return None
        if self.unit == "percent" and not oldest[1]:
            return None
        old, new = oldest[1], series.value
        if self.metric in memory.counters:
            old, new = 0.0, growth.of_counter(samples.since(at_ms - length_ms))
        if self.unit == "per_second":
            change = growth.quotient(old, new, series.newest_at_ms - oldest[0], 1000)
        elif self.unit == "percent":
            change = growth.quotient(old, new, abs(oldest[1]), 100)
        else:
            change = growth.quotient(old, new, 1, 1)
        return self.compare(change, recover_threshold)
