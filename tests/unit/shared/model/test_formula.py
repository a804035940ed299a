"""Formulas: what can be written, what each means, and what is refused with which reason."""

import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.model import formula
from shared.model.formula import Formula, Name, Node, Number, Step
from shared.model.reasons import Reason

METRICS = (
    "a",
    "disk.used",
    "job:up:sum",
    "디스크_사용량",
    "disk used",
    'le{x="1"}',
    "it's",
    "back\\slash",
    "min",
    "9lives",
)
BINDS = {"neg": 4, "*": 3, "/": 3, "%": 3, "+": 2, "-": 2, **dict.fromkeys((">", ">=", "<", "<=", "==", "!="), 1)}

numbers = st.sampled_from([0.0, 1.0, 2.5, 100.0, 1e300, 1e-300]) | st.floats(0, 1e12)
trees = st.recursive(
    numbers.map(Number) | st.integers(0, len(METRICS) - 1).map(Name),
    lambda inner: st.one_of(
        st.builds(lambda sign, left, right: Step(sign, (left, right)), st.sampled_from(sorted(BINDS)), inner, inner)
        .filter(lambda step: step.sign != "neg"),
        st.builds(lambda one: Step("neg", (one,)), inner),
        st.builds(lambda one: Step("abs", (one,)), inner),
        st.builds(lambda name, some: Step(name, tuple(some)), st.sampled_from(["min", "max"]),
                  st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=12,
)  # fmt: skip
values = st.sampled_from([0.0, -0.0, 1.0, -3.0, 7.5, 1e308, -1e308, 5e-324]) | st.floats(-1e9, 1e9)


def written(node: Node, quote: str) -> str:
    """Write a tree with as few brackets as the binding of the operators allows."""
    match node:
        case Number(value):
            return repr(value)
        case Name(index):
            name = METRICS[index]
            if re.fullmatch(r"[^\W\d][\w.:]*", name):
                return name
            return quote + re.sub(r"(['\"\\])", r"\\\1", name) + quote
        case Step("neg", (one,)):
            return "-" + within(one, BINDS["neg"], quote)
        case Step("abs" | "min" | "max" as name, operands):
            return f"{name}({', '.join(written(one, quote) for one in operands)})"
        case Step(sign, (left, right)):
            # Operators of one strength bind to the left; comparisons do not follow each other at all.
            strength = BINDS[sign]
            return f"{within(left, strength + (strength == 1), quote)} {sign} {within(right, strength + 1, quote)}"
    raise AssertionError(node)


def within(node: Node, least: int, quote: str) -> str:
    text = written(node, quote)
    return f"({text})" if isinstance(node, Step) and BINDS.get(node.sign, 9) < least else text


class Nothing(Exception):
    """A step of the model has no value."""


def model(node: Node, given_values: list[float]) -> float:
    """Compute a tree in the plainest way: each step is a finite number, or the whole says nothing."""
    match node:
        case Number(value):
            return value
        case Name(index):
            return given_values[index]
        case Step(sign, operands):
            parts = [model(one, given_values) for one in operands]
    left, right = parts[0], parts[-1]
    if sign in "/%" and right == 0:
        raise Nothing
    plain = {
        "neg": lambda: -left, "abs": lambda: abs(left), "min": lambda: min(parts), "max": lambda: max(parts),
        "+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right, "/": lambda: left / right,
        "%": lambda: math.fmod(left, right), ">": lambda: float(left > right), ">=": lambda: float(left >= right),
        "<": lambda: float(left < right), "<=": lambda: float(left <= right), "==": lambda: float(left == right),
        "!=": lambda: float(left != right),
    }  # fmt: skip
    found = plain[sign]()
    if not math.isfinite(found):
        raise Nothing
    return found


@given(trees, st.lists(values, min_size=len(METRICS), max_size=len(METRICS)), st.sampled_from("\"'"))
@example(Step("-", (Name(0), Step("-", (Name(1), Name(2))))), [1.0] * len(METRICS), '"')
@example(Step("<", (Step("/", (Name(0), Name(1))), Number(1.0))), [1.0, 5e-324, *[0.0] * 8], '"')
def test_formula_has_the_value_of_its_tree_or_none(tree: Node, given_values: list[float], quote: str) -> None:
    text = written(tree, quote)
    try:
        parsed = formula.parse(text)
    except ValueError as error:
        (reason,) = error.args
        assert reason.code in ("formula.no_metric", "formula.long")
        return
    by_name = dict(zip(METRICS, given_values, strict=True))
    try:
        expected = model(tree, given_values)
    except Nothing:
        expected = None

    assert expected == parsed.value([by_name[name] for name in parsed.names])


def refused(text: str) -> Reason:
    with pytest.raises(ValueError) as caught:
        formula.parse(text)
    (reason,) = caught.value.args
    assert isinstance(reason, Reason)
    return reason


@pytest.mark.parametrize(
    ("text", "code", "values"),
    [
        ("", "formula.ends", {}),
        ("a +", "formula.ends", {}),
        ("(a", "formula.ends", {}),
        ("min(a,", "formula.ends", {}),
        ("a b", "formula.unexpected", {"text": "b", "place": 3}),
        ("a)", "formula.unexpected", {"text": ")", "place": 2}),
        ("5m * a", "formula.unexpected", {"text": "5", "place": 1}),
        ("  $a", "formula.unexpected", {"text": "$", "place": 3}),
        ("a ** 2", "formula.unexpected", {"text": "*", "place": 4}),
        ("a + 'b", "formula.quote", {"place": 5}),
        ("''", "formula.name_length", {"max_length": 128}),
        ("1 + 2", "formula.no_metric", {}),
        ("a * 1e999", "formula.number", {"number": "1e999"}),
        ("sqrt(a)", "formula.function", {"name": "sqrt", "functions": ["abs", "max", "min"]}),
        ("abs(a, b)", "formula.abs", {}),
        ("a < b < c", "formula.two_comparisons", {"place": 7}),
        ("a < (b) < c", "formula.two_comparisons", {"place": 9}),
        ("a\u200b", "invalid.name_hidden", {}),
    ],
)
def test_what_is_no_formula_is_refused_with_the_place(text: str, code: str, values: dict[str, object]) -> None:
    assert Reason(code, values) == refused(text)


def test_each_bound_is_kept_exactly() -> None:
    deep, deeper = "(" * 32 + "a" + ")" * 32, "-" * 33 + "a"
    long, longer = "+".join("a" * 65), "+".join("a" * 66)
    wide, wider = (" + ".join(f"m{n}" for n in range(count)) for count in (16, 17))

    assert [2.0, 65.0, 16.0] == [
        formula.parse(text).value([value] * 16) for text, value in ((deep, 2.0), (long, 1.0), (wide, 1.0))
    ]
    assert ["formula.deep", "formula.steps", "formula.names", "formula.long", "formula.name_length"] == [
        refused(text).code for text in (deeper, longer, wider, "a" + " " * 1_000, f"'{'n' * 129}'")
    ]


def test_name_is_kept_as_it_is_written() -> None:
    parsed: Formula = formula.parse(r""" "disk \"used\"" / 'it\'s' + 디스크.사용량 - min """)

    assert ('disk "used"', "it's", "디스크.사용량", "min") == parsed.names


@given(st.text(max_size=60) | st.text("ab()<>=!+-*/%,.0\"' ", max_size=40))
def test_any_text_is_a_formula_or_refused_with_a_reason(text: str) -> None:
    try:
        parsed = formula.parse(text)
    except ValueError as error:
        assert isinstance(error.args[0], Reason)
        return

    assert parsed.value([1.0] * len(parsed.names)) is None or parsed.names
