"""`threshold`: one metric's newest sample compared with a number."""

import math
import operator
from typing import ClassVar

from pydantic import Field

from evaluator.condition import ALWAYS, ConditionModel, Needs, Verdict
from evaluator.memory import PluginMemory
from shared.models import Operator

_COMPARE = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}


class Condition(ConditionModel):
    """`metric operator threshold`, e.g. `cpu_usage > 80`."""

    kind: ClassVar[str] = "threshold"

    metric: str = Field(min_length=1, max_length=128)
    operator: Operator
    threshold: float = Field(allow_inf_nan=False)

    def needs(self) -> Needs:
        return Needs(metrics=frozenset((self.metric,)))

    def describe(self) -> str:
        return f"{self.metric} {self.operator} {self.threshold:g}"

    def judge(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        series = memory.series.get(self.metric)
        if series is None:
            return None
        value = series.value
        compare = _COMPARE[self.operator]
        holds = compare(value, self.threshold)
        recovered = not holds and (recover_threshold is None or not compare(value, recover_threshold))
        is_or_not = "is" if holds else "is not"
        reason = f"{self.metric} = {value:g} {is_or_not} {self.operator} {self.threshold:g}"
        if not holds and not recovered:
            reason += f", but still {self.operator} {recover_threshold:g}, its recovery threshold"
        return Verdict(holds, recovered, value, self.threshold, reason)

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
