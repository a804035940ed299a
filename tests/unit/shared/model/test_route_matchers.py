"""Matchers of routes: read, written and applied."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.model import patterns, route_matchers
from shared.model.reasons import Reason
from shared.model.route_matchers import RouteMatcher


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=b", ("a", "=", "b")),
        ('a = "b c" ', ("a", "=", "b c")),
        ('"a b"!="x\\"y"', ("a b", "!=", 'x"y')),
        ("a=~web-.*", ("a", "=~", "web-.*")),
        ('a!~""', ("a", "!~", "")),
        ("a=", ("a", "=", "")),
        ('호스트="웹"', ("호스트", "=", "웹")),
        ("host glob web-*", ("host", "glob", "web-*")),
        ('host !glob "web-*"', ("host", "!glob", "web-*")),
        ("glob=x", ("glob", "=", "x")),
    ],
)
def test_matchers_are_read(text: str, expected: tuple[str, str, str]) -> None:
    assert expected == route_matchers.read(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "invalid.route_matcher"),
        ("a", "invalid.route_matcher"),
        ("=b", "invalid.route_matcher"),
        ('a="b', "invalid.route_matcher"),
        ("a==~b", None),
        ("a glob", "invalid.route_matcher"),
        ('""="b"', "invalid.label_name"),
        ("a=~(", "invalid.pattern"),
        ("a=~(x{900}){900}", "invalid.pattern"),
        (f"a={'x' * 1_025}", "invalid.too_many_characters"),
        (f"a={'x' * 9_000}", "invalid.route_matcher"),
    ],
)
def test_what_is_no_matcher_is_refused(text: str, code: str | None) -> None:
    if code is None:
        assert ("a", "=", "=~b") == route_matchers.read(text)
        return
    with pytest.raises(ValueError) as caught:
        route_matchers.read(text)

    (reason,) = caught.value.args
    assert isinstance(reason, Reason)
    assert code == reason.code


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("a=b", "b", True),
        ("a=b*", "bc", False),
        ("a!=b", "", True),
        ("a=~b.", "bc", True),
        ("a=~b", "bc", False),
        ("a=~.*", "line\nbreak", True),
        ("a!~b.*", "bc", False),
        ("a=~", "", True),
        ("a glob b*", "bc", True),
        ("a !glob b*", "bc", False),
        ("a !glob b*", "", True),
        ("a=~(?i)WEB", "web", True),
    ],
)
def test_matchers_fit_whole_values(text: str, value: str, expected: bool) -> None:
    assert expected is route_matchers.read(text).fits({"a": value} if value else {})


@given(
    st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=20),
    st.sampled_from(("=", "!=", "glob", "!glob")),
    st.text(st.characters(categories=("L", "N", "P", "S")), max_size=20),
)
def test_what_is_written_is_read_again(label: str, operator: route_matchers.Operator, value: str) -> None:
    matcher = RouteMatcher(label, operator, value)
    try:
        found = route_matchers.read(matcher.written())
    except ValueError as error:
        # Characters that cannot be seen are refused, however they are written.
        assert "invalid.route_matcher" != error.args[0].code
        return

    assert matcher == found


def test_a_pattern_that_backtracks_elsewhere_takes_no_time() -> None:
    assert patterns.wrong("(a+)+b") is None
    assert not patterns.fits("(a+)+b", "a" * 100_000)
