"""The archive in SQL that SQLite and PostgreSQL both read; what differs is in `sqlite` and `postgres`."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import astuple
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

from archive import compaction, journal, other_rows, pruning, record_tables, rollup_rows, search_index
from archive.chunk import Summary
from archive.journal import Entry
from archive.sql_lists import marks, parts
from archive.store import Batch, Bucket, Chunk, Compacted, Cursor, Gap, NewChunk, Overtaken, Place, Row
from archive.upkeep import Upkeep

MOST_NAMES = 200_000
"""Names whose numbers are remembered: some 30 MB when a large site is compacted."""


class SqlArchive(Upkeep):
    """An archive over one connection. The subclasses connect, and say how their database is spoken to."""

    row_lock = ""
    """At the end of a statement: nobody else changes the rows that it found, until the transaction ends."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    # -- what the databases do differently ------------------------------------------------------------------

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Write all that the block writes, or nothing; errors of the database become `ArchiveError`."""

    @abstractmethod
    def execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Run one statement and return its cursor."""

    @abstractmethod
    def add_rows(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add rows to a table, none of which is there yet."""

    @abstractmethod
    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement that answers nothing for each of *rows*."""

    @abstractmethod
    def prepare(self, now_ms: int) -> None:
        """As `Archive.prepare`."""

    @abstractmethod
    def keep_within(self, most_bytes: int) -> Sequence[Gap]:
        """As `Archive.keep_within`."""

    @abstractmethod
    def close(self) -> None:
        """As `Archive.close`."""

    # -- the contract -----------------------------------------------------------------------------------------

    def cursors(self) -> dict[str, Cursor]:
        with self.transaction():
            found = self.execute("SELECT stream, position, entries FROM cursors").fetchall()
        return {stream: Cursor(position, entries) for stream, position, entries in found}

    def record(self, batches: Sequence[Batch], now_ms: int) -> None:
        with self.transaction():
            for batch in batches:
                self._move_cursor(batch, now_ms)
                if batch.gap is not None:
                    self.add_rows("gaps", ("stream", "from_ms", "to_ms", "entries"), [astuple(batch.gap)])
                if batch.rows is not None:
                    record_tables.write(self, batch.rows, now_ms)
            rows = [
                (batch.stream, *_order(batch.entries[0]), len(batch.entries), journal.encode(batch.entries))
                for batch in batches
                if batch.entries and batch.rows is None
            ]
            self.add_rows("journal", ("stream", "first_ms", "first_number", "entries", "body"), rows)

    def journal(self, stream: str, most_rows: int, most_bytes: int) -> list[Row]:
        found: list[Row] = []
        size = 0
        with self.transaction():
            rows = self.execute(
                "SELECT first_ms, first_number, body FROM journal WHERE stream = ? ORDER BY first_ms, first_number"
                " LIMIT ?",
                (stream, most_rows),
            )
            for first_ms, first_number, body in rows:
                size += len(body)
                if found and size > most_bytes:
                    break
                found.append(Row(first_ms, first_number, bytes(body)))
        return found

    def journal_sizes(self) -> dict[str, tuple[int, int]]:
        with self.transaction():
            sql = "SELECT stream, min(first_ms), sum(length(body)) FROM journal GROUP BY stream"
            return {stream: (oldest_ms, int(size)) for stream, oldest_ms, size in self.execute(sql)}

    def newest_chunks(self, new: Mapping[str, int], day: int) -> dict[str, list[Chunk]]:
        found: dict[str, list[Chunk]] = {}
        with self.transaction():
            numbers = {number: name for name, number in self._known(new).items()}
            for some in parts(list(numbers)):
                sql = (
                    f"SELECT plugin, first_ms, first_number, events FROM chunks WHERE plugin IN ({marks(some)})"  # noqa: S608
                    " AND day = ? ORDER BY plugin, first_ms, first_number"
                )
                wanted: list[tuple[int, ...]] = []
                for plugin, rows in groupby(self.execute(sql, (*some, day)).fetchall(), itemgetter(0)):
                    places = list(rows)
                    count = compaction.joined([row[3] for row in places], new[numbers[plugin]])
                    wanted += [(plugin, day, *row[1:3]) for row in places[len(places) - count :]]
                for few in parts(wanted):
                    quads = ", ".join(["(?, ?, ?, ?)"] * len(few))
                    # Their bodies are read only now: most chunks stay as they are.
                    sql = f"{_CHUNK} WHERE (plugin, day, first_ms, first_number) IN (VALUES {quads})"
                    for row in self.execute(sql, [value for place in few for value in place]).fetchall():
                        found.setdefault(numbers[row[0]], []).append(_chunk(row, numbers[row[0]]))
        for chunks in found.values():
            chunks.sort(key=attrgetter("place.order"))
        return found

    def newest_instants(self, plugin_ids: Iterable[str], from_day: int) -> dict[str, int]:
        found: dict[str, int] = {}
        with self.transaction():
            numbers = {number: name for name, number in self._known(plugin_ids).items()}
            for some in parts(list(numbers)):
                sql = (
                    f"SELECT plugin, max(most_at_ms) FROM chunks WHERE plugin IN ({marks(some)}) AND day >= ?"  # noqa: S608
                    " GROUP BY plugin"
                )
                found |= {numbers[row[0]]: row[1] for row in self.execute(sql, (*some, from_day)).fetchall()}
        return found

    def compact(self, stream: str, rows: Sequence[Row], compacted: Compacted) -> None:
        with self.transaction():
            names = {new.chunk.place.plugin_id for new in compacted.chunks}
            numbers = self._numbered(names.union(*(new.summaries for new in compacted.chunks)))
            rollup_rows.add(self, compacted.rollups, compacted.recounts, numbers)
            for row in rows:
                sql = "DELETE FROM journal WHERE stream = ? AND first_ms = ? AND first_number = ?"
                if self.execute(sql, (stream, row.first_ms, row.first_number)).rowcount != 1:
                    raise Overtaken(f"the journal of {stream} was compacted by another recorder")
            for place in compacted.replaced:
                for table in ("chunks", "summaries"):
                    sql = f"DELETE FROM {table} WHERE plugin = ? AND day = ? AND first_ms = ? AND first_number = ?"  # noqa: S608
                    self.execute(sql, (numbers[place.plugin_id], *place[1:]))
            self.add_rows("chunks", _CHUNK_COLUMNS, (_chunk_row(new, numbers) for new in compacted.chunks))
            self.add_rows("summaries", _SUMMARY_COLUMNS, _summary_rows(compacted.chunks, numbers))
            self.add_rows(
                "others",
                ("stream", "day", "first_ms", "first_number", "entries", "body"),
                (
                    (stream, day, *_order(entries[0]), len(entries), journal.encode(entries))
                    for day, entries in compacted.others
                ),
            )

    def chunks(self, plugin_id: str, from_ms: int, to_ms: int) -> list[Chunk]:
        with self.transaction():
            number = self._known([plugin_id]).get(plugin_id)
            sql = f"{_CHUNK} WHERE plugin = ? AND most_at_ms >= ? AND least_at_ms <= ? ORDER BY first_ms, first_number"
            found = self.execute(sql, (number, from_ms, to_ms)).fetchall() if number is not None else []
        return [_chunk(row, plugin_id) for row in found]

    def summaries(self, plugin_id: str, metric: str, from_ms: int, to_ms: int) -> list[tuple[Place, int, int, Summary]]:
        with self.transaction():
            numbers = self._known([plugin_id, metric])
            if len(numbers) < len({plugin_id, metric}):
                return []
            sql = (
                "SELECT day, first_ms, first_number, least_at_ms, most_at_ms, samples, least, most, total"
                " FROM summaries WHERE plugin = ? AND metric = ? AND most_at_ms >= ? AND least_at_ms <= ?"
                " ORDER BY first_ms, first_number"
            )
            found = self.execute(sql, (numbers[plugin_id], numbers[metric], from_ms, to_ms)).fetchall()
        return [(Place(plugin_id, *row[:3]), row[3], row[4], _summary(row[5:])) for row in found]

    def first_in_journal(self, stream: str) -> tuple[int, int] | None:
        sql = "SELECT first_ms, first_number FROM journal WHERE stream = ? ORDER BY first_ms, first_number LIMIT 1"
        with self.transaction():
            found = self.execute(sql, (stream,)).fetchone()
        return (found[0], found[1]) if found else None

    def rollups(self, plugin_id: str, metric: str, width_ms: int, from_ms: int, to_ms: int) -> list[Bucket]:
        with self.transaction():
            numbers = self._known([plugin_id, metric])
            if len(numbers) < len({plugin_id, metric}):
                return []
            return rollup_rows.read(self, numbers[plugin_id], numbers[metric], width_ms, from_ms, to_ms)

    def rolled_up(self, day: int) -> list[tuple[str, str]]:
        with self.transaction():
            return rollup_rows.series_of(self, day)

    def others(self, stream: str) -> list[Entry]:
        with self.transaction():
            return other_rows.read(self, stream)

    def newest_others(self, stream: str, from_ms: int, to_ms: int, most: int) -> list[Entry]:
        with self.transaction():
            return other_rows.newest(self, stream, from_ms, to_ms, most)

    def gaps(self) -> list[Gap]:
        with self.transaction():
            sql = "SELECT stream, from_ms, to_ms, entries FROM gaps ORDER BY from_ms, stream"
            return [Gap(*row) for row in self.execute(sql).fetchall()]

    def prune(self, before_day: int) -> None:
        pruning.prune(self, before_day)

    def prune_records(self, before_ms: int) -> None:
        pruning.prune_records(self, before_ms)

    def index_older_alerts(self) -> bool:
        return search_index.add_older(self)

    def prune_rollups(self, before_day: int) -> None:
        pruning.prune_rollups(self, before_day)

    # -- names and cursors ------------------------------------------------------------------------------------

    def _move_cursor(self, batch: Batch, now_ms: int) -> None:
        before, after = batch.before, batch.after
        if before == Cursor():
            sql = "INSERT INTO cursors VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
            moved = self.execute(sql, (batch.stream, *after, now_ms))
        else:
            sql = "UPDATE cursors SET position = ?, entries = ?, moved_at_ms = ? WHERE stream = ? AND position = ?"
            moved = self.execute(sql, (*after, now_ms, batch.stream, before.position))
        if moved.rowcount != 1:
            raise Overtaken(f"{batch.stream} was recorded beyond {before.position or 'the start'} by another recorder")

    def _known(self, names: Iterable[str]) -> dict[str, int]:
        """Return the numbers of those names that have one."""
        wanted = set(names)
        missing = [name for name in wanted if name not in self._numbers]
        if len(self._numbers) + len(missing) > MOST_NAMES:
            self._numbers.clear()
            missing = list(wanted)
        for some in parts(missing):
            sql = f"SELECT name, id FROM names WHERE name IN ({marks(some)})"  # noqa: S608
            self._numbers.update(self.execute(sql, some).fetchall())
        return {name: self._numbers[name] for name in wanted if name in self._numbers}

    def _numbered(self, names: set[str]) -> dict[str, int]:
        """Return a number for each name; new names get one."""
        known = self._known(names)
        if new := sorted(names - known.keys()):
            # Another recorder may add the same names meanwhile.
            for name in new:
                self.execute("INSERT INTO names (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
            known = self._known(names)
        return known

    def forget_names(self) -> None:
        """Forget the numbers of names; those of a transaction that failed never existed."""
        self._numbers.clear()


_CHUNK_COLUMNS = ("plugin", "day", "first_ms", "first_number", "events", "least_at_ms", "most_at_ms", "body")
_CHUNK = f"SELECT {', '.join(_CHUNK_COLUMNS)} FROM chunks"  # noqa: S608
_SUMMARY_COLUMNS = (
    *("plugin", "metric", "day", "first_ms", "first_number"),
    *("least_at_ms", "most_at_ms", "samples", "least", "most", "total"),
)


def _chunk(row: Sequence[Any], plugin_id: str) -> Chunk:
    return Chunk(Place(plugin_id, row[1], row[2], row[3]), row[4], row[5], row[6], bytes(row[7]))


def _chunk_row(new: NewChunk, numbers: dict[str, int]) -> tuple[Any, ...]:
    chunk, place = new.chunk, new.chunk.place
    return numbers[place.plugin_id], *place[1:], chunk.events, chunk.least_at_ms, chunk.most_at_ms, chunk.body


def _summary_rows(chunks: Sequence[NewChunk], numbers: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    for new in chunks:
        place = new.chunk.place
        range_ms = (new.chunk.least_at_ms, new.chunk.most_at_ms)
        for metric, found in new.summaries.items():
            # SQLite has no NaN, which would become NULL; so where nothing is finite, both databases have NULL.
            numbers_of = (None, None, None) if found.least != found.least else found[1:]
            yield (numbers[place.plugin_id], numbers[metric], *place[1:], *range_ms, found.samples, *numbers_of)


def _summary(row: Sequence[Any]) -> Summary:
    return Summary(row[0], *(float("nan") if value is None else float(value) for value in row[1:]))


def _order(entry: Entry) -> tuple[int, int]:
    stamp, _, number = entry[0].partition(b"-")
    return int(stamp), int(number)
