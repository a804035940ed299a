"""
OpenTelemetry metrics over HTTP, in protocol buffers and in JSON. Pure.

Protocol: opentelemetry.io/docs/specs/otlp/ and its JSON mapping: lowerCamelCase names, 64-bit integers as strings.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as service
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1 import metrics_pb2

from ingest import entities
from ingest.entities import METRIC_LABELS, Place, Relabeling
from ingest.format import MAX_LABEL_BYTES, MAX_SAMPLES, Decoded, Decoding, PlaceCache, Refused, inflated
from shared.model import reasons
from shared.model.reasons import Language, Reason

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
DELTA = metrics_pb2.AGGREGATION_TEMPORALITY_DELTA
_NO_VALUE = metrics_pb2.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK
MAX_DEPTH = 32
"""Of a JSON document and of an attribute's value."""


def media_type(content_type: str) -> str:
    """
    Return the form of a request: `PROTOBUF` or `JSON`; the answer has the same.

    Raises:
        Refused: 415.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in (PROTOBUF, JSON):
        raise Refused(415, reasons.of("ingest.content_type", given=content_type[:80], wanted=[PROTOBUF, JSON]))
    return kind


def decode(body: bytes, kind: str, encoding: str, cache: PlaceCache) -> Decoded:
    """
    Decode one ExportMetricsServiceRequest.

    Args:
        kind: `PROTOBUF` or `JSON`, as `media_type` returned it.
        encoding: The header Content-Encoding: "" or "gzip".

    Raises:
        Refused: 400, 413 or 415; the sender drops the body.
    """
    data = inflated(body, encoding)
    decoding = Decoding(cache)
    request = _from_json(data) if kind == JSON else _from_protobuf(data)
    taken = 0
    for resource_metrics in request.resource_metrics:
        resource = _attributes(resource_metrics.resource.attributes)
        resource_key = b"".join(pair.SerializeToString() for pair in resource_metrics.resource.attributes)
        for scope_metrics in resource_metrics.scope_metrics:
            for metric in scope_metrics.metrics:
                taken += _read_metric(metric, resource, resource_key, decoding, cache)
                if taken > MAX_SAMPLES:
                    raise Refused(413, reasons.of("ingest.body_samples", limit=MAX_SAMPLES))
    return decoding.finish()


def answer(decoded: Decoded, kind: str, language: Language) -> bytes:
    """Return the ExportMetricsServiceResponse: empty, or a partial success that says what was refused."""
    if not decoded.refused:
        return b"{}" if kind == JSON else b""
    sentence = reasons.text(decoded.refusal, language)
    if kind == JSON:
        partial = {"rejectedDataPoints": str(decoded.refused), "errorMessage": sentence}
        return msgspec.json.encode({"partialSuccess": partial})
    response = service.ExportMetricsServiceResponse()
    response.partial_success.rejected_data_points = decoded.refused
    response.partial_success.error_message = sentence
    return response.SerializeToString()


def _from_protobuf(data: bytes) -> service.ExportMetricsServiceRequest:
    try:
        return service.ExportMetricsServiceRequest.FromString(data)
    except DecodeError:
        raise Refused(400, reasons.of("ingest.no_otlp")) from None


def _read_metric(
    metric: metrics_pb2.Metric,
    resource: Mapping[str, str],
    resource_key: bytes,
    decoding: Decoding,
    cache: PlaceCache,
) -> int:
    """Add the points of one metric; return their number."""
    form = metric.WhichOneof("data")
    if form not in ("gauge", "sum"):
        points = getattr(metric, form).data_points if form else ()
        for _ in points:
            decoding.refuse(_of_metric(metric, reasons.of("ingest.form", form=form)))
        return len(points)
    data: Any = getattr(metric, form)
    is_delta = form == "sum" and data.aggregation_temporality == DELTA
    is_counter = form == "sum" and data.is_monotonic and not is_delta
    name = f"{metric.name}_rate" if is_delta else metric.name
    head = b"\x00".join((b"c" if is_counter else b"", name.encode(), resource_key, b""))

    def place_it(labels: Mapping[str, str], relabeling: Relabeling) -> Place:
        return msgspec.structs.replace(place_of(labels, resource, relabeling), is_counter=is_counter)

    for point in data.data_points:
        key = head + b"".join(pair.SerializeToString() for pair in point.attributes)
        if len(key) > MAX_LABEL_BYTES:
            why = reasons.of("ingest.label_bytes", bytes=len(key), limit=MAX_LABEL_BYTES)
            decoding.refuse(_of_metric(metric, why))
            continue

        def read(point: Any = point) -> Mapping[str, str]:
            return {**_attributes(point.attributes), "__name__": name}

        place = cache.find(key, read, place_it)
        at_ms = point.time_unix_nano // 1_000_000
        if point.flags & _NO_VALUE:
            decoding.end(place, at_ms)
            continue
        value = float(point.as_int) if point.WhichOneof("value") == "as_int" else point.as_double
        if is_delta:
            seconds = (point.time_unix_nano - point.start_time_unix_nano) / 1e9
            if not point.start_time_unix_nano or seconds <= 0:
                decoding.refuse(_of_metric(metric, reasons.of("ingest.delta_start")))
                continue
            value /= seconds
        decoding.add(place, at_ms, value)
    return len(data.data_points)


def _of_metric(metric: metrics_pb2.Metric, because: Reason) -> Reason:
    return reasons.of("ingest.of_metric", metric=metric.name[:80], because=because)


def place_of(point: Mapping[str, str], resource: Mapping[str, str], relabeling: Relabeling) -> Place:
    """
    Return the plugin and the metric of a data point.

    `service.namespace`/`service.name` is the job and `service.instance.id`, or else `host.name`, the instance. Where
    there is a job, the other attributes of the resource do not name the plugin: an instance has one set of them.

    Args:
        point: The point's attributes, with the metric's name as `__name__`.
    """
    name = point["__name__"]
    if not name or not entities.is_kept(name, relabeling):
        return Place(None, name)
    service_name = resource.get("service.name", "")
    namespace = resource.get("service.namespace", "")
    own = {label: value for label, value in point.items() if value and label not in ("__name__", *METRIC_LABELS)}
    own = {label: value for label, value in own.items() if not entities.is_dropped(label, relabeling)}
    if not service_name:
        return Place(entities.entity({**resource, **own}, relabeling.id_labels), entities.metric_name(point))
    first, *others = relabeling.id_labels
    identity = {**own, first: f"{namespace}/{service_name}" if namespace else service_name}
    instance = resource.get("service.instance.id") or resource.get("host.name", "")
    if instance and others:
        identity[others[0]] = instance
    found = entities.entity(identity, relabeling.id_labels)
    labels = entities.bounded_labels({**resource, **identity})
    return Place(msgspec.structs.replace(found, labels=labels), entities.metric_name(point))


def _attributes(pairs: Any) -> dict[str, str]:
    return {pair.key: _text(pair.value) for pair in pairs if pair.key}


def _text(value: AnyValue, depth: int = 0) -> str:
    form = value.WhichOneof("value")
    if form is None or depth > MAX_DEPTH:
        return ""
    if form == "string_value":
        return value.string_value
    if form == "bool_value":
        return "true" if value.bool_value else "false"
    if form == "array_value":
        return ",".join(_text(inner, depth + 1) for inner in value.array_value.values)
    if form == "kvlist_value":
        return ",".join(f"{pair.key}={_text(pair.value, depth + 1)}" for pair in value.kvlist_value.values)
    if form == "bytes_value":
        return value.bytes_value.hex()
    return str(getattr(value, form))


def _from_json(data: bytes) -> service.ExportMetricsServiceRequest:
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
                    _read_json_metric(metric, scope.metrics.add())
        return request
    except (msgspec.MsgspecError, UnicodeError, ValueError, TypeError, AttributeError, RecursionError) as error:
        reason = str(error)[:200] or type(error).__name__
        raise Refused(400, reasons.of("ingest.no_otlp_json", error=reason)) from None


def _read_json_metric(metric: Mapping[str, Any], into: metrics_pb2.Metric) -> None:
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
            _read_json_point(point, field.data_points.add(), is_number=form in ("gauge", "sum"))


def _read_json_point(point: Mapping[str, Any], into: Any, *, is_number: bool) -> None:
    for pair in _items(point, "attributes"):
        _read_pair(pair, into.attributes.add())
    into.time_unix_nano = int(point.get("timeUnixNano", 0))
    into.start_time_unix_nano = int(point.get("startTimeUnixNano", 0))
    into.flags = int(point.get("flags", 0))
    if is_number and "asInt" in point:
        into.as_int = int(point["asInt"])
    elif is_number and "asDouble" in point:
        into.as_double = float(point["asDouble"])


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
