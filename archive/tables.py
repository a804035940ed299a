"""The tables of the archive as rows, of whichever database: for copying and for sizes. Shell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from archive.sql_archive import SqlArchive

BATCH_BYTES = 8_000_000
"""What one read of rows is sized for."""
FIRST_ROWS, MOST_ROWS = 100, 20_000

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table: in which order its rows are read, and what stands apart."""

    name: str
    key: tuple[str, ...]
    """Columns of integers that order the rows of a part; empty: the table is small, and read as a whole."""
    part: str = ""
    """A column of texts by which the table is read part by part: databases order texts in different ways."""
    numbered: str = ""
    """The column that the database fills with the next number."""
    by_day: bool = False
    """Whether PostgreSQL keeps each UTC day apart."""


TABLES = (
    Table("names", ("id",), numbered="id"),
    Table("cursors", ()),
    Table("gaps", ()),
    Table("journal", ("first_ms", "first_number"), part="stream"),
    Table("chunks", ("plugin", "day", "first_ms", "first_number"), by_day=True),
    Table("summaries", ("plugin", "metric", "day", "first_ms", "first_number"), by_day=True),
    Table("rollups", ("day", "plugin", "metric"), by_day=True),
    Table("others", ("day", "first_ms", "first_number"), part="stream", by_day=True),
    Table("alerts", ("number",), numbered="number"),
    *(
        Table(name, ("entry_ms", "entry_number", "item"))
        for name in ("timeline", "notifications", "silences", "rule_revisions", "channel_revisions", "route_revisions")
    ),
    Table("search_documents", ("number",)),
    Table("search_terms", ("block", "term")),
    Table("search_blocks", ("block",)),
    Table("search_progress", ()),
)
"""All of them; a name's number is known before it is used."""


@dataclass(frozen=True, slots=True)
class Range:
    """Some rows of one part of a table: those behind a key, up to another; `None` is the beginning or the end."""

    table: Table
    part: str | None = None
    after: Row | None = None
    upto: Row | None = None

    def where(self) -> tuple[str, list[Any]]:
        """Return the condition of these rows, and its values."""
        said, values = ["1 = 1"], []
        if self.part is not None:
            said.append(f"{self.table.part} = ?")
            values.append(self.part)
        columns = ", ".join(self.table.key)
        marks = ", ".join("?" * len(self.table.key))
        for sign, key in ((">", self.after), ("<=", self.upto)):
            if key is not None:
                said.append(f"({columns}) {sign} ({marks})")
                values += key
        return " AND ".join(said), values


def columns_of(archive: SqlArchive, table: Table) -> list[str]:
    """Return the names of a table's columns."""
    found = archive.execute(f"SELECT * FROM {table.name} LIMIT 0")  # noqa: S608
    return [column[0] for column in found.description]


def parts_of(archive: SqlArchive, table: Table) -> list[str | None]:
    """Return the parts of a table that have rows, in an order of our own."""
    if not table.part:
        return [None]
    found = archive.execute(f"SELECT DISTINCT {table.part} FROM {table.name}").fetchall()  # noqa: S608
    return sorted(part for (part,) in found)


def days_of(archive: SqlArchive, table: Table) -> list[int]:
    """Return the UTC days of a table with rows."""
    found = archive.execute(f"SELECT DISTINCT day FROM {table.name}").fetchall()  # noqa: S608
    return sorted(day for (day,) in found)


def count(archive: SqlArchive, some: Range) -> int:
    """Return how many rows there are."""
    where, values = some.where()
    return int(archive.execute(f"SELECT count(*) FROM {some.table.name} WHERE {where}", values).fetchone()[0])  # noqa: S608


def rows_of(archive: SqlArchive, columns: Sequence[str], some: Range, most: int | None = None) -> list[Row]:
    """Return rows in order: at most *most*, the first of the range."""
    where, values = some.where()
    order = f" ORDER BY {', '.join(some.table.key)}" if some.table.key else ""
    limit = "" if most is None else f" LIMIT {most}"
    found = archive.execute(
        f"SELECT {', '.join(columns)} FROM {some.table.name} WHERE {where}{order}{limit}",  # noqa: S608
        values,
    ).fetchall()
    rows = [tuple(bytes(one) if isinstance(one, memoryview) else one for one in row) for row in found]
    return rows if some.table.key else sorted(rows)


def batches(archive: SqlArchive, columns: Sequence[str], part: Range) -> Iterator[tuple[Range, list[Row]]]:
    """Yield the rows of one part of a table, some at a time, each with the range that they are; the last is open."""
    table, most = part.table, FIRST_ROWS
    if not table.key:
        yield part, rows_of(archive, columns, part)
        return
    after = None
    while True:
        rows = rows_of(archive, columns, Range(table, part.part, after), most)
        is_last = len(rows) < most
        upto = None if is_last else tuple(rows[-1][columns.index(name)] for name in table.key)
        yield Range(table, part.part, after, upto), rows
        if is_last:
            return
        after = upto
        size = sum(len(one) if isinstance(one, str | bytes) else 8 for row in rows for one in row)
        most = max(1, min(MOST_ROWS, BATCH_BYTES * len(rows) // size))
