"""Imports by API: looked at, put in force under guard, listed and undone."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from redis import Redis

from shared.model import route_tree
from shared.store import channel_store, route_store
from tests.support.api import BASE

SECRET = "geheim-0123456789"
CONFIG = f"""
route:
  receiver: ops
  routes:
  - {{receiver: dev, matchers: [env="dev"], colour: red}}
receivers:
- name: ops
  webhook_configs: [{{url: 'https://hooks.example.com/{SECRET}'}}]
- name: dev
  opsgenie_configs: [{{api_key: {SECRET}}}]
inhibit_rules:
- {{name: host, source_matchers: [alertname=Down], equal: [host]}}
"""
GRAFANA = """
contactPoints: [{name: mails, receivers: [{type: webhook, settings: {url: 'https://example.com/hook'}}]}]
policies: [{receiver: mails}]
"""


def files(text: str = CONFIG, language: str = "en") -> dict[str, Any]:
    return {"files": [{"name": "alertmanager.yml", "text": text}], "language": language}


def test_dry_run_reports_each_line_and_what_would_be_replaced(client: FlaskClient, redis: Redis) -> None:
    route_store.save(redis, route_tree.parse({"route": {"channels": ["email"]}}))
    channel_store.save(redis, "webhook-ops", {"url": "https://before.example.com/"})
    answer = client.post(f"{BASE}/imports/alertmanager/dry-run", json=files())
    korean = client.post(f"{BASE}/imports/alertmanager/dry-run", json=files(language="ko"))

    assert 200 == answer.status_code, answer.json
    assert {
        "added": [],
        "replaced": ["webhook-ops"],
        "replaces_routes": True,
        "routes_before": 1,
        "routes_version": 1,
    } == answer.json["difference"]
    assert [
        (2, "route", "ops"),
        (5, "route", "dev"),
        (8, "channel", "webhook-ops"),
        (12, "inhibit_rule", "host"),
    ] == [(one["line"], one["kind"], one["result"]) for one in answer.json["taken"]]
    assert [(5, False), (10, True)] == [
        (one["line"], one["lost"]) for one in answer.json["findings"] if "colour" in one["because"] or one["lost"]
    ]
    assert "inhibit rules: 1" in answer.json["summary"] and "억제 규칙 1개" in korean.json["summary"]
    assert SECRET not in answer.text + korean.text
    assert 1 == route_store.current(redis).version


def test_import_is_put_in_force_under_guard_listed_and_undone(client: FlaskClient, redis: Redis) -> None:
    stale = client.post(f"{BASE}/imports/alertmanager", json=files(), headers={"If-Match": '"7"'})
    done = client.post(f"{BASE}/imports/alertmanager", json=files(), headers={"If-Match": '"0"'})
    [listed] = client.get(f"{BASE}/imports").json["imports"]
    undone = client.post(f"{BASE}/imports/alertmanager/undo")

    assert (412, 200, 200) == (stale.status_code, done.status_code, undone.status_code)
    assert (["webhook-ops"], 1, True) == tuple(
        done.json[name] for name in ("changed_channels", "routes_version", "has_changed")
    )
    assert ("alertmanager", "alertmanager.yml", ["webhook-ops"], True, []) == tuple(
        listed[name] for name in ("system", "source", "channels", "has_routes", "changed_since")
    )
    assert {"imports": []} == client.get(f"{BASE}/imports").json
    assert (None, None) == (route_store.current(redis).tree, channel_store.load_stored(redis).get("webhook-ops"))
    assert 404 == client.post(f"{BASE}/imports/alertmanager/undo").status_code


def test_undo_of_one_system_makes_that_of_the_other_possible_again(client: FlaskClient, redis: Redis) -> None:
    client.post(f"{BASE}/imports/alertmanager", json=files())
    client.post(f"{BASE}/imports/grafana", json=files(GRAFANA))
    listed = client.get(f"{BASE}/imports").json["imports"]
    refused = client.post(f"{BASE}/imports/alertmanager/undo")
    grafana = client.post(f"{BASE}/imports/grafana/undo")
    alertmanager = client.post(f"{BASE}/imports/alertmanager/undo")

    assert [("grafana", []), ("alertmanager", ["routes"])] == [(one["system"], one["changed_since"]) for one in listed]
    assert (409, 200, 200) == (refused.status_code, grafana.status_code, alertmanager.status_code)
    assert None is route_store.current(redis).tree


@pytest.mark.parametrize(
    ("system", "body", "status"),
    [
        ("alertmanager", files("route: ["), 422),
        ("alertmanager", files(GRAFANA), 422),
        ("grafana", files(CONFIG), 422),
        ("alertmanager", {"files": files()["files"] * 2}, 422),
        ("grafana", {"files": files(GRAFANA)["files"] * 21}, 422),
        ("alertmanager", {"files": []}, 422),
        ("nagios", files(), 422),
        ("alertmanager", files("a" * 1_100_000), 413),
    ],
)
def test_what_is_no_configuration_is_refused(
    client: FlaskClient, system: str, body: dict[str, Any], status: int
) -> None:
    answer = client.post(f"{BASE}/imports/{system}/dry-run", json=body)

    assert status == answer.status_code, answer.text
    assert SECRET not in answer.text
