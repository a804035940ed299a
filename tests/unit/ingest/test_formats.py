"""What each protocol's bodies decode to, and what becomes of the bad ones."""

import gzip
import json
import math
import struct
import zlib
from collections.abc import Callable
from typing import Any

import cramjam
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from ingest.format import MAX_BODY_BYTES, Decoded, PlaceCache, Refused, inflated
from ingest.formats import collectd, influx, otlp, remote_write, statsd
from ingest.formats.statsd import Aggregator
from ingest.proto import remote_write_pb2 as messages
from shared.model.alerts import MAX_METRICS
from shared.model.events import Event
from shared.model.relabeling import Relabeling
from shared.redis import streams

NOW_MS = 1_700_000_000_000
STALE = struct.unpack(">d", b"\x7f\xf0\x00\x00\x00\x00\x00\x02")[0]


def cache() -> PlaceCache:
    return PlaceCache(Relabeling())


def v1(*series: tuple[dict[str, str], list[tuple[int, float]]]) -> bytes:
    request = messages.Request1()
    for labels, samples in series:
        one = request.timeseries.add()
        for name, value in labels.items():
            one.labels.append(messages.Label(name=name, value=value).SerializeToString())
        for at_ms, number in samples:
            one.samples.add(timestamp=at_ms, value=number)
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))


def v2(labels: dict[str, str], samples: list[tuple[int, float]]) -> bytes:
    request = messages.Request2(symbols=[b""])
    references = bytearray()
    for word in (text for pair in labels.items() for text in pair):
        request.symbols.append(word.encode())
        references.append(len(request.symbols) - 1)
    one = request.timeseries.add(labels_refs=bytes(references))
    for at_ms, number in samples:
        one.samples.add(timestamp=at_ms, value=number)
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))


UP = {"__name__": "up", "job": "node", "instance": "w:1"}
LOAD = {"__name__": "load", "job": "node", "instance": "w:1"}


@pytest.mark.parametrize("of_version", [1, 2])
def test_remote_write_orders_a_plugins_samples_by_time(of_version: int) -> None:
    body = v1((UP, [(2_000, 1.0)]), (UP, [(1_000, 0.0)])) if of_version == 1 else v2(UP, [(2_000, 1.0), (1_000, 0.0)])

    decoded = remote_write.decode(body, of_version, cache())

    assert [(1_000, {"up": 0.0}), (2_000, {"up": 1.0})] == [(event.at_ms, event.metrics) for event in decoded.events]
    assert "node/w:1" == decoded.events[0].plugin_id
    assert 2 == decoded.samples


_statsd_lines = st.builds(
    lambda name, value, tail: f"{name}:{value}|{tail}",
    st.sampled_from(["a", "b", "방"]),
    st.one_of(
        st.integers(-99, 99).map(str),
        st.floats(-9, 9).map(lambda number: f"{number:.3f}"),
        st.sampled_from(["1:2", "1:x", "", "nan", "1_0", "1e400", " 1", "+3", "-2", "1e3:4"]),
    ),
    st.sampled_from(["c", "ms", "h|@0.5", "c|@0.5|#plugin:p", "g", "s", "d|#host:h,x:y", "c|@0", "q", "ms\r"]),
)


@given(st.lists(st.lists(_statsd_lines, max_size=12), max_size=6))
def test_repeated_statsd_lines_add_up_as_if_each_were_read_alone(datagrams: list[list[str]]) -> None:
    together, alone = Aggregator(), Aggregator()
    alone._repeated.know = lambda line: None  # type: ignore[method-assign]
    for lines in datagrams:
        together.add("\n".join(lines).encode())
        for line in lines:
            alone.add(line.encode())

    assert _flushed(alone) == _flushed(together)
    assert (alone.lines, alone.refused) == (together.lines, together.refused)


def _flushed(sums: Aggregator) -> dict[str, Any]:
    return {
        event.plugin_id: ({n: pytest.approx(v) for n, v in event.metrics.items()}, event.labels)
        for event in sums.flush(10.0)
    }


