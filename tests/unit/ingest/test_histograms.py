"""Every protocol's histograms become the same samples, and a bad one costs itself alone."""

import struct
from typing import Any

import cramjam
import msgspec
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from ingest.format import Decoded, Decoding, PlaceCache
from ingest.formats import openmetrics, otlp, remote_write
from ingest.formats.openmetrics import Labelling
from ingest.proto import remote_write_pb2 as messages
from shared.model.histograms import MAX_BUCKETS, Histogram
from shared.model.relabeling import Relabeling

T = 1_700_000_000_000
STALE = struct.unpack(">d", b"\x7f\xf0\x00\x00\x00\x00\x00\x02")[0]
OF_PLUGIN = {"job": "shop", "instance": "web-1"}


def sent_otlp(form: str, data: dict[str, Any], cache: PlaceCache | None = None) -> Decoded:
    """Decode one metric `took` of one point, in the form that the test has it or in the other one."""
    attributes = [{"key": "service.name", "value": {"stringValue": "shop"}}]
    document = {
        "resourceMetrics": [
            {"resource": {"attributes": attributes}, "scopeMetrics": [{"metrics": [{"name": "took", **data}]}]}
        ]
    }
    body = msgspec.json.encode(document)
    if form == otlp.PROTOBUF:
        from google.protobuf import json_format

        body = json_format.ParseDict(document, ExportMetricsServiceRequest()).SerializeToString()
    return otlp.decode(body, form, "", cache or PlaceCache(Relabeling()))


def histograms_of(decoded: Decoded) -> list[Histogram]:
    return [histogram for event in decoded.events for histogram in event.histograms]


TIMES = {"startTimeUnixNano": str((T - 60_000) * 1_000_000), "timeUnixNano": str(T * 1_000_000)}
EXPLICIT = {**TIMES, "count": "6", "sum": 4.5, "bucketCounts": ["1", "2", "3"], "explicitBounds": [0.1, 0.5]}
EXPONENTIAL = {
    **TIMES,
    "count": "10",
    "sum": 4.5,
    "scale": 1,
    "zeroCount": "1",
    "zeroThreshold": 0.001,
    "positive": {"offset": -3, "bucketCounts": ["1", "0", "5"]},
    "negative": {"offset": 2, "bucketCounts": ["3"]},
}
both_forms = pytest.mark.parametrize("form", [otlp.PROTOBUF, otlp.JSON])


@both_forms
@pytest.mark.parametrize(("number", "temporality"), [(1, "delta"), (2, "cumulative")])
def test_explicit_histogram_of_opentelemetry(form: str, number: int, temporality: Any) -> None:
    decoded = sent_otlp(form, {"histogram": {"aggregationTemporality": number, "dataPoints": [EXPLICIT]}})

    start = {"temporality": temporality, "start_ms": T - 60_000}
    assert [Histogram("took", 6.0, 4.5, (0.1, 0.5), (1.0, 3.0), **start)] == histograms_of(decoded)
    assert [T] == [event.at_ms for event in decoded.events]
    assert (0, 1) == (decoded.refused, decoded.histograms)


@both_forms
def test_exponential_histogram_of_opentelemetry_has_prometheus_indexes(form: str) -> None:
    decoded = sent_otlp(form, {"exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": [EXPONENTIAL]}})

    [found] = histograms_of(decoded)
    assert (1, {-2: 1.0, 0: 5.0}, {3: 3.0}) == (found.scale, found.positive, found.negative)
    assert (1.0, 0.001, 10.0, 4.5) == (found.zero, found.zero_threshold, found.count, found.sum)


@both_forms
def test_summary_of_opentelemetry_has_its_own_quantiles(form: str) -> None:
    values = [{"quantile": q, "value": q * 10} for q in (0.5, 0.95, 0.99, 0.999)]
    decoded = sent_otlp(
        form, {"summary": {"dataPoints": [{**TIMES, "count": "6", "sum": 4.5, "quantileValues": values}]}}
    )

    assert [Histogram("took", 6.0, 4.5, start_ms=T - 60_000)] == histograms_of(decoded)
    metrics = {name: value for event in decoded.events for name, value in event.metrics.items()}
    assert {"took_p50": 5.0, "took_p95": 9.5, "took_p99": 9.9, "took_p99.9": 9.99} == metrics


