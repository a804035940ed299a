"""The client plugins install, on a real server that comes and goes."""

import os
import socket
import threading
import zlib
from collections import ChainMap
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError, TimeoutError, WatchError

from producers import entries, event_body, plain, sender
from producers import streams as client_streams
from producers.markers import Marker
from producers.publisher import Publisher
from shared.model import alerts, event_time, fleet, partitions, salvage
from shared.model.events import Event
from shared.redis import keys, streams
from tests.support.ports import free_port
from tests.support.proxy import proxy_before
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S, until


def published(redis: Redis, count: int = partitions.DEFAULT_PARTITIONS) -> list[Event]:
    """Every event in the streams, partition by partition; fails on one that a reader would refuse."""
    found = []
    for p in range(count):
        for entry_id, fields in redis.xrange(keys.events(p)):
            events, bad = streams.decode(fields[keys.EVENT_FIELD], int(entry_id.partition(b"-")[0]))
            assert [] == bad
            assert all(p == partitions.partition_of(e.plugin_id, count) for e in events)
            found += events
    return found


def test_names_and_formula_agree_with_the_readers() -> None:
    assert keys.events(7) == f"ea:{{{7}}}:events"
    assert "ea:partitions" == keys.partitions()
    assert partitions.DEFAULT_PARTITIONS == client_streams.DEFAULT_PARTITIONS
    assert event_body.MAX_ENTRY_BYTES < streams.MAX_ENTRY_BYTES
    assert entries.MAX_EVENTS_PER_ENTRY <= streams.MAX_EVENTS_PER_ENTRY
    names = ("NAME_LENGTH", "TEXT_LENGTH", "MESSAGE_LENGTH", "MAX_METRICS", "MAX_STATES", "MAX_ERRORS", "MAX_LABELS")
    assert [getattr(alerts, name) for name in names] == [getattr(plain, name) for name in names]
    assert (event_time.EARLIEST_MS, salvage.MAX_COUNT) == (plain.EARLIEST_MS, plain.MAX_COUNT)
    assert fleet.PREFIX == plain.RESERVED


def test_event_arrives_whole_in_its_partition(redis: Redis, server: RealServer) -> None:
    with Publisher(server.url) as client:
        client.publish(
            "플러그인",
            "내 플러그인",
            metrics={"cpu_usage": 85.5, "count": 3},
            states={"status": "running"},
            errors=[{"type": "Timeout", "message": "느림", "count": 2}],
            labels={"region": "서울"},
            at_ms=1_700_000_000_000,
        )
        assert client.flush(PATIENCE_S)
    (event,) = published(redis)

    assert ("플러그인", "내 플러그인", 1_700_000_000_000) == (event.plugin_id, event.plugin_name, event.at_ms)
    assert ({"cpu_usage": 85.5, "count": 3.0}, {"status": "running"}) == (event.metrics, event.states)
    assert ("Timeout", "느림", 2) == (event.errors[0].type, event.errors[0].message, event.errors[0].count)


def test_many_events_share_entries_and_keep_their_order(redis: Redis, server: RealServer) -> None:
    with Publisher(server.url, buffer_events=50_000) as client:
        for n in range(20_000):
            client.publish(f"p{n % 7}", metrics={"n": n})
        assert client.flush(PATIENCE_S)
        stats = client.stats
    events = published(redis)
    entries = sum(redis.xlen(keys.events(p)) for p in range(8))

    assert (20_000, 20_000, 0) == (stats["published"], stats["sent"], stats["dropped"])
    for plugin in range(7):
        mine = [e.metrics["n"] for e in events if e.plugin_id == f"p{plugin}"]
        assert list(range(plugin, 20_000, 7)) == mine
    assert entries < 10_000


def test_partition_count_of_the_server_is_used(redis: Redis, server: RealServer) -> None:
    redis.set(keys.partitions(), 3)
    with Publisher(server.url) as client:
        for n in range(30):
            client.publish(f"p{n}", metrics={"n": n})
        assert client.flush(PATIENCE_S)

    assert 30 == len(published(redis, 3))


