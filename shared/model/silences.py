"""
Silences: which alerts notify no channel for a while, and why.

A silence holds back notifications only; the alert itself stays on the board. Pure; `shared.store.silence_store` stores
silences.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from shared.errors import Invalid
from shared.model import reasons, time_zones
from shared.model.alerts import Alert
from shared.model.matchers import Matcher
from shared.model.rules import no_default, problems

MAX_ONCE_MS = 30 * 86_400_000
"""Longest silence that does not recur. People forget a longer one; they should change the rule instead."""
MAX_RECURRING_MS = 366 * 86_400_000
MAX_WINDOW_MINUTES = 1_440
_BY_CHANCE = re.compile(r"(?i)(?<![a-z])[hr](?![a-z])")
"""croniter's `H` and `R` stand for a random time, which differs at each evaluation."""


class Silence(BaseModel):
    """All matchers must fit an alert. With `cron`, it is active for `duration_minutes` after each time of `cron`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str = Field(
        "", pattern=r"^[a-z0-9-]{1,64}$", description="Generated if left out.", json_schema_extra=no_default
    )
    matchers: list[Matcher] = Field(min_length=1, max_length=20)
    starts_at_ms: int = Field(ge=0)
    ends_at_ms: int = Field(ge=0)
    comment: str = Field(min_length=1, max_length=1_000)
    author: str = Field("", max_length=128, description="Set by the API.")
    created_at_ms: int = Field(0, description="Set by the API.")
    cron: str | None = Field(None, max_length=100, description="Five fields, e.g. `0 2 * * 6`: Saturdays at two.")
    duration_minutes: float | None = Field(None, gt=0, le=MAX_WINDOW_MINUTES)
    timezone: str = Field("UTC", max_length=64, description="Time zone of `cron`, e.g. Asia/Seoul.")
    expiry_announced: bool = Field(False, description="Set by the router.")

    @field_validator("cron")
    @classmethod
    def _a_cron(cls, cron: str | None) -> str | None:
        if cron is None:
            return None
        if len(cron.split()) != 5 or _BY_CHANCE.search(cron) or not croniter.is_valid(cron):
            raise ValueError(reasons.of("invalid.cron"))
        try:
            croniter(cron).get_prev()
        except CroniterBadDateError:
            raise ValueError(reasons.of("invalid.cron_never")) from None
        return cron

    @field_validator("timezone")
    @classmethod
    def _a_timezone(cls, name: str) -> str:
        return time_zones.check(name)

    @model_validator(mode="after")
    def _makes_sense(self) -> "Silence":
        length_ms = self.ends_at_ms - self.starts_at_ms
        if length_ms <= 0:
            raise ValueError(reasons.of("invalid.ends_before_start"))
        if (self.cron is None) != (self.duration_minutes is None):
            raise ValueError(reasons.of("invalid.cron_and_duration"))
        longest_ms = MAX_ONCE_MS if self.cron is None else MAX_RECURRING_MS
        if length_ms > longest_ms:
            raise ValueError(reasons.of("invalid.too_many_days", days=longest_ms // 86_400_000))
        return self

    def state(self, now_ms: int) -> Literal["active", "planned", "past"]:
        """Return whether the silence is active now, will be active later, or has ended."""
        if now_ms >= self.ends_at_ms:
            return "past"
        return "active" if self.is_active(now_ms) else "planned"

    def is_active(self, now_ms: int) -> bool:
        if not self.starts_at_ms <= now_ms < self.ends_at_ms:
            return False
        if self.cron is None or self.duration_minutes is None:
            return True
        return now_ms / 1000 - _newest_time(self.cron, self.timezone, now_ms // 1000) < self.duration_minutes * 60

    def matches(self, alert: Alert) -> bool:
        return all(matcher.fits(alert) for matcher in self.matchers)


@lru_cache(maxsize=1_000)
def _newest_time(cron: str, timezone: str, now_s: int) -> float:
    """
    Return the newest instant, up to *now_s*, at which the local time of *timezone* was a time that *cron* names.

    In an hour that occurs twice, each time occurs twice. A time in a skipped hour occurs as many hours after midnight
    as on other days. `croniter` works on local times without a time zone, and this function turns them into instants:
    with a time zone, `croniter` would shorten windows on days when the clocks change.
    """
    wall = datetime.fromtimestamp(now_s, ZoneInfo(timezone))
    # During the second pass of a repeated hour, the newest time can be later in that hour, in its first pass.
    again = (wall.replace(fold=0).utcoffset() or timedelta()) - (wall.utcoffset() or timedelta())
    shown = wall.replace(tzinfo=None, fold=0)
    times = croniter(cron, shown + again + timedelta(seconds=1))
    past: list[float] = []
    while True:
        time = times.get_prev(datetime)
        first, second = (time.replace(tzinfo=wall.tzinfo, fold=fold).timestamp() for fold in (0, 1))
        # In a skipped hour `second` lies before `first`, and does not count as a second instant.
        past += [at_s for at_s in (first, max(first, second)) if at_s <= now_s]
        if past and time <= shown:
            return max(past)


def parse(fields: dict[str, Any]) -> Silence:
    """
    Make a silence from a request's fields.

    Raises:
        Invalid: naming every bad field.
    """
    try:
        return Silence.model_validate(fields)
    except ValidationError as error:
        raise Invalid(problems(error), "The silence") from None
