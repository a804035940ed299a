"""Reads what the report of a month needs from the archive. Shell."""

import time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from archive import kept_figures
from archive.rollup import HOUR_MS
from archive.store import DAY_MS, EVERY_STREAM
from insight import kept, report_answer, report_metrics
from insight.hours import Hour
from insight.questions import Direction, MonthlyReport
from insight.report_answer import Missing, MissingEntries, ReportAnswer
from insight.report_metrics import Limit, MetricNote
from shared.errors import AlertsError
from shared.model import calendar_months, globs, reasons
from shared.model.alerts import UNREADABLE

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

BUDGET_S = 8.0
"""For the metrics, of the 20 s of a question: some 200 of them. The report says how many were left."""
_DIRECTIONS: dict[str, Direction] = {">": "rising", ">=": "rising", "<": "falling", "<=": "falling"}


class _Condition(Struct):
    kind: str = ""
    metric: str = ""
    operator: str = ""
    threshold: float = 0.0


class _Rule(Struct):
    """The part of a rule's document from which a limit is read."""

    condition: _Condition = msgspec.field(default_factory=_Condition)
    plugin_id: str | None = None
    plugins: str | None = None
    labels: dict[str, str] = {}
    label_matchers: list[object] = []
    enabled: bool = True


_rule = msgspec.json.Decoder(_Rule).decode


def report(archive: "SqlArchive", asked: MonthlyReport, now_ms: int) -> ReportAnswer:
    """
    Answer what a month was, as of its end.

    Raises:
        AlertsError: the month has not begun, or too much happened in it.
    """
    zone = ZoneInfo(asked.timezone)
    begin_ms = calendar_months.begin_ms(asked.month, zone)
    if begin_ms > now_ms:
        raise AlertsError(reasons.of("report.not_begun", month=asked.month))
    end_ms = min(now_ms, calendar_months.begin_ms(calendar_months.after(asked.month, 1), zone))
    before_ms = calendar_months.begin_ms(calendar_months.after(asked.month, -1), zone)
    found = kept.read(archive, before_ms, end_ms)
    notes, seen, unseen = _metrics(archive, asked.month, end_ms, zone)
    missing = _missing(archive, begin_ms, end_ms)
    return report_answer.report_answer(asked, found, notes, seen, unseen, missing, zone, now_ms)


def limits(archive: "SqlArchive", before_ms: int) -> list[Limit]:
    """
    Return the thresholds of the rules that were in force at an instant.

    A rule that chooses plugins by labels gives none: the archive does not keep which labels a plugin had.
    """
    found = []
    for rule_id, document in kept_figures.rules(archive, before_ms):
        try:
            rule = _rule(document)
        except UNREADABLE:
            continue
        direction = _DIRECTIONS.get(rule.condition.operator)
        if not rule.enabled or rule.condition.kind != "threshold" or not direction:
            continue
        if rule.labels or rule.label_matchers:
            continue
        plugins = globs.literal(rule.plugin_id) if rule.plugin_id else rule.plugins or "*"
        found.append(Limit(rule_id, plugins, rule.condition.metric, rule.condition.threshold, direction))
    return found


def _metrics(archive: "SqlArchive", month: str, end_ms: int, zone: ZoneInfo) -> tuple[list[MetricNote], int, int]:
    """Return what there is to say about metrics, how many were looked at, and how many were not."""
    known = limits(archive, end_ms)
    until_ms = end_ms // HOUR_MS * HOUR_MS
    from_ms = until_ms - report_metrics.LOOK_BACK_DAYS * DAY_MS
    last_day = (until_ms - 1) // DAY_MS
    # The last day of a month that is not over may just have begun.
    series = archive.rolled_up(last_day) or archive.rolled_up(last_day - 1)
    names = {limit.metric for limit in known}
    series.sort(key=lambda one: (one[1] not in names, one))
    notes, seen, over_at_s = [], 0, time.monotonic() + BUDGET_S
    for plugin_id, metric in series:
        if time.monotonic() > over_at_s:
            break
        hours = [Hour(*bucket) for bucket in archive.rollups(plugin_id, metric, HOUR_MS, from_ms, until_ms - 1)]
        found = report_metrics.note(plugin_id, metric, hours, month, known, zone)
        notes += [found] if found else []
        seen += 1
    return notes, seen, len(series) - seen


def _missing(archive: "SqlArchive", begin_ms: int, end_ms: int) -> Missing:
    # What was dropped for lack of room is one gap for all months, and a report does not rest on single events.
    gaps = [
        gap for gap in archive.gaps() if gap.stream != EVERY_STREAM and gap.to_ms >= begin_ms and gap.from_ms < end_ms
    ]
    first, last = -(-begin_ms // DAY_MS), end_ms // DAY_MS - 1
    known_since = kept_figures.first_day_with_samples(archive)
    days: list[str] = []
    if known_since is not None:
        there = set(kept_figures.days_with_samples(archive, first, last))
        days = [_date(day) for day in range(max(first, known_since), last + 1) if day not in there]
    shown = [MissingEntries(gap.from_ms, gap.to_ms, gap.entries) for gap in gaps[: report_answer.MOST_GAPS]]
    return Missing(shown, len(gaps) - len(shown), days)


def _date(day: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(day * 86_400))
