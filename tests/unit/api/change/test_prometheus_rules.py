"""Alerting rules of Prometheus: what each becomes, and that everything else is listed with its reason."""

import re
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.change.prometheus import expressions, recording, rules, selectors, templates
from api.change.prometheus.selectors import Untranslatable
from dispatchers import user_templates
from evaluator import condition
from shared.errors import Invalid
from shared.model import formula, globs
from tests.support.documents import ROOT
from tests.support.factories import a_rule

FILE = ROOT / "tests" / "data" / "prometheus" / "rules.yml"
WELL_KNOWN = FILE.with_name("well_known.yml")


def a_threshold(about: str, operator: str, threshold: float) -> dict[str, Any]:
    field = "metric" if about.isidentifier() else "formula"
    return {"kind": "threshold", field: about, "operator": operator, "threshold": threshold}


def a_fleet(
    aggregate: str, metric: str, by: list[str], operator: str, threshold: float, each: tuple[str, float] | None = None
) -> dict[str, Any]:
    field = "metric" if metric.isidentifier() else "formula"
    only = {} if each is None else {"each_operator": each[0], "each_threshold": each[1]}
    shape = {"kind": "fleet", "aggregate": aggregate, field: metric, "by": by, **only}
    return {**shape, "operator": operator, "threshold": threshold}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("up == 0", a_threshold("up", "==", 0)),
        ("80 < (load)", a_threshold("load", ">", 80)),
        ('{__name__="a:b"} >= 1', {"kind": "threshold", "metric": "a:b", "operator": ">=", "threshold": 1}),
        ("a > 1024 ^ 2 - 1", a_threshold("a", ">", 1_048_575)),
        ("a / b * 100 < 10", a_threshold("a / b * 100", "<", 10)),
        ("a / (b * 100) < 10", a_threshold("a / (b * 100)", "<", 10)),
        ("a - (b - c) < 10", a_threshold("a - (b - c)", "<", 10)),
        ("(1 - a / b) > 0.8", a_threshold("1 - a / b", ">", 0.8)),
        ("-(a + b) < -3", a_threshold("-(a + b)", "<", -3)),
        ("a > b", a_threshold("a - b", ">", 0)),
        ("a > b * 2", a_threshold("a - b * 2", ">", 0)),
        ("(a > bool 1) + (b <= bool 2) >= 2", a_threshold("(a > 1) + (b <= 2)", ">=", 2)),
        ("abs(clamp_max(clamp_min(a, 1), 9)) % 5 == 4", a_threshold("abs(min(max(a, 1), 9)) % 5", "==", 4)),
        ("max_over_time(a[10m]) > 5", {"kind": "window", "statistic": "max", "metric": "a", "seconds": 600,
                                       "operator": ">", "threshold": 5}),
        ("quantile_over_time(0.95, a[1m]) > 5", {"kind": "window", "statistic": "p95", "metric": "a", "seconds": 60,
                                                 "operator": ">", "threshold": 5}),
        ("rate(a[5m]) * 60 > 30", {"kind": "rate", "unit": "per_second", "metric": "a", "seconds": 300,
                                   "operator": ">", "threshold": 0.5}),
        ("10 - increase(a[5m]) / 2 > 4", {"kind": "rate", "unit": "increase", "metric": "a", "seconds": 300,
                                          "operator": "<", "threshold": 12}),
        ("sum by (job, zone) (a) * 2 > 30", a_fleet("sum", "a", ["job", "zone"], ">", 15)),
        ("max by (job) (a / (b + 1)) > 3", a_fleet("max", "a / (b + 1)", ["job"], ">", 3)),
        ("avg(up) < 0.5", a_fleet("avg", "up", [], "<", 0.5)),
        ("count by (job) (up == 0) >= 3", a_fleet("count", "up", ["job"], ">=", 3, each=("==", 0))),
        ("count(up == 0) / count(up) > 0.3", a_fleet("share", "up", [], ">", 30, each=("==", 0))),
        ("(count(up == 0) / count(up)) * 100 > 30", a_fleet("share", "up", [], ">", 30, each=("==", 0))),
        ("absent(up)", {"kind": "absence", "metric": "up", "seconds": 300}),
        ("absent_over_time(up[10m])", {"kind": "absence", "metric": "up", "seconds": 600}),
        ("a > 1 and b < 2", {"kind": "compound", "join": "all",
                             "conditions": [a_threshold("a", ">", 1), a_threshold("b", "<", 2)]}),
        ("a > 1 or b < 2", {"kind": "compound", "join": "any",
                            "conditions": [a_threshold("a", ">", 1), a_threshold("b", "<", 2)]}),
        ("a > 1 unless b < 2", {"kind": "compound", "join": "all", "conditions": [
            a_threshold("a", ">", 1),
            {"kind": "compound", "join": "not", "conditions": [a_threshold("b", "<", 2)]}]}),
    ],
)  # fmt: skip
def test_expression_becomes_a_condition_that_is_accepted(expression: str, expected: dict[str, Any]) -> None:
    found = expressions.translate(expression).condition

    assert expected == found
    assert condition.check(a_rule(condition=found)).describe()


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("a", "import.no_comparison"),
        ("a + b", "import.no_comparison"),
        ("vector(1)", "import.function"),
        ("a ==", "import.no_promql"),
        ("a > bool 1", "import.bool"),
        ("a > 1 > 2", "import.filter"),
        ("a == Inf", "import.number"),
        ("a / (1 - 1) > 2", "import.number"),
        ("rate(a[5m]) / 0 > 2", "import.number"),
        ("rate(a[5m]) * 0 > 2", "import.no_metric"),
        ("sum by (job) (a)", "import.fleet"),
        ("sum(a) / count(b) > 3", "import.fleet"),
        ("count(a) / count(b) > 3", "import.fleet"),
        ("sum(a) > sum(b)", "import.fleet"),
        ("sum(a > 5) > 3", "import.filter"),
        ("sum by (job) (rate(a[5m])) > 3", "import.fleet_of"),
        ("sum(rate(a[5m]) / rate(b[5m])) > 3", "import.arithmetic_of_ranges"),
        ("count(a > bool 5) > 3", "import.fleet_of"),
        ("sum without (job) (a) > 3", "import.without"),
        ("sum(a) > 3 and b > 1", "import.fleet_joined"),
        ("topk(3, a) > 3", "import.aggregation"),
        ("time() - a > 3600", "import.function"),
        ("a ^ 2 > 4", "import.operator"),
        ("rate(a[5m]) / rate(b[5m]) > 1", "import.arithmetic_of_ranges"),
        ("max_over_time(a[5m:1m]) > 1", "import.subquery"),
        ("absent(sum(a))", "import.absent_of"),
        ("a / on (x) b > 1", "import.matching"),
        ("a > ignoring (x) b", "import.matching"),
        ("a > 1 and on (x) b > 1", "import.matching"),
        ('a{x="1"} > 1 or b > 1', "import.different_labels"),
        ("a offset 5m > 1", "import.offset"),
        ("a @ 5 > 1", "import.offset"),
        ('{__name__=~"a.*"} > 1', "import.no_name"),
        ("quantile_over_time(0.9, a[1m]) > 5", "import.quantile"),
        (" + ".join(f"m{n}" for n in range(20)) + " > 1", "import.formula"),
        ("(" * 70 + "a" + ")" * 70 + " > 1", "import.deep"),
        ("a > 1" + " " * 10_000, "import.long"),
    ],
)
def test_what_cannot_be_translated_says_why(expression: str, code: str) -> None:
    with pytest.raises(Untranslatable) as caught:
        expressions.translate(expression)

    assert code == caught.value.reason.code


