"""
A series over any range, as some number of points: samples where the range is short, rollups where it is long.

What is compacted comes from the archive (`compacted`). What is not comes from the journal or the stream; the caller
reads it, and `joined` puts both together (pure).
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from archive import chunk, rollup
from archive.columns import Damaged
from archive.rollup import FIVE_MINUTES_MS, HOUR_MS
from archive.store import Archive, Bucket

MOST_SAMPLES = 100_000
"""Samples of one series that are decoded for one answer, some 30 ms; ranges with more are read from rollups."""

Sample = tuple[int, float]


class Point(NamedTuple):
    """The finite samples of a series in [at_ms, at_ms + step), or one sample."""

    at_ms: int
    samples: int
    least: float
    most: float
    mean: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A series over a range, oldest point first. Where nothing was measured, there is no point."""

    step_ms: int
    """How long a span each point is of; 0: each point is one sample."""
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Part:
    """What is compacted of a series in a range: its samples in the order of their arrival, or its buckets."""

    width_ms: int
    """Of the buckets; 0: it is samples."""
    samples: Sequence[Sample] = ()
    buckets: Sequence[Bucket] = ()


def compacted(
    archive: Archive,
    plugin_id: str,
    metrics: Iterable[str],
    from_ms: int,
    to_ms: int,
    points: int,
    most_samples: int = MOST_SAMPLES,
) -> dict[str, Part]:
    """
    Return what is compacted of some metrics of a plugin, in the resolution that suits *points* points.

    Samples are removed earlier than rollups. Where samples of the range are missing, its rollups count more of them.

    Args:
        most_samples: Of one series that are decoded; of a range with more, rollups are returned.
    """
    width_ms = _width(from_ms, to_ms, points)
    found: dict[str, Part] = {}
    with archive.transaction():
        for metric in metrics:
            buckets = archive.rollups(plugin_id, metric, width_ms or FIVE_MINUTES_MS, from_ms, to_ms)
            found[metric] = Part(width_ms or FIVE_MINUTES_MS, buckets=buckets)
        if width_ms or not any(part.buckets for part in found.values()):
            return found
        few = [metric for metric, part in found.items() if _samples_of(part.buckets) <= most_samples]
        whole_from_ms = from_ms // FIVE_MINUTES_MS * FIVE_MINUTES_MS
        whole_to_ms = (to_ms // FIVE_MINUTES_MS + 1) * FIVE_MINUTES_MS - 1
        for metric, samples in _raw(archive, plugin_id, few, whole_from_ms, whole_to_ms).items():
            # The archive may have several samples of one instant; rollups count one.
            if sum(map(math.isfinite, dict(samples).values())) >= _samples_of(found[metric].buckets):
                found[metric] = Part(0, samples)
    return found


def joined(part: Part, tail: Iterable[Sample], from_ms: int, to_ms: int, points: int) -> Reading:
    """
    Return a series over [from_ms, to_ms] as about *points* points at most.

    Args:
        tail: Samples that are not compacted, in the order of their arrival. Of two of one time, the later counts.
    """
    if part.width_ms == 0 or not part.buckets:
        kept = dict(_within([*part.samples, *tail], from_ms, to_ms))
        if len(kept) <= points:
            return Reading(0, [Point(at_ms, 1, value, value, value) for at_ms, value in sorted(kept.items())])
        step_ms = math.ceil(max(1, to_ms - from_ms) / points)
        return Reading(step_ms, _points(_buckets(kept.items(), step_ms), step_ms))
    wide = math.ceil((to_ms - from_ms) / (part.width_ms * points))
    step_ms = part.width_ms * max(1, wide)
    recent = _buckets(dict(_within(tail, from_ms, to_ms)).items(), part.width_ms)
    return Reading(step_ms, _points([*part.buckets, *recent], step_ms))


def _width(from_ms: int, to_ms: int, points: int) -> int:
    """Return the width of the widest buckets that are no wider than a point; 0 if all are wider."""
    return max((width for width in (FIVE_MINUTES_MS, HOUR_MS) if width * points <= to_ms - from_ms), default=0)


def _raw(
    archive: Archive, plugin_id: str, metrics: Sequence[str], from_ms: int, to_ms: int
) -> Mapping[str, list[Sample]]:
    found: dict[str, list[Sample]] = {metric: [] for metric in metrics}
    for stored in archive.chunks(plugin_id, from_ms, to_ms) if metrics else ():
        for metric, samples in found.items():
            try:
                samples.extend(_within(chunk.series(stored.body, metric), from_ms, to_ms))
            except Damaged:
                continue  # Its rollups then count more samples than were found.
    return found


def _within(samples: Iterable[Sample], from_ms: int, to_ms: int) -> Iterator[Sample]:
    return (sample for sample in samples if from_ms <= sample[0] <= to_ms)


def _samples_of(buckets: Iterable[Bucket]) -> int:
    return sum(bucket.samples for bucket in buckets)


def _buckets(samples: Iterable[Sample], width_ms: int) -> list[Bucket]:
    return [
        Bucket(at_ms // width_ms * width_ms, 1, value, value, value) for at_ms, value in samples if math.isfinite(value)
    ]


def _points(buckets: Iterable[Bucket], step_ms: int) -> list[Point]:
    return [Point(one.from_ms, one.samples, one.least, one.most, one.mean) for one in rollup.merged(buckets, step_ms)]
