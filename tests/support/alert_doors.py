"""The addresses that take alerts as an exam sees them. A new door is a row of `ALERT_DOORS`."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.doors import JSON

KEY = "THE-KEY"
"""Stands in a body for the API key."""


@dataclass(frozen=True)
class AlertDoor:
    """
    One product's address.

    Attributes:
        write: Makes the document of an alert: its text, and the value of a label.
        taken: The status of an alert that was taken.
        scheme: Of the header Authorization.
        hostile: How many hostile bodies it is sent.
    """

    name: str
    path: str
    write: Callable[[str, Any], Any]
    taken: int = 202
    scheme: str = "Bearer"
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))
    hostile: int = 2_000
    unit: str = ""
    writes: bool = True
    """Whether the streams hold something of it."""

    def body(self, text: str, label: Any = "web-1") -> bytes:
        return json.dumps(self.write(text, label), ensure_ascii=False).encode()


def _pagerduty(text: str, label: Any) -> Any:
    payload = {"summary": text, "source": label, "severity": "error", "custom_details": {"방": label}}
    return {"routing_key": KEY, "event_action": "trigger", "dedup_key": text[:200], "payload": payload}


def _pagerduty_end(text: str, label: Any) -> Any:
    return {"routing_key": KEY, "event_action": "resolve", "dedup_key": text[:200], "client": label}


def _opsgenie(text: str, label: Any) -> Any:
    return {"message": text, "alias": text[:200], "entity": label, "priority": "P2", "details": {"방": label}}


def _alertmanager(text: str, label: Any) -> Any:
    labels = {"alertname": text, "instance": label, "방": "1"}
    times = {"startsAt": "2026-11-20T10:00:00Z", "endsAt": "2099-11-20T10:00:00Z"}
    return {"version": "4", "truncatedAlerts": 0, "alerts": [{"status": "firing", "labels": labels, **times}]}


def _uptime_kuma(text: str, label: Any) -> Any:
    return {"heartbeat": {"status": 0, "msg": text}, "monitor": {"id": 7, "name": label}, "msg": text}


def _healthchecks(text: str, label: Any) -> Any:
    return {"code": "c", "name": label, "status": "down", "tags": label, "body": text}


def _github(text: str, label: Any) -> Any:
    run = {"name": text, "workflow_id": 7, "head_branch": label, "conclusion": "failure", "display_title": text}
    return {"action": "completed", "repository": {"full_name": label}, "workflow_run": run}


def _sentry(text: str, label: Any) -> Any:
    event = {"issue_id": "7", "title": text, "project": label, "level": "error", "tags": [["방", label]]}
    return {"action": "triggered", "data": {"event": event, "triggered_rule": text}}


def _reconcile(text: str, label: Any) -> Any:
    return {"firing": [{"labels": {"alertname": text, "instance": label}}, {"door": "pagerduty", "dedup_key": label}]}


def _opsgenie_end(text: str, label: Any) -> Any:
    return {"note": text, "source": label}


ALERT_DOORS = (
    AlertDoor("PagerDuty", "/v2/enqueue", _pagerduty),
    AlertDoor("PagerDuty, end", "/v2/enqueue", _pagerduty_end, hostile=300),
    AlertDoor("PagerDuty, change", "/v2/change/enqueue", _pagerduty, hostile=300),
    AlertDoor("Opsgenie", "/v2/alerts", _opsgenie, scheme="GenieKey"),
    AlertDoor(
        "Opsgenie, end", "/v2/alerts/x/close?identifierType=alias", _opsgenie_end, scheme="GenieKey", hostile=300
    ),
    AlertDoor(
        "Opsgenie, note",
        "/v2/alerts/x/notes?identifierType=alias",
        _opsgenie_end,
        scheme="GenieKey",
        hostile=300,
        writes=False,
    ),
    AlertDoor("webhook of Alertmanager", "/webhook/alertmanager", _alertmanager, taken=200),
    AlertDoor("webhook of Grafana", "/webhook/grafana", _alertmanager, taken=200, hostile=300),
    AlertDoor("webhook of Uptime Kuma", "/webhook/uptime-kuma", _uptime_kuma, taken=200),
    AlertDoor("webhook of Healthchecks", "/webhook/healthchecks", _healthchecks, taken=200),
    AlertDoor(
        "webhook of GitHub", "/webhook/github", _github, taken=200, headers={**JSON, "X-GitHub-Event": "workflow_run"}
    ),
    AlertDoor(
        "webhook of Sentry",
        "/webhook/sentry",
        _sentry,
        taken=200,
        headers={**JSON, "Sentry-Hook-Resource": "event_alert"},
    ),
    AlertDoor("list of all that fires", "/webhook/reconcile", _reconcile, taken=200, writes=False),
)
