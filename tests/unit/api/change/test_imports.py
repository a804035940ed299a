"""What is read of configurations of Alertmanager, and how each part of them is translated."""

import json
import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from api.change.imports import alertmanager, durations, lined, matchers, receivers, report, templates
from api.change.imports.report import Plan
from dispatchers import user_templates
from shared.errors import Invalid
from tests.support.documents import ROOT

FILES = sorted((ROOT / "tests" / "data" / "alertmanager").glob("*.yml"))
WORDS = {
    "news": "firing",
    "rule": "Lag",
    "condition": "replica lags",
    "description": "by 5 s",
    "severity": "warning",
    "link": "http://x",
    "alert_labels": {"alertname": "Lag", "team": "db"},
}


def plan_of(text: str, folder: Path | None = None) -> Plan:
    return alertmanager.translate(text, "alertmanager.yml", folder)


def found_in(plan: Plan) -> list[tuple[int, bool, str]]:
    return [(finding.line, finding.is_lost, finding.because.code) for finding in plan.findings]


def with_receiver(configs: str, wide: str = "{}") -> Plan:
    return plan_of(f"global: {wide}\nroute: {{receiver: ops}}\nreceivers:\n- name: ops\n  {configs}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=b", ['a="b"']),
        ('a="b"', ['a="b"']),
        (' a =~ "b|c" ', ['a=~"b|c"']),
        ("{a=b,c!=d}", ['a="b"', 'c!="d"']),
        ('a="b,c",d!~e.*', ['a="b,c"', 'd!~"e.*"']),
        (r'host=~"web-\d+"', [r'host=~"web-\\d+"']),
        (r'path="C:\\data"', [r'path="C:\\data"']),
        (r'note="say \"hi\""', [r'note="say \"hi\""']),
        ('"팀"="플랫폼"', ['팀="플랫폼"']),
        ("a=", ['a=""']),
        ("a=b,", ['a="b"']),
        # As Alertmanager, which drops each brace by itself.
        ("code=~[0-9]{3}", ['code=~"[0-9]{3"']),
    ],
)
def test_matchers_of_every_form(text: str, expected: list[str]) -> None:
    assert expected == matchers.listed(text)


@pytest.mark.parametrize("text", ["a", "=b", 'a="b', 'a=b"c', "a=b,,c=d", "a=~(", "a=~" + "x" * 2_000, "a\u200b=b"])
def test_text_that_is_no_matcher_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        matchers.listed(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30s", 30), ("1h30m", 5_400), ("500ms", 0.5), ("0", 0), ("", None), ("5", None), ("x", None)],
)
def test_durations(text: str, expected: float | None) -> None:
    assert expected == durations.seconds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("{{ .CommonLabels.alertname }}: {{ .CommonAnnotations.summary }}", "Lag: replica lags"),
        ("{{ range .Alerts }}{{ .Labels.team | toUpper }} {{ .Annotations.description }}{{ end }}", "DB by 5 s"),
        ('{{ if eq .Status "firing" }}on{{ else }}off{{ end }}', "on"),
        ("{{ if .CommonLabels.cluster }}in {{ .CommonLabels.cluster }}{{ else }}nowhere{{ end }}", "nowhere"),
        ("{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }};{{ end }}", "alertname=Lag;team=db;"),
        ('{{ template "ours" . }}!', "<Lag>!"),
        ('{{ index .CommonLabels "team" }}{{- /* nothing */ -}}', "db"),
        ("{{ range .Alerts.Resolved }}over{{ end }}{{ toUpper .Status }}", "FIRING"),
    ],
)
def test_templates_say_the_same(text: str, expected: str) -> None:
    known = templates.defined('{{ define "ours" -}}<{{ .CommonLabels.alertname }}>{{- end }}')
    made = templates.translated(text, known)

    assert made is not None
    assert expected == user_templates.render(made, WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "{{ len .Alerts }}",
        "{{ reReplaceAll 1 2 3 }}",
        '{{ template "nowhere" . }} and more',
        "{{ range .Alerts }}",
        "{{ end }}",
        "{% raw %}",
        "{{ $x := 1 }}",
        "{{ with .Alerts }}{{ end }}",
    ],
)
def test_template_that_does_more_is_not_translated(text: str) -> None:
    assert templates.translated(text, {}) is None


def test_templates_that_use_one_another_without_end_are_not_translated() -> None:
    known = templates.defined('{{ define "a" }}{{ template "a" . }}{{ end }}')

    assert templates.translated('x{{ template "a" . }}', known) is None


