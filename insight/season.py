"""
The hour-of-week profile of a series, and whether its days and weeks repeat at all.

Whether they do is decided by epoch folding (Leahy et al., "On searches for pulsed emission", Astrophysical Journal 266,
1983): values are averaged by their phase in a period; a period that is in the data makes the averages differ by more
than chance. Chance is not taken from a distribution, which autocorrelated noise would mock, but from folding the same
values by other periods, near it, that no calendar has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi, sqrt
from statistics import fmean, median

from insight.hours import HOURS_OF_WEEK, Series

LEAST_WEEKS = 4
"""Fewer weeks cannot tell a habit from a coincidence."""
ROUNDING = 1e-9
"""Values, which are about as large as 1, that vary less do not vary."""
LEAST_SHARE = 0.05
"""A profile that explains less of what happens around the level helps nobody."""
DAILY_RATIO, WEEKLY_RATIO = 8.0, 4.0
"""By how much a period must exceed the median of its neighbours; measured on noise of which each hour holds up to
97 % of the hour before, see tests/unit/insight/test_trends.py."""
_CLIPPED = 5.0
"""Values further from the level than so many spreads count as that far: single spikes make no profile."""
_LEAST_OF_WINDOW = 0.8
_DAY_NEIGHBOURS = (19, 20, 22, 23, 25, 26, 29)
"""Periods in hours that share no beat with a day or a week."""
_WEEK_NEIGHBOURS = (139, 149, 151, 157, 179, 181, 191, 197)


@dataclass(frozen=True, slots=True)
class Season:
    """How a series usually differs from its level, by the hour of the week."""

    daily: bool
    """Days resemble each other."""
    weekly: bool
    """Weeks resemble each other, beyond their days: weekends differ, or one night does."""
    share: float
    """Part of the variance around the level that the profile explains, 0 to 1."""
    profile: tuple[float, ...]
    """168 median differences from the running level, Monday 00:00 first."""
    error: float
    """The standard error of one of them."""


def season(series: Series, values: Sequence[float]) -> Season | None:
    """
    Find the profile of a series' week.

    Args:
        values: One for each hour of *series*: its averages in units of the largest one, or their logarithms.

    Returns:
        None if neither days nor weeks repeat, or there are fewer than four weeks.
    """
    hours = [place.hour for place in series.places]
    if not hours or hours[-1] - hours[0] < LEAST_WEEKS * HOURS_OF_WEEK:
        return None
    around = _around_level(hours, values)
    if len(around) < LEAST_WEEKS * HOURS_OF_WEEK / 2:
        return None
    phases = [series.places[i].hour_of_week for i, _ in around]
    clocks = [hours[i] for i, _ in around]
    rest = [value for _, value in around]
    variance = fmean(value * value for value in rest)
    if variance <= ROUNDING**2:
        return None
    daily_share, is_daily = _repeats([p % 24 for p in phases], 24, clocks, _DAY_NEIGHBOURS, rest, DAILY_RATIO)
    of_day = _profile([p % 24 for p in phases], 24, rest)
    beyond = [value - of_day[phase % 24] for phase, value in zip(phases, rest, strict=True)]
    weekly_share, is_weekly = _repeats(phases, HOURS_OF_WEEK, clocks, _WEEK_NEIGHBOURS, beyond, WEEKLY_RATIO)
    is_daily = is_daily and daily_share / variance >= LEAST_SHARE
    is_weekly = is_weekly and weekly_share / variance >= LEAST_SHARE
    if not (is_daily or is_weekly):
        return None
    profile = _profile(phases, HOURS_OF_WEEK, rest) if is_weekly else of_day * 7
    left = fmean((value - profile[phase]) ** 2 for phase, value in zip(phases, rest, strict=True))
    times = len(rest) / (HOURS_OF_WEEK if is_weekly else 24)
    # Of a median of normal values (Kenney and Keeping, "Mathematics of Statistics", 1962): sqrt(pi / 2) that of a mean.
    return Season(is_daily, is_weekly, max(0.0, 1 - left / variance), profile, sqrt(pi / 2 * left / times))


def _around_level(hours: Sequence[int], values: Sequence[float]) -> list[tuple[int, float]]:
    """Return, by its index, what each value differs from the average of the week around it, spikes clipped."""
    sums = [0.0]
    for value in values:
        sums.append(sums[-1] + value)
    found = []
    start = end = 0
    for i, hour in enumerate(hours):
        while hours[start] < hour - HOURS_OF_WEEK // 2:
            start += 1
        while end < len(hours) and hours[end] < hour + HOURS_OF_WEEK // 2:
            end += 1
        if end - start >= _LEAST_OF_WINDOW * HOURS_OF_WEEK:
            found.append((i, values[i] - (sums[end] - sums[start]) / (end - start)))
    if not found:
        return []
    bound = _CLIPPED * 1.4826 * median(abs(value) for _, value in found) or float("inf")
    clipped = [min(bound, max(-bound, value)) for _, value in found]
    middle = fmean(clipped)
    return [(i, value - middle) for (i, _), value in zip(found, clipped, strict=True)]


def _repeats(
    phases: Sequence[int],
    period: int,
    clocks: Sequence[int],
    neighbours: Sequence[int],
    values: Sequence[float],
    ratio: float,
) -> tuple[float, bool]:
    """Return the variance that folding explains beyond chance, and whether it is beyond chance."""
    folded = _folded(phases, period, values)
    chance = median(_folded([clock % n for clock in clocks], n, values) for n in neighbours)
    return max(0.0, folded - chance) * period / len(values), folded > ratio * chance


def _folded(phases: Sequence[int], period: int, values: Sequence[float]) -> float:
    """Return the mean over phases of n · average²: the variance of the values if they are independent."""
    sums, counts = [0.0] * period, [0] * period
    for phase, value in zip(phases, values, strict=True):
        sums[phase] += value
        counts[phase] += 1
    return sum(total * total / count for total, count in zip(sums, counts, strict=True) if count) / period


def _profile(phases: Sequence[int], period: int, values: Sequence[float]) -> tuple[float, ...]:
    """Return the median of each phase, around 0; a phase without values is 0."""
    of_phase: list[list[float]] = [[] for _ in range(period)]
    for phase, value in zip(phases, values, strict=True):
        of_phase[phase].append(value)
    medians = [median(some) if some else 0.0 for some in of_phase]
    middle = fmean(medians)
    return tuple(value - middle for value in medians)
