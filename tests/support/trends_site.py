"""An installation with a year behind it: a planted metric and some months of alerts, in a real archive."""

from datetime import UTC, datetime

from msgspec import Raw

from archive.store import DAY_MS, Archive
from insight import questions
from shared.clock import SystemClock
from shared.model.alerts import LedgerEntry, TimelineEntry
from shared.model.encoding import encode
from shared.model.records import AlertChanged, Attempted
from tests.support import synthetic_year
from tests.support.archived_series import archived
from tests.support.factories import an_alert
from tests.support.kept_records import Recording
from tests.support.waiting import DAY_S, until_no_turn

SEED = 4
PLUGIN, METRIC = "shop-1", "disk_usage"
HOUR_MS = 3_600_000
WEEK_MS = 7 * DAY_MS


def shift_ms() -> int:
    """Return by how many weeks the planted year must move to end within last week."""
    return (SystemClock().now_ms() - synthetic_year.BEGIN_MS) // WEEK_MS * WEEK_MS - 53 * WEEK_MS


def plant_year(archive: Archive, *what: str) -> None:
    """Record a year of a metric, an event each hour, with what `synthetic_year.planted` calls *what*."""
    until_no_turn(DAY_S)
    hours = synthetic_year.year(SEED, synthetic_year.planted(SEED, *what))
    archived(archive, [(hour.at_ms + shift_ms(), hour.average) for hour in hours], PLUGIN, METRIC)


def last_month() -> str:
    """Return the month before this one, as it is asked for; no constant, for the month may turn while the tests run."""
    return questions.last_month(SystemClock().now_ms(), "UTC")


def month_ms(before: int) -> int:
    """Return noon UTC of the tenth day of a month, so many months before this one."""
    now = datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC)
    number = now.year * 12 + now.month - 1 - before
    return int(datetime(number // 12, number % 12 + 1, 10, 12, tzinfo=UTC).timestamp() * 1000)


def plant_alerts(archive: Archive, months: int = 3) -> None:
    """
    Record two alerts in each of the last months but this one, newest month first: one of team `web` that flapped and
    was sent at noon, one without a team that was sent at three in the night; each to mail and to the page.
    """
    until_no_turn(DAY_S)
    recording = Recording(archive)
    for before in range(1, months + 1):
        noon_ms = month_ms(before)
        for name, labels, at_ms, firings in (
            ("day", {"team": "web"}, noon_ms, 3),
            ("night", {}, noon_ms + 15 * HOUR_MS, 1),
        ):
            _record(recording, f"{name}-{before}", name, labels, at_ms, firings)


def _record(
    recording: Recording, alert_id: str, rule_id: str, labels: dict[str, str], at_ms: int, firings: int
) -> None:
    minute_ms = 60_000
    alert = an_alert(
        "resolved",
        id=alert_id,
        rule_id=rule_id,
        rule_name=f"Rule {rule_id}",
        plugin_id=PLUGIN,
        plugin_name="Shop",
        labels=labels,
        started_at_ms=at_ms,
        fired_at_ms=at_ms + (firings - 1) * minute_ms,
        acknowledged_at_ms=at_ms + 10 * minute_ms if rule_id == "day" else 0,
        resolved_at_ms=at_ms + 30 * minute_ms,
        updated_at_ms=at_ms,
        version=1,
    )
    for n in range(firings):
        line = TimelineEntry(at_ms=at_ms + n * minute_ms, kind="reopened" if n else "firing")
        recording.add(AlertChanged(alert=Raw(encode(alert)), line=Raw(encode(line)), is_first=n == 0), at_ms=at_ms)
    for channel in ("email", "dashboard"):
        sent = TimelineEntry(at_ms=at_ms + 1_000, kind="notification.sent", channel=channel, by="firing")
        attempt = Attempted(
            alert_id=alert_id,
            channel=channel,
            group="g",
            outcome="sent",
            news="firing",
            episode=1,
            line=Raw(encode(sent)),
            ledger=Raw(encode(LedgerEntry(attempts=1))),
        )
        recording.add(attempt, at_ms=at_ms)