def test_templates_of_alertmanager_itself_are_the_default_wording() -> None:
    assert "" == templates.translated('{{ template "slack.default.title" . }}', {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a",
        "route: {receiver: a}",
        "route: {receiver: a}\nreceivers: []",
        "route: {receiver: a, receiver: a}\nreceivers: [{name: a}]",
        "route: {receiver: b}\nreceivers: [{name: a}]",
        "a: " + "[" * 100 + "]" * 100,
        "a: &a [1]\nb: [" + "*a," * 2_000 + "]",
        "a: &a [*a]",
        "a: [",
        "a: b: c",
        "x" * 1_000_001,
    ],
)
def test_file_that_is_none_of_alertmanager_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        plan_of(text)


def test_aliases_that_stand_for_a_document_without_end_are_refused() -> None:
    names = "abcdefghij"
    lines = ["a: &a [1,1,1,1,1,1,1,1,1,1]"]
    lines += [f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]" for before, name in pairwise(names)]

    with pytest.raises(Invalid, match="more than 100000 values"):
        lined.read("\n".join(lines), "bomb.yml")


def test_error_about_a_file_quotes_nothing_of_it() -> None:
    with pytest.raises(Invalid) as told:
        plan_of("route:\n  password: [geheim\n")

    assert "geheim" not in str(told.value) and "line 3" in str(told.value)


@pytest.mark.parametrize(
    ("configs", "channel", "expected"),
    [
        (
            "email_configs: [{to: 'a@x.kr, B <b@x.kr>', from: c@x.kr, smarthost: 'm:465', auth_password: p}]",
            "email-ops",
            {"smtp_server": "m", "smtp_port": 465, "security": "tls", "password": "p", "from_email": "c@x.kr"}
            | {"to_emails": ["a@x.kr", "b@x.kr"]},
        ),
        ("slack_configs: [{api_url: 'https://h.x/s'}]", "slack-ops", {"webhook_url": "https://h.x/s"}),
        (
            "slack_configs: [{app_token: xoxb-1, channel: '#a'}]",
            "slack-ops",
            {"bot_token": "xoxb-1", "channel": "#a"},
        ),
        (
            "webhook_configs: [{url: 'https://h.x/s'}]",
            "webhook-ops",
            {"url": "https://h.x/s", "format": "alertmanager"},
        ),
        (
            "telegram_configs: [{bot_token: '1:a', chat_id: -5, api_url: 'https://t.x'}]",
            "telegram-ops",
            {"bot_token": "1:a", "chat_id": "-5", "api_url": "https://t.x"},
        ),
        ("discord_configs: [{webhook_url: 'https://d.x/1'}]", "discord-ops", {"webhook_url": "https://d.x/1"}),
        ("msteamsv2_configs: [{webhook_url: 'https://f.x/1'}]", "teams-ops", {"webhook_url": "https://f.x/1"}),
    ],
)
def test_integrations_become_channels(configs: str, channel: str, expected: dict[str, Any]) -> None:
    plan = with_receiver(configs)

    assert [] == found_in(plan)
    assert {channel: expected} == plan.channels


def test_secrets_come_from_files_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("0" * 32 + "\n")
    text = "route: {receiver: a}\nreceivers: [{name: a, pagerduty_configs: [{routing_key_file: key}]}]"

    assert {"pagerduty-a": {"routing_key": "0" * 32}} == plan_of(text, tmp_path).channels
    assert [(2, True, "import.no_secret")] == found_in(plan_of(text))


@pytest.mark.parametrize("name", [".", "./", "/", "..", "missing/*.tmpl"])
def test_templates_that_are_no_files_are_reported(tmp_path: Path, name: str) -> None:
    text = f"route: {{receiver: a}}\nreceivers: [{{name: a}}]\ntemplates: ['{name}']\n"
    found = alertmanager.translate(text, "alertmanager.yml", tmp_path).findings

    assert ["import.template_file"] == [one.because.code for one in found if one.name == "templates"]


def test_file_that_is_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "key")
    text = "route: {receiver: a}\nreceivers: [{name: a, pagerduty_configs: [{routing_key_file: key}]}]"

    assert [(2, True, "import.no_secret")] == found_in(plan_of(text, tmp_path))


