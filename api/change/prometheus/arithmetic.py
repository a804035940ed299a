"""Arithmetic of PromQL: numbers, what is multiplied and moved by numbers, and formulas of ours. Pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api.change.prometheus.selectors import (
    Matchers,
    deeper,
    kind_of,
    no,
    refuse_matching,
    selector,
    unwrapped,
)
from shared.model import formula

COMPARISONS = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "==": "==", "!=": "!="}
"""Each with the one that says the same with its sides exchanged."""
OF_RANGES = (
    *("rate", "increase", "delta", "avg_over_time", "min_over_time", "max_over_time", "sum_over_time"),
    *("count_over_time", "stddev_over_time", "quantile_over_time"),
)
_ARITHMETIC = ("+", "-", "*", "/", "%")


@dataclass(frozen=True, slots=True)
class Versus:
    """Two vectors that are compared: their difference is compared with 0."""

    lhs: Any
    rhs: Any
    op: str = "-"
    modifier: None = None


def constant(node: Any, depth: int) -> float | None:
    """Return the value of an expression of numbers alone; None if it is none."""
    depth = deeper(depth)
    kind = kind_of(node)
    if kind == "NumberLiteral":
        return float(node.val)
    if kind == "ParenExpr":
        return constant(node.expr, depth)
    if kind == "UnaryExpr":
        inner = constant(node.expr, depth)
        return None if inner is None else -inner
    apply = _NUMBERS.get(str(node.op)) if kind == "BinaryExpr" else None
    if apply is None:
        return None
    left, right = constant(node.lhs, depth), constant(node.rhs, depth)
    if left is None or right is None:
        return None
    try:
        return float(apply(left, right))
    except (ArithmeticError, TypeError):
        raise no("import.number") from None


_NUMBERS: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "^": lambda left, right: left**right,
}


def linear(node: Any, depth: int) -> tuple[Any, float, float]:
    """Return what is multiplied by a number and moved by another, and these two numbers."""
    depth = deeper(depth)
    kind, sign = kind_of(node), str(getattr(node, "op", ""))
    if kind == "ParenExpr":
        return linear(node.expr, depth)
    if kind == "UnaryExpr":
        core, factor, shift = linear(node.expr, depth)
        return core, -factor, -shift
    if kind != "BinaryExpr" or sign not in "+-*/":
        return node, 1.0, 0.0
    left, right = constant(node.lhs, depth), constant(node.rhs, depth)
    if (left is None) == (right is None) or (left is not None and sign == "/"):
        return node, 1.0, 0.0
    core, factor, shift = linear(node.lhs if left is None else node.rhs, depth)
    number = right if left is None else left
    assert number is not None
    match sign:
        case "+":
            return core, factor, shift + number
        case "-":
            return (core, factor, shift - number) if left is None else (core, -factor, number - shift)
        case "*":
            return core, factor * number, shift * number
    if not number:
        raise no("import.number")
    return core, factor / number, shift / number


def bare(node: Any) -> str | None:
    """Return the metric of an expression that is one metric alone."""
    node = unwrapped(node)
    return selector(node)[0] if kind_of(node) == "VectorSelector" else None


def formula_of(node: Any, depth: int) -> tuple[str, Matchers]:
    """Return a formula, and the matchers of all its metrics."""
    text, matchers = _written(node, depth)
    try:
        formula.parse(text)
    except ValueError as error:
        raise no("import.formula", because=error.args[0]) from None
    return text, matchers


def _written(node: Any, depth: int) -> tuple[str, Matchers]:
    depth = deeper(depth)
    kind = kind_of(node)
    number = constant(node, depth) if kind != "Versus" else None
    if number is not None:
        if not math.isfinite(number):
            raise no("import.number")
        return repr(number).removesuffix(".0"), frozenset()
    if kind == "ParenExpr":
        return _written(node.expr, depth)
    if kind == "VectorSelector":
        metric, matchers = selector(node)
        return formula.quoted(metric), matchers
    if kind == "UnaryExpr":
        text, matchers = _written(node.expr, depth)
        return f"-{_bracketed(text, node.expr, _UNARY)}", matchers
    if kind == "AggregateExpr":
        raise no("import.fleet", function=str(node.op))
    if kind == "Call":
        return _call(node, depth)
    if kind not in ("BinaryExpr", "Versus"):
        raise no("import.subquery" if kind == "SubqueryExpr" else "import.expression", expression=kind)
    sign = str(node.op)
    refuse_matching(node)
    if sign in COMPARISONS and not (node.modifier is not None and node.modifier.return_bool):
        raise no("import.filter")
    if sign not in (*_ARITHMETIC, *COMPARISONS):
        raise no("import.operator", operator=sign)
    (left, left_matchers), (right, right_matchers) = _written(node.lhs, depth), _written(node.rhs, depth)
    strength = _strength(sign)
    text = f"{_bracketed(left, node.lhs, strength)} {sign} {_bracketed(right, node.rhs, strength + 1)}"
    return text, left_matchers | right_matchers


def _call(node: Any, depth: int) -> tuple[str, Matchers]:
    name = node.func.name
    if name in OF_RANGES:
        raise no("import.arithmetic_of_ranges", function=name)
    ours = {"abs": "abs", "clamp_min": "max", "clamp_max": "min"}.get(name)
    if ours is None:
        raise no("import.function", function=name)
    written = [_written(argument, depth) for argument in node.args]
    return f"{ours}({', '.join(text for text, _ in written)})", frozenset().union(*(m for _, m in written))


def _bracketed(text: str, node: Any, least: int) -> str:
    """Put an operand into brackets if it binds less tightly than *least*."""
    node = unwrapped(node)
    is_whole = kind_of(node) != "BinaryExpr" or constant(node, 0) is not None or _strength(str(node.op)) >= least
    return text if is_whole else f"({text})"


_UNARY = 4


def _strength(sign: str) -> int:
    """Return how tightly an operator binds; comparisons stand in brackets wherever another operator is beside them."""
    return 0 if sign in COMPARISONS else 2 if sign in "+-" else 3
