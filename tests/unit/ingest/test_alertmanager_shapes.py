"""Our alerts and silences in Alertmanager's shapes, and the globs and patterns that stand for each other."""

import fnmatch
import re
from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from ingest.alertmanager import matchers, shown, silence_shapes
from ingest.alertmanager.api import endpoint_of
from ingest.alertmanager.matchers import BadMatcher
from ingest.alertmanager.silence_shapes import GivenMatcher, NoGlob
from shared.model import reasons
from shared.model.alert_labels import labels_of
from shared.model.alerts import External, Policy
from shared.model.matchers import Matcher
from shared.model.silences import Silence
from tests.support.factories import an_alert

NOW_MS = 1_796_000_000_123


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/api/v2/alerts", ("alerts", "")),
        ("/alertmanager/api/v2/alerts/groups", ("alerts/groups", "")),
        ("/a/b/c/d/api/v2/status", ("status", "")),
        ("/api/v2/silence/01167342-b0fe-41b2-8000-000000000000", ("silence", "01167342-b0fe-41b2-8000-000000000000")),
        ("/alertmanager/-/ready", ("-/ready", "")),
        ("/metrics", ("metrics", "")),
        ("/api/v2/silence", None),
        ("/api/v2/silences/x", None),
        ("/api/v2/write", None),
        ("/api/v2/alerts\n", None),
        ("/a/b/c/d/e/api/v2/alerts", None),
        ("/api/v1/alerts", None),
    ],
)
def test_endpoints_are_known_under_prefixes(path: str, endpoint: tuple[str, str] | None) -> None:
    assert endpoint == endpoint_of(path)


def test_alert_of_a_rule_has_labels_of_what_it_is() -> None:
    alert = an_alert(labels={"region": "kr", "severity": "mine"}, metric="cpu", channels=["web", "slack-ops"])
    body = shown.alert_body(alert, {}, NOW_MS, "https://alerts.example.com")

    assert {
        "alertname": "CPU 높음",
        "rule_id": "r",
        "plugin": "p",
        "severity": "mine",
        "metric": "cpu",
        "region": "kr",
    } == body["labels"]
    assert [{"name": "web"}, {"name": "slack-ops"}] == body["receivers"]
    assert "https://alerts.example.com/alerts/a" == body["generatorURL"]
    assert "1970-01-01T00:00:00.001Z" == body["startsAt"]
    assert "active" == body["status"]["state"]


def test_external_alert_has_the_labels_annotations_and_fingerprint_of_its_sender() -> None:
    external = External(fingerprint="01167342b0fed1b2", annotations={"summary": "s"}, generator_url="http://prom/g")
    alert = an_alert(labels={"alertname": "ok"}, external=external)
    body = shown.alert_body(alert, {}, NOW_MS, "")

    assert {"alertname": "ok"} == body["labels"]
    assert ("01167342b0fed1b2", {"summary": "s"}, "http://prom/g") == (
        body["fingerprint"],
        body["annotations"],
        body["generatorURL"],
    )


def test_status_names_the_silence_and_the_cause() -> None:
    held = {
        "silenced": reasons.of("suppressed.silence_unsigned", silence_id="silence-1", comment="c"),
        "inhibited": reasons.of("suppressed.stronger_alert", severity="error", alert_id="b", rule_name="x"),
    }
    state = shown.status_of(an_alert(suppressed_reasons=held), {"b": "f" * 16})

    assert "suppressed" == state["state"]
    assert ["f" * 16] == state["inhibitedBy"]
    assert [shown.shown_id("silence-1")] == state["silencedBy"]
    assert shown.is_uuid(state["silencedBy"][0])


@pytest.mark.parametrize(
    ("group_by", "labels"),
    [
        ("rule", {"alertname": "CPU 높음"}),
        ("plugin", {"plugin": "p"}),
        ("severity", {"severity": "warning"}),
        ("label:team", {"team": "a"}),
    ],
)
def test_groups_share_the_labels_of_their_notifications(group_by: str, labels: dict[str, str]) -> None:
    alert = an_alert(policy=Policy(group_by=group_by), labels={"team": "a"}, channels=["web", "email"])
    found = shown.groups([(alert, {"fingerprint": "f"})])

    assert [(labels, "email"), (labels, "web")] == [(group["labels"], group["receiver"]["name"]) for group in found]