def test_samples_of_one_instant_are_one_event() -> None:
    decoded = remote_write.decode(v1((UP, [(1_000, 1.0)]), (LOAD, [(1_000, 0.5)])), 1, cache())

    assert [{"up": 1.0, "load": 0.5}] == [event.metrics for event in decoded.events]


def test_stale_marker_ends_a_series_and_other_nan_costs_its_sample() -> None:
    body = v1((UP, [(1_000, STALE)]), (LOAD, [(1_000, float("nan")), (2_000, 3.0), (3_000, float("inf"))]))

    decoded = remote_write.decode(body, 1, cache())

    assert [{"load": 3.0}] == [event.metrics for event in decoded.events if event.metrics]
    assert [("up",)] == [event.gone for event in decoded.events if event.gone]
    assert 2 == decoded.not_finite


def test_series_that_end_together_end_in_events_that_a_partition_takes() -> None:
    ended = [
        ({"job": "node", "instance": "w:1", "__name__": f"m{n}"}, [(NOW_MS, STALE)]) for n in range(MAX_METRICS + 5)
    ]
    decoded = remote_write.decode(v1(*ended), 1, cache())
    read_back, bad = streams.decode(msgspec.json.encode(decoded.events), NOW_MS)

    assert ([MAX_METRICS, 5], []) == ([len(event.gone) for event in read_back], bad)


def test_bad_series_costs_itself_alone() -> None:
    twice = messages.Request1()
    for _ in range(1):
        one = twice.timeseries.add()
        one.labels.extend([messages.Label(name="a", value="1").SerializeToString()] * 2)
        one.samples.add(timestamp=1, value=1)
    good = twice.timeseries.add()
    for name, value in UP.items():
        good.labels.append(messages.Label(name=name, value=value).SerializeToString())
    good.samples.add(timestamp=1_000, value=1)

    decoded = remote_write.decode(bytes(cramjam.snappy.compress_raw(twice.SerializeToString())), 1, cache())

    assert [{"up": 1.0}] == [event.metrics for event in decoded.events]
    assert 1 == decoded.refused
    assert "ingest.label_twice" == decoded.refusals[0].values["because"].code


@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "deflate"])
def test_body_over_the_limit_is_refused_whatever_its_encoding(encoding: str) -> None:
    body = bytes(MAX_BODY_BYTES + 1)
    packed = {"gzip": gzip.compress, "deflate": zlib.compress}.get(encoding, bytes)(body)

    with pytest.raises(Refused) as refused:
        inflated(packed, encoding)

    assert 413 == refused.value.status


def test_snappy_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = bytes(cramjam.snappy.compress_raw(bytes(MAX_BODY_BYTES + 1)))

    with pytest.raises(Refused) as refused:
        remote_write.decode(bomb, 1, cache())

    assert 413 == refused.value.status


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [("application/json", "snappy"), ("application/x-protobuf", "zstd"), ("application/x-protobuf;proto=x.Y", "")],
)
def test_what_remote_write_does_not_speak_is_415(content_type: str, encoding: str) -> None:
    with pytest.raises(Refused) as refused:
        remote_write.version(content_type, encoding)

    assert 415 == refused.value.status


def otlp_request(**service: str) -> ExportMetricsServiceRequest:
    request = ExportMetricsServiceRequest()
    resource = request.resource_metrics.add()
    for name, value in service.items():
        resource.resource.attributes.add(key=name.replace("_", ".")).value.string_value = value
    metrics = resource.scope_metrics.add().metrics
    gauge = metrics.add(name="queue.size").gauge.data_points.add(time_unix_nano=1_000_000_000, as_int=5)
    gauge.attributes.add(key="queue").value.string_value = "mail"
    delta = metrics.add(name="orders").sum
    delta.aggregation_temporality = 1
    delta.data_points.add(start_time_unix_nano=0 + 10**9, time_unix_nano=3 * 10**9, as_double=8.0)
    return request


