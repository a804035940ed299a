"""The level of each day of a series, without the season: what growth, change points and capacity are found in."""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from insight.hours import Series
from insight.season import Season

LEAST_HOURS = 8
"""Of a day that counts."""
_AROUND = 14
"""Days on each side of the running median: a holiday week stands out of it, a new level does not."""
_EXTRAORDINARY = 3.5
"""Spreads from the running median."""


class Day(NamedTuple):
    """One local day, by its ordinal, and the level of the series on it."""

    day: int
    level: float


def days(series: Series, values: Sequence[float], season: Season | None) -> list[Day]:
    """
    Return the median of each day that has values for at least eight hours; extraordinary days are left out.

    Args:
        values: One for each hour of *series*: its averages, or their logarithms.
        season: What to subtract from them first.
    """
    of_day: dict[int, list[float]] = {}
    for place, value in zip(series.places, values, strict=True):
        usual = season.profile[place.hour_of_week] if season else 0.0
        of_day.setdefault(place.day, []).append(value - usual)
    return _ordinary([Day(day, median(some)) for day, some in sorted(of_day.items()) if len(some) >= LEAST_HOURS])


def _ordinary(found: list[Day]) -> list[Day]:
    """
    Leave out days that differ much from the fortnights around them: a holiday is no change point, and no noise.

    The window shrinks towards both ends and stays symmetric, so that growth is not mistaken for a difference.
    """
    levels = [day.level for day in found]
    usual = []
    for i in range(len(levels)):
        half = min(_AROUND, i, len(levels) - 1 - i)
        usual.append(median(levels[i - half : i + half + 1]))
    if not levels:
        return []
    spread = 1.4826 * median(abs(level - middle) for level, middle in zip(levels, usual, strict=True))
    bound = _EXTRAORDINARY * spread or float("inf")
    return [day for day, middle in zip(found, usual, strict=True) if abs(day.level - middle) <= bound]
