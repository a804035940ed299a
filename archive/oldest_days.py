"""
What goes when the archive's tables in PostgreSQL take more than they may: the oldest partitions, a UTC day each. Shell.

In the order of `dropping`: events first, with the journal and what makes them readable, until they take a quarter of
the bound; then rollups of days without events; then the other days of events. The newest day with events stays, and so
do alerts: deleting rows gives the disk nothing back. A day goes in one transaction, with the gap that names it.
"""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from archive import dropping, tables
from archive.store import DAY_MS, EVERY_STREAM, ROLLUPS, Gap

if TYPE_CHECKING:
    from archive.postgres import PostgresArchive

GOAL = 0.95
"""Share of the bound that is left full, so that days are dropped now and then."""
_DAYS = ("chunks", "summaries", "others")
_HOUR_MS = 3_600_000
_FIRST = (
    "SELECT least((SELECT min(first_ms) FROM chunks WHERE day <= ?), (SELECT min(first_ms) FROM others WHERE day <= ?))"
)


def size(archive: "PostgresArchive") -> int:
    """Return the bytes of the archive's own tables: other programs may use the database, too."""
    return sum(archive.table_sizes([table.name for table in tables.TABLES]).values())


def drop(archive: "PostgresArchive", most_bytes: int) -> Iterator[Gap]:
    """Drop as many days as the tables are too large by; yields what is gone, a day each."""
    total = size(archive)
    if total <= most_bytes:
        return
    too_much = total - most_bytes * GOAL
    events = Counter[int]()
    for table in _DAYS:
        events.update(archive.partition_sizes(table))
    rollups = archive.partition_sizes("rollups")
    (newest,) = archive.execute(
        "SELECT greatest(0, (SELECT max(day) FROM chunks), (SELECT max(day) FROM others))"
    ).fetchone()
    days = [day for day in sorted(events) if day < newest]
    spare = sum(events.values()) - dropping.EVENTS_SHARE * most_bytes
    while days and too_much > 0 and spare > 0:
        day = days.pop(0)
        yield from _drop_events(archive, day)
        too_much, spare = too_much - events[day], spare - events[day]
    first_day = days[0] if days else newest
    for day in sorted(day for day in rollups if day < first_day):
        if too_much <= 0:
            break
        yield from _drop_rollups(archive, day)
        too_much -= rollups[day]
    while days and too_much > 0:
        day = days.pop(0)
        yield from _drop_events(archive, day)
        too_much -= events[day]


def _drop_events(archive: "PostgresArchive", day: int) -> list[Gap]:
    end_ms = (day + 1) * DAY_MS
    with archive.transaction():
        sql = (
            "SELECT (SELECT coalesce(sum(events), 0) FROM chunks WHERE day <= ?)"
            " + (SELECT coalesce(sum(entries), 0) FROM others WHERE day <= ?)"
            " + (SELECT coalesce(sum(entries), 0) FROM journal WHERE first_ms < ?)"
        )
        (entries,) = archive.execute(sql, (day, day, end_ms)).fetchone()
        (first_ms,) = archive.execute(_FIRST, (day, day)).fetchone()
        for table in _DAYS:
            archive.drop_partition(table, day)
        archive.execute("DELETE FROM journal WHERE first_ms < ?", (end_ms,))
        from_ms = min(day * DAY_MS, first_ms or end_ms)
        return _noted(archive, Gap(EVERY_STREAM, from_ms // _HOUR_MS * _HOUR_MS, end_ms, int(entries)))


def _drop_rollups(archive: "PostgresArchive", day: int) -> list[Gap]:
    with archive.transaction():
        (series,) = archive.execute("SELECT count(*) FROM rollups WHERE day <= ?", (day,)).fetchone()
        archive.drop_partition("rollups", day)
        return _noted(archive, Gap(ROLLUPS, day * DAY_MS, (day + 1) * DAY_MS, int(series)))


def _noted(archive: "PostgresArchive", gap: Gap) -> list[Gap]:
    if not gap.entries:
        return []
    dropping.note(archive, gap)
    return [gap]