@pytest.mark.parametrize("form", [otlp.PROTOBUF, otlp.JSON])
def test_otlp_points_are_metrics_of_the_service(form: str) -> None:
    request = otlp_request(service_name="shop", service_namespace="eu")
    body = gzip.compress(request.SerializeToString())
    if form == otlp.JSON:
        body = gzip.compress(json.dumps(AS_JSON).encode())

    decoded = otlp.decode(body, form, "gzip", cache())

    found = {event.plugin_id: (event.at_ms, event.metrics) for event in decoded.events}
    assert {
        "eu\\/shop{queue=mail}": (1_000, {"queue.size": 5.0}),
        "eu\\/shop": (3_000, {"orders_rate": 4.0}),
    } == found


AS_JSON: dict[str, Any] = {
    "resourceMetrics": [
        {
            "resource": {
                "attributes": [
                    {"key": "service.name", "value": {"stringValue": "shop"}},
                    {"key": "service.namespace", "value": {"stringValue": "eu"}},
                ]
            },
            "scopeMetrics": [
                {
                    "metrics": [
                        {
                            "name": "queue.size",
                            "gauge": {
                                "dataPoints": [
                                    {
                                        "timeUnixNano": "1000000000",
                                        "asInt": "5",
                                        "attributes": [{"key": "queue", "value": {"stringValue": "mail"}}],
                                    }
                                ]
                            },
                        },
                        {
                            "name": "orders",
                            "sum": {
                                "aggregationTemporality": 1,
                                "dataPoints": [
                                    {
                                        "startTimeUnixNano": "1000000000",
                                        "timeUnixNano": "3000000000",
                                        "asDouble": 8.0,
                                    }
                                ],
                            },
                        },
                    ]
                }
            ],
        }
    ]
}


def test_collectd_names_host_and_metric() -> None:
    lists = [
        {
            "values": [1.5, 2.5],
            "dstypes": ["derive", "derive"],
            "dsnames": ["rx", "tx"],
            "time": 1.5,
            "interval": 2.0,
            "host": "web-1",
            "plugin": "interface",
            "plugin_instance": "eth0",
            "type": "if_octets",
            "type_instance": "",
        },
        {"values": [1], "dsnames": ["value"], "time": 1, "host": "", "plugin": "load"},
        {"values": [3], "dsnames": ["value"], "time": 2, "host": "web-1", "plugin": "users", "type": "users"},
    ]

    decoded = collectd.decode(json.dumps(lists).encode(), cache())

    assert [
        ("web-1", 1_500, {"interface-eth0.if_octets.rx": 1.5, "interface-eth0.if_octets.tx": 2.5}),
        ("web-1", 2_000, {"users": 3.0}),
    ] == [(event.plugin_id, event.at_ms, event.metrics) for event in decoded.events]
    assert 1 == decoded.refused


def test_influx_lines_with_escapes_texts_and_units() -> None:
    body = "\n".join(
        (
            r"cpu,host=web\ 1,core=0 usage_idle=97.5,ok=t,note=\"a, b = c\" 1700000000000000000".replace('\\"', '"'),
            "mem,host=db used=5i 1700000000000000000",
            "bad line here",
            "# a comment",
            "load value=1.5 1700000000000000000",
        )
    )

    decoded = influx.decode(body.encode(), "", cache())

    assert {
        ("web 1{core=0}", 1_700_000_000_000),
        ("db", 1_700_000_000_000),
        ("{}", 1_700_000_000_000),
    } == {(event.plugin_id, event.at_ms) for event in decoded.events}
    metrics = {name: value for event in decoded.events for name, value in event.metrics.items()}
    assert {"cpu.usage_idle": 97.5, "cpu.ok": 1.0, "mem.used": 5.0, "load": 1.5} == metrics
    assert 1 == decoded.refused


