"""
Every door of `ingest` takes the same exam: what is bad costs itself alone, and no body costs an answer or memory.

The doors run as their own process, under the server they have in production. Whatever is sent, the streams hold only
events that an evaluator takes.
"""

import gzip
import http.client
import itertools
import random
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest
from redis import Redis

from api.auth import api_keys
from shared.model.events import Event
from shared.model.external import Statement
from shared.redis import keys, streams
from tests.support.alert_doors import ALERT_DOORS, AlertDoor
from tests.support.doors import DOORS, HOST, Door, Sample, mutated, send_statsd, snappy
from tests.support.ports import free_port
from tests.support.processes import Process, a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S, until

ANSWERS = {200, 202, 204, 400, 413, 415, 422}
"""What a sender may hear while all is well: taken, or never to be sent again."""
GROWTH_BYTES = 128 * 1_048_576
"""By how much the process may have grown after the exam; the caches of series grow with what is sent, by 70 MB at most
of 10,000 bodies that each name other series. A bomb that is unpacked costs a gigabyte."""
QUOTAS = {
    "PUBLISH_MEGABYTES_PER_HOUR": "100000",
    "PUBLISH_TOTAL_MEGABYTES_PER_HOUR": "100000",
    "PUBLISH_PLUGINS": "1000000",
    "PUBLISH_TOTAL_PLUGINS": "1000000",
    "PUBLISH_NAMES": "1000000",
    "PUBLISH_TOTAL_NAMES": "1000000",
}

pytestmark = pytest.mark.slow


class Examined:
    """The process, with one connection to it."""

    def __init__(self, redis: Redis, process: Process, port: int, statsd_port: int) -> None:
        self._redis = redis
        self._process = process
        self._statsd_port = statsd_port
        self._key = api_keys.create(redis, "exam", "publisher", 1)[1]
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)

    def send(self, door: Door | AlertDoor, body: bytes, **headers: str) -> int:
        """Send a body; return the status, for StatsD that of a body that was taken."""
        if door.unit:
            send_statsd(self._statsd_port, door.unit, body)
            return 204
        scheme = door.scheme if isinstance(door, AlertDoor) else "Bearer"
        headers = {**door.headers, "Authorization": f"{scheme} {self._key}", **headers}
        answer = until(lambda: self._answer(door.path, body, headers), "an answer")
        answer.read()
        return answer.status

    def _answer(self, path: str, body: bytes, headers: dict[str, str]) -> http.client.HTTPResponse | None:
        """
        Send a request; None if the connection ended before the answer arrived.

        The server closes a connection whose request was refused before its body was read, and the end may overtake the
        answer.
        """
        try:
            self._connection.request("POST", path, body, headers)
            return self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._connection.close()
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
            return None

    def events(self) -> list[Event]:
        """Return what is in the streams; each entry must be one that an evaluator takes whole."""
        entries = [fields[b"e"] for p in range(8) for _, fields in self._redis.xrange(keys.events(p)) if b"e" in fields]
        return [event for entry in entries for event in msgspec.json.decode(entry, type=list[Event])]

    def statements(self) -> list[Statement]:
        """Return what is in the streams of alerts; each entry must be one that an evaluator takes whole."""
        entries = [fields for p in range(8) for _, fields in self._redis.xrange(keys.events(p))]
        return [seen for f in entries if b"x" in f for seen in streams.decode_statements(f[b"x"])]

    def metrics(self) -> dict[str, set[str]]:
        """Return the plugins of each metric, and of each histogram."""
        found: dict[str, set[str]] = {}
        for event in self.events():
            for metric in (*event.metrics, *(histogram.name for histogram in event.histograms)):
                found.setdefault(metric, set()).add(event.plugin_id)
        return found

    def own_bytes(self) -> int:
        """Return the memory that the processes share with no other; what they share is divided by who else runs."""
        main = psutil.Process(self._process.pid)
        return sum(one.memory_full_info().uss for one in (main, *main.children(recursive=True)))

    def log(self) -> str:
        return self._process.log()


@pytest.fixture
def examined(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Examined]:
    port, statsd_port = free_port(), free_port()
    settings = {"INGEST_PORT": str(port), "STATSD_PORT": str(statsd_port), **QUOTAS}
    with a_system(server.url, tmp_path, **settings) as system:
        process = system.start("ingest")
        wait_ready(redis, "ingest")
        yield Examined(redis, process, port, statsd_port)


every_alert_door = pytest.mark.parametrize("door", ALERT_DOORS, ids=lambda door: door.name)
every_door = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)


@every_door
def test_what_is_bad_costs_itself_alone(examined: Examined, door: Door) -> None:
    """Each batch has a bad sample between two good ones; a batch of StatsD is a datagram or a connection."""
    now_ms = time.time_ns() // 1_000_000
    megabyte = "x" * (50_000 if door.unit == "udp" else 1_048_576)
    bad = {
        "large": Sample("bad", at_ms=now_ms, labels=(*HOST, ("large", megabyte))),
        "twice": Sample("bad", at_ms=now_ms, labels=(*HOST, *HOST)),
        "nan": Sample("bad", float("nan"), now_ms),
        "infinite": Sample("bad", float("inf"), now_ms),
        "minus": Sample("bad", float("-inf"), now_ms),
        "future": Sample("bad", at_ms=now_ms + 3_600_000),
        "never": Sample("bad", at_ms=2**62),
        "before": Sample("bad", at_ms=-1),
        "past": Sample("bad", at_ms=1),
        "nameless": Sample("", at_ms=now_ms),
    }
    if door.name == "collectd":
        # A list of JSON has no labels but the host.
        bad["large"] = Sample("bad", at_ms=now_ms, labels=(("host", megabyte),))

    answers = {
        name: examined.send(
            door, door.body(Sample(f"{name}-a", at_ms=now_ms), sample, Sample(f"{name}-b", at_ms=now_ms))
        )
        for name, sample in bad.items()
    }
    korean = Sample("온도", 36.5, now_ms, (("host", "서울"),))
    answers["korean"] = examined.send(door, door.body(korean))

    wanted = {f"{name}-{end}" for name in bad for end in "ab"} | {"온도"}
    until(lambda: not door.unit or wanted <= examined.metrics().keys(), f"{wanted} come", every_s=0.5)
    assert set() == wanted - examined.metrics().keys(), answers
    assert answers.keys() == {name for name, answer in answers.items() if answer in ANSWERS}, answers
    assert {True} == {"서울" in plugin for plugin in examined.metrics()["온도"]}


