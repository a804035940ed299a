"""A chunk gives back every event as it was decoded, in its order; other bytes are refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from archive import chunk, compaction
from archive.chunk import Arrival, Summary
from archive.columns import Damaged
from shared.model.events import LATEST_MS, ErrorReport, Event
from shared.model.histograms import Histogram

NAMES = st.text(min_size=1, max_size=8)
TEXTS = st.text(max_size=20)
ERRORS = st.builds(ErrorReport, NAMES, TEXTS, st.integers(1, 10**9))
BUCKETS = st.dictionaries(st.integers(-999, 999), st.floats(0, 1e9), max_size=3)
HISTOGRAMS = st.builds(
    Histogram,
    name=st.sampled_from(["took", "크기"]),
    count=st.none() | st.floats(0, 1e9),
    sum=st.none() | st.floats(-1e9, 1e9),
    bounds=st.just((0.5, 1.0)),
    counts=st.tuples(st.floats(0, 1e9), st.floats(0, 1e9)),
    scale=st.none() | st.integers(-4, 8),
    positive=BUCKETS,
    negative=BUCKETS,
    zero=st.floats(0, 9),
    temporality=st.sampled_from(["cumulative", "delta", "gauge"]),
    start_ms=st.integers(0, LATEST_MS),
    is_restart=st.booleans(),
    is_part=st.booleans(),
)
EVENTS = st.builds(
    Event,
    plugin_id=st.just("p"),
    plugin_name=TEXTS,
    at_ms=st.integers(0, LATEST_MS),
    metrics=st.dictionaries(st.sampled_from(["cpu", "메모리", "disk"]) | NAMES, st.floats(), max_size=4),
    states=st.dictionaries(NAMES, TEXTS, max_size=2),
    errors=st.lists(ERRORS, max_size=2).map(tuple),
    labels=st.dictionaries(NAMES, TEXTS, max_size=2),
    counters=st.lists(NAMES, max_size=2).map(tuple),
    histograms=st.lists(HISTOGRAMS, max_size=2).map(tuple),
    gone=st.lists(NAMES, max_size=2).map(tuple),
    replica=TEXTS,
    parent_id=TEXTS,
    renamed_to=TEXTS,
    request_id=TEXTS,
)
ARRIVALS = st.lists(
    st.builds(Arrival, st.integers(0, LATEST_MS), st.integers(0, 2**40), st.integers(0, 999), EVENTS), max_size=30
)


def repeated(arrivals: list[Arrival]) -> list[str]:
    """The events with their places, as texts: so NaN equals itself, and 0.0 is not -0.0."""

    def in_order(event: Event) -> list[object]:
        fields = structs.asdict(event)
        return [(name, sorted(value.items()) if isinstance(value, dict) else value) for name, value in fields.items()]

    return [repr((arrival.order, in_order(arrival.event))) for arrival in arrivals]


def test_every_field_of_an_event_is_kept() -> None:
    in_columns = {"plugin_id", "at_ms", "metrics"}

    assert set(Event.__struct_fields__) == in_columns | set(chunk.Rest.__struct_fields__)


@given(ARRIVALS)
def test_events_come_back_as_they_were(arrivals: list[Arrival]) -> None:
    assert repeated(arrivals) == repeated(chunk.decode(chunk.encode(arrivals), "p"))


@given(ARRIVALS)
def test_a_series_has_the_samples_of_its_metric(arrivals: list[Arrival]) -> None:
    want = [(a.event.at_ms, a.event.metrics["cpu"]) for a in arrivals if "cpu" in a.event.metrics]

    assert repr(want) == repr(chunk.series(chunk.encode(arrivals), "cpu"))


def test_a_summary_counts_all_samples_and_sums_up_the_finite_ones() -> None:
    values = [3.0, -1.5, math.inf, math.nan, 0.5]
    arrivals = [Arrival(i, 0, 0, Event("p", at_ms=i, metrics={"m": value})) for i, value in enumerate(values)]
    only_nan = chunk.summaries([Arrival(0, 0, 0, Event("p", metrics={"m": math.nan}))])["m"]

    assert {"m": Summary(5, -1.5, 3.0, 2.0)} == chunk.summaries(arrivals)
    assert (1, True) == (only_nan.samples, math.isnan(only_nan.least))


@given(st.binary(max_size=300))
def test_bytes_that_are_no_chunk_are_refused(body: bytes) -> None:
    with pytest.raises(Damaged):
        chunk.decode(body, "p")


@given(ARRIVALS, st.data())
def test_a_chunk_with_a_changed_byte_is_refused_or_read_as_one(arrivals: list[Arrival], data: st.DataObject) -> None:
    body = bytearray(chunk.encode(arrivals))
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    for read in (lambda b: chunk.decode(b, "p"), lambda b: chunk.series(b, "cpu")):
        try:
            read(bytes(body))
        except Damaged:
            continue


def test_a_chunk_of_another_version_is_refused() -> None:
    body = chunk.encode([Arrival(1, 0, 0, Event("p"))])

    with pytest.raises(Damaged, match="version 2"):
        chunk.decode(body.replace(b"\x98\x01", b"\x98\x02", 1), "p")


def test_more_events_than_a_chunk_holds_are_refused() -> None:
    with pytest.raises(ValueError, match="4097 events"):
        chunk.encode([Arrival(1, 0, 0, Event("p"))] * 4_097)


@pytest.mark.parametrize("at_once", [1, 7, 20, 300])
def test_an_event_is_written_a_few_times_however_few_come_at_once(at_once: int) -> None:
    sizes: list[int] = []
    written = 0
    for _ in range(2_880 // at_once):
        count = compaction.joined(sizes, at_once)
        size = at_once + sum(sizes[len(sizes) - count :])
        written += size
        sizes[len(sizes) - count :] = [size]

    assert written <= 2_880 * 12
    assert len(sizes) <= 14
