"""A host of plugins that writes to the event streams itself, as its user may: what it can use up is bounded."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from click.testing import CliRunner
from redis import Redis

from api.cli import main
from dispatchers.health_reader import HealthReader
from producers.publisher import Publisher
from shared.clock import SystemClock
from shared.model import dead_letter
from shared.redis import connection, keys
from shared.settings import Settings
from shared.store import rule_store
from tests.support.factories import RunningWorker, a_rule, outbox
from tests.support.guarded import guarded_server, url
from tests.support.real_server import RealServer
from tests.support.waiting import until

SETTINGS = replace(Settings(), partitions=1, lease_seconds=2)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with guarded_server(tmp_path_factory.mktemp("flooded")) as server:
        yield server


@pytest.fixture
def trusted(guarded: RealServer) -> Iterator[Redis]:
    with connection.connect(guarded.url) as client:
        client.flushall()
        client.set(keys.partitions(), 1)
        rule_store.save(client, a_rule())
        yield client


def write(server: RealServer, bodies: list[bytes], at_once: int = 1_000) -> None:
    """Write entries as the publisher's user, without the client."""
    with connection.connect(url(server, "publisher")) as raw:
        for start in range(0, len(bodies), at_once):
            pipe = raw.pipeline(transaction=False)
            for body in bodies[start : start + at_once]:
                pipe.xadd(keys.events(0), {"e": body})
            pipe.execute()


def doctor(server: RealServer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what `doctor` finds amiss."""
    monkeypatch.setenv("REDIS_URL", server.url)
    done = CliRunner().invoke(main, ["doctor", "--json"], catch_exceptions=False)
    return [finding["what"] for finding in json.loads(done.stdout) if finding["verdict"] != "ok"]


def test_unreadable_entries_fill_no_dead_letters_and_each_is_counted(
    guarded: RealServer, trusted: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 20_000
    with (
        RunningWorker(url(guarded, "evaluator"), "w1", SETTINGS) as worker,
        Publisher(url(guarded, "publisher")) as honest,
    ):
        begun_s = time.monotonic()
        for cpu in (99.0, 1.0):
            write(guarded, [b"\x00{" + b"x" * 2_000] * (written // 2))
            honest.publish("honest", metrics={"cpu": cpu})
            assert honest.flush(timeout_s=20)
        told = until(lambda: len(found := outbox(trusted, 1)) == 2 and found, "the honest plugin's alert")

        def refused() -> int:
            return sum(dead_letter.refused(fields) for _, fields in trusted.xrange(keys.dead_letters(0)))

        until(lambda: refused() == written, "each has a letter or is counted by one")
        until(lambda: worker.heartbeat.counters["dead_letters"] == written, "the evaluator knows of its last commit")
        worker.heartbeat.beat()
        findings = doctor(guarded, monkeypatch)
        picture = HealthReader(trusted, SETTINGS).read(SystemClock().now_ms())
        counters, took_s = dict(worker.heartbeat.counters), time.monotonic() - begun_s
    letters = trusted.xrange(keys.dead_letters(0))

    assert ["firing", "resolved"] == [t.kind for t in told]
    assert written == counters["dead_letters"]
    # After the burst, one letter a second, and one that states how many came before it.
    assert 500 < len(letters) <= 500 + 2 * (took_s + 1)
    assert written - counters["dead_letters_not_kept"] == sum(fields[b"payload"] != b"" for _, fields in letters)
    assert written == picture.dead_events
    assert f"{counters['dead_letters_not_kept']} refused events were too many to be kept as dead letters" in findings
    assert trusted.memory_usage(keys.dead_letters(0)) < 5_000_000
