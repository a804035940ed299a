"""
One expression of PromQL as a condition of ours, and the labels of the plugins that it covers. Pure.

It is parsed by `promql-parser`, which follows Prometheus' grammar. A series of Prometheus is a metric of the plugin
that its labels name (docs/ingest.md). So a comparison of one instant vector is a `threshold`, arithmetic of vectors
with the same labels a formula, a function of a range a `window` or `rate`, and an aggregation a `fleet`.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

from api.change.prometheus.aggregates import of_many
from api.change.prometheus.arithmetic import COMPARISONS, Versus, bare, constant, formula_of, linear
from api.change.prometheus.selectors import (
    Matchers,
    deeper,
    kind_of,
    no,
    refuse_matching,
    selector,
    unwrapped,
)
from shared.model import reasons
from shared.model.reasons import Reason

MAX_CHARS = 10_000
LOOKBACK_S = 300.0
"""How long Prometheus takes a sample for the present one; then its alert ends, as ours by `gone_after_seconds`."""

_STATISTICS = {
    "avg_over_time": "avg",
    "min_over_time": "min",
    "max_over_time": "max",
    "sum_over_time": "sum",
    "count_over_time": "count",
    "stddev_over_time": "stddev",
}
_CHANGES = {"rate": "per_second", "increase": "increase", "delta": "increase"}
_QUANTILES = {0.5: "p50", 0.95: "p95", 0.99: "p99"}


@dataclass(frozen=True, slots=True)
class Translation:
    """A condition, and what belongs to it."""

    condition: dict[str, Any]
    matchers: Matchers
    gone_after_s: float | None = LOOKBACK_S
    notes: tuple[Reason, ...] = ()
    """Where it does not mean quite the same."""


def translate(text: str) -> Translation:
    """
    Translate an expression.

    Raises:
        Untranslatable: with the reason, also if it is no PromQL.
    """
    import promql_parser

    if len(text) > MAX_CHARS:
        raise no("import.long", max_length=MAX_CHARS)
    try:
        tree = promql_parser.parse(text)
    except ValueError as error:
        raise no("import.no_promql", error=str(error)) from None
    return _condition(tree, 0)


def _condition(node: Any, depth: int) -> Translation:
    depth = deeper(depth)
    kind, sign = kind_of(node), str(getattr(node, "op", ""))
    if kind == "ParenExpr":
        return _condition(node.expr, depth)
    if kind == "Call" and node.func.name in ("absent", "absent_over_time"):
        return _absence(node)
    if kind == "BinaryExpr" and sign in ("and", "or", "unless"):
        return _joined(node, sign, depth)
    if kind == "BinaryExpr" and sign in COMPARISONS:
        return _comparison(node, sign, depth)
    if kind in ("BinaryExpr", "UnaryExpr", "Call", "AggregateExpr"):
        formula_of(node, depth)  # It may hold what cannot be said anyway, which is the better reason.
    raise no("import.no_comparison")


def _absence(node: Any) -> Translation:
    argument = unwrapped(node.args[0])
    seconds = LOOKBACK_S
    if node.func.name == "absent_over_time":
        if kind_of(argument) != "MatrixSelector":
            raise no("import.subquery")
        seconds, argument = argument.range.total_seconds(), argument.vector_selector
    if kind_of(argument) != "VectorSelector":
        raise no("import.absent_of")
    metric, matchers = selector(argument)
    condition = {"kind": "absence", "metric": metric, "seconds": seconds}
    return Translation(condition, matchers, None, (reasons.of("import.note_absent"),))


def _joined(node: Any, sign: str, depth: int) -> Translation:
    refuse_matching(node)
    left, right = _condition(node.lhs, depth), _condition(node.rhs, depth)
    if "fleet" in (left.condition["kind"], right.condition["kind"]):
        raise no("import.fleet_joined", operator=sign)
    if sign == "and":
        matchers = left.matchers | right.matchers
    elif left.matchers == right.matchers or (sign == "unless" and right.matchers <= left.matchers):
        matchers = left.matchers
    else:
        raise no("import.different_labels", operator=sign)
    notes = (*left.notes, *right.notes)
    second = right.condition
    if sign == "unless":
        second = {"kind": "compound", "join": "not", "conditions": [second]}
        notes = (*notes, reasons.of("import.note_unless"))
    condition = {"kind": "compound", "join": "any" if sign == "or" else "all", "conditions": [left.condition, second]}
    gone = [one.gone_after_s for one in (left, right) if one.gone_after_s is not None]
    return Translation(condition, matchers, max(gone, default=None), notes)


def _comparison(node: Any, sign: str, depth: int) -> Translation:
    refuse_matching(node)
    if node.modifier is not None and node.modifier.return_bool:
        raise no("import.bool")
    left, right = node.lhs, node.rhs
    if (limit := constant(right, depth)) is None and (limit := constant(left, depth)) is not None:
        left, sign = right, COMPARISONS[sign]
    if limit is None:
        text, matchers = formula_of(Versus(left, right), depth)
        return Translation(_threshold(text, sign, 0.0), matchers)
    if constant(left, depth) is not None:
        raise no("import.no_metric")
    if not math.isfinite(limit):
        raise no("import.number")
    core, factor, shift = linear(left, depth)
    measured = _of_range(core)
    if measured is None and (fleet := of_many(core)) is not None:
        if fleet[0]["aggregate"] == "share":
            factor /= 100
        measured = Translation(*fleet, None, (reasons.of("import.note_fleet"),))
    if measured is None:
        text, matchers = formula_of(left, depth)
        return Translation(_threshold(text, sign, limit, bare(left)), matchers)
    if not factor:
        raise no("import.no_metric")
    if (factor, shift) != (1.0, 0.0):
        limit = (limit - shift) / factor
        sign = sign if factor > 0 else COMPARISONS[sign]
        measured = replace(measured, notes=(*measured.notes, reasons.of("import.note_scaled", threshold=limit)))
    return replace(measured, condition={**measured.condition, "operator": sign, "threshold": limit})


def _threshold(text: str, sign: str, limit: float, metric: str | None = None) -> dict[str, Any]:
    about = {"formula": text} if metric is None else {"metric": metric}
    return {"kind": "threshold", **about, "operator": sign, "threshold": limit}


def _of_range(node: Any) -> Translation | None:
    """Return a window or rate still without its comparison; None if *node* is no function of a range."""
    if kind_of(node) != "Call":
        return None
    name, arguments, notes = node.func.name, list(node.args), []
    about: dict[str, Any]
    if name in _CHANGES:
        about = {"kind": "rate", "unit": _CHANGES[name]}
        if name != "delta":
            notes.append(reasons.of("import.note_rate"))
    elif name in _STATISTICS:
        about = {"kind": "window", "statistic": _STATISTICS[name]}
    elif name == "quantile_over_time":
        quantile = constant(arguments.pop(0), 0)
        if quantile not in _QUANTILES:
            raise no("import.quantile", quantiles=[str(one) for one in _QUANTILES])
        about = {"kind": "window", "statistic": _QUANTILES[quantile]}
        notes.append(reasons.of("import.note_quantile"))
    else:
        return None
    (argument,) = arguments
    if kind_of(argument) != "MatrixSelector":
        raise no("import.subquery")
    metric, matchers = selector(argument.vector_selector)
    seconds = argument.range.total_seconds()
    return Translation({**about, "metric": metric, "seconds": seconds}, matchers, seconds, tuple(notes))
