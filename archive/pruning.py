"""
Removing what is too old from the archive's database, in transactions of a bounded size. Shell.

Each function is safe to repeat after a failure. What was dropped earlier for lack of room is forgotten with its days.
"""

from typing import TYPE_CHECKING

from archive import record_tables
from archive.sql_lists import marks, parts
from archive.store import ALERTS, DAY_MS, ROLLUPS

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

GAPS_LONGER_DAYS = 62
"""How much longer than entries gaps are kept: the report of a month names them, and the one before."""


def prune(archive: "SqlArchive", before_day: int) -> None:
    """As `Archive.prune`."""
    with archive.transaction():
        rows = archive.execute("SELECT DISTINCT plugin FROM chunks WHERE day < ?", (before_day,)).fetchall()
        streams = [stream for (stream,) in archive.execute("SELECT stream FROM cursors").fetchall()]
        sql = "DELETE FROM gaps WHERE to_ms < ? AND stream NOT IN (?, ?)"
        archive.execute(sql, ((before_day - GAPS_LONGER_DAYS) * DAY_MS, ROLLUPS, ALERTS))
    for some in parts([number for (number,) in rows]):
        with archive.transaction():
            for table in ("summaries", "chunks"):
                sql = f"DELETE FROM {table} WHERE plugin IN ({marks(some)}) AND day < ?"  # noqa: S608
                archive.execute(sql, (*some, before_day))
    for stream in streams:
        with archive.transaction():
            archive.execute("DELETE FROM others WHERE stream = ? AND day < ?", (stream, before_day))


def prune_rollups(archive: "SqlArchive", before_day: int) -> None:
    """As `Archive.prune_rollups`."""
    with archive.transaction():
        archive.execute("DELETE FROM rollups WHERE day < ?", (before_day,))
        archive.execute("DELETE FROM gaps WHERE to_ms < ? AND stream = ?", (before_day * DAY_MS, ROLLUPS))


def prune_records(archive: "SqlArchive", before_ms: int) -> None:
    """As `Archive.prune_records`."""
    record_tables.prune(archive, before_ms)
    with archive.transaction():
        archive.execute("DELETE FROM gaps WHERE to_ms < ? AND stream = ?", (before_ms, ALERTS))
