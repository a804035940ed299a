"""What a metric was in each week and in each month: figures that claim nothing."""

from collections.abc import Sequence
from math import floor
from statistics import fmean
from typing import NamedTuple

from insight.hours import HOURS_OF_WEEK, Series

LEAST_IN_COMMON = 84
"""Hours of the week that two weeks must both have to be compared."""
MONDAY = 1
"""The ordinal of a Monday: weeks begin on Mondays, in the time zone of the series."""


class Week(NamedTuple):
    """One local week."""

    monday: int
    """Its first day (`date.toordinal`)."""
    hours: int
    average: float
    change: float | None
    """From the week before, over those hours of the week that both have: 0.1 is 10 % more. None: not comparable."""


class Month(NamedTuple):
    """One local month. Percentiles are those of hourly averages; the extremes are those of samples."""

    month: str
    hours: int
    average: float
    p50: float
    p95: float
    p99: float
    least: float
    most: float


def weeks(series: Series) -> list[Week]:
    """Compare each week with the one before."""
    of_week: dict[int, dict[int, float]] = {}
    for place, value in zip(series.places, series.values, strict=True):
        monday = place.day - (place.day - MONDAY) % 7
        of_week.setdefault(monday, {})[place.hour_of_week] = value
    return [
        Week(monday, len(hours), fmean(hours.values()), _change(of_week.get(monday - 7, {}), hours))
        for monday, hours in sorted(of_week.items())
    ]


def _change(before: dict[int, float], after: dict[int, float]) -> float | None:
    common = before.keys() & after.keys()
    if len(common) < min(LEAST_IN_COMMON, HOURS_OF_WEEK):
        return None
    was, now = (fmean(week[hour] for hour in sorted(common)) for week in (before, after))
    return (now - was) / abs(was) if was else None


def months(series: Series) -> list[Month]:
    """Return the distribution of a metric's hours, a month."""
    of_month: dict[str, list[int]] = {}
    for i, place in enumerate(series.places):
        of_month.setdefault(place.month, []).append(i)
    found = []
    for month, indices in sorted(of_month.items()):
        ordered = sorted(series.values[i] for i in indices)
        least = min(series.hours[i].least for i in indices)
        most = max(series.hours[i].most for i in indices)
        p50, p95, p99 = (percentile(ordered, p) for p in (0.5, 0.95, 0.99))
        found.append(Month(month, len(indices), fmean(ordered), p50, p95, p99, least, most))
    return found


def percentile(ordered: Sequence[float], p: float) -> float:
    """Return a percentile of ordered values, by linear interpolation (Hyndman and Fan 1996, type 7)."""
    place = p * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
