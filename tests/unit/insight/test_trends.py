"""A year of hours, made by tests/support/synthetic_year.py: what is planted is named, and nothing else."""

import math
import random
from datetime import UTC, date, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from insight import trends
from insight.capacity import Capacity
from insight.hours import HOUR_MS, Hour
from tests.support import synthetic_year
from tests.support.synthetic_year import BEGIN, BEGIN_MS, Planted

SEEDS = range(20)
EVERYTHING = ("growth", "change", "season")
PLANS = [(), *((each,) for each in EVERYTHING), EVERYTHING]


@cache
def analysed(seed: int, *what: str) -> trends.Trend:
    return trends.analyse(synthetic_year.year(seed, synthetic_year.planted(seed, *what)), UTC)


def named(trend: trends.Trend) -> set[str]:
    found = {"growth": trend.growth, "change": trend.changes, "season": trend.season}
    return {name for name, finding in found.items() if finding}


@pytest.mark.parametrize("what", PLANS, ids=lambda what: "+".join(what) or "nothing")
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_planted_is_named_and_nothing_else(seed: int, what: tuple[str, ...]) -> None:
    trend = analysed(seed, *what)

    assert set(what) == named(trend)
    assert len(trend.changes) <= 1
    assert 1 >= len(trend.changes)


def test_growth_change_and_season_are_measured_and_their_intervals_hold_the_truth() -> None:
    """Of intervals of 95 %, 17 in 20 or more hold the truth; what they are about is right within a quarter."""
    growths, days = 0, 0
    for seed in SEEDS:
        plan, trend = synthetic_year.planted(seed, *EVERYTHING), analysed(seed, *EVERYTHING)
        first = synthetic_year.first_level(seed)
        assert trend.growth and trend.season
        change = trend.changes[0]
        day = BEGIN + timedelta(plan.step_day)

        assert plan.growth * first == pytest.approx(trend.growth.each_week, rel=0.25)
        assert plan.step * first == pytest.approx(change.after - change.before, rel=0.25)
        assert abs(date.fromisoformat(change.day) - day) <= timedelta(7)
        assert ("level", True, True) == (change.kind, trend.season.daily, trend.season.weekly)
        growths += trend.growth.least <= plan.growth * first <= trend.growth.most
        days += change.first_day <= day.isoformat() <= change.last_day

    assert growths >= 17
    assert days >= 17


@pytest.mark.parametrize("keeps", [0.0, 0.97])
@pytest.mark.parametrize("seed", range(10))
def test_noise_of_another_colour_is_no_finding(seed: int, keeps: float) -> None:
    assert set() == named(trends.analyse(synthetic_year.year(seed, Planted(), keeps), UTC))


KNOWN_DAYS, FULL_AFTER = 200, 41


def until_full(seed: int, plan: Planted) -> Capacity | str | None:
    """Look ahead after 200 days, to a limit that the planted growth reaches 41 days later."""
    known = synthetic_year.year(seed, plan)[: (KNOWN_DAYS - 5) * 24]
    last_day = (known[-1].at_ms - BEGIN_MS) // (24 * HOUR_MS)
    highest = 1 + plan.growth * (last_day + FULL_AFTER) / 7 + plan.growth / 14 + plan.daily
    return trends.analyse(known, UTC, limit=synthetic_year.first_level(seed) * highest).capacity


@pytest.mark.parametrize("daily", [0.0, 0.2])
def test_interval_of_capacity_holds_the_day_and_is_narrow_enough_to_plan_with(daily: float) -> None:
    found = [until_full(seed, Planted(growth=0.01 + seed / 2_000, daily=daily)) for seed in SEEDS]

    assert all(isinstance(each, Capacity) for each in found)
    capacities = [each for each in found if isinstance(each, Capacity)]
    assert sum(each.least_days <= FULL_AFTER <= each.most_days for each in capacities) >= 18
    assert all(each.least_days <= each.days <= each.most_days for each in capacities)
    assert all(each.most_days - each.least_days <= 60 for each in capacities)


@pytest.mark.parametrize("seed", range(10))
def test_capacity_is_silent_without_a_trend(seed: int) -> None:
    limit = 1.5 * synthetic_year.first_level(seed)

    assert "no_trend" == trends.analyse(synthetic_year.year(seed, Planted()), UTC, limit=limit).capacity


def hours(values: list[float], begin_ms: int = BEGIN_MS) -> list[Hour]:
    return [Hour(begin_ms + i * HOUR_MS, 60, value, value, 60 * value) for i, value in enumerate(values)]


def ramp(days: int, first: float = 10.0, each_day: float = 0.1) -> list[Hour]:
    # A little of a wave: without any noise every interval would be a point.
    return hours([first + each_day * hour / 24 + 0.05 * ((hour * 7) % 11 - 5) for hour in range(24 * days)])


