"""
Silences: who shall not be told for a while, and why.

A silence holds notifications back, never the record. Pure; `shared.store.silence_store` keeps them.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterBadDateError, croniter
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from shared.errors import Invalid
from shared.model import reasons
from shared.model.alerts import Alert
from shared.model.matchers import Matcher
from shared.model.rules import no_default, problems

MAX_ONCE_MS = 30 * 86_400_000
"""A one-off silence: nobody remembers a longer one; make the rule right instead."""
MAX_RECURRING_MS = 366 * 86_400_000
MAX_WINDOW_MINUTES = 1_440
_BY_CHANCE = re.compile(r"(?i)(?<![a-z])[hr](?![a-z])")
"""`H` and `R` of cron: another time at every look."""


class Silence(BaseModel):
    """All matchers must fit. With `cron`, it is active for `duration_minutes` after each time cron names."""

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
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(reasons.of("invalid.time_zone")) from None
        return name

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
        """Say whether it holds anything back now, will, or is over."""
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
    Return the newest instant, up to *now_s*, at which the clock on the wall there showed a time that *cron* names.

    An hour that comes twice has its times twice; a time in an hour that is skipped comes as long after midnight as on
    other days. `croniter` counts on a wall that is never set, and the instants are found here: given a time zone, it
    cuts windows short on such days.
    """
    wall = datetime.fromtimestamp(now_s, ZoneInfo(timezone))
    # While an hour comes for the second time, times the wall has yet to show again may have been the newest.
    again = (wall.replace(fold=0).utcoffset() or timedelta()) - (wall.utcoffset() or timedelta())
    shown = wall.replace(tzinfo=None, fold=0)
    times = croniter(cron, shown + again + timedelta(seconds=1))
    past: list[float] = []
    while True:
        time = times.get_prev(datetime)
        first, second = (time.replace(tzinfo=wall.tzinfo, fold=fold).timestamp() for fold in (0, 1))
        # In a skipped hour `second` lies before `first`, and is no instant of its own.
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