@both_forms
def test_point_without_a_value_ends_the_histogram(form: str) -> None:
    decoded = sent_otlp(form, {"histogram": {"aggregationTemporality": 2, "dataPoints": [{**TIMES, "flags": 1}]}})

    [event] = decoded.events
    assert ("took_p50", "took_p95", "took_p99", "took_avg", "took_rate") == event.gone


@both_forms
@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"bucketCounts": ["1", "2"]}, "2 counts for 2 bounds"),
        ({"explicitBounds": [0.5, 0.1]}, "each larger"),
        ({"explicitBounds": [0.5, 0.5]}, "each larger"),
        (
            {"bucketCounts": ["1"] * (MAX_BUCKETS + 2), "explicitBounds": list(range(MAX_BUCKETS + 1))},
            f"{MAX_BUCKETS + 1} buckets",
        ),
    ],
)
def test_bad_histogram_of_opentelemetry_is_refused_alone(form: str, change: dict[str, Any], word: str) -> None:
    data = {"histogram": {"aggregationTemporality": 2, "dataPoints": [{**EXPLICIT, **change}, EXPLICIT]}}
    decoded = sent_otlp(form, data)

    assert (1, 1) == (decoded.refused, len(histograms_of(decoded)))
    assert word in str(decoded.refusal) and "took" in str(decoded.refusal)


def test_delta_without_a_start_is_refused() -> None:
    point = {**EXPLICIT, "startTimeUnixNano": "0"}
    decoded = sent_otlp(otlp.JSON, {"histogram": {"aggregationTemporality": 1, "dataPoints": [point]}})

    assert (1, []) == (decoded.refused, decoded.events)


def test_more_exponential_buckets_than_allowed_become_coarser() -> None:
    positive = {"offset": 0, "bucketCounts": ["1"] * (3 * MAX_BUCKETS)}
    data = {"aggregationTemporality": 2, "dataPoints": [{**EXPONENTIAL, "scale": 10, "positive": positive}]}
    [found] = histograms_of(sent_otlp(otlp.JSON, {"exponentialHistogram": data}))

    assert 8 == found.scale
    assert 3 * MAX_BUCKETS == sum(found.positive.values())
    assert (1, 3 * MAX_BUCKETS // 4) == (min(found.positive), max(found.positive))


# -- remote write ---------------------------------------------------------------------------------------------


def v1(*series: tuple[dict[str, str], list[tuple[int, float]]], **natives: list[messages.Histogram]) -> bytes:
    request = messages.Request1()
    for labels, samples in series:
        one = request.timeseries.add()
        for name, value in {**OF_PLUGIN, **labels}.items():
            one.labels.append(messages.Label(name=name, value=value).SerializeToString())
        for at_ms, number in samples:
            one.samples.add(timestamp=at_ms, value=number)
    for metric, histograms in natives.items():
        one = request.timeseries.add(histograms=histograms)
        for name, value in {**OF_PLUGIN, "__name__": metric}.items():
            one.labels.append(messages.Label(name=name, value=value).SerializeToString())
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))


def bucket(le: str, value: float, at_ms: int = T) -> tuple[dict[str, str], list[tuple[int, float]]]:
    return {"__name__": "took_bucket", "le": le}, [(at_ms, value)]


SUM = ({"__name__": "took_sum"}, [(T, 4.5)])
COUNT = ({"__name__": "took_count"}, [(T, 6.0)])
BUCKETS = (bucket("0.1", 1.0), bucket("0.5", 3.0), bucket("+Inf", 6.0))
PART = Histogram("took", 6.0, 4.5, (0.1, 0.5), (1.0, 3.0), is_part=True)


def test_series_of_a_classic_histogram_are_a_part_and_stay_metrics() -> None:
    decoded = remote_write.decode(v1(*BUCKETS, SUM, COUNT), 1, PlaceCache(Relabeling()))

    assert [PART] == histograms_of(decoded)
    [metrics] = [event for event in decoded.events if event.metrics]
    assert 5 == decoded.samples == len(metrics.metrics)
    assert {"took_bucket{le=0.1}", "took_bucket{le=0.5}", "took_bucket{le=+Inf}"} < metrics.metrics.keys()
    assert {"took_sum", "took_count"} < set(metrics.counters) | {"took_sum", "took_count"}