def test_capacity_says_why_it_is_silent() -> None:
    found = {
        "too_short": trends.analyse(ramp(20), UTC, limit=90.0),
        "reached": trends.analyse(ramp(60), UTC, limit=12.0),
        "no_trend": trends.analyse(ramp(60, each_day=-0.1), UTC, limit=90.0),
        "too_far": trends.analyse(ramp(60), UTC, limit=900.0),
    }

    assert {silence: silence for silence in found} == {silence: trend.capacity for silence, trend in found.items()}
    assert trends.analyse(ramp(60), UTC).capacity is None


def test_limit_below_is_reached_by_falling() -> None:
    trend = trends.analyse(ramp(60, first=20.0, each_day=-0.2), UTC, limit=5.0, rising=False)

    assert isinstance(trend.capacity, Capacity)
    assert 15.5 == pytest.approx(trend.capacity.days, abs=1.0)


def test_bend_is_named_as_a_change_of_growth() -> None:
    chance = random.Random(1)
    flat = [10 + chance.gauss(0, 0.3) for hour in range(24 * 100)]
    rising = [value + 0.1 * hour / 24 for hour, value in enumerate(flat)]

    trend = trends.analyse(hours(flat + rising), UTC)

    assert ["slope"] == [change.kind for change in trend.changes]
    assert abs(date.fromisoformat(trend.changes[0].day) - (BEGIN + timedelta(100))) <= timedelta(2)
    assert trend.growth and 0.7 == pytest.approx(trend.growth.each_week, rel=0.05)


def test_exponential_growth_is_growth_and_no_change() -> None:
    chance = random.Random(1)
    values = [10 * math.exp(0.02 * hour / 168 * 3) * (1 + chance.gauss(0, 0.03)) for hour in range(24 * 365)]

    trend = trends.analyse(hours(values), UTC)

    assert ("logarithmic", []) == (trend.scale, trend.changes)
    assert trend.growth and trend.growth.ratio == pytest.approx(math.exp(0.06) - 1, rel=0.05)


def test_random_walk_is_said_to_wander() -> None:
    chance, level, values = random.Random(1), 100.0, []
    for _ in range(24 * 365):
        level += chance.gauss(0, 0.3)
        values.append(level)

    trend = trends.analyse(hours(values), UTC)

    assert (None, [], "wandering") == (trend.growth, trend.changes, trend.silence)


@pytest.mark.parametrize("values", [[], [5.0], [5.0] * 24 * 10, [float("nan")] * 24 * 60, [float("inf")] * 24 * 60])
def test_little_and_unusual_data_are_too_short_to_name_anything(values: list[float]) -> None:
    trend = trends.analyse(hours(values), UTC, limit=90.0)

    assert (set(), "too_short", "too_short") == (named(trend), trend.silence, trend.capacity)


@pytest.mark.parametrize("value", [0.0, 5.0, -5.0, 1e300, 5e-324])
def test_constant_has_no_trend(value: float) -> None:
    trend = trends.analyse(hours([value] * 24 * 60), UTC, limit=90.0)

    assert set() == named(trend)


def test_hours_of_the_week_are_those_of_the_time_zone() -> None:
    """Every Monday at 09:00 in Seoul, which is 00:00 UTC, a job runs."""
    trend = trends.analyse(hours([10.0 if hour % 168 == 0 else 1.0 for hour in range(168 * 8)]), ZoneInfo("Asia/Seoul"))

    assert 10.0 == trend.profile[9]
    assert 1.0 == trend.profile[0]
    assert trend.season and trend.season.weekly


def test_weeks_are_compared_over_the_hours_that_both_have() -> None:
    whole = hours([1.0 if hour % 24 < 12 else 3.0 for hour in range(168)])
    half = [hour for i, hour in enumerate(hours([1.5] * 168, BEGIN_MS + 168 * HOUR_MS)) if i % 24 < 12]

    weeks = trends.analyse(whole + half, UTC).weeks

    assert [(BEGIN.toordinal(), 168, 2.0, None), (BEGIN.toordinal() + 7, 84, 1.5, 0.5)] == [tuple(w) for w in weeks]


def test_months_have_percentiles_of_hours_and_extremes_of_samples() -> None:
    first = date(2026, 10, 1)
    begin_ms = BEGIN_MS + (first - BEGIN).days * 24 * HOUR_MS
    found = [Hour(begin_ms + i * HOUR_MS, 2, -1.0, 1_000.0, 2.0 * i) for i in range(101)]

    months = trends.analyse(found, UTC).months

    assert [("2026-10", 101, 50.0, 50.0, 95.0, 99.0, -1.0, 1_000.0)] == [tuple(month) for month in months]
