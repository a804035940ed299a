r"""
Arithmetic over the metrics of one plugin: the text of a formula, read into a tree, and the tree into a function. Pure.

    "disk used" / disk_size * 100     max(errors, 1) * 2     abs(a - b)     (load > 4) * (cores <= 2)

A metric stands as it is if its name consists of letters, digits, `_`, `.` and `:` and does not begin with a digit. Any
other name stands in double or single quotes, where `\` escapes the quote and itself. Operators bind as usual: unary
minus first, then `* / %`, then `+ -`, then one comparison, which gives 1 or 0.

The parser is our own (of Pratt's kind), because the libraries at hand evaluate Python, or have neither names like these
nor bounds nor errors in two languages.
"""

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from shared.model import names, reasons
from shared.model.alerts import NAME_LENGTH

MAX_CHARS = 1_000
MAX_DEPTH = 32
"""Brackets, calls and unary minus within each other."""
MAX_STEPS = 64
"""Operators and calls. Each level of the tree has one, so they bound its height too."""
MAX_NAMES = 16
FUNCTIONS = ("abs", "max", "min")

Values = Sequence[float]
"""Of the metrics, in the order of `Formula.names`."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """A metric, by its place in `Formula.names`."""

    index: int


@dataclass(frozen=True, slots=True)
class Step:
    """An operator or a function, applied to its operands; `neg` is unary minus."""

    sign: str
    operands: "tuple[Node, ...]"


Node = Number | Name | Step


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was parsed. Equal texts are equal formulas."""

    text: str
    names: tuple[str, ...] = field(compare=False)
    """The metrics it is about, each once, in the order in which they are first named."""
    tree: Node = field(compare=False)
    _compute: Callable[[Values], float] = field(compare=False, repr=False)

    def value(self, values: Values) -> float | None:
        """Return its value; None after a division by zero, or where a step of it is no finite number."""
        try:
            found = self._compute(values)
        except (ArithmeticError, ValueError):
            return None
        return found if math.isfinite(found) else None


@lru_cache(4_096)
def parse(text: str) -> Formula:
    """
    Parse a formula.

    Raises:
        ValueError: with the reason why it is none.
    """
    if len(text) > MAX_CHARS:
        raise ValueError(reasons.of("formula.long", max_length=MAX_CHARS))
    if hidden := names.hides(text):
        raise ValueError(hidden)
    parser = _Parser(text)
    tree = parser.whole()
    return Formula(text.strip(), tuple(parser.names), tree, _compiled(tree))


