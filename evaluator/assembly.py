"""
Histograms whose buckets come as separate series: their parts are put together by time. Pure.

Prometheus sends each bucket, the sum and the count as a series of its own, and may put them into several requests. A
sample is complete when it has all buckets that the complete sample before it had. A first sample cannot be judged so:
its later parts are added to it, and what follows it says nothing for ten seconds, unless one request held a sum, a
count and buckets. A histogram that has lost buckets is taken as it is after a minute.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct

from shared.model.histograms import Histogram, NoHistogram

SETTLED_MS = 10_000
"""After this all parts of a first sample have come: Prometheus sends each of its queues every five seconds."""
PATIENCE_MS = 60_000
MAX_WAITING = 32
"""Samples of one histogram that wait for parts; a queue that is behind sends some eight times at once."""


class Waiting(Struct, array_like=True):
    """A sample that is not complete."""

    heard_at_ms: int
    """Time of the stream entry with its first part."""
    sample: Histogram


class Assembly(Struct, array_like=True):
    """What is remembered of one histogram beside its newest complete sample."""

    changed_at_ms: int = 0
    """Time of the stream entry that brought a bucket which the sample before had not."""
    waiting: dict[int, Waiting] = {}
    """By event time; all newer than the newest complete sample."""


class Complete(NamedTuple):
    """A complete sample, and whether it and the one before it have the same buckets for certain."""

    at_ms: int
    sample: Histogram
    says: bool


def add(
    assembly: Assembly, part: Histogram, at_ms: int, heard_at_ms: int, newest: Histogram | None, newest_at_ms: int
) -> Complete | None:
    """
    Add a part, in place.

    Args:
        at_ms: Its event time, at least *newest_at_ms*.
        newest: The newest complete sample, or None.

    Returns:
        The sample that it completes, if it does.
    """
    known = newest if newest is not None and newest.is_part else None
    try:
        if known is not None and at_ms == newest_at_ms:
            return _add_to_newest(assembly, part, at_ms, heard_at_ms, known)
        before = assembly.waiting.get(at_ms)
        sample = part if before is None else _merged(before.sample, part)
    except NoHistogram:
        # Together they have too many buckets.
        assembly.waiting.pop(at_ms, None)
        return None
    assembly.waiting[at_ms] = Waiting(heard_at_ms if before is None else before.heard_at_ms, sample)
    found = _complete(assembly, part, sample, at_ms, heard_at_ms, known) or _given_up(assembly, heard_at_ms)
    if found is not None:
        assembly.waiting = {time_ms: other for time_ms, other in assembly.waiting.items() if time_ms > found.at_ms}
    return found


def _add_to_newest(
    assembly: Assembly, part: Histogram, at_ms: int, heard_at_ms: int, newest: Histogram
) -> Complete | None:
    sample = _merged(newest, part)
    if _has_same_shape(sample, newest):
        return None  # A repetition.
    assembly.changed_at_ms = heard_at_ms
    return Complete(at_ms, sample, says=False)


def _complete(
    assembly: Assembly, part: Histogram, sample: Histogram, at_ms: int, heard_at_ms: int, newest: Histogram | None
) -> Complete | None:
    if sample.count is None:
        return None
    looks_whole = bool(part.bounds) and part.count is not None and part.sum is not None
    if newest is None:
        assembly.changed_at_ms = heard_at_ms
        return Complete(at_ms, sample, says=False)
    if sample.bounds == newest.bounds and (newest.sum is None or sample.sum is not None):
        # Without buckets there is nothing but rate and average, which are right without them.
        is_settled = looks_whole or not sample.bounds or heard_at_ms - assembly.changed_at_ms >= SETTLED_MS
        return Complete(at_ms, sample, says=is_settled)
    before, now = set(newest.bounds), set(sample.bounds)
    if before < now or (looks_whole and not now <= before):
        assembly.changed_at_ms = heard_at_ms
        return Complete(at_ms, sample, says=False)
    return None


def _given_up(assembly: Assembly, heard_at_ms: int) -> Complete | None:
    """Take the oldest sample as it is if it has waited long; those that follow it with the same buckets, too."""
    times = sorted(assembly.waiting)
    oldest = assembly.waiting[times[0]]
    if len(times) <= MAX_WAITING and heard_at_ms - oldest.heard_at_ms <= PATIENCE_MS:
        return None
    found: Complete | None = None
    for at_ms in times:
        sample = assembly.waiting[at_ms].sample
        if sample.count is not None and (found is None or _has_same_shape(sample, found.sample)):
            found = Complete(at_ms, sample, says=False)
    if found is None:
        del assembly.waiting[times[0]]
    else:
        assembly.changed_at_ms = heard_at_ms
    return found


def _has_same_shape(one: Histogram, other: Histogram) -> bool:
    return one.bounds == other.bounds and (one.sum is None) == (other.sum is None)


def _merged(one: Histogram, other: Histogram) -> Histogram:
    """Return a sample with the parts of both; where both have one, that of *other*."""
    counts = dict(_pairs(one)) | dict(_pairs(other))
    bounds = tuple(sorted(counts))
    return Histogram(
        one.name,
        one.count if other.count is None else other.count,
        one.sum if other.sum is None else other.sum,
        bounds,
        tuple(counts[bound] for bound in bounds),
        is_part=True,
    )


def _pairs(sample: Histogram) -> Iterable[tuple[float, float]]:
    return zip(sample.bounds, sample.counts, strict=True)
