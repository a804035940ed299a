"""Webhooks of other products: what each states, and what it does not."""

import json
from typing import Any

import pytest

from ingest.format import Refused
from ingest.formats import alertmanager as alertmanager_api
from ingest.formats.webhooks import alertmanager, github, healthchecks, sentry, uptime_kuma
from ingest.formats.webhooks.heard import Heard, Moment
from ingest.incoming import notice
from shared.model.external import Statement
from shared.model.relabeling import DEFAULT

NOW_MS = 1_796_000_000_000
MOMENT = Moment(NOW_MS, notice.UNTIL_TOLD_MS, "hooks")
FIRING = {
    "status": "firing",
    "labels": {"alertname": "Hot", "job": "node", "instance": "web-1", "severity": "page"},
    "annotations": {"summary": "가득"},
    "startsAt": "2026-11-20T10:00:00Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus:9090/graph",
    "fingerprint": "0123456789abcdef",
}
STARTED_MS = 1_795_168_800_000


def webhook(*alerts: Any, **changed: Any) -> dict[str, Any]:
    return {"version": "4", "receiver": "ea", "status": "firing", "truncatedAlerts": 0, "alerts": alerts, **changed}


def statements(*alerts: Any) -> list[Statement]:
    heard = alertmanager.read(json.loads(json.dumps(webhook(*alerts))), MOMENT)
    return alertmanager_api.decode(json.dumps(heard.alerts).encode(), DEFAULT.default, "hooks", (), NOW_MS).statements


# -- Alertmanager and Grafana -------------------------------------------------------------------------------


def test_alert_of_alertmanager_fires_until_its_end_is_stated() -> None:
    [seen] = statements(FIRING)

    assert ("Hot", "node/web-1", STARTED_MS, notice.UNTIL_TOLD_MS) == (
        seen.name,
        seen.plugin_id,
        seen.starts_at_ms,
        seen.ends_at_ms,
    )
    assert ({"summary": "가득"}, "http://prometheus:9090/graph") == (seen.annotations, seen.generator_url)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "expected"),
    [
        ("2026-11-20T10:00:00Z", "2026-11-20T10:05:00Z", (STARTED_MS, STARTED_MS + 300_000)),
        ("2026-11-20T10:00:00+00:00", "2027-12-01T00:00:00Z", (STARTED_MS, NOW_MS)),
        ("2027-12-01T00:00:00Z", "2027-12-01T00:05:00Z", (NOW_MS, NOW_MS)),
        ("2026-11-20T10:00:00Z", "0001-01-01T00:00:00Z", (STARTED_MS, NOW_MS)),
        ("2026-11-20T10:00:00Z", None, (STARTED_MS, NOW_MS)),
    ],
)
def test_end_never_lies_ahead_because_it_is_sent_once(
    starts_at: str, ends_at: str | None, expected: tuple[int, int]
) -> None:
    [seen] = statements({**FIRING, "status": "resolved", "startsAt": starts_at, "endsAt": ends_at})

    assert expected == (seen.starts_at_ms, seen.ends_at_ms)


def test_alerts_that_alertmanager_left_out_are_counted() -> None:
    assert [3, 0, 0] == [
        alertmanager.read({"alerts": [], "truncatedAlerts": given}, MOMENT).left_out for given in (3, -1, "3")
    ]


def test_grafana_tells_values_and_links_and_its_test_ends_by_itself() -> None:
    more = {"valueString": "[ var='A' value=93 ]", "dashboardURL": "http://grafana/d/1", "panelURL": ""}
    test = {**FIRING, "labels": {"alertname": "TestAlert", "instance": "Grafana"}}
    [seen, tested] = statements({**FIRING, **more}, test)

    assert {
        "summary": "가득",
        "valueString": more["valueString"],
        "dashboardURL": "http://grafana/d/1",
    } == seen.annotations
    assert NOW_MS + alertmanager.TEST_MS == tested.ends_at_ms


@pytest.mark.parametrize("bad", [None, 1, "x", [], {"status": "firing"}, {**FIRING, "labels": {"a": 1}}])
def test_bad_alert_of_a_webhook_costs_itself_alone(bad: Any) -> None:
    heard = alertmanager.read(json.loads(json.dumps(webhook(FIRING, bad))), MOMENT)
    posted = alertmanager_api.decode(json.dumps(heard.alerts).encode(), DEFAULT.default, "hooks", (), NOW_MS)

    assert (1, 1) == (len(posted.statements), posted.refused)


def test_webhook_without_alerts_is_refused() -> None:
    with pytest.raises(Refused):
        alertmanager.read({"alerts": "none"}, MOMENT)


# -- Uptime Kuma --------------------------------------------------------------------------------------------

MONITOR = {
    "id": 7,
    "name": "상점",
    "url": "https://shop.example.com",
    "type": "http",
    "tags": [{"name": "team", "value": "web"}, {"name": "prod", "value": ""}, None],
}


