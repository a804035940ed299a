"""`threshold`: one metric's newest sample compared with a number."""

from typing import ClassVar

from evaluator import formulas
from evaluator.comparison import Measured
from evaluator.condition import Needs, Range, Verdict
from evaluator.plugin_memory import PluginMemory


class Condition(Measured):
    """`metric operator threshold`, e.g. `cpu_usage > 80`."""

    kind: ClassVar[str] = "threshold"

    def needs(self) -> Needs:
        return self.needs_of(0)

    def subject(self) -> str:
        return self.about()

    def judge(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        if self.metric is not None:
            series = memory.alive(self.metric)
            return self.compare(series.value, recover_threshold) if series else None
        reading = formulas.read(self.parsed, memory.series) if self.parsed else None
        return self.compare_computed(reading, reading.value, recover_threshold) if reading else None

    def breach_ranges(self) -> tuple[Range, ...]:
        return self.ranges()
