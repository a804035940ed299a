"""
Samples of metrics over all that is kept: from the streams where they reach back far enough, else from the archive.

The archive has what is compacted, and the journal. The stream has what is not recorded yet, and mostly the journal's
entries, too. Each entry is read at one place: compacted, or else in the journal if the stream does not reach back to
it, or else in the stream.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from redis import Redis

from api.read import series
from api.read.series import MAX_ENTRIES, Sample, Series
from archive import chunk, journal, reading
from archive.columns import Damaged
from archive.readers import Readers
from archive.reading import Part, Reading
from archive.store import DAY_MS, EVENTS, EVERY_STREAM, Archive, ArchiveError, stream_of
from evaluator import histograms
from shared.model import event_time
from shared.model.events import Event
from shared.model.histograms import SUFFIXES
from shared.model.partitions import partition_of
from shared.redis import entry_ids, keys, streams

MOST_SAMPLES = 400_000
"""Decoded for one request, evenly shared by its series; longer ranges are read from rollups."""
MOST_DAYS = 20_000
"""Days of rollups read for one request, over all its series; each day of a series is a row."""
MOST_JOURNAL_BYTES = 4_000_000
"""Compressed. The journal has more only while the recorder is far behind."""

Order = tuple[int, ...]
"""The two parts of an entry's id, by which entries are ordered."""


@dataclass(frozen=True, slots=True)
class Answer:
    series: list[Series]
    unavailable_before_ms: int | None = None
    """The archive, which may have older samples, cannot be read now."""


def read(
    redis: Redis,
    readers: Readers,
    wanted: Sequence[tuple[str, str]],
    since_ms: int,
    until_ms: int,
    points: int,
    partitions: int,
) -> Answer:
    """
    Return the series of each (plugin id, metric) between two instants of event time.

    Args:
        points: At most about so many of each. Of series with more samples, each point is their mean over a span
            (`step_ms`) with the lowest and the highest of them.
    """
    found: dict[tuple[str, str], Series] = {}
    unavailable: list[int] = []
    of_partition: dict[int, list[tuple[str, str]]] = {}
    for pair in wanted:
        of_partition.setdefault(partition_of(pair[0], partitions), []).append(pair)
    budget = MAX_ENTRIES // max(1, len(of_partition))
    for number, pairs in of_partition.items():
        first = _first_in_stream(redis, number)
        try:
            if first is None or first[0] > since_ms - event_time.MAX_FUTURE_MS:
                with readers.reading() as archive:
                    if archive is not None:
                        request = _Request(redis, archive, number, since_ms, until_ms, points, budget, len(wanted))
                        found |= request.read(pairs, first)
                        continue
        except ArchiveError:
            unavailable.append(first[0] if first is not None else until_ms)
        for one in series.read(redis, pairs, since_ms, until_ms, points, partitions, budget):
            if unavailable:
                one.since_ms = max(one.since_ms, min(unavailable[-1], until_ms))
            found[one.plugin_id, one.metric] = one
    return Answer([found[pair] for pair in wanted], max(unavailable, default=None))


