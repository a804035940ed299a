"""
Real senders are pointed at the doors: what they send reaches the streams once, and what they get back makes them go on.

The doors run as their own process, under the server they have in production.
"""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import influxdb_client
import msgspec
import pytest
import requests
import statsd
from influxdb_client.client.write_api import SYNCHRONOUS
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from redis import Redis

from api.auth import api_keys
from ingest.statsd import Listener
from shared.log import Logger
from shared.loops import Stop
from shared.model.events import Event
from shared.redis import keys
from shared.settings import Settings
from tests.support.ingest_doors import REMOTE_WRITE, Doors, doors_of, remote_write_body, series_body
from tests.support.ports import free_port
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S, until


def test_remote_write_is_taken_before_it_is_answered(doors: Doors) -> None:
    answer = doors.post("/api/v1/write", remote_write_body(1_000), **REMOTE_WRITE)

    assert 204 == answer.status_code
    assert "1000" == answer.headers["X-Prometheus-Remote-Write-Samples-Written"]
    assert 1_000 == len(doors.metrics())
    assert {"up": [1.0]} == doors.metrics()["node/web-7"]


def test_counters_of_an_opentelemetry_sdk_reach_the_streams_as_counters(doors: Doors) -> None:
    exporter = OTLPMetricExporter(
        endpoint=f"{doors.url}/v1/metrics", headers={"Authorization": f"Bearer {doors.key}"}, timeout=PATIENCE_S
    )
    provider = MeterProvider([PeriodicExportingMetricReader(exporter, 3_600_000)])
    meter = provider.get_meter("tests")
    meter.create_counter("orders").add(3)
    meter.create_up_down_counter("queue").add(2)
    provider.shutdown()

    [counters] = {tuple(event.counters) for event in doors.events()}
    assert ("orders",) == counters
    assert {"orders", "queue"} == set().union(*(event.metrics for event in doors.events()))


def test_opentelemetry_sdk_exports_and_learns_that_all_was_taken(doors: Doors) -> None:
    exporter = OTLPMetricExporter(
        f"{doors.url}/v1/metrics", headers={"Authorization": f"Bearer {doors.key}"}, compression=Compression.Gzip
    )
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    resource = Resource.create({"service.name": "shop", "service.instance.id": "shop-1"})
    provider = MeterProvider([reader], resource=resource)
    meter = provider.get_meter("tests")
    meter.create_counter("orders").add(3, {"country": "kr"})
    meter.create_gauge("queue").set(5)

    assert provider.force_flush()
    provider.shutdown()

    found = doors.metrics()
    assert 3.0 == found["shop/shop-1{country=kr}"]["orders"][0]
    assert 5.0 == found["shop/shop-1"]["queue"][0]


@pytest.mark.parametrize("gzipped", [False, True])
def test_influxdb_client_writes_points(doors: Doors, gzipped: bool) -> None:
    with influxdb_client.InfluxDBClient(doors.url, token=doors.key, org="us", enable_gzip=gzipped) as client:
        point = influxdb_client.Point("cpu").tag("host", "web-1").tag("방", "서울").field("idle", 97.5)
        client.write_api(write_options=SYNCHRONOUS).write("bucket", record=point)

    assert {"web-1{방=서울}": {"cpu.idle": [97.5]}} == doors.metrics()


def test_statsd_client_sends_by_udp_and_tcp(doors: Doors) -> None:
    with closing(statsd.StatsClient("127.0.0.1", doors.statsd_port)) as udp:
        udp.incr("orders", 3)
        udp.gauge("queue", 5)
    with closing(statsd.TCPStatsClient("127.0.0.1", doors.statsd_port)) as tcp:
        tcp.timing("pay", 320)

    until(lambda: len(doors.metrics().get("statsd", {})) >= 7, "a flush")
    found = doors.metrics()["statsd"]
    assert [5.0] == found["queue"]
    assert [320.0] == found["pay_p95"]
    assert found["orders_rate"][0] > 0


