"""Selectors of PromQL as a metric with labels, and the error for what cannot be translated. Pure."""

from typing import Any

from shared.model import globs, reasons
from shared.model.reasons import Reason

MAX_DEPTH = 64

Matcher = tuple[str, str, str]
"""Label, operator (`=`, `!=`, `=~`, `!~`) and value."""
Matchers = frozenset[Matcher]


class Untranslatable(Exception):
    """An expression says what no condition of ours can say."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


def no(code: str, **values: Any) -> Untranslatable:
    return Untranslatable(reasons.of(code, **values))


def kind_of(node: Any) -> str:
    return type(node).__name__


def unwrapped(node: Any) -> Any:
    """Return what stands within brackets."""
    while kind_of(node) == "ParenExpr":
        node = node.expr
    return node


def deeper(depth: int) -> int:
    if depth >= MAX_DEPTH:
        raise no("import.deep", depth=MAX_DEPTH)
    return depth + 1


def scope(matchers: Matchers) -> dict[str, Any]:
    """
    Return the fields of a rule that covers the plugins which the matchers select.

    A regular expression is never run: it becomes the globs that fit the same texts. Those that no globs can say are
    rare, and an expression of a stranger can take a backtracking engine forever.

    Raises:
        Untranslatable: no globs say the same as the matchers.
    """
    labels: dict[str, str] = {}
    further: list[dict[str, Any]] = []
    for name, sign, value in sorted(matchers):
        fitting = _fitting(name, sign, value)
        is_equal = sign in ("=", "=~")
        if sign == "!=" and not value:
            fitting, is_equal = ["?*"], True
        if fitting == ["*"] and is_equal:
            continue
        if is_equal and len(fitting) == 1 and name not in labels:
            labels[name] = fitting[0]
        else:
            further.append({"label": name, "values": fitting, "is_equal": is_equal})
    return {"labels": labels, "label_matchers": further}


def refuse_matching(node: Any) -> None:
    if node.modifier is not None and (
        node.modifier.matching is not None or str(node.modifier.card).rpartition(".")[2] in ("ManyToOne", "OneToMany")
    ):
        raise no("import.matching")


def selector(node: Any) -> tuple[str, Matchers]:
    """Return the metric and the matchers of an instant vector."""
    if node.offset is not None or node.at is not None:
        raise no("import.offset")
    if node.matchers.or_matchers:
        raise no("import.alternatives")
    metric = node.name
    matchers: set[Matcher] = set()
    for one in node.matchers.matchers:
        sign = _SIGNS[str(one.op).rpartition(".")[2]]
        if one.name != "__name__":
            matchers.add((one.name, sign, one.value))
        elif sign == "=":
            metric = one.value
    if not metric:
        raise no("import.no_name")
    return metric, frozenset(matchers)


_SIGNS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


def _fitting(name: str, sign: str, value: str) -> list[str]:
    """Return the globs of which one fits exactly what the text or regular expression of a matcher fits."""
    if sign in ("=", "!="):
        return [globs.literal(value)]
    found = globs.of_regex(value)
    if found is None:
        raise no("import.regex", label=name, matcher=f'{name}{sign}"{value}"')
    return found