def test_unusable_values_are_dropped_alone_and_unusable_events_rejected(redis: Redis, server: RealServer) -> None:
    with Publisher(server.url) as client:
        for bad in (float("nan"), float("inf"), "many", "80", True, None, 10**400, [1], object()):
            client.publish("p", metrics={"x": bad, "cpu": 99})
        for metrics in (5, ["x"], (pair for pair in [("x", 1)])):
            client.publish("p", metrics=metrics)
        for plugin_id in ("", "x" * 129, None, 7, "\ud800", b"p"):
            client.publish(plugin_id, metrics={"x": 1})
        client.publish(
            "p", states={"s": "x" * 999, "\udfff": "x"}, errors=[5, {"type": "good"}], labels={"a": "\ud800"}
        )
        client.publish("p", errors=[{"type": "x", "message": "y" * 300_000}])
        assert client.flush(PATIENCE_S)
        stats = client.stats
    events = published(redis)

    assert 9 == sum({"cpu": 99.0} == event.metrics for event in events)
    assert 11 == len(events) and "good" == events[-2].errors[0].type and {"s": "x" * 256} == events[-2].states
    assert (20, 9, 11) == (stats["published"], stats["rejected"], stats["sent"])
    assert 9 + 3 == stats["dropped_values"]
    assert 0 == stats["dropped"]


@pytest.mark.parametrize("how", ["no stream", "no id left"])
def test_stream_that_takes_nothing_holds_up_no_other(
    redis: Redis, server: RealServer, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "ASIDE_S", 0.2)
    names = [f"p{n}" for n in range(40)]
    stuck = keys.events(0)
    if how == "no stream":
        redis.set(stuck, "x")
    else:
        redis.xadd(stuck, {"e": b"[]"}, id="18446744073709551615-18446744073709551615")
    with Publisher(server.url) as client:
        for value in range(3):
            for name in names:
                client.publish(name, metrics={"n": value})
        others = [name for name in names if partitions.partition_of(name, partitions.DEFAULT_PARTITIONS)]
        until(lambda: client.stats["sent"] == 3 * len(others))
        redis.delete(stuck)

        assert client.flush(PATIENCE_S)
    found = published(redis)
    assert {name: [0, 1, 2] for name in names} == {
        name: [e.metrics["n"] for e in found if e.plugin_id == name] for name in names
    }


@pytest.mark.parametrize(
    "bad", [{"metrics": {"x": 10**400}}, {"at_ms": float("inf")}, {"at_ms": 10**400}, {"at_ms": {}}]
)
def test_one_bad_event_costs_none_of_its_neighbours(redis: Redis, server: RealServer, bad: dict) -> None:
    with Publisher(server.url) as client:
        for n in range(500):
            client.publish("good", metrics={"n": n})
        client.publish("bad", **bad)
        for n in range(500, 600):
            client.publish("good", metrics={"n": n})
        assert client.flush(PATIENCE_S)
        stats = client.stats

    assert list(range(600)) == [e.metrics["n"] for e in published(redis) if e.plugin_id == "good"]
    assert 1 == stats["rejected"] + stats["dropped_values"]


@pytest.mark.parametrize(
    ("at_ms", "words"),
    [
        (1_790_000_000.5, "looks like seconds"),
        (1_790_000_000, "looks like seconds"),
        (1_790_000_000_000_000, "looks like microseconds"),
        (1_790_000_000_000_000_000, "looks like nanoseconds"),
        (5, "before the year 2000"),
        (-5, "before the year 2000"),
        (float("nan"), "finite"),
        ("2026-01-01", "not str"),
        (True, "not bool"),
    ],
)
def test_time_in_another_unit_is_rejected_and_named(
    redis: Redis, server: RealServer, caplog: pytest.LogCaptureFixture, at_ms: object, words: str
) -> None:
    with Publisher(server.url) as client:
        client.publish("p", metrics={"x": 1}, at_ms=at_ms)
        client.publish("p", metrics={"x": 2}, at_ms=1_000_000_000_000)
        assert client.flush(PATIENCE_S)
        stats = client.stats
        until(lambda: words in caplog.text)

    assert (1, 1) == (stats["rejected"], stats["sent"])
    assert words in stats["last_error"]
    assert [1_000_000_000_000] == [e.at_ms for e in published(redis)]


