"""The error reports of one plugin, as far back as a rule looks. Pure."""

from bisect import bisect_right
from collections.abc import Iterable

from shared.model.events import ErrorReport

MAX_ERRORS = 10_000
"""
Error reports kept for one plugin, whatever the rules ask for: a plugin in a crash loop must not exhaust the evaluator's
memory. Equal reports with one event time are kept as one. Reports dropped by this limit are counted, and the verdict
states their number.
"""
MESSAGE_LENGTH = 200

Report = tuple[int, str, str, int]
"""Event time, type, message, count."""


def remember(log: list[Report], reports: Iterable[ErrorReport], at_ms: int, lookback_ms: int) -> tuple[int, int]:
    """
    Add the reports of one event to *log*, which ascends by time, and drop those that left the period.

    Returns:
        How many reports were dropped for want of room, and the event time of the newest of them.
    """
    for report in reports:
        message = report.message[:MESSAGE_LENGTH]
        place = bisect_right(log, at_ms, key=_at_ms)
        before = log[place - 1] if place else None
        if before is not None and before[:3] == (at_ms, report.type, message):
            log[place - 1] = (*before[:3], before[3] + report.count)
        else:
            log.insert(place, (at_ms, report.type, message, report.count))
    old = bisect_right(log, log[-1][0] - lookback_ms, key=_at_ms)
    cut = max(0, len(log) - old - MAX_ERRORS)
    cut_at_ms = log[old + cut - 1][0] if cut else 0
    if old + cut:
        del log[: old + cut]
    return cut, cut_at_ms


def _at_ms(report: Report) -> int:
    return report[0]
