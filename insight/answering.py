"""The shell around the analyses: reads what a question needs from the archive, and answers it."""

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Raw

from archive import kept_figures, opening
from archive.rollup import HOUR_MS
from archive.store import DAY_MS, ArchiveError
from insight import alerting_answer, metric_answer, questions
from insight.alerting import Dimension, Firing, Sent
from insight.alerting_answer import AlertingAnswer
from insight.hours import Hour
from insight.metric_answer import MetricAnswer
from insight.questions import AlertingTrend, MetricTrend
from shared.errors import AlertsError, NotFound
from shared.model import reasons
from shared.model.encoding import encode
from shared.store.analyses import Answer

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

MOST_ALERTS = 200_000
_labels = msgspec.json.Decoder(dict[str, str]).decode


def answer(question: bytes, place: Path | str, now_ms: int) -> Answer:
    """
    Answer a question.

    Args:
        question: As `questions.encode` wrote it.
        place: Of the archive, as `opening.place_of` returns it.
    """
    try:
        return Answer(Raw(encode(_answered(question, place, now_ms))))
    except ArchiveError as error:
        return Answer(status=503, why=error.cited())
    except AlertsError as error:
        return Answer(status=404 if isinstance(error, NotFound) else 422, why=error.cited())


def _answered(question: bytes, place: Path | str, now_ms: int) -> MetricAnswer | AlertingAnswer:
    asked = questions.decode(question)
    archive = opening.open_to_read(place)
    if archive is None:
        raise NotFound(reasons.of("trends.nothing_recorded"))
    try:
        with archive.transaction():
            if isinstance(asked, MetricTrend):
                return _of_metric(archive, asked, now_ms)
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
    from_ms = alerting_answer.begin_ms(alerting_answer.months_until(now_ms, zone, asked.months)[0], zone)
    kept = kept_figures.alerts(archive, from_ms, now_ms, MOST_ALERTS + 1)
    if len(kept) > MOST_ALERTS:
        raise AlertsError(reasons.of("trends.too_many_alerts", count=MOST_ALERTS))
    fired: defaultdict[str, list[int]] = defaultdict(list)
    for alert_id, at_ms in kept_figures.firings(archive, from_ms):
        fired[alert_id].append(at_ms)
    firings = [
        Firing(
            alert.id,
            alert.rule_id,
            alert.plugin_id,
            _labels(alert.labels),
            # The timeline of an alert that an earlier release wrote may be gone.
            fired.get(alert.id) or [alert.fired_at_ms],
            alert.acknowledged_at_ms,
            alert.resolved_at_ms,
        )
        for alert in kept
    ]
    sent = [
        # One attempt notifies of all alerts of a group; each has its row, of the same instant.
        Sent(send.alert_id, send.at_ms, f"{send.channel}\0{send.group or send.alert_id}\0{send.at_ms}")
        for send in kept_figures.sends(archive, from_ms, now_ms)
    ]
    titles: dict[Dimension, dict[str, str]] = {
        "rule": {alert.rule_id: alert.rule_name or alert.rule_id for alert in kept},
        "plugin": {alert.plugin_id: alert.plugin_name or alert.plugin_id for alert in kept},
    }
    first_at_ms = kept_figures.first_at_ms(archive)
    return alerting_answer.alerting_answer(asked, firings, sent, titles, zone, first_at_ms, now_ms)
