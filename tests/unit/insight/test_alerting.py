from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from insight.alerting import Figures, Firing, Name, Sent, figures

SEOUL = ZoneInfo("Asia/Seoul")
MINUTE_MS = 60_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def firing(alert_id: str, *at: str, acknowledged_ms: int = 0, resolved_ms: int = 0, **changes: str) -> Firing:
    team = {"team": changes["team"]} if "team" in changes else {}
    fired = [ms(text) for text in at]
    return Firing(
        alert_id,
        changes.get("rule", "cpu"),
        changes.get("plugin", "web-1"),
        team,
        fired,
        fired[0] + acknowledged_ms if acknowledged_ms else 0,
        fired[0] + resolved_ms if resolved_ms else 0,
    )


def test_each_team_rule_and_plugin_has_its_figures() -> None:
    first = firing("a", "2026-10-05T10:00+09:00", acknowledged_ms=4 * MINUTE_MS, resolved_ms=20 * MINUTE_MS, team="web")
    second = firing("b", "2026-10-06T10:00+09:00", acknowledged_ms=10 * MINUTE_MS, team="web", rule="disk")
    third = firing("c", "2026-10-07T10:00+09:00", resolved_ms=40 * MINUTE_MS, plugin="db-1")
    noon_ms = ms("2026-10-07T12:00+09:00")
    sent = [Sent(alert, noon_ms, message) for alert, message in (("a", "1"), ("a", "2"), ("b", "3"), ("c", "4"))]

    found = figures([first, second, third], sent, SEOUL)

    both = Figures(2, 3, 0, 2, 1, 0, 7.0 * MINUTE_MS, 7.0 * MINUTE_MS, 20.0 * MINUTE_MS, 20.0 * MINUTE_MS)
    assert both == found[Name("2026-10", "team", "web")]
    assert (3, 4) == (found[Name("2026-10", "all", "")].alerts, found[Name("2026-10", "all", "")].notifications)
    assert (1, 1) == (found[Name("2026-10", "team", "")].alerts, found[Name("2026-10", "team", "")].notifications)
    assert (2, 3) == (found[Name("2026-10", "rule", "cpu")].alerts, found[Name("2026-10", "rule", "cpu")].notifications)
    assert {"db-1", "web-1"} == {name.name for name in found if name.dimension == "plugin"}


def test_times_are_unknown_where_nobody_acknowledged_and_nothing_ended() -> None:
    found = figures([firing("a", "2026-10-05T10:00+09:00")], [], SEOUL)

    assert Figures(1, 0, 0, 0, 0, 0, None, None, None, None) == found[Name("2026-10", "all", "")]
    assert found[Name("2026-10", "all", "")].share_at_night is None


def test_month_and_night_are_those_of_the_time_zone() -> None:
    alert = firing("a", "2026-09-30T23:30+00:00")
    nights = [Sent("a", ms(f"2026-10-01T{hour:02}:00+09:00"), str(hour)) for hour in (0, 6, 7, 12, 21, 22, 23)]

    in_seoul, in_utc = (figures([alert], nights, zone) for zone in (SEOUL, UTC))

    assert ["2026-10"] == sorted({name.month for name in in_seoul})
    assert (7, 4) == (in_seoul[Name("2026-10", "all", "")].notifications, in_seoul[Name("2026-10", "all", "")].at_night)
    assert 1 == in_utc[Name("2026-09", "all", "")].alerts
    assert 3 == in_utc[Name("2026-09", "all", "")].notifications
    assert 0 == in_utc[Name("2026-10", "all", "")].alerts


def test_flapping_alert_fired_three_times() -> None:
    twice = firing("a", "2026-10-05T10:00+09:00", "2026-10-05T10:05+09:00")
    thrice = firing("b", *(f"2026-10-05T10:0{minute}+09:00" for minute in (0, 3, 6)))

    found = figures([twice, thrice], [], SEOUL)

    assert (2, 1) == (found[Name("2026-10", "all", "")].alerts, found[Name("2026-10", "all", "")].flapping)


def test_alert_that_never_fired_does_not_count() -> None:
    pending = Firing("a", "cpu", "web-1", {}, [], 0, 1)

    assert {} == figures([pending], [], SEOUL)


def test_notification_of_an_alert_that_is_not_kept_counts_for_all() -> None:
    found = figures([], [Sent("gone", ms("2026-10-05T03:00+09:00"), "1")], SEOUL)

    assert [Name("2026-10", "all", "")] == list(found)
    assert 1.0 == found[Name("2026-10", "all", "")].share_at_night


def test_notification_about_several_alerts_counts_once_for_each_that_it_concerns() -> None:
    alerts = [
        firing("a", "2026-10-05T10:00+09:00", team="web"),
        firing("b", "2026-10-05T10:00+09:00", team="web", plugin="web-2"),
        firing("c", "2026-10-05T10:00+09:00", team="db", plugin="db-1"),
    ]

    found = figures(alerts, [Sent(alert, ms("2026-10-05T10:01+09:00"), "1") for alert in "abc"], SEOUL)

    assert [1] * 7 == [each.notifications for each in found.values()]
    assert 7 == len({(name.dimension, name.name) for name in found})
