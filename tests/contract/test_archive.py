"""What an archive promises, on SQLite and on a real PostgreSQL server."""

import json
import math
import random
from pathlib import Path

import pytest

from archive import chunk, compaction, journal
from archive.chunk import Summary
from archive.journal import Entry
from archive.opening import open_archive
from archive.pruning import GAPS_LONGER_DAYS
from archive.store import DAY_MS, EVERY_STREAM, Archive, ArchiveError, Batch, Cursor, Gap, Overtaken
from shared.errors import ConfigurationError

STREAM = "events:0"
T0 = 20_000 * DAY_MS


def entry(at_ms: int, plugin_id: str = "p", number: int = 0, **metrics: float) -> Entry:
    body = json.dumps({"plugin_id": plugin_id, "at_ms": at_ms, "metrics": metrics}).encode()
    return f"{at_ms + 5}-{number}".encode(), [b"e", body]


def batch(before: Cursor, entries: list[Entry], stream: str = STREAM, gap: Gap | None = None) -> Batch:
    after = Cursor(entries[-1][0].decode(), before.read + len(entries)) if entries else before
    return Batch(stream, before, after, entries, gap)


def recorded(archive: Archive, entries: list[Entry], before: Cursor | None = None) -> Cursor:
    step = batch(before or Cursor(), entries)
    archive.record([step], T0)
    return step.after


def compacted(archive: Archive, stream: str = STREAM) -> None:
    rows = archive.journal(stream, 1_000, 10**9)
    entries = [one for row in rows for one in journal.decode(row.body)]
    archive.compact(stream, rows, compaction.compact(entries, archive))


def samples(archive: Archive, plugin_id: str = "p", metric: str = "cpu") -> list[tuple[int, float]]:
    found = archive.chunks(plugin_id, 0, 2 * T0)
    return [sample for one in found for sample in chunk.series(one.body, metric)]


def test_entries_and_their_cursor_are_recorded_as_one(archive: Archive) -> None:
    first = [entry(T0, cpu=1.0), entry(T0 + 1, cpu=2.0)]
    cursor = recorded(archive, first)
    archive.record([batch(cursor, [entry(T0 + 2, cpu=3.0)]), batch(Cursor(), [entry(T0)], "events:1")], T0)
    rows = archive.journal(STREAM, 10, 10**9)

    assert {STREAM: Cursor(f"{T0 + 7}-0", 3), "events:1": Cursor(f"{T0 + 5}-0", 1)} == archive.cursors()
    assert [first, [entry(T0 + 2, cpu=3.0)]] == [journal.decode(row.body) for row in rows]


def test_what_is_recorded_is_there_when_the_archive_is_opened_again(archive: Archive, place: Path | str) -> None:
    cursor = recorded(archive, [entry(T0, cpu=1.0)])
    archive.close()
    again = open_archive(place)
    found = again.cursors(), len(again.journal(STREAM, 10, 10**9))
    again.close()

    assert ({STREAM: cursor}, 1) == found


def test_a_recorder_that_was_overtaken_writes_nothing(archive: Archive, place: Path | str) -> None:
    cursor = recorded(archive, [entry(T0)])
    other = open_archive(place)
    ahead = recorded(other, [entry(T0 + 1)], cursor)
    other.close()
    for before in (cursor, Cursor()):
        with pytest.raises(Overtaken):
            archive.record([batch(Cursor(), [entry(T0)], "events:1"), batch(before, [entry(T0 + 1)])], T0)

    assert {STREAM: ahead} == archive.cursors()
    assert [] == archive.journal("events:1", 10, 10**9)


