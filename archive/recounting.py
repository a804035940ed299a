"""
What newly compacted samples change in rollups, so that each instant of a series counts once. Pure.

A publisher that got no answer sends its batch again, and then the archive has an event twice. Only samples that are no
newer than what is compacted can be there already; of their five minutes, the chunks are read again. Of two samples of
one instant the later arrival counts, as in charts.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from archive import chunk, rollup
from archive.columns import Damaged
from archive.rollup import FIVE_MINUTES_MS, Samples
from archive.store import DAY_MS, Bucket, Chunk, Recount, SeriesDay
from shared.model.events import Event

APART = 72
"""Five minutes without late samples, some six hours, between which chunks are not read."""

ChunksOf = Callable[[int, int], Sequence[Chunk]]
"""The range of event times, both ends among them → a plugin's chunks, in the order of arrival."""


def recounted(
    plugin_id: str, events: Iterable[Event], newest_ms: int | None, chunks_of: ChunksOf
) -> tuple[dict[SeriesDay, list[Bucket]], dict[SeriesDay, list[Recount]]]:
    """
    Return buckets to be added, and those of five minutes of which the archive has samples already.

    Args:
        events: Of one plugin, in the order of arrival.
        newest_ms: The newest instant that is compacted of the plugin; None: unknown.
    """
    samples = rollup.samples_of(events)
    late = {key for key, some in samples.items() if newest_ms is None or min(some) <= newest_ms}
    stored = _stored(late, chunks_of) if late else {}
    added: dict[SeriesDay, list[Bucket]] = {}
    again: dict[SeriesDay, list[Recount]] = {}
    for key, new in sorted(samples.items()):
        metric, number = key
        series_day = SeriesDay(plugin_id, metric, number * FIVE_MINUTES_MS // DAY_MS)
        if before := stored.get(key):
            unknown = {at_ms: value for at_ms, value in new.items() if at_ms not in before}
            recount = Recount(
                number * FIVE_MINUTES_MS,
                sum(map(math.isfinite, before.values())),
                rollup.bucket_of(number, before | new),
                rollup.bucket_of(number, unknown),
            )
            again.setdefault(series_day, []).append(recount)
        elif (bucket := rollup.bucket_of(number, new)) is not None:
            added.setdefault(series_day, []).append(bucket)
    return added, again


def with_recounts(kept: Iterable[Bucket], recounts: Iterable[Recount]) -> list[Bucket]:
    """
    Return the buckets of a day after some of its five minutes were counted again.

    Where more samples were counted than chunks have (those are gone, or a release before counted some twice), only what
    is new is added.
    """
    found = {bucket.from_ms: bucket for bucket in kept}
    for one in recounts:
        before = found.pop(one.from_ms, None)
        if before is None or before.samples <= one.stored:
            after = one.whole
        else:
            (after,) = rollup.merged([before, *([one.added] if one.added else [])], FIVE_MINUTES_MS)
        if after is not None:
            found[one.from_ms] = after
    return [bucket for _, bucket in sorted(found.items())]


def _stored(late: set[tuple[str, int]], chunks_of: ChunksOf) -> Samples:
    """Return the samples that chunks have of these metrics and five minutes."""
    found: Samples = {}
    for first, last in _spans(sorted({number for _, number in late})):
        metrics = {metric for metric, number in late if first <= number <= last}
        for one in chunks_of(first * FIVE_MINUTES_MS, (last + 1) * FIVE_MINUTES_MS - 1):
            try:
                columns = chunk.several_series(one.body, metrics)
            except Damaged:
                continue
            _sort_in(columns, late, found)
    return found


def _sort_in(columns: Mapping[str, Iterable[tuple[int, float]]], late: set[tuple[str, int]], found: Samples) -> None:
    for metric, samples in columns.items():
        for at_ms, value in samples:
            key = (metric, at_ms // FIVE_MINUTES_MS)
            if key in late:
                found.setdefault(key, {})[at_ms] = value


def _spans(numbers: Sequence[int]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and number - spans[-1][1] <= APART:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return spans
