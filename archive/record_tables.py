"""The tables of the control plane's records, in SQL that both databases read: writing them, and what is too old."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from archive import search_index
from archive.record_rows import NOTIFICATIONS, REVISIONS, SILENCES, TIMELINE, AlertRow, Row, Rows, Story
from archive.sql_lists import marks, parts
from archive.store import DAY_MS

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

BACKFILLED = "backfilled:2"
"""
The cursor of this name says that what was there before the archive is recorded. The number grows when a release records
more than the one before it: then all of it is looked at again.
"""
_REMOVED = 1_000
"""Alerts that are removed in one transaction."""


def write(archive: "SqlArchive", rows: Rows, now_ms: int) -> None:
    """Write what a batch adds, in the transaction that is open; the search's index follows it."""
    changed = [*rows.alerts, *(str(_of(TIMELINE, row, "alert_id")) for row in rows.timeline)]
    changed += [story.alert_id for story in rows.stories]
    if changed:
        search_index.lock(archive)
    _write_alerts(archive, rows.alerts)
    archive.add_rows("timeline", TIMELINE, rows.timeline)
    archive.add_rows("notifications", NOTIFICATIONS, rows.notifications)
    for story in rows.stories:
        _write_story(archive, story)
    archive.add_rows("silences", SILENCES, rows.silences)
    archive.add_rows("rule_revisions", REVISIONS, rows.rules)
    archive.add_rows("channel_revisions", REVISIONS, rows.channels)
    archive.add_rows("route_revisions", REVISIONS, rows.routes)
    _write_found(archive, "rule_revisions", REVISIONS, rows.found_rules)
    _write_found(archive, "silences", SILENCES, rows.found_silences)
    _write_found(archive, "channel_revisions", REVISIONS, rows.found_channels)
    _write_versions(archive, rows.found_versions)
    _write_found(archive, "route_revisions", REVISIONS, rows.found_routes)
    search_index.refresh(archive, changed)
    if rows.is_out_of_date:
        archive.execute("DELETE FROM cursors WHERE stream = ?", (BACKFILLED,))
    if rows.is_backfilled:
        sql = "INSERT INTO cursors VALUES (?, '', 0, ?) ON CONFLICT DO NOTHING"
        archive.execute(sql, (BACKFILLED, now_ms))


def prune(archive: "SqlArchive", before_ms: int) -> None:
    """
    Remove what was recorded before an instant, in transactions of a bounded size. Safe to repeat after a failure.

    Alerts go with their last change; open ones stay. Of a rule, a channel and a silence that has not ended, the newest
    revision stays whatever its age: it was in force afterwards.
    """
    # Alerts first: only the timelines of those that stay are indexed again.
    _remove_alerts(archive, before_ms)
    for table in ("timeline", "notifications"):
        _remove_days(archive, table, before_ms)
    with archive.transaction():
        for table in ("rule_revisions", "channel_revisions", "route_revisions", "silences"):
            over = "(ends_at_ms < ?" if table == "silences" else "(document IS NULL AND entry_ms < ?"
            sql = f"DELETE FROM {table} WHERE entry_ms < ? AND {over} OR {_replaced(table)})"  # noqa: S608
            archive.execute(sql, (before_ms, before_ms, before_ms))


def _remove_alerts(archive: "SqlArchive", before_ms: int) -> None:
    while True:
        with archive.transaction():
            sql = "SELECT number FROM alerts WHERE state = 'resolved' AND changed_at_ms < ? LIMIT ?"
            numbers = [number for (number,) in archive.execute(sql, (before_ms, _REMOVED)).fetchall()]
            search_index.remove(archive, numbers)
            for some in parts(numbers):
                archive.execute(f"DELETE FROM alerts WHERE number IN ({marks(some)})", some)  # noqa: S608
        if len(numbers) < _REMOVED:
            return


def _write_alerts(archive: "SqlArchive", rows: Mapping[str, AlertRow]) -> None:
    """Write the alerts that are newer than those in the archive."""
    stored: dict[str, tuple[int, int]] = {}
    for some in parts([row.id for row in rows.values()]):
        sql = f"SELECT id, version, changed_at_ms FROM alerts WHERE id IN ({marks(some)})"  # noqa: S608
        stored.update((i, (version, at_ms)) for i, version, at_ms in archive.execute(sql, some).fetchall())
    archive.add_rows("alerts", _COLUMNS, [row for row in rows.values() if row.id not in stored])
    newer = [row for row in rows.values() if row.id in stored and row.is_newer(*stored[row.id])]
    # An upsert would take a number of PostgreSQL's sequence for each change of an alert.
    archive.execute_many(_UPDATE, [(*(getattr(row, name) for name in _CHANGED), row.id) for row in newer])


