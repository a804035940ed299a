"""`compound`: conditions of one plugin joined by all, any, not, at least n of; nested as deep as needed."""

from typing import Any, ClassVar, Literal

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from evaluator.condition import Condition as AnyCondition
from evaluator.condition import ConditionModel, Needs, Verdict, catalogue
from evaluator.plugin_memory import PluginMemory
from shared.model import reasons, rules
from shared.model.reasons import Language

MAX_DEPTH = 8


class Condition(ConditionModel):
    """
    Joins the verdicts of *conditions*. One of which nothing can be said yet decides nothing by itself: `any` may hold
    without it, `all` may fail without it, otherwise the rule stays as it is.
    """

    kind: ClassVar[str] = "compound"

    join: Literal["all", "any", "not", "at_least"]
    n: int | None = Field(None, ge=1, description="For `at_least`: how many must hold.")
    conditions: list[dict[str, Any]] = Field(min_length=1, max_length=32)

    _parts: list[AnyCondition] = PrivateAttr(default_factory=list)

    @model_validator(mode="after")
    def _check_parts(self) -> "Condition":
        if (self.join == "at_least") != (self.n is not None):
            raise ValueError(reasons.of("invalid.compound_n_misplaced"))
        if self.n is not None and self.n > len(self.conditions):
            raise ValueError(reasons.of("invalid.compound_n_too_large", n=self.n, conditions=len(self.conditions)))
        if self.join == "not" and len(self.conditions) != 1:
            raise ValueError(reasons.of("invalid.compound_not"))
        if _depth(self.conditions) > MAX_DEPTH:
            raise ValueError(reasons.of("invalid.compound_depth", depth=MAX_DEPTH))
        self._parts[:] = [_part(i, dict(fields)) for i, fields in enumerate(self.conditions)]
        return self

    def needs(self) -> Needs:
        parts = [part.needs() for part in self._parts]
        return Needs(
            metrics=frozenset().union(*(p.metrics for p in parts)),
            states=frozenset().union(*(p.states for p in parts)),
            errors=any(p.errors for p in parts),
            any_event=any(p.any_event for p in parts),
            lookback_ms=max(p.lookback_ms for p in parts),
            formulas_ms={
                formula: max(p.formulas_ms.get(formula, 0) for p in parts) for p in parts for formula in p.formulas_ms
            },
            clock=any(p.clock for p in parts),
        )

    def describe(self, language: Language = "en") -> str:
        words = [part.describe(language) for part in self._parts]
        if language == "ko":
            return self._in_korean(words)
        match self.join:
            case "not":
                return f"not ({words[0]})"
            case "at_least":
                return f"at least {self.n} of ({'; '.join(words)})"
            case _:
                return "(" + (" and " if self.join == "all" else " or ").join(words) + ")"

    def _in_korean(self, words: list[str]) -> str:
        match self.join:
            case "not":
                return f"({words[0]}) 아님"
            case "at_least":
                return f"다음 중 {self.n}개 이상: ({'; '.join(words)})"
            case _:
                return "(" + (" 그리고 " if self.join == "all" else " 또는 ").join(words) + ")"

    def judge(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        verdicts = [part.judge(memory, at_ms, None) for part in self._parts]
        holds = self._joined([None if v is None else v.holds for v in verdicts])
        if holds is None:
            return None
        said = [v for v in verdicts if v is not None]
        # The number shown is that of the first part which speaks for the outcome.
        shown = next((v for v in said if v.holds == holds), said[0])
        reason = said[0].reason if len(said) == 1 else reasons.of("compound.parts", parts=[v.reason for v in said])
        return Verdict(holds, not holds, shown.value, shown.threshold, reason)

    def due_at_ms(self, memory: PluginMemory, after_ms: int) -> int | None:
        due = (part.due_at_ms(memory, after_ms) for part in self._parts)
        return min((at_ms for at_ms in due if at_ms is not None), default=None)

    def _joined(self, holds: list[bool | None]) -> bool | None:
        """Kleene's three-valued logic: None is "cannot be said"."""
        if self.join == "not":
            return None if holds[0] is None else not holds[0]
        wanted = {"all": len(holds), "any": 1, "at_least": self.n or 1}[self.join]
        if holds.count(True) >= wanted:
            return True
        return False if holds.count(True) + holds.count(None) < wanted else None


def _part(i: int, fields: dict[str, Any]) -> AnyCondition:
    kind = fields.pop("kind", None)
    model = catalogue().get(str(kind))
    if model is None:
        unknown = reasons.of("invalid.condition_kind", kind=repr(kind), kinds=list(catalogue()))
        raise ValueError(reasons.of("invalid.in_condition", number=i, because=unknown))
    if model.spans_plugins:
        raise ValueError(reasons.of("invalid.in_condition", number=i, because=reasons.of("invalid.compound_fleet")))
    try:
        part: AnyCondition = model.model_validate(fields)
    except ValidationError as error:
        wrong = [reasons.of("invalid.field", field=k, because=why) for k, why in rules.problems(error).items()]
        raise ValueError(reasons.of("invalid.in_condition", number=i, because=wrong)) from None
    return part


def _depth(conditions: list[dict[str, Any]], level: int = 1) -> int:
    """Return how deep they nest, looking no deeper than one beyond the limit."""
    if level > MAX_DEPTH:
        return level
    nested = [c["conditions"] for c in conditions if isinstance(c, dict) and isinstance(c.get("conditions"), list)]
    return max((_depth(inner, level + 1) for inner in nested), default=level)
