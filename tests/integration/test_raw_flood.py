"""A host of plugins that writes to the event streams itself, as its user may: what it can use up is bounded."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from click.testing import CliRunner
from redis import Redis
from redis.exceptions import NoPermissionError

from api.cli import main
from dispatchers.health_reader import HealthReader
from evaluator.index import Index
from evaluator.partition import Partition
from evaluator.takeover import take_over
from producers.publisher import Publisher
from shared.clock import SystemClock
from shared.model import dead_letter
from shared.model.partitions import partition_of
from shared.redis import connection, keys
from shared.redis.leases import Leases
from shared.settings import Settings
from shared.store import rule_store
from tests.support.commits import commit_now
from tests.support.factories import RunningWorker, a_rule, outbox
from tests.support.guarded import guarded_server, url
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S, until

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
            assert honest.flush(PATIENCE_S)
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


def test_streams_are_cut_to_their_size_and_what_was_evaluated_goes_first(guarded: RealServer, trusted: Redis) -> None:
    most = 4_000_000
    small = replace(SETTINGS, stream_max_megabytes=most // 1_000_000)
    bodies = [b'{"plugin_id":"raw","metrics":{"x":1},"labels":{"a":"%s"}}' % (b"b" * 200)] * 1_000
    with (
        RunningWorker(url(guarded, "evaluator"), "w1", small) as worker,
        Publisher(url(guarded, "publisher")) as honest,
    ):
        written = 80 * len(bodies) + 2
        for n in range(1, 81):
            write(guarded, bodies)
            until(lambda n=n: worker.heartbeat.counters["events"] >= n * len(bodies), "the evaluator keeps up")
            if n % 40 == 0:
                honest.publish("honest", metrics={"cpu": 99.0 if n == 40 else 1.0})
                assert honest.flush(PATIENCE_S)
        told = until(lambda: len(found := outbox(trusted, 1)) == 2 and found, "the honest plugin's alert")
        until(lambda: trusted.memory_usage(keys.events(0), samples=0) <= most, "the stream is cut")
        until(lambda: worker.heartbeat.counters["events"] == written, "the evaluator knows of its last commit")
        counters = dict(worker.heartbeat.counters)
    [group] = trusted.xinfo_groups(keys.events(0))

    assert ["firing", "resolved"] == [t.kind for t in told]
    assert (written, 0) == (counters["events"], counters.get("entries_lost", 0))
    assert (written, 0) == (group["entries-read"], group["lag"])
    assert written > trusted.xlen(keys.events(0)) > 1_000
    assert [] == trusted.xrange(keys.dead_letters(0))


def test_what_is_cut_unread_is_counted_exactly_and_the_rest_is_evaluated(guarded: RealServer, trusted: Redis) -> None:
    """Nobody evaluates while a host writes; then an evaluator comes to more than the streams may hold."""
    small = replace(SETTINGS, stream_max_megabytes=1)
    write(guarded, [b'{"plugin_id":"raw","metrics":{"x":1},"labels":{"a":"%s"}}' % (b"b" * 200)] * 10_000)
    write(guarded, [b'{"plugin_id":"big","states":{"s":"%s"}}' % (b"b" * 500_000)] * 20)
    write(guarded, [b'{"plugin_id":"honest","metrics":{"cpu":99}}'])
    partition, counters = a_partition(trusted), Counter[str]()
    partition.connect()
    # The read of the first hundred is on its way when the stream is cut.
    partition.keep_to_size(1_000_000, 0)
    while trusted.xinfo_groups(keys.events(0))[0]["lag"]:
        partition.advance(SystemClock().now_ms())
        counters.update(lost=commit_now(trusted, partition, SystemClock().now_ms()).lost)
    partition.disconnect()
    trusted.delete(keys.lease(0))
    with RunningWorker(url(guarded, "evaluator"), "w1", small) as worker:
        write(guarded, [b'{"plugin_id":"honest","metrics":{"cpu":1}}'])
        told = until(lambda: len(found := outbox(trusted, 1)) == 2 and found, "the honest plugin's alert")
        assert 0 == worker.heartbeat.counters["entries_lost"]
    [letter] = [fields for _, fields in trusted.xrange(keys.dead_letters(0))]
    [group] = trusted.xinfo_groups(keys.events(0))

    assert ["firing", "resolved"] == [t.kind for t in told]
    assert counters["lost"] == dead_letter.refused(letter) == 10_020 + 1 - 100 - 1
    assert (10_022, 0) == (group["entries-read"], group["lag"])


def test_an_evaluator_that_takes_over_counts_what_was_cut_before_it_came(
    guarded: RealServer, trusted: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The evaluator that cut the stream died before it met the gap."""
    write(guarded, [b'{"plugin_id":"raw","metrics":{"x":1},"labels":{"a":"%s"}}' % (b"b" * 200)] * 10_000)
    a_partition(trusted).keep_to_size(1_000_000, 0)
    left = trusted.xlen(keys.events(0))
    trusted.delete(keys.lease(0))
    with RunningWorker(url(guarded, "evaluator"), "w1", SETTINGS) as worker:
        until(lambda: worker.heartbeat.counters["events"] == left)
        until(lambda: worker.heartbeat.counters["entries_lost"] == 10_000 - left)
        worker.heartbeat.beat()
        findings = doctor(guarded, monkeypatch)
    [letter] = [fields for _, fields in trusted.xrange(keys.dead_letters(0))]

    assert 10_000 - left == dead_letter.refused(letter)
    assert f"{10_000 - left} entries were cut from the event streams before they were evaluated" in findings
    assert 0 == trusted.xinfo_groups(keys.events(0))[0]["lag"]