@pytest.mark.parametrize("label", ["replica", "prometheus_replica", "__replica__"])
def test_replicas_are_one_plugin_and_keep_their_samples_apart(label: str) -> None:
    body = v1(*(({**UP, label: name}, [(1_000, value)]) for name, value in (("a", 1.0), ("b", 0.0))))

    decoded = remote_write.decode(body, 1, cache())

    assert [("node/w:1", "a", {"up": 1.0}), ("node/w:1", "b", {"up": 0.0})] == [
        (event.plugin_id, event.replica, event.metrics) for event in decoded.events
    ]


def counters_of(decoded: Decoded) -> set[str]:
    return {name for event in decoded.events for name in event.counters}


def test_remote_write_marks_counters_by_type_and_else_by_name() -> None:
    names = ("requests_total", "temperature_total", "took_seconds_sum", "took_seconds_count", "items_count", "gauge")
    bodies = messages.Request1()
    for name in names:
        one = bodies.timeseries.add()
        one.labels.append(messages.Label(name="__name__", value=name).SerializeToString())
        one.samples.add(timestamp=1_000, value=1)
    bucket = bodies.timeseries.add()
    for name, value in (("__name__", "took_seconds_bucket"), ("le", "0.5")):
        bucket.labels.append(messages.Label(name=name, value=value).SerializeToString())
    bucket.samples.add(timestamp=1_000, value=1)
    told = messages.Request1()
    for family, kind in (("temperature_total", 2), ("took_seconds", 3), ("requests", 1)):
        told.metadata.add(metric_family_name=family, type=kind)
    places = cache()

    by_name, _, by_type = (
        remote_write.decode(bytes(cramjam.snappy.compress_raw(body.SerializeToString())), 1, places)
        for body in (bodies, told, bodies)
    )

    bucket_name = "took_seconds_bucket{le=0.5}"
    assert {"requests_total", "temperature_total", bucket_name} == counters_of(by_name)
    assert {"requests_total", "took_seconds_sum", "took_seconds_count", bucket_name} == counters_of(by_type)


@pytest.mark.parametrize(
    ("name", "kind", "marked"), [("n", 1, True), ("n_total", 2, False), ("n_total", 0, True), ("n_sum", 5, True)]
)
def test_remote_write_2_marks_counters_by_the_type_of_each_series(name: str, kind: int, marked: bool) -> None:
    request = messages.Request2(symbols=[b"", b"__name__", name.encode()])
    one = request.timeseries.add(labels_refs=bytes((1, 2)))
    one.metadata.type = kind
    one.samples.add(timestamp=1_000, value=1)

    decoded = remote_write.decode(bytes(cramjam.snappy.compress_raw(request.SerializeToString())), 2, cache())

    assert ({name} if marked else set()) == counters_of(decoded)


@pytest.mark.parametrize(("temporality", "monotonic", "marked"), [(2, True, True), (2, False, False), (1, True, False)])
def test_otlp_marks_cumulative_sums_that_only_grow(temporality: int, monotonic: bool, marked: bool) -> None:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="n")
    metric.sum.aggregation_temporality = temporality
    metric.sum.is_monotonic = monotonic
    metric.sum.data_points.add(start_time_unix_nano=10**9, time_unix_nano=2 * 10**9, as_int=5)

    assert ({"n"} if marked else set()) == counters_of(
        otlp.decode(request.SerializeToString(), otlp.PROTOBUF, "", cache())
    )


def test_collectd_marks_what_it_counts() -> None:
    kinds = ("counter", "derive", "gauge", "absolute")
    one = {"host": "h", "plugin": "p", "time": 1, "values": [1] * 4, "dsnames": list("abcd"), "dstypes": kinds}

    assert {"p.a", "p.b"} == counters_of(collectd.decode(json.dumps([one]).encode(), cache()))