def test_event_is_a_copy_of_what_was_passed(redis: Redis, server: RealServer) -> None:
    class Gauge:
        value = 1.0

        def __float__(self) -> float:
            return self.value

    gauge = Gauge()
    metrics, states, labels = ChainMap({"x": 1}, {"g": gauge}), {"s": "a"}, {"l": "a"}
    errors = [{"type": "a", "message": "a", "count": 1}]
    with Publisher(server.url) as client:
        client.flush(PATIENCE_S)
        client.publish("p", metrics=metrics, states=states, errors=errors, labels=labels)
        metrics["x"], gauge.value, states["s"], labels["l"] = 2, 2.0, "b", "b"
        errors[0]["type"] = errors[0]["message"] = "b"
        errors.append({"type": "b"})
        client.flush(PATIENCE_S)
    (event,) = published(redis)

    assert ({"x": 1.0, "g": 1.0}, {"s": "a"}, {"l": "a"}) == (event.metrics, event.states, event.labels)
    assert [("a", "a", 1)] == [(e.type, e.message, e.count) for e in event.errors]


def test_a_partition_count_that_is_none_does_not_end_or_heat_the_thread(redis: Redis, server: RealServer) -> None:
    redis.set(keys.partitions(), "many")
    with Publisher(server.url) as client:
        client.publish("p", metrics={"x": 1})
        until(lambda: "could not be published" in client.stats["last_error"])
        redis.set(keys.partitions(), 8)
        assert client.flush(PATIENCE_S)
        stats = client.stats

    assert (1, 0) == (stats["sent"], stats["rejected"])


def test_buffer_is_bounded_while_the_server_is_away_and_keeps_the_newest(tmp_path) -> None:
    late = RealServer(tmp_path, "--appendonly", "no")
    client = Publisher(late.url, buffer_events=100)
    for n in range(250):
        client.publish("p", metrics={"n": n})
    away = client.stats
    late.start()
    assert client.flush(PATIENCE_S)
    with Redis(port=late.port) as redis:
        kept = [e.metrics["n"] for e in published(redis)]
    assert client.close()
    late.stop()

    assert (250, 150, 100) == (away["published"], away["dropped"], away["buffered"])
    assert list(range(150, 250)) == kept
    assert "cannot publish to Redis" in away["last_error"] or away["last_error"] == ""