def test_statsd_takes_the_time_from_the_streams_server_also_for_what_waited(
    server: RealServer, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock of this machine is an hour fast; and Redis is away at the first flush."""

    def server_ms() -> int:
        seconds, micros = redis.time()
        return int(seconds) * 1_000 + int(micros) // 1_000

    an_hour_ahead = time.time_ns() + 3_600 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: an_hour_ahead)
    settings = replace(Settings(), redis_url=server.url, statsd_port=free_port())
    listener = Listener(settings, redis, Logger("tests"))
    before_ms = server_ms()
    listener._sums.add(b"queue:5|g")
    server.stop()
    try:
        listener.flush()
    finally:
        server.start()
    counted_by_ms = server_ms()
    until(lambda: server_ms() > counted_by_ms + 50, "time passes")
    listener.flush()

    [event] = (
        event
        for p in range(8)
        for _, fields in redis.xrange(keys.events(p))
        for event in msgspec.json.decode(fields[b"e"], type=list[Event])
    )
    assert {"queue": 5.0} == event.metrics
    assert before_ms <= event.at_ms <= counted_by_ms


def _listener(server: RealServer) -> tuple[Listener, int]:
    port = free_port()
    return Listener(
        replace(Settings(), redis_url=server.url, statsd_port=port), Redis.from_url(server.url), Logger("t")
    ), port


def test_idle_statsd_connection_stays_until_another_needs_its_place(
    server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients do not connect again by themselves: what they send after an idle minute must still come."""
    monkeypatch.setattr("ingest.statsd.IDLE_S", 0.0)
    monkeypatch.setattr("ingest.statsd.MAX_CONNECTIONS", 2)
    listener, port = _listener(server)
    stop = Stop(install_handlers=False)
    listener.start(stop)

    def counted(lines: int) -> bool:
        return listener._sums.lines == lines

    try:
        first, second = (socket.create_connection(("127.0.0.1", port)) for _ in range(2))
        first.sendall(b"a:1|c\n")
        until(lambda: counted(1), "the first line")
        second.sendall(b"a:1|c\n")
        until(lambda: counted(2), "the second line")
        first.sendall(b"a:1|c\n")
        until(lambda: counted(3), "a line after a while")
        third = socket.create_connection(("127.0.0.1", port))
        third.sendall(b"a:1|c\n")
        until(lambda: counted(4), "the third connection is served")

        assert b"" == second.recv(1), "the one that was silent for longest gave way"
        first.sendall(b"a:1|c\n")
        until(lambda: counted(5), "the others go on")
    finally:
        listener.close(stop)


def test_statsd_lines_of_open_and_of_waiting_connections_are_written_at_an_ordered_end(
    server: RealServer, redis: Redis
) -> None:
    listener, port = _listener(server)
    stop = Stop(install_handlers=False)
    listener.start(stop)
    with socket.create_connection(("127.0.0.1", port)) as served:
        served.sendall(b"open:1|g\n")
        until(lambda: listener._sums.lines == 1, "the first line")
        # Its end is not there yet, and the connection stays open.
        served.sendall(b"rest:2|g")
        stop.set()
        for thread in listener._threads:
            thread.join(PATIENCE_S)
        # Nobody accepts this one any more.
        with socket.create_connection(("127.0.0.1", port)) as waiting:
            waiting.sendall(b"waiting:3|g\n")
            listener.close(stop)

    events = [
        event
        for p in range(8)
        for _, fields in redis.xrange(keys.events(p))
        for event in msgspec.json.decode(fields[b"e"], type=list[Event])
    ]
    assert {"open": 1.0, "rest": 2.0, "waiting": 3.0} == {k: v for one in events for k, v in one.metrics.items()}


def test_collectd_is_asked_for_its_password(doors: Doors) -> None:
    """libcurl sends Basic credentials only after a challenge."""
    body = b'[{"values":[1],"dsnames":["value"],"time":1700000000,"host":"web-1","plugin":"load"}]'

    refused = requests.post(f"{doors.url}/collectd", data=body, timeout=PATIENCE_S)
    taken = requests.post(f"{doors.url}/collectd", data=body, auth=("anybody", doors.key), timeout=PATIENCE_S)

    assert 401 == refused.status_code
    assert refused.headers["WWW-Authenticate"].startswith("Basic ")
    assert 204 == taken.status_code
    assert {"web-1": {"load": [1.0]}} == doors.metrics()


def test_unreachable_redis_is_503_and_the_same_body_is_taken_later(doors: Doors, server: RealServer) -> None:
    server.stop()
    try:
        refused = doors.post("/api/v1/write", remote_write_body(), **REMOTE_WRITE)
    finally:
        server.start()

    assert 503 == refused.status_code
    assert int(refused.headers["Retry-After"]) > 0
    until(lambda: doors.post("/api/v1/write", remote_write_body(), **REMOTE_WRITE).status_code == 204, "Redis again")
    assert {"node/web-0": {"up": [1.0]}} == doors.metrics()


def test_key_publishes_only_for_its_plugins(doors: Doors) -> None:
    _, doors.key = api_keys.create(doors.redis, "narrow", "publisher", 1, ["node/web-1"])

    answer = doors.post("/api/v1/write", remote_write_body(3), **REMOTE_WRITE)

    assert 400 == answer.status_code
    assert "Not taken: narrow may not publish for the plugin node/web-0" == answer.json()["detail"]
    assert "1" == answer.headers["X-Prometheus-Remote-Write-Samples-Written"]
    assert ["node/web-1"] == list(doors.metrics())


@pytest.fixture
def few(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Doors]:
    """Doors at which a key may publish two plugins and two metric names a day."""
    yield from doors_of(server, redis, tmp_path, PUBLISH_PLUGINS="2", PUBLISH_NAMES="2")


def collectd_body(host: str, metric: str) -> bytes:
    known = {"values": [1], "dsnames": ["value"], "time": 1.7e9, "dstypes": ["gauge"], "type": metric, "plugin": metric}
    return msgspec.json.encode([{**known, "host": host}])


def otlp_body(host: str, metric: str) -> bytes:
    attributes = [{"key": "host", "value": {"stringValue": host}}]
    points = [{"asDouble": 1, "timeUnixNano": "1700000000000000000", "attributes": attributes}]
    metrics = [{"name": metric, "gauge": {"dataPoints": points}}]
    return msgspec.json.encode({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]})