def test_sum_is_a_part_by_itself() -> None:
    cache = PlaceCache(Relabeling())

    assert [Histogram("took", sum=4.5, is_part=True)] == histograms_of(remote_write.decode(v1(SUM), 1, cache))
    assert () == remote_write.decode(v1(SUM), 1, cache).events[0].counters
    remote_write.decode(v1(*BUCKETS), 1, cache)
    assert ("took_sum",) == remote_write.decode(v1(SUM), 1, cache).events[0].counters


@pytest.mark.parametrize(
    ("mapping", "metrics", "has_histogram"),
    [
        ({"drop_metrics": ("*_bucket",)}, {"took_sum", "took_count"}, True),
        ({"drop_metrics": ("took_*",)}, set(), True),
        ({"drop_metrics": ("took*",)}, set(), False),
        ({"keep_metrics": ("took",)}, set(), True),
        ({"keep_metrics": ("took_count",)}, {"took_count"}, True),
        ({"keep_metrics": ("up",)}, set(), False),
    ],
)
def test_mapping_filters_the_family_and_its_series(
    mapping: dict[str, Any], metrics: set[str], has_histogram: bool
) -> None:
    decoded = remote_write.decode(v1(*BUCKETS, SUM, COUNT), 1, PlaceCache(Relabeling(**mapping)))

    assert metrics == {name for event in decoded.events for name in event.metrics}
    assert has_histogram == bool(histograms_of(decoded))
    assert 5 == decoded.samples + decoded.filtered


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0])
def test_bad_bucket_costs_its_sample_alone(bad: float) -> None:
    after = [bucket(le, value, T + 1) for le, value in (("0.1", 1.0), ("0.5", 3.0), ("+Inf", 6.0))]
    decoded = remote_write.decode(
        v1(BUCKETS[0], bucket("0.5", bad), BUCKETS[2], SUM, *after), 1, PlaceCache(Relabeling())
    )

    assert [Histogram("took", 6.0, None, (0.1, 0.5), (1.0, 3.0), is_part=True)] == histograms_of(decoded)
    assert (bad == -1) == bool(decoded.refused)


def test_family_with_an_invisible_character_is_named_as_its_series() -> None:
    series = [({"__name__": "to\u200bok_bucket", "le": le}, [(T, 1.0)]) for le in ("1", "+Inf")]
    decoded = remote_write.decode(v1(*series), 1, PlaceCache(Relabeling()))

    assert ["to\\u{200b}ok"] == [one.name for one in histograms_of(decoded)]
    assert 0 == decoded.refused


def test_stale_marker_of_the_last_bucket_ends_the_histogram() -> None:
    decoded = remote_write.decode(v1(bucket("0.1", STALE), bucket("+Inf", STALE)), 1, PlaceCache(Relabeling()))

    [event] = decoded.events
    assert {"took_bucket{le=0.1}", "took_bucket{le=+Inf}", "took_p95", "took_rate"} < set(event.gone)


def test_quantiles_of_a_summary_have_the_names_of_a_histograms() -> None:
    quantile = ({"__name__": "took", "quantile": "0.95"}, [(T, 0.7)])
    decoded = remote_write.decode(v1(quantile, SUM, COUNT), 1, PlaceCache(Relabeling()))

    metrics = {name: value for event in decoded.events for name, value in event.metrics.items()}
    assert {"took{quantile=0.95}": 0.7, "took_p95": 0.7, "took_sum": 4.5, "took_count": 6.0} == metrics
    assert [Histogram("took", 6.0, 4.5, is_part=True)] == histograms_of(decoded)


def native(**fields: Any) -> messages.Histogram:
    usual: dict[str, Any] = {"count_int": 12, "sum": 18.4, "schema": 1, "zero_threshold": 0.001, "zero_count_int": 2}
    spans = [messages.Span(offset=0, length=2), messages.Span(offset=1, length=2)]
    usual |= {"positive_spans": spans, "positive_deltas": [1, 1, -1, 0], "timestamp": T}
    usual |= {"negative_spans": [messages.Span(offset=-2, length=1)], "negative_deltas": [5]}
    return messages.Histogram(**{**usual, **fields})


