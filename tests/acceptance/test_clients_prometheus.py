"""
Prometheus and vmagent scrape node_exporter and write to `ingest`, or `ingest` scrapes it itself: alerts fire and
resolve here, through every restart.

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
from tests.support.cli import Run
from tests.support.clients import NODE_EXPORTER, PROMETHEUS, VMAGENT, Client, block, needs
from tests.support.ports import free_port
from tests.support.real_server import RealServer
from tests.support.receiving import Points, Receiving, receiving
from tests.support.waiting import PATIENCE_S, Outage, until

FREE = "shop_disk_free_percent"
SCRAPES = "promhttp_metric_handler_requests_total"
"""node_exporter counts how often it was scraped."""

AVAILABLE = "node_filesystem_avail_bytes"
UNSHARE = "/usr/bin/unshare"

pytestmark = pytest.mark.slow

A_MINUTE = 60
"""Of an outage, in scrapes: one a second."""


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
def site(server: RealServer, redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiving]:
    # Commands seal with the keys that `ingest` opens with.
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    with receiving(server, redis, tmp_path) as installation:
        yield installation


@pytest.fixture
def exporter(tmp_path: Path) -> Exporter:
    return Exporter(tmp_path)


def _plugin(exporter: Exporter) -> str:
    return f"node/127.0.0.1:{exporter.port}{{mountpoint=/데이터}}"


def _scraping(port: int) -> dict[str, Any]:
    targets = [{"targets": [f"127.0.0.1:{port}"]}]
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
def _prometheus(site: Receiving, target_port: int, remote_write: dict[str, Any]) -> Iterator[tuple[Client, str]]:
    port = free_port()
    # As in the document; what is added makes it give up a request and try again sooner than after half a minute.
    quick = {"batch_send_deadline": "500ms", "min_backoff": "100ms", "max_backoff": "500ms"}
    (target,) = remote_write["remote_write"]
    written = {"remote_write": [{**target, "remote_timeout": "3s", "queue_config": quick}]}
    config = site.folder / "prometheus.yml"
    config.write_text(yaml.safe_dump(_scraping(target_port) | written))
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
@pytest.mark.parametrize(
    ("version", "missed"),
    [("1.0", 10), ("2.0", A_MINUTE), pytest.param("1.0", A_MINUTE, marks=pytest.mark.long)],
)
def test_prometheus_writes_every_sample_once_through_restarts_and_outages(
    site: Receiving, exporter: Exporter, version: str, missed: int
) -> None:
    with clients.running(exporter.command(), site.folder / "exporter.log") as scraped:
        text = site.filled(block("prometheus", "yaml", version=version))
        with _prometheus(site, exporter.port, yaml.safe_load(text)) as (prometheus, url):
            _a_disk_fills_up_and_is_emptied(site, exporter)

            prometheus.restart()
            until(lambda: _kept(url), "Prometheus is back", every_s=0.2)
            _wait_for_scrapes(url, 3)

            site.kill_ingest()
            site.start_ingest()
            _wait_for_scrapes(url, 3)

            site.kill_evaluator()
            site.start_evaluator()
            _wait_for_scrapes(url, 3)

            # Away for longer than Prometheus waits for an answer, and than it lets a batch lie.
            site.stop_ingest()
            _wait_for_scrapes(url, missed)
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


class Disk:
    """A node_exporter that sees a small file system of its own, in a mount namespace; no root is needed."""

    MOUNT = "/srv"
    SIZE_BYTES = 8 * 1_048_576

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        # Without a process 1 it asks for its own mounts, and not for those of the machine.
        mounts = folder / "proc"
        mounts.mkdir()
        (mounts / "self").symlink_to("/proc/self")
        listening = f"--web.listen-address=127.0.0.1:{self.port} --path.procfs={shlex.quote(str(mounts))}"
        only = "--collector.disable-defaults --collector.filesystem --collector.filesystem.fs-types-exclude=^$"
        script = (
            f"mount -t tmpfs -o size={self.SIZE_BYTES} tmpfs {self.MOUNT} && "
            f"exec {shlex.quote(str(NODE_EXPORTER))} {only} {listening}"
        )
        self.command = [UNSHARE, "--user", "--map-root-user", "--mount", "/bin/sh", "-c", script]
        self.node: Client | None = None

    def _inside(self) -> Path:
        assert self.node is not None
        return Path(f"/proc/{self.node.pid}/root{self.MOUNT}/fills")

    def fill(self) -> None:
        self._inside().write_bytes(bytes(self.SIZE_BYTES * 15 // 16))

    def empty(self) -> None:
        self._inside().unlink()


def _a_disk_with_a_rule(site: Receiving, folder: Path) -> Disk:
    disk = Disk(folder)
    site.add_rule(
        id="disk", metric=AVAILABLE, operator="<", threshold=disk.SIZE_BYTES / 8, labels={"mountpoint": disk.MOUNT}
    )
    return disk


def _fills_up_twice(site: Receiving, disk: Disk) -> None:
    """Fill it, empty it, fill it again, and see what is decided each time."""
    until(lambda: site.points(AVAILABLE), "the first samples")
    disk.fill()
    site.wait_for("disk", "firing")
    disk.empty()
    site.wait_for("disk", "firing", "resolved")
    disk.fill()
    site.wait_for("disk", "firing", "resolved", "firing")


@needs(PROMETHEUS, NODE_EXPORTER, Path(UNSHARE))
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_alert_on_disk_space_fires_and_ends_and_ends_with_the_target(
    site: Receiving, tmp_path: Path, version: str
) -> None:
    disk = _a_disk_with_a_rule(site, tmp_path)
    with clients.running(disk.command, tmp_path / "exporter.log") as disk.node:
        text = site.filled(block("prometheus", "yaml", version=version))
        with _prometheus(site, disk.port, yaml.safe_load(text)):
            _fills_up_twice(site, disk)

            disk.node.stop()
            site.wait_for("disk", "firing", "resolved", "firing", "resolved")

    assert "gone.stated" == site.decided("disk")[-1].reason_code


@needs(VMAGENT, NODE_EXPORTER)
def test_vmagent_keeps_what_it_scraped_while_ingest_is_away_for_a_minute(site: Receiving, exporter: Exporter) -> None:
    scraping = site.folder / "scrape.yml"
    scraping.write_text(yaml.safe_dump(_scraping(exporter.port)))
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
            until(
                lambda: _total(url, "vm_promscrape_scrapes_total") >= scraped + A_MINUTE, "it scrapes on", every_s=0.2
            )
            # What it holds is on disk: it comes after a restart too.
            vmagent.restart()
            site.start_ingest()
            wait_for(A_MINUTE)
            last_ms, counted = site.decided_count(SCRAPES, plugin)

    counts = scrapes()
    assert [float(n) for n in range(int(counts[0]), int(counts[0]) + len(counts))] == counts
    assert counted == sum(at_ms <= last_ms for at_ms in site.points(SCRAPES)[plugin])
    assert ["firing", "resolved"] == site.kinds("disk")


def _scraped_here(run: Run, port: int) -> None:
    """Follow docs/clients/scraping.md, with the exporter in place of its targets, and more often."""
    text = block("scraping", "sh", method="command").replace("web-1:9100 web-2:9100", f"127.0.0.1:{port}")
    commands = text.replace("--interval 15", "--interval 1 --timeout 1") + block("scraping", "sh", rule="up")
    for command in commands.splitlines():
        code, _, errors = run(*shlex.split(command)[1:])
        assert 0 == code, errors


@needs(NODE_EXPORTER, Path(UNSHARE))
def test_alert_on_disk_space_of_an_exporter_that_is_scraped_here(site: Receiving, run: Run, tmp_path: Path) -> None:
    disk = _a_disk_with_a_rule(site, tmp_path)
    with clients.running(disk.command, tmp_path / "exporter.log") as disk.node:
        _scraped_here(run, disk.port)
        _fills_up_twice(site, disk)

        disk.node.stop()
        site.wait_for("target-down", "firing")
        site.wait_for("disk", "firing", "resolved", "firing", "resolved")

    assert "gone.stated" == site.decided("disk")[-1].reason_code


@needs(NODE_EXPORTER)
@pytest.mark.parametrize("away_s", [0.0, pytest.param(60.0, marks=pytest.mark.long, id="a minute")])
def test_exporter_that_is_scraped_here_counts_once_through_restarts_and_outages(
    site: Receiving, run: Run, exporter: Exporter, away_s: float
) -> None:
    plugin = f"node/127.0.0.1:{exporter.port}"
    scraped = f"{plugin}{{code=200}}"
    site.add_rule(id="load", metric="node_load1", operator=">=", threshold=0)
    site.watch_count(SCRAPES, scraped)

    def wait_for(more: int) -> None:
        before = len(site.points(SCRAPES).get(scraped, {}))
        until(lambda: len(site.points(SCRAPES)[scraped]) >= before + more, f"{more} more scrapes", every_s=0.2)

    with clients.running(exporter.command(), site.folder / "exporter.log") as node:
        _scraped_here(run, exporter.port)
        _a_disk_fills_up_and_is_emptied(site, exporter)

        site.kill_ingest()
        Outage(away_s).wait_for(lambda: True)
        site.start_ingest()
        wait_for(3)
        site.stop_redis()
        Outage(away_s).wait_for(lambda: True)
        site.start_redis()
        wait_for(3)
        assert [] == site.kinds("target-down")
        assert ["firing"] == site.kinds("load")

        node.restart()
        wait_for(3)
        last_ms, counted = site.decided_count(SCRAPES, scraped)

    points = site.points(SCRAPES)[scraped]
    assert counted == sum(at_ms <= last_ms for at_ms in points)
    assert {at_ms % 1_000 for at_ms in points} == {min(points) % 1_000}, "each scrape has its own moment of the second"
    assert ["firing", "resolved"] == site.kinds("disk")
