"""
Quantiles of observations in buckets, as Prometheus' `histogram_quantile` computes them. Pure.

Source: `bucketQuantile` and `histogramQuantile` in prometheus/prometheus, promql/quantile.go (3.5): observations lie
evenly within a classic bucket, whose first one begins at 0 if its bound is above 0, and evenly on a logarithmic scale
within an exponential one. The highest finite bound stands for what lies above it.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate

from msgspec import Struct

LARGEST = 1.7976931348623157e308


class Observed(Struct, gc=False):
    """Observations of an interval; the fields are those of `shared.model.histograms.Histogram`."""

    count: float
    sum: float | None
    bounds: Sequence[float] = ()
    counts: Sequence[float] = ()
    scale: int | None = None
    positive: Mapping[int, float] | None = None
    negative: Mapping[int, float] | None = None
    zero: float = 0.0
    zero_threshold: float = 0.0


def quantiles(shares: Sequence[float], observed: Observed) -> list[float]:
    """
    Return for each of *shares* the value below which this share of the observations lies.

    Returns:
        Nothing, if there are no buckets, or no observations in them.
    """
    if observed.scale is None:
        # A client that counts while it is asked may state fewer for a larger bound.
        rising = list(accumulate((*observed.counts, observed.count), max))
        return [_of_classic(q, observed.bounds, rising) for q in shares] if observed.bounds and rising[-1] else []
    buckets = [(-1, i, count) for i, count in sorted((observed.negative or {}).items(), reverse=True)]
    buckets.append((0, 0, observed.zero))
    buckets += [(1, i, count) for i, count in sorted((observed.positive or {}).items())]
    filled = [bucket for bucket in buckets if bucket[2]]
    return [_of_exponential(q, observed, filled) for q in shares] if filled and observed.count else []


def _of_classic(q: float, bounds: Sequence[float], rising: Sequence[float]) -> float:
    rank = q * rising[-1]
    place = bisect_left(rising, rank, hi=len(bounds))
    if place == len(bounds):
        return bounds[-1]
    if place == 0 and bounds[0] <= 0:
        return bounds[0]
    begin, before = (bounds[place - 1], rising[place - 1]) if place else (0.0, 0.0)
    return begin + (bounds[place] - begin) * (rank - before) / (rising[place] - before)


def _of_exponential(q: float, observed: Observed, buckets: Sequence[tuple[int, int, float]]) -> float:
    """
    Args:
        buckets: Those that hold something, the lowest first: sign (0: the zero bucket), index and observations.
    """
    # As in Prometheus, from the nearer end: where a rank lies between two buckets it decides which one is meant.
    from_top = q >= 0.5
    rank = (1 - q) * observed.count if from_top else q * observed.count
    seen = inside = 0.0
    sign = index = 0
    for sign, index, inside in reversed(buckets) if from_top else buckets:  # noqa: B007
        seen += inside
        if seen >= rank:
            break
    seen = min(seen, observed.count)
    share = min(max((seen - rank if from_top else rank - (seen - inside)) / inside, 0.0), 1.0)
    if sign == 0:
        low = 0.0 if observed.positive and not observed.negative else -observed.zero_threshold
        high = 0.0 if observed.negative and not observed.positive else observed.zero_threshold
        return low + (high - low) * share
    # In a negative bucket, the share counts from the bound that is farther from 0.
    return sign * _power((index - 1 + (share if sign > 0 else 1 - share)) * 2.0 ** -(observed.scale or 0))


def _power(exponent: float) -> float:
    try:
        return math.exp2(exponent)
    except OverflowError:
        return LARGEST
