"""Samples in an archive, put there the way the recorder does: into the journal, then compacted."""

import json
from collections.abc import Iterable

from archive import compaction, journal
from archive.journal import Entry
from archive.store import Archive, Batch, Cursor

STREAM = "events:0"


def entry(at_ms: int, plugin_id: str = "p", number: int = 0, arrived_ms: int | None = None, **metrics: float) -> Entry:
    """Return the stream entry of one event; it arrives 5 ms after it was true, unless *arrived_ms* says otherwise."""
    body = json.dumps({"plugin_id": plugin_id, "at_ms": at_ms, "metrics": metrics}).encode()
    return f"{at_ms + 5 if arrived_ms is None else arrived_ms}-{number}".encode(), [b"e", body]


def record(archive: Archive, entries: list[Entry], stream: str = STREAM) -> None:
    """Add entries to the journal, after those that are there."""
    before = archive.cursors().get(stream, Cursor())
    after = Cursor(entries[-1][0].decode(), before.read + len(entries))
    archive.record([Batch(stream, before, after, entries)], 0)


def compact(archive: Archive, stream: str = STREAM) -> None:
    """Make chunks and rollups of the whole journal."""
    rows = archive.journal(stream, 1_000_000, 10**12)
    entries = [one for row in rows for one in journal.decode(row.body)]
    archive.compact(stream, rows, compaction.compact(entries, archive))


def archived(archive: Archive, samples: Iterable[tuple[int, float]], plugin_id: str = "p", metric: str = "cpu") -> None:
    """Record and compact samples of one series; each arrives on time."""
    record(archive, [entry(at_ms, plugin_id, number, **{metric: v}) for number, (at_ms, v) in enumerate(samples)])
    compact(archive)
