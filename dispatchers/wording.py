"""
Templates people write for titles and bodies: sandboxed, bounded, and never able to lose a notification.

Jinja2's sandbox keeps templates from Python's inner workings. What remain are ways to eat time and memory: a text
doubled again and again, padded to a billion characters, loops within loops, calls that call themselves. So a template
may use a short list of what Jinja2 has: words, filters that cannot grow without bound, `if`, and a loop over the
labels. A template that fails leaves the default wording in its place, and says so.
"""

import math
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shared.errors import Invalid

MAX_RESULT_CHARS = 20_000
MAX_WORD_CHARS = 4_000
"""Of one of the words a template speaks with; longer ones are cut."""
MAX_LABELS = 64
LABELS = "alert_labels"
_FILTERS = (
    *("upper", "lower", "title", "capitalize", "trim", "int", "float", "abs", "default", "d", "truncate"),
    *("length", "first", "last", "string", "e", "escape", "sort", "list", "items"),
)
_USABLE = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Tuple, nodes.List),
    *(nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test, nodes.Keyword),
    *(nodes.If, nodes.CondExpr, nodes.For, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos, nodes.Concat),
)
_SAID = {"Assign": "set", "AssignBlock": "set", "Call": "a call", "CallBlock": "call", "Pow": "**"}
_WIDE = re.compile(r"%[^a-zA-Z%]*(\d{3,}|\*)")
"""A printf directive that pads to more than 99 characters, or to a number given elsewhere."""


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(("*", "%"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if isinstance(left, str | list | tuple) or isinstance(right, str | list | tuple):
            raise SecurityError(f"{operator} is for numbers; the filter `format` is for texts")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        # Labels are found as items; nothing else has an attribute that is a reader's business.
        return False


def _bounded(text: str, length: int) -> None:
    if length > MAX_RESULT_CHARS:
        raise SecurityError(f"{text} would make a text of {length} characters; {MAX_RESULT_CHARS} are allowed")


def _replace(value: object, old: str, new: str, count: int = -1) -> str:
    text, old, new = str(value), str(old), str(new)
    _bounded("replace", len(text) + text.count(old) * len(new))
    return text.replace(old, new, count)


def _join(values: Iterable[object], separator: str = "") -> str:
    texts = [str(value) for value in islice(values, MAX_RESULT_CHARS)]
    _bounded("join", sum(map(len, texts)) + len(str(separator)) * len(texts))
    return str(separator).join(texts)


def _format(pattern: str, *values: object) -> str:
    if _WIDE.search(str(pattern)):
        raise SecurityError("format pads to 99 characters at most")
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


_environment = _Environment(undefined=StrictUndefined, autoescape=False)
_environment.globals.clear()
_environment.filters = {name: _environment.filters[name] for name in _FILTERS} | {
    "replace": _replace,
    "join": _join,
    "format": _format,
    "round": _round,
}


def check(template: str, what: str) -> None:
    """
    Look at a template before it is stored.

    Raises:
        Invalid: it cannot be read, or uses what is not for templates; says where.
    """
    try:
        _compiled(template)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise Invalid({what: f"{error.message}{f' (line {line})' if line else ''}"}, "The template") from None
    except Exception as error:  # E.g. brackets nested too deep for Python.
        raise Invalid({what: f"cannot be read: {type(error).__name__}"}, "The template") from None


def render(template: str, words: Mapping[str, Any]) -> str:
    """
    Return the text a template makes of an alert's words.

    Raises:
        Invalid: it fails; says why in one line.
    """
    try:
        return _output(_compiled(template).generate({name: _cut(word) for name, word in words.items()}))
    except Exception as error:  # Whatever people's templates do, it is theirs.
        raise Invalid({"template": f"{type(error).__name__}: {error}".splitlines()[0][:300]}, "The template") from None


def _compiled(template: str) -> Any:
    for node in _all(_environment.parse(template)):
        if not isinstance(node, _USABLE):
            name = type(node).__name__
            raise TemplateSyntaxError(f"{_SAID.get(name, name.lower())} cannot be used here", node.lineno)
        if isinstance(node, nodes.For) and not _is_short(node):
            raise TemplateSyntaxError(f"a loop may go over {LABELS} only, and hold no other", node.lineno)
    return _environment.from_string(template)


def _all(root: nodes.Node) -> Iterable[nodes.Node]:
    yield root
    for node in root.iter_child_nodes():
        yield from _all(node)


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
    return dict(islice(word.items(), MAX_LABELS)) if isinstance(word, Mapping) else word
