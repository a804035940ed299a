"""What conditions share that compare one number with a threshold. Pure."""

import math
import operator as operators
from typing import ClassVar

from pydantic import Field

from evaluator.condition import ConditionModel, Language, Range, Verdict
from shared.model.alerts import Operator
from shared.model.numbers import exact, number

_COMPARE = {
    ">": operators.gt,
    ">=": operators.ge,
    "<": operators.lt,
    "<=": operators.le,
    "==": operators.eq,
    "!=": operators.ne,
}


class Comparison(ConditionModel):
    """A condition of the form `subject operator threshold`."""

    compares: ClassVar[bool] = True

    operator: Operator
    threshold: float = Field(allow_inf_nan=False)

    def subject(self, language: Language = "en") -> str:
        """Return what is compared, in words."""
        raise NotImplementedError

    def describe(self, language: Language = "en") -> str:
        return f"{self.subject(language)} {self.operator} {exact(self.threshold)}"

    def ranges(self) -> tuple[Range, ...]:
        """Return the ranges of what is compared in which it holds."""
        below, above = math.nextafter(self.threshold, -math.inf), math.nextafter(self.threshold, math.inf)
        match self.operator:
            case ">":
                return ((above, math.inf),)
            case ">=":
                return ((self.threshold, math.inf),)
            case "<":
                return ((-math.inf, below),)
            case "<=":
                return ((-math.inf, self.threshold),)
            case "==":
                return ((self.threshold, self.threshold),)
            case "!=":
                return (-math.inf, below), (above, math.inf)

    def compare(self, value: float, recover_threshold: float | None) -> Verdict:
        """Judge *value*; a firing alert recovers when it is also on the good side of *recover_threshold*."""
        compare = _COMPARE[self.operator]
        holds = compare(value, self.threshold)
        recovered = not holds and (recover_threshold is None or not compare(value, recover_threshold))
        is_or_not = "is" if holds else "is not"
        limits = (self.threshold,) if recover_threshold is None else (self.threshold, recover_threshold)
        words = f"{number(value, *limits)} {is_or_not} {self.operator} {exact(self.threshold)}"
        reason = f"{self.subject()} = {words}"
        if recover_threshold is not None and not holds and not recovered:
            reason += f", but still {self.operator} {exact(recover_threshold)}, its recovery threshold"
        return Verdict(holds, recovered, value, self.threshold, reason)
