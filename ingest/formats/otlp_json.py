"""The JSON form of OpenTelemetry's metrics, read into the messages of the other form. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as service
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1 import metrics_pb2

from ingest.format import Refused
from shared.model import reasons

MAX_DEPTH = 32
"""Of a JSON document."""


def read(data: bytes) -> service.ExportMetricsServiceRequest:
    """
    Read the JSON form into the same message.

    Unknown fields are ignored, as the protocol demands; integers may be numbers or strings.
    """
    if _depth(data) > MAX_DEPTH:
        raise Refused(400, reasons.of("ingest.body_depth", depth=MAX_DEPTH))
    try:
        document = msgspec.json.decode(data)
        request = service.ExportMetricsServiceRequest()
        for resource_metrics in _items(document, "resourceMetrics"):
            into = request.resource_metrics.add()
            for pair in _items(resource_metrics.get("resource") or {}, "attributes"):
                _read_pair(pair, into.resource.attributes.add())
            for scope_metrics in _items(resource_metrics, "scopeMetrics"):
                scope = into.scope_metrics.add()
                for metric in _items(scope_metrics, "metrics"):
                    _read_metric(metric, scope.metrics.add())
        return request
    except (msgspec.MsgspecError, UnicodeError, ValueError, TypeError, AttributeError, RecursionError) as error:
        reason = str(error)[:200] or type(error).__name__
        raise Refused(400, reasons.of("ingest.no_otlp_json", error=reason)) from None


def _read_metric(metric: Mapping[str, Any], into: metrics_pb2.Metric) -> None:
    into.name = metric.get("name", "")
    for form in ("gauge", "sum", "histogram", "exponentialHistogram", "summary"):
        if form not in metric:
            continue
        data = metric[form] or {}
        field: Any = getattr(into, "exponential_histogram" if form == "exponentialHistogram" else form)
        field.SetInParent()
        if form in ("sum", "histogram", "exponentialHistogram"):
            field.aggregation_temporality = _enum(data.get("aggregationTemporality", 0))
        if form == "sum":
            field.is_monotonic = bool(data.get("isMonotonic", False))
        for point in _items(data, "dataPoints"):
            _read_point(point, field.data_points.add(), form)


def _read_point(point: Mapping[str, Any], into: Any, form: str) -> None:
    for pair in _items(point, "attributes"):
        _read_pair(pair, into.attributes.add())
    into.time_unix_nano = int(point.get("timeUnixNano", 0))
    into.start_time_unix_nano = int(point.get("startTimeUnixNano", 0))
    into.flags = int(point.get("flags", 0))
    if form in ("gauge", "sum"):
        if "asInt" in point:
            into.as_int = int(point["asInt"])
        elif "asDouble" in point:
            into.as_double = float(point["asDouble"])
        return
    into.count = int(point.get("count", 0))
    if point.get("sum") is not None:
        into.sum = float(point["sum"])
    if form == "histogram":
        into.bucket_counts.extend(map(int, point.get("bucketCounts") or ()))
        into.explicit_bounds.extend(map(float, point.get("explicitBounds") or ()))
    elif form == "exponentialHistogram":
        into.scale = int(point.get("scale", 0))
        into.zero_count = int(point.get("zeroCount", 0))
        into.zero_threshold = float(point.get("zeroThreshold", 0))
        for sign in ("positive", "negative"):
            buckets = point.get(sign) or {}
            field: Any = getattr(into, sign)
            field.offset = int(buckets.get("offset", 0))
            field.bucket_counts.extend(map(int, buckets.get("bucketCounts") or ()))
    else:
        for value in _items(point, "quantileValues"):
            into.quantile_values.add(quantile=float(value.get("quantile", 0)), value=float(value.get("value", 0)))


def _read_pair(pair: Mapping[str, Any], into: KeyValue) -> None:
    into.key = pair.get("key", "")
    _read_value(pair.get("value") or {}, into.value)


def _read_value(value: Mapping[str, Any], into: AnyValue) -> None:
    if "stringValue" in value:
        into.string_value = value["stringValue"]
    elif "boolValue" in value:
        into.bool_value = bool(value["boolValue"])
    elif "intValue" in value:
        into.int_value = int(value["intValue"])
    elif "doubleValue" in value:
        into.double_value = float(value["doubleValue"])
    elif "arrayValue" in value:
        for inner in _items(value["arrayValue"], "values"):
            _read_value(inner, into.array_value.values.add())


def _items(document: Any, name: str) -> Iterator[Mapping[str, Any]]:
    found = document.get(name) or []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise TypeError(f"{name} must be a list of objects")
    return iter(found)


def _enum(value: Any) -> int:
    names = {"AGGREGATION_TEMPORALITY_DELTA": 1, "AGGREGATION_TEMPORALITY_CUMULATIVE": 2}
    return names[value] if value in names else int(value)


def _depth(data: bytes) -> int:
    """Return a bound of how deep a JSON document nests; brackets inside texts count too."""
    depth = deepest = 0
    for byte in data.translate(None, delete=_NO_BRACKETS):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
