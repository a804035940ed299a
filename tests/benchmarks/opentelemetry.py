"""
OTLP in protocol buffers: a request of 10,000 points, made into events.

The floor is the same request parsed by the same library, with value, time and attributes of each point read.
"""

import time
from collections.abc import Callable

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from ingest.format import PlaceCache
from ingest.formats import otlp
from shared.model.relabeling import Relabeling
from tests.benchmarks._samples import otlp as request_of
from tests.benchmarks.figures import Figure, Size, Target

POINTS = 10_000
TIMES = 10


def run(size: Size) -> list[Figure]:
    points = size.of(POINTS, 1_000)
    body = request_of(points)
    cache = PlaceCache(Relabeling())
    # Series are new once; senders repeat them.
    otlp.decode(body, otlp.PROTOBUF, "", cache)
    times = size.of(TIMES)
    decoded: list[float] = []
    parsed: list[float] = []
    for _ in range(size.rounds):
        decoded.append(points / _seconds(lambda: otlp.decode(body, otlp.PROTOBUF, "", cache), times))
        parsed.append(points / _seconds(lambda: _parse(body), times))
    return [
        Figure("otlp", f"OTLP in protocol buffers, {points:,} points of known series: decoded to events", "points/s",
               decoded, "parsed alone, each point's value, time and attributes read", parsed, Target(0.3)),
    ]  # fmt: skip


def _seconds(do: Callable[[], object], times: int) -> float:
    begun_s = time.process_time()
    for _ in range(times):
        do()
    return (time.process_time() - begun_s) / times


def _parse(body: bytes) -> int:
    found = 0
    for resource_metrics in ExportMetricsServiceRequest.FromString(body).resource_metrics:
        for scope_metrics in resource_metrics.scope_metrics:
            for metric in scope_metrics.metrics:
                for point in metric.gauge.data_points:
                    attributes = {pair.key: pair.value.string_value for pair in point.attributes}
                    found += bool(attributes and point.time_unix_nano and point.as_double >= 0)
    return found
