"""
The report of one month: what alerting cost people beside the month before, the noisiest rules, metrics that changed,
and what the archive does not know. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo

from msgspec import Struct

from insight import alerting, alerting_answer
from insight.alerting import Dimension, Kept
from insight.alerting_answer import MonthFigures
from insight.questions import MonthlyReport
from insight.report_metrics import MetricNote
from shared.model import calendar_months

MOST_NAMES = 15
"""Of a dimension, those with the most notifications: as many as a page of paper takes."""
MOST_NOISY = 5
MOST_METRICS = 25
MOST_GAPS = 20


class Compared(Struct):
    """One team, rule or plugin in the month and in the month before; null: nothing happened."""

    name: str
    """Its id; "" of a team: alerts without the label."""
    title: str
    now: MonthFigures | None
    before: MonthFigures | None


class Noise(Struct):
    """A rule that notified people who did nothing about it."""

    name: str
    title: str
    notifications: int
    alerts: int
    unattended: int
    """Alerts that nobody acknowledged."""
    flapping: int


class MissingEntries(Struct):
    """Entries that the archive lost between two instants."""

    from_ms: int
    to_ms: int
    entries: int


class Missing(Struct):
    """What the archive does not know of the month."""

    entries: Sequence[MissingEntries]
    more: int
    """Further such gaps."""
    days: Sequence[str]
    """Days (UTC) of which no sample is kept, although earlier ones are."""


class ReportAnswer(Struct):
    month: str
    before: str
    timezone: str
    from_ms: int
    to_ms: int
    """The end of the month; of one that is not over, now."""
    is_over: bool
    computed_at_ms: int
    first_at_ms: int | None
    """When the oldest alert of the archive was recorded: what was before is not empty but unknown."""
    all: Compared
    teams: Sequence[Compared]
    rules: Sequence[Compared]
    plugins: Sequence[Compared]
    left_out: Mapping[str, int]
    """`teams`, `rules`, `plugins`, `metrics` → how many are not listed."""
    noisiest: Sequence[Noise]
    metrics: Sequence[MetricNote]
    metrics_seen: int
    """How many series were looked at."""
    metrics_unseen: int
    """Series for which the time did not suffice."""
    missing: Missing


def report_answer(
    asked: MonthlyReport,
    kept: Kept,
    metrics: Iterable[MetricNote],
    seen: int,
    unseen: int,
    missing: Missing,
    zone: tzinfo,
    now_ms: int,
) -> ReportAnswer:
    """
    Answer what a month was.

    Args:
        kept: Of the month and the month before.
        metrics: Those that have something to report.
        seen: How many series were looked at; *unseen*: how many were not.
    """
    before = calendar_months.after(asked.month, -1)
    end_ms = calendar_months.begin_ms(calendar_months.after(asked.month, 1), zone)
    found: dict[tuple[Dimension, str], dict[str, MonthFigures]] = {}
    for name, figures in alerting.figures(kept.firings, kept.sent, zone).items():
        if name.month in (asked.month, before):
            found.setdefault((name.dimension, name.name), {})[name.month] = alerting_answer.shown(name, figures)
    compared: dict[Dimension, list[Compared]] = {dimension: [] for dimension in alerting.DIMENSIONS}
    for (dimension, one), months in found.items():
        title = kept.titles.get(dimension, {}).get(one, one)
        compared[dimension].append(Compared(one, title, months.get(asked.month), months.get(before)))
    for of_dimension in compared.values():
        of_dimension.sort(key=_rank)
    ranked = sorted(metrics, key=lambda note: note.rank)
    names: dict[str, Dimension] = {"teams": "team", "rules": "rule", "plugins": "plugin"}
    left_out = {name: max(0, len(compared[dimension]) - MOST_NAMES) for name, dimension in names.items()}
    return ReportAnswer(
        month=asked.month,
        before=before,
        timezone=asked.timezone,
        from_ms=calendar_months.begin_ms(asked.month, zone),
        to_ms=min(end_ms, now_ms),
        is_over=now_ms >= end_ms,
        computed_at_ms=now_ms,
        first_at_ms=kept.first_at_ms,
        all=compared["all"][0] if compared["all"] else Compared("", "", None, None),
        teams=compared["team"][:MOST_NAMES],
        rules=compared["rule"][:MOST_NAMES],
        plugins=compared["plugin"][:MOST_NAMES],
        left_out={**left_out, "metrics": max(0, len(ranked) - MOST_METRICS)},
        noisiest=_noisiest(compared["rule"]),
        metrics=ranked[:MOST_METRICS],
        metrics_seen=seen,
        metrics_unseen=unseen,
        missing=missing,
    )


def _rank(one: Compared) -> tuple[int, int, int, str]:
    """Return what sorts those with the most notifications first, then those of the month before."""
    now, before = one.now, one.before
    return (
        -(now.notifications if now else 0),
        -(now.alerts if now else 0),
        -(before.notifications if before else 0),
        one.name,
    )


def _noisiest(rules: Iterable[Compared]) -> list[Noise]:
    """Return the rules whose notifications nobody answered: notifications, times the part of alerts left alone."""
    found = []
    for one in rules:
        if one.now and one.now.notifications and one.now.alerts:
            now = one.now
            unattended = now.alerts - now.acknowledged
            if unattended:
                found.append(Noise(one.name, one.title, now.notifications, now.alerts, unattended, now.flapping))
    found.sort(key=lambda noise: (-noise.notifications * noise.unattended / noise.alerts, noise.name))
    return found[:MOST_NOISY]
