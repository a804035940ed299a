"""
Templates people write for titles and bodies: sandboxed, bounded, and never able to lose a notification.

Jinja2's sandbox keeps templates from Python's internals. A template could still use too much time or memory: a text
doubled again and again, padding to a billion characters, nested loops, recursive calls. So a template may use only a
part of Jinja2: words, some filters, `if`, and a loop over the labels. The result of each filter and operator is
measured, and their total is bounded too. If a template fails, the message has the default wording and names the fault.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from jinja2 import Environment, StrictUndefined, nodes, pass_context
from jinja2.exceptions import SecurityError, TemplateError, TemplateSyntaxError
from jinja2.filters import FILTERS
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from shared.errors import Invalid
from shared.model import reasons
from shared.model.reasons import Reason

MAX_RESULT_CHARS = 20_000
MAX_WORD_CHARS = 4_000
"""Of one of the words a template speaks with; longer ones are cut."""
MAX_LABELS = 64
MAX_SIZE = 200_000
"""Of anything a template makes on the way to its result: characters of a text, or of all texts in a list."""
MAX_WORK = 4_000_000
"""Characters that all filters and operators of one result may read and write: well under a second."""
MAX_DEPTH = 80
MAX_NUMBER_BITS = 4_096
LABELS = "alert_labels"
_FILTERS = (
    *("upper", "lower", "title", "capitalize", "trim", "int", "float", "abs", "default", "d", "truncate"),
    *("length", "last", "string", "e", "escape", "sort", "items"),
)
_TAKE_ENVIRONMENT = ("truncate", "first", "last", "sort")
"""Those of Jinja2's filters that it gives the environment to."""
_COSTLY = {"sort": 20, "title": 10}
"""Filters whose work on each character is so many times that of the others."""
_WORK = " work"
"""Where a result keeps how much work is left; a template cannot say a name with a space."""
_USABLE = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Tuple, nodes.List),
    *(nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test, nodes.Keyword),
    *(nodes.If, nodes.CondExpr, nodes.For, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos, nodes.Concat),
)
_SAID = {"Assign": "set", "AssignBlock": "set", "Call": "a call", "CallBlock": "call", "Pow": "**"}
_WIDE = re.compile(r"%[^a-zA-Z%]*(\d{3,}|\*)")
"""A printf directive that pads to more than 99 characters, or to a number given elsewhere."""


class _Refused(TemplateSyntaxError):
    def __init__(self, why: Reason, line: int) -> None:
        super().__init__(str(why), line)
        self.why = why


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        are_numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if not are_numbers and operator in "*%" and _holds_text(left, right):
            raise SecurityError(f"{operator} is for numbers; the filter `format` is for texts")
        _spend(context, operator, left, right)
        return _spend(context, operator, super().call_binop(context, operator, left, right))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        # Labels are found as items; nothing else has an attribute that is a reader's business.
        return False


def _holds_text(*values: object) -> bool:
    return any(isinstance(value, str | list | tuple) for value in values)


def _size(value: object) -> int:
    """Return how long a value is, with all that is in it."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, bool | float) or value is None:
        return 1
    if isinstance(value, int):
        if value.bit_length() > MAX_NUMBER_BITS:
            raise SecurityError(f"a number has more than {MAX_NUMBER_BITS} bits")
        return 1 + value.bit_length() // 3
    if isinstance(value, list | tuple):
        return sum(map(_size, value), len(value))
    if isinstance(value, Mapping):
        return sum(_size(name) + _size(one) for name, one in value.items())
    return 1


def _spend(context: Context, name: str, *values: Any, times: int = 1) -> Any:
    """
    Account for values that a filter or an operator takes or makes; returns the first.

    Raises:
        SecurityError: one is too large, or all work together is too much.
    """
    size = 1
    for value in values:
        one = _size(value)
        if one > MAX_SIZE:
            raise SecurityError(f"{name} would work on {one} characters; {MAX_SIZE} are allowed")
        size += one
    left: list[int] = context.parent[_WORK]
    left[0] -= size * times
    if left[0] < 0:
        raise SecurityError(f"{name} is one step too much: all of them may work on {MAX_WORK} characters together")
    return values[0]


def _bounded(name: str, work: Callable[..., Any], *, takes_environment: bool = False) -> Callable[..., Any]:
    """Return the filter *work*, accounting for what it takes and what it makes."""

    @pass_context
    def bounded(context: Context, value: Any, *args: Any, **options: Any) -> Any:
        _spend(context, name, value, *args, *options.values(), times=_COSTLY.get(name, 1))
        given = (context.environment, value) if takes_environment else (value,)
        return _spend(context, name, work(*given, *args, **options))

    return bounded


def _check_length(name: str, length: int) -> None:
    if length > MAX_SIZE:
        raise SecurityError(f"{name} would make a text of {length} characters; {MAX_SIZE} are allowed")


def _concat(values: list[object]) -> str:
    """Do what `~` does."""
    return "".join(map(str, values))


def _first(environment: Environment, values: Iterable[Any]) -> Any:
    for value in values:
        return value
    return environment.undefined("No first item, sequence was empty.")


def _trim(value: object, chars: str | None = None) -> str:
    if chars is not None and len(chars) > 100:
        raise SecurityError("trim takes 100 characters at most")
    text = value if isinstance(value, str) else str(value)
    return text.strip(chars)


def _replace(value: object, old: str, new: str, count: int = -1) -> str:
    text, old, new = str(value), str(old), str(new)
    _check_length("replace", len(text) + text.count(old) * len(new))
    return text.replace(old, new, count)


def _join(values: Iterable[object], separator: str = "") -> str:
    texts = [str(value) for value in islice(values, MAX_RESULT_CHARS)]
    _check_length("join", sum(map(len, texts)) + len(str(separator)) * len(texts))
    return str(separator).join(texts)


def _format(pattern: str, *values: object) -> str:
    if _WIDE.search(str(pattern)):
        raise SecurityError("format pads to 99 characters at most")
    _check_length("format", len(str(pattern)) + sum(map(_size, values)))
    return str(pattern) % values


def _round(value: float, digits: int = 0, method: str = "common") -> float:
    factor = 10.0 ** max(-15, min(digits, 15))
    match method:
        case "ceil":
            return math.ceil(value * factor) / factor
        case "floor":
            return math.floor(value * factor) / factor
        case _:
            return round(float(value), max(-15, min(digits, 15)))


@pass_context
def _shown(context: Context, value: Any) -> Any:
    return _spend(context, "a result", value)


_CONCAT = "concat"
_environment = _Environment(undefined=StrictUndefined, autoescape=False, optimized=False, finalize=_shown)
_environment.globals.clear()
_environment.filters = {
    name: _bounded(name, work, takes_environment=name in _TAKE_ENVIRONMENT)
    for name, work in {
        **{name: FILTERS[name] for name in _FILTERS},
        "first": _first,
        "list": list,
        "trim": _trim,
        "replace": _replace,
        "join": _join,
        "format": _format,
        "round": _round,
        _CONCAT: _concat,
    }.items()
}


class _Concatenations(NodeTransformer):
    """Makes a filter of `~`, which Jinja2 offers no other way to measure."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        parts = nodes.List([self.visit(part) for part in node.nodes], lineno=node.lineno)
        return nodes.Filter(parts, _CONCAT, [], [], None, None, lineno=node.lineno)


