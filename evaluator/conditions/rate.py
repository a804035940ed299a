"""`rate`: how fast one metric changes, per second or in percent over N seconds of event time."""

import math
from typing import ClassVar, Literal

from pydantic import Field

from evaluator.comparison import Comparison
from evaluator.condition import Needs, Verdict
from evaluator.plugin_memory import PluginMemory
from shared.model.reasons import Reason


class Condition(Comparison):
    """
    The newest sample against the oldest of the last *seconds*.

    `per_second`: difference divided by the seconds between them. `percent`: difference in percent of the older one's
    size; nothing can be said while that is 0. A counter that was reset shows as a fall.
    """

    kind: ClassVar[str] = "rate"

    metric: str = Field(min_length=1, max_length=128)
    unit: Literal["per_second", "percent"] = "per_second"
    seconds: float = Field(ge=0.001, le=86_400)

    def needs(self) -> Needs:
        # One millisecond more: the window's far edge counts, so that samples every N seconds can be compared.
        return Needs(metrics=frozenset((self.metric,)), lookback_ms=round(self.seconds * 1000) + 1)

    def subject(self) -> Reason:
        return Reason(f"rate.{self.unit}", {"metric": self.metric, "seconds": self.seconds})

    def judge(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        series = memory.series.get(self.metric)
        samples = series.samples if series else None
        oldest = samples.oldest_within(at_ms, round(self.seconds * 1000)) if samples else None
        if series is None or oldest is None or oldest[0] >= series.newest_at_ms:
            return None
        if self.unit == "percent" and not oldest[1]:
            return None
        if self.unit == "per_second":
            rate = _quotient(oldest[1], series.value, series.newest_at_ms - oldest[0], 1000)
            return self.compare(rate, recover_threshold)
        return self.compare(_quotient(oldest[1], series.value, abs(oldest[1]), 100), recover_threshold)


def _quotient(old: float, new: float, divisor: float, factor: int) -> float:
    """Return (new - old) / divisor * factor, however large that is on the way; infinite if no float is that large."""
    quotient = (new - old) * factor / divisor
    if math.isfinite(quotient):
        return quotient
    # A quarter of a difference always is a float; and a division by a power of two changes no digit.
    quarter = new / 4 - old / 4
    return quarter / divisor * factor * 4
