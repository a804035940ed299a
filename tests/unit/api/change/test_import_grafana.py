"""How Grafana's contact points, notification policies and mute timings are translated."""

import json
from typing import Any

import pytest

from api.change.imports import grafana, report
from api.change.imports.report import Plan
from shared.errors import Invalid
from shared.model import route_tree
from tests.support.documents import ROOT

FOLDER = ROOT / "tests" / "data" / "grafana"
FILES = [(file.name, file.read_text(encoding="utf-8")) for file in sorted(FOLDER.iterdir())]


def with_settings(kind: str, settings: str) -> Plan:
    point = f"{{name: ops, receivers: [{{type: {kind}, settings: {settings}}}]}}"
    text = f"contactPoints: [{point}]\npolicies: [{{receiver: ops}}]"
    return grafana.translate([("export.yml", text)])


def test_export_in_several_files_becomes_channels_and_routes() -> None:
    plan = grafana.translate(FILES)

    assert plan.tree is not None
    tree = route_tree.document(plan.tree)
    [oncall, hooks] = tree["route"]["routes"]
    assert ['severity="critical"', 'team=~"db|data"'] == oncall["matchers"]
    assert ["pagerduty-on-call", "slack-on-call"] == oncall["channels"]
    assert (True, ["weekends"], 1_440) == (oncall["continue"], hooks["mute_times"], hooks["repeat_minutes"])
    assert {"bot_token": "xoxb-secret-of-bot", "channel": "#oncall"} == plan.channels["slack-on-call"]


def test_each_thing_that_differs_is_named_with_its_file_and_line() -> None:
    plan = grafana.translate(FILES)

    assert [
        ("import.no_secret", 8),
        ("import.no_end_message", 20),
        ("import.field_left_out", 19),
        ("import.no_authorization", 35),
        ("import.no_kind", 36),
        ("import.no_secret", 41),
    ] == [(finding.because.code, finding.line) for finding in plan.findings]
    assert all(finding.name.startswith("contact-points.yml, ") for finding in plan.findings)


def test_no_secret_is_in_a_report() -> None:
    plan = grafana.translate(FILES)

    assert "secret-of" not in repr(plan) + json.dumps(report.document(plan))


@pytest.mark.parametrize(
    ("kind", "settings", "channel", "expected"),
    [
        ("slack", "{url: 'https://h.x/s'}", "slack-ops", {"webhook_url": "https://h.x/s"}),
        ("webhook", "{url: 'https://h.x/s'}", "webhook-ops", {"url": "https://h.x/s", "format": "alertmanager"}),
        ("telegram", "{bottoken: '1:a', chatid: '-5'}", "telegram-ops", {"bot_token": "1:a", "chat_id": "-5"}),
        ("teams", "{url: 'https://f.x/1'}", "teams-ops", {"webhook_url": "https://f.x/1"}),
        ("discord", "{url: 'https://d.x/1'}", "discord-ops", {"webhook_url": "https://d.x/1"}),
    ],
)
def test_integrations_become_channels(kind: str, settings: str, channel: str, expected: dict[str, Any]) -> None:
    plan = with_settings(kind, settings)

    assert [] == plan.findings
    assert {channel: expected} == plan.channels


@pytest.mark.parametrize(
    "text",
    [
        "",
        "apiVersion: 1",
        "contactPoints: [{name: a}]",
        "policies: [{receiver: a}]",
        "contactPoints: [{name: a}]\npolicies: [{receiver: b}]",
    ],
)
def test_file_that_is_no_whole_export_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        grafana.translate([("export.yml", text)])


def test_bad_matcher_leaves_out_its_route() -> None:
    text = "contactPoints: [{name: a}]\npolicies: [{receiver: a, routes: [{object_matchers: [[a, '>', b]]}]}]"
    plan = grafana.translate([("export.yml", text)])

    assert ["import.quiet_receiver", "import.route_lost"] == [finding.because.code for finding in plan.findings]
    assert plan.tree is not None and [] == plan.tree.route.routes
