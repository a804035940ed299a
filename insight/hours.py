"""Hours of a series as rollups keep them, and their places in the weeks and months of a time zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple

HOUR_MS = 3_600_000
HOURS_OF_WEEK = 168


class Hour(NamedTuple):
    """What a metric was in one hour; hours without samples are left out, never filled in."""

    at_ms: int
    """When the hour began, UTC."""
    samples: int
    least: float
    most: float
    total: float

    @property
    def average(self) -> float:
        return self.total / self.samples


class Place(NamedTuple):
    """Where an hour lies in the calendar of a time zone."""

    hour: int
    """UTC hours since the epoch."""
    day: int
    """Days since 0001-01-01, local (`date.toordinal`)."""
    hour_of_week: int
    """0 is Monday 00:00 to 01:00, local."""
    month: str
    """`YYYY-MM`, local."""


@dataclass(frozen=True, slots=True)
class Series:
    """Hours in order, each with its place and its average; hours whose average is not finite are left out."""

    hours: Sequence[Hour]
    places: Sequence[Place]
    values: Sequence[float]


def series(hours: Sequence[Hour], zone: tzinfo) -> Series:
    """
    Place hours in the calendar of a time zone.

    Args:
        hours: In any order, each at most once.
    """
    kept = sorted(hour for hour in hours if hour.samples and abs(hour.total) < float("inf"))
    return Series(kept, [place_of(hour.at_ms, zone) for hour in kept], [hour.average for hour in kept])


def place_of(at_ms: int, zone: tzinfo) -> Place:
    """Return where the hour that contains an instant lies."""
    local = datetime.fromtimestamp(at_ms / 1000, zone)
    return Place(
        at_ms // HOUR_MS, local.toordinal(), local.weekday() * 24 + local.hour, f"{local.year:04}-{local.month:02}"
    )
