"""
The long-term performance of one metric: what its weeks and months were, and what can be named beyond chance.

Four things are named: growth from week to week, change points, a season (days or weeks that resemble each other), and
the day on which a limit is reached. Each must stand out of the noise of the series itself, or it is not named.
A season of a year, which one year cannot tell from growth, is not looked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from math import exp, log, sqrt
from typing import Literal, NamedTuple

from insight import capacity, changes, days, hours, periods, season

Scale = Literal["linear", "logarithmic"]


class Slope(NamedTuple):
    """How a level grows, since its slope last changed."""

    each_week: float
    """In units of the metric, at the level of the last day."""
    ratio: float | None
    """The same as a part of the level of the last day: 0.02 is 2 % a week. None where the level is 0."""
    least: float
    most: float
    """The interval of `each_week`, 95 %."""


class Change(NamedTuple):
    """A day on which the level jumped, or its growth changed."""

    kind: changes.Kind
    day: str
    """The first day after the change, as are the two others: the interval, 95 %."""
    first_day: str
    last_day: str
    before: float
    """The level on the day before, by the fit."""
    after: float


Silence = Literal["", "too_short", "wandering"]
"""Why neither growth nor changes are looked for: fewer than 28 days; a level that wanders, like a random walk."""


@dataclass(frozen=True, slots=True)
class Trend:
    """What is known of one metric over a long time."""

    weeks: Sequence[periods.Week]
    months: Sequence[periods.Month]
    profile: Sequence[float | None]
    """The usual value at each hour of the week, Monday 00:00 first, local: medians; None for an hour never seen."""
    scale: Scale
    """Logarithmic, where the data are simpler so: growth and season are multiples of the level."""
    season: season.Season | None
    growth: Slope | None
    changes: Sequence[Change]
    silence: Silence
    levels: Sequence[tuple[str, float, float | None]]
    """For each day its level without the season, and the fitted one."""
    capacity: capacity.Capacity | capacity.Silence | None
    """None: no limit was given."""


def analyse(found: Sequence[hours.Hour], zone: tzinfo, limit: float | None = None, rising: bool = True) -> Trend:
    """
    Analyse one metric.

    Args:
        found: Its hours, in any order; hours without samples are left out.
        zone: In which days and weeks begin.
        limit: What the level must not reach; the busiest hour of the week counts.
        rising: The limit lies above; else it lies below, and the quietest hour counts.
    """
    series = hours.series(found, zone)
    view = _Scaled(series, "linear")
    if view.fit is not None and (view.fit.changes or view.fit.wanders) and min(series.values) > 0:
        # Exponential growth looks like bends, or like wandering, on a linear scale, and is a line on the other one.
        other = _Scaled(series, "logarithmic")
        if other.fit is not None and other.fit.simplicity < view.fit.simplicity:
            view = other
    fit = view.fit if view.fit is not None and not view.fit.wanders else None
    fitted = fit.fitted if fit else [None] * len(view.days)
    return Trend(
        weeks=periods.weeks(series),
        months=periods.months(series),
        profile=_profile(series),
        scale=view.scale,
        season=view.season,
        growth=view.growth(fit) if fit else None,
        changes=[view.change_point(fit, change) for change in fit.changes] if fit else [],
        silence="too_short" if view.fit is None else "wandering" if fit is None else "",
        levels=[
            (iso(day.day), view.value(day.level), None if level is None else view.value(level))
            for day, level in zip(view.days, fitted, strict=True)
        ],
        capacity=None if limit is None else view.capacity(limit, rising),
    )


class _Scaled:
    """A series on one scale, with what was found on it."""

    def __init__(self, series: hours.Series, scale: Scale) -> None:
        self.scale = scale
        # Numbers about as large as 1: squares of others overflow, and rounding differs from noise by its size.
        self._unit = 1.0 if scale == "logarithmic" else max(map(abs, series.values), default=0.0) or 1.0
        self._values = [self._level(value) for value in series.values]
        self.season = season.season(series, self._values)
        self.days = days.days(series, self._values, self.season)
        self.fit = changes.fit(self.days)

    def value(self, level: float) -> float:
        """Return what a level is in units of the metric."""
        return exp(level) if self.scale == "logarithmic" else level * self._unit

    def _level(self, value: float) -> float:
        return log(value) if self.scale == "logarithmic" else value / self._unit

    def growth(self, fit: changes.Fit) -> Slope | None:
        """Return the growth since the last bend, if it is no chance and larger than days differ anyway."""
        since = max((change.day for change in fit.changes if change.kind == "slope"), default=self.days[0].day)
        span = self.days[-1].day - since
        if not fit.is_growing or abs(fit.slope) * span < sqrt(fit.noise.variance):
            return None
        level = self.value(fit.fitted[-1])
        doubt = fit.noise.quantile(0.05) * fit.slope_error
        week, least, most = (
            self._each_week(slope, level) for slope in (fit.slope, fit.slope - doubt, fit.slope + doubt)
        )
        return Slope(week, week / abs(level) if level else None, least, most)

    def change_point(self, fit: changes.Fit, change: changes.Change) -> Change:
        index = next(i for i, day in enumerate(self.days) if day.day == change.day)
        before, after = (self.value(fit.fitted[i]) for i in (index - 1, index))
        return Change(change.kind, iso(change.day), iso(change.first_day), iso(change.last_day), before, after)

    def capacity(self, limit: float, rising: bool) -> capacity.Capacity | capacity.Silence:
        fit = self.fit
        if fit is None:
            return "too_short"
        if fit.wanders or (self.scale == "logarithmic" and limit <= 0):
            return "no_trend"
        since = max((change.day for change in fit.changes), default=self.days[0].day)
        recent = [day for day in self.days if day.day >= since]
        target = self._level(limit)
        if self.season:
            target -= max(self.season.profile) if rising else min(self.season.profile)
        found = capacity.capacity(recent, target, rising, self.season.error if self.season else 0.0)
        # What is no growth beyond chance must not become a date.
        return found if isinstance(found, str) or self.growth(fit) else "no_trend"

    def _each_week(self, slope: float, level: float) -> float:
        return level * (exp(7 * slope) - 1) if self.scale == "logarithmic" else 7 * slope * self._unit


def _profile(series: hours.Series) -> list[float | None]:
    of_hour: list[list[float]] = [[] for _ in range(hours.HOURS_OF_WEEK)]
    for place, value in zip(series.places, series.values, strict=True):
        of_hour[place.hour_of_week].append(value)
    return [periods.percentile(sorted(some), 0.5) if some else None for some in of_hour]


def iso(day: int) -> str:
    """Return a day, given by its ordinal, as `YYYY-MM-DD`."""
    return date.fromordinal(day).isoformat()
