"""
Paths into a JSON document, as a body mapping names its fields: the part of JMESPath that only selects. Pure.

What JMESPath computes or builds (functions, lists and objects of several parts) is refused: an answer is then
never larger than the document, and costs at most the path's length times the document's size. `$.` before a path
begins at the whole body instead of one alert of its list.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult, Parser

from shared.model import reasons
from shared.model.reasons import Reason

MAX_CHARS = 200
WHOLE = "$"
_SELECTS = frozenset(
    (
        *("field", "subexpression", "index", "index_expression", "identity", "current", "pipe"),
        *("projection", "flatten", "filter_projection", "comparator", "literal"),
        *("or_expression", "and_expression", "not_expression"),
    )
)


class NoPath(ValueError):
    """
    A text that is no path.

    Attributes:
        reason: Why.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


class _Path(NamedTuple):
    is_of_body: bool
    expression: ParsedResult | None
    """None: everything."""


def check(path: str) -> None:
    """
    Raises:
        NoPath: it cannot be read, or does more than to select.
    """
    _read(path)


def pick(path: str, alert: Any, body: Any) -> Any:
    """
    Return what a path finds in one alert of a body, or in the whole body; None if it finds nothing.

    Raises:
        NoPath: as `check`.
    """
    found = _read(path)
    source = body if found.is_of_body else alert
    if found.expression is None:
        return source
    try:
        return found.expression.search(source)
    except (JMESPathError, RecursionError, TypeError):
        # Comparisons of values that cannot be compared: no text decides between them.
        return None


@lru_cache(maxsize=2_000)
def _read(path: str) -> _Path:
    if len(path) > MAX_CHARS:
        raise NoPath(reasons.of("invalid.too_many_characters", max_length=MAX_CHARS))
    is_of_body = path == WHOLE or path.startswith((f"{WHOLE}.", f"{WHOLE}["))
    text = path.removeprefix(WHOLE).removeprefix(".") if is_of_body else path
    if not text.strip():
        return _Path(is_of_body, None)
    try:
        # A parser of its own: the library's cache would keep what strangers try.
        expression = Parser().parse(text)
        beyond = sorted(_kinds(expression.parsed) - _SELECTS)
    except JMESPathError as error:
        column = getattr(error, "lex_position", None)
        at = 0 if column is None else int(column) + 1 + len(path) - len(text)
        raise NoPath(reasons.of("invalid.body_path", column=at or len(path))) from None
    except (RecursionError, ValueError, Warning):
        raise NoPath(reasons.of("invalid.body_path", column=1)) from None
    if beyond:
        raise NoPath(reasons.of("invalid.body_path_selects", kind=beyond[0].replace("_", " ")))
    return _Path(is_of_body, expression)


def _kinds(node: dict[str, Any]) -> set[str]:
    """Return the kinds of all nodes of a parsed path."""
    found, waiting = set(), [node]
    while waiting:
        one = waiting.pop()
        found.add(one["type"])
        waiting += [child for child in one["children"] if isinstance(child, dict)]
    return found
