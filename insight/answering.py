"""The shell around the analyses: reads what a question needs from the archive, and answers it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from msgspec import Raw

from archive import opening
from archive.rollup import HOUR_MS
from archive.store import DAY_MS, ArchiveError
from insight import alerting_answer, kept, metric_answer, questions, report_reading
from insight.alerting_answer import AlertingAnswer
from insight.hours import Hour
from insight.metric_answer import MetricAnswer
from insight.questions import AlertingTrend, Backtest, ExplainAlert, ExplainPlace, MetricTrend, MonthlyReport
from insight.report_answer import ReportAnswer
from shared.errors import AlertsError, NotFound
from shared.model import calendar_months, reasons
from shared.model.encoding import encode
from shared.model.partitions import DEFAULT_PARTITIONS
from shared.store.analyses import Answer

Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much; may raise to end it."""

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive
    from insight.backtest_answer import BacktestAnswer


def answer(
    question: bytes,
    place: Path | str,
    now_ms: int,
    partitions: int = DEFAULT_PARTITIONS,
    gather_ms: int = 10_000,
    progress: Progress = lambda _done, _total: None,
) -> Answer:
    """
    Answer a question.

    Args:
        question: As `questions.encode` wrote it.
        place: Of the archive, as `opening.place_of` returns it.
        partitions: How many there are.
        gather_ms: For how long further news of a group of notifications is gathered.
        progress: Called while a backtest goes on.
    """
    try:
        return Answer(Raw(encode(_answered(question, place, now_ms, partitions, gather_ms, progress))))
    except ArchiveError as error:
        return Answer(status=503, why=error.cited())
    except AlertsError as error:
        return Answer(status=404 if isinstance(error, NotFound) else 422, why=error.cited())


def _answered(
    question: bytes, place: Path | str, now_ms: int, partitions: int, gather_ms: int, progress: Progress
) -> "MetricAnswer | AlertingAnswer | ReportAnswer | BacktestAnswer | dict[str, Any]":
    asked = questions.decode(question)
    archive = opening.open_to_read(place)
    if archive is None:
        raise NotFound(reasons.of("trends.nothing_recorded"))
    try:
        with archive.transaction():
            if isinstance(asked, MetricTrend):
                return _of_metric(archive, asked, now_ms)
            if isinstance(asked, Backtest):
                from insight import backtest_answer  # The engine takes a while to import; trends do without.

                return backtest_answer.answer(archive, asked, now_ms, partitions, gather_ms, progress)
            if isinstance(asked, ExplainAlert | ExplainPlace):
                from insight import explain_reading  # Likewise.

                if isinstance(asked, ExplainAlert):
                    return explain_reading.of_alert(archive, asked, now_ms)
                return explain_reading.of_place(archive, asked, now_ms)
            if isinstance(asked, MonthlyReport):
                return report_reading.report(archive, asked, now_ms)
            return _of_alerts(archive, asked, now_ms)
    finally:
        archive.close()


def _of_metric(archive: "SqlArchive", asked: MetricTrend, now_ms: int) -> MetricAnswer:
    until_ms = now_ms // HOUR_MS * HOUR_MS
    buckets = archive.rollups(asked.plugin_id, asked.metric, HOUR_MS, until_ms - asked.days * DAY_MS, until_ms - 1)
    hours = [Hour(*bucket) for bucket in buckets]
    if not hours:
        names = {"plugin_id": asked.plugin_id, "metric": asked.metric}
        raise NotFound(reasons.of("trends.no_history", **names, days=asked.days))
    return metric_answer.metric_answer(asked, hours, ZoneInfo(asked.timezone), now_ms)


def _of_alerts(archive: "SqlArchive", asked: AlertingTrend, now_ms: int) -> AlertingAnswer:
    zone = ZoneInfo(asked.timezone)
    from_ms = calendar_months.begin_ms(alerting_answer.months_until(now_ms, zone, asked.months)[0], zone)
    found = kept.read(archive, from_ms, now_ms)
    return alerting_answer.alerting_answer(
        asked, found.firings, found.sent, found.titles, zone, found.first_at_ms, now_ms
    )
