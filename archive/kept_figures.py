"""What the archive keeps of alerts and notifications for the figures of months: only the columns that they need."""

from typing import TYPE_CHECKING, NamedTuple

from archive.record_rows import unpacked
from archive.sql_lists import marks

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

_FIRING = ("firing", "reopened")
"""Kinds of a timeline's lines with which an alert fires."""
ON_THE_PAGE = ("web", "dashboard")
"""Channels that show alerts on the page alone: they call nobody, by day or by night."""


class KeptAlert(NamedTuple):
    """An alert that fired."""

    id: str
    rule_id: str
    rule_name: str
    plugin_id: str
    plugin_name: str
    labels: str
    """JSON."""
    fired_at_ms: int
    """The last time."""
    acknowledged_at_ms: int
    resolved_at_ms: int


class KeptSend(NamedTuple):
    """One alert in a notification that a provider accepted."""

    alert_id: str
    channel: str
    group: str
    at_ms: int


def first_at_ms(archive: "SqlArchive") -> int | None:
    """Return when the oldest alert was recorded; None without any."""
    found: int | None = archive.execute("SELECT min(first_at_ms) FROM alerts").fetchone()[0]
    return found


def alerts(archive: "SqlArchive", from_ms: int, to_ms: int, most: int) -> list[KeptAlert]:
    """Return the alerts that fired last at [from_ms, to_ms) or later, *most* of them at most."""
    sql = (
        f"SELECT {', '.join(KeptAlert._fields)} FROM alerts WHERE fired_at_ms >= ? AND first_at_ms < ?"  # noqa: S608
        " ORDER BY number LIMIT ?"
    )
    return [KeptAlert(*row) for row in archive.execute(sql, (from_ms, to_ms, most)).fetchall()]


def firings(archive: "SqlArchive", from_ms: int, to_ms: int) -> list[tuple[str, int]]:
    """Return alert id and instant of the firings until *to_ms* of the alerts of `alerts`, in order."""
    sql = (
        "SELECT timeline.alert_id, timeline.at_ms FROM alerts JOIN timeline ON timeline.alert_id = alerts.id"  # noqa: S608
        " WHERE alerts.fired_at_ms >= ? AND alerts.first_at_ms < ? AND timeline.at_ms < ?"
        f" AND timeline.kind IN ({marks(_FIRING)}) ORDER BY timeline.at_ms"
    )
    return [(alert_id, at_ms) for alert_id, at_ms in archive.execute(sql, (from_ms, to_ms, to_ms, *_FIRING)).fetchall()]


def sends(archive: "SqlArchive", from_ms: int, to_ms: int) -> list[KeptSend]:
    """Return what was sent in [from_ms, to_ms) through channels that leave the page."""
    sql = (
        "SELECT alert_id, channel, group_name, at_ms FROM notifications WHERE at_ms >= ? AND at_ms < ?"  # noqa: S608
        f" AND outcome = 'sent' AND channel NOT IN ({marks(ON_THE_PAGE)})"
    )
    return [KeptSend(*row) for row in archive.execute(sql, (from_ms, to_ms, *ON_THE_PAGE)).fetchall()]


def rules(archive: "SqlArchive", before_ms: int) -> list[tuple[str, bytes]]:
    """Return id and document of each rule as it was at an instant."""
    sql = (
        "SELECT target_id, document FROM rule_revisions WHERE document IS NOT NULL AND (target_id, revision) IN"
        " (SELECT target_id, max(revision) FROM rule_revisions WHERE at_ms < ? GROUP BY target_id) ORDER BY target_id"
    )
    return [(rule_id, unpacked(bytes(body))) for rule_id, body in archive.execute(sql, (before_ms,)).fetchall()]


def days_with_samples(archive: "SqlArchive", first_day: int, last_day: int) -> list[int]:
    """Return the days, numbered since the epoch (UTC), of which any series has rollups; both ends are among them."""
    sql = "SELECT EXISTS (SELECT 1 FROM rollups WHERE day = ?)"
    return [day for day in range(first_day, last_day + 1) if archive.execute(sql, (day,)).fetchone()[0]]


def first_day_with_samples(archive: "SqlArchive") -> int | None:
    """Return the first day of which any series has rollups; None without any."""
    found: int | None = archive.execute("SELECT min(day) FROM rollups").fetchone()[0]
    return found
