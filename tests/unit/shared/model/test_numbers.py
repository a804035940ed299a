"""Numbers put into words: distinct ones never read the same, and none loses its size to an exponent."""

import math
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.model.numbers import PLAIN_BELOW, PLAIN_FROM, exact, number

ROOT = Path(__file__).parents[4]
PYTHON = sorted(
    file.relative_to(ROOT)
    for package in ("api", "dispatchers", "evaluator", "producers", "shared")
    for file in (ROOT / package).rglob("*.py")
    if "node_modules" not in file.parts and file.name != "numbers.py"
)
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[float, float]:
    """A number, and one that is near it."""
    value = draw(st.one_of(FINITE, st.floats(-1e7, 1e7), st.integers(-(10**17), 10**17).map(float)))
    step = draw(st.one_of(st.integers(1, 1_000), st.just(0)))
    other = value + draw(st.sampled_from([-1, 1])) * step * math.ulp(value)
    return (value, other) if math.isfinite(other) else (value, value)


def relation(left: float, right: float) -> int:
    return (left > right) - (left < right)


@given(neighbours())
@example((1_209_599.9, 1_209_600.0))
@example((99.994, 99.99))
@example((0.1 + 0.2, 0.3))
@example((1 / 3, 1 / 3))
@example((5e-324, 5e-324))
@example((1.7976931348623157e308, 1.797693134e308))
def test_text_reads_back_on_the_same_side_of_the_limit(pair: tuple[float, float]) -> None:
    value, limit = pair
    shown, shown_limit = number(value, limit), exact(limit)

    assert float(shown_limit) == limit
    assert math.isfinite(float(shown))
    assert relation(value, limit) == relation(float(shown), limit)
    assert (shown == shown_limit) == (value == limit)


@given(FINITE, st.lists(FINITE, max_size=4))
def test_text_keeps_its_side_of_every_number_beside_it(value: float, others: list[float]) -> None:
    read = float(number(value, *others))

    assert [relation(value, other) for other in others] == [relation(read, other) for other in others]


@given(st.one_of(FINITE, st.floats(PLAIN_FROM, PLAIN_BELOW, exclude_max=True)))
def test_numbers_of_ordinary_size_have_no_exponent(value: float) -> None:
    for text in (number(value), exact(value)):
        has_exponent = "e" in text

        assert has_exponent == (abs(float(text)) >= PLAIN_BELOW or 0 < abs(float(text)) < PLAIN_FROM), text


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_whole_numbers_are_written_whole(value: int) -> None:
    assert (str(value), str(value)) == (number(value), exact(value))


@given(FINITE)
def test_a_number_alone_is_near_what_it_says(value: float) -> None:
    assert math.isclose(value, float(number(value)), rel_tol=5.1e-6)
    assert value == float(exact(value))


@pytest.mark.parametrize(
    ("value", "beside", "text"),
    [
        (9.0, (5.0,), "9"),
        (93.456789, (80.0,), "93.4568"),
        (1_209_600.0, (1_209_600.5,), "1209600"),
        (1_209_599.9, (1_209_600.0,), "1209599.9"),
        (1_209_599.9, (), "1209600"),
        (99.994, (99.99,), "99.994"),
        (99.9999999, (100.0,), "99.9999999"),
        (1e-7, (), "0.0000001"),
        (-0.0, (), "0"),
        (1e15, (), "1000000000000000"),
        (1e16, (), "1e+16"),
        (123456789012345.6, (), "123456789012346"),
        (math.inf, (1.0,), "inf"),
        (math.nan, (1.0,), "nan"),
    ],
)
def test_numbers_as_people_write_them(value: float, beside: tuple[float, ...], text: str) -> None:
    assert text == number(value, *beside)


@pytest.mark.parametrize("file", PYTHON, ids=str)
def test_no_module_fixes_the_significant_digits_of_a_number(file: Path) -> None:
    found = re.findall(r"\{[^{}\n]*:[,+]?(?:\.\d+)?g\}", (ROOT / file).read_text(encoding="utf-8"))

    assert [] == found, "use shared.model.numbers"
