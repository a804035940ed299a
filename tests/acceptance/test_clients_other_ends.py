"""
A real Alertmanager sends its alerts here as to other products: each fires once and ends once, also when the parts of
this system are restarted in between.

It is configured as docs/clients/ says.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from redis import Redis

from tests.support import clients
from tests.support.clients import ALERTMANAGER, Client, block, needs
from tests.support.ports import free_port
from tests.support.real_server import RealServer
from tests.support.receiving import Receiving, receiving
from tests.support.waiting import PATIENCE_S, until

pytestmark = pytest.mark.slow


@pytest.fixture
def site(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Receiving]:
    with receiving(server, redis, tmp_path) as installation:
        yield installation


class Alertmanager:
    """A real one, whose only receiver is this system."""

    def __init__(self, url: str, client: Client) -> None:
        self._url = url
        self.client = client

    def post(self, ends: timedelta) -> None:
        """State that the alert ends so far from now; it lies in the past when the alert has ended."""
        now = datetime.now(UTC)
        alert = {
            "labels": {"alertname": "Hot", "instance": "web-1", "severity": "page"},
            "annotations": {"summary": "가득"},
            "startsAt": (now - timedelta(minutes=10)).isoformat(),
            "endsAt": (now + ends).isoformat(),
        }
        url = f"{self._url}/api/v2/alerts"
        requests.post(url, json=[alert], timeout=PATIENCE_S).raise_for_status()

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self._url}/-/ready", timeout=PATIENCE_S).ok
        except requests.RequestException:
            return False


@contextmanager
def alertmanager(site: Receiving, page: str) -> Iterator[Alertmanager]:
    config: dict[str, Any] = yaml.safe_load(site.filled(block(page, "yaml", of=page)))
    times = {"group_wait": "1s", "group_interval": "1s", "repeat_interval": "2s"}
    config["route"] = {"receiver": config["receivers"][0]["name"], "group_by": ["alertname"], **times}
    file = site.folder / "alertmanager.yml"
    file.write_text(json.dumps(config))
    port = free_port()
    flags = [f"--config.file={file}", f"--storage.path={site.folder / 'alertmanager'}", "--cluster.listen-address="]
    command = [*_program(site.folder), *flags, f"--web.listen-address=127.0.0.1:{port}"]
    with clients.running(command, site.folder / "alertmanager.log") as client:
        found = Alertmanager(f"http://127.0.0.1:{port}", client)
        until(found.is_ready, "Alertmanager answers", every_s=0.2)
        yield found


def _program(folder: Path) -> list[str]:
    """Return how it is started. Debian's reads its templates from a folder of the machine, and it is not installed."""
    installed = b"/usr/share/prometheus/alertmanager"
    unpacked = ALERTMANAGER.parents[1] / "share/prometheus/alertmanager"
    program = folder / "prometheus-alertmanager"
    program.write_bytes(ALERTMANAGER.read_bytes().replace(installed, b"/proc/self/cwd".ljust(len(installed), b"/")))
    program.chmod(0o755)
    return ["/bin/sh", "-c", 'cd "$0" && exec "$@"', str(unpacked), str(program)]


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
        sender.post(timedelta(hours=1))
        site.wait_for(rule, "firing")
        site.kill_ingest()
        site.kill_evaluator()
        sender.post(-timedelta(seconds=1))
        site.start_ingest()
        site.start_evaluator()
        site.wait_for(rule, "firing", "resolved")

    first, last = site.decided(rule)
    assert first.alert_id == last.alert_id
    assert (plugin, "external.ended") == (first.plugin_id, last.reason_code)
    assert first.condition in ("가득", "[FIRING:1] Hot (web-1 page)")
