"""What rows of a journal become: chunks by plugin and day, and the entries that are not wholly good events. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol

from archive import chunk, recounting
from archive.chunk import Arrival
from archive.journal import Entry
from archive.store import Bucket, Chunk, Compacted, NewChunk, Place, Recount, SeriesDay, day_of, place_of
from shared.model.events import Event
from shared.redis import keys, streams

MOST_EVENTS = 1_000
"""Of one chunk: at 30 s a quarter of a day. With more events, a chart of an hour would decode too much."""
MOST_REST_BYTES = 8_000_000
_EVENT_OVERHEAD = 100
_HISTOGRAM_BYTES, _BUCKET_BYTES = 700, 18
"""At most: the name and the names of the fields, and a bucket's index and count."""


class Known(Protocol):
    """What is compacted already, as `Archive` answers it."""

    def newest_chunks(self, new: Mapping[str, int], day: int) -> Mapping[str, Sequence[Chunk]]: ...
    def newest_instants(self, plugin_ids: Iterable[str], from_day: int) -> Mapping[str, int]: ...
    def chunks(self, plugin_id: str, from_ms: int, to_ms: int) -> Sequence[Chunk]: ...


def compact(entries: Iterable[Entry], known: Known) -> Compacted:
    """
    Return what *entries*, which follow everything that is compacted already, become.

    New events are joined with the newest chunks as long as these are not larger than what they are joined with, and not
    full. So chunks double, and an event is written again some seven times at most, however few come at once.
    """
    by_day: dict[int, dict[str, list[Arrival]]] = {}
    others: dict[int, list[Entry]] = {}
    checked_names: set[str] = set()
    for entry_id, fields in entries:
        stamp, _, number = entry_id.partition(b"-")
        entry_ms = int(stamp)
        day = day_of(entry_ms)
        if len(fields) != 2 or fields[0] != keys.EVENT_FIELD:
            others.setdefault(day, []).append((entry_id, fields))
            continue
        events, bad = streams.decode(fields[1], entry_ms, checked_names)
        if bad:
            # With what was good of it, too: a dead letter cites the entry.
            others.setdefault(day, []).append((entry_id, fields))
        for index, event in enumerate(events):
            arrival = Arrival(entry_ms, int(number), index, event)
            by_day.setdefault(day, {}).setdefault(event.plugin_id, []).append(arrival)
    rollups, recounts = _rollups(by_day, known)
    replaced: list[Place] = []
    chunks: list[NewChunk] = []
    for day, of_plugins in sorted(by_day.items()):
        newest = known.newest_chunks({plugin_id: len(arrivals) for plugin_id, arrivals in of_plugins.items()}, day)
        for plugin_id, arrivals in of_plugins.items():
            befores = [one for one in newest.get(plugin_id, ()) if one.place.order < arrivals[0].order]
            replaced += [before.place for before in befores]
            arrivals[:0] = [arrival for before in befores for arrival in chunk.decode(before.body, plugin_id)]
            chunks += [_new(part) for part in _parts(arrivals)]
    return Compacted(replaced, chunks, sorted(others.items()), rollups, recounts)


def _rollups(
    by_day: Mapping[int, Mapping[str, Sequence[Arrival]]], known: Known
) -> tuple[dict[SeriesDay, list[Bucket]], dict[SeriesDay, list[Recount]]]:
    by_plugin: dict[str, list[Event]] = {}
    for _, of_plugins in sorted(by_day.items()):
        for plugin_id, arrivals in of_plugins.items():
            by_plugin.setdefault(plugin_id, []).extend(arrival.event for arrival in arrivals)
    # Chunks of the day before, too: what came just before midnight may come again just after it.
    newest = known.newest_instants(by_plugin, min(by_day) - 1) if by_day else {}
    rollups: dict[SeriesDay, list[Bucket]] = {}
    recounts: dict[SeriesDay, list[Recount]] = {}
    for plugin_id, events in by_plugin.items():
        chunks_of = partial(known.chunks, plugin_id)
        added, again = recounting.recounted(plugin_id, events, newest.get(plugin_id), chunks_of)
        rollups |= added
        recounts |= again
    return rollups, recounts


def joined(sizes: Sequence[int], new: int) -> int:
    """
    Return how many of the newest chunks new events are joined with.

    Args:
        sizes: The numbers of events of a plugin's chunks of one day, oldest first.
    """
    count = 0
    for size in reversed(sizes):
        if size >= MOST_EVENTS or size > new:
            break
        new += size
        count += 1
    return count


def by_day(entries: Iterable[Entry]) -> list[tuple[int, Sequence[Entry]]]:
    """Return entries of another stream than events, by the UTC day of their arrival."""
    found: dict[int, list[Entry]] = {}
    for entry in entries:
        found.setdefault(day_of(int(entry[0].partition(b"-")[0])), []).append(entry)
    return sorted(found.items())


def _parts(arrivals: Sequence[Arrival]) -> Iterable[Sequence[Arrival]]:
    """Yield the events of each chunk. An entry is in one chunk, because a chunk is named by its first entry."""
    begin = size = 0
    for i, arrival in enumerate(arrivals):
        is_full = i - begin >= MOST_EVENTS or size > MOST_REST_BYTES
        if is_full and arrival.order[:2] != arrivals[i - 1].order[:2]:
            yield arrivals[begin:i]
            begin, size = i, 0
        size += _size_of(arrival)
    yield arrivals[begin:]


def _size_of(arrival: Arrival) -> int:
    """Return about how many bytes an event holds beside its metrics."""
    event = arrival.event
    texts = [*event.states.items(), *event.labels.items(), *((e.type, e.message) for e in event.errors)]
    buckets = sum(len(h.bounds) + len(h.counts) + len(h.positive) + len(h.negative) for h in event.histograms)
    rest = _BUCKET_BYTES * buckets + _HISTOGRAM_BYTES * len(event.histograms)
    return _EVENT_OVERHEAD + 4 * sum(len(name) + len(text) for name, text in texts) + rest


def _new(arrivals: Sequence[Arrival]) -> NewChunk:
    at_ms = [arrival.event.at_ms for arrival in arrivals]
    stored = Chunk(place_of(arrivals), len(arrivals), min(at_ms), max(at_ms), chunk.encode(arrivals))
    return NewChunk(stored, chunk.summaries(arrivals))
