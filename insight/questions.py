"""What the analysis process can be asked. Pure; equal questions have equal bytes, and so one answer."""

from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from shared.model import calendar_months

MOST_DAYS = 800
"""Two years and a little, so that each month has one to be compared with."""
MOST_MONTHS = 25
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


Question = MetricTrend | AlertingTrend | MonthlyReport


def last_month(now_ms: int, timezone: str) -> str:
    """Return the last month that is over, as `YYYY-MM`."""
    return calendar_months.after(calendar_months.of(now_ms, ZoneInfo(timezone)), -1)


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Question).decode
