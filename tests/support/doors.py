"""
The doors of `ingest` as an exam sees them: how each protocol writes samples, and how a body is sent.

A new door is a row of `DOORS`.
"""

import json
import random
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import cramjam
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from ingest.proto import remote_write_pb2 as messages

Labels = Sequence[tuple[str, str]]
"""In order, and a name may come twice."""
HOST: Labels = (("host", "web-1"),)
PROTOBUF = {"Content-Type": "application/x-protobuf"}
SNAPPY = {**PROTOBUF, "Content-Encoding": "snappy"}
V2 = {**SNAPPY, "Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Sample:
    """One sample of a foreign series."""

    metric: str
    value: float = 1.0
    at_ms: int = 0
    labels: Labels = HOST


@dataclass(frozen=True)
class Door:
    """
    One protocol.

    Attributes:
        write: Makes an unpacked body of samples.
        pack: Makes of an unpacked body what is sent.
        path: Of the address; "" for StatsD.
        unit: StatsD's "udp" or "tcp".
        hostile: How many hostile bodies it is sent; less where another door has the same parser.
    """

    name: str
    write: Callable[[Sequence[Sample]], bytes]
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    pack: Callable[[bytes], bytes] = bytes
    unit: str = ""
    refuses_other_types: bool = False
    hostile: int = 10_000

    def body(self, *samples: Sample) -> bytes:
        return self.pack(self.write(samples))


def snappy(data: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(data))


def _v1(samples: Sequence[Sample]) -> bytes:
    request = messages.Request1()
    for sample in samples:
        series = request.timeseries.add()
        for name, value in (("__name__", sample.metric), *sample.labels):
            series.labels.append(messages.Label(name=name, value=value).SerializeToString())
        series.samples.add(timestamp=sample.at_ms, value=sample.value)
    return request.SerializeToString()


def _v2(samples: Sequence[Sample]) -> bytes:
    request = messages.Request2(symbols=[b""])
    for sample in samples:
        references = bytearray()
        for word in (text for pair in (("__name__", sample.metric), *sample.labels) for text in pair):
            request.symbols.append(word.encode())
            number = len(request.symbols) - 1
            while number > 127:
                references.append(number & 127 | 128)
                number >>= 7
            references.append(number)
        request.timeseries.add(labels_refs=bytes(references)).samples.add(timestamp=sample.at_ms, value=sample.value)
    return request.SerializeToString()


def _native(sample: Sample) -> messages.Histogram:
    """Return a native histogram whose buckets are as good as the value."""
    spans = [messages.Span(offset=-3, length=2), messages.Span(offset=4, length=1)]
    return messages.Histogram(
        count_float=9, sum=sample.value, schema=2, zero_threshold=0.001, zero_count_float=1, timestamp=sample.at_ms,
        positive_spans=spans, positive_counts=[2, sample.value, 3],
        negative_spans=spans[:1], negative_counts=[1, 2],
    )  # fmt: skip


def _native_v1(samples: Sequence[Sample]) -> bytes:
    request = messages.Request1.FromString(_v1(samples))
    for series, sample in zip(request.timeseries, samples, strict=True):
        del series.samples[:]
        series.histograms.append(_native(sample))
    return request.SerializeToString()


def _native_v2(samples: Sequence[Sample]) -> bytes:
    request = messages.Request2.FromString(_v2(samples))
    for series, sample in zip(request.timeseries, samples, strict=True):
        del series.samples[:]
        series.histograms.append(_native(sample))
    return request.SerializeToString()


def _classic_v1(samples: Sequence[Sample]) -> bytes:
    buckets = [
        replace(s, metric=f"{s.metric}_bucket" if s.metric else "", labels=(*s.labels, ("le", le)))
        for s in samples
        for le in ("0.5", "1", "+Inf")
    ]
    return _v1([*buckets, *(replace(s, metric=f"{s.metric}_sum") for s in samples if s.metric)])


def _otlp(samples: Sequence[Sample]) -> bytes:
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add().scope_metrics.add()
    for sample in samples:
        metric = scope.metrics.add(name=sample.metric)
        point = metric.gauge.data_points.add(as_double=sample.value, time_unix_nano=_nanos(sample))
        for name, value in sample.labels:
            point.attributes.add(key=name).value.string_value = value
    return request.SerializeToString()


def _otlp_histograms(samples: Sequence[Sample]) -> bytes:
    """Each sample is a point of all forms, whose buckets are as good as the value."""
    request = ExportMetricsServiceRequest.FromString(_otlp(samples))
    gauges = list(request.resource_metrics[0].scope_metrics[0].metrics)
    for metric, sample in zip(gauges, samples, strict=True):
        attributes = list(metric.gauge.data_points[0].attributes)
        at = {"attributes": attributes, "time_unix_nano": _nanos(sample), "count": 6, "sum": sample.value}
        metric.histogram.aggregation_temporality = 2
        bounds = [0.1, sample.value]
        metric.histogram.data_points.add(bucket_counts=[1, 2, 3], explicit_bounds=bounds, **at)
        more = request.resource_metrics[0].scope_metrics[0].metrics.add(name=f"{sample.metric}_exponential")
        more.exponential_histogram.aggregation_temporality = 1
        point = more.exponential_histogram.data_points.add(scale=3, zero_threshold=sample.value, **at)
        point.positive.offset, point.negative.offset = -2, 5
        point.positive.bucket_counts.extend([1, 0, 2])
        more = request.resource_metrics[0].scope_metrics[0].metrics.add(name=f"{sample.metric}_summary")
        more.summary.data_points.add(**at).quantile_values.add(quantile=0.5, value=sample.value)
    return request.SerializeToString()


def _otlp_json_histograms(samples: Sequence[Sample]) -> bytes:
    request = ExportMetricsServiceRequest.FromString(_otlp_histograms(samples))
    return json_format.MessageToJson(request, indent=None, ensure_ascii=False).encode()


def _otlp_json(samples: Sequence[Sample]) -> bytes:
    metrics = [
        {
            "name": sample.metric,
            "gauge": {
                "dataPoints": [
                    {
                        "asDouble": sample.value if abs(sample.value) < float("inf") else str(sample.value),
                        "timeUnixNano": str(_nanos(sample)),
                        "attributes": [{"key": name, "value": {"stringValue": value}} for name, value in sample.labels],
                    }
                ]
            },
        }
        for sample in samples
    ]
    return json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}).encode()