@every_door
def test_no_body_costs_an_answer_or_memory(examined: Examined, door: Door) -> None:
    now_ms = time.time_ns() // 1_000_000
    samples = [Sample(f"m{n}", n / 3, now_ms + n, (*HOST, ("방", f"서울,{n}"), ("path", "/a b"))) for n in range(5)]
    if door.name.startswith("InfluxDB"):
        samples = [Sample(s.metric, s.value, s.at_ms, (*HOST, ("path", "/a\\ b"))) for s in samples]
    if door.name == "collectd":
        samples = [Sample(s.metric, s.value, s.at_ms) for s in samples]
    plain = door.write(samples)
    good = door.pack(plain)
    answers = {examined.send(door, good)}
    # What the process keeps of any traffic is there before it is measured.
    for _ in range(200):
        examined.send(door, good)
    before_bytes = examined.own_bytes()

    answers |= {examined.send(door, good[:length]) for length in range(0, len(good), max(1, len(good) // 200))}
    answers |= {examined.send(door, bomb, **headers) for bomb, headers in _bombs(door)}
    chance = random.Random(19)
    hostile = (door.pack(mutated(plain, chance)) if n % 2 else mutated(good, chance) for n in range(door.hostile))
    # Of TCP, a connection for each would take its time and show no more.
    together = 50 if door.unit == "tcp" else 1
    while bodies := list(itertools.islice(hostile, together)):
        answers.add(examined.send(door, b"\n".join(bodies)))
    other = examined.send(door, good, **{"Content-Type": "text/html"})

    assert answers <= ANSWERS
    assert (415 if door.refuses_other_types else 204) == other

    def goes_on() -> bool:
        # Datagrams may get lost while many wait.
        assert examined.send(door, door.body(Sample("last", at_ms=now_ms))) in (200, 204)
        return "last" in examined.metrics()

    until(goes_on, "it goes on", every_s=0.5)
    assert examined.own_bytes() - before_bytes < GROWTH_BYTES
    assert "Traceback" not in examined.log()


@every_alert_door
def test_no_alert_costs_an_answer_or_memory(examined: Examined, door: AlertDoor) -> None:
    """What is long, Korean, of a wrong type, twice there, cut off, packed or hostile is taken or refused."""
    good = door.body("가득 참", "서울 web-1")
    for _ in range(50):
        assert door.taken == examined.send(door, good)
    before_bytes = examined.own_bytes()
    odd: list[object] = ["", None, 7, -1.5, 1e300, [], {}, ["a"], {"a": {"b": 1}}, True, "\u200b", "x" * 400_000]
    bodies = [door.body("odd", value) for value in odd] + [door.body("x" * 400_000), door.body(""), b"", b"{}", b"[]"]
    bodies += [
        door.body("m", "x" * 1_048_576),
        good.replace(b"{", b'{"a":1,"a":2,', 1),
        good.replace(b'"', b"'"),
        b"null",
    ]
    bodies += [good[:length] for length in range(len(good))]
    chance = random.Random(21)
    bodies += [mutated(good, chance) for _ in range(door.hostile)]
    bodies += [b"[" * 1_000_000, b'{"payload":' * 100_000, b'{"details":[' + b"1," * 500_000]

    answers = {examined.send(door, body) for body in bodies}
    large = bytes(32 * 1_048_576)
    packed = ((gzip.compress(large), "gzip"), (zlib.compress(large), "deflate"), (gzip.compress(large)[:-99], "gzip"))
    answers |= {examined.send(door, body, **{"Content-Encoding": encoding}) for body, encoding in packed}

    assert answers <= ANSWERS
    assert door.taken == examined.send(door, door.body("last"))
    assert door.writes == bool(examined.statements() or examined.events())
    assert examined.own_bytes() - before_bytes < GROWTH_BYTES
    assert "Traceback" not in examined.log()


def _bombs(door: Door) -> list[tuple[bytes, dict[str, str]]]:
    """Return bodies that are small, and large when they are unpacked; and one that is large as it is."""
    if door.unit:
        return [(b"x" * 60_000, {}), (b"m:1|g|#" + b"a:b," * 10_000, {}), (b"m:" + b"1:" * 20_000 + b"1|ms", {})]
    large = bytes(32 * 1_048_576)
    found = [(large, {})]
    if door.pack is snappy:
        # The length that a block states, and what it really holds.
        return [*found, (snappy(large), {}), (b"\xff\xff\xff\xff\x0f" + snappy(large)[4:], {}), (b"\x80" * 9, {})]
    packed = ((gzip.compress(large), "gzip"), (zlib.compress(large), "deflate"), (gzip.compress(large)[:-99], "gzip"))
    found += [(body, {"Content-Encoding": encoding}) for body, encoding in packed]
    deep = b'{"resourceMetrics":' * 100_000
    return [*found, (b"[" * 1_000_000, {}), (deep, {}), (b'[{"values":[' + b"1," * 500_000, {})]
