"""The process `ingest` under the server it has in production, and a sender to it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import cramjam
import msgspec
import pytest
import requests
from redis import Redis

from api.auth import api_keys
from ingest.proto import remote_write_pb2 as messages
from shared.model.events import Event
from shared.redis import keys
from tests.support.ports import free_port
from tests.support.processes import Process, System, a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S


class Doors:
    """The process, and a key to it."""

    def __init__(self, redis: Redis, system: System, port: int, statsd_port: int, process: Process) -> None:
        self.process = process
        self.redis = redis
        self.system = system
        self.url = f"http://127.0.0.1:{port}"
        self.statsd_port = statsd_port
        _, self.key = api_keys.create(redis, "senders", "publisher", 1)

    def post(self, path: str, body: bytes, **headers: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}", **headers}
        return requests.post(f"{self.url}{path}", data=body, headers=headers, timeout=PATIENCE_S)

    def metrics(self) -> dict[str, dict[str, list[float]]]:
        """Return the values of each plugin's metrics, in the order of the streams."""
        found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for event in self.events():
            for name, value in event.metrics.items():
                found[event.plugin_id][name].append(value)
        return {plugin: dict(metrics) for plugin, metrics in found.items()}

    def events(self) -> list[Event]:
        entries = [fields[b"e"] for p in range(8) for _, fields in self.redis.xrange(keys.events(p)) if b"e" in fields]
        return [event for entry in entries for event in msgspec.json.decode(entry, type=list[Event])]


@pytest.fixture
def doors(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Doors]:
    yield from doors_of(server, redis, tmp_path)


def doors_of(server: RealServer, redis: Redis, tmp_path: Path, **environment: str) -> Iterator[Doors]:
    """Yield the process with settings of the test's own, until the test ends."""
    port, statsd_port = free_port(), free_port()
    settings = {"INGEST_PORT": str(port), "STATSD_PORT": str(statsd_port), "PUBLISH_MEGABYTES_PER_HOUR": "8"}
    settings |= environment
    with a_system(server.url, tmp_path, **settings) as system:
        process = system.start("ingest")
        wait_ready(redis, "ingest")
        yield Doors(redis, system, port, statsd_port, process)


REMOTE_WRITE = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"}


def remote_write_body(count: int = 1, value: float = 1.0) -> bytes:
    """Return a request with the series `up` of as many instances."""
    labels = [{"__name__": "up", "job": "node", "instance": f"web-{number}"} for number in range(count)]
    return series_body(labels, value)


def series_body(series: Iterable[Mapping[str, str]], value: float = 1.0, at_ms: int = 1_700_000_000_000) -> bytes:
    """Return a request with one sample of each series."""
    request = messages.Request1()
    for labels in series:
        one = request.timeseries.add()
        for name, text in labels.items():
            one.labels.append(messages.Label(name=name, value=text).SerializeToString())
        one.samples.add(timestamp=at_ms, value=value)
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))
