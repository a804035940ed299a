"""What conditions share that compare one number with a threshold. Pure."""

import math
import operator as operators
from functools import cached_property
from typing import ClassVar

from msgspec.structs import replace
from pydantic import Field, ValidationInfo, field_validator

from evaluator.condition import ConditionModel, Needs, Range, Verdict
from evaluator.formulas import FormulaValue
from shared.model import reasons
from shared.model.alerts import NAME_LENGTH, Operator
from shared.model.formula import MAX_CHARS, Formula, parse
from shared.model.numbers import exact
from shared.model.reasons import Language, Reason

COMPARE = {
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
        compare = COMPARE[self.operator]
        holds = compare(value, self.threshold)
        recovered = not holds and (recover_threshold is None or not compare(value, recover_threshold))
        code = "comparison.holds" if holds else "comparison.ended" if recovered else "comparison.not_recovered"
        values = {"subject": self.subject(), "value": value, "operator": self.operator, "threshold": self.threshold}
        if recover_threshold is not None:
            values["recover_threshold"] = recover_threshold
        return Verdict(holds, recovered, value, self.threshold, Reason(code, values))


class Measured(Comparison):
    """A comparison of one metric, or of a formula over several, or of what is computed of its last values."""

    formula: str | None = Field(
        None,
        min_length=1,
        max_length=MAX_CHARS,
        description="Instead of a metric: arithmetic over metrics of the plugin, e.g. `disk_used / disk_size * 100`.",
    )
    metric: str | None = Field(None, validate_default=True, min_length=1, max_length=NAME_LENGTH)

    @field_validator("formula")
    @classmethod
    def _can_be_read(cls, text: str | None) -> str | None:
        if text is not None:
            parse(text)
        return text

    @field_validator("metric")
    @classmethod
    def _is_one(cls, metric: str | None, info: ValidationInfo) -> str | None:
        if "formula" in info.data and (info.data["formula"] is None) == (metric is None):
            raise ValueError(reasons.of("formula.or_metric"))
        return metric

    @cached_property
    def parsed(self) -> Formula | None:
        """The formula it is about; None if that is a metric."""
        return None if self.formula is None else parse(self.formula)

    def about(self) -> str:
        """Return the name of the metric, or the text of the formula."""
        return self.parsed.text if self.parsed is not None else self.metric or ""

    def needs_of(self, lookback_ms: int) -> Needs:
        """Return what must be remembered to judge it: the samples of so long, or the values of the formula."""
        if self.parsed is None:
            return Needs(metrics=frozenset((self.about(),)), lookback_ms=lookback_ms)
        return Needs(metrics=frozenset(self.parsed.names), formulas_ms={self.parsed: lookback_ms})

    def compare_computed(self, reading: FormulaValue, value: float, recover_threshold: float | None) -> Verdict:
        """Judge *value*, which follows from the values of the formula; the reason names the newest of its metrics."""
        verdict = self.compare(value, recover_threshold)
        operands = [
            Reason("formula.operand", {"metric": name, "value": operand})
            for name, operand in zip(self.parsed.names if self.parsed else (), reading.operands, strict=True)
        ]
        return replace(verdict, reason=Reason("formula.with", {"because": verdict.reason, "operands": operands}))
