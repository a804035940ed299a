"""Rollups and the reading of series, on SQLite and on a real PostgreSQL server."""

import math
import random
from pathlib import Path

import pytest

from archive import reading, rollup
from archive.journal import Entry
from archive.opening import open_archive, open_to_read
from archive.rollup import FIVE_MINUTES_MS, HOUR_MS
from archive.store import DAY_MS, Archive, ArchiveError, Bucket
from shared.errors import AlertsError
from tests.support.archived_series import archived, compact, entry, record

DAY = 20_000
T0 = DAY * DAY_MS
ALL = (0, 2 * T0)


def minutes(archive: Archive, plugin_id: str = "p", metric: str = "cpu") -> list[Bucket]:
    return archive.rollups(plugin_id, metric, FIVE_MINUTES_MS, T0 - DAY_MS, T0 + 9 * DAY_MS)


def test_rollups_are_made_with_the_compaction(archive: Archive) -> None:
    record(archive, [entry(T0 + i * 60_000, cpu=float(i)) for i in range(70)])
    before = minutes(archive)
    compact(archive)

    assert [] == before
    assert Bucket(T0 + FIVE_MINUTES_MS, 5, 5.0, 9.0, 35.0) == minutes(archive)[1]
    assert [(T0, 60), (T0 + HOUR_MS, 10)] == [b[:2] for b in archive.rollups("p", "cpu", HOUR_MS, *(T0, T0 + DAY_MS))]


def test_many_compactions_count_each_sample_once(archive: Archive) -> None:
    dice = random.Random(3)
    samples = [(T0 + i * 20_000, round(dice.uniform(-5, 5), 2)) for i in range(3 * 4_320)]
    for start in range(0, len(samples), 1_700):
        archived(archive, samples[start : start + 1_700])
    expected = rollup.merged((Bucket(at_ms, 1, v, v, v) for at_ms, v in samples), FIVE_MINUTES_MS)
    found = minutes(archive)

    assert [one[:4] for one in expected] == [one[:4] for one in found]
    assert all(math.isclose(a.total, b.total, abs_tol=1e-9) for a, b in zip(expected, found, strict=True))


def test_late_samples_land_where_they_belong(archive: Archive) -> None:
    archived(archive, [(T0 + 1, 1.0), (T0 + DAY_MS, 1.0)])
    record(archive, [entry(T0 + 2, arrived_ms=T0 + 2 * DAY_MS, cpu=9.0)])
    compact(archive)

    assert [Bucket(T0, 2, 1.0, 9.0, 10.0), Bucket(T0 + DAY_MS, 1, 1.0, 1.0, 1.0)] == minutes(archive)


def test_series_have_rollups_of_their_own(archive: Archive) -> None:
    names = ["p", "호스트", "a'b;--", "%s ?"]
    record(archive, [entry(T0, name, i, **{name: float(i), "cpu": -1.0}) for i, name in enumerate(names)])
    compact(archive)

    assert [[float(i)] for i in range(4)] == [[b.mean for b in minutes(archive, name, name)] for name in names]
    assert sorted((p, m) for p in names for m in (p, "cpu")) == archive.rolled_up(DAY)
    assert ([], []) == (minutes(archive, "nobody"), archive.rolled_up(DAY + 1))


def test_more_series_than_one_statement_names(archive: Archive) -> None:
    for value in (1.0, 3.0):
        record(archive, [entry(T0 + int(value), f"p{i}", i, cpu=value) for i in range(1_203)])
        compact(archive)

    assert [Bucket(T0, 2, 1.0, 3.0, 4.0)] == minutes(archive, "p1202")
    assert 1_203 == len(archive.rolled_up(DAY))


def test_rollups_stay_when_samples_go(archive: Archive) -> None:
    archive.prepare(T0)
    archived(archive, [(T0 + i * DAY_MS, float(i)) for i in range(4)])
    archive.prune(DAY + 3)
    kept = [bucket.mean for bucket in minutes(archive)]
    for _ in range(2):
        archive.prune_rollups(DAY + 2)

    assert [0.0, 1.0, 2.0, 3.0] == kept
    assert [2.0, 3.0] == [bucket.mean for bucket in minutes(archive)]
    assert [DAY + 3] == [one.place.day for one in archive.chunks("p", *ALL)]


def read(archive: Archive, from_ms: int, to_ms: int, points: int, tail: list[tuple[int, float]]) -> reading.Reading:
    part = reading.compacted(archive, "p", ["cpu", "nothing"], from_ms, to_ms, points)
    assert reading.Reading(0, []) == reading.joined(part["nothing"], [], from_ms, to_ms, points)
    return reading.joined(part["cpu"], tail, from_ms, to_ms, points)


