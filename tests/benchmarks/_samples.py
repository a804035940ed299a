"""What benchmarks of `ingest` send: the series of some hundred hosts, as Prometheus and OpenTelemetry write them."""

from collections.abc import Iterator

import cramjam
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from ingest.proto import remote_write_pb2 as messages

PER_REQUEST = 2_000
"""Samples of a request, as Prometheus sends them by default."""
METRICS = 5
"""Of one label set: node_exporter has 521 series of 96 label sets."""
SETS = 20
"""Label sets of a host."""


class RemoteWrite:
    """Bodies of remote write 1.0 that hold one sample of each series."""

    def __init__(self, series: int) -> None:
        self.series = series
        self._labels = [
            [messages.Label(name=name, value=value).SerializeToString() for name, value in labels.items()]
            for labels in _label_sets(series)
        ]

    def bodies(self, at_ms: int) -> list[bytes]:
        """Return the requests of one round of scrapes."""
        found = []
        for start in range(0, self.series, PER_REQUEST):
            request = messages.Request1()
            for number, labels in enumerate(self._labels[start : start + PER_REQUEST], start):
                one = request.timeseries.add(labels=labels)
                one.samples.add(timestamp=at_ms, value=float((number * 7_919 + at_ms // 1_000) % 80))
            found.append(bytes(cramjam.snappy.compress_raw(request.SerializeToString())))
        return found


def _label_sets(series: int) -> Iterator[dict[str, str]]:
    for number in range(series):
        host, rest = divmod(number, SETS * METRICS)
        label_set, metric = divmod(rest, METRICS)
        yield {
            "__name__": f"node_disk_metric_{metric}_bytes",
            "device": f"/dev/sd{label_set}",
            "fstype": "ext4",
            "instance": f"web-{host}.example.com:9100",
            "job": "node",
            "mountpoint": f"/data/{label_set}",
        }


def otlp(points: int) -> bytes:
    """Return one request with as many points, 100 a metric and ten metrics a service, in protocol buffers."""
    request = ExportMetricsServiceRequest()
    for service in range(max(1, points // 1_000)):
        resource = request.resource_metrics.add()
        for name, text in (("service.name", "shop"), ("service.instance.id", f"shop-{service}")):
            resource.resource.attributes.add(key=name).value.string_value = text
        scope = resource.scope_metrics.add()
        for metric in range(10):
            data = scope.metrics.add(name=f"http.server.metric.{metric}").gauge
            for point in range(100):
                one = data.data_points.add(time_unix_nano=1_700_000_000_000_000_000, as_double=float(point))
                for name, text in (("http.route", f"/orders/{point}"), ("http.method", "GET")):
                    one.attributes.add(key=name).value.string_value = text
    return request.SerializeToString()
