"""
Templates people write for titles and bodies: sandboxed, bounded, and never able to lose a notification.

Jinja2's sandbox keeps templates from Python's inner workings. What remains are ways to eat time and memory, so loops
over `range`, powers, repetition and the padding filters are taken out. A template that fails leaves the default
wording in its place, and says so.
"""

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shared.errors import Invalid

MAX_RESULT_CHARS = 20_000
_FILTERS = (
    *("upper", "lower", "title", "capitalize", "trim", "round", "int", "float", "abs", "default", "d", "replace"),
    *("truncate", "length", "join", "first", "last", "string", "e", "escape", "format", "sort", "list", "items"),
)
_REFUSED_OPERATORS = frozenset(("*", "**"))


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = _REFUSED_OPERATORS

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        # Repeating a text or raising to a power is how a short template makes a long answer.
        if operator == "**" or isinstance(left, str | list | tuple) or isinstance(right, str | list | tuple):
            raise SecurityError(f"{operator} is not possible with these")
        return super().call_binop(context, operator, left, right)


_environment = _Environment(undefined=StrictUndefined, autoescape=False)
_environment.globals.clear()
_environment.filters = {name: _environment.filters[name] for name in _FILTERS}


def check(template: str, what: str) -> None:
    """
    Look at a template before it is stored.

    Raises:
        Invalid: it cannot be read; says where.
    """
    try:
        _environment.from_string(template)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise Invalid({what: f"{error}{f' (line {line})' if line else ''}"}, "The template") from None


def render(template: str, words: Mapping[str, Any]) -> str:
    """
    Return the text a template makes of an alert's words.

    Raises:
        Invalid: it fails; says why in one line.
    """
    try:
        text = _environment.from_string(template).render(words)
    except Exception as error:  # Whatever people's templates do, it is theirs.
        raise Invalid({"template": f"{type(error).__name__}: {error}".splitlines()[0][:300]}, "The template") from None
    return text[:MAX_RESULT_CHARS]
