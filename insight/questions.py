"""What the analysis process can be asked. Pure; equal questions have equal bytes, and so one answer."""

from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from shared.model import calendar_months
from shared.model.rules import Rule

MOST_DAYS = 800
"""Two years and a little, so that each month has one to be compared with."""
MOST_MONTHS = 25
MOST_BACKTEST_DAYS = 93
MONTH = r"^20\d\d-(0[1-9]|1[0-2])$"
"""How a month is written."""

Direction = Literal["rising", "falling"]


class MetricTrend(Struct, frozen=True, forbid_unknown_fields=True, tag="metric"):
    """What one metric of a plugin was over the last days."""

    plugin_id: str
    metric: str
    timezone: str
    days: int
    limit: float | None = None
    """What the metric must not reach."""
    direction: Direction = "rising"
    """Rising: the limit lies above."""


class AlertingTrend(Struct, frozen=True, forbid_unknown_fields=True, tag="alerting"):
    """What alerting cost people in the last months, the current one among them."""

    timezone: str
    months: int


class MonthlyReport(Struct, frozen=True, forbid_unknown_fields=True, tag="report"):
    """What one month was for people and metrics, beside the month before."""

    timezone: str
    month: str
    """`YYYY-MM`."""


class Backtest(Struct, frozen=True, forbid_unknown_fields=True, tag="backtest"):
    """What a rule would have done in [from, until)."""

    rule: dict[str, Any]
    """As it stands in the editor, checked."""
    current: dict[str, Any] | None
    """The stored rule with the same id."""
    timezone: str
    """In which nights are."""
    from_ms: int
    until_ms: int


class ExplainAlert(Struct, frozen=True, forbid_unknown_fields=True, tag="explain_alert"):
    """Why an alert fired, and who was notified or not."""

    alert_id: str
    channel: str = ""
    """Only this one; empty: all of them."""
    asked_ms: int = 0
    """About when, so that an answer is no older."""


class ExplainPlace(Struct, frozen=True, forbid_unknown_fields=True, tag="explain_place"):
    """What a rule made of a plugin at an instant."""

    rule_id: str
    plugin_id: str
    at_ms: int
    asked_ms: int = 0


Question = MetricTrend | AlertingTrend | MonthlyReport | Backtest | ExplainAlert | ExplainPlace

WHOLE_MS = 10_000
"""The time of a backtest ends at a multiple of it."""
FRESH_MS = 5_000
"""An explanation is as old at most: an alert that fires changes."""


def fresh_ms(now_ms: int) -> int:
    """Return about now: the same for questions that may have the same answer."""
    return now_ms // FRESH_MS * FRESH_MS


def backtest_end_ms(at_ms: int) -> int:
    """Return the end of a backtest's time: rounded down, so that equal requests have one answer."""
    return at_ms // WHOLE_MS * WHOLE_MS


def last_month(now_ms: int, timezone: str) -> str:
    """Return the last month that is over, as `YYYY-MM`."""
    return calendar_months.after(calendar_months.of(now_ms, ZoneInfo(timezone)), -1)


def backtest(rule: Rule, current: Rule | None, timezone: str, from_ms: int, until_ms: int) -> Backtest:
    """
    Return the question what a rule would have done.

    Args:
        rule: As it stands in the editor; tried out as if it were on.
        current: The stored rule with the same id, on or off.
    """
    kept = None if current is None else _document(current)
    return Backtest(_document(rule.model_copy(update={"enabled": True})), kept, timezone, from_ms, until_ms)


def _document(rule: Rule) -> dict[str, Any]:
    return rule.model_dump(mode="json", exclude={"source", "origin", "edited", "revision"})


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Question).decode