def _nanos(sample: Sample) -> int:
    return max(0, min(sample.at_ms * 1_000_000, 2**64 - 1))


def _collectd(samples: Sequence[Sample]) -> bytes:
    lists = []
    for sample in samples:
        value = repr(sample.value) if abs(sample.value) < float("inf") else "null"
        pairs = [("values", f"[{value}]"), ("dsnames", '["value"]'), ("plugin", json.dumps(sample.metric))]
        pairs += [("time", repr(sample.at_ms / 1_000))]
        pairs += [(name, json.dumps(text, ensure_ascii=False)) for name, text in sample.labels]
        lists.append("{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in pairs) + "}")
    return f"[{','.join(lists)}]".encode()


def _influx(samples: Sequence[Sample]) -> bytes:
    lines = []
    for sample in samples:
        tags = "".join(f",{name}={value}" for name, value in sample.labels)
        lines.append(f"{sample.metric}{tags} value={sample.value} {sample.at_ms * 1_000_000 or ''}\n")
    return "".join(lines).encode()


def _statsd(samples: Sequence[Sample]) -> bytes:
    lines = [f"{s.metric}:{s.value}|g|#{','.join(f'{name}:{value}' for name, value in s.labels)}\n" for s in samples]
    return "".join(lines).encode()


HISTOGRAMS = 3_000
"""Hostile bodies for each form of histograms; the rest of their bodies is that of the doors above."""
DOORS = (
    Door("remote write 1.0", _v1, "/api/v1/write", SNAPPY, snappy, refuses_other_types=True),
    Door("remote write 2.0", _v2, "/api/v1/write", V2, snappy, refuses_other_types=True),
    Door("OTLP protobuf", _otlp, "/v1/metrics", PROTOBUF, refuses_other_types=True),
    Door("OTLP JSON", _otlp_json, "/v1/metrics", JSON, refuses_other_types=True),
    Door("remote write 1.0, native histograms", _native_v1, "/api/v1/write", SNAPPY, snappy, "", True, HISTOGRAMS),
    Door("remote write 2.0, native histograms", _native_v2, "/api/v1/write", V2, snappy, "", True, HISTOGRAMS),
    Door("remote write 1.0, classic histograms", _classic_v1, "/api/v1/write", SNAPPY, snappy, "", True, HISTOGRAMS),
    Door("OTLP protobuf, histograms", _otlp_histograms, "/v1/metrics", PROTOBUF, bytes, "", True, HISTOGRAMS),
    Door("OTLP JSON, histograms", _otlp_json_histograms, "/v1/metrics", JSON, bytes, "", True, HISTOGRAMS),
    Door("collectd", _collectd, "/collectd", JSON),
    Door("InfluxDB 1", _influx, "/write"),
    Door("InfluxDB 2", _influx, "/api/v2/write", hostile=1_000),
    Door("StatsD UDP", _statsd, unit="udp"),
    Door("StatsD TCP", _statsd, unit="tcp"),
)


def send_statsd(port: int, unit: str, body: bytes) -> None:
    """Send lines as a client does; a datagram takes what it can hold."""
    if unit == "udp":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.sendto(body[:60_000], ("127.0.0.1", port))
        return
    with socket.create_connection(("127.0.0.1", port)) as tcp:
        tcp.sendall(body)


def mutated(good: bytes, chance: random.Random) -> bytes:
    """Return a body that differs from a good one: bytes flipped, left out, doubled, or replaced by extremes."""
    body = bytearray(good)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        place = chance.randrange(len(body) + 1)
        length = chance.choice((1, 1, 2, 8, 64))
        what = chance.randrange(6)
        if what == 0 and place < len(body):
            body[place] ^= 1 << chance.randrange(8)
        elif what == 1:
            del body[place : place + length]
        elif what == 2:
            body[place:place] = body[place : place + length] * chance.choice((1, 2, 30))
        elif what == 3:
            body[place:place] = chance.randbytes(length)
        elif what == 4:
            body[place : place + length] = chance.choice(EXTREMES)
        else:
            body = body[:place]
        if not body:
            break
    return bytes(body)


EXTREMES = (
    *(
        b"\xff" * 10,
        b"\x80" * 9 + b"\x01",
        b"\0",
        b"-1",
        b"9" * 30,
        b"1e999",
        b"NaN",
        b"null",
        b"{}",
        b"[]",
        b'"',
        b"\\",
    ),
    *(b"\xed\xa0\x80", b"\\ud800", "\u200b".encode(), b"\n", b"|", b":", b"=", b",", b" ", b"@", b"#", b"_e{9,9}:"),
)
"""Pieces that parsers stumble over."""
