"""Makes the samples of histograms that protocols have as one value: OpenTelemetry's points, native histograms. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Literal

from ingest import entities
from shared.model.histograms import MAX_BUCKETS, MOST_CHARS, SCALES, Histogram, NoHistogram, coarser

Temporality = Literal["cumulative", "delta", "gauge"]
CUSTOM_BOUNDS = -53
"""The schema of Prometheus' native histograms that have bounds of their own (NHCB)."""
_GAUGE, _RESTART = 3, 1
"""Of `Histogram.ResetHint`."""


def named(metric: str) -> str:
    """Return a name to which suffixes can be added; a long one is cut and ends in a digest."""
    return entities.shortened(metric, MOST_CHARS)


def of_explicit(metric: str, point: Any, temporality: Temporality) -> Histogram:
    """
    Return OpenTelemetry's `HistogramDataPoint`.

    Raises:
        NoHistogram: its buckets are no histogram.
    """
    bounds, counts = list(point.explicit_bounds), list(point.bucket_counts)
    if counts and len(counts) != len(bounds) + 1:
        raise NoHistogram("event.histogram_bounds", bounds=len(bounds), counts=len(counts))
    return Histogram(
        named(metric),
        float(point.count),
        _finite(point.sum) if point.HasField("sum") else None,
        tuple(bounds) if counts else (),
        tuple(map(float, accumulate(counts[:-1]))),
        temporality=temporality,
        start_ms=point.start_time_unix_nano // 1_000_000,
    )


def of_exponential(metric: str, point: Any, temporality: Temporality) -> Histogram:
    """
    Return OpenTelemetry's `ExponentialHistogramDataPoint`. Its buckets begin one lower than Prometheus number them.

    Raises:
        NoHistogram: its buckets are no histogram.
    """
    return _fitted(
        named(metric),
        point.scale,
        {point.positive.offset + 1 + i: float(n) for i, n in enumerate(point.positive.bucket_counts) if n},
        {point.negative.offset + 1 + i: float(n) for i, n in enumerate(point.negative.bucket_counts) if n},
        count=float(point.count),
        sum=_finite(point.sum) if point.HasField("sum") else None,
        zero=float(point.zero_count),
        zero_threshold=point.zero_threshold,
        temporality=temporality,
        start_ms=point.start_time_unix_nano // 1_000_000,
    )


def of_summary(metric: str, point: Any) -> tuple[Histogram, dict[str, float]]:
    """Return OpenTelemetry's `SummaryDataPoint`: count and sum, and its quantiles as metrics."""
    name = named(metric)
    quantiles = {quantile_name(name, value.quantile): value.value for value in point.quantile_values}
    start_ms = point.start_time_unix_nano // 1_000_000
    return Histogram(name, float(point.count), _finite(point.sum), start_ms=start_ms), quantiles


def quantile_name(name: str, quantile: float) -> str:
    """Return the metric of a summary's quantile, e.g. `took_p99` for 0.99."""
    return f"{name}_p{quantile * 100:.6g}"


def of_native(metric: str, sample: Any) -> Histogram:
    """
    Return a native histogram of Prometheus, as both versions of remote write have it.

    Raises:
        NoHistogram: its buckets are no histogram.
    """
    is_float = sample.WhichOneof("count") == "count_float"
    shared: dict[str, Any] = {
        "count": float(sample.count_float if is_float else sample.count_int),
        "sum": _finite(sample.sum),
        "temporality": "gauge" if sample.reset_hint == _GAUGE else "cumulative",
        "is_restart": sample.reset_hint == _RESTART,
    }
    deltas, floats = (sample.positive_deltas, sample.positive_counts)
    positive = _spans(sample.positive_spans, floats if is_float else list(accumulate(deltas)))
    if sample.schema == CUSTOM_BOUNDS:
        bounds = tuple(sample.custom_values)
        counts = tuple(accumulate(positive.get(i, 0.0) for i in range(len(bounds))))
        return Histogram(named(metric), bounds=bounds, counts=counts, **shared)
    deltas, floats = (sample.negative_deltas, sample.negative_counts)
    negative = _spans(sample.negative_spans, floats if is_float else list(accumulate(deltas)))
    is_float_zero = sample.WhichOneof("zero_count") == "zero_count_float"
    return _fitted(
        named(metric),
        sample.schema,
        positive,
        negative,
        zero=float(sample.zero_count_float if is_float_zero else sample.zero_count_int),
        zero_threshold=sample.zero_threshold,
        **shared,
    )


def _finite(total: float) -> float | None:
    """Return a sum; None if an observation was none: it costs the average alone."""
    return total if math.isfinite(total) else None


def _fitted(
    name: str, scale: int, positive: Mapping[int, float], negative: Mapping[int, float], **others: Any
) -> Histogram:
    """Return a sample whose resolution is as low as its number of buckets demands."""
    if scale not in SCALES:
        raise NoHistogram("event.histogram_scale", given=scale, least=SCALES[0], most=SCALES[-1])
    while len(positive) + len(negative) > MAX_BUCKETS and scale > SCALES[0]:
        positive, negative, scale = coarser(positive, 1), coarser(negative, 1), scale - 1
    return Histogram(name, scale=scale, positive=dict(positive), negative=dict(negative), **others)


def _spans(spans: Sequence[Any], counts: Sequence[float]) -> dict[int, float]:
    found = {index: float(count) for index, count in zip(_indexes(spans, len(counts)), counts, strict=False) if count}
    if sum(span.length for span in spans) != len(counts):
        raise NoHistogram("event.histogram_spans", buckets=sum(span.length for span in spans), counts=len(counts))
    return found


def _indexes(spans: Sequence[Any], most: int) -> Iterator[int]:
    index = 0
    for span in spans:
        index += span.offset
        for _ in range(min(span.length, most)):
            yield index
            index += 1
