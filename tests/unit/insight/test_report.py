"""The report of a month, from values."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from insight import questions, report_answer, report_metrics
from insight.alerting import Firing, Kept, Sent
from insight.hours import Hour
from insight.questions import MonthlyReport
from insight.report_answer import Missing, ReportAnswer
from insight.report_metrics import Limit, MetricNote
from shared.model import calendar_months
from tests.support import synthetic_year

NOTHING = Missing([], 0, [])
HOUR_MS = 3_600_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def firing(alert_id: str, rule: str, day: str, acknowledged_ms: int = 0) -> Firing:
    at_ms = ms(f"{day}T10:00+00:00")
    return Firing(alert_id, rule, "p", {}, [at_ms], at_ms + acknowledged_ms if acknowledged_ms else 0, at_ms + HOUR_MS)


def kept(*firings: Firing, times: int = 1) -> Kept:
    sent = [Sent(one.alert_id, one.fired_at_ms[0], f"{one.alert_id} {n}") for one in firings for n in range(times)]
    return Kept(firings, sent, {"rule": {"cpu": "CPU high"}}, ms("2026-09-01T00:00+00:00"))


def report(found: Kept, metrics: list[MetricNote] | None = None, now: str = "2026-11-02T00:00+00:00") -> ReportAnswer:
    asked = MonthlyReport("UTC", "2026-10")
    return report_answer.report_answer(asked, found, metrics or [], 9, 2, NOTHING, UTC, ms(now))


def test_each_name_stands_beside_its_month_before() -> None:
    found = report(
        kept(firing("a", "cpu", "2026-09-05"), firing("b", "cpu", "2026-10-05"), firing("c", "x", "2026-10-06"))
    )

    assert ("2026-10", "2026-09", True) == (found.month, found.before, found.is_over)
    assert found.all.now is not None
    assert found.all.before is not None
    assert (2, 1) == (found.all.now.alerts, found.all.before.alerts)
    assert [("cpu", "CPU high", 1, 1), ("x", "x", 1, None)] == [
        (one.name, one.title, one.now and one.now.alerts, one.before and one.before.alerts) for one in found.rules
    ]


def test_rule_that_was_silent_this_month_is_listed_with_the_month_before() -> None:
    (rule,) = report(kept(firing("a", "cpu", "2026-09-05"))).rules

    assert rule.now is None
    assert rule.before is not None


def test_nothing_of_other_months_is_counted() -> None:
    found = report(kept(firing("a", "cpu", "2026-11-01"), firing("b", "cpu", "2026-08-31")))

    assert (None, None, []) == (found.all.now, found.all.before, found.rules)


def test_noisiest_are_those_that_nobody_answered() -> None:
    answered = [firing(f"a{n}", "answered", "2026-10-05", acknowledged_ms=60_000) for n in range(9)]
    ignored = [firing(f"b{n}", "ignored", "2026-10-05") for n in range(3)]
    half = [firing("c", "half", "2026-10-05"), firing("d", "half", "2026-10-05", acknowledged_ms=1)]
    found = report(kept(*answered, *ignored, *half, times=2)).noisiest

    assert [("ignored", 6, 3, 3), ("half", 4, 2, 1)] == [
        (one.name, one.notifications, one.alerts, one.unattended) for one in found
    ]


def test_what_is_beyond_the_bounds_is_counted() -> None:
    many = report(kept(*(firing(f"a{n}", f"rule{n:02}", "2026-10-05") for n in range(report_answer.MOST_NAMES + 3))))

    assert (report_answer.MOST_NAMES, 3) == (len(many.rules), many.left_out["rules"])
    assert report_answer.MOST_NOISY == len(many.noisiest)


def test_month_that_is_not_over_says_so() -> None:
    found = report(kept(), now="2026-10-20T00:00+00:00")

    assert (False, ms("2026-10-20T00:00+00:00")) == (found.is_over, found.to_ms)


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        ("2026-11-01T00:00+00:00", "UTC", "2026-10"),
        ("2026-10-31T16:00+00:00", "Asia/Seoul", "2026-10"),
        ("2026-10-31T14:00+00:00", "Asia/Seoul", "2026-09"),
        ("2027-01-15T00:00+00:00", "UTC", "2026-12"),
    ],
)
def test_last_month_is_that_of_the_time_zone(now: str, zone: str, expected: str) -> None:
    assert expected == questions.last_month(ms(now), zone)


def rising(days: int, to: float) -> list[Hour]:
    """Return hours that rise from half of a level to it, with a little noise of the day, until the end of October."""
    count = days * 24
    begin_ms = ms("2026-11-01T00:00+00:00") - count * HOUR_MS
    values = [to * (0.5 + 0.5 * n / count) + (n * 7919 % 13 - 6) * to / 500 for n in range(count)]
    return [Hour(begin_ms + n * HOUR_MS, 1, value, value, value) for n, value in enumerate(values)]


def test_metric_that_nears_the_threshold_of_a_rule_is_dated() -> None:
    limits = [Limit("disk", "shop-*", "disk", 90.0, "rising"), Limit("warn", "*", "disk", 50.0, "rising")]
    found = report_metrics.note("shop-1", "disk", rising(100, 80.0), "2026-10", limits, UTC)

    assert found is not None
    assert found.capacity is not None
    assert (90.0, "disk", "rising") == (found.limit, found.rule_id, found.direction)
    # 40 in 100 days: 10 more take 25, which are counted from noon of the last day.
    assert 25 < found.capacity.least_days < 25.5 < found.capacity.most_days < 26
    assert "2026-11" == found.capacity.date[:7]


def test_change_is_news_of_its_own_month_alone() -> None:
    plan = synthetic_year.Planted(step=0.4, step_day=200)
    hours = synthetic_year.year(4, plan)[: 240 * 24]
    day = datetime.fromtimestamp(synthetic_year.BEGIN_MS / 1000 + 200 * 86_400, UTC).date()
    month = f"{day:%Y-%m}"
    found = report_metrics.note("p", "m", hours[-120 * 24 :], month, [], ZoneInfo("UTC"))
    later = report_metrics.note("p", "m", hours[-120 * 24 :], calendar_months.after(month, 1), [], ZoneInfo("UTC"))

    assert found is not None
    assert [str(day)] == [change.day for change in found.changes]
    assert later is None or not later.changes


def test_steady_metric_is_no_news() -> None:
    hours = [Hour(ms("2026-07-01T00:00+00:00") + n * HOUR_MS, 1, 5.0, 5.0, 5.0) for n in range(120 * 24)]

    assert report_metrics.note("p", "m", hours, "2026-10", [], UTC) is None


@pytest.mark.parametrize(("level", "expected"), [(40.0, "a"), (60.0, "b"), (10.0, "c"), (3.0, "a"), (95.0, "c")])
def test_limit_is_the_nearest_ahead(level: float, expected: str) -> None:
    limits = [
        Limit("a", "*", "m", 50.0, "rising"),
        Limit("b", "*", "m", 90.0, "rising"),
        Limit("c", "*", "m", 5.0, "falling"),
    ]
    found = report_metrics.next_limit(level, limits)

    assert found is not None
    assert expected == found.rule_id


def test_limits_of_other_plugins_and_metrics_do_not_count() -> None:
    assert not Limit("a", "web-*", "m", 1.0, "rising").covers("db-1", "m")
    assert not Limit("a", "*", "m", 1.0, "rising").covers("db-1", "n")
