"""
Rollups: the number of samples of a series in each five minutes and each hour, the least, the most and their sum. Pure.

They are made by the time of the samples, so a late sample lands where it belongs. Infinite samples and NaN are left
out; five minutes with nothing else have no bucket, like five minutes without samples.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from archive import columns
from archive.columns import Damaged
from archive.store import DAY_MS, Bucket, SeriesDay
from shared.model.events import Event

FIVE_MINUTES_MS = 300_000
HOUR_MS = 3_600_000
WIDTHS_MS = (FIVE_MINUTES_MS, HOUR_MS)
MOST_BUCKETS = DAY_MS // FIVE_MINUTES_MS
"""Of one row, which is one series and one UTC day."""
_VERSION = 1


class Packed(NamedTuple):
    """One day of a series, as it is stored."""

    hours: bytes
    minutes: bytes
    """Buckets of five minutes."""


class _Body(Struct, array_like=True):
    version: int
    count: int
    numbers: bytes
    """Which bucket of the day each is."""
    samples: bytes
    leasts: bytes
    mosts: bytes
    totals: bytes


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(_Body).decode


Samples = dict[tuple[str, int], dict[int, float]]
"""Metric and number of five minutes since the epoch → instant → value, of one plugin."""


def samples_of(events: Iterable[Event]) -> Samples:
    """Return the samples of a plugin's *events*, which are in the order of arrival: of one instant, the last counts."""
    found: Samples = {}
    for event in events:
        at_ms = event.at_ms
        number = at_ms // FIVE_MINUTES_MS
        for metric, value in event.metrics.items():
            some = found.get((metric, number))
            if some is None:
                found[metric, number] = {at_ms: value}
            else:
                some[at_ms] = value
    return found


def bucket_of(number: int, samples: Mapping[int, float]) -> Bucket | None:
    """Return the bucket of the finite ones of some samples; None if there are none."""
    values = [value for value in samples.values() if math.isfinite(value)]
    if not values:
        return None
    return Bucket(number * FIVE_MINUTES_MS, len(values), min(values), max(values), _sum(values))


def of_events(events: Iterable[Event]) -> dict[SeriesDay, list[Bucket]]:
    """Return buckets of five minutes for the samples of *events*, those of each day in the order of time."""
    by_plugin: dict[str, list[Event]] = {}
    for event in events:
        by_plugin.setdefault(event.plugin_id, []).append(event)
    found: dict[SeriesDay, list[Bucket]] = {}
    for plugin_id, some in sorted(by_plugin.items()):
        for (metric, number), samples in sorted(samples_of(some).items()):
            if (bucket := bucket_of(number, samples)) is not None:
                found.setdefault(SeriesDay(plugin_id, metric, bucket.from_ms // DAY_MS), []).append(bucket)
    return found


def merged(buckets: Iterable[Bucket], width_ms: int) -> list[Bucket]:
    """Return buckets of *width_ms* for all samples of *buckets*, which are no wider, in the order of time."""
    parts: dict[int, list[Bucket]] = {}
    for bucket in buckets:
        parts.setdefault(bucket.from_ms // width_ms * width_ms, []).append(bucket)
    return [_merged(from_ms, some) for from_ms, some in sorted(parts.items())]


def _merged(from_ms: int, buckets: Sequence[Bucket]) -> Bucket:
    if len(buckets) == 1:
        return buckets[0]._replace(from_ms=from_ms)
    _, samples, leasts, mosts, totals = zip(*buckets, strict=True)
    return Bucket(from_ms, sum(samples), min(leasts), max(mosts), _sum(totals))


def encode(buckets: Sequence[Bucket]) -> Packed:
    """
    Return one day of a series as it is stored.

    Args:
        buckets: Of five minutes, in the order of time, at least one.
    """
    return Packed(_body(merged(buckets, HOUR_MS), HOUR_MS), _body(buckets, FIVE_MINUTES_MS))


def decode(body: bytes, day: int, width_ms: int) -> list[Bucket]:
    """
    Return the buckets of one day.

    Raises:
        Damaged: the bytes are no buckets of this width.
    """
    try:
        found = _unpack(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Damaged(str(error)) from error
    most = DAY_MS // width_ms
    if found.version != _VERSION:
        raise Damaged(f"a rollup of version {found.version}, which this release does not read")
    if not 0 < found.count <= most:
        raise Damaged(f"a rollup of {found.count} buckets")
    numbers, samples = (columns.unpack_ints(body, found.count) for body in (found.numbers, found.samples))
    if min(numbers) < 0 or max(numbers) >= most or min(samples) < 1:
        raise Damaged("a bucket outside its day, or without samples")
    leasts, mosts, totals = (
        columns.unpack_floats(body, found.count) for body in (found.leasts, found.mosts, found.totals)
    )
    start_ms = day * DAY_MS
    return [
        Bucket(start_ms + number * width_ms, count, least, most_, total)
        for number, count, least, most_, total in zip(numbers, samples, leasts, mosts, totals, strict=True)
    ]


def _body(buckets: Sequence[Bucket], width_ms: int) -> bytes:
    start_ms = buckets[0].from_ms // DAY_MS * DAY_MS
    return _pack(
        _Body(
            _VERSION,
            len(buckets),
            columns.pack_ints([(bucket.from_ms - start_ms) // width_ms for bucket in buckets]),
            columns.pack_ints([bucket.samples for bucket in buckets]),
            columns.pack_floats([bucket.least for bucket in buckets]),
            columns.pack_floats([bucket.most for bucket in buckets]),
            columns.pack_floats([bucket.total for bucket in buckets]),
        )
    )


def _sum(values: Sequence[float]) -> float:
    # Rounded once: the sum of decimals is then mostly the float of a decimal again, which takes fewer bytes.
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):  # Beyond the largest float; or infinite sums of both signs.
        return sum(values)