class _Request:
    """The part of a request that concerns one partition."""

    def __init__(
        self,
        redis: Redis,
        archive: Archive,
        number: int,
        since_ms: int,
        until_ms: int,
        points: int,
        budget: int,
        series_asked: int,
    ) -> None:
        self._redis = redis
        self._archive = archive
        self._number = number
        self._stream = stream_of(EVENTS, number)
        self._since_ms = max(since_ms, until_ms - MOST_DAYS // series_asked * DAY_MS)
        self._until_ms = until_ms
        self._points = points
        self._budget = budget
        self._most_samples = MOST_SAMPLES // series_asked
        self._whole_since_ms = self._since_ms

    def read(self, pairs: Sequence[tuple[str, str]], first: Order | None) -> dict[tuple[str, str], Series]:
        """
        Return the series asked for.

        Args:
            first: The oldest entry of the stream.
        """
        metrics: dict[str, list[str]] = {}
        for plugin_id, metric in pairs:
            metrics.setdefault(plugin_id, []).append(metric)
        archive, parts = self._archive, dict[str, dict[str, Part]]()
        logs: dict[str, list[tuple[int, Event]]] = {}
        with archive.transaction():
            begin = archive.first_in_journal(self._stream)
            cursor = archive.cursors().get(self._stream)
            end: Order = tuple(entry_ids.order_of(cursor.position)) if cursor and cursor.position else (0, 0)
            # Taken from the stream if it reaches back so far: it is nearer.
            is_in_journal = begin is not None and (first is None or first > begin)
            waiting = list(self._in_journal(metrics)) if is_in_journal else []
            for plugin_id, names in metrics.items():
                parts[plugin_id] = reading.compacted(
                    archive, plugin_id, names, self._since_ms, self._until_ms, self._points, self._most_samples
                )
                computed = [n for n in names if n.endswith(SUFFIXES) and not parts[plugin_id][n].buckets]
                if computed:
                    logs[plugin_id] = self._log(plugin_id)
            gaps = [
                (max(gap.from_ms, self._since_ms), min(gap.to_ms, self._until_ms))
                for gap in archive.gaps()
                if gap.stream in (self._stream, EVERY_STREAM)
                and gap.to_ms >= self._since_ms
                and gap.from_ms <= self._until_ms
            ]
        after: Order = (end[0], end[1] + 1) if is_in_journal or begin is None else begin
        tail: dict[str, list[tuple[int, Event]]] = {plugin_id: [] for plugin_id in metrics}
        for entry_ms, event in chain(waiting, reversed(list(self._in_stream(metrics, after)))):
            tail[event.plugin_id].append((entry_ms, event))
        found = {}
        for plugin_id, metric in pairs:
            recent = [(e.at_ms, e.metrics[metric]) for _, e in tail[plugin_id] if metric in e.metrics]
            if not recent and plugin_id in logs and metric.endswith(SUFFIXES):
                recent = _computed([*logs[plugin_id], *tail[plugin_id]], metric)
            joined = reading.joined(parts[plugin_id][metric], recent, self._since_ms, self._until_ms, self._points)
            found[plugin_id, metric] = _series(plugin_id, metric, joined, gaps, self._whole_since_ms)
        return found

    def _in_journal(self, metrics: dict[str, list[str]]) -> Iterator[tuple[int, Event]]:
        entries = 0
        rows = self._archive.journal(self._stream, 1_000, MOST_JOURNAL_BYTES)
        for found in journal.readable(row.body for row in rows):
            if entries > self._budget:
                # Newer ones are in no other place that is read.
                self._whole_since_ms = max(self._whole_since_ms, self._until_ms)
                return
            entries += len(found)
            for entry_id, fields in found:
                if fields[0] == keys.EVENT_FIELD:
                    yield from _events(entry_id, fields[1], metrics)

    def _in_stream(self, metrics: dict[str, list[str]], after: Order) -> Iterator[tuple[int, Event]]:
        """Yield events, the newest first."""
        lower, upper, budget = f"{after[0]}-{after[1]}", "+", self._budget
        while budget > 0:
            count = min(series.CHUNK, budget)
            entries = self._redis.xrevrange(keys.events(self._number), upper, lower, count=count)
            for entry_id, fields in entries:
                payload = fields.get(keys.EVENT_FIELD)
                if payload is not None:
                    yield from reversed(list(_events(entry_id, payload, metrics)))
            if len(entries) < count:
                return
            budget -= len(entries)
            upper = f"({entries[-1][0].decode()}"
        self._whole_since_ms = max(self._whole_since_ms, int(upper.lstrip("(").partition("-")[0]))

    def _log(self, plugin_id: str) -> list[tuple[int, Event]]:
        """Return events of a plugin with histograms, the newest of them if there are too many."""
        found: list[tuple[int, Event]] = []
        since_ms = self._since_ms - histograms.GAP_MS
        stored = self._archive.chunks(plugin_id, since_ms, self._until_ms)
        while stored and sum(one.events for one in stored) > self._most_samples // 10:
            self._whole_since_ms = max(self._whole_since_ms, stored.pop(0).most_at_ms)
        for one in stored:
            try:
                arrivals = chunk.decode(one.body, plugin_id)
            except Damaged:
                continue
            found += [(a.entry_ms, a.event) for a in arrivals if a.event.histograms or a.event.gone]
        return found


def _computed(log: Sequence[tuple[int, Event]], metric: str) -> list[Sample]:
    """Return the samples that follow from those of a histogram, as the evaluator has computed them."""
    return [(event.at_ms, event.metrics[metric]) for event in histograms.read_again(log) if metric in event.metrics]


def _events(entry_id: bytes, payload: bytes, metrics: dict[str, list[str]]) -> Iterator[tuple[int, Event]]:
    entry_ms = int(entry_id.partition(b"-")[0])
    for event in streams.decode(payload, entry_ms)[0]:
        if event.plugin_id in metrics:
            yield entry_ms, event


def _series(
    plugin_id: str, metric: str, found: Reading, gaps: Sequence[tuple[int, int]], whole_since_ms: int
) -> Series:
    one = Series(plugin_id, metric, since_ms=whole_since_ms, step_ms=found.step_ms, gaps=list(gaps))
    one.samples = [(point.at_ms, point.mean) for point in found.points]
    if found.step_ms:
        one.lows = [point.least for point in found.points]
        one.highs = [point.most for point in found.points]
    return one


def _first_in_stream(redis: Redis, number: int) -> Order | None:
    entries = redis.xrange(keys.events(number), count=1)
    return tuple(entry_ids.order_of(entries[0][0].decode())) if entries else None