def test_an_owner_after_a_cut_remembers_what_the_owner_before_it_did(guarded: RealServer, trusted: Redis) -> None:
    write(guarded, [b'{"plugin_id":"p%d","metrics":{"x":%d}}' % (n % 50, n) for n in range(9_000)])
    first = a_partition(trusted)
    first.connect()
    while trusted.xinfo_groups(keys.events(0))[0]["lag"]:
        first.advance(SystemClock().now_ms())
        commit_now(trusted, first, SystemClock().now_ms())
    first.keep_to_size(100_000, 0)
    first.disconnect()
    trusted.delete(keys.lease(0))
    second = a_partition(trusted)

    assert trusted.xlen(keys.events(0)) < 5_000
    assert 50 == len(first.engine.plugins.by_id) and first.engine.plugins.saved() == second.engine.plugins.saved()


def test_an_entry_too_big_for_the_stream_goes_once_it_was_refused(guarded: RealServer, trusted: Redis) -> None:
    with RunningWorker(url(guarded, "evaluator"), "w1", replace(SETTINGS, stream_max_megabytes=1)):
        write(guarded, [b"x" * 30_000_000])
        until(lambda: trusted.xlen(keys.dead_letters(0)) == 1, "it is refused")
        until(lambda: trusted.xlen(keys.events(0)) == 0, "it is cut")


def a_partition(redis: Redis) -> Partition:
    """Take the partition over as a worker that does nothing by itself."""
    leases = Leases(redis, 60_000)
    lease = leases.acquire(keys.lease(0), keys.fence(0), "w0")
    assert lease
    return take_over(redis, 0, lease, leases, Index([a_rule()]), 1)


