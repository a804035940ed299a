"""
Prometheus and vmagent scrape node_exporter and write to `ingest`: alerts fire and resolve here, through every restart.

What Prometheus keeps itself is compared with what an evaluator has decided on, sample by sample.
"""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from redis import Redis

from tests.support import clients
from tests.support.clients import NODE_EXPORTER, PROMETHEUS, VMAGENT, Client, block, needs
from tests.support.ports import free_port
from tests.support.real_server import RealServer
from tests.support.receiving import Points, Receiving, receiving
from tests.support.waiting import PATIENCE_S, until

FREE = "shop_disk_free_percent"
SCRAPES = "promhttp_metric_handler_requests_total"
"""node_exporter counts how often it was scraped."""

pytestmark = pytest.mark.slow


class Exporter:
    """A node_exporter with one metric that the test sets, as cron jobs do by its textfile collector."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder / "textfile"
        self._folder.mkdir()
        self.set_free(50)

    def set_free(self, percent: float) -> None:
        new = self._folder / "shop.new"
        new.write_text(f'{FREE}{{mountpoint="/데이터"}} {percent}\n')
        new.rename(self._folder / "shop.prom")

    def command(self) -> list[str]:
        only = ["--collector.disable-defaults", "--collector.textfile", "--collector.loadavg"]
        listening = [f"--web.listen-address=127.0.0.1:{self.port}", f"--collector.textfile.directory={self._folder}"]
        return [str(NODE_EXPORTER), *only, *listening]


@pytest.fixture
def site(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Receiving]:
    with receiving(server, redis, tmp_path) as installation:
        yield installation


@pytest.fixture
def exporter(tmp_path: Path) -> Exporter:
    return Exporter(tmp_path)


def _plugin(exporter: Exporter) -> str:
    return f"node/127.0.0.1:{exporter.port}{{mountpoint=/데이터}}"


def _scraping(exporter: Exporter) -> dict[str, Any]:
    targets = [{"targets": [f"127.0.0.1:{exporter.port}"]}]
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "900ms"},
        "scrape_configs": [{"job_name": "node", "static_configs": targets}],
    }


def _a_disk_fills_up_and_is_emptied(site: Receiving, exporter: Exporter) -> None:
    site.add_rule(id="disk", metric=FREE, operator="<", threshold=10)
    site.watch_count(FREE, _plugin(exporter))
    until(lambda: site.points(FREE), "the first samples")
    exporter.set_free(5)
    site.wait_for("disk", "firing")
    exporter.set_free(50)
    site.wait_for("disk", "firing", "resolved")


@contextmanager
def _prometheus(site: Receiving, exporter: Exporter, remote_write: dict[str, Any]) -> Iterator[tuple[Client, str]]:
    port = free_port()
    # As in the document; what is added makes it give up a request and try again sooner than after half a minute.
    quick = {"batch_send_deadline": "500ms", "min_backoff": "100ms", "max_backoff": "500ms"}
    (target,) = remote_write["remote_write"]
    written = {"remote_write": [{**target, "remote_timeout": "3s", "queue_config": quick}]}
    config = site.folder / "prometheus.yml"
    config.write_text(yaml.safe_dump(_scraping(exporter) | written))
    command = [str(PROMETHEUS), f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}"]
    command += [f"--storage.tsdb.path={site.folder / 'tsdb'}"]
    with clients.running(command, site.folder / "prometheus.log") as client:
        yield client, f"http://127.0.0.1:{port}"


def _kept(url: str) -> Points:
    """Return the samples that Prometheus has stored."""
    try:
        answer = requests.get(f"{url}/api/v1/query", params={"query": f"{FREE}[1h]"}, timeout=PATIENCE_S).json()
    except requests.RequestException:
        return {}
    series = answer["data"]["result"] if answer["status"] == "success" else []
    return {round(float(at_s) * 1_000): float(value) for at_s, value in series[0]["values"]} if series else {}


def _total(url: str, counter: str) -> float:
    lines = requests.get(f"{url}/metrics", timeout=PATIENCE_S).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(counter))


def _wait_for_scrapes(url: str, count: int) -> None:
    before = len(_kept(url))
    until(lambda: len(_kept(url)) >= before + count, f"{count} more scrapes", every_s=0.2)


@needs(PROMETHEUS, NODE_EXPORTER)
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_prometheus_writes_every_sample_once_through_restarts_and_outages(
    site: Receiving, exporter: Exporter, version: str
) -> None:
    with clients.running(exporter.command(), site.folder / "exporter.log") as scraped:
        text = site.filled(block("prometheus", "yaml", version=version))
        with _prometheus(site, exporter, yaml.safe_load(text)) as (prometheus, url):
            _a_disk_fills_up_and_is_emptied(site, exporter)

            prometheus.restart()
            until(lambda: _kept(url), "Prometheus is back", every_s=0.2)
            _wait_for_scrapes(url, 3)

            site.kill_ingest()
            site.start_ingest()
            _wait_for_scrapes(url, 3)

            # Away for longer than Prometheus waits for an answer, and than it lets a batch lie.
            site.stop_ingest()
            _wait_for_scrapes(url, 10)
            site.start_ingest()

            site.stop_redis()
            _wait_for_scrapes(url, 10)
            until(lambda: _total(url, "prometheus_remote_storage_samples_retried_total"), "a request is tried again")
            site.start_redis()
            _wait_for_scrapes(url, 3)

            last_ms, counted = site.decided_count(FREE, _plugin(exporter))
            scraped.stop()
            kept = until(lambda: (first := _kept(url)) and first == _kept(url) and first, every_s=1.5)
            until(lambda: site.points(FREE).get(_plugin(exporter)) == kept, "all samples came", every_s=0.5)

            assert 0 == _total(url, "prometheus_remote_storage_samples_failed_total"), prometheus.log()
            assert 0 == _total(url, "prometheus_remote_storage_samples_dropped_total"), prometheus.log()
            assert [_plugin(exporter)] == list(site.points(FREE))
            assert sum(at_ms <= last_ms for at_ms in kept) == counted
            assert ["firing", "resolved"] == site.kinds("disk")


@needs(VMAGENT, NODE_EXPORTER)
def test_vmagent_keeps_what_it_scraped_while_ingest_is_away(site: Receiving, exporter: Exporter) -> None:
    scraping = site.folder / "scrape.yml"
    scraping.write_text(yaml.safe_dump(_scraping(exporter)))
    port = free_port()
    words = shlex.split(site.filled(block("vmagent", "sh", client="vmagent")).replace("\\\n", " "))
    command = [str(VMAGENT), *words[2:], f"-promscrape.config={scraping}", f"-httpListenAddr=127.0.0.1:{port}"]
    command += [f"-remoteWrite.tmpDataPath={site.folder / 'queue'}", "-remoteWrite.sendTimeout=3s"]
    command += ["-remoteWrite.retryMinInterval=200ms", "-remoteWrite.retryMaxTime=1s"]
    plugin = f"node/127.0.0.1:{exporter.port}{{code=200}}"

    def scrapes() -> list[float]:
        """Return the counts of scrapes that came, by their times."""
        return [count for _, count in sorted(site.points(SCRAPES).get(plugin, {}).items())]

    def wait_for(more: int) -> None:
        before = len(scrapes())
        until(lambda: len(scrapes()) >= before + more, f"{more} more scrapes", every_s=0.2)

    site.watch_count(SCRAPES, plugin)
    with clients.running(exporter.command(), site.folder / "exporter.log"):
        with clients.running(command, site.folder / "vmagent.log") as vmagent:
            _a_disk_fills_up_and_is_emptied(site, exporter)
            vmagent.restart()
            wait_for(3)

            site.kill_ingest()
            site.start_ingest()
            wait_for(3)

            url = f"http://127.0.0.1:{port}"
            scraped = _total(url, "vm_promscrape_scrapes_total")
            site.stop_ingest()
            until(lambda: _total(url, "vm_promscrape_scrapes_total") >= scraped + 10, "it scrapes on", every_s=0.2)
            # What it holds is on disk: it comes after a restart too.
            vmagent.restart()
            site.start_ingest()
            wait_for(10)
            last_ms, counted = site.decided_count(SCRAPES, plugin)

    counts = scrapes()
    assert [float(n) for n in range(int(counts[0]), int(counts[0]) + len(counts))] == counts
    assert counted == sum(at_ms <= last_ms for at_ms in site.points(SCRAPES)[plugin])
    assert ["firing", "resolved"] == site.kinds("disk")
