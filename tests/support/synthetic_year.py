"""
A year of one metric, hour by hour, with what is planted in it; made apart from the analyses that look for it.

What is not planted is there all the same: noise of which each hour keeps a part of the hour before, spikes, a holiday
week, a burst of two days, hours and days without samples, a cycle of 31 hours that no calendar has.
"""

import math
import random
from dataclasses import dataclass
from datetime import date

from insight.hours import HOUR_MS, Hour

BEGIN = date(2025, 11, 3)
"""A Monday."""
BEGIN_MS = 1_762_128_000_000
HOURS = 365 * 24


@dataclass(frozen=True)
class Planted:
    """What a year has; 0: nothing of it."""

    growth: float = 0.0
    """Of the first level, each week."""
    step: float = 0.0
    """Of the first level, at `step_day`."""
    step_day: int = 0
    daily: float = 0.0
    """Half the height of the day's wave, of the first level."""
    weekend: float = 0.0
    """By how much Saturdays and Sundays are lower, of the first level."""


def planted(seed: int, *what: str) -> Planted:
    """Choose sizes for `growth`, `change` and `season`, each several times as large as the noise of a day."""
    chance = random.Random(f"planted {seed}")
    sizes = {
        "growth": chance.uniform(0.006, 0.02) * chance.choice((1, 1, -0.6)),
        "step": chance.uniform(0.2, 0.45) * chance.choice((1, -1)),
        "step_day": chance.randrange(60, 300),
        "daily": chance.uniform(0.15, 0.3),
        "weekend": chance.uniform(0.15, 0.3),
    }
    of = {"growth": ("growth",), "change": ("step", "step_day"), "season": ("daily", "weekend")}
    return Planted(**{name: sizes[name] for each in what for name in of[each]})  # type: ignore[arg-type]


def first_level(seed: int) -> float:
    """Return the level at the beginning, to which the sizes of what is planted are relative."""
    return (3.0, 60.0, 900.0)[seed % 3]


def year(seed: int, plan: Planted, keeps: float = 0.9) -> list[Hour]:
    """
    Make the hours of a year.

    Args:
        keeps: Which part of its noise an hour keeps of the hour before.
    """
    chance = random.Random(f"year {seed}")
    level = first_level(seed)
    noise, fresh = 0.0, 0.05 * math.sqrt(1 - keeps * keeps)
    holiday, burst, outage = chance.randrange(320), chance.randrange(360), chance.randrange(350)
    found = []
    for hour in range(HOURS):
        noise = keeps * noise + chance.gauss(0, fresh)
        day, hour_of_day = divmod(hour, 24)
        value = 1 + plan.growth * hour / 168 + (plan.step if day >= plan.step_day else 0)
        value += plan.daily * math.sin(2 * math.pi * (hour_of_day - 9) / 24)
        value -= plan.weekend if day % 7 >= 5 else 0
        value += noise + chance.gauss(0, 0.02) + 0.02 * math.sin(2 * math.pi * hour / 31)
        value -= 0.12 if 0 <= day - holiday < 7 else 0
        value += 0.3 if 0 <= day - burst < 2 else 0
        value += chance.uniform(0.5, 2) if chance.random() < 0.002 else 0
        if chance.random() < 0.01 or 0 <= day - outage < 4:
            continue
        value *= level
        samples = chance.choice((120, 120, 119))
        found.append(
            Hour(BEGIN_MS + hour * HOUR_MS, samples, value - 0.1 * level, value + 0.1 * level, value * samples)
        )
    return found