def test_native_histogram_with_integers() -> None:
    decoded = remote_write.decode(v1(took=[native()]), 1, PlaceCache(Relabeling()))

    [found] = histograms_of(decoded)
    assert ({0: 1.0, 1: 2.0, 3: 1.0, 4: 1.0}, {-2: 5.0}) == (found.positive, found.negative)
    assert (1, 12.0, 18.4, 2.0, 0.001) == (found.scale, found.count, found.sum, found.zero, found.zero_threshold)
    assert (1, 0) == (decoded.histograms, decoded.refused)


def test_native_histogram_with_floats_and_hints() -> None:
    floats = {"count_float": 2.5, "positive_deltas": [], "positive_counts": [0.5, 1.0, 0.0, 1.0], "negative_spans": []}
    sample = native(**floats, negative_deltas=[], zero_count_float=0.0, reset_hint=3)
    [gauge] = histograms_of(remote_write.decode(v1(took=[sample]), 1, PlaceCache(Relabeling())))
    [restart] = histograms_of(remote_write.decode(v1(took=[native(reset_hint=1)]), 1, PlaceCache(Relabeling())))

    assert ({0: 0.5, 1: 1.0, 4: 1.0}, "gauge") == (gauge.positive, gauge.temporality)
    assert restart.is_restart


def test_native_histogram_with_bounds_of_its_own() -> None:
    custom = {"schema": -53, "custom_values": [0.1, 0.5], "negative_spans": [], "negative_deltas": []}
    spans = [messages.Span(offset=0, length=3)]
    sample = native(**custom, positive_spans=spans, positive_deltas=[1, 1, 1], count_int=6, sum=4.5)
    [found] = histograms_of(remote_write.decode(v1(took=[sample]), 1, PlaceCache(Relabeling())))

    assert Histogram("took", 6.0, 4.5, (0.1, 0.5), (1.0, 3.0)) == found


@pytest.mark.parametrize("total", [float("nan"), float("inf")])
def test_observation_that_is_no_number_costs_the_average_alone(total: float) -> None:
    [found] = histograms_of(remote_write.decode(v1(took=[native(sum=total)]), 1, PlaceCache(Relabeling())))

    assert (None, 12.0) == (found.sum, found.count)


def test_stale_native_histogram_ends_it() -> None:
    decoded = remote_write.decode(v1(took=[messages.Histogram(sum=STALE, timestamp=T)]), 1, PlaceCache(Relabeling()))

    assert "took_p99" in decoded.events[0].gone


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"schema": 42}, "scale 42"),
        ({"positive_deltas": [1]}, "1 counts for 4 buckets"),
        ({"positive_deltas": [1, -5, 6, 0]}, "counts -4"),
        ({"positive_spans": [messages.Span(length=2**31)]}, "counts for 2147483648 buckets"),
        ({"count_float": float("nan"), "positive_counts": [1] * 4, "negative_spans": []}, "counts nan"),
    ],
)
def test_bad_native_histogram_is_refused_alone(fields: dict[str, Any], word: str) -> None:
    decoded = remote_write.decode(v1(took=[native(**fields), native(timestamp=T + 1)]), 1, PlaceCache(Relabeling()))

    assert (1, 1) == (decoded.refused, len(histograms_of(decoded)))
    assert word in str(decoded.refusal)


# -- scraping -------------------------------------------------------------------------------------------------


def page(text: str, mapping: Relabeling = Relabeling()) -> Decoded:  # noqa: B008
    cache = PlaceCache(mapping)
    decoding = Decoding(cache, is_whole=True)
    openmetrics.read(text.encode(), "text", Labelling(OF_PLUGIN, cache), T, decoding)
    return decoding.finish()


def test_page_has_whole_histograms() -> None:
    text = "# TYPE took histogram\n"
    text += 'took_bucket{le="0.1"} 1\ntook_bucket{le="0.5"} 3\ntook_bucket{le="+Inf"} 6\ntook_sum 4.5\ntook_count 6\n'

    assert [Histogram("took", 6.0, 4.5, (0.1, 0.5), (1.0, 3.0))] == histograms_of(page(text))


def test_page_without_the_infinite_bucket_costs_the_histogram_alone() -> None:
    decoded = page('took_bucket{le="0.1"} 1\nup 1\n')

    assert (1, []) == (decoded.refused, histograms_of(decoded))
    assert {"took_bucket{le=0.1}", "up"} == decoded.events[0].metrics.keys()
    assert "+Inf" in str(decoded.refusal)
