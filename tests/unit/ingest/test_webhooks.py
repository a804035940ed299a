"""Webhooks of other products: what each states, and what it does not."""

import json
from typing import Any

import pytest

from ingest.format import Refused
from ingest.formats import alertmanager as alertmanager_api
from ingest.formats.webhooks import alertmanager, healthchecks, uptime_kuma
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