def test_statsd_sums_counters_rates_and_timers() -> None:
    sums = Aggregator()
    sums.add(b"orders:3|c|@0.5\norders:4|c\nqueue:5|g\nqueue:-2|g\npay:100|ms\npay:300|ms\nusers:kim|s\nusers:lee|s")
    sums.add(b"a:1:2|d|#plugin:shop-1,x:1\n_sc|db|2|#plugin:shop-1\n_e{1,4}:T|text|t:error|#plugin:shop-1\nbroken")

    events = {event.plugin_id: event for event in sums.flush(10.0)}

    assert {
        "orders_rate": 1.0,
        "queue": 3.0,
        "users": 2.0,
        "pay_rate": 0.2,
        "pay_avg": 200.0,
        "pay_p50": 100.0,
        "pay_p95": 300.0,
        "pay_p99": 300.0,
    } == events["statsd"].metrics
    assert {"db": "critical"} == events["shop-1"].states
    assert [("T", "text")] == [(error.type, error.message) for error in events["shop-1"].errors]
    assert 1 == sums.refused
    assert "ingest.statsd_line" == sums.last_refusal.code


def test_statsd_counter_that_rests_is_zero_once() -> None:
    sums = Aggregator()
    sums.add(b"orders:3|c")

    flushes = [[event.metrics for event in sums.flush(1.0)] for _ in range(3)]

    assert [[{"orders_rate": 3.0}], [{"orders_rate": 0.0}], []] == flushes


def test_statsd_counter_and_timer_of_one_name_are_two_metrics() -> None:
    sums = Aggregator()
    sums.add(b"pay:7|c\npay:100|ms")
    first = sums.flush(1.0)[0].metrics
    sums.add(b"pay:100|ms")
    sums.flush(1.0)
    sums.add(b"pay:100|ms")
    last = sums.flush(1.0)[0].metrics

    assert (7.0, 100.0) == (first["pay_rate"], first["pay_p95"])
    assert {"pay_avg", "pay_p50", "pay_p95", "pay_p99"} == last.keys()


def test_statsd_counts_names_anew_and_forgets_plugins_that_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statsd, "MAX_SERIES", 3)
    monkeypatch.setattr(statsd, "FORGET_FLUSHES", 2)
    sums = Aggregator()
    for n in range(9):
        # Three names are kept: a gauge, a counter and a timer, all of which have been seen before.
        sums.add(b"queue:1|g\norders:1|c\npay:1|ms")
        # A plugin each minute, as containers come and go.
        sums.add(f"_sc|up|0|#plugin:{n // 3}".encode())
        assert 0 == sums.refused
        sums.flush(1.0)
    sums.add(b"one:1|g\ntoo:1|g")

    assert 1 == sums.refused


def by_statsd(names: list[str]) -> list[Event]:
    sums = Aggregator()
    for name in names:
        for kind in ("c", "g", "ms", "s"):
            sums.add(f"{kind}{name}:1|{kind}|#plugin:{name},{names[0]}:x,{names[1]}:x".encode())
    assert not sums.refused
    return sums.flush(10.0)


def by_otlp(names: list[str]) -> list[Event]:
    request = ExportMetricsServiceRequest()
    for name in names:
        into = request.resource_metrics.add()
        for key in ("service.name", *names):
            into.resource.attributes.add(key=key).value.string_value = name
        scope = into.scope_metrics.add()
        delta = scope.metrics.add(name=f"d{name}").sum
        delta.aggregation_temporality = otlp.DELTA
        delta.data_points.add(start_time_unix_nano=NOW_MS * 10**6 - 10**9, time_unix_nano=NOW_MS * 10**6, as_int=1)
        scope.metrics.add(name=f"g{name}").gauge.data_points.add(time_unix_nano=NOW_MS * 10**6, as_int=1)
    return otlp.decode(request.SerializeToString(), otlp.PROTOBUF, "", cache()).events


def by_remote_write(names: list[str]) -> list[Event]:
    labels = [{"job": name, "__name__": f"g{name}", **dict.fromkeys(names, "x")} for name in names]
    return remote_write.decode(v1(*((one, [(NOW_MS, 1.0)]) for one in labels)), 1, cache()).events


