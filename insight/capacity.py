"""
When a level reaches a limit, in days from the last one known, with the interval that the data allow.

The days since the last change point are fitted by a line; the interval is Fieller's ("Some problems in interval
estimation", Journal of the Royal Statistical Society B 16, 1954; also called inverse regression): all days on which the
line may be at the limit, its autocorrelated noise considered. It is wider to the future than to the past, and without
an end unless the slope is certain; then nothing is claimed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from insight.days import Day
from insight.regression import dot, noise, orthonormal, without

LEAST_DAYS = 21
CONFIDENCE = 0.95

Silence = Literal["too_short", "no_trend", "too_far", "reached"]
"""Why no day is named: few days since the last change; a slope that may be 0, or leads away from the limit; a limit
further ahead than the days look back; a limit that is reached already."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """In how many days a limit is reached, from the last day: the expectation, and the ends of its interval."""

    days: float
    least_days: float
    most_days: float


def capacity(days: Sequence[Day], limit: float, rising: bool = True, error: float = 0.0) -> Capacity | Silence:
    """
    Extrapolate levels to a limit.

    Args:
        days: Since the last change point, in order.
        rising: The limit lies above; else it lies below, as for free memory.
        error: The standard error of the limit, if it was estimated: of a season's highest hour below the real limit.
    """
    if len(days) < LEAST_DAYS:
        return "too_short"
    last = days[-1].day
    x = [float(day.day - last) for day in days]
    y = [day.level - limit for day in days]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    around = [value - middle_x for value in x]
    size = dot(around, around)
    slope = dot(around, y) / size
    rest = noise([day.day for day in days], without(y, orthonormal([[1.0] * len(x), x])), 2)
    # The line is at the limit u days from the middle: (middle_y + slope * u)² <= q² * variance * (1 / n + u² / size).
    q = rest.quantile(1 - CONFIDENCE)
    doubt = q * q * rest.long_run if q < float("inf") else float("inf")
    a = slope * slope - doubt / size
    if slope == 0 or not a > 0:
        return "no_trend"
    level = middle_y - slope * middle_x
    if (level >= 0) if rising else (level <= 0):
        return "reached"
    if (slope > 0) != rising:
        return "no_trend"
    expected = middle_x - middle_y / slope
    b, c = middle_y * slope, middle_y * middle_y - doubt / len(x) - q * q * error * error
    root = sqrt(max(0.0, b * b - a * c))
    least, most = middle_x + (-b - root) / a, middle_x + (-b + root) / a
    if most > last - days[0].day:
        return "too_far"
    return Capacity(expected, max(0.0, least), most)
