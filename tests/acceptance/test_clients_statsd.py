"""
The Python package `statsd` and hot-shots for Node send to the listener of `ingest`, as the documents configure them.

The protocol has no answers, so a client holds nothing; but what `ingest` has received comes, and counts once. Members
of a set are counted: each is sent once, so the sizes of all intervals must add up to what was sent.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.support import clients
from tests.support.clients import HOT_SHOTS, block, needs
from tests.support.ports import free_port
from tests.support.processes import ROOT
from tests.support.real_server import RealServer
from tests.support.receiving import Receiving, receiving
from tests.support.senders.measured import Measured
from tests.support.waiting import Outage, until

FREE, USERS = "shop.free", "shop.users"
A_MINUTE = pytest.param(60.0, marks=pytest.mark.long, id="a minute")

pytestmark = pytest.mark.slow


@pytest.fixture
def port() -> str:
    return str(free_port())


@pytest.fixture
def site(server: RealServer, redis: Redis, tmp_path: Path, port: str) -> Iterator[Receiving]:
    setting = block("statsd", "sh", client="ingest").replace("8125", port).split()[1]
    name, _, value = setting.partition("=")
    with receiving(server, redis, tmp_path, **{name: value}) as installation:
        yield installation


def _client(port: str) -> Any:
    """Return the client that the document makes."""
    names: dict[str, Any] = {}
    exec(block("statsd", "python").replace("8125", port), names)
    return names["client"]


def _users(site: Receiving, plugin: str) -> float:
    return sum(site.points(USERS).get(plugin, {}).values())


@pytest.mark.parametrize("away_s", [0.0, A_MINUTE])
def test_what_statsd_has_sent_counts_once_through_restarts_and_outages(
    site: Receiving, port: str, away_s: float
) -> None:
    site.add_rule(id="disk", metric=FREE, operator="<", threshold=10)

    with closing(_client(port)) as client:
        client.gauge("free", 5)
        for user in range(30):
            client.set("users", user)
    site.stop_ingest()
    assert 30 == _users(site, "statsd"), "it publishes what it has received before it stops"
    site.wait_for("disk", "firing")

    site.start_ingest()
    with closing(_client(port)) as client:
        client.gauge("free", 50)
        for user in range(30, 50):
            client.set("users", user)
        site.stop_redis()
        Outage(away_s).wait_for(lambda: "statsd.waiting" in site.ingest_log(), "a flush that finds no Redis")
        for user in range(50, 60):
            client.set("users", user)
        site.start_redis()
        until(lambda: _users(site, "statsd") >= 60, "all came", every_s=0.1)
    site.wait_for("disk", "firing", "resolved")

    site.kill_evaluator()
    site.start_evaluator()
    site.kill_ingest()
    Outage(away_s).wait_for(lambda: True)
    site.start_ingest()
    with closing(_client(port)) as client:
        client.gauge("free", 40)
        client.set("users", "one more")
    site.stop_ingest()

    assert 61 == _users(site, "statsd")
    assert ["firing", "resolved"] == site.kinds("disk")


@needs(HOT_SHOTS)
@pytest.mark.parametrize("away_s", [0.0, A_MINUTE])
@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_what_hot_shots_has_sent_counts_once_and_it_goes_on_after_a_kill(
    site: Receiving, port: str, tmp_path: Path, protocol: str, away_s: float
) -> None:
    folder = tmp_path / "measured"
    folder.mkdir()
    measured = Measured(folder)
    measured.set_free(50)
    code = block("dogstatsd", "js").replace("8125", port).replace("host:", f'protocol: "{protocol}", host:')
    node = shutil.which("node")
    assert node is not None
    command = [node, str(ROOT / "tests/support/senders/hot-shots.js"), str(folder), code]
    site.add_rule(id="disk", metric=FREE, operator="<", threshold=10)
    site.add_rule(id="deploy", condition={"kind": "error", "type": "shop.Deploy*", "count": 1, "seconds": 60})
    site.add_rule(id="db", condition={"kind": "state", "state": "shop.db", "is_in": ["critical"]})

    def sends_on() -> None:
        before = measured.count()
        until(lambda: measured.count() >= before + 20, "it sends", every_s=0.1)

    with clients.running(command, tmp_path / "client.log", {"NODE_PATH": str(HOT_SHOTS.parent)}) as client:
        sends_on()
        measured.set_free(5)
        sends_on()
        client.restart()
        sends_on()
        client.stop()
        site.stop_ingest()
        assert measured.count() == _users(site, "shop-1")
        for rule in ("disk", "deploy", "db"):
            site.wait_for(rule, "firing")

        site.start_ingest()
        measured.set_free(50)
        before = measured.count()
        client.start()
        sends_on()
        site.kill_ingest()
        Outage(away_s).wait_for(lambda: True)
        sends_on()
        site.start_ingest()
        if protocol == "tcp":
            # hot-shots 17.1.1 does not connect again when the other side has closed the connection.
            client.restart()
        until(lambda: _users(site, "shop-1") > before, "it goes on", every_s=0.1)
        client.stop()
        site.stop_ingest()

        assert before < _users(site, "shop-1") < measured.count()
        site.wait_for("disk", "firing", "resolved")