def test_receiver_of_a_service_without_a_channel_keeps_its_alerts_as_dead_letters() -> None:
    plan = with_receiver("opsgenie_configs: [{api_key: geheim}]")

    assert plan.tree is not None
    assert ["apprise-ops"] == plan.tree.route.channels
    assert [(5, True, "import.no_kind")] == found_in(plan)
    assert {} == plan.channels


def test_bad_configuration_of_a_channel_names_the_field_and_not_its_value() -> None:
    [finding] = with_receiver("pagerduty_configs: [{routing_key: geheim}]").findings

    assert "routing_key" in str(finding.because) and "geheim" not in str(finding.because)


def test_receivers_whose_names_differ_in_signs_alone_have_channels_of_their_own() -> None:
    hook = "webhook_configs: [{url: 'https://x'}, {url: 'https://y'}]"
    plan = plan_of(f"route: {{receiver: a b}}\nreceivers: [{{name: a b, {hook}}}, {{name: a-b, {hook}}}]")

    assert ["webhook-a-b", "webhook-a-b-2", "webhook-a-b-3", "webhook-a-b-4"] == list(plan.channels)


def test_each_thing_that_differs_is_named_with_its_line() -> None:
    plan = plan_of(
        "\n".join(
            [
                "route:",
                "  receiver: a",
                "  repeat_interval: 30d",
                "  group_wait: soon",
                "  surprise: 1",
                "  routes:",
                "  - matchers: ['a=~(']",
                "    routes: [{receiver: a}]",
                "  - receiver: b",
                "  - mute_time_intervals: [never]",
                "receivers: [{name: a, slack_configs: [{api_url: 'https://x', color: red, send_resolved: false}]}]",
                "time_intervals: [{name: bad, time_intervals: [{weekdays: [someday]}]}]",
                "more: 1",
            ]
        )
    )

    assert [
        (3, False, "import.shortened"),
        (4, True, "import.duration"),
        (5, False, "import.field_left_out"),
        (7, True, "import.route_lost"),
        (9, True, "import.route_lost"),
        (10, True, "import.no_interval"),
        (11, False, "import.always_resolved"),
        (11, False, "import.field_left_out"),
        (12, True, "import.interval_lost"),
        (13, False, "import.field_left_out"),
    ] == found_in(plan)
    assert plan.tree is not None
    assert 2 == len(list(plan.tree.route.routes)) + 1


def test_rules_of_inhibition_of_both_forms_are_taken_over_and_bad_ones_are_reported() -> None:
    plan = plan_of("""
route: {receiver: a}
receivers: [{name: a}]
inhibit_rules:
- name: dead host
  source_matchers: [alertname = NodeDown, 'node != ""']
  target_matchers: ['{severity=~"warning|info"}']
  equal: [node]
- source_match: {severity: critical}
  source_match_re: {team: 'a|b'}
  target_match: {severity: warning}
  target_match_re: {team: 'c.*'}
- source_matchers: ['a=~"["']
  target_matchers: [a=b]
- {target_matchers: [a=b], colour: red}
- {}
""")
    assert plan.tree is not None

    assert [
        ("dead host", ['alertname="NodeDown"', 'node!=""'], ['severity=~"warning|info"'], ["node"]),
        ("", ['severity="critical"', 'team=~"a|b"'], ['severity="warning"', 'team=~"c.*"'], []),
        ("", [], ['a="b"'], []),
        ("", [], [], []),
    ] == [(rule.name, rule.source_matchers, rule.target_matchers, rule.equal) for rule in plan.tree.inhibit_rules]
    assert [(13, True, "import.inhibit_rule_lost"), (15, False, "import.field_left_out")] == found_in(plan)[-2:]
    assert "inhibit rules: 4." in str(report.summary(plan))


def test_first_route_has_the_defaults_of_alertmanager() -> None:
    tree = plan_of("route: {receiver: a}\nreceivers: [{name: a}]").tree

    assert tree is not None
    assert ([receivers.QUIET], []) == (tree.route.channels, tree.route.group_by)
    assert (30, 300, 240) == (
        tree.route.group_wait_seconds,
        tree.route.group_interval_seconds,
        tree.route.repeat_minutes,
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_secret_is_in_a_report_or_in_the_plan_as_text(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    plan = plan_of(text, file.parent)
    said = repr(plan) + json.dumps(report.document(plan))
    secrets = re.findall(r"secret-of-[a-z-]+|[0-9]{32}", text)

    assert plan.tree is not None
    assert [] == [secret for secret in secrets if secret in said]
    assert "hooks.slack.com" not in said