def test_plugins_beyond_the_bound_are_refused_and_known_ones_go_on(
    guarded: RealServer, trusted: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(SETTINGS, max_plugins=1_024)
    written = 20_000
    with (
        RunningWorker(url(guarded, "evaluator"), "w1", small) as worker,
        Publisher(url(guarded, "publisher")) as honest,
    ):
        honest.publish("honest", metrics={"cpu": 99.0})
        assert honest.flush(PATIENCE_S)
        until(lambda: outbox(trusted, 1), "it is known")
        write(guarded, [b'{"plugin_id":"invented-%d","metrics":{"x":1}}' % n for n in range(written)])
        honest.publish("honest", metrics={"cpu": 1.0})
        assert honest.flush(PATIENCE_S)
        told = until(lambda: len(found := outbox(trusted, 1)) == 2 and found, "the honest plugin's alert")
        until(lambda: worker.heartbeat.counters["plugins_refused"] == written - 1_023, "the others are refused")
        until(lambda: trusted.hlen(keys.plugins()) == 1_024, "those known are reported")
        worker.heartbeat.beat()
        findings = doctor(guarded, monkeypatch)
    letters = [fields[b"reason"].decode() for _, fields in trusted.xrange(keys.dead_letters(0))]

    assert ["firing", "resolved"] == [t.kind for t in told]
    assert any(reason.startswith("plugin invented-1023 is not evaluated: 1024 plugins") for reason in letters)
    assert len(letters) < written // 10
    assert any(finding.startswith(f"{written - 1_023} events were refused, since") for finding in findings)


def test_markers_and_streams_of_no_partition_take_no_room_whatever_a_host_writes(
    guarded: RealServer, trusted: Redis
) -> None:
    """50,000 small keys and 50 of a megabyte, by every command that the publisher's user has."""
    trusted.set(keys.partitions(), 8)
    before = trusted.info("memory")["used_memory"]
    body = b"x" * 1_000_000
    with (
        RunningWorker(url(guarded, "evaluator"), "w1", replace(SETTINGS, partitions=8)),
        Publisher(url(guarded, "publisher")) as honest,
        connection.connect(url(guarded, "publisher")) as raw,
    ):
        for round_number, cpu in enumerate((99.0, 1.0)):
            for start in range(0, 50_000, 1_000):
                pipe = raw.pipeline(transaction=False)
                for n in range(start, start + 1_000):
                    pipe.incrby(f"ea:{{{n % 10}}}:published:{n // 8:03x}", 2**62)
                    pipe.set(f"ea:{{{n % 8}}}:published:{n:x}", n)
                pipe.execute(raise_on_error=False)
            for n in range(50):
                for command in (
                    ("SET", f"ea:{{0}}:published:{n:03x}", body),
                    ("INCRBY", b"ea:{0}:published:" + body, 1),
                    ("XADD", f"ea:{{{8 + n}}}:events", "*", "e", body),
                ):
                    with pytest.raises(NoPermissionError):
                        raw.execute_command(*command)
            honest.publish("honest", metrics={"cpu": cpu})
            assert honest.flush(PATIENCE_S)
            until(lambda most=round_number + 1: len(outbox(trusted, 8)) == most, "the honest plugin is evaluated")
        told = outbox(trusted, 8)
        markers = list(trusted.scan_iter("*:published:*", count=10_000))
        until(lambda: trusted.info("memory")["used_memory"] - before < 6_000_000, "the memory stays bounded")

    assert ["firing", "resolved"] == [t.kind for t in told]
    assert 20_000 < len(markers) <= 8 * 4_096
    assert set(range(8)) >= {int(key[4:5]) for key in markers}


def test_a_host_that_overwrites_every_marker_stops_no_honest_publisher(guarded: RealServer, trusted: Redis) -> None:
    names = [f"ea:{{{partition}}}:published:{n:03x}" for partition in range(8) for n in range(4_096)]
    trusted.set(keys.partitions(), 8)
    is_over, rounds = threading.Event(), []

    def overwrite() -> None:
        with connection.connect(url(guarded, "publisher")) as raw:
            while not is_over.is_set():
                pipe = raw.pipeline(transaction=False)
                for name in names:
                    pipe.incrby(name, 1)
                pipe.execute()
                rounds.append(pipe)

    host = threading.Thread(target=overwrite)
    with Publisher(url(guarded, "publisher")) as honest:
        host.start()
        try:
            until(lambda: rounds, "every marker is overwritten once")
            for n in range(100):
                honest.publish("honest", metrics={"n": n})
                assert honest.flush(PATIENCE_S)
            until(lambda: len(rounds) > 5, "the host goes on")
        finally:
            is_over.set()
            host.join()
    entries = trusted.xrange(keys.events(partition_of("honest", 8)))

    assert list(range(100)) == [json.loads(fields[b"e"])["metrics"]["n"] for _, fields in entries]