def quoted(name: str) -> str:
    """Return the name of a metric as a formula names it."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


# -- from text to tree ------------------------------------------------------------------------------------------


class _Token(NamedTuple):
    kind: str
    text: str
    place: int
    """Of its first character, from 1 on."""


_TOKENS = re.compile(
    r"""\s*(?:
        (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?![\w.])
      | (?P<name>[^\W\d][\w.:]*)
      | (?P<quoted>"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')
      | (?P<sign>>=|<=|==|!=|[-+*/%<>(),])
      | (?P<end>\Z)
      | (?P<other>\S)
    )""",
    re.VERBOSE,
)
_PLAIN_NAME = re.compile(r"[^\W\d][\w.:]*")
_ESCAPE = re.compile(r"\\(.)")
_COMPARISONS = frozenset((">", ">=", "<", "<=", "==", "!="))
_BINDS = dict.fromkeys(_COMPARISONS, 1) | {"+": 2, "-": 2, "*": 3, "/": 3, "%": 3}


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    for match in _TOKENS.finditer(text):
        kind = match.lastgroup or "end"
        token = _Token(kind, match[kind], match.start(kind) + 1)
        if kind == "other":
            if token.text in "\"'":
                raise ValueError(reasons.of("formula.quote", place=token.place))
            raise _unexpected(token)
        found.append(token)
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._steps = 0
        self.names: dict[str, int] = {}
        """The metrics named so far, each with its place."""

    def whole(self) -> Node:
        tree = self._expression(0, 0)
        if self._next.kind != "end":
            raise _unexpected(self._next)
        if not self.names:
            raise ValueError(reasons.of("formula.no_metric"))
        return tree

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _expression(self, binds: int, depth: int) -> Node:
        """Read as long as operators bind more tightly than *binds*."""
        left = self._operand(depth)
        has_compared = False
        while (strength := _BINDS.get(self._next.text, 0) if self._next.kind == "sign" else 0) > binds:
            sign = self._take()
            if has_compared and sign.text in _COMPARISONS:
                raise ValueError(reasons.of("formula.two_comparisons", place=sign.place))
            has_compared = sign.text in _COMPARISONS
            left = self._step(sign.text, left, self._expression(strength, depth))
        return left

    def _operand(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise ValueError(reasons.of("formula.deep", depth=MAX_DEPTH))
        token = self._take()
        match token.kind, token.text:
            case "number", digits:
                value = float(digits)
                if not math.isfinite(value):
                    raise ValueError(reasons.of("formula.number", number=digits))
                return Number(value)
            case "quoted", text:
                return self._name(_ESCAPE.sub(r"\1", text[1:-1]))
            case "name", name:
                if self._next.text == "(" and self._next.kind == "sign":
                    return self._call(token, depth)
                return self._name(name)
            case "sign", "-":
                # Unary minus binds more tightly than any other operator.
                return self._step("neg", self._operand(depth + 1))
            case "sign", "(":
                inner = self._expression(0, depth + 1)
                self._expect(")")
                return inner
        if token.kind == "end":
            raise ValueError(reasons.of("formula.ends"))
        raise _unexpected(token)

    def _call(self, function: _Token, depth: int) -> Node:
        if function.text not in FUNCTIONS:
            raise ValueError(reasons.of("formula.function", name=function.text, functions=list(FUNCTIONS)))
        self._take()
        operands = [self._expression(0, depth + 1)]
        while self._next.text == "," and self._next.kind == "sign":
            self._take()
            operands.append(self._expression(0, depth + 1))
        self._expect(")")
        if function.text == "abs" and len(operands) != 1:
            raise ValueError(reasons.of("formula.abs"))
        return self._step(function.text, *operands)

    def _step(self, sign: str, *operands: Node) -> Node:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise ValueError(reasons.of("formula.steps", limit=MAX_STEPS))
        return Step(sign, operands)

    def _name(self, name: str) -> Node:
        if not 1 <= len(name) <= NAME_LENGTH:
            raise ValueError(reasons.of("formula.name_length", max_length=NAME_LENGTH))
        index = self.names.setdefault(name, len(self.names))
        if index >= MAX_NAMES:
            raise ValueError(reasons.of("formula.names", limit=MAX_NAMES))
        return Name(index)

    def _expect(self, sign: str) -> None:
        token = self._take()
        if token.kind == "end":
            raise ValueError(reasons.of("formula.ends"))
        if (token.kind, token.text) != ("sign", sign):
            raise _unexpected(token)


def _unexpected(token: _Token) -> ValueError:
    return ValueError(reasons.of("formula.unexpected", text=token.text, place=token.place))


# -- from tree to function --------------------------------------------------------------------------------------

_PLAIN: dict[str, Callable[[float, float], float]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
"""Of a number that is not finite they make another that is not; so only the whole need be looked at."""
_LOOKED_AT: dict[str, Callable[[float, float], float]] = {
    "/": operator.truediv,
    # The sign is that of the dividend, as in Prometheus.
    "%": math.fmod,
    ">": lambda left, right: float(left > right),
    ">=": lambda left, right: float(left >= right),
    "<": lambda left, right: float(left < right),
    "<=": lambda left, right: float(left <= right),
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
}


def _compiled(node: Node) -> Callable[[Values], float]:
    match node:
        case Number(value):
            return lambda _: value
        case Name(index):
            return operator.itemgetter(index)
        case Step("neg", (operand,)):
            inner = _compiled(operand)
            return lambda values: -inner(values)
        case Step("abs", (operand,)):
            inner = _compiled(operand)
            return lambda values: abs(inner(values))
        case Step("min" | "max" as name, operands):
            choose = min if name == "min" else max
            parts = [_compiled(operand) for operand in operands]
            return lambda values: choose([_finite(part(values)) for part in parts])
        case Step(sign, (first, second)):
            left, right = _compiled(first), _compiled(second)
            if sign in _PLAIN:
                plain = _PLAIN[sign]
                return lambda values: plain(left(values), right(values))
            apply = _LOOKED_AT[sign]
            return lambda values: apply(_finite(left(values)), _finite(right(values)))
    raise AssertionError(node)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise OverflowError
    return value
