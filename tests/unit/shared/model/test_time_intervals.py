"""Time intervals, in their time zones, against Alertmanager's documented meaning."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from shared.model.time_intervals import TimeInterval


def holds(interval: dict[str, Any], local: str) -> bool:
    made = TimeInterval.model_validate(interval)
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(made.location))
    return made.contains(round(at.timestamp() * 1000))


NIGHT = {"times": [{"start_time": "22:00", "end_time": "24:00"}, {"start_time": "00:00", "end_time": "06:00"}]}


@pytest.mark.parametrize(
    ("interval", "local", "expected"),
    [
        ({}, "2026-11-30T12:00", True),
        (NIGHT, "2026-11-30T22:00", True),
        (NIGHT, "2026-11-30T23:59:59", True),
        (NIGHT, "2026-11-30T05:59:59", True),
        (NIGHT, "2026-11-30T06:00", False),
        ({**NIGHT, "location": "Asia/Seoul"}, "2026-11-30T22:00", True),
        ({"weekdays": ["saturday", "sunday"]}, "2026-11-29T12:00", True),
        ({"weekdays": ["monday:friday"]}, "2026-11-29T12:00", False),
        ({"weekdays": ["monday:friday"]}, "2026-11-30T12:00", True),
        ({"days_of_month": ["-1"]}, "2026-11-30T12:00", True),
        ({"days_of_month": ["-1"]}, "2026-12-30T12:00", False),
        ({"days_of_month": ["-3:-1"]}, "2028-02-27T12:00", True),
        ({"days_of_month": ["31"]}, "2026-11-30T12:00", False),
        ({"days_of_month": ["29:31"]}, "2026-11-30T12:00", True),
        ({"days_of_month": ["29:-1"]}, "2027-02-28T12:00", False),
        ({"days_of_month": ["1:-1"]}, "2027-02-28T12:00", True),
        ({"days_of_month": ["-31:-30"]}, "2027-02-01T12:00", False),
        ({"months": ["december"]}, "2026-11-30T12:00", False),
        ({"months": ["1:3", "november:december"]}, "2026-11-30T12:00", True),
        ({"years": ["2020:2025"]}, "2026-11-30T12:00", False),
        ({"years": ["2026"], "weekdays": ["monday"]}, "2026-11-30T12:00", True),
        # Clocks go forward at 02:00 and back at 03:00.
        (
            {"times": [{"start_time": "02:00", "end_time": "03:00"}], "location": "Europe/Berlin"},
            "2026-10-25T02:30",
            True,
        ),
    ],
)
def test_an_interval_holds(interval: dict[str, Any], local: str, expected: bool) -> None:
    assert expected is holds(interval, local)


@pytest.mark.parametrize(
    "interval",
    [
        {"times": [{"start_time": "9:00", "end_time": "10:00"}]},
        {"times": [{"start_time": "10:00", "end_time": "10:00"}]},
        {"times": [{"start_time": "22:00", "end_time": "06:00"}]},
        {"times": [{"start_time": "22:00", "end_time": "24:01"}]},
        {"weekdays": ["montag"]},
        {"weekdays": ["1:5"]},
        {"weekdays": ["friday:monday"]},
        {"days_of_month": ["0"]},
        {"days_of_month": ["1:32"]},
        {"days_of_month": ["5:1"]},
        {"days_of_month": ["-1:5"]},
        {"days_of_month": [""]},
        {"months": ["13"]},
        {"years": ["99999"]},
        {"years": ["2027:2026"]},
        {"location": "Mars/Base"},
        {"location": "../etc/passwd"},
        {"days_of_month": ["1"] * 51},
    ],
)
def test_what_is_no_interval_is_refused(interval: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TimeInterval.model_validate(interval)
