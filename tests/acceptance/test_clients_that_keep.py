"""
Clients that keep what they could not send: OpenTelemetry's SDK in both of its forms, and `influxdb-client`.

Each program measures a value that the test sets, and numbers its measurements. What an evaluator has decided on is
compared with these numbers, through restarts of the program and of every process of the product.
"""

import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.support import clients
from tests.support.clients import Client, block
from tests.support.processes import ROOT
from tests.support.real_server import RealServer
from tests.support.receiving import Receiving, receiving
from tests.support.senders.measured import Measured
from tests.support.waiting import Outage, until

FREE, COUNT, ORDERS = "shop.free", "shop.count", "shop.orders"
A_MINUTE = pytest.param(60.0, marks=pytest.mark.long, id="a minute")

pytestmark = pytest.mark.slow


@pytest.fixture
def site(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Receiving]:
    with receiving(server, redis, tmp_path) as installation:
        yield installation


@pytest.fixture
def measured(tmp_path: Path) -> Measured:
    folder = tmp_path / "measured"
    folder.mkdir()
    found = Measured(folder)
    found.set_free(50)
    return found


def _with_block(site: Receiving, text: str, *command: str) -> list[str]:
    """Return the command of a program that starts with the variables of a document."""
    return ["/bin/bash", "-c", f"cd {shlex.quote(str(ROOT))}\n{site.filled(text)}\nexec {shlex.join(command)}"]


def _counts(site: Receiving, plugin: str) -> list[float]:
    """Return the numbers of the measurements that came, by their times."""
    return [number for _, number in sorted(site.points(COUNT).get(plugin, {}).items())]


class Story:
    """What every client goes through."""

    def __init__(self, site: Receiving, measured: Measured, plugin: str, client: Client) -> None:
        self._site, self._measured, self._plugin, self._client = site, measured, plugin, client

    def wait_for(self, more: int) -> None:
        before = len(_counts(self._site, self._plugin))
        until(lambda: len(_counts(self._site, self._plugin)) >= before + more, f"{more} more samples", every_s=0.1)

    def alert(self) -> None:
        """A disk fills up and is emptied."""
        self._site.add_rule(id="disk", metric=FREE, operator="<", threshold=10)
        self._site.watch_count(COUNT, self._plugin)
        self.wait_for(1)
        self._measured.set_free(5)
        self._site.wait_for("disk", "firing")
        self._measured.set_free(50)
        self._site.wait_for("disk", "firing", "resolved")

    def restart_everything(self) -> None:
        """The client, ingest (stopped and killed) and the evaluator, one after the other."""
        self._client.restart()
        self.wait_for(3)
        self._site.kill_ingest()
        self._site.start_ingest()
        self.wait_for(3)
        self._site.kill_evaluator()
        self._site.start_evaluator()
        self.wait_for(3)

    def outages(self, attempts: Callable[[], int], away_s: float) -> None:
        """Without `ingest`, and then without Redis, for some seconds, and until the client has tried twice more."""
        for leave, come_back in (
            (self._site.stop_ingest, self._site.start_ingest),
            (self._site.stop_redis, self._site.start_redis),
        ):
            before = attempts()
            leave()
            Outage(away_s).wait_for(lambda before=before: attempts() >= before + 2, "the client tries again")  # type: ignore[misc]
            come_back()
            self.wait_for(3)

    def check(self, dropped: Callable[[], int] = lambda: 0) -> None:
        """
        Every measurement came and counts once, and no alert fired for what did not happen.

        Args:
            dropped: How many measurements the client says that it has given up.
        """
        last_ms, counted = self._site.decided_count(COUNT, self._plugin)
        self._client.stop()

        def all_came() -> bool:
            return len(_counts(self._site, self._plugin)) >= self._measured.count() - dropped()

        until(all_came, "all came", every_s=0.2)
        counts = _counts(self._site, self._plugin)

        lost = {float(n) for n in range(1, self._measured.count() + 1)} - set(counts)
        assert dropped() == len(lost)
        assert sorted(set(counts)) == counts
        assert sum(at_ms <= last_ms for at_ms in self._site.points(COUNT)[self._plugin]) == counted
        assert ["firing", "resolved"] == self._site.kinds("disk")


@pytest.mark.parametrize("away_s", [0.0, A_MINUTE])
@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json"])
def test_opentelemetry_sdk_loses_nothing_that_it_still_holds(
    site: Receiving, measured: Measured, tmp_path: Path, protocol: str, away_s: float
) -> None:
    text = block("opentelemetry", "sh", client="sdk").replace("http/protobuf", protocol)
    # As in the document; what is added makes it export sooner, and give up later.
    text += "export OTEL_METRIC_EXPORT_INTERVAL=300 OTEL_EXPORTER_OTLP_METRICS_TIMEOUT=120\n"
    program = (sys.executable, "-m", "tests.support.senders.otel", str(tmp_path / "measured"))
    with clients.running(_with_block(site, text, *program), tmp_path / "client.log") as client:
        story = Story(site, measured, "shop/shop-1", client)
        rate = {"kind": "rate", "metric": ORDERS, "seconds": 600, "operator": "<", "threshold": 0}
        site.add_rule(id="negative-rate", condition=rate)
        story.alert()
        story.restart_everything()
        story.outages(lambda: client.log().count("retrying in"), away_s)
        # It gives an export up after six attempts, about half a minute. The counter of the next one holds everything.
        story.check(lambda: client.log().count("Failed to export"))

    assert [] == site.kinds("negative-rate")
    assert away_s or "Failed to export" not in client.log()


@pytest.mark.parametrize("away_s", [0.0, A_MINUTE])
def test_influxdb_client_loses_nothing_that_it_still_holds(
    site: Receiving, measured: Measured, tmp_path: Path, away_s: float
) -> None:
    code = block("influxdb", "python")
    program = (sys.executable, "-m", "tests.support.senders.influx", str(tmp_path / "measured"), code)
    command = _with_block(site, block("influxdb", "sh", client="environment"), *program)
    with clients.running(command, tmp_path / "client.log") as client:
        story = Story(site, measured, "shop-1", client)
        story.alert()
        story.restart_everything()
        story.outages(lambda: client.log().count("The retriable error occurred during request"), away_s)
        story.check()
