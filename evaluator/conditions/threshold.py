"""`threshold`: one metric's newest sample compared with a number."""

import math
from typing import ClassVar

from pydantic import Field

from evaluator.comparison import Comparison
from evaluator.condition import ALWAYS, Language, Needs, Verdict
from evaluator.memory import PluginMemory


class Condition(Comparison):
    """`metric operator threshold`, e.g. `cpu_usage > 80`."""

    kind: ClassVar[str] = "threshold"

    metric: str = Field(min_length=1, max_length=128)

    def needs(self) -> Needs:
        return Needs(metrics=frozenset((self.metric,)))

    def subject(self, language: Language = "en") -> str:
        return self.metric

    def judge(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        series = memory.series.get(self.metric)
        return self.compare(series.value, recover_threshold) if series else None

    def quiet_range(self, recover_threshold: float | None) -> tuple[float, float]:
        limits = [self.threshold] if recover_threshold is None else [self.threshold, recover_threshold]
        match self.operator:
            case ">":
                return -math.inf, min(limits)
            case ">=":
                return -math.inf, math.nextafter(min(limits), -math.inf)
            case "<":
                return max(limits), math.inf
            case "<=":
                return math.nextafter(max(limits), math.inf), math.inf
            case "!=" if recover_threshold is None:
                return self.threshold, self.threshold
            case _:
                return ALWAYS