def test_a_short_range_is_read_as_samples_and_the_tail_is_joined(archive: Archive) -> None:
    samples = [(T0 + i * 30_000, float(i)) for i in range(100)]
    archived(archive, samples[:90])
    found = read(archive, T0 + 600_000, T0 + DAY_MS // 10, 1_000, samples[90:])

    assert (0, samples[20:]) == (found.step_ms, [(point.at_ms, point.mean) for point in found.points])


@pytest.mark.parametrize(("days", "points", "step_ms"), [(1, 300, 288_000), (5, 400, 1_200_000), (9, 20, 11 * HOUR_MS)])
def test_points_of_long_ranges_are_exact(archive: Archive, days: int, points: int, step_ms: int) -> None:
    dice = random.Random(days)
    samples = [(T0 + i * 60_000, round(dice.uniform(0, 100), 1)) for i in range(days * 1_440)]
    split = len(samples) - 7
    for start in range(0, split, 2_000):
        archived(archive, samples[start : min(start + 2_000, split)])
    found = read(archive, T0, T0 + days * DAY_MS - 1, points, samples[split:])
    expected = rollup.merged((Bucket(at_ms, 1, v, v, v) for at_ms, v in samples), step_ms)

    assert step_ms == found.step_ms
    assert len(found.points) <= points + 1
    assert [one[:4] for one in expected] == [one[:4] for one in found.points]
    assert all(math.isclose(a.mean, b.mean) for a, b in zip(expected, found.points, strict=True))


def test_where_samples_are_gone_rollups_are_read(archive: Archive) -> None:
    archived(archive, [(T0 - HOUR_MS + i * 60_000, float(i)) for i in range(120)])
    fine = read(archive, T0 - HOUR_MS, T0 + HOUR_MS, 1_000, [])
    archive.prune(DAY)
    coarse = read(archive, T0 - HOUR_MS, T0 + HOUR_MS, 1_000, [(T0 + HOUR_MS, 7.0)])
    late = read(archive, T0, T0 + HOUR_MS, 1_000, [])

    assert (0, 120) == (fine.step_ms, len(fine.points))
    assert (FIVE_MINUTES_MS, 25) == (coarse.step_ms, len(coarse.points))
    assert (0, 60) == (late.step_ms, len(late.points))


def test_of_more_samples_than_are_decoded_rollups_are_read(archive: Archive) -> None:
    archived(archive, [(T0 + i, float(i)) for i in range(301)])
    part = reading.compacted(archive, "p", ["cpu"], T0, T0 + 300, 1_000, most_samples=300)["cpu"]
    found = reading.joined(part, [], T0, T0 + 300, 1_000)

    assert (FIVE_MINUTES_MS, [(T0, 301, 0.0, 300.0, 150.0)]) == (found.step_ms, list(found.points))


def test_nothing_measured_is_no_point(archive: Archive) -> None:
    archived(archive, [(T0, 1.0), (T0 + 5 * HOUR_MS, 2.0)])
    found = read(archive, T0, T0 + 8 * HOUR_MS, 8, [])

    assert [T0, T0 + 5 * HOUR_MS] == [point.at_ms for point in found.points]


def test_one_that_reads_cannot_write_and_sees_one_instant(archive: Archive, place: Path | str) -> None:
    reader = open_to_read(place)
    assert reader is not None
    archived(archive, [(T0, 1.0)])
    with reader.transaction():
        before = minutes(reader)
        archived(archive, [(T0 + 1_000, 2.0)])
        during = minutes(reader)
    after = minutes(reader)
    with pytest.raises(ArchiveError):
        reader.prune(DAY)
    reader.close()

    assert ([1], [1], [2]) == tuple([bucket.samples for bucket in some] for some in (before, during, after))


def test_an_archive_that_does_not_exist_yet_is_none(place: Path | str) -> None:
    nothing = open_to_read(place)
    open_archive(place).close()
    something = open_to_read(place)
    assert something is not None
    something.close()

    assert nothing is None


def test_an_archive_of_another_release_is_not_read(archive: Archive, place: Path | str) -> None:
    archive.execute("UPDATE alembic_version SET version_num = '9999'")  # type: ignore[attr-defined]
    with pytest.raises(AlertsError, match="schema 9999"):
        open_to_read(place)


def test_a_damaged_row_is_left_out_until_its_samples_are_counted_again(archive: Archive) -> None:
    archived(archive, [(T0, 1.0), (T0 + DAY_MS, 2.0)])
    archive.execute("UPDATE rollups SET minutes = ? WHERE day = ?", (b"x", DAY))  # type: ignore[attr-defined]
    damaged = [bucket[:2] for bucket in minutes(archive)]
    archived(archive, [(T0 + 1, 3.0)])

    assert [(T0 + DAY_MS, 1)] == damaged
    assert [(T0, 2), (T0 + DAY_MS, 1)] == [bucket[:2] for bucket in minutes(archive)]


def test_entries_without_metrics_have_no_rollups(archive: Archive) -> None:
    silent: Entry = (f"{T0}-0".encode(), [b"e", b'{"plugin_id": "p"}'])
    record(archive, [silent])
    compact(archive)

    assert [] == archive.rolled_up(DAY)
