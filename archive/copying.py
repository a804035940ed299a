"""
Copying an archive into another one, which may be of the other kind. Shell.

Rows are compared range by range, in the order of their keys, and a range that differs is replaced in one transaction.
So a copy that was interrupted goes on where it differs, a copy that is complete writes nothing, and copying again after
a day brings that day. The source is read as it was at one instant, while its recorder goes on.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from archive import tables
from archive.sql_archive import SqlArchive
from archive.tables import TABLES, Range, Table

Progress = Callable[[int, int], None]
"""How many rows are done, of how many."""
_pack = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Compared:
    """One table of both archives: how many rows each has, and whether they are the same to the last bit."""

    table: str
    rows: int
    rows_there: int
    digest: str
    digest_there: str

    @property
    def is_equal(self) -> bool:
        return (self.rows, self.digest) == (self.rows_there, self.digest_there)


def copy(source: SqlArchive, target: SqlArchive, progress: Progress) -> tuple[int, list[Compared]]:
    """
    Make *target* hold what *source* holds, and nothing else; then read both and compare.

    Returns:
        How many rows were written, and the comparison.
    """
    with source.transaction():
        total = 2 * sum(tables.count(source, Range(table)) for table in TABLES)
        written = done = 0
        for table in TABLES:
            target.make_partitions(table.name, tables.days_of(source, table) if table.by_day else [])
            for here, replaced in _copy_table(source, target, table):
                done, written = done + here, written + replaced
                progress(done, total)
        target.forget_names()
        compared = []
        for table in TABLES:
            found = _compare(source, target, table)
            done += found.rows
            progress(done, total)
            compared.append(found)
    return written, compared


def _copy_table(source: SqlArchive, target: SqlArchive, table: Table) -> Iterator[tuple[int, int]]:
    """Copy one table; yield, range by range, how many rows it has and how many of them were written."""
    columns = tables.columns_of(source, table)
    for part in sorted({*tables.parts_of(source, table), *tables.parts_of(target, table)}, key=str):
        for some, rows in tables.batches(source, columns, Range(table, part)):
            with target.transaction():
                # More rows than here are not read: they are removed.
                is_same = tables.count(target, some) == len(rows) and tables.rows_of(target, columns, some) == rows
                if not is_same:
                    where, values = some.where()
                    target.execute(f"DELETE FROM {table.name} WHERE {where}", values)  # noqa: S608
                    target.add_rows(table.name, columns, rows)
            yield len(rows), 0 if is_same else len(rows)
    if table.numbered:
        with target.transaction():
            target.number_on(table.name, table.numbered)


def _compare(source: SqlArchive, target: SqlArchive, table: Table) -> Compared:
    columns = tables.columns_of(source, table)
    (here, digest), (there, digest_there) = (_digest(one, table, columns) for one in (source, target))
    return Compared(table.name, here, there, digest, digest_there)


def _digest(archive: SqlArchive, table: Table, columns: list[str]) -> tuple[int, str]:
    """Return how many rows a table has, and a digest of them all in order."""
    count, digest = 0, hashlib.sha256()
    with archive.transaction():
        for part in tables.parts_of(archive, table):
            for _, rows in tables.batches(archive, columns, Range(table, part)):
                count += len(rows)
                for row in rows:
                    digest.update(_pack(row))
    return count, digest.hexdigest()