@contextmanager
def cutting_proxy(target: int, cut_after_answers: int) -> Iterator[int]:
    """A TCP proxy that lets requests through, and cuts the connection in place of one answer."""
    listener = socket.create_server(("127.0.0.1", free_port()))
    left = [cut_after_answers]
    open_sockets: list[socket.socket] = []

    def pump(source: socket.socket, sink: socket.socket, answers: bool) -> None:
        try:
            while data := source.recv(65_536):
                if answers and b"+QUEUED" in data:  # Of a transaction.
                    left[0] -= 1
                    if left[0] == 0:
                        break
                sink.sendall(data)
        except OSError:
            return
        finally:
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            upstream = socket.create_connection(("127.0.0.1", target))
            open_sockets.extend((client, upstream))
            threading.Thread(target=pump, args=(client, upstream, False), daemon=True).start()
            threading.Thread(target=pump, args=(upstream, client, True), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        for one in open_sockets:
            one.close()


def test_batch_whose_answer_was_lost_is_not_written_twice(redis: Redis, server: RealServer) -> None:
    with cutting_proxy(server.port, cut_after_answers=2) as port:
        client = Publisher(f"redis://127.0.0.1:{port}/0")
        for n in range(5):
            client.publish("p", metrics={"n": n})
            assert client.flush(PATIENCE_S)
        stats = client.stats
        assert client.close()

    assert [0, 1, 2, 3, 4] == [e.metrics["n"] for e in published(redis)]
    assert "cannot publish" in stats["last_error"]


@pytest.mark.parametrize("when", ["before the next looks", "after the next looked", "after the next"])
def test_attempt_that_arrives_late_writes_nothing_twice(redis: Redis, server: RealServer, when: str) -> None:
    """The first attempt is held up in the network, given up by the client, and let through at three moments."""
    batch = client_streams.Batch(keys.events(3), [b'{"plugin_id":"p"}', b'{"plugin_id":"q"}'], 2)
    may_pass, attempts = threading.Event(), []

    def hold(source: socket.socket, piece: bytes) -> None:
        if b"EXEC" not in piece:
            return
        attempts.append(source)
        if len(attempts) == 1:
            assert may_pass.wait(PATIENCE_S)
        elif when == "after the next looked":
            let_through()

    def let_through() -> None:
        may_pass.set()
        until(lambda: redis.xlen(keys.events(3)) == 2, "the first attempt is carried out")

    with proxy_before(server.port) as proxy:
        proxy.before_request = hold
        client = client_streams.Streams(proxy.url, max_entries=1_000, timeout_s=2.5)
        client.connect()
        with pytest.raises(TimeoutError):
            client.append(batch)
        client.disconnect()
        client.connect()
        if when == "before the next looks":
            let_through()
        append_as_the_sender_does(client, batch)
        if when == "after the next":
            carried_out = redis.info("commandstats")["cmdstat_exec"]["calls"]
            may_pass.set()
            until(lambda: redis.info("commandstats")["cmdstat_exec"]["calls"] > carried_out, "the first one arrives")
        append_as_the_sender_does(client, client_streams.Batch(keys.events(3), [b'{"plugin_id":"r"}'], 1))
        client.disconnect()

    assert [b"p", b"q", b"r"] == [fields[b"e"][14:15] for _, fields in redis.xrange(keys.events(3))]


def append_as_the_sender_does(client: client_streams.Streams, batch: client_streams.Batch) -> None:
    """Append a batch; a transaction that the server refuses, since what it watches was changed, is sent again."""
    with suppress(WatchError):
        return client.append(batch)
    client.disconnect()
    client.connect()
    return client.append(batch)


def test_a_batch_in_doubt_is_known_though_others_were_sent_meanwhile(redis: Redis, server: RealServer) -> None:
    client = client_streams.Streams(server.url, max_entries=1_000, timeout_s=20)
    batches = [client_streams.Batch(keys.events(p), [b'{"plugin_id":"%d"}' % p], 1) for p in (1, 2)]
    client.connect()
    for batch in (batches[0], batches[1], batches[0]):
        client.append(batch)
    client.disconnect()

    assert [1, 1] == [redis.xlen(keys.events(p)) for p in (1, 2)]


def choosing(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Have the publishers choose these markers, in this order."""
    left = iter(names)

    def choose(marker: Marker) -> None:
        marker.key, marker.number = f"{marker.stream.rpartition(':')[0]}:published:{next(left)}", 0

    monkeypatch.setattr(Marker, "choose", choose)


def in_turns(server: RealServer) -> None:
    """Write six batches by two publishers in turn."""
    clients = [client_streams.Streams(server.url, max_entries=1_000, timeout_s=20) for _ in range(2)]
    for client in clients:
        client.connect()
    for n in range(6):
        clients[n % 2].append(client_streams.Batch(keys.events(0), [b"%d" % n], 1))
    for client in clients:
        client.disconnect()


def test_publishers_that_choose_the_same_marker_write_each_batch_once(
    redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.set(keys.partitions(), 1)
    choosing(monkeypatch, "aaa", "aaa", "bbb")
    in_turns(server)

    assert [b"%d" % n for n in range(6)] == [fields[b"e"] for _, fields in redis.xrange(keys.events(0))]
    assert {b"ea:{0}:published:aaa", b"ea:{0}:published:bbb"} == set(redis.keys("*published*"))


def test_a_marker_that_may_be_asked_for_a_batch_is_left_alone_by_other_publishers(
    redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.set(keys.partitions(), 1)
    choosing(monkeypatch, "aaa", "aaa", "bbb")
    with proxy_before(server.port) as proxy:
        first = client_streams.Streams(proxy.url, max_entries=1_000, timeout_s=20)
        first.connect()
        proxy.cuts_off = lambda: True
        batch = client_streams.Batch(keys.events(0), [b"first"], 1)
        with pytest.raises(ConnectionError):
            first.append(batch)
        proxy.cuts_off = lambda: False
        second = client_streams.Streams(server.url, max_entries=1_000, timeout_s=20)
        second.connect()
        second.append(client_streams.Batch(keys.events(0), [b"second"], 1))
        second.release()
        first.disconnect()
        first.connect()
        first.append(batch)

    assert [b"first", b"second"] == [fields[b"e"] for _, fields in redis.xrange(keys.events(0))]
    assert [b"ea:{0}:published:aaa"] == redis.keys("*published*")


def test_a_publisher_goes_on_where_every_marker_is_taken(
    redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.set(keys.partitions(), 1)
    redis.set("ea:{0}:published:aaa", 2**63 - 1)
    choosing(monkeypatch, *["aaa"] * 100)
    in_turns(server)

    assert [b"%d" % n for n in range(6)] == [fields[b"e"] for _, fields in redis.xrange(keys.events(0))]


def test_a_publisher_that_was_idle_longer_than_its_marker_is_kept_goes_on(redis: Redis, server: RealServer) -> None:
    client = client_streams.Streams(server.url, max_entries=1_000, timeout_s=20)
    client.connect()
    client.append(client_streams.Batch(keys.events(0), [b"0"], 1))
    [marker] = redis.keys("*published*")
    kept_s = redis.ttl(marker)
    redis.pexpire(marker, 1)
    until(lambda: not redis.exists(marker), "it runs out")
    client.append(client_streams.Batch(keys.events(0), [b"1"], 1))
    client.disconnect()

    assert [b"0", b"1"] == [fields[b"e"] for _, fields in redis.xrange(keys.events(0))]
    assert 3_500 < kept_s <= 3_600


def test_a_publisher_that_is_closed_leaves_no_marker(redis: Redis, server: RealServer) -> None:
    with Publisher(server.url) as client:
        for n in range(20):
            client.publish(f"p{n}", metrics={"n": n})
        assert client.flush(PATIENCE_S)
        assert 1 < len(redis.keys("*published*")) <= partitions.DEFAULT_PARTITIONS

    assert [] == redis.keys("*published*")


def test_a_batch_that_its_stream_refused_is_written_once_the_stream_takes_it(redis: Redis, server: RealServer) -> None:
    client = client_streams.Streams(server.url, max_entries=1_000, timeout_s=20)
    batch = client_streams.Batch(keys.events(1), [b'{"plugin_id":"p"}'], 1)
    redis.set(keys.events(1), "x")
    client.connect()
    with pytest.raises(client_streams.Refused):
        client.append(batch)
    redis.delete(keys.events(1))
    for _ in range(2):
        client.append(batch)
    client.disconnect()

    assert 1 == redis.xlen(keys.events(1))


def test_forked_child_publishes_too_and_sends_nothing_of_the_parents(redis: Redis, server: RealServer) -> None:
    client = Publisher(server.url)
    client.publish("parent", metrics={"n": 1})
    assert client.flush(PATIENCE_S)
    pid = os.fork()
    if pid == 0:
        client.publish("child", metrics={"n": 2})
        os._exit(0 if client.flush(60) else 1)
    _, status = os.waitpid(pid, 0)
    client.publish("parent", metrics={"n": 3})
    assert client.close()

    assert 0 == status
    assert {("parent", 1), ("child", 2), ("parent", 3)} == {(e.plugin_id, e.metrics["n"]) for e in published(redis)}


@pytest.mark.parametrize("url", ["localhost:6379", "http://x", "", None])
def test_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="redis://"):
        Publisher(url)


def test_address_that_is_refused_shows_no_password() -> None:
    with pytest.raises(ValueError) as found:
        Publisher("redis:/kim:geheim@10.0.0.1:6379")

    assert "geheim" not in str(found.value)


def test_publishing_after_close_says_so(server: RealServer) -> None:
    client = Publisher(server.url)
    client.close()

    assert client.publish("p", metrics={"x": 1}) is False


def test_vectors_of_the_documentation_are_right() -> None:
    text = (Path(__file__).parents[2] / "docs" / "publishing.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `") and line.count("|") == 4]
    vectors = {row[1].strip().strip("`"): row[2:4] for row in rows if row[2].strip().isdigit()}

    assert len(vectors) >= 6
    for plugin_id, (crc, partition) in vectors.items():
        assert (zlib.crc32(plugin_id.encode()), partitions.partition_of(plugin_id, 8)) == (int(crc), int(partition))
