"""
The rows of entries that are no wholly good events, such as commands, in the archive's database. Shell.

Each function works in the transaction that is open.
"""

from typing import TYPE_CHECKING

from archive import journal
from archive.journal import Entry
from archive.store import day_of

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive


def read(archive: "SqlArchive", stream: str) -> list[Entry]:
    """Return all of a stream, in order."""
    sql = "SELECT body FROM others WHERE stream = ? ORDER BY first_ms, first_number"
    found = archive.execute(sql, (stream,)).fetchall()
    return [entry for (body,) in found for entry in journal.decode(bytes(body))]


def newest(archive: "SqlArchive", stream: str, from_ms: int, to_ms: int, most: int) -> list[Entry]:
    """Return at least *most* of those that arrived in [from_ms, to_ms], or all of them, the newest first."""
    found: list[Entry] = []
    sql = "SELECT DISTINCT day FROM others WHERE stream = ? AND day >= ? AND day <= ? ORDER BY day DESC"
    days = archive.execute(sql, (stream, day_of(from_ms), day_of(to_ms))).fetchall()
    # A day at a time: all of them may be much more than is wanted.
    for (day,) in days:
        sql = "SELECT body FROM others WHERE stream = ? AND day = ? ORDER BY first_ms DESC, first_number DESC"
        for (body,) in archive.execute(sql, (stream, day)).fetchall():
            if len(found) >= most:
                return found
            entries = reversed(journal.decode(bytes(body)))
            found += [entry for entry in entries if from_ms <= int(entry[0].partition(b"-")[0]) <= to_ms]
    return found