@pytest.mark.parametrize(
    ("matchers", "expected"),
    [
        ('job="node"', ({"job": "node"}, [])),
        ('job="a*b[c]?"', ({"job": "a[*]b[[]c][?]"}, [])),
        ('job="", zone!=""', ({"job": "", "zone": "?*"}, [])),
        ('job=~".*", zone=~".+"', ({"zone": "?*"}, [])),
        ('job=~"api|web-.*"', ({}, ["job=api|web-*"])),
        ('job=~"a|b", zone=~"(eu|us)-[12]"', ({}, ["job=a|b", "zone=eu-[12]|us-[12]"])),
        ('job!="node"', ({}, ["job!=node"])),
        ('job!="a*"', ({}, ["job!=a[*]"])),
        ('fstype!~"tmpfs|fuse.*", fstype!=""', ({"fstype": "?*"}, ["fstype!=tmpfs|fuse*"])),
        ('job!~".*"', ({}, ["job!=*"])),
        ('job="a", job=~"a.*"', ({"job": "a"}, ["job=a*"])),
        ('job=~"web-[0-9]+"', "import.regex"),
        ('job!~"web-\\\\d"', "import.regex"),
    ],
)
def test_matchers_become_the_scope_of_a_rule_or_say_why_not(matchers: str, expected: Any) -> None:
    found = expressions.translate(f"up{{{matchers}}} == 0").matchers
    scope: Any
    try:
        made = a_rule(**selectors.scope(found))
        scope = (made.labels, [one.written() for one in made.label_matchers])
    except Untranslatable as error:
        scope = error.reason.code

    assert expected == scope


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a:b:sum > 5", "(a + b) > 5"),
        ("c:d / (2) > a:b:sum", "((rate(x[5m]))) / (2) > (a + b)"),
        ('x{l="a:b:sum"} > 5', 'x{l="a:b:sum"} > 5'),
        ("plain > 5", "plain > 5"),
        ("other:name > 5", "other:name > 5"),
        ('a:b:sum{job="x"} > 5', "import.recorded"),
        ("max_over_time(a:b:sum[5m]) > 5", "import.recorded"),
        ("a:b:sum offset 5m > 5", "import.recorded"),
        ("own:own > 5", "import.recorded_deep"),
        ("twice:9 > 5", "import.recorded_deep"),
    ],
)
def test_result_of_a_recording_rule_is_computed_by_the_alert_itself(expression: str, expected: str) -> None:
    recorded = {"a:b:sum": "a + b", "c:d": "e:f", "e:f": "rate(x[5m])", "own:own": "own:own + 1", "plain": "y"}
    recorded |= {f"twice:{n}": f"twice:{n - 1} + twice:{n - 1}" for n in range(1, 10)} | {"twice:0": "x" * 100}
    try:
        found = recording.inlined(expression, recorded)[0]
    except Untranslatable as error:
        found = error.reason.code

    assert expected == found


