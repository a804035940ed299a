"""What conditions share that compare one number with a threshold. Pure."""

import math
import operator as operators
from typing import ClassVar

from pydantic import Field

from evaluator.condition import ConditionModel, Range, Verdict
from shared.model import reasons
from shared.model.alerts import Operator
from shared.model.numbers import exact
from shared.model.reasons import Language, Reason

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

    def subject(self) -> str | Reason:
        """Return what is compared: a metric's name, or what is computed of it."""
        raise NotImplementedError

    def describe(self, language: Language = "en") -> str:
        subject = self.subject()
        words = subject if isinstance(subject, str) else reasons.text(subject, language)
        return f"{words} {self.operator} {exact(self.threshold)}"

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
        code = "comparison.holds" if holds else "comparison.ended" if recovered else "comparison.not_recovered"
        values = {"subject": self.subject(), "value": value, "operator": self.operator, "threshold": self.threshold}
        if recover_threshold is not None:
            values["recover_threshold"] = recover_threshold
        return Verdict(holds, recovered, value, self.threshold, Reason(code, values))
