"""Rollups: exact, additive in any split, and refused when they are damaged."""

import math
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import recounting, rollup
from archive.columns import Damaged
from archive.rollup import FIVE_MINUTES_MS, HOUR_MS
from archive.store import DAY_MS, Bucket, Recount, SeriesDay
from shared.model.events import Event

DAY = 20_000
T0 = DAY * DAY_MS
_VALUES = st.floats(allow_nan=True, allow_infinity=True) | st.integers(0, 10_000).map(lambda n: n / 100)
_EVENTS = st.lists(
    st.builds(
        lambda at_ms, metrics: Event(plugin_id="p", at_ms=at_ms, metrics=metrics),
        st.integers(T0 - HOUR_MS, T0 + 2 * HOUR_MS),
        st.dictionaries(st.sampled_from(["cpu", "mem"]), _VALUES, max_size=2),
    ),
    max_size=60,
    unique_by=lambda event: event.at_ms,
)


def plainly(events: list[Event], width_ms: int) -> dict[tuple[str, int], list[float]]:
    found: dict[tuple[str, int], list[float]] = defaultdict(list)
    for event in events:
        for metric, value in event.metrics.items():
            if math.isfinite(value):
                found[metric, event.at_ms // width_ms * width_ms].append(value)
    return found


def alike(a: float, b: float, scale: float = 0.0) -> bool:
    return a == b or math.isclose(a, b, rel_tol=1e-9, abs_tol=scale * 1e-9) or not math.isfinite(a)


@given(_EVENTS, st.integers(0, 60))
def test_buckets_are_those_of_the_samples_however_they_come(events: list[Event], cut: int) -> None:
    together: dict[SeriesDay, list[Bucket]] = defaultdict(list)
    for some in (events[:cut], events[cut:]):
        for series_day, buckets in rollup.of_events(some).items():
            together[series_day] = rollup.merged([*together[series_day], *buckets], FIVE_MINUTES_MS)
    for width_ms in (FIVE_MINUTES_MS, HOUR_MS):
        expected = plainly(events, width_ms)
        found = {}
        for (_, metric, day), buckets in together.items():
            packed = rollup.encode(buckets)
            body = packed.hours if width_ms == HOUR_MS else packed.minutes
            for bucket in rollup.decode(body, day, width_ms):
                assert day == bucket.from_ms // DAY_MS
                found[metric, bucket.from_ms] = bucket

        assert expected.keys() == found.keys()
        for key, values in expected.items():
            bucket = found[key]
            assert (len(values), min(values), max(values)) == bucket[1:4]
            assert alike(bucket.total, sum(values), sum(map(abs, values)))


def test_sums_of_decimals_are_the_floats_of_decimals() -> None:
    events = [Event(plugin_id="p", at_ms=T0 + i, metrics={"cpu": 0.1}) for i in range(10)]
    ((bucket,),) = rollup.of_events(events).values()

    assert 1.0 == bucket.total
    assert math.isclose(0.1, bucket.mean)


def test_a_sum_beyond_the_largest_float_is_infinite() -> None:
    events = [Event(plugin_id="p", at_ms=T0 + i, metrics={"cpu": 1.7e308}) for i in range(3)]
    (buckets,) = rollup.of_events(events).values()

    assert math.inf == rollup.decode(rollup.encode(buckets).hours, DAY, HOUR_MS)[0].total


def test_five_minutes_with_nothing_finite_have_no_bucket() -> None:
    events = [Event(plugin_id="p", at_ms=T0, metrics={"cpu": value}) for value in (math.nan, math.inf)]

    assert {} == rollup.of_events(events)


@given(st.binary(max_size=300))
def test_bytes_that_are_no_rollup_are_refused(body: bytes) -> None:
    with pytest.raises(Damaged):
        rollup.decode(body, DAY, FIVE_MINUTES_MS)


def test_minutes_are_not_read_as_hours() -> None:
    buckets = [Bucket(T0 + i * FIVE_MINUTES_MS, 1, 0.0, 0.0, 0.0) for i in range(25)]
    with pytest.raises(Damaged, match="25 buckets"):
        rollup.decode(rollup.encode(buckets).minutes, DAY, HOUR_MS)


def test_of_samples_of_one_instant_the_last_counts() -> None:
    events = [Event(plugin_id="p", at_ms=T0, metrics={"cpu": value}) for value in (1.0, 5.0, 2.0)]
    ((bucket,),) = rollup.of_events(events).values()

    assert Bucket(T0, 1, 2.0, 2.0, 2.0) == bucket
    assert {} == rollup.of_events([*events, Event(plugin_id="p", at_ms=T0, metrics={"cpu": math.nan})])


def test_five_minutes_that_are_counted_again_replace_what_was_counted_of_the_same_samples() -> None:
    before, other, new = (Bucket(T0 + n * FIVE_MINUTES_MS, 2, 1.0, 3.0, 4.0) for n in (0, 1, 0))
    whole, more = new._replace(samples=3), Bucket(T0, 1, 9.0, 9.0, 9.0)

    def after(stored: int, whole: Bucket | None, added: Bucket | None) -> list[Bucket]:
        return recounting.with_recounts([before, other], [Recount(T0, stored, whole, added)])

    assert [whole, other] == after(2, whole, more)
    # Of samples that are gone, or that a release before counted twice, nothing is taken away.
    assert [Bucket(T0, 3, 1.0, 9.0, 13.0), other] == after(1, whole, more)
    assert [before, other] == after(1, whole, None)
    assert [other] == after(2, None, None)