def by_influx(names: list[str]) -> list[Event]:
    lines = [f"g{name},host={name},{names[0]}=x,{names[1]}=x f{name}=1 {NOW_MS}000000" for name in names]
    return influx.decode("\n".join(lines).encode(), "", cache()).events


def by_collectd(names: list[str]) -> list[Event]:
    lists = [
        {"host": name, "plugin": f"g{name}", "type": name, "dsnames": ["value"], "values": [1], "time": NOW_MS / 1e3}
        for name in names
    ]
    return collectd.decode(json.dumps(lists).encode(), cache()).events


@pytest.mark.parametrize("length", range(119, 141))
@pytest.mark.parametrize(
    ("door", "metrics", "labels"),
    [(by_statsd, 8, 3), (by_otlp, 2, 4), (by_remote_write, 1, 3), (by_influx, 1, 3), (by_collectd, 1, 1)],
)
def test_names_near_the_limit_stay_apart_and_are_taken(
    door: Callable[[list[str]], list[Event]], metrics: int, labels: int, length: int
) -> None:
    events = door([f"{'n' * (length - 1)}{last}" for last in "ab"])
    read_back, bad = streams.decode(msgspec.json.encode(events), NOW_MS)

    assert ([], 2) == (bad, len({event.plugin_id for event in read_back}))
    found = {event.plugin_id: set[str]() for event in read_back}
    for event in read_back:
        found[event.plugin_id] |= event.metrics.keys()
        assert labels == len(event.labels)
    assert [metrics, metrics] == [len(names) for names in found.values()]
    assert 2 * metrics == len(set.union(*found.values()))
    if door is by_statsd:
        endings = [name.rpartition("_")[2] for name in set.union(*found.values())]
        assert [4, 2, 2] == [endings.count(one) for one in ("rate", "avg", "p95")]


def otlp_of(*points: dict[str, Any]) -> bytes:
    metrics = [{"name": f"m{i}", "gauge": {"dataPoints": [point]}} for i, point in enumerate(points)]
    return json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}).encode()


def a_value_list(**fields: Any) -> dict[str, Any]:
    return {"host": "h", "plugin": "p", "values": [1], "dsnames": ["m"], "time": 1, **fields}


@pytest.mark.parametrize(
    "decoded",
    [
        remote_write.decode(v1((UP, [(1_000, math.inf)]), (LOAD, [(1_000, 2.0)])), 1, cache()),
        remote_write.decode(v2(LOAD, [(1_000, math.nan), (1_000, 2.0)]), 2, cache()),
        otlp.decode(otlp_of({"asDouble": "NaN", "timeUnixNano": "1"}, {"asDouble": 2.0}), otlp.JSON, "", cache()),
        collectd.decode(json.dumps([a_value_list(values=[None, 2.0], dsnames=["a", "b"])]).encode(), cache()),
        influx.decode(b"cpu a=NaN,b=2 1700000000000000000", "", cache()),
        influx.decode(b"cpu a=-Inf,b=2,c=" + b"9" * 399, "", cache()),
    ],
    ids=["remote write 1.0", "remote write 2.0", "OTLP", "collectd", "InfluxDB", "InfluxDB, too large"],
)
def test_value_that_is_not_finite_costs_its_sample_in_every_protocol(decoded: Decoded) -> None:
    assert [2.0] == [value for event in decoded.events for value in event.metrics.values()]
    assert (0, True) == (decoded.refused, decoded.not_finite > 0)


@pytest.mark.parametrize(
    "decoded",
    [
        otlp.decode(otlp_of({"asInt": 5}), otlp.JSON, "", cache()),
        influx.decode(b"cpu v=1", "", cache()),
        collectd.decode(json.dumps([a_value_list(time=0)]).encode(), cache()),
    ],
    ids=["OTLP", "InfluxDB", "collectd"],
)
def test_sample_without_a_time_gets_none_of_the_door(decoded: Decoded) -> None:
    assert [0] == [event.at_ms for event in decoded.events]


