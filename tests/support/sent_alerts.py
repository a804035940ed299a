"""Alerts as Prometheus sends them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from tests.support.waiting import PATIENCE_S

PATH = "/api/v2/alerts"
JSON = {"Content-Type": "application/json"}


def an_alert(ends: timedelta | None = timedelta(minutes=4), **labels: str) -> dict[str, Any]:
    found: dict[str, Any] = {"labels": {"alertname": "Hot", "job": "node", "instance": "web-1", **labels}}
    now = datetime.now(UTC)
    if ends is not None:
        found |= {"startsAt": (now - timedelta(minutes=10)).isoformat(), "endsAt": (now + ends).isoformat()}
    return found


def post(url: str, key: str, *alerts: Any, path: str = PATH, **headers: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {key}", **JSON, **headers}
    return requests.post(f"{url}{path}", data=json.dumps(alerts).encode(), headers=headers, timeout=PATIENCE_S)
