"""The size of the archive's file: the oldest hours go first, what went is named, and the file gets smaller."""

import base64
import json
import os
from pathlib import Path

import pytest
from msgspec import Raw

from archive import compaction
from archive.journal import Entry, decode
from archive.opening import open_archive
from archive.pruning import GAPS_LONGER_DAYS
from archive.sql_archive import SqlArchive
from archive.store import ALERTS, DAY_MS, EVERY_STREAM, ROLLUPS, Archive, Batch, Cursor, Gap
from shared.model.alerts import TimelineEntry
from shared.model.encoding import encode
from shared.model.records import AlertChanged
from tests.support import kept_records
from tests.support.factories import an_alert
from tests.support.kept_records import Recording

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
        archive.compact(STREAM, rows, compaction.compact(found, archive))


def look(archive: Archive, most_bytes: int) -> int:
    """Look again and again, as the recorder does, until a look changes nothing; return what was dropped."""
    dropped, size = 0, -1
    while size != archive.size():
        size = archive.size()
        dropped += sum(gap.entries for gap in archive.keep_within(most_bytes) if gap.stream == EVERY_STREAM)
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


DAYS = 10


def add_of_all_kinds(archive: SqlArchive) -> None:
    """Add, for each of some days, a megabyte of rollups and one of resolved alerts; and 16 MB of events."""
    rows = [
        (T0 // DAY_MS - day, series, series, os.urandom(1_000), os.urandom(QUARTER // 10))
        for day in range(DAYS)
        for series in range(40)
    ]
    archive.add_rows("rollups", ("day", "plugin", "metric", "hours", "minutes"), rows)
    recording = Recording(archive)
    for day in range(DAYS, -1, -1):
        at_ms = T0 - day * DAY_MS
        for i in range(4):
            state = "firing" if (day, i) == (DAYS, 0) else "resolved"
            text = base64.b64encode(os.urandom(QUARTER)).decode()
            alert = an_alert(state, id=f"{day}-{i}", updated_at_ms=at_ms, runbook_url=text)
            line = Raw(encode(TimelineEntry(at_ms=at_ms, kind=state)))
            recording.add(AlertChanged(alert=Raw(encode(alert)), line=line), at_ms=at_ms)
    add(archive, range(64))


def rollup_days(archive: SqlArchive) -> list[int]:
    found = archive.execute("SELECT DISTINCT day FROM rollups ORDER BY day").fetchall()
    return [day - T0 // DAY_MS for (day,) in found]


def test_events_go_before_rollups_and_these_before_alerts(file: Path) -> None:
    archive = open_archive(file)
    add_of_all_kinds(archive)
    before = archive.size()
    look(archive, 130 * QUARTER)
    first = {gap.stream for gap in archive.gaps()}
    look(archive, 90 * QUARTER)
    then = {gap.stream: gap for gap in archive.gaps()}
    days, size = rollup_days(archive), archive.size()
    alerts = kept_records.alerts(archive)
    archive.close()

    assert before > 140 * QUARTER
    assert {EVERY_STREAM} == first, "they take more than a quarter"
    assert {EVERY_STREAM, ROLLUPS} == then.keys()
    assert days == [*range(days[0], 3)] and -9 < days[0] <= 0
    assert Gap(ROLLUPS, T0 - 9 * DAY_MS, T0 + days[0] * DAY_MS, 40 * (9 + days[0])) == then[ROLLUPS]
    assert 4 * (DAYS + 1) == len(alerts)
    assert size <= 90 * QUARTER


def test_the_oldest_alerts_go_last_and_open_ones_and_those_of_the_newest_day_stay(file: Path) -> None:
    archive = open_archive(file)
    add_of_all_kinds(archive)
    look(archive, 30 * QUARTER)
    some = kept_records.alerts(archive)
    look(archive, QUARTER)
    gaps = {gap.stream: gap for gap in archive.gaps()}
    days, events = rollup_days(archive), archive.others(STREAM)
    left = kept_records.alerts(archive)
    lines = kept_records.timelines(archive)
    archive.close()

    assert left.keys() < some.keys() < {f"{day}-{i}" for day in range(DAYS + 1) for i in range(4)}
    assert {f"{DAYS}-0", *(f"0-{i}" for i in range(4))} == left.keys()
    assert {f"0-{i}" for i in range(4)} == lines.keys()
    assert ([1, 2], []) == (days, events)
    assert Gap(ALERTS, T0 - DAYS * DAY_MS, T0, 4 * DAYS - 1) == gaps[ALERTS]
    assert {EVERY_STREAM, ROLLUPS, ALERTS} == gaps.keys()


def test_what_is_not_compacted_counts_and_goes_with_the_oldest_events(file: Path) -> None:
    archive = open_archive(file)
    for hour in range(HOURS):
        entries = of_hour(hour)
        before = archive.cursors().get(STREAM, Cursor())
        archive.record([Batch(STREAM, before, Cursor(entries[-1][0].decode(), before.read + 2), entries)], T0)
    look(archive, 16 * QUARTER)
    kept = [row.first_ms for row in archive.journal(STREAM, 10**6, 10**12)]
    size = archive.size()
    (gap,) = archive.gaps()
    archive.close()

    assert size <= 16 * QUARTER
    assert [T0 + hour * HOUR_MS for hour in range(HOURS - len(kept), HOURS)] == kept
    assert Gap(EVERY_STREAM, T0, kept[0], 2 * (HOURS - len(kept))) == gap


@pytest.mark.parametrize("kind", [ROLLUPS, ALERTS])
def test_a_gap_is_forgotten_with_the_days_of_its_kind(file: Path, kind: str) -> None:
    archive = open_archive(file)
    add_of_all_kinds(archive)
    look(archive, QUARTER)
    archive.prune(T0 // DAY_MS + 9 + GAPS_LONGER_DAYS)
    kept = {gap.stream for gap in archive.gaps()}
    if kind == ROLLUPS:
        archive.prune_rollups(T0 // DAY_MS + 9)
    else:
        archive.prune_records(T0 + 9 * DAY_MS)
    left = {gap.stream for gap in archive.gaps()}
    archive.close()

    assert {ROLLUPS, ALERTS} == kept
    assert kept - {kind} == left


def test_days_that_are_removed_make_the_file_smaller(file: Path) -> None:
    archive = open_archive(file)
    add(archive, range(HOURS))
    archive.prune(T0 // DAY_MS + 1)
    look(archive, 10**9)
    archive.close()

    assert file.stat().st_size < 1.2 * (HOURS - 24) * QUARTER