def test_a_journal_is_read_in_parts(archive: Archive) -> None:
    cursor = Cursor()
    for i in range(4):
        cursor = recorded(archive, [entry(T0 + i, cpu=float(i))], cursor)
    rows = archive.journal(STREAM, 10, 10**9)
    size = len(rows[0].body)

    assert rows[:2] == archive.journal(STREAM, 2, 10**9)
    assert rows[:1] == archive.journal(STREAM, 10, 1), "at least one, however large"
    assert (T0 + 5, 4) == (archive.journal_sizes()[STREAM][0], archive.journal_sizes()[STREAM][1] // size)


def test_compaction_replaces_the_journal_by_chunks(archive: Archive) -> None:
    recorded(archive, [entry(T0 + i * 1_000, cpu=i / 10) for i in range(50)])
    compacted(archive)

    assert [] == archive.journal(STREAM, 10, 10**9)
    assert [(T0 + i * 1_000, i / 10) for i in range(50)] == samples(archive)
    ((place, least_at_ms, most_at_ms, summary),) = archive.summaries("p", "cpu", 0, 2 * T0)
    assert ("p", T0 // DAY_MS, T0, T0 + 49_000) == (place.plugin_id, place.day, least_at_ms, most_at_ms)
    assert (50, 0.0, 4.9) == summary[:3]
    assert math.isclose(122.5, summary.total)


def test_small_chunks_are_joined_until_they_are_full(archive: Archive) -> None:
    cursor = Cursor()
    for i in range(30):
        cursor = recorded(archive, [entry(T0 + 50 * i + k, cpu=float(50 * i + k)) for k in range(50)], cursor)
        compacted(archive)
    chunks = archive.chunks("p", 0, 2 * T0)

    sizes = [one.events for one in chunks]
    assert [(T0 + i, float(i)) for i in range(1_500)] == samples(archive)
    assert [800, 400, 200, 100] == sizes, "each at most half as large as the one before it"
    assert sizes == [summary.samples for *_, summary in archive.summaries("p", "cpu", 0, 2 * T0)]


def test_chunks_end_at_midnight_utc_also_where_no_partition_was_made(archive: Archive) -> None:
    archive.prepare(T0)
    far = T0 + 400 * DAY_MS
    recorded(archive, [entry(T0 + DAY_MS - 6, cpu=1.0), entry(T0 + DAY_MS - 5, cpu=2.0), entry(far, cpu=3.0)])
    compacted(archive)
    # The default partition holds that day already.
    archive.prepare(far)
    archive.prepare(far)
    found = archive.chunks("p", 0, 2 * T0)

    assert [20_000, 20_001, 20_400] == [one.place.day for one in found]
    assert archive.unplaced_days() in ([], [20_400]), "on PostgreSQL, the day that the clock was not expected to reach"
    assert [1.0, 2.0, 3.0] == [value for _, value in samples(archive)]


def test_journals_are_not_compacted_twice(archive: Archive, place: Path | str) -> None:
    recorded(archive, [entry(T0, cpu=1.0)])
    rows = archive.journal(STREAM, 10, 10**9)
    becomes = compaction.compact(journal.decode(rows[0].body), archive)
    archive.compact(STREAM, rows, becomes)
    with pytest.raises(Overtaken):
        archive.compact(STREAM, rows, becomes)

    assert [(T0, 1.0)] == samples(archive)


def test_late_samples_are_found_by_their_own_time(archive: Archive) -> None:
    late = b"%d-0" % (T0 + 90_000_000), entry(T0, m=1.0)[1]
    recorded(archive, [late])
    compacted(archive)

    assert [T0] == [one.least_at_ms for one in archive.chunks("p", T0 - 1, T0 + 1)]
    assert [] == archive.chunks("p", T0 + 1, 2 * T0)


def test_entries_that_are_no_good_events_are_kept_as_they_came(archive: Archive) -> None:
    command = b"%d-0" % T0, [b"c", b'{"kind": "resolve"}']
    broken = b"%d-1" % T0, [b"e", b'{"plugin_id": "p", "metrics": {"good": 1, "bad": "x"}}']
    nonsense = b"%d-2" % T0, [b"e", b"\xff\x00"]
    recorded(archive, [command, broken, nonsense])
    compacted(archive)

    assert [command, broken, nonsense] == archive.others(STREAM)
    assert [(T0, 1.0)] == samples(archive, metric="good")


def test_series_are_told_apart_and_unknown_ones_are_empty(archive: Archive) -> None:
    names = ["p", "호스트", "a'b;--", "%s ?"]
    recorded(archive, [entry(T0 + i, name, cpu=float(i), **{name: -1.0}) for i, name in enumerate(names)])
    compacted(archive)

    assert [[(T0 + i, float(i))] for i in range(4)] == [samples(archive, name) for name in names]
    assert [[(T0 + i, -1.0)] for i in range(4)] == [samples(archive, name, name) for name in names]
    assert ([], []) == (archive.chunks("nobody", 0, 2 * T0), archive.summaries("p", "nothing", 0, 2 * T0))


def test_more_plugins_than_one_statement_names(archive: Archive) -> None:
    cursor = Cursor()
    for round_ in range(2):
        entries = [entry(T0 + round_, f"p{i}", i, cpu=float(i)) for i in range(1_203)]
        cursor = recorded(archive, entries, cursor)
        compacted(archive)

    assert [(T0, 1_202.0), (T0 + 1, 1_202.0)] == samples(archive, "p1202")


def test_infinite_sums_and_nothing_finite(archive: Archive) -> None:
    recorded(archive, [entry(T0 + i, big=1.7e308, cpu=-0.0) for i in range(2)])
    compacted(archive)
    ((*_, big),) = archive.summaries("p", "big", 0, 2 * T0)

    assert Summary(2, 1.7e308, 1.7e308, math.inf) == big


def test_gaps_are_recorded_with_the_cursor_beyond_them(archive: Archive) -> None:
    cursor = recorded(archive, [entry(T0)])
    lost = Gap(STREAM, T0 + 5, T0 + 90, 17)
    after = Cursor(f"{T0 + 95}-0", 19)
    archive.record([Batch(STREAM, cursor, after, [entry(T0 + 90)], lost)], T0)

    assert [lost] == archive.gaps()
    assert {STREAM: after} == archive.cursors()


def test_an_archive_within_its_size_keeps_everything(archive: Archive) -> None:
    recorded(archive, [entry(T0, cpu=1.0)])
    compacted(archive)

    assert 10_000 < archive.size() < 10**9
    assert [] == [*archive.keep_within(10**9)]
    assert ([(T0, 1.0)], []) == (samples(archive), archive.gaps())


def test_an_archive_that_is_too_large_drops_the_oldest_days_and_names_them(archive: Archive) -> None:
    dice, cursor = random.Random(5), Cursor()
    for day in range(6):
        from_ms = T0 + day * DAY_MS
        if day:  # Of the first day there is no partition: its rows are in the default one.
            archive.prepare(from_ms)
        random_ones: list[Entry] = [(b"%d-0" % (from_ms + 9 + i), [b"c", dice.randbytes(20_000)]) for i in range(30)]
        cursor = recorded(archive, [entry(from_ms, cpu=1.0), *random_ones], cursor)
        compacted(archive)
    dropped: list[Gap] = []
    while now := archive.keep_within(3_000_000):
        dropped += now
    others = archive.others(STREAM)
    kept = [*samples(archive), *others]
    (gap,) = (one for one in archive.gaps() if one.stream == EVERY_STREAM)

    assert int(others[0][0].partition(b"-")[0]) // DAY_MS > T0 // DAY_MS
    assert T0 + 5 * DAY_MS + 38 == int(others[-1][0].partition(b"-")[0])
    assert (EVERY_STREAM, T0) == (gap.stream, gap.from_ms) and T0 + DAY_MS <= gap.to_ms <= T0 + 5 * DAY_MS
    assert 6 * 31 == gap.entries + len(kept)
    assert gap.entries == sum(one.entries for one in dropped if one.stream == EVERY_STREAM)
    # It takes what comes next as before.
    recorded(archive, [entry(T0 + 6 * DAY_MS, cpu=1.0)], cursor)
    compacted(archive)
    assert 1 == len(archive.chunks("p", T0 + 6 * DAY_MS, 2 * T0))


def test_an_archive_of_a_newer_release_is_refused(archive: Archive, place: Path | str) -> None:
    archive.execute("UPDATE alembic_version SET version_num = '9999'")  # type: ignore[attr-defined]
    archive.close()

    with pytest.raises(ConfigurationError, match="schema 9999, and this release reads schemas up to 0003"):
        open_archive(place)


def test_days_before_are_removed_and_nothing_else(archive: Archive) -> None:
    today = T0 // DAY_MS
    archive.prepare(T0)
    plugins = [f"p{n}" for n in range(3)]
    command = (f"{T0 - 3 * DAY_MS}-9".encode(), [b"c", b"{}"])
    old = [entry(T0 - 3 * DAY_MS, one, cpu=1.0) for one in plugins]
    new = [entry(T0 + n * DAY_MS, one, cpu=2.0) for n in range(2) for one in plugins]
    gaps = [Gap(STREAM, T0 + days * DAY_MS, T0 + days * DAY_MS, 1) for days in (-3, 0)]
    cursor = recorded(archive, [*old, command])
    for gap in gaps:
        cursor = batch(cursor, [entry(gap.to_ms, cpu=0.0)]).after
        archive.record([Batch(STREAM, Cursor(*archive.cursors()[STREAM]), cursor, [], gap)], T0)
    archive.record([batch(cursor, new)], T0)
    compacted(archive)
    for _ in range(2):
        archive.prune(today)

    assert [[(T0, 2.0), (T0 + DAY_MS, 2.0)]] * 3 == [samples(archive, one) for one in plugins]
    assert [2, 2, 2] == [len(archive.summaries(one, "cpu", 0, 2 * T0)) for one in plugins]
    assert ([], gaps) == (archive.others(STREAM), archive.gaps())
    archive.prune(today + 1)
    assert [[(T0 + DAY_MS, 2.0)]] * 3 == [samples(archive, one) for one in plugins]
    archive.prune(today + GAPS_LONGER_DAYS)
    assert gaps[1:] == archive.gaps()


def test_a_folder_that_cannot_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match=r"file/archive\.db"):
        open_archive(tmp_path / "file" / "archive.db")
