"""
A real Alertmanager sends its alerts here as to other products: each fires once and ends once, also when the parts of
this system are restarted in between.

It is configured as docs/clients/ says.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from redis import Redis

from tests.support import alertmanagers
from tests.support.alertmanagers import Alertmanager
from tests.support.clients import ALERTMANAGER, block, needs
from tests.support.real_server import RealServer
from tests.support.receiving import Receiving, receiving
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.slow


@pytest.fixture
def site(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Receiving]:
    with receiving(server, redis, tmp_path) as installation:
        yield installation


def post(sender: Alertmanager, ends: timedelta) -> None:
    """State that the alert ends so far from now; it lies in the past when the alert has ended."""
    now = datetime.now(UTC)
    alert = {
        "labels": {"alertname": "Hot", "instance": "web-1", "severity": "page"},
        "annotations": {"summary": "가득"},
        "startsAt": (now - timedelta(minutes=10)).isoformat(),
        "endsAt": (now + ends).isoformat(),
    }
    requests.post(f"{sender.url}/api/v2/alerts", json=[alert], timeout=PATIENCE_S).raise_for_status()


@contextmanager
def alertmanager(site: Receiving, page: str) -> Iterator[Alertmanager]:
    """Start one whose only receiver is this system."""
    config: dict[str, Any] = yaml.safe_load(site.filled(block(page, "yaml", of=page)))
    times = {"group_wait": "1s", "group_interval": "1s", "repeat_interval": "2s"}
    config["route"] = {"receiver": config["receivers"][0]["name"], "group_by": ["alertname"], **times}
    with alertmanagers.running(site.folder, config) as found:
        yield found


@needs(ALERTMANAGER)
@pytest.mark.parametrize(
    ("page", "rule", "plugin"),
    [
        ("pagerduty", "external:clients", "Alertmanager"),
        ("opsgenie", "external:Hot", "{instance=web-1}"),
        ("webhooks", "external:Hot", "{instance=web-1}"),
    ],
)
def test_alert_of_alertmanager_fires_and_ends_once_through_restarts(
    site: Receiving, page: str, rule: str, plugin: str
) -> None:
    with alertmanager(site, page) as sender:
        post(sender, timedelta(hours=1))
        site.wait_for(rule, "firing")
        site.kill_ingest()
        site.kill_evaluator()
        post(sender, -timedelta(seconds=1))
        site.start_ingest()
        site.start_evaluator()
        site.wait_for(rule, "firing", "resolved")

    first, last = site.decided(rule)
    assert first.alert_id == last.alert_id
    assert (plugin, "external.ended") == (first.plugin_id, last.reason_code)
    assert first.condition in ("가득", "[FIRING:1] Hot (web-1 page)")
