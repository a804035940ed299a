"""What alerting cost people, as the API answers it: figures of each month, of all, each team, rule and plugin."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo

from msgspec import Struct

from insight import alerting
from insight.alerting import DIMENSIONS, Dimension, Figures, Firing, Name, Sent
from insight.questions import AlertingTrend
from shared.model import calendar_months

MOST_NAMES = 50
"""Of a dimension, those with the most notifications; the others are counted."""


class MonthFigures(Struct):
    """One month; times are in milliseconds, null where nothing was acknowledged or ended."""

    month: str
    alerts: int
    notifications: int
    at_night: int
    share_at_night: float | None
    acknowledged: int
    resolved: int
    flapping: int
    mean_ms_to_acknowledge: float | None
    median_ms_to_acknowledge: float | None
    mean_ms_to_resolve: float | None
    median_ms_to_resolve: float | None


class Of(Struct):
    """One team, rule or plugin."""

    name: str
    """Its id; "" of a team: alerts without the label."""
    title: str
    """What people call it."""
    months: Sequence[MonthFigures]
    """Those in which anything happened, in order."""


class AlertingAnswer(Struct):
    timezone: str
    computed_at_ms: int
    first_at_ms: int | None
    """When the oldest alert of the archive was recorded: months before are not empty but unknown."""
    months: Sequence[str]
    """Which months were asked for, in order; the last one is not over."""
    all: Sequence[MonthFigures]
    teams: Sequence[Of]
    rules: Sequence[Of]
    plugins: Sequence[Of]
    left_out: Mapping[str, int]
    """`teams`, `rules`, `plugins` → how many have fewer notifications than those named."""


def months_until(now_ms: int, zone: tzinfo, count: int) -> list[str]:
    """Return the last months, the current one last, as `YYYY-MM`."""
    newest = calendar_months.of(now_ms, zone)
    return [calendar_months.after(newest, n) for n in range(1 - count, 1)]


def alerting_answer(
    question: AlertingTrend,
    firings: Iterable[Firing],
    sent: Iterable[Sent],
    titles: Mapping[Dimension, Mapping[str, str]],
    zone: tzinfo,
    first_at_ms: int | None,
    now_ms: int,
) -> AlertingAnswer:
    """
    Answer what alerting cost.

    Args:
        titles: Of rules and plugins: id → what people call it.
    """
    months = months_until(now_ms, zone, question.months)
    of: dict[Dimension, dict[str, list[MonthFigures]]] = {dimension: {} for dimension in DIMENSIONS}
    for name, figures in alerting.figures(firings, sent, zone).items():
        if name.month in months:
            of[name.dimension].setdefault(name.name, []).append(shown(name, figures))
    ranked: dict[Dimension, list[Of]] = {
        dimension: _ranked(found, titles.get(dimension, {})) for dimension, found in of.items()
    }
    left_out: dict[str, int] = {
        f"{dimension}s": max(0, len(found) - MOST_NAMES) for dimension, found in ranked.items() if dimension != "all"
    }
    return AlertingAnswer(
        timezone=question.timezone,
        computed_at_ms=now_ms,
        first_at_ms=first_at_ms,
        months=months,
        all=of["all"].get("", []),
        teams=ranked["team"][:MOST_NAMES],
        rules=ranked["rule"][:MOST_NAMES],
        plugins=ranked["plugin"][:MOST_NAMES],
        left_out=left_out,
    )


def _ranked(found: Mapping[str, list[MonthFigures]], titles: Mapping[str, str]) -> list[Of]:
    named = [Of(name, titles.get(name, name), months) for name, months in found.items()]
    return sorted(named, key=lambda one: (-_total(one, "notifications"), -_total(one, "alerts"), one.name))


def _total(one: Of, field: str) -> int:
    return sum(getattr(month, field) for month in one.months)


def shown(name: Name, found: Figures) -> MonthFigures:
    """Return the figures of one month as the API shows them."""
    return MonthFigures(
        name.month,
        found.alerts,
        found.notifications,
        found.at_night,
        found.share_at_night,
        found.acknowledged,
        found.resolved,
        found.flapping,
        found.mean_ms_to_acknowledge,
        found.median_ms_to_acknowledge,
        found.mean_ms_to_resolve,
        found.median_ms_to_resolve,
    )