_COLUMNS = AlertRow._fields
_CHANGED = tuple(name for name in _COLUMNS if name not in ("id", "first_at_ms"))
_UPDATE = f"UPDATE alerts SET {', '.join(f'{name} = ?' for name in _CHANGED)} WHERE id = ?"  # noqa: S608


def _write_story(archive: "SqlArchive", story: Story) -> None:
    """Put a whole timeline in the place of what the archive has of it up to there, if that is less."""
    before = "FROM timeline WHERE alert_id = ? AND (entry_ms, entry_number) < (?, ?)"
    values = (story.alert_id, *story.point[:2])
    if story.first_at_ms is not None:
        sql = "UPDATE alerts SET first_at_ms = ? WHERE id = ? AND first_at_ms > ?"
        archive.execute(sql, (story.first_at_ms, story.alert_id, story.first_at_ms))
    if _count(archive, f"SELECT count(*) {before}", values) >= len(story.timeline):
        return
    archive.execute(f"DELETE {before}", values)
    archive.add_rows("timeline", TIMELINE, story.timeline)
    archive.add_rows(
        "notifications", NOTIFICATIONS, [row for row in story.notifications if not _is_known(archive, row)]
    )


def _write_found(archive: "SqlArchive", table: str, columns: Sequence[str], found: Sequence[Row]) -> None:
    """Write documents as they were found, unless the newest that the archive has of them up to there is the same."""
    for row in found:
        sql = (
            f"SELECT document FROM {table} WHERE target_id = ? AND (entry_ms, entry_number) < (?, ?)"  # noqa: S608
            " ORDER BY entry_ms DESC, entry_number DESC, item DESC LIMIT 1"
        )
        newest = archive.execute(sql, (_of(columns, row, "target_id"), *row[:2])).fetchone()
        if newest is None or newest[0] is None or bytes(newest[0]) != _of(columns, row, "document"):
            archive.add_rows(table, columns, [row])


def _write_versions(archive: "SqlArchive", found: Sequence[Row]) -> None:
    """Write versions of the routes as they were found, unless the archive has them; a restore begins numbers again."""
    for row in found:
        sql = "SELECT count(*) FROM route_revisions WHERE revision = ? AND at_ms = ?"
        if not _count(archive, sql, (_of(REVISIONS, row, "revision"), _of(REVISIONS, row, "at_ms"))):
            archive.add_rows("route_revisions", REVISIONS, [row])


def _is_known(archive: "SqlArchive", row: Row) -> bool:
    """Tell whether the archive has an attempt already, from its own record, which says more."""
    outcome = _of(NOTIFICATIONS, row, "outcome")
    sql = (
        "SELECT count(*) FROM notifications WHERE alert_id = ? AND channel = ? AND at_ms = ? AND attempt = ?"
        " AND outcome IN (?, ?)"
    )
    names = ("alert_id", "channel", "at_ms", "attempt")
    # A line does not tell a failure from an attempt without an answer.
    outcomes = (outcome, "uncertain" if outcome == "failed" else outcome)
    return _count(archive, sql, (*(_of(NOTIFICATIONS, row, name) for name in names), *outcomes)) > 0


def _replaced(table: str) -> str:
    """Return the condition that a revision had been replaced by another before an instant."""
    places = (f"({', '.join(f'{of}.{name}' for name in REVISIONS[:3])})" for of in ("newer", table))
    return (
        f"EXISTS (SELECT 1 FROM {table} AS newer WHERE newer.target_id = {table}.target_id"  # noqa: S608
        f" AND newer.entry_ms < ? AND {' > '.join(places)})"
    )


def _remove_days(archive: "SqlArchive", table: str, before_ms: int) -> None:
    """Delete rows that were recorded before an instant, those of a day in one transaction."""
    with archive.transaction():
        oldest_ms = archive.execute(f"SELECT min(entry_ms) FROM {table}").fetchone()[0]  # noqa: S608
    while oldest_ms is not None and oldest_ms < before_ms:
        oldest_ms = min(oldest_ms + DAY_MS, before_ms)
        with archive.transaction():
            search_index.lock(archive)
            kept = []
            if table == "timeline":
                sql = "SELECT DISTINCT alert_id FROM timeline JOIN alerts ON id = alert_id WHERE entry_ms < ?"
                kept = [alert_id for (alert_id,) in archive.execute(sql, (oldest_ms,)).fetchall()]
            archive.execute(f"DELETE FROM {table} WHERE entry_ms < ?", (oldest_ms,))  # noqa: S608
            search_index.refresh(archive, kept)


def _of(columns: Sequence[str], row: Row, name: str) -> object:
    return row[columns.index(name)]


def _count(archive: "SqlArchive", sql: str, values: Sequence[object]) -> int:
    return int(archive.execute(sql, values).fetchone()[0])
