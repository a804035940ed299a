"""The archive in PostgreSQL 14 or newer, for large installations."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from archive import oldest_days
from archive.sql_archive import SqlArchive
from archive.store import ArchiveError, Gap, day_of
from shared.model import reasons

CONNECT_S = 5
PATIENT_S = 600
"""What a statement of a command may take."""
STATEMENT_S = 15
"""A statement that takes longer is given up: a server that hangs must not look like a recorder that works."""
IDLE_S = 60
"""A transaction whose recorder fell silent ends after this time, and its locks with it."""
LOCK_S = 2
"""How long the removal of a table waits for those who read it."""
PARTITIONED = ("chunks", "summaries", "rollups", "others")
"""Tables with one partition a UTC day, so that retention drops tables instead of deleting rows."""
DAYS_AHEAD = 7
_ROLLUPS = "rollups"
_IDLE = psycopg.pq.TransactionStatus.IDLE


class PostgresArchive(SqlArchive):
    """An archive in a PostgreSQL database."""

    row_lock = " FOR UPDATE"

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        """
        Connect to the database, which has the schema of this release.

        Raises:
            ArchiveError: it cannot be reached.
        """
        super().__init__()
        self._url = url
        with self._translated():
            self._connection = connect(url)
            if read_only:
                self._connection.read_only = True
                # What one transaction reads is of one instant, as in SQLite.
                self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._connection.info.transaction_status != _IDLE:
            yield
            return
        with self._translated():
            try:
                with self._connection.transaction():
                    yield
            except BaseException:
                self.forget_names()
                raise

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        return self._connection.execute(sql.replace("?", "%s").encode(), values, binary=True)

    def add_rows(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(_copy_into(table, columns)) as copy:
            for row in rows:
                copy.write_row(row)

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(sql.replace("?", "%s").encode(), rows)

    def prepare(self, now_ms: int) -> None:
        """Make the partitions of yesterday until a week ahead; rows of other days go to the default partition."""
        today = day_of(now_ms)
        for table in PARTITIONED:
            self.make_partitions(table, range(today - 1, today + DAYS_AHEAD + 1))

    def _make_partition(self, table: str, day: int) -> None:
        sql = f"CREATE TABLE IF NOT EXISTS {table}_{day} PARTITION OF {table} FOR VALUES FROM ({day}) TO ({day + 1})"
        # The default partition may hold rows of this day already; then the day stays there. Or another recorder makes
        # the same table at this moment: IF NOT EXISTS looks before it makes.
        taken = (psycopg.errors.DuplicateTable, psycopg.errors.UniqueViolation)
        with suppress(psycopg.errors.CheckViolation, *taken):
            self._connection.execute(sql.encode())

    def _partitions(self, table: str) -> set[str]:
        rows = self._connection.execute(b"SELECT relid::regclass::text FROM pg_partition_tree(%s::regclass)", (table,))
        return {name for (name,) in rows.fetchall()}

    def prune(self, before_day: int) -> None:
        """Drop the partitions of the days before; rows in the default partition are deleted."""
        for table in PARTITIONED:
            if table != _ROLLUPS:
                self._drop_partitions(table, before_day)
        super().prune(before_day)

    def prune_rollups(self, before_day: int) -> None:
        self._drop_partitions(_ROLLUPS, before_day)
        super().prune_rollups(before_day)

    def _drop_partitions(self, table: str, before_day: int) -> None:
        with self._translated():
            names = self._partitions(table)
        for name in sorted(names):
            day = name.removeprefix(f"{table}_")
            if day.isdecimal() and int(day) < before_day:
                # A table that is read now, by an export for example, is dropped an hour later: a DROP that waits
                # would hold up all other statements on the table.
                with self._translated(), suppress(psycopg.errors.LockNotAvailable), self._connection.transaction():
                    self._connection.execute(f"SET LOCAL lock_timeout = '{LOCK_S}s'".encode())
                    self._connection.execute(f"DROP TABLE IF EXISTS {name}".encode())

    def size(self) -> int:
        with self._translated():
            (size,) = self._connection.execute(b"SELECT pg_database_size(current_database())").fetchone() or (0,)
        return int(size)

    def free(self) -> int:
        return 0

    def take_time(self) -> None:
        with self._translated():
            self._connection.execute(f"SET statement_timeout = '{PATIENT_S}s'".encode())

    def table_sizes(self, tables: Sequence[str]) -> dict[str, int]:
        # The tree of a table without partitions is empty.
        sql = (
            b"SELECT coalesce(sum(pg_total_relation_size(relid)), pg_total_relation_size(%s::regclass))"
            b" FROM pg_partition_tree(%s::regclass)"
        )
        with self._translated():
            found = {}
            for table in tables:
                (size,) = self._connection.execute(sql, (table, table)).fetchone() or (0,)
                found[table] = int(size)
            return found

    def make_partitions(self, table: str, days: Iterable[int]) -> None:
        with self._translated():
            made = self._partitions(table)
            for day in days:
                if f"{table}_{day}" not in made:
                    self._make_partition(table, day)

    def unplaced_days(self) -> list[int]:
        with self._translated():
            found = self._connection.execute(b"SELECT DISTINCT day FROM chunks_default ORDER BY day LIMIT 100")
            return [day for (day,) in found.fetchall()]

    def number_on(self, table: str, column: str) -> None:
        sql = (
            f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'),"  # noqa: S608
            f" (SELECT max({column}) FROM {table})) FROM {table} LIMIT 1"
        )
        self.execute(sql)

    def keep_within(self, most_bytes: int) -> Sequence[Gap]:
        dropped: list[Gap] = []
        try:
            with self._translated():
                dropped.extend(oldest_days.drop(self, most_bytes))
        except ArchiveError as error:
            # A day that is to go is being read, by an export for example; the next look drops it.
            if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise
        return dropped

    def partition_sizes(self, table: str) -> dict[int, int]:
        """Return what each partition of a table takes with its indexes, in bytes, by its UTC day."""
        sql = (
            b"SELECT relid::regclass::text, pg_total_relation_size(relid) FROM pg_partition_tree(%s::regclass)"
            b" WHERE isleaf"
        )
        with self._translated():
            rows = self._connection.execute(sql, (table,)).fetchall()
        named = ((name.removeprefix(f"{table}_"), size) for name, size in rows)
        return {int(day): int(size) for day, size in named if day.isdecimal()}

    def drop_partition(self, table: str, day: int) -> None:
        """Drop a day of a table, and what the default partition has until then, in the transaction that is open."""
        self._connection.execute(f"SET LOCAL lock_timeout = '{LOCK_S}s'".encode())
        self._connection.execute(f"DROP TABLE IF EXISTS {table}_{day}".encode())
        self._connection.execute(f"DELETE FROM {table}_default WHERE day <= %s".encode(), (day,))  # noqa: S608

    def close(self) -> None:
        with suppress(psycopg.Error):
            self._connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise unavailable(self._url, error) from error


def revision(url: str) -> str | None:
    """
    Return the revision of the schema that a database has; None if it is new.

    Raises:
        ArchiveError: it cannot be reached.
    """
    try:
        with connect(url) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            return found[0] if found else None
    except psycopg.errors.UndefinedTable:
        return None
    except psycopg.Error as error:
        raise unavailable(url, error) from error


def connect(url: str, *, autocommit: bool = True) -> psycopg.Connection:
    """Return a connection with limits on what waits."""
    limits = f"-c statement_timeout={STATEMENT_S}s -c idle_in_transaction_session_timeout={IDLE_S}s"
    return psycopg.connect(
        url,
        autocommit=autocommit,
        connect_timeout=CONNECT_S,
        options=limits,
        application_name="enhanced-alerts",
        keepalives_idle=10,
        tcp_user_timeout=STATEMENT_S * 1000,
    )


def unavailable(url: str, error: psycopg.Error) -> ArchiveError:
    """Return the error that people read: where the database is, without its password, and what it answered."""
    return ArchiveError(reasons.of("archive.database_unusable", database=shown(url), error=_in_a_line(error)))


def shown(url: str) -> str:
    """Return where a database is, without user and password."""
    try:
        parts = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.Error:
        return "PostgreSQL"
    return f"{parts.get('host') or 'localhost'}:{parts.get('port') or 5432}/{parts.get('dbname') or ''}"


def _copy_into(table: str, columns: Sequence[str]) -> bytes:
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN".encode()


def _in_a_line(error: psycopg.Error) -> str:
    said = str(error).strip().splitlines()
    return said[0][:300] if said else type(error).__name__
