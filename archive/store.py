"""What an archive does, whichever database it is: the contract of `sqlite` and `postgres`, and what it is given."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from archive.chunk import Arrival, Summary
from archive.journal import Entry
from archive.record_rows import Rows
from shared.errors import Coded

DAY_MS = 86_400_000


class ArchiveError(Coded):
    """The archive cannot be reached, or takes nothing now; the pipeline goes on without it."""


class Overtaken(Exception):
    """Another recorder wrote meanwhile; what this one wanted to write is not written."""


class Cursor(NamedTuple):
    """How far a stream is recorded: the last entry, and how many entries came before and with it."""

    position: str = ""
    read: int = 0


EVENTS = "events"
"""The streams of events are recorded by this name, and their partition."""
EVERY_STREAM = ""
"""In a gap: what is missing was recorded of any stream, and dropped."""
ROLLUPS, ALERTS = "rollups", "alerts"
"""In a gap: rollups (a series and a day each), or resolved alerts, which were dropped."""


@dataclass(frozen=True, slots=True)
class Gap:
    """
    Entries that are not in the archive: `entries` of them between two instants.

    They were trimmed from the stream before they were recorded, or dropped because the archive had become too large.
    """

    stream: str
    from_ms: int
    to_ms: int
    entries: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What is added of one stream in one step, with the cursor before and after it."""

    stream: str
    before: Cursor
    after: Cursor
    entries: Sequence[Entry]
    gap: Gap | None = None
    rows: Rows | None = None
    """Of the control plane's records: what becomes of the entries at once. They need no journal."""


class Row(NamedTuple):
    """One row of the journal."""

    first_ms: int
    first_number: int
    body: bytes


class Place(NamedTuple):
    """Which chunk: its plugin, the UTC day of its arrival (days since the epoch), and its first entry."""

    plugin_id: str
    day: int
    first_ms: int
    first_number: int

    @property
    def order(self) -> tuple[int, int, int]:
        """The place of its first event in the order of arrival."""
        return self.first_ms, self.first_number, 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk as it is stored, with the range of event times in it."""

    place: Place
    events: int
    least_at_ms: int
    most_at_ms: int
    body: bytes


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A chunk to be stored, with the summaries of its metrics."""

    chunk: Chunk
    summaries: Mapping[str, Summary]


class SeriesDay(NamedTuple):
    """A series on one UTC day (days since the epoch) of its samples' own time."""

    plugin_id: str
    metric: str
    day: int


class Bucket(NamedTuple):
    """What the finite samples of a series in [from_ms, from_ms + width) are; there is at least one."""

    from_ms: int
    samples: int
    least: float
    most: float
    total: float

    @property
    def mean(self) -> float:
        return self.total / self.samples


class Recount(NamedTuple):
    """Five minutes of a series of which chunks had samples already, when more came."""

    from_ms: int
    stored: int
    """How many finite samples the chunks had, each instant once."""
    whole: Bucket | None
    """All samples together; None: none is finite."""
    added: Bucket | None
    """The samples of new instants alone."""


@dataclass(frozen=True, slots=True)
class Compacted:
    """What rows of a journal become."""

    replaced: Sequence[Place]
    """Chunks that `chunks` replace, with more events."""
    chunks: Sequence[NewChunk]
    others: Sequence[tuple[int, Sequence[Entry]]]
    """By UTC day: entries that are not wholly good events, such as commands, as they came."""
    rollups: Mapping[SeriesDay, Sequence[Bucket]] = field(default_factory=dict)
    """Buckets of five minutes, to be added to those that are kept already."""
    recounts: Mapping[SeriesDay, Sequence[Recount]] = field(default_factory=dict)
    """Five minutes that are counted again, because chunks had samples of them: some may have come twice."""


