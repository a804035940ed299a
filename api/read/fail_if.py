"""
Conditions on the figures of a backtest, for people's CI: `notifications > 20 or missed > 0`. Pure.

Comparisons of a figure with a number, joined by `and` and `or`; `and` binds closer. Nothing else is understood.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from shared.errors import Invalid
from shared.model import reasons

MOST_CHARS = 500
FIGURES = ("firings", "firing", "notifications", "at_night", "missed", "added", "missed_acknowledged")
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_COMPARISON = re.compile(r"\s*([a-z_]+)\s*(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)?)\s*", re.ASCII)


class Comparison(NamedTuple):
    """A comparison of one figure with one number."""

    figure: str
    operator: str
    number: float

    def holds(self, figures: Mapping[str, float]) -> bool:
        return _OPERATORS[self.operator](figures[self.figure], self.number)


class FailIf(NamedTuple):
    """A condition: one of `any_of` holds if all of its comparisons do."""

    text: str
    any_of: tuple[tuple[Comparison, ...], ...]

    def holds(self, figures: Mapping[str, float]) -> bool:
        """
        Tell whether it holds.

        Args:
            figures: All of `FIGURES`.
        """
        return any(all(one.holds(figures) for one in every) for every in self.any_of)


def parse(text: str) -> FailIf:
    """
    Read a condition.

    Raises:
        Invalid: it is none.
    """
    if len(text) > MOST_CHARS:
        raise Invalid({"--fail-if": reasons.of("invalid.too_many_characters", max_length=MOST_CHARS)}, "The condition")
    return FailIf(
        text,
        tuple(tuple(_comparison(part) for part in _split(every, "and")) for every in _split(text, "or")),
    )


def _split(text: str, word: str) -> list[str]:
    return re.split(rf"\b{word}\b", text)


def _comparison(text: str) -> Comparison:
    found = _COMPARISON.fullmatch(text)
    if found is None or found[1] not in FIGURES or not math.isfinite(float(found[3])):
        wrong = reasons.of("invalid.fail_if", given=text.strip()[:80], figures=list(FIGURES))
        raise Invalid({"--fail-if": wrong}, "The condition")
    return Comparison(found[1], found[2], float(found[3]))