def check(template: str, what: str) -> None:
    """
    Look at a template before it is stored.

    Raises:
        Invalid: it cannot be read, or uses what is not for templates; says where.
    """
    try:
        _compiled(template)
    except TemplateError as error:
        raise Invalid({what: _problem(error)}, "The template") from None
    except Exception as error:  # E.g. brackets nested too deep for Python.
        raise Invalid({what: reasons.of("invalid.unreadable", error=type(error).__name__)}, "The template") from None


def _problem(error: TemplateError) -> Reason:
    # Jinja2 has its own words.
    because = error.why if isinstance(error, _Refused) else reasons.of("problem.text", text=error.message or "")
    line = getattr(error, "lineno", None)
    return reasons.of("template.at_line", because=because, line=line) if line else because


def render(template: str, words: Mapping[str, Any]) -> str:
    """
    Return the text a template makes of an alert's words.

    Raises:
        Invalid: it fails; says why in one line.
    """
    try:
        given = {name: _cut(word) for name, word in words.items()}
        return _output(_compiled(template).generate({**given, _WORK: [MAX_WORK]}))
    except Exception as error:  # Whatever people's templates do, it is theirs.
        said = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        raise Invalid({"template": reasons.of("problem.text", text=said)}, "The template") from None


def _compiled(template: str) -> Any:
    parsed = _environment.parse(template)
    for node in _all(parsed):
        if not isinstance(node, _USABLE):
            name = type(node).__name__
            raise _Refused(reasons.of("template.not_here", what=_SAID.get(name, name.lower())), node.lineno)
        if isinstance(node, nodes.For) and not _is_short(node):
            raise _Refused(reasons.of("template.loop", labels=LABELS), node.lineno)
    _Concatenations().visit(parsed)
    return _environment.from_string(parsed)


def _all(root: nodes.Node) -> Iterable[nodes.Node]:
    """Yield every node; Jinja2 and Python would take minutes over what nests deeply."""
    level = [root]
    for _ in range(MAX_DEPTH):
        yield from level
        level = [child for node in level for child in node.iter_child_nodes()]
    if level:
        raise _Refused(reasons.of("template.too_deep", depth=MAX_DEPTH), level[0].lineno)


def _is_short(loop: nodes.For) -> bool:
    over: nodes.Node | None = loop.iter
    while isinstance(over, nodes.Filter) and over.name in ("items", "list", "sort"):
        over = over.node
    is_over_labels = isinstance(over, nodes.Name) and over.name == LABELS
    return is_over_labels and not loop.recursive and not any(loop.find_all(nodes.For))


def _output(parts: Iterable[str]) -> str:
    """Join what a template says, and ask it for no more than is shown."""
    text = ""
    for part in parts:
        text += part[: MAX_RESULT_CHARS - len(text)]
        if len(text) >= MAX_RESULT_CHARS:
            break
    return text


def _cut(word: Any) -> Any:
    if isinstance(word, str):
        return word[:MAX_WORD_CHARS]
    if isinstance(word, Mapping):
        return {_cut(name): _cut(one) for name, one in islice(word.items(), MAX_LABELS)}
    return word
