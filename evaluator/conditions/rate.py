"""`rate`: how fast one metric changes, per second, in percent or in all over N seconds of event time."""

from typing import ClassVar, Literal

from pydantic import Field

from evaluator import formulas, growth
from evaluator.comparison import Measured
from evaluator.condition import Needs, Verdict
from evaluator.plugin_memory import PluginMemory
from evaluator.samples import Samples
from shared.model.reasons import Reason


class Condition(Measured):
    """
    The newest sample against the oldest of the last *seconds*.

    `per_second`: difference divided by the seconds between them. `percent`: difference in percent of the older one's
    size; nothing can be said while that is 0. `increase`: the difference. A counter that falls has started again from
    0: what it reached before counts too. Nothing is extrapolated to the whole of the seconds.
    """

    kind: ClassVar[str] = "rate"

    unit: Literal["per_second", "percent", "increase"] = "per_second"
    seconds: float = Field(ge=0.001, le=86_400)

    def needs(self) -> Needs:
        # One millisecond more: the window's far edge counts, so that samples every N seconds can be compared.
        return self.needs_of(round(self.seconds * 1000) + 1)

    def subject(self) -> Reason:
        return Reason(f"rate.{self.unit}", {"metric": self.about(), "seconds": self.seconds})

    def judge(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        if self.metric is None:
            return self._judge_formula(memory, at_ms, recover_threshold)
        series = memory.alive(self.metric)
        if series is None or series.samples is None:
            return None
        is_counter = self.metric in memory.counters
        change = self._change(series.samples, at_ms, series.newest_at_ms, series.value, is_counter=is_counter)
        return None if change is None else self.compare(change, recover_threshold)

    def _judge_formula(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        reading = formulas.read(self.parsed, memory.series) if self.parsed else None
        samples = memory.values_of(self.parsed) if self.parsed else None
        if reading is None or samples is None:
            return None
        change = self._change(samples, at_ms, reading.at_ms, reading.value, is_counter=False)
        return None if change is None else self.compare_computed(reading, change, recover_threshold)

    def _change(
        self, samples: Samples, at_ms: int, newest_at_ms: int, newest: float, *, is_counter: bool
    ) -> float | None:
        """Return how fast it changed from the oldest sample to the newest; None if there is no older one."""
        length_ms = round(self.seconds * 1000)
        oldest = samples.oldest_within(at_ms, length_ms)
        if oldest is None or oldest[0] >= newest_at_ms or (self.unit == "percent" and not oldest[1]):
            return None
        old, new = oldest[1], newest
        if is_counter:
            old, new = 0.0, growth.of_counter(samples.since(at_ms - length_ms))
        if self.unit == "per_second":
            return growth.quotient(old, new, newest_at_ms - oldest[0], 1000)
        if self.unit == "percent":
            return growth.quotient(old, new, abs(oldest[1]), 100)
        return growth.quotient(old, new, 1, 1)
