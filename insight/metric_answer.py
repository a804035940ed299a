"""The trend of one metric as the API answers it: names carry units, and what is not named has its reason. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta, tzinfo
from math import ceil, floor

from msgspec import Struct

from insight import capacity, changes, season, trends
from insight.hours import HOUR_MS, HOURS_OF_WEEK, Hour
from insight.questions import MetricTrend
from shared.model import reasons
from shared.model.reasons import Reason


class History(Struct):
    """What the answer is computed from."""

    first_at_ms: int
    until_ms: int
    hours: int
    """With samples."""
    days: int
    """With samples for eight hours, and not extraordinary."""


class Week(Struct):
    monday: str
    hours: int
    average: float
    change: float | None
    """From the week before: 0.1 is 10 % more."""


class Month(Struct):
    """Percentiles are those of hourly averages; the extremes are those of samples."""

    month: str
    hours: int
    average: float
    p50: float
    p95: float
    p99: float
    least: float
    most: float


class Growth(Struct):
    """Since the slope last changed, with an interval of 95 %."""

    each_week: float
    ratio: float | None
    """The same as a part of the level of the last day: 0.02 is 2 % a week."""
    least: float
    most: float


class Change(Struct):
    """The first day after a change, the interval of this day (95 %), and the level before and after."""

    kind: changes.Kind
    day: str
    first_day: str
    last_day: str
    before: float
    after: float


class Season(Struct):
    is_daily: bool
    is_weekly: bool
    share: float
    """Part of the variance around the level that it explains."""


class Capacity(Struct):
    """When the limit is reached, in days from the last day of the history, and on which dates."""

    days: float
    least_days: float
    most_days: float
    date: str
    first_date: str
    last_date: str


class MetricAnswer(Struct):
    """Values are in the unit of the metric. A finding that is null has its reason in `reasons`."""

    plugin_id: str
    metric: str
    timezone: str
    computed_at_ms: int
    history: History
    scale: trends.Scale
    weeks: Sequence[Week]
    months: Sequence[Month]
    profile: Sequence[float | None]
    season: Season | None
    growth: Growth | None
    changes: Sequence[Change]
    levels: Sequence[tuple[str, float, float | None]]
    limit: float | None
    direction: str
    capacity: Capacity | None
    reasons: dict[str, dict[str, object]]
    """`growth`, `changes`, `season`, `capacity` → why it is not named: reason, reason_code, reason_values."""


def metric_answer(question: MetricTrend, found: Sequence[Hour], zone: tzinfo, now_ms: int) -> MetricAnswer:
    """
    Answer what a metric was.

    Args:
        found: Its whole hours in order, at least one.
    """
    trend = trends.analyse(found, zone, question.limit, question.direction == "rising")
    named = trend.capacity if isinstance(trend.capacity, capacity.Capacity) else None
    why = _reasons(question, trend, (found[-1].at_ms - found[0].at_ms) // HOUR_MS + 1)
    return MetricAnswer(
        plugin_id=question.plugin_id,
        metric=question.metric,
        timezone=question.timezone,
        computed_at_ms=now_ms,
        history=History(found[0].at_ms, found[-1].at_ms + HOUR_MS, len(found), len(trend.levels)),
        scale=trend.scale,
        weeks=[Week(trends.iso(week.monday), *week[1:]) for week in trend.weeks],
        months=[Month(*month) for month in trend.months],
        profile=trend.profile,
        season=Season(trend.season.daily, trend.season.weekly, trend.season.share) if trend.season else None,
        growth=Growth(*trend.growth) if trend.growth else None,
        changes=[Change(*change) for change in trend.changes],
        levels=trend.levels,
        limit=question.limit,
        direction=question.direction,
        capacity=dated(named, trend.levels[-1][0]) if named else None,
        reasons={name: reasons.fields(reason) for name, reason in why.items()},
    )


def dated(found: capacity.Capacity, last_day: str) -> Capacity:
    """Return when a limit is reached, with dates counted from a day."""
    last = date.fromisoformat(last_day)
    # Rounded outwards: the interval is no narrower than it was computed.
    days = (round(found.days), floor(found.least_days), ceil(found.most_days))
    return Capacity(
        found.days, found.least_days, found.most_days, *(str(last + timedelta(days=number)) for number in days)
    )


def _reasons(question: MetricTrend, trend: trends.Trend, span_hours: int) -> dict[str, Reason]:
    why: dict[str, Reason] = {}
    if trend.silence:
        days, needed = len(trend.levels), changes.LEAST_DAYS
        silent = trend.silence == "too_short"
        both = reasons.of("trends.too_short", days=days, needed=needed) if silent else reasons.of("trends.wandering")
        why |= {"growth": both, "changes": both}
    elif trend.growth is None:
        why["growth"] = reasons.of("trends.no_growth")
    if trend.season is None:
        weeks = span_hours // HOURS_OF_WEEK
        short = weeks < season.LEAST_WEEKS
        why["season"] = (
            reasons.of("trends.season_too_short", weeks=weeks, needed=season.LEAST_WEEKS)
            if short
            else reasons.of("trends.no_season")
        )
    if isinstance(trend.capacity, str):
        why["capacity"] = _no_capacity(question, trend, trend.capacity)
    return why


def _no_capacity(question: MetricTrend, trend: trends.Trend, silence: capacity.Silence) -> Reason:
    days = [day for day, _, _ in trend.levels]
    if trend.changes:
        days = [day for day in days if day >= trend.changes[-1].day]
    if silence == "too_short":
        needed = changes.LEAST_DAYS if trend.silence else capacity.LEAST_DAYS
        return reasons.of("trends.capacity_too_short", days=len(days), needed=needed)
    if silence == "too_far":
        span = date.fromisoformat(days[-1]) - date.fromisoformat(days[0])
        return reasons.of("trends.capacity_too_far", limit=question.limit, days=span.days)
    if silence == "reached":
        return reasons.of("trends.capacity_reached", limit=question.limit)
    return reasons.of("trends.capacity_no_trend", limit=question.limit)
