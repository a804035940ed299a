"""Samples of a metric: between two instants of event time, thinned without losing a spike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from api.read import series
from shared.model.events import Event
from shared.model.histograms import Histogram
from tests.support.factories import an_event, publish

NOW = 1_700_000_000_000
samples = st.lists(st.tuples(st.integers(0, 10_000), st.floats(-1e9, 1e9)), max_size=200).map(sorted)


def put(redis: Redis, *values: float, plugin: str = "p") -> None:
    for n, value in enumerate(values):
        publish(redis, 8, an_event(NOW + n, plugin, cpu=value))


def test_samples_of_a_histogram_are_computed_as_by_the_evaluator(redis: Redis) -> None:
    for n in range(4):
        sample = Histogram("took", n * 10.0, n * 3.0, (0.1, 0.5), (0.0, n * 10.0))
        publish(redis, 8, Event("p", at_ms=NOW + n * 10_000, histograms=(sample,)))
        publish(redis, 8, Event("p", at_ms=NOW + n * 10_000, histograms=(sample,)))
    (p50, rate) = series.read(redis, [("p", "took_p50"), ("p", "took_rate")], NOW + 15_000, NOW + 30_000, 100, 8)

    assert [(NOW + 20_000, pytest.approx(0.3)), (NOW + 30_000, pytest.approx(0.3))] == p50.samples
    assert [(NOW + 20_000, 1.0), (NOW + 30_000, 1.0)] == rate.samples


def test_look_that_is_cut_short_says_from_when_it_is_whole(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "MAX_ENTRIES", 2)
    put(redis, 1, 2, 3)
    (found,) = series.read(redis, [("p", "cpu")], 0, NOW + 9, 100, 8)

    assert ([2.0, 3.0], True) == ([value for _, value in found.samples], found.since_ms > 0)


@given(samples, st.integers(2, 50))
def test_thinning_keeps_order_extremes_and_the_bound(drawn: list[tuple[int, float]], points: int) -> None:
    kept = series.thinned(drawn, points)

    assert sorted(kept) == kept
    assert set(kept) <= set(drawn)
    assert len(kept) <= points + 2
    if drawn:
        values = [value for _, value in drawn]
        assert {min(values), max(values)} <= {value for _, value in kept}
