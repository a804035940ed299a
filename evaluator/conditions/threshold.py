"""`threshold`: one metric's newest sample compared with a number."""

from typing import ClassVar

from pydantic import Field

from evaluator.comparison import Comparison
from evaluator.condition import Needs, Range, Verdict
from evaluator.plugin_memory import PluginMemory


class Condition(Comparison):
    """`metric operator threshold`, e.g. `cpu_usage > 80`."""

    kind: ClassVar[str] = "threshold"

    metric: str = Field(min_length=1, max_length=128)

    def needs(self) -> Needs:
        return Needs(metrics=frozenset((self.metric,)))

    def subject(self) -> str:
        return self.metric

    def judge(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        series = memory.alive(self.metric)
        return self.compare(series.value, recover_threshold) if series else None

    def breach_ranges(self) -> tuple[Range, ...]:
        return self.ranges()