def test_group_names_only_the_receivers_that_are_asked_for() -> None:
    alert = an_alert(channels=["web", "email"])
    [group] = shown.groups([(alert, {"receivers": [{"name": "web"}, {"name": "email"}]})], "email".__eq__)

    assert ({"name": "email"}, [{"name": "email"}]) == (group["receiver"], group["alerts"][0]["receivers"])


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("alertname=~A.*", {"alertname": "Abc"}),
        ('alertname=~"A.*"', {"alertname": "Abc"}),
        ("severity!=x", {}),
        ('"a b" = "c \\" d"', {"a b": 'c " d'}),
        ("missing=", {"other": "x"}),
        # Escapes that Go has not are those of Alertmanager's older parser.
        (r'a="b\.c"', {"a": r"b\.c"}),
        (r'a=~"b\.c"', {"a": "b.c"}),
        (r'a="b\u002ec"', {"a": "b.c"}),
        (r'a="\d\"\\"', {"a": r'\d"' + "\\"}),
        ("a!~b|c", {"a": "bc"}),
    ],
)
def test_filter_fits(text: str, fits: dict[str, str]) -> None:
    assert matchers.parse(text).fits(fits)


@pytest.mark.parametrize("text", ["", "a", "=b", "a=~[", "{a=b}", 'a="b\\', "x" * 2_000 + "=a", "a=~(?P<x"])
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(BadMatcher):
        matchers.parse(text).fits({})


def test_pattern_that_is_built_to_take_long_is_answered() -> None:
    hostile = matchers.parse("a=~(a|a|b|ab|ba)*(x+x+)+y")

    assert not hostile.fits({"a": "ab" * 200 + "x" * 200})


@pytest.mark.parametrize(
    ("pattern", "glob"),
    [
        ("A.*", "A*"),
        ("^web-.+$", "web-?*"),
        ("node_[0-9]", "node_[0-9]"),
        ("[^a]x", "[!a]x"),
        ("a\\.b\\*", "a.b[*]"),
        ("", ""),
        ("디스크.*", "디스크*"),
    ],
)
def test_pattern_has_an_equal_glob(pattern: str, glob: str) -> None:
    assert glob == silence_shapes.glob_of(pattern)


@pytest.mark.parametrize(
    "pattern", ["a|b", "(a)", "a*", "a+", "a?", "a{2}", "\\d", "[a", "a^", "[[:alpha:]]", "[]a]", "a\\"]
)
def test_pattern_without_an_equal_glob_is_refused(pattern: str) -> None:
    with pytest.raises(NoGlob):
        silence_shapes.glob_of(pattern)


simple = st.lists(
    st.sampled_from([".*", ".+", ".", "[ab]", "[^a]", "[a-c]", "a", "b", "c", "\\.", "\\*", "\\[", "-", "가"]),
    max_size=8,
).map("".join)


@given(simple, st.text("abc.*[-가", max_size=8))
def test_glob_fits_what_its_pattern_fits(pattern: str, text: str) -> None:
    glob = silence_shapes.glob_of(pattern)

    assert bool(re.fullmatch(pattern, text, re.DOTALL)) is fnmatch.fnmatchcase(text, glob)


@given(st.text("ab*?[]!-\\.|", max_size=10), st.text("ab*?[]!-\\.|", max_size=6))
def test_matcher_that_is_shown_fits_the_same_texts(glob: str, text: str) -> None:
    body = silence_shapes.shown_matcher(Matcher(name="label:x", value=glob))
    if body["isRegex"]:
        try:
            pattern = regex.compile(body["value"], regex.DOTALL)
        except regex.error:
            return  # A range such as [b-a], which no text fits.
        fits = bool(pattern.fullmatch(text))
    else:
        fits = body["value"] == text

    assert fits is fnmatch.fnmatchcase(text, glob)


def a_silence(*given: Matcher) -> Silence:
    return Silence(id="s", matchers=list(given), starts_at_ms=NOW_MS, ends_at_ms=NOW_MS + 60_000, comment="c")


def test_matchers_that_come_back_unchanged_stay_as_they_are() -> None:
    known = a_silence(
        Matcher(name="rule_id", value="cpu-*"),
        Matcher(name="label:team", value="[*]", is_equal=False),
        Matcher(name="plugin_id", value="x"),
    )
    given: list[GivenMatcher] = []
    for one in silence_shapes.body_of(known, NOW_MS)["matchers"]:
        body: dict[str, Any] = one
        given.append(GivenMatcher(body["name"], body["value"], body["isRegex"], body["isEqual"]))

    assert [one.model_dump() for one in known.matchers] == silence_shapes.matchers_of(given, known)


def test_silence_of_amtool_reaches_alerts_of_rules_by_name() -> None:
    [fields] = silence_shapes.matchers_of([GivenMatcher("alertname", "CPU.*", True)], None)
    silence = a_silence(Matcher(**fields))

    assert silence.matches(an_alert())
    assert not silence.matches(an_alert(rule_name="Disk"))
    assert "CPU 높음" == labels_of(an_alert())["alertname"]
