"""Copying an archive into another one: the same rows on SQLite and on PostgreSQL, also after an interruption."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import copying
from archive.opening import open_archive, open_to_read
from archive.sql_archive import SqlArchive
from archive.store import DAY_MS
from archive.tables import TABLES
from tests.support.archives import KINDS, STREAM, T0, add, compact_all, event, events_in, fill
from tests.support.postgres import PostgresServer

PLUGINS = ("p", "호스트", "a'b;--", "new")


@pytest.fixture(params=[f"{here} to {there}" for here in KINDS for there in KINDS])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> list[Path | str]:
    """A source and a target, neither of which exists yet."""
    found: list[Path | str] = []
    for i, kind in enumerate(request.param.split(" to ")):
        if kind == "sqlite":
            found.append(tmp_path / f"{i}.db")
        else:
            server: PostgresServer = request.getfixturevalue("postgres")
            found.append(server.new_database())
    return found


@pytest.fixture
def source(places: list[Path | str]) -> Iterator[SqlArchive]:
    writing = open_archive(places[0])
    fill(writing)
    writing.close()
    reading = open_to_read(places[0])
    assert reading is not None
    yield reading
    reading.close()


@pytest.fixture
def target(places: list[Path | str]) -> Iterator[SqlArchive]:
    archive = open_archive(places[1])
    yield archive
    archive.close()


def test_the_size_of_every_table_is_measured(archive: SqlArchive) -> None:
    fill(archive)
    sizes = archive.table_sizes([table.name for table in TABLES])

    assert [] == [name for name, size in sizes.items() if size <= 0]
    assert sum(sizes.values()) <= archive.size()


def copy(source: SqlArchive, target: SqlArchive) -> int:
    """Copy, and return how many rows were written."""
    written, compared = copying.copy(source, target, lambda _done, _total: None)
    assert [] == [one for one in compared if not one.is_equal]
    assert sum(one.rows for one in compared) > 10
    return written


def contents(archive: SqlArchive) -> list[object]:
    found = [archive.cursors(), archive.gaps(), archive.others(STREAM), archive.others("outbox:0")]
    summaries = [archive.summaries(one, "cpu", 0, 3 * T0) for one in PLUGINS]
    return [*found, events_in(archive, STREAM, PLUGINS), summaries, archive.journal("outbox:0", 10, 10**9)]


def test_the_copy_holds_what_the_source_holds(source: SqlArchive, target: SqlArchive) -> None:
    written = copy(source, target)

    assert written > 10
    assert contents(source) == contents(target)


def test_a_second_copy_writes_nothing(source: SqlArchive, target: SqlArchive) -> None:
    copy(source, target)

    assert 0 == copy(source, target)


def test_a_copy_that_was_interrupted_goes_on(source: SqlArchive, target: SqlArchive) -> None:
    class Interrupted(Exception):
        pass

    reached = 0

    def stop(done: int, total: int) -> None:
        nonlocal reached
        reached = done
        if done > total / 6:
            raise Interrupted

    with pytest.raises(Interrupted):
        copying.copy(source, target, stop)
    rest = copy(source, target)

    assert 0 < rest < reached + rest
    assert contents(source) == contents(target)


def test_a_recorder_goes_on_in_the_copy_where_the_source_ends(source: SqlArchive, target: SqlArchive) -> None:
    copy(source, target)
    add(target, [event(T0 + 2 * DAY_MS + i, "new", metrics={"새 지표": 1.0}) for i in range(3)])
    compact_all(target)

    assert 3 == sum(one.events for one in target.chunks("new", 0, 3 * T0))
    assert [3] == [summary.samples for *_, summary in target.summaries("new", "새 지표", 0, 3 * T0)]


def test_what_only_the_target_holds_is_removed_and_what_changed_is_copied(
    places: list[Path | str], target: SqlArchive
) -> None:
    fill(target)
    add(target, [event(T0 + 3 * DAY_MS + i, "new", metrics={"cpu": 1.0}) for i in range(300)])
    compact_all(target)
    writing = open_archive(places[0])
    fill(writing)
    writing.close()
    source = open_to_read(places[0])
    assert source is not None
    copy(source, target)

    assert contents(source) == contents(target)
    source.close()


def test_days_that_are_copied_can_be_removed(source: SqlArchive, target: SqlArchive) -> None:
    copy(source, target)
    target.prune(T0 // DAY_MS + 1)

    assert {T0 // DAY_MS + 1} == {one.place.day for name in PLUGINS for one in target.chunks(name, 0, 3 * T0)}


def test_every_table_of_the_schema_is_copied(place: Path | str) -> None:
    archive = open_archive(place)
    if isinstance(place, Path):
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
    else:
        sql = (
            "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE relkind IN ('r', 'p') AND NOT relispartition AND nspname = 'public'"
        )
    tables = {name for (name,) in archive.execute(sql).fetchall()}
    archive.close()

    assert tables - {"alembic_version"} == {table.name for table in TABLES}