def test_joined_vectors_cover_the_series_that_both_select() -> None:
    assert {("x", "=", "1"), ("y", "=", "2")} == expressions.translate('a{x="1"} / b{y="2"} > 1').matchers


pieces = st.sampled_from(
    [
        ".",
        ".*",
        ".+",
        "a",
        "b",
        "-",
        r"\.",
        "[ab]",
        "[^a]",
        "(a|b)",
        "(?:a|b-)",
        "|",
        "[*]",
        r"\*",
        "?",
        "(a|b)?",
        "^",
        "$",
    ]
)


@given(st.lists(pieces, max_size=6).map("".join), st.lists(st.text("ab-.*[", max_size=5), max_size=20))
@example("a|b-.*", ["a", "b-", "b-a", "ab-"])
@example("^(a|b.*)$", ["a", "b-", "b-a", "ab-"])
@example("(a-)?b|-?", ["b", "a-b", "-", "", "a-"])
@example(r"^a\$", ["a$", "a"])
@example(r"a\\$", ["a\\", "a$"])
def test_globs_fit_exactly_what_the_regular_expression_fits(regex: str, texts: list[str]) -> None:
    found = globs.of_regex(regex)
    if found is not None:
        for text in texts:
            assert any(fnmatchcase(text, glob) for glob in found) == bool(re.fullmatch(f"(?:{regex})", text)), text


@pytest.mark.parametrize(
    "regex",
    [
        "a+",
        "a*",
        "a??",
        "(a|b)*",
        "(a|b)?+",
        "a|^b$|c",
        "a^b",
        "a$b",
        "^*",
        "a{2}",
        "[0-9]+",
        r"\d",
        "(?i)a",
        "a**",
        ".*?",
        "(a",
        "a)",
    ],
)
def test_what_is_no_glob_is_none(regex: str) -> None:
    assert None is globs.of_regex(regex)


@given(st.text("ab*?[]!^-.()|\\+", max_size=12))
def test_any_text_as_a_regular_expression_gives_globs_or_none(regex: str) -> None:
    found = globs.of_regex(regex)

    assert found is None or all(isinstance(glob, str) for glob in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ $labels.instance }} is down", "a-1 is down"),
        ("{{.Labels.instance}}: {{ .Value }}", "a-1: 0.125"),
        ('{{ printf "%.1f %%" $value }}', None),
        ('{{ printf "%.1f" $value }} %', "0.1 %"),
        ('{{ $value | printf "%.2f" }}', "0.12"),
        ("{{ $value | humanizePercentage }} of {{- $labels.missing -}} it", "12.5% of  it"),
        ("{{ if gt $value 1.0 }}x{{ end }}", None),
        ("{% raw %}", None),
    ],
)
def test_annotation_becomes_a_template_that_says_the_same(text: str, expected: str | None) -> None:
    made = templates.translated(text)
    rendered = made and user_templates.render(made, {"alert_labels": {"instance": "a-1"}, "value": "0.125"})

    assert expected == rendered