def kuma(status: Any, **changed: Any) -> Heard:
    heartbeat = {"monitorID": 7, "status": status, "msg": "connect ECONNREFUSED"}
    return uptime_kuma.read({"heartbeat": heartbeat, "monitor": MONITOR, "msg": "[상점] Down", **changed}, MOMENT)


def test_monitor_of_uptime_kuma_is_down_and_up_again() -> None:
    [found] = kuma(0).fires
    seen = notice.firing(found, "webhook/uptime-kuma", "hooks", DEFAULT.default)

    assert ("MonitorDown", "상점", "https://shop.example.com") == (seen.name, seen.plugin_id, seen.generator_url)
    assert {"team": "web", "prod": "true", "type": "http", "monitor": "상점"}.items() <= seen.labels.items()
    assert {"summary": "[상점] Down", "description": "connect ECONNREFUSED"} == seen.annotations
    assert ["7"] == kuma(1).ends == [found.dedup]


@pytest.mark.parametrize("status", [2, 3, None, "down", True, False, [], {}])
def test_other_states_of_a_monitor_change_nothing(status: Any) -> None:
    assert Heard() == kuma(status)


def test_test_of_uptime_kuma_has_no_heartbeat_and_changes_nothing() -> None:
    assert Heard() == kuma(0, heartbeat=None, monitor=None)
    assert Heard() == kuma(0, heartbeat=None)


# -- Healthchecks -------------------------------------------------------------------------------------------


def test_check_is_down_and_up_again() -> None:
    body = {"code": "c-1", "name": "백업", "tags": "prod db"}
    [found] = healthchecks.read({**body, "status": "down"}, MOMENT).fires
    seen = notice.firing(found, "webhook/healthchecks", "hooks", DEFAULT.default)

    assert ("CheckDown", "백업", "prod,db") == (seen.name, seen.plugin_id, seen.labels["tags"])
    assert [found.dedup] == healthchecks.read({**body, "status": "up"}, MOMENT).ends


@pytest.mark.parametrize("body", [{}, {"code": "c"}, {"code": "c", "status": "new"}, {"status": "down"}])
def test_body_that_is_not_the_documented_one_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        healthchecks.read(body, MOMENT)


# -- GitHub -------------------------------------------------------------------------------------------------

REPOSITORY = {"full_name": "shop/web"}
RUN = {
    "name": "CI",
    "workflow_id": 7,
    "head_branch": "main",
    "head_repository": REPOSITORY,
    "conclusion": "failure",
    "run_number": 41,
    "display_title": "결제 수정",
    "html_url": "https://github.com/shop/web/actions/runs/1",
}
FOUND = {
    "number": 3,
    "html_url": "https://github.com/shop/web/security/3",
    "secret": "ghp_never_shown",
    "secret_type": "github_token",
    "dependency": {"package": {"name": "jinja2", "ecosystem": "pip"}, "manifest_path": "requirements.txt"},
    "security_advisory": {"summary": "Escapes its sandbox", "cve_id": "CVE-2026-1", "severity": "low"},
    "security_vulnerability": {"severity": "high"},
    "rule": {"id": "py/sql", "description": "SQL injection", "severity": "note", "security_severity_level": "medium"},
    "tool": {"name": "CodeQL"},
    "most_recent_instance": {"location": {"path": "app.py"}, "message": {"text": "from a request"}},
}


def hub(event: str, action: str, repository: Any = REPOSITORY, **document: Any) -> Heard:
    stated = {"action": action, "repository": repository, **document}
    return github.read(stated, Moment(NOW_MS, notice.UNTIL_TOLD_MS, "hooks", event))


def test_run_that_began_earlier_does_not_decide_over_a_later_one() -> None:
    began = {"run_started_at": "2026-07-01T10:05:00Z"}
    [found] = hub("workflow_run", "completed", workflow_run={**RUN, **began}).fires
    earlier = {**RUN, "conclusion": "success", "run_started_at": "2026-07-01T10:00:00Z"}
    ended = hub("workflow_run", "completed", workflow_run=earlier)

    assert [found.dedup] == ended.ends
    assert 5 * 60_000 == found.starts_at_ms - ended.ended_at_ms


def test_workflow_that_fails_fires_until_its_next_run_on_the_branch_succeeds() -> None:
    [found] = hub("workflow_run", "completed", workflow_run=RUN).fires
    seen = notice.firing(found, "webhook/github", "hooks", DEFAULT.default)
    again = hub("workflow_run", "completed", workflow_run={**RUN, "conclusion": "success", "run_number": 42})
    other = hub("workflow_run", "completed", workflow_run={**RUN, "conclusion": "success", "head_branch": "next"})
    fork = hub("workflow_run", "completed", workflow_run={**RUN, "head_repository": {"full_name": "kim/web"}})

    assert ("WorkflowFailed", "shop/web{workflow=CI}", "error") == (seen.name, seen.plugin_id, seen.labels["severity"])
    assert ("CI: failure (main)", "결제 수정") == (seen.annotations["summary"], seen.annotations["description"])
    assert [found.dedup] == again.ends
    assert found.dedup not in (*other.ends, fork.fires[0].dedup)


