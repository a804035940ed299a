"""
Prometheus and vmalert send their alerts: each fires once and ends once here, through restarts of every part.

Both are configured as docs/clients/alerts.md says.
"""

import shlex
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from redis import Redis

from shared.model.external import Statement
from shared.redis import keys, streams
from tests.support import clients
from tests.support.clients import PROMETHEUS, VICTORIA_METRICS, VMALERT, Client, block, needs
from tests.support.gauges import Gauge, gauge
from tests.support.ports import free_port
from tests.support.real_server import RealServer
from tests.support.receiving import PARTITIONS, Receiving, receiving
from tests.support.waiting import PATIENCE_S, until

RULE = "external:Hot"
HOT = {
    "alert": "Hot",
    "expr": "room_temperature > 80",
    "labels": {"severity": "page"},
    "annotations": {"summary": "{{ $labels.instance }}: {{ $value }} 도", "runbook_url": "https://example.com/hot"},
}
WATCHDOG = {"alert": "Watchdog", "expr": "vector(1)", "labels": {"severity": "none"}}
GROUPS = {"groups": [{"name": "room", "interval": "1s", "rules": [HOT, WATCHDOG]}]}

pytestmark = pytest.mark.slow


@pytest.fixture
def site(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Receiving]:
    with receiving(server, redis, tmp_path) as installation:
        yield installation


@pytest.fixture
def room() -> Iterator[Gauge]:
    with gauge("room_temperature", 20.0) as served:
        yield served


def statements(site: Receiving) -> list[Statement]:
    """Return all that came of the alert, in the order of the stream."""
    entries = [
        fields[keys.EXTERNAL_FIELD]
        for partition in range(PARTITIONS)
        for _, fields in site.redis.xrange(keys.events(partition))
        if keys.EXTERNAL_FIELD in fields
    ]
    return [seen for entry in entries for seen in streams.decode_statements(entry)]


def wait_for_more(site: Receiving, count: int) -> None:
    before = len(statements(site))
    until(lambda: len(statements(site)) >= before + count, f"{count} more statements", every_s=0.2)


@contextmanager
def prometheus(site: Receiving, room: Gauge, replica: str = "") -> Iterator[Client]:
    port = free_port()
    folder = site.folder / f"prometheus{replica}"
    folder.mkdir()
    (folder / "rules.yml").write_text(yaml.safe_dump(GROUPS))
    config: dict[str, Any] = {
        "global": {
            "scrape_interval": "1s",
            "evaluation_interval": "1s",
            "external_labels": {"replica": replica} if replica else {},
        },
        "rule_files": [str(folder / "rules.yml")],
        "scrape_configs": [{"job_name": "room", "static_configs": [{"targets": [room.target]}]}],
    }
    config |= yaml.safe_load(site.filled(block("alerts", "yaml", of="alerts")))
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    command = [str(PROMETHEUS), f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'tsdb'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--rules.alert.resend-delay=2s"]
    with clients.running(command, folder / "log") as client:
        yield client


def is_renewed_through_restarts(site: Receiving, sender: Client) -> None:
    """Restart each part in turn, and see that the sender's renewals come again."""
    wait_for_more(site, 2)
    site.kill_evaluator()
    wait_for_more(site, 1)
    site.start_evaluator()
    site.kill_ingest()
    site.start_ingest()
    wait_for_more(site, 1)
    sender.restart()
    wait_for_more(site, 2)
    site.stop_redis()
    site.start_redis()
    wait_for_more(site, 1)


@needs(PROMETHEUS)
def test_prometheus_fires_renews_and_ends_once_through_restarts(site: Receiving, room: Gauge) -> None:
    with prometheus(site, room) as sender:
        until(lambda: "Watchdog" in {event.plugin_id for event in site.events()}, "the watchdog", every_s=0.2)
        room.value = 90.0
        site.wait_for(RULE, "firing")
        is_renewed_through_restarts(site, sender)
        room.value = 20.0
        site.wait_for(RULE, "firing", "resolved")
        # Prometheus repeats the end for a quarter of an hour.
        wait_for_more(site, 2)
        room.value = 90.0
        site.wait_for(RULE, "firing", "resolved", "reopened")

    first, last, again = site.decided(RULE)
    assert (f"room/{room.target}", "critical", "external.ended") == (first.plugin_id, first.severity, last.reason_code)
    assert f"{room.target}: 90 도" == first.condition
    assert first.alert_id == last.alert_id == again.alert_id
    assert "https://example.com/hot" == first.runbook_url


@needs(PROMETHEUS)
def test_two_replicas_of_prometheus_are_told_once(site: Receiving, room: Gauge) -> None:
    with prometheus(site, room, "a") as one, prometheus(site, room, "b"):
        room.value = 90.0
        site.wait_for(RULE, "firing")
        is_renewed_through_restarts(site, one)
        room.value = 20.0
        site.wait_for(RULE, "firing", "resolved")
        wait_for_more(site, 4)

    assert ["firing", "resolved"] == site.kinds(RULE)
    assert 1 == len({seen.fingerprint for seen in statements(site)})


@needs(VMALERT, VICTORIA_METRICS)
def test_vmalert_fires_renews_and_ends_once_through_restarts(site: Receiving, room: Gauge) -> None:
    scraping = site.folder / "scrape.yml"
    targets = [{"targets": [room.target]}]
    jobs = [{"job_name": "room", "scrape_interval": "1s", "static_configs": targets}]
    scraping.write_text(yaml.safe_dump({"scrape_configs": jobs}))
    rules = site.folder / "rules.yml"
    rules.write_text(yaml.safe_dump(GROUPS))
    port = free_port()
    store = [str(VICTORIA_METRICS), f"-promscrape.config={scraping}", f"-httpListenAddr=127.0.0.1:{port}"]
    store += [f"-storageDataPath={site.folder / 'store'}", "-search.latencyOffset=1s"]
    words = shlex.split(site.filled(block("alerts", "sh", client="vmalert")).replace("\\\n", " "))
    own = {"-rule": str(rules), "-datasource.url": f"http://127.0.0.1:{port}"}
    flags = [f"{flag}={own.get(flag, value)}" for flag, _, value in (word.partition("=") for word in words[1:])]
    with ExitStack() as running:
        running.enter_context(clients.running(store, site.folder / "store.log"))
        until(lambda: _answers(port), "VictoriaMetrics answers", every_s=0.2)
        command = [str(VMALERT), *flags, f"-httpListenAddr=127.0.0.1:{free_port()}"]
        sender = running.enter_context(clients.running(command, site.folder / "vmalert.log"))
        room.value = 90.0
        site.wait_for(RULE, "firing")
        is_renewed_through_restarts(site, sender)
        room.value = 20.0
        site.wait_for(RULE, "firing", "resolved")
        wait_for_more(site, 2)

    first, last = site.decided(RULE)
    assert "external.ended" == last.reason_code
    assert first.alert_id == last.alert_id
    # It states ends that are seconds ahead; only the floor of five minutes keeps the alert through the restarts.
    assert max(seen.ends_at_ms - seen.starts_at_ms for seen in statements(site)) > 0


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/health", timeout=PATIENCE_S).ok
    except requests.RequestException:
        return False
