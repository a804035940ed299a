"""The size of the archive's file: the oldest hours go first, what went is named, and the file gets smaller."""

import json
import os
from pathlib import Path

import pytest

from archive import compaction
from archive.journal import Entry, decode
from archive.opening import open_archive
from archive.store import DAY_MS, EVERY_STREAM, Archive, Batch, Cursor, Gap

STREAM = "events:0"
HOUR_MS = 3_600_000
T0 = 20_000 * DAY_MS
HOURS = 40
QUARTER = 250_000


def of_hour(hour: int) -> list[Entry]:
    """A command of a quarter of a megabyte that cannot be compressed, and an event."""
    at_ms = T0 + hour * HOUR_MS
    event = json.dumps({"plugin_id": "p", "at_ms": at_ms, "metrics": {"cpu": hour}}).encode()
    return [(b"%d-0" % at_ms, [b"c", os.urandom(QUARTER)]), (b"%d-1" % at_ms, [b"e", event])]


def add(archive: Archive, hours: range) -> None:
    for hour in hours:
        entries = of_hour(hour)
        before = archive.cursors().get(STREAM, Cursor())
        after = Cursor(entries[-1][0].decode(), before.read + len(entries))
        archive.record([Batch(STREAM, before, after, entries)], T0)
        rows = archive.journal(STREAM, 10**6, 10**12)
        found = [one for row in rows for one in decode(row.body)]
        archive.compact(STREAM, rows, compaction.compact(found, archive.newest_chunks))


def look(archive: Archive, most_bytes: int) -> int:
    """Look again and again, as the recorder does, until a look changes nothing; return what was dropped."""
    dropped, size = 0, -1
    while size != archive.size():
        size = archive.size()
        gap = archive.keep_within(most_bytes)
        dropped += gap.entries if gap else 0
    return dropped


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "archive.db"


def test_nothing_is_dropped_below_the_bound(file: Path) -> None:
    archive = open_archive(file)
    add(archive, range(4))

    assert 0 == look(archive, 20 * QUARTER)
    assert ([], 4) == (archive.gaps(), len(archive.others(STREAM)))
    archive.close()


def test_the_oldest_hours_are_dropped_and_named_and_the_file_gets_smaller(file: Path) -> None:
    archive = open_archive(file)
    add(archive, range(HOURS))
    before = archive.size()
    dropped = look(archive, 16 * QUARTER)
    kept = [int(entry_id.partition(b"-")[0]) for entry_id, _ in archive.others(STREAM)]
    (gap,) = archive.gaps()
    archive.close()

    assert before > HOURS * QUARTER
    assert file.stat().st_size <= 16 * QUARTER
    assert [T0 + hour * HOUR_MS for hour in range(HOURS - len(kept), HOURS)] == kept, "the newest"
    assert 12 <= len(kept) <= 15
    # The chunk of the second day began before the cut, and went as a whole.
    assert Gap(EVERY_STREAM, T0, kept[-1], HOURS - len(kept) + HOURS) == gap
    assert dropped == gap.entries


def test_a_file_that_stays_at_its_bound_has_one_gap_that_grows(file: Path) -> None:
    archive = open_archive(file)
    sizes = []
    for hour in range(0, HOURS, 4):
        add(archive, range(hour, hour + 4))
        look(archive, 16 * QUARTER)
        sizes.append(archive.size())
    (gap,) = archive.gaps()
    archive.close()

    assert max(sizes) <= 16 * QUARTER
    assert (EVERY_STREAM, T0) == (gap.stream, gap.from_ms)
    assert T0 + 20 * HOUR_MS < gap.to_ms


def test_days_that_are_removed_make_the_file_smaller(file: Path) -> None:
    archive = open_archive(file)
    add(archive, range(HOURS))
    archive.prune(T0 // DAY_MS + 1)
    look(archive, 10**9)
    archive.close()

    assert file.stat().st_size < 1.2 * (HOURS - 24) * QUARTER
