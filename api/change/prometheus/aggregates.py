"""Aggregations of PromQL as `fleet` conditions: over the newest values of a metric or formula of many plugins. Pure."""

from typing import Any

from api.change.prometheus.arithmetic import COMPARISONS, OF_RANGES, bare, constant, formula_of
from api.change.prometheus.selectors import Matchers, kind_of, no, refuse_matching, selector, unwrapped

AGGREGATES = ("avg", "sum", "min", "max", "count")


def of_many(node: Any) -> tuple[dict[str, Any], Matchers] | None:
    """
    Return a fleet condition still without its comparison, and the matchers of its plugins; None if it is none.

    A ratio of counts is a `share`, in percent.
    """
    node = unwrapped(node)
    if kind_of(node) == "AggregateExpr":
        condition, matchers, is_filtered = _aggregate(node)
        if is_filtered and condition["aggregate"] != "count":
            raise no("import.filter")
        return condition, matchers
    if kind_of(node) != "BinaryExpr" or str(node.op) != "/":
        return None
    part, whole = unwrapped(node.lhs), unwrapped(node.rhs)
    if not all(kind_of(one) == "AggregateExpr" and str(one.op) == "count" for one in (part, whole)):
        return None
    refuse_matching(node)
    (counted, of_part, is_filtered), (every, of_all, is_whole_filtered) = _aggregate(part), _aggregate(whole)
    same = all(counted.get(name) == every.get(name) for name in ("metric", "formula", "by"))
    if not is_filtered or is_whole_filtered or not same or of_part != of_all:
        return None
    return {**counted, "aggregate": "share"}, of_all


def _aggregate(node: Any) -> tuple[dict[str, Any], Matchers, bool]:
    """Return its condition, its matchers, and whether it takes only values that compare with a number."""
    name = str(node.op)
    if name not in AGGREGATES:
        raise no("import.aggregation", function=name)
    by: list[str] = []
    if node.modifier is not None:
        if not str(node.modifier.type).endswith("By"):
            raise no("import.without")
        by = list(dict.fromkeys(node.modifier.labels))
    inner = unwrapped(node.expr)
    each: dict[str, Any] = {}
    if kind_of(inner) == "BinaryExpr" and str(inner.op) in COMPARISONS:
        limit = constant(inner.rhs, 0)
        is_bool = inner.modifier is not None and inner.modifier.return_bool
        if limit is None or is_bool:
            raise no("import.fleet_of", function=name)
        each = {"each_operator": str(inner.op), "each_threshold": limit}
        inner = unwrapped(inner.lhs)
    metric = bare(inner)
    if metric is not None:
        about, matchers = {"metric": metric}, selector(inner)[1]
    elif kind_of(inner) == "Call" and inner.func.name in OF_RANGES:
        raise no("import.fleet_of", function=name)
    else:
        text, matchers = formula_of(inner, 0)
        about = {"formula": text}
    return {"kind": "fleet", **about, "aggregate": name, "by": by, **each}, matchers, bool(each)