class Archive(Protocol):
    """
    One archive. Not for several threads at a time.

    Every method raises `ArchiveError` when the database cannot be reached, or refuses to write; what the call
    wanted to write is then written whole or not at all, and `cursors` tells which.
    """

    def prepare(self, now_ms: int) -> None:
        """Make ready for the rows of the next days; call it now and then."""

    def prune(self, before_day: int) -> None:
        """Remove what arrived before a UTC day; journals keep what is not compacted. Safe to repeat after a failure."""

    def size(self) -> int:
        """Return how many bytes the archive takes."""

    def keep_within(self, most_bytes: int) -> Sequence[Gap]:
        """
        Drop the oldest of what was recorded until the archive takes no more than so many bytes; call it often.

        In PostgreSQL whole days go, and never the newest one with events, nor alerts.

        Returns:
            What this call dropped, which `gaps` lists from now on: of `EVERY_STREAM`, `ROLLUPS` and `ALERTS`.
        """

    def unplaced_days(self) -> list[int]:
        """Return the UTC days whose events are not in a table of their day, and must be deleted row by row."""

    def prune_records(self, before_ms: int) -> None:
        """Remove what the control plane recorded before an instant. Safe to repeat after a failure."""

    def index_older_alerts(self) -> bool:
        """Add some alerts to the search's index that were there before it; returns whether there are others."""

    def prune_rollups(self, before_day: int) -> None:
        """Remove the rollups of samples from before a UTC day."""

    def transaction(self) -> AbstractContextManager[None]:
        """Write all that the block writes, or nothing; what an archive that only reads answers is of one instant."""

    def cursors(self) -> dict[str, Cursor]:
        """Return how far each stream is recorded."""

    def record(self, batches: Sequence[Batch], now_ms: int) -> None:
        """
        Add entries to the journals and move the cursors, in one transaction.

        Raises:
            Overtaken: a cursor is not where its batch begins.
        """

    def journal(self, stream: str, most_rows: int, most_bytes: int) -> list[Row]:
        """Return the oldest rows of a stream's journal: at least one if there is any."""

    def journal_sizes(self) -> dict[str, tuple[int, int]]:
        """Return, for each stream with a journal, when its oldest entry came and the bytes of its rows."""

    def newest_chunks(self, new: Mapping[str, int], day: int) -> dict[str, list[Chunk]]:
        """
        Return the newest chunks of plugins on one day that new events are to be joined with, in order.

        Args:
            new: Plugin id → how many new events there are.
        """

    def newest_instants(self, plugin_ids: Iterable[str], from_day: int) -> dict[str, int]:
        """Return the newest event time in the chunks that arrived on or after a UTC day, of plugins that have some."""

    def compact(self, stream: str, rows: Sequence[Row], compacted: Compacted) -> None:
        """
        Replace rows of a journal by what they become, in one transaction.

        Raises:
            Overtaken: one of the rows is not there any more.
        """

    def chunks(self, plugin_id: str, from_ms: int, to_ms: int) -> list[Chunk]:
        """Return a plugin's chunks with event times in [from_ms, to_ms], in the order of their arrival."""

    def summaries(self, plugin_id: str, metric: str, from_ms: int, to_ms: int) -> list[tuple[Place, int, int, Summary]]:
        """Return the summaries of a series: the chunk, the range of its event times, and what its samples are."""

    def first_in_journal(self, stream: str) -> tuple[int, int] | None:
        """Return the id of the oldest entry of a stream that is not compacted; None: all that is recorded is."""

    def rollups(self, plugin_id: str, metric: str, width_ms: int, from_ms: int, to_ms: int) -> list[Bucket]:
        """
        Return the buckets of a series that overlap [from_ms, to_ms], in the order of time; none without samples.

        They count what is compacted. Samples of the last ten minutes may be in the journal only.

        Args:
            width_ms: One of `rollup.WIDTHS_MS`.
        """

    def rolled_up(self, day: int) -> list[tuple[str, str]]:
        """Return the series (plugin id, metric) that have rollups of one UTC day."""

    def others(self, stream: str) -> list[Entry]:
        """Return the entries of a stream that are in no chunk, in order."""

    def newest_others(self, stream: str, from_ms: int, to_ms: int, most: int) -> list[Entry]:
        """Return at least *most* of those that arrived in [from_ms, to_ms], or all of them, the newest first."""

    def gaps(self) -> list[Gap]:
        """Return what is not in the archive though it was in the streams, oldest first."""

    def close(self) -> None:
        """Let go of the database."""


def stream_of(name: str, partition: int) -> str:
    """Return how the archive calls a stream of a partition."""
    return f"{name}:{partition}"


def is_of_events(stream: str) -> bool:
    """Tell whether a stream of the archive is one of events."""
    return stream.startswith(f"{EVENTS}:")


def day_of(at_ms: int) -> int:
    """Return the UTC day of an instant, as days since the epoch."""
    return at_ms // DAY_MS


def place_of(arrivals: Sequence[Arrival]) -> Place:
    """Return the place of the chunk that these events make."""
    first = arrivals[0]
    return Place(first.event.plugin_id, day_of(first.entry_ms), first.entry_ms, first.entry_number)
