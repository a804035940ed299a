"""
OpenTelemetry metrics over HTTP, in protocol buffers and in JSON. Pure.

Protocol: opentelemetry.io/docs/specs/otlp/ and its JSON mapping: lowerCamelCase names, 64-bit integers as strings.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as service
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.metrics.v1 import metrics_pb2

from ingest import histograms, places
from ingest.entities import Place
from ingest.format import MAX_LABEL_BYTES, MAX_SAMPLES, Decoded, Decoding, PlaceCache, Refused, Unreadable, inflated
from ingest.formats import otlp_json
from shared.model import reasons
from shared.model.histograms import NoHistogram
from shared.model.reasons import Language, Reason
from shared.model.relabeling import Relabeling

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
DELTA = metrics_pb2.AGGREGATION_TEMPORALITY_DELTA
_WITH_TEMPORALITY = ("sum", "histogram", "exponential_histogram")
_NO_VALUE = metrics_pb2.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK
MAX_DEPTH = 32
"""Of an attribute's value."""


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
    request = otlp_json.read(data) if kind == JSON else _from_protobuf(data)
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
    if form is None:
        return 0
    data: Any = getattr(metric, form)
    is_delta = form in _WITH_TEMPORALITY and data.aggregation_temporality == DELTA
    is_counter = form == "sum" and data.is_monotonic and not is_delta
    name = f"{metric.name}_rate" if is_delta and form == "sum" else metric.name
    head = b"\x00".join((b"c" if is_counter else b"", name.encode(), resource_key, b""))

    def place_it(labels: Mapping[str, str], relabeling: Relabeling) -> Place:
        return msgspec.structs.replace(places.otlp(labels, resource, relabeling), is_counter=is_counter)

    for point in data.data_points:
        key = head + b"".join(pair.SerializeToString() for pair in point.attributes)
        if len(key) > MAX_LABEL_BYTES:
            why = reasons.of("ingest.label_bytes", bytes=len(key), limit=MAX_LABEL_BYTES)
            decoding.refuse(_of_metric(metric, why))
            continue

        def read(point: Any = point) -> Mapping[str, str]:
            return {**_attributes(point.attributes), "__name__": name}

        place = cache.find(key, read, place_it, resource)
        try:
            if form in ("gauge", "sum"):
                _add_number(place, point, decoding, is_delta=is_delta)
            else:
                _add_histogram(place, point, form, decoding, is_delta=is_delta)
        except (Unreadable, NoHistogram) as error:
            decoding.refuse(_of_metric(metric, error.reason))
    return len(data.data_points)


def _add_number(place: Place, point: Any, decoding: Decoding, *, is_delta: bool) -> None:
    at_ms = point.time_unix_nano // 1_000_000
    if point.flags & _NO_VALUE:
        decoding.end(place, at_ms)
        return
    value = float(point.as_int) if point.WhichOneof("value") == "as_int" else point.as_double
    if is_delta:
        value /= _seconds(point)
    decoding.add(place, at_ms, value)


def _add_histogram(place: Place, point: Any, form: str, decoding: Decoding, *, is_delta: bool) -> None:
    at_ms = point.time_unix_nano // 1_000_000
    if point.flags & _NO_VALUE:
        decoding.end_histogram(place, at_ms)
        return
    if is_delta:
        _seconds(point)
    if form == "summary":
        sample, quantiles = histograms.of_summary(place.metric, point)
        decoding.add_histogram(place, at_ms, sample, quantiles)
        return
    make = histograms.of_explicit if form == "histogram" else histograms.of_exponential
    decoding.add_histogram(place, at_ms, make(place.metric, point, "delta" if is_delta else "cumulative"))


def _seconds(point: Any) -> float:
    """Return the length of the interval of a delta."""
    seconds: float = (point.time_unix_nano - point.start_time_unix_nano) / 1e9
    if not point.start_time_unix_nano or seconds <= 0:
        raise Unreadable("ingest.delta_start")
    return seconds


def _of_metric(metric: metrics_pb2.Metric, because: Reason) -> Reason:
    return reasons.of("ingest.of_metric", metric=metric.name[:80], because=because)


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
