"""What an archive holds and what it takes: sizes by table, from when to when, and what a sample takes. Shell."""

from dataclasses import dataclass

from archive.sql_archive import SqlArchive
from archive.store import Cursor, Gap
from archive.tables import TABLES


@dataclass(frozen=True, slots=True)
class TableSize:
    """One table, with its indexes."""

    table: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class About:
    """What an archive holds."""

    size_bytes: int
    free_bytes: int
    """Of these, what is free for new rows."""
    tables: list[TableSize]
    events: int
    """In chunks."""
    samples: int
    """In chunks."""
    oldest_ms: int
    """When the first event of the chunks, or of the journals, arrived; 0 if there is none."""
    newest_ms: int
    """When the newest entry that is recorded arrived."""
    gaps: list[Gap]
    cursors: dict[str, Cursor]
    """How far each stream is recorded."""

    @property
    def bytes_a_sample(self) -> float:
        """What a sample takes in chunks and summaries; 0 without samples."""
        taken = sum(one.bytes for one in self.tables if one.table in ("chunks", "summaries"))
        return taken / self.samples if self.samples else 0.0


def about(archive: SqlArchive) -> About:
    """Return what an archive holds, all of one instant."""
    with archive.transaction():
        sizes = archive.table_sizes([table.name for table in TABLES])
        rows = {
            table.name: int(archive.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0])  # noqa: S608
            for table in TABLES
        }
        events, oldest_chunk_ms = archive.execute("SELECT sum(events), min(first_ms) FROM chunks").fetchone()
        (samples,) = archive.execute("SELECT sum(samples) FROM summaries").fetchone()
        oldest = [oldest_ms for oldest_ms, _ in archive.journal_sizes().values()]
        if oldest_chunk_ms is not None:
            oldest.append(oldest_chunk_ms)
        cursors = archive.cursors()
        ends = [int(cursor.position.partition("-")[0] or 0) for cursor in cursors.values()]
        return About(
            archive.size(),
            archive.free(),
            [TableSize(name, rows[name], sizes[name]) for name in rows],
            int(events or 0),
            int(samples or 0),
            min(oldest, default=0),
            max(ends, default=0),
            archive.gaps(),
            cursors,
        )
