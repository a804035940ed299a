"""What a histogram has observed between two of its samples; one that falls has started again from 0. Pure."""

from collections.abc import Mapping
from functools import lru_cache
from operator import sub

from evaluator.quantiles import Observed, quantiles
from shared.model.histograms import SUFFIXES, Histogram, coarser

QUANTILES = (0.5, 0.95, 0.99)
"""Of the first suffixes."""


def between(old: Histogram, old_at_ms: int, new: Histogram) -> Observed | None:
    """
    Return what was observed after *old*; None if the two cannot be compared.

    Args:
        new: The sample that follows, of the same sender.
    """
    if new.is_restart or new.start_ms > old_at_ms:
        return all_of(new)
    count = (new.count or 0.0) - (old.count or 0.0)
    total = new.sum - old.sum if new.sum is not None and old.sum is not None else None
    if new.scale is None and old.scale is None:
        if new.bounds != old.bounds:
            return None
        counts = list(map(sub, new.counts, old.counts))
        has_fallen = count < 0 or (counts and min(counts) < 0)
        return all_of(new) if has_fallen else Observed(count, total, new.bounds, counts)
    if new.scale is None or old.scale is None:
        return None
    if count < 0 or new.scale > old.scale or new.zero_threshold < old.zero_threshold:
        # A sender lowers the resolution as it needs, and raises it only when it starts again.
        return all_of(new)
    zero, positive, negative = _as_coarse(old, new.scale, new.zero_threshold)
    rise, fall = _risen(positive, new.positive), _risen(negative, new.negative)
    if rise is None or fall is None or new.zero < zero:
        return all_of(new)
    return Observed(count, total, (), (), new.scale, rise, fall, new.zero - zero, new.zero_threshold)


def all_of(sample: Histogram) -> Observed:
    """Return all that a sample counts."""
    return Observed(
        sample.count or 0.0,
        sample.sum,
        sample.bounds,
        sample.counts,
        sample.scale,
        sample.positive,
        sample.negative,
        sample.zero,
        sample.zero_threshold,
    )


def metrics(name: str, observed: Observed, seconds: float | None) -> dict[str, float]:
    """
    Return the metrics of an interval. Without observations it has a rate of 0 and nothing else to say.

    Args:
        name: Of the histogram.
        seconds: Length of the interval; None for a histogram that states what there is now.
    """
    *names, average, rate = metrics_of(name)
    found = {rate: observed.count / seconds} if seconds else {}
    if observed.count:
        found |= zip(names, quantiles(QUANTILES, observed), strict=False)
        if observed.sum is not None:
            found[average] = observed.sum / observed.count
    return found


@lru_cache(maxsize=10_000)
def metrics_of(name: str) -> tuple[str, ...]:
    """Return the names of a histogram's metrics; all plugins share them."""
    return tuple(name + suffix for suffix in SUFFIXES)


def _as_coarse(old: Histogram, scale: int, zero_threshold: float) -> tuple[float, dict[int, float], dict[int, float]]:
    """Return the zero bucket and the others of *old*, as a sample of a lower scale and a wider zero bucket has them."""
    steps = (old.scale or 0) - scale
    zero = old.zero
    signs: list[dict[int, float]] = []
    for buckets in (old.positive, old.negative):
        kept = coarser(buckets, steps) if steps else buckets
        if zero_threshold > old.zero_threshold:
            width = 2.0**-scale
            inside = {i for i in kept if i * width < 1024 and 2.0 ** (i * width) <= zero_threshold * (1 + 1e-9)}
            zero += sum(kept[i] for i in inside)
            kept = {i: count for i, count in kept.items() if i not in inside}
        signs.append(kept)
    return zero, signs[0], signs[1]


def _risen(old: Mapping[int, float], new: Mapping[int, float]) -> dict[int, float] | None:
    """Return by how much each bucket grew; None if one fell."""
    if any(count > new.get(index, 0.0) for index, count in old.items()):
        return None
    return {index: rise for index, count in new.items() if (rise := count - old.get(index, 0.0))}
