"""The archive in one file in DATA_DIR, for a single machine. No setting, no server."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from archive import dropping
from archive.sql_archive import SqlArchive
from archive.store import ArchiveError, Gap
from shared.model import reasons

BUSY_S = 5.0
"""How long a write waits for another process that writes."""
PATIENT_MS = 120_000
"""How long a command waits for the recorder's transaction."""
CACHE_KIB = 4_096
GOAL = 0.95
"""Share of the bound that is left full when the oldest entries are dropped, so that this happens now and then."""
SPARE = 0.1
"""Share of the file that stays free for what comes next; what is free beyond it is given back to the disk."""
MOVED_PAGES = 2_000
"""Pages (8 MB) that one look gives back: these are moved within the file, while nothing is recorded."""
WAL_BYTES = 16_777_216
"""The write-ahead log is cut to this size after a large transaction."""


class SqliteArchive(SqlArchive):
    """An archive in a SQLite file."""

    def __init__(self, file: Path, *, read_only: bool = False) -> None:
        """
        Open the file, which has the schema of this release.

        Raises:
            ArchiveError: it cannot be opened.
        """
        super().__init__()
        self._file = file
        with self._translated():
            self._connection = connect_to_read(file) if read_only else connect(file)
        # A transaction that will write waits for others at its beginning: half-way it could not.
        self._begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._connection.in_transaction:
            yield
            return
        with self._translated():
            self._connection.execute(self._begin)
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self.forget_names()
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        return self._connection.execute(sql, values)

    def add_rows(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        marks = ", ".join("?" * len(columns))
        self._connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)  # noqa: S608

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._connection.executemany(sql, rows)

    def prepare(self, now_ms: int) -> None:
        """Nothing: a file has no partitions."""

    def size(self) -> int:
        with self._translated():
            return self._pages("page_count") * self._pages("page_size")

    def free(self) -> int:
        with self._translated():
            return self._pages("freelist_count") * self._pages("page_size")

    def take_time(self) -> None:
        self._connection.execute(f"PRAGMA busy_timeout = {PATIENT_MS}")

    def table_sizes(self, tables: Sequence[str]) -> dict[str, int]:
        """Return what each table takes; where SQLite was built without `dbstat`, the bytes of its rows' bodies."""
        with self._translated():
            found = dict.fromkeys(tables, 0)
            try:
                sql = (
                    "SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_master USING (name)"
                    " WHERE aggregate = TRUE GROUP BY tbl_name"
                )
                rows = self._connection.execute(sql).fetchall()
            except sqlite3.OperationalError:
                rows = [(table, self._bodies(table)) for table in ("journal", "chunks", "others")]
            found.update((table, size) for table, size in rows if table in found)
            return found

    def _bodies(self, table: str) -> int:
        return int(self._connection.execute(f"SELECT coalesce(sum(length(body)), 0) FROM {table}").fetchone()[0])  # noqa: S608

    def make_partitions(self, table: str, days: Iterable[int]) -> None:
        """Nothing: a file has no partitions."""

    def unplaced_days(self) -> list[int]:
        return []

    def number_on(self, table: str, column: str) -> None:
        """Nothing: the next number is the highest, and one."""

    def keep_within(self, most_bytes: int) -> Sequence[Gap]:
        dropped: list[Gap] = []
        with self._translated():
            pages, free, size = (self._pages(name) for name in ("page_count", "freelist_count", "page_size"))
        if (pages - free) * size > most_bytes:
            with self.transaction():
                dropped = dropping.drop(self, 1 - most_bytes * GOAL / ((pages - free) * size))
        with self._translated():
            free = self._pages("freelist_count")
            if free > pages * SPARE or (free and pages * size > most_bytes):
                # Each step of the statement moves one page; `execute` makes one step of what has no columns.
                self._connection.executescript(f"PRAGMA incremental_vacuum({MOVED_PAGES})")
                # The file itself gets smaller only now; readers are not waited for.
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        return dropped

    def _pages(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _unavailable(self._file, error) from error


def revision(file: Path, *, read_only: bool = False) -> str | None:
    """
    Return the revision of the schema that a file has; None if it is new.

    Raises:
        ArchiveError: it cannot be read, or is something else.
    """
    try:
        with closing(connect_to_read(file) if read_only else connect(file)) as connection:
            return next(iter(connection.execute("SELECT version_num FROM alembic_version")), (None,))[0]
    except sqlite3.Error as error:
        if "no such table" in str(error):
            return None
        raise _unavailable(file, error) from error


def _unavailable(file: Path, error: sqlite3.Error) -> ArchiveError:
    return ArchiveError(reasons.of("archive.file_unusable", file=str(file), error=str(error)))


def connect_to_read(file: Path) -> sqlite3.Connection:
    """Return a connection that cannot write; the file must be there. A reader holds up no recorder."""
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=BUSY_S, isolation_level=None)
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return connection


def connect(file: Path) -> sqlite3.Connection:
    """Return a connection whose transactions survive the machine, not only the process."""
    connection = sqlite3.connect(file, timeout=BUSY_S, isolation_level=None)
    # Of a new file alone; it must come first.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return connection
