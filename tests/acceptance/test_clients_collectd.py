"""
collectd writes to `ingest` with its own plugin `write_http`, as the document configures it.

libcurl sends the password only after it was asked for one. What collectd cannot send it drops by itself; what arrived
is compared with what collectd has written to files of its own, and with what an evaluator has counted.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.support import clients
from tests.support.clients import COLLECTD, Client, block, needs
from tests.support.real_server import RealServer
from tests.support.receiving import Points, Receiving, receiving
from tests.support.waiting import until

FILES, SENT = "filecount-queue.files", "interface-lo.if_octets.tx"

pytestmark = pytest.mark.slow


@pytest.fixture
def site(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Receiving]:
    with receiving(server, redis, tmp_path) as installation:
        yield installation


class Queue:
    """A folder whose files collectd counts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "queue"
        self.folder.mkdir()

    def fill(self, count: int) -> None:
        for number in range(count):
            (self.folder / str(number)).touch()

    def empty(self) -> None:
        for path in self.folder.iterdir():
            path.unlink()


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(tmp_path)


@pytest.fixture
def collectd(site: Receiving, queue: Queue, tmp_path: Path) -> Iterator[Client]:
    libraries = COLLECTD.parents[1] / "lib"
    lines = [
        'Hostname "web-1"\nFQDNLookup false\nInterval 1',
        f'BaseDir "{tmp_path}"\nPIDFile "{tmp_path}/collectd.pid"',
        f'PluginDir "{libraries}/collectd"\nTypesDB "{COLLECTD.parents[1]}/share/collectd/types.db"',
        "LoadPlugin filecount\n<Plugin filecount>",
        f'<Directory "{queue.folder}">\nInstance "queue"\n</Directory>\n</Plugin>',
        'LoadPlugin interface\n<Plugin interface>\nInterface "lo"\n</Plugin>',
        f'LoadPlugin csv\n<Plugin csv>\nDataDir "{tmp_path}/csv"\n</Plugin>',
        site.filled(block("collectd", "")).replace("FlushInterval 10", "FlushInterval 1"),
    ]
    config = tmp_path / "collectd.conf"
    config.write_text("\n".join(lines) + "\n")
    command = [str(COLLECTD), "-f", "-C", str(config)]
    found = {"LD_LIBRARY_PATH": ":".join(str(path) for path in libraries.glob("*-linux-gnu"))}
    with clients.running(command, tmp_path / "collectd.log", found) as client:
        yield client


@needs(COLLECTD)
@pytest.mark.parametrize("missed", [4, pytest.param(60, marks=pytest.mark.long, id="a minute")])
def test_collectd_goes_on_through_restarts_and_outages(
    site: Receiving, queue: Queue, collectd: Client, missed: int
) -> None:
    def wait_for(more: int) -> None:
        before = len(site.points(FILES).get("web-1", {}))
        until(lambda: len(site.points(FILES).get("web-1", {})) >= before + more, f"{more} more samples", every_s=0.2)

    def measured() -> Points:
        """Return what collectd has measured, by its own files."""
        lines = [line for path in site.folder.glob("csv/web-1/*/files-*") for line in path.read_text().splitlines()]
        pairs = [line.split(",") for line in lines if line.count(",") == 1 and line[0].isdigit()]
        return {round(float(at_s) * 1_000): float(value) for at_s, value in pairs}

    site.watch_count(FILES, "web-1")
    site.add_rule(id="queue", metric=FILES, operator=">", threshold=10)
    site.add_rule(
        id="negative-rate",
        condition={"kind": "rate", "metric": SENT, "seconds": 600, "operator": "<", "threshold": 0},
    )
    wait_for(1)
    queue.fill(20)
    site.wait_for("queue", "firing")
    queue.empty()
    site.wait_for("queue", "firing", "resolved")

    collectd.restart()
    wait_for(3)
    site.kill_ingest()
    site.start_ingest()
    site.kill_evaluator()
    site.start_evaluator()
    wait_for(3)
    for leave, come_back in ((site.stop_ingest, site.start_ingest), (site.stop_redis, site.start_redis)):
        leave()
        before = len(measured())
        until(lambda before=before: len(measured()) >= before + missed, "collectd measures on", every_s=0.2)  # type: ignore[misc]
        come_back()
        wait_for(3)

    last_ms, counted = site.decided_count(FILES, "web-1")
    assert sum(at_ms <= last_ms for at_ms in site.points(FILES)["web-1"]) == counted
    assert site.points(FILES)["web-1"].items() <= measured().items()
    assert ["web-1"] == list(site.points(SENT))
    assert {SENT, "interface-lo.if_octets.rx"} <= {name for event in site.events() for name in event.counters}
    assert (["firing", "resolved"], []) == (site.kinds("queue"), site.kinds("negative-rate"))
