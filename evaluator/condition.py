"""
The contract of a condition kind, and the catalogue of kinds (`evaluator/conditions/<kind>.py`).

A kind is a frozen pydantic model named `Condition`: its fields are the rule's `condition` (so the rule form is drawn
from its JSON schema), and its `judge` is a pure function of what is remembered of one plugin. Conditions keep no state
of their own: `needs` names what must be remembered for them, and the memory of the plugin keeps it for all rules, as a
fold of the ordered stream. So a new owner of a partition can rebuild windows, and a backtest or an explanation can call
`judge` with the memory of any moment.
"""

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, ValidationError

from evaluator.plugin_memory import PluginMemory
from shared import plugins
from shared.errors import Invalid
from shared.model import reasons, rules
from shared.model.formula import Formula
from shared.model.reasons import Language, Reason

Range = tuple[float, float]
"""Of values; both ends belong to it."""
ANY_VALUE: tuple[Range, ...] = ((-math.inf, math.inf),)
"""The breach ranges of a condition that cannot name any: every sample is judged."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What makes the engine judge a condition, and what must be remembered for it."""

    metrics: frozenset[str] = frozenset()
    """Judged when one of these has a new sample."""
    states: frozenset[str] = frozenset()
    errors: bool = False
    any_event: bool = False
    lookback_ms: int = 0
    """How much of each series above must be kept; 0: the newest sample only."""
    formulas_ms: Mapping[Formula, int] = field(default_factory=dict)
    """The formulas over some of these metrics, and how much of the values of each must be kept instead."""
    clock: bool = False
    """Judged as time passes too, without any event (`due_at_ms` says when next)."""

    def furthest_ms(self) -> int:
        """Return how far it looks back at most."""
        return max(self.lookback_ms, *self.formulas_ms.values(), 0)


class Verdict(Struct, frozen=True):
    """The outcome of judging a condition for one plugin at one moment."""

    holds: bool
    recovered: bool
    """Whether a firing alert may end; not always `not holds` (hysteresis)."""
    value: float | None
    threshold: float | None
    reason: Reason
    """With the numbers compared: the answer to "why did this fire?" and "why not?"."""


class Condition(Protocol):
    """What every kind's `Condition` model offers."""

    kind: ClassVar[str]
    compares: ClassVar[bool]
    """Whether it compares a number with a threshold, and so may have another one to recover by."""
    spans_plugins: ClassVar[bool]
    """Whether it is about groups of plugins, and judges the plugins that stand for them."""

    def needs(self) -> Needs: ...

    def reads(self) -> frozenset[str]:
        """Return the metrics of the covered plugins that it is about."""
        ...

    def describe(self, language: Language = "en") -> str:
        """Say the condition in words, e.g. `cpu_usage > 80`."""
        ...

    def judge(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        """
        Judge the plugin as remembered, at event time *at_ms* (`memory.clock_ms` turns it into the clock's). Pure.

        Returns:
            None when there is no verdict (no sample yet): the rule stays as it is.
        """
        ...

    def breach_ranges(self) -> tuple[Range, ...]:
        """
        Return the ranges its one metric's values must be in before it can begin to hold; `ANY_VALUE` if unknown.

        Used by `evaluator/prefilter.py` alone, to leave out rules that a sample cannot change anything for.
        """
        ...

    def breach_percent(self) -> int:
        """Return how many percent of the samples it looks back on must be in these ranges before it can hold."""
        ...

    def due_at_ms(self, memory: PluginMemory, after_ms: int) -> int | None:
        """Return when, next after *after_ms* of the clock, time alone may change the verdict; None if it cannot."""
        ...


class ConditionModel(BaseModel):
    """Base of the kinds: frozen, strict about unknown fields, with defaults for what few kinds answer otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    compares: ClassVar[bool] = False
    spans_plugins: ClassVar[bool] = False

    @abstractmethod
    def needs(self) -> Needs: ...

    def reads(self) -> frozenset[str]:
        return self.needs().metrics

    def breach_ranges(self) -> tuple[Range, ...]:
        return ANY_VALUE

    def breach_percent(self) -> int:
        return 0

    def due_at_ms(self, memory: PluginMemory, after_ms: int) -> int | None:
        return None


def catalogue() -> dict[str, Any]:
    """Return the condition models by kind."""
    return {kind: module.Condition for kind, module in plugins.scan("evaluator.conditions").items()}


def check(rule: rules.Rule) -> Condition:
    """
    Return a rule's condition, judged by its kind.

    Raises:
        Invalid: naming every bad field.
    """
    condition = _modelled(rule.condition or {})
    kind = (rule.condition or {}).get("kind")
    if condition.spans_plugins:
        misplaced = {
            name: reasons.of("invalid.fleet_one_plugin") for name in ("plugin_id", "overrides") if getattr(rule, name)
        }
        if misplaced:
            raise Invalid(misplaced, "The rule")
    if rule.gone_after_seconds is not None and not condition.needs().metrics:
        raise Invalid({"gone_after_seconds": reasons.of("invalid.gone_without_metric", kind=kind)}, "The rule")
    if rule.recover is not None and rule.recover.threshold is not None and not condition.compares:
        problem = reasons.of("invalid.recover_threshold", kind=kind)
        raise Invalid({"recover.threshold": problem}, "The rule")
    return condition


def faults(condition: object) -> dict[str, Reason]:
    """Return what is wrong with the condition of a rule that cannot be read as a whole: field → reason."""
    if not isinstance(condition, dict):
        return {}
    try:
        _modelled(condition)
    except Invalid as error:
        return error.reasons
    return {}


def _modelled(condition: Mapping[str, Any]) -> Condition:
    fields = dict(condition)
    kind = fields.pop("kind", None)
    model = catalogue().get(str(kind))
    if model is None:
        unknown = reasons.of("invalid.condition_kind", kind=repr(kind), kinds=list(catalogue()))
        raise Invalid({"condition.kind": unknown}, "The rule")
    try:
        read: Condition = model.model_validate(fields)
    except ValidationError as error:
        raise Invalid({f"condition.{k}": v for k, v in rules.problems(error).items()}, "The rule") from None
    return read
