"""What the analysis process can be asked. Pure; equal questions have equal bytes, and so one answer."""

from typing import Literal

import msgspec
from msgspec import Struct

MOST_DAYS = 800
"""Two years and a little, so that each month has one to be compared with."""
MOST_MONTHS = 25

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


Question = MetricTrend | AlertingTrend

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Question).decode
