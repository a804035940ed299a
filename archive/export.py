"""
What is in the archive, row by row for a file: samples or events, UTC day by UTC day of their arrival; or alerts. Shell.

Each day is read as it was at one instant, so that what is compacted meanwhile is neither missing nor there twice. No
more than one chunk is decoded at a time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from archive import chunk, export_alerts, journal
from archive.chunk import Arrival
from archive.sql_archive import SqlArchive
from archive.store import DAY_MS, day_of, is_of_events
from shared.model import encoding
from shared.redis import entry_ids, keys, streams

SAMPLES = ("at_ms", "plugin_id", "metric", "value")
EVENTS = (
    *("at_ms", "arrived_ms", "plugin_id", "plugin_name", "metrics", "states", "labels", "errors", "counters", "gone"),
    *("histograms", "parent_id", "replica", "renamed_to", "request_id"),
)
INSTANTS = (
    *("at_ms", "arrived_ms"),
    *("started_at_ms", "fired_at_ms", "acknowledged_at_ms", "resolved_at_ms"),
)
"""Columns that hold instants; None: there is none."""
NESTED = ("metrics", "states", "labels", "errors", "counters", "gone", "histograms", "channels")
"""Columns that hold JSON."""

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which samples and events: by their own time, from one instant until before another."""

    from_ms: int
    to_ms: int
    plugin_ids: frozenset[str] = frozenset()
    """Empty: all."""
    metrics: frozenset[str] = frozenset()
    """Empty: all."""

    def covers(self, arrival: Arrival) -> bool:
        event = arrival.event
        is_plugin = not self.plugin_ids or event.plugin_id in self.plugin_ids
        return is_plugin and self.from_ms <= event.at_ms < self.to_ms


def samples(archive: SqlArchive, wanted: Wanted) -> Iterator[Row]:
    """Yield a row for each sample, as `SAMPLES` says."""
    for arrival in _arrivals(archive, wanted):
        event = arrival.event
        for metric, value in event.metrics.items():
            if not wanted.metrics or metric in wanted.metrics:
                yield event.at_ms, event.plugin_id, metric, value


def events(archive: SqlArchive, wanted: Wanted) -> Iterator[Row]:
    """Yield a row for each event, as `EVENTS` says; what is nested is JSON."""
    for arrival in _arrivals(archive, wanted):
        event = arrival.event
        fields = (getattr(event, name) for name in EVENTS[2:])
        yield (
            event.at_ms,
            arrival.entry_ms,
            *(
                encoding.encode(value).decode() if name in NESTED else value
                for name, value in zip(EVENTS[2:], fields, strict=True)
            ),
        )


def _of_alerts(
    rows: Callable[[SqlArchive, int, int, frozenset[str]], Iterator[Row]],
) -> Callable[[SqlArchive, Wanted], Iterator[Row]]:
    return lambda archive, wanted: rows(archive, wanted.from_ms, wanted.to_ms, wanted.plugin_ids)


KINDS: dict[str, tuple[Sequence[str], Callable[[SqlArchive, Wanted], Iterator[Row]]]] = {
    "samples": (SAMPLES, samples),
    "events": (EVENTS, events),
    "alerts": (export_alerts.ALERTS, _of_alerts(export_alerts.alerts)),
    "notifications": (export_alerts.NOTIFICATIONS, _of_alerts(export_alerts.notifications)),
    "timeline": (export_alerts.TIMELINE, _of_alerts(export_alerts.timeline)),
}
"""What can be exported: its columns, and its rows."""


def _arrivals(archive: SqlArchive, wanted: Wanted) -> Iterator[Arrival]:
    with archive.transaction():
        days = _days(archive, wanted)
    for day in days:
        # One transaction a day: on PostgreSQL, a day that is read cannot be removed meanwhile.
        with archive.transaction():
            yield from _compacted(archive, wanted, day)
            yield from _not_compacted(archive, wanted, day)


def _days(archive: SqlArchive, wanted: Wanted) -> list[int]:
    """Return the days of arrival that may hold wanted events."""
    sql = "SELECT DISTINCT day FROM chunks WHERE most_at_ms >= ? AND least_at_ms < ?"
    days = {day for (day,) in archive.execute(sql, (wanted.from_ms, wanted.to_ms)).fetchall()}
    cursors = archive.cursors()
    for stream, (oldest_ms, _) in archive.journal_sizes().items():
        if is_of_events(stream):
            days.update(range(day_of(oldest_ms), day_of(entry_ids.order_of(cursors[stream].position)[0]) + 1))
    return sorted(days)


def _compacted(archive: SqlArchive, wanted: Wanted, day: int) -> Iterator[Arrival]:
    sql = "SELECT DISTINCT plugin, name FROM chunks JOIN names ON id = plugin WHERE day = ?"
    for number, plugin_id in sorted(archive.execute(sql, (day,)).fetchall(), key=itemgetter(1)):
        if wanted.plugin_ids and plugin_id not in wanted.plugin_ids:
            continue
        sql = (
            "SELECT first_ms, first_number FROM chunks WHERE plugin = ? AND day = ? AND most_at_ms >= ?"
            " AND least_at_ms < ? ORDER BY first_ms, first_number"
        )
        for place in archive.execute(sql, (number, day, wanted.from_ms, wanted.to_ms)).fetchall():
            sql = "SELECT body FROM chunks WHERE plugin = ? AND day = ? AND first_ms = ? AND first_number = ?"
            (body,) = archive.execute(sql, (number, day, *place)).fetchone()
            yield from filter(wanted.covers, chunk.decode(bytes(body), plugin_id))


def _not_compacted(archive: SqlArchive, wanted: Wanted, day: int) -> Iterator[Arrival]:
    """Yield the events of one day that are in the journal yet."""
    checked_names: set[str] = set()
    for stream in sorted(archive.journal_sizes()):
        if not is_of_events(stream):
            continue
        sql = (
            "SELECT first_ms, first_number FROM journal WHERE stream = ? AND first_ms < ?"
            " ORDER BY first_ms, first_number"
        )
        for place in archive.execute(sql, (stream, (day + 1) * DAY_MS)).fetchall():
            sql = "SELECT body FROM journal WHERE stream = ? AND first_ms = ? AND first_number = ?"
            (body,) = archive.execute(sql, (stream, *place)).fetchone()
            for entry_id, fields in journal.decode(bytes(body)):
                entry_ms, number = entry_ids.order_of(entry_id.decode())
                if day_of(entry_ms) == day and len(fields) == 2 and fields[0] == keys.EVENT_FIELD:
                    found, _ = streams.decode(fields[1], entry_ms, checked_names)
                    arrivals = (Arrival(entry_ms, number, i, event) for i, event in enumerate(found))
                    yield from filter(wanted.covers, arrivals)