@pytest.mark.parametrize("conclusion", ["cancelled", "skipped", "neutral", "action_required", "stale", None, 1, {}])
def test_run_that_neither_failed_nor_succeeded_changes_nothing(conclusion: Any) -> None:
    assert Heard() == hub("workflow_run", "completed", workflow_run={**RUN, "conclusion": conclusion})
    assert Heard() == hub("workflow_run", "in_progress", workflow_run=RUN)


@pytest.mark.parametrize(
    ("event", "begins", "ends", "name", "severity"),
    [
        ("dependabot_alert", "auto_reopened", "auto_dismissed", "VulnerableDependency", "high"),
        ("code_scanning_alert", "appeared_in_branch", "closed_by_user", "CodeScanning", "medium"),
        ("secret_scanning_alert", "publicly_leaked", "resolved", "LeakedSecret", "critical"),
    ],
)
def test_security_alert_fires_until_it_is_fixed_and_no_secret_is_kept(
    event: str, begins: str, ends: str, name: str, severity: str
) -> None:
    [found] = hub(event, begins, alert=FOUND).fires
    seen = notice.firing(found, "webhook/github", "hooks", DEFAULT.default)

    assert (name, "shop/web", severity, FOUND["html_url"]) == (
        seen.name,
        seen.plugin_id,
        seen.labels["severity"],
        seen.generator_url,
    )
    assert [found.dedup] == hub(event, ends, alert=FOUND).ends
    assert Heard() == hub(event, "assignees_changed", alert=FOUND)
    assert "never_shown" not in str(seen)


def test_ping_and_other_events_of_github_change_nothing() -> None:
    assert Heard() == hub("ping", "", zen="Keep it logically awesome.")
    assert Heard() == hub("ping", "", repository=None)
    assert Heard() == hub("push", "created", alert=FOUND)
    assert Heard() == hub("dependabot_alert", "created", alert={**FOUND, "number": None})


# -- Sentry -------------------------------------------------------------------------------------------------

EVENT = {
    "issue_id": "1117540176",
    "title": "ReferenceError: blooopy is not defined",
    "culprit": "?(<anonymous>)",
    "level": "fatal",
    "project": 1,
    "tags": [["browser", "Chrome 75"], ["environment", "prod"], "odd", ["project", "not this"]],
    "web_url": "https://sentry.io/issues/1117540176/",
}
INCIDENT = {"id": "4", "alert_rule": {"id": "7", "name": "Too many errors"}, "projects": ["web"]}


def heard_of_sentry(resource: str, action: str, **stated: Any) -> Heard:
    return sentry.read({"action": action, "data": stated}, Moment(NOW_MS, notice.UNTIL_TOLD_MS, "hooks", resource))


def test_issue_alert_of_sentry_fires_until_the_issue_is_resolved() -> None:
    [found] = heard_of_sentry("event_alert", "triggered", event=EVENT, triggered_rule="새 오류").fires
    seen = notice.firing(found, "webhook/sentry", "hooks", DEFAULT.default)

    assert ("SentryIssue", "1", "fatal") == (seen.name, seen.plugin_id, seen.labels["severity"])
    assert {"browser": "Chrome 75", "environment": "prod", "issue": "1117540176"}.items() <= seen.labels.items()
    assert ("새 오류", EVENT["title"]) == (seen.annotations["rule"], seen.annotations["summary"])
    for action in sentry.OVER:
        assert [found.dedup] == heard_of_sentry("issue", action, issue={"id": "1117540176"}).ends
    for action in ("created", "unresolved", "assigned"):
        assert Heard() == heard_of_sentry("issue", action, issue={"id": "1117540176"})


def test_metric_alert_of_sentry_changes_its_severity_and_ends() -> None:
    said = {
        "metric_alert": INCIDENT,
        "description_title": "Critical: Too many errors",
        "web_url": "https://sentry.io/4",
    }
    [critical] = heard_of_sentry("metric_alert", "critical", **said).fires
    [warning] = heard_of_sentry("metric_alert", "warning", **said).fires

    assert ("Too many errors", "critical", "warning") == (critical.name, critical.severity, warning.severity)
    assert {critical.dedup} == {warning.dedup, *heard_of_sentry("metric_alert", "resolved", **said).ends}


@pytest.mark.parametrize("resource", ["installation", "comment", "error", "event_alert", "metric_alert", "issue", ""])
def test_other_news_of_sentry_change_nothing(resource: str) -> None:
    assert Heard() == heard_of_sentry(resource, "created", installation={"uuid": "a"})