DOORS: dict[str, Callable[[bytes], Decoded]] = {
    "remote write 1.0": lambda body: remote_write.decode(body, 1, cache()),
    "remote write 2.0": lambda body: remote_write.decode(body, 2, cache()),
    "packed remote write 1.0": lambda body: remote_write.decode(bytes(cramjam.snappy.compress_raw(body)), 1, cache()),
    "packed remote write 2.0": lambda body: remote_write.decode(bytes(cramjam.snappy.compress_raw(body)), 2, cache()),
    "OTLP": lambda body: otlp.decode(body, otlp.PROTOBUF, "", cache()),
    "OTLP in JSON": lambda body: otlp.decode(body, otlp.JSON, "", cache()),
    "OTLP, gzip": lambda body: otlp.decode(body, otlp.PROTOBUF, "gzip", cache()),
    "collectd": lambda body: collectd.decode(body, cache()),
    "InfluxDB": lambda body: influx.decode(body, "", cache()),
}
GOOD = [
    v1((UP, [(1_000, 1.0)])),
    v2(UP, [(1_000, 1.0)]),
    otlp_request(service_name="shop").SerializeToString(),
    json.dumps(AS_JSON).encode(),
    b"cpu,host=a v=1 1700000000000000000",
    b'[{"values":[1],"dsnames":["value"],"time":1,"host":"a","plugin":"b"}]',
]
HOSTILE = [
    b"",
    b"\x00" * 1_000,
    b"\xff" * 100_000,
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"resourceMetrics":[1,null,{"resource":{"attributes":[{"key":1,"value":{"intValue":"x"}}]}}]}',
    b'{"resourceMetrics":' + b"[" * 31 + b"]" * 31 + b"}",
    gzip.compress(bytes(MAX_BODY_BYTES + 1)),
    gzip.compress(b"cut off")[:-4],
    b"a" * 1_000_000,
    ("cpu,host=" + "h" * 1_000_000 + " v=1").encode(),
    b"cpu v=" + b"9" * 100_000,
    b'cpu v="' + b"x" * 100_000,
    b'[{"values":[1e999],"dsnames":["value"],"time":1e300,"host":"a","plugin":"b"}]',
    '[{"values":[1],"dsnames":["값"],"time":1,"host":"호스트","plugin":"플러그인"}]'.encode(),
]


@pytest.mark.parametrize("door", DOORS)
def test_hostile_bodies_are_refused_or_taken_and_nothing_else(door: str) -> None:
    bodies = [*HOSTILE, *GOOD, *(good[:cut] for good in GOOD for cut in range(0, len(good), 7))]

    for body in bodies:
        try:
            decoded = DOORS[door](body)
        except Refused as error:
            assert error.status in (400, 413, 415)
        else:
            assert all(event.plugin_id for event in decoded.events)


@pytest.mark.parametrize("door", DOORS)
@settings(max_examples=60)
@given(
    body=st.one_of(
        st.binary(max_size=300),
        st.sampled_from(GOOD)
        .map(bytearray)
        .flatmap(
            lambda good: st.tuples(st.integers(0, len(good) - 1), st.integers(0, 255)).map(
                lambda change: bytes(good[: change[0]]) + bytes([change[1]]) + bytes(good[change[0] + 1 :])
            )
        ),
    )
)
def test_random_and_flipped_bodies_are_refused_or_taken(door: str, body: bytes) -> None:
    try:
        DOORS[door](body)
    except Refused as error:
        assert error.status in (400, 413, 415)


@given(st.binary(max_size=400))
def test_statsd_takes_any_datagram(datagram: bytes) -> None:
    sums = Aggregator()
    sums.add(datagram)

    assert sums.refused <= sums.lines
    sums.flush(1.0)
