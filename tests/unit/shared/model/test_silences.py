"""A recurring silence follows the clock on the wall of its time zone, also on the days that clock is set."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.model import silences
from shared.model.silences import Silence
from tests.support.factories import an_alert

ALL_TIME = {"starts_at_ms": 0, "ends_at_ms": 10**14}


def recurring(cron: str, minutes: float, timezone: str = "UTC") -> Silence:
    now = 1_700_000_000_000
    fields = {"matchers": [{"name": "plugin_id", "value": "*"}], "comment": "x", "starts_at_ms": now}
    times = {"ends_at_ms": now + 86_400_000, "cron": cron, "duration_minutes": minutes, "timezone": timezone}
    return silences.parse({**fields, **times}).model_copy(update=ALL_TIME)


def changes_of(silence: Silence, day: str) -> list[str]:
    """When it begins (+) and ends (-) in the 24 hours from noon of *day*, in its own time zone, five minutes a step."""
    zone = ZoneInfo(silence.timezone)
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=zone).timestamp()
    found, was = [], silence.is_active(int(noon) * 1000 - 300_000)
    for minute in range(0, 24 * 60, 5):
        at_s = int(noon) + minute * 60
        now = silence.is_active(at_s * 1000)
        if now != was:
            found.append(f"{'+' if now else '-'}{datetime.fromtimestamp(at_s, zone):%H:%M %Z}")
        was = now
    return found


@pytest.mark.parametrize(
    ("day", "cron", "minutes", "expected"),
    [
        # An ordinary night.
        ("2026-06-06", "30 2 * * *", 60, ["+02:30 EDT", "-03:30 EDT"]),
        # 02:00 EST becomes 03:00 EDT: what was to begin in the lost hour begins as many minutes after midnight.
        ("2026-03-07", "30 2 * * *", 60, ["+03:30 EDT", "-04:30 EDT"]),
        # A length is a length, whatever the clock on the wall does meanwhile.
        ("2026-03-07", "30 1 * * *", 60, ["+01:30 EST", "-03:30 EDT"]),
        ("2026-10-31", "0 0 * * *", 180, ["+00:00 EDT", "-02:00 EST"]),
        # 02:00 EDT becomes 01:00 EST: the wall shows 01:30 twice, and both times it begins.
        ("2026-10-31", "30 1 * * *", 20, ["+01:30 EDT", "-01:50 EDT", "+01:30 EST", "-01:50 EST"]),
        ("2026-10-31", "30 1 * * *", 60, ["+01:30 EDT", "-02:30 EST"]),
        ("2026-10-31", "5,30 1 * * 0", 10, [
            "+01:05 EDT", "-01:15 EDT", "+01:30 EDT", "-01:40 EDT",
            "+01:05 EST", "-01:15 EST", "+01:30 EST", "-01:40 EST",
        ]),
    ],
)  # fmt: skip
def test_recurring_silence_on_the_days_the_clock_is_set(
    day: str, cron: str, minutes: float, expected: list[str]
) -> None:
    assert expected == changes_of(recurring(cron, minutes, "America/New_York"), day)


def test_recurring_silence_where_no_clock_is_ever_set() -> None:
    assert ["+02:30 KST", "-03:30 KST"] == changes_of(recurring("30 2 * * *", 60, "Asia/Seoul"), "2026-03-28")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 366 * 24 * 60 * 60), st.sampled_from(["*/7 * * * *", "15 */3 * * *", "0 2 * * 6", "59 23 * * *"]))
def test_recurring_silence_equals_a_search_minute_by_minute(offset_s: int, cron: str) -> None:
    silence = recurring(cron, 45, "Europe/Berlin")
    at_s = 1_767_225_600 + offset_s
    zone = ZoneInfo("Europe/Berlin")
    minute = at_s - at_s % 60
    begun = []
    for back in range(46):
        wall = datetime.fromtimestamp(minute - back * 60, zone)
        if silences.croniter.match(cron, wall.replace(tzinfo=None, fold=0)):
            begun.append(minute - back * 60)
    lost_hour = any(
        datetime.fromtimestamp(at_s - s, zone).utcoffset() != datetime.fromtimestamp(at_s, zone).utcoffset()
        for s in (3_600 * 2, 0)
    )
    expected = any(at_s - s < 45 * 60 for s in begun)

    # What would have begun in an hour that was skipped begins after it, where no wall shows its time.
    assert expected == silence.is_active(at_s * 1000) or lost_hour


@pytest.mark.parametrize(
    "cron", ["0 0 30 2 *", "0 0 31 4 *", "R R * * *", "H H * * *", "60 * * * *", "* * * *", "H(0-9) * * * *"]
)
def test_cron_that_names_no_time_is_refused(cron: str) -> None:
    with pytest.raises(Invalid, match="cron"):
        recurring(cron, 10)


def test_silence_ends_at_its_very_end_and_begins_at_its_very_start() -> None:
    silence = recurring("0 2 * * *", 60).model_copy(update={"cron": None, "starts_at_ms": 1_000, "ends_at_ms": 2_000})

    assert [False, True, True, False] == [silence.is_active(at_ms) for at_ms in (999, 1_000, 1_999, 2_000)]


@pytest.mark.parametrize(
    ("matcher", "fits"),
    [
        ({"name": "rule_id", "value": "r"}, True),
        ({"name": "rule_id", "value": "r", "is_equal": False}, False),
        ({"name": "severity", "value": "w*"}, True),
        ({"name": "metric", "value": "cpu"}, False),
        ({"name": "label:region", "value": "kr"}, False),
        ({"name": "label:region", "value": "kr", "is_equal": False}, True),
        ({"name": "label:region", "value": ""}, True),
        ({"name": "plugin_id", "value": "[pq]"}, True),
        ({"name": "plugin_id", "value": "P"}, False),
    ],
)
def test_matcher_fits_an_alert(matcher: dict, fits: bool) -> None:
    assert fits is silences.Matcher(**matcher).fits(an_alert("firing"))


def test_longest_silences() -> None:
    fields = {"matchers": [{"name": "plugin_id", "value": "*"}], "comment": "x", "starts_at_ms": 0}
    month, year = timedelta(days=30), timedelta(days=366)
    once = {**fields, "ends_at_ms": int(month.total_seconds()) * 1000}
    often = {**fields, "ends_at_ms": int(year.total_seconds()) * 1000, "cron": "0 2 * * 6", "duration_minutes": 60.0}
    silences.parse(once)
    silences.parse(often)

    for longer, words in ((once, "30 days"), (often, "366 days")):
        with pytest.raises(Invalid, match=words):
            silences.parse({**longer, "ends_at_ms": longer["ends_at_ms"] + 1})


@pytest.mark.parametrize("cron", ["0 2 * * THU", "30 3 * MAR sat", "*/5 1-3 1,15 * *", "0 0 L * *"])
def test_cron_with_names_ranges_and_last_days_is_taken(cron: str) -> None:
    assert cron == recurring(cron, 10).cron
