"""
Time intervals that recur: working hours, nights, the last days of a month; in Alertmanager's shape. Pure.

A part that is left out holds always; of a part that lists several ranges, one must hold.
"""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from shared.model import printable, reasons, time_zones

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
MAX_RANGES = 50
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_LAST_YEAR = 9_999


class TimeRange(BaseModel):
    """A part of a day; its end is not part of it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    start_time: str = Field(description="HH:MM, e.g. 09:00.")
    end_time: str = Field(description="HH:MM, after `start_time`; 24:00 is the end of the day.")

    @field_validator("start_time", "end_time")
    @classmethod
    def _a_time(cls, text: str) -> str:
        if not _TIME.fullmatch(text):
            raise ValueError(reasons.of("invalid.clock_time"))
        return text

    @field_validator("end_time")
    @classmethod
    def _after_the_start(cls, text: str, info: object) -> str:
        start = getattr(info, "data", {}).get("start_time")
        if start is not None and text <= start:
            raise ValueError(reasons.of("invalid.time_range"))
        return text

    def contains(self, minute: int) -> bool:
        """Tell whether a minute of the day is part of it."""
        return _minute(self.start_time) <= minute < _minute(self.end_time)


class TimeInterval(BaseModel):
    """When something holds, by the calendar of one time zone."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    times: list[TimeRange] = Field(default_factory=list, max_length=MAX_RANGES)
    weekdays: list[str] = Field(default_factory=list, max_length=MAX_RANGES, description="E.g. `monday:friday`.")
    days_of_month: list[str] = Field(
        default_factory=list, max_length=MAX_RANGES, description="E.g. `1:5`; -1 is the last day: `-3:-1`."
    )
    months: list[str] = Field(
        default_factory=list, max_length=MAX_RANGES, description="E.g. `december:december`, `1:3`."
    )
    years: list[str] = Field(default_factory=list, max_length=MAX_RANGES, description="E.g. `2026:2027`.")
    location: str = Field("UTC", max_length=64, description="Time zone, e.g. Asia/Seoul.")

    @field_validator("weekdays")
    @classmethod
    def _of_weekdays(cls, texts: list[str]) -> list[str]:
        return _checked(texts, WEEKDAYS, 0, 6, numbered=False)

    @field_validator("months")
    @classmethod
    def _of_months(cls, texts: list[str]) -> list[str]:
        return _checked(texts, MONTHS, 1, 12)

    @field_validator("years")
    @classmethod
    def _of_years(cls, texts: list[str]) -> list[str]:
        return _checked(texts, (), 1, _LAST_YEAR)

    @field_validator("days_of_month")
    @classmethod
    def _of_days(cls, texts: list[str]) -> list[str]:
        for text in texts:
            begin, end = _range(text, ())
            is_possible = all(1 <= abs(day) <= 31 for day in (begin, end))
            # A range that begins at a day from the end of the month must end at such a day.
            if not is_possible or (begin < 0 < end) or ((begin < 0) == (end < 0) and begin > end):
                raise ValueError(reasons.of("invalid.day_range", given=printable.one_line(text[:40])))
        return texts

    @field_validator("location")
    @classmethod
    def _a_time_zone(cls, name: str) -> str:
        return time_zones.check(name)

    def contains(self, at_ms: int) -> bool:
        """Tell whether an instant is part of it."""
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(self.location))
        minute = local.hour * 60 + local.minute
        return (
            (not self.times or any(one.contains(minute) for one in self.times))
            and _is_in(local.weekday(), self.weekdays, WEEKDAYS)
            and (not self.days_of_month or any(_has_day(text, local) for text in self.days_of_month))
            and _is_in(local.month, self.months, MONTHS)
            and _is_in(local.year, self.years, ())
        )


def _checked(texts: list[str], words: Sequence[str], lowest: int, highest: int, *, numbered: bool = True) -> list[str]:
    for text in texts:
        begin, end = _range(text, words)
        has_numbers = any(part.lstrip("-").isdigit() for part in text.split(":"))
        if not lowest <= begin <= end <= highest or (has_numbers and not numbered):
            raise ValueError(reasons.of("invalid.calendar_range", given=printable.one_line(text[:40])))
    return texts


def _range(text: str, words: Sequence[str]) -> tuple[int, int]:
    begin, colon, end = text.strip().lower().partition(":")
    first = _number(begin, words, text)
    return first, _number(end, words, text) if colon else first


def _number(part: str, words: Sequence[str], text: str) -> int:
    """Return what a word or a number stands for; months count from 1, weekdays from 0."""
    part = part.strip()
    if part in words:
        return words.index(part) + (words is MONTHS)
    if re.fullmatch(r"-?[0-9]{1,4}", part):
        return int(part)
    raise ValueError(reasons.of("invalid.calendar_range", given=printable.one_line(text[:40])))


def _is_in(number: int, texts: Sequence[str], words: Sequence[str]) -> bool:
    ranges = [_range(text, words) for text in texts]
    return not ranges or any(begin <= number <= end for begin, end in ranges)


def _has_day(text: str, local: datetime) -> bool:
    last = monthrange(local.year, local.month)[1]
    begin, end = (day if day > 0 else max(last + day + 1, -last) for day in _range(text, ()))
    return begin <= last and begin <= local.day <= min(end, last)


def _minute(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
