"""Matchers are read as they are written, and those that ask for nothing are known."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from shared.errors import Invalid
from shared.model import matchers
from shared.model.matchers import Matcher
from tests.support.factories import an_alert

TEXT = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
    # Where a glob could be taken for a regular expression, and what is written instead of it.
    st.text("~[]a*", max_size=6),
)
NAMES = st.one_of(
    st.sampled_from(["rule_id", "plugin_id", "severity", "metric"]),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\n"), min_size=1, max_size=20).map(
        lambda label: f"label:{label}"
    ),
    st.sampled_from(["label:a=b", "label:a!", 'label:"', 'label:"a"=', "label:=", "label:a b", "label:!=x"]),
)
MATCHERS = st.builds(lambda n, v, e: Matcher(name=n, value=v, is_equal=e), NAMES, TEXT, st.booleans())


@given(st.lists(MATCHERS, min_size=1, max_size=3))
def test_what_is_written_is_read_as_it_was(several: list[Matcher]) -> None:
    line = " ".join(shlex.quote(matchers.written(one)) for one in several)

    assert several == [Matcher(**matchers.read(text)) for text in shlex.split(line)]


@pytest.mark.parametrize("text", ["", "plugin_id", "=x", "!=x", 'label:"a=b', 'label:"a"', 'label:"a"?x', "plugin_id!"])
def test_what_is_no_matcher_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="name=value"):
        matchers.read(text)


def wrong(*texts: str, everything: bool = False) -> dict[str, str]:
    return matchers.problems([Matcher(**matchers.read(text)) for text in texts], everything=everything)


@pytest.mark.parametrize(
    "texts",
    [
        ["plugin_id=*"], ["rule_id=**"], ["severity=*"], ["plugin_id!=web-1"], ["plugin_id!=a", "rule_id!=b"],
        ["label:team!=a"], ["label:team="], ["metric!=cpu"], ["plugin_id=?*"], ["severity=[a-z]*"],
    ],
)  # fmt: skip
def test_matchers_that_fit_nearly_everything_are_to_be_confirmed(texts: list[str]) -> None:
    assert ["everything"] == list(wrong(*texts))
    assert not wrong(*texts, everything=True)


@pytest.mark.parametrize("text", ["label:typo=*", "label:typo=**", "plugin_id!=*", "label:x!=*", "severity!=***"])
@pytest.mark.parametrize("beside", [[], ["plugin_id=web-1"]])
def test_matcher_that_asks_for_nothing_is_refused_even_if_confirmed(text: str, beside: list[str]) -> None:
    assert [f"matchers.{len(beside)}.value"] == list(wrong(*beside, text, everything=True))


@pytest.mark.parametrize(
    "texts",
    [
        ["plugin_id=web-*"], ["label:team=?*"], ["label:team=a*"], ["severity=warning"], ["severity!=critical"],
        ["plugin_id=*", "severity=warning"], ["metric=cpu"], ["rule_id=a", "label:team!=b"],
    ],
)  # fmt: skip
def test_matchers_that_ask_for_something_are_taken(texts: list[str]) -> None:
    assert not wrong(*texts)


@given(st.lists(MATCHERS, min_size=1, max_size=4), st.text(min_size=12, max_size=20), st.text(min_size=12, max_size=20))
def test_taken_unconfirmed_they_leave_some_alert_alone(several: list[Matcher], rule: str, plugin: str) -> None:
    """Whatever is taken without a confirmation does not hide an alert without labels, of any name and severity."""
    if matchers.problems(several, everything=False):
        return
    names = ("\uffff a name nobody gave", f"{rule} x", f"{plugin} y")
    alerts = [
        structs.replace(an_alert("firing"), rule_id=name, plugin_id=name, metric=name, labels={}, severity=severity)
        for name in names
        for severity in ("info", "warning", "error", "critical", "emergency")
    ]

    assert not all(matcher.fits(alert) for alert in alerts for matcher in several)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plugin_id=~web-[0-9]+|db", ("plugin_id", "web-[0-9]+|db", True, True)),
        ("label:team!~a|b", ("label:team", "a|b", False, True)),
        ('label:"a b"=~x=y', ("label:a b", "x=y", True, True)),
        ("plugin_id=a=~b", ("plugin_id", "a=~b", True, False)),
        ("plugin_id=[~]x", ("plugin_id", "[~]x", True, False)),
    ],
)
def test_regular_expressions_are_read_and_written(text: str, expected: tuple[str, str, bool, bool]) -> None:
    matcher = Matcher(**matchers.read(text))

    assert expected == (matcher.name, matcher.value, matcher.is_equal, matcher.is_regex)
    assert matcher == Matcher(**matchers.read(matchers.written(matcher)))


def test_regular_expressions_fit_whole_values_and_bad_ones_are_refused() -> None:
    fits = Matcher(name="plugin_id", value="web-[0-9]+|db", is_regex=True)

    found = [fits.fits(an_alert(plugin_id=name)) for name in ("web-12", "db", "web-12x", "web-")]
    assert [True, True, False, False] == found
    assert not Matcher(name="plugin_id", value="web.*", is_equal=False, is_regex=True).fits(an_alert(plugin_id="web"))
    with pytest.raises(ValueError, match="RE2"):
        Matcher(name="plugin_id", value="(", is_regex=True)


def test_stored_silences_of_an_earlier_release_hold_globs() -> None:
    assert not Matcher.model_validate({"name": "plugin_id", "value": "web-*"}).is_regex