def refused_of_otlp(answer: requests.Response) -> tuple[int, str]:
    partial = answer.json().get("partialSuccess", {})
    return (400 if partial.get("rejectedDataPoints") == "1" else 204), partial.get("errorMessage", "")


def refused_of_others(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["detail"] if answer.content else ""


Refusing = Callable[[requests.Response], tuple[int, str]]


@pytest.mark.parametrize(
    ("path", "body_of", "headers", "refused_of"),
    [
        (
            "/api/v1/write",
            lambda host, metric: series_body([{"__name__": metric, "job": "node", "instance": host}]),
            REMOTE_WRITE,
            refused_of_others,
        ),
        ("/v1/metrics", otlp_body, {"Content-Type": "application/json"}, refused_of_otlp),
        ("/collectd", collectd_body, {"Content-Type": "application/json"}, refused_of_others),
        ("/write", lambda host, metric: f"{metric},host={host} value=1".encode(), {}, refused_of_others),
    ],
    ids=["remote write", "OpenTelemetry", "collectd", "InfluxDB"],
)
def test_what_is_beyond_the_quotas_of_a_day_is_refused_by_name_and_the_rest_is_taken(
    few: Doors,
    path: str,
    body_of: Callable[[str, str], bytes],
    headers: dict[str, str],
    refused_of: Refusing,
) -> None:
    answers = [
        refused_of(few.post(path, body_of(host, metric), **headers))
        for host, metric in (("a", "m1"), ("b", "m2"), ("c", "m1"), ("a", "m3"), ("b", "m1"))
    ]

    assert [204, 204, 400, 400, 204] == [code for code, _ in answers]
    assert "senders may publish for 2 plugins a day (PUBLISH_PLUGINS)" in answers[2][1]
    assert "m3: senders may publish 2 different metric names a day (PUBLISH_NAMES)" in answers[3][1]
    assert 2 == len(few.metrics())


def test_viewer_and_stranger_are_refused(doors: Doors) -> None:
    _, viewer = api_keys.create(doors.redis, "viewer", "viewer", 1)

    assert 401 == doors.post("/api/v1/write", b"", Authorization="Bearer eak_x_y").status_code
    assert 403 == doors.post("/api/v1/write", b"", Authorization=f"Bearer {viewer}").status_code
    assert {} == doors.metrics()


def test_quota_is_503_and_never_429(doors: Doors) -> None:
    """Eight megabytes an hour, a quarter of them at once: three are too much."""
    body = b"# " + b"x" * 1_048_576 + b"\nm,host=a v=1 1700000000000000000"
    answers = [doors.post("/write", body) for _ in range(3)]

    assert [204, 503] == sorted({answer.status_code for answer in answers})
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.parametrize("is_announced", [True, False], ids=["with its length", "in chunks"])
@pytest.mark.parametrize(("megabytes", "code"), [(1.5, 204), (17, 413)])
def test_body_of_some_megabytes_is_taken_whole_or_refused(
    doors: Doors, megabytes: float, code: int, is_announced: bool
) -> None:
    """The lines are few and long comments between them: what counts is the body's size."""
    comment = b"#" * int(megabytes * 1_048_576 / 2) + b"\n"
    body = b"cpu,host=a value=1 1700000000000000000\n" + comment * 2 + b"cpu,host=b value=2 1700000000000000000\n"
    answer = doors.post("/write", body if is_announced else iter([body]))  # type: ignore[arg-type]

    assert code == answer.status_code, answer.text
    assert (2 if code == 204 else 0) == len(doors.events())
    if code == 204:
        # Its bytes are counted, announced or not: a quarter of eight megabytes may come at once.
        assert 503 == doors.post("/write", body).status_code


def test_refusal_is_in_the_language_of_the_request_and_carries_its_code(doors: Doors) -> None:
    english = doors.post("/write?precision=days", b"")
    korean = doors.post("/write?precision=days", b"", **{"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"})

    assert "The precision 'days' does not exist; use ns, us, ms or s." == english.json()["detail"]
    assert "없는 precision입니다: 'days'. ns, us, ms, s 중 하나를 쓰세요." == korean.json()["detail"]
    assert ("en", "ko") == (english.headers["Content-Language"], korean.headers["Content-Language"])
    for answer in (english, korean):
        assert ("ingest.precision", {"given": "days"}) == (answer.json()["code"], answer.json()["values"])


def test_refused_lines_are_named_in_the_language_of_the_request(doors: Doors) -> None:
    body = b"cpu,host=a value=1\ncpu value\ncpu,host=b value=x\n"

    answer = doors.post("/write", body, **{"Accept-Language": "ko"})

    assert 400 == answer.status_code
    assert (
        "받아들이지 않은 부분: 2번째 줄: 이름=값 형식의 필드가 없음; 3번째 줄: 숫자가 아님: 'x'"
        == answer.json()["detail"]
    )
    assert [2, 3] == [part["values"]["line"] for part in answer.json()["values"]["parts"]]
    assert {"a": {"cpu": [1.0]}} == doors.metrics()


def test_partial_success_of_opentelemetry_is_in_the_language_of_the_request(doors: Doors) -> None:
    points = [{"bucketCounts": ["1", "2"], "explicitBounds": [0.1, 0.5]}]
    metrics = [{"name": "pay", "histogram": {"aggregationTemporality": 2, "dataPoints": points}}]
    body = msgspec.json.encode({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]})

    answer = doors.post("/v1/metrics", body, **{"Content-Type": "application/json", "Accept-Language": "ko"})

    assert "1" == answer.json()["partialSuccess"]["rejectedDataPoints"]
    assert "pay: 버킷의 경계는 2개인데 횟수는 2개입니다" in answer.json()["partialSuccess"]["errorMessage"]


def test_half_a_body_holds_no_other_sender_up(doors: Doors) -> None:
    port = int(doors.url.rpartition(":")[2])
    halves = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
    for half in halves:
        half.sendall(b"POST /api/v1/write HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf")

    assert 204 == doors.post("/api/v1/write", remote_write_body(), **REMOTE_WRITE).status_code
    for half in halves:
        half.close()
