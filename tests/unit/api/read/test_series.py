"""Samples of a metric: between two instants of event time, thinned without losing a spike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from api.read import series
from shared.redis import keys
from tests.support.factories import an_event, publish

NOW = 1_700_000_000_000
samples = st.lists(st.tuples(st.integers(0, 10_000), st.floats(-1e9, 1e9)), max_size=200).map(sorted)


def put(redis: Redis, *values: float, plugin: str = "p") -> None:
    for n, value in enumerate(values):
        publish(redis, 8, an_event(NOW + n, plugin, cpu=value))


def test_samples_are_those_of_the_plugin_and_the_time_asked_for(redis: Redis) -> None:
    put(redis, 1, 2, 3, 4)
    put(redis, 9, plugin="other")
    (found,) = series.read(redis, [("p", "cpu")], NOW + 1, NOW + 2, 100, 8)

    assert [(NOW + 1, 2.0), (NOW + 2, 3.0)] == found.samples
    assert NOW + 1 == found.since_ms


def test_each_asked_for_is_answered_in_order_though_nothing_is_known_of_it(redis: Redis) -> None:
    put(redis, 1)
    found = series.read(redis, [("nobody", "cpu"), ("p", "x"), ("p", "cpu")], 0, NOW + 9, 100, 8)

    assert [("nobody", 0), ("p", 0), ("p", 1)] == [(one.plugin_id, len(one.samples)) for one in found]


@pytest.mark.parametrize("junk", [b"", b"\xff", b"null", b"{}", b"[7]"])
def test_entry_that_cannot_be_read_hides_no_sample(redis: Redis, junk: bytes) -> None:
    put(redis, 1)
    (place,) = [key for key in redis.scan_iter() if b"events" in key]
    redis.xadd(place, {keys.EVENT_FIELD: junk})
    redis.xadd(place, {"other": "field"})
    put(redis, 2)
    (found,) = series.read(redis, [("p", "cpu")], 0, NOW + 9, 100, 8)

    assert {1.0, 2.0} == {value for _, value in found.samples}


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