def test_file_becomes_rules_and_a_list_of_all_others_with_their_lines() -> None:
    outcomes = rules.translate(FILE.read_text(), ["web", "slack-ops"], "rules.yml")
    made = {one.rule.id: one.rule for one in outcomes if one.rule is not None}
    refused = {(one.line, one.name): one.why_not.code for one in outcomes if one.why_not}
    notes = {one.name: [note.code for note in one.notes] for one in outcomes if one.rule and one.notes}

    assert ["HostDown", "DiskFull", "DiskFull-warning", "BusyForLong", "ManyErrors", "Silent", "HotAndLoaded",
            "OtherFilesystems", "HalfDown", "FewUp"] == list(made)  # fmt: skip
    assert {
        (44, "ManyDown"): "import.fleet_of",
        (46, "FillsSoon"): "import.function",
        (50, "Joined"): "import.matching",
        (52, "ErrorRatio"): "import.arithmetic_of_ranges",
        (54, "LongAgo"): "import.offset",
        (56, "Broken"): "import.no_promql",
        (58, "LooksFarBack"): "invalid.listed",
    } == refused
    assert {
        "DiskFull": ["import.note_labels"],
        "BusyForLong": ["import.note_severity", "import.note_annotations"],
        "ManyErrors": ["import.note_rate", "import.note_scaled"],
        "Silent": ["import.note_absent"],
        "HalfDown": ["import.note_fleet", "import.note_scaled"],
        "FewUp": ["import.note_recorded", "import.note_fleet"],
    } == notes
    down, full = made["HostDown"], made["DiskFull"]
    assert ("critical", 120, {"job": "node"}, ["web", "slack-ops"], 300) == (
        down.severity, down.for_seconds, down.labels, down.channels, down.gone_after_seconds,
    )  # fmt: skip
    assert ("Nobody can reach this host any more.", "https://wiki.example.com/host-down") == (
        down.description, down.runbook_url,
    )  # fmt: skip
    assert full.recover is not None
    assert 600 == full.recover.for_seconds
    assert None is made["Silent"].gone_after_seconds


def test_of_well_known_alerts_these_cannot_be_translated() -> None:
    outcomes = rules.translate(WELL_KNOWN.read_text(), ["web"], "well_known.yml")

    assert {
        "NodeFilesystemSpaceFillingUp": "import.function",
        "NodeNetworkReceiveErrs": "import.arithmetic_of_ranges",
        "NodeClockSkewDetected": "import.function",
        "NodeRAIDDegraded": "import.matching",
        "KubeDeploymentReplicasMismatch": "import.function",
        "KubeNodeNotReady": "import.matching",
        "AlertmanagerClusterDown": "import.fleet_of",
        "BlackboxSslCertificateWillExpireSoon": "import.function",
        "PostgresqlTooManyConnections": "import.fleet",
        "HighErrorRatio": "import.fleet",
        "KubernetesContainerOomKiller": "import.offset",
    } == {one.name: one.why_not.code for one in outcomes if one.why_not is not None}
    assert 23 == sum(one.rule is not None for one in outcomes)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "import.no_groups"),
        ("a: [1, 2", "file.unreadable"),
        ("groups: 5", "import.no_groups"),
        ("groups: [{rules: [5, []]}]", "import.no_groups"),
        ("groups: [{rules: [" + "{alert: a}, " * 5_001 + "]}]", "import.beyond_limit"),
        ("[" * 5_000, "file.unreadable"),
        ("x" * 2_000_001, "file.too_large"),
    ],
)
def test_file_without_rules_is_refused_with_the_reason(text: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        rules.translate(text, [], "x.yml")

    assert code == caught.value.reasons["x.yml"].code


def test_rules_of_kubernetes_operator_are_read_too() -> None:
    text = "spec: {groups: [{rules: [{alert: A b/c, expr: up == 0, for: 1h30m}, {alert: x, expr: up, for: soon}]}]}"
    first, second = rules.translate(text, [], "x.yml")

    assert first.rule is not None
    assert ("A-b-c", "A b/c", 5_400) == (first.rule.id, first.rule.name, first.rule.for_seconds)
    assert second.why_not is not None and "import.no_comparison" == second.why_not.code


def test_aliases_that_repeat_themselves_cost_no_more_than_their_text() -> None:
    text = "x: &a [1]\n" + "\n".join(f"y{n}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]" for n in range(9))

    with pytest.raises(Invalid):
        rules.translate(text, [], "x.yml")


def test_names_that_need_quotes_are_quoted_in_formulas() -> None:
    assert all(
        (name,) == formula.parse(formula.quoted(name)).names for name in ("a", "a b", 'a"b', "a\\", "9a", "디스크")
    )
