"""
A sample of a histogram, as events carry it. Pure.

One form holds what all senders have: classic buckets with bounds, exponential buckets (Prometheus' native histograms
and OpenTelemetry's exponential ones), and count and sum without buckets, as summaries have them. What each sample
counts is stated by `temporality`. The evaluator makes metrics of two samples that follow each other.
"""

import math
from collections.abc import Mapping
from operator import lt
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, ValidationError, convert

from shared.model import names, reasons
from shared.model.alerts import NAME_LENGTH
from shared.model.reasons import Reason

SUFFIXES = ("_p50", "_p95", "_p99", "_avg", "_rate")
"""Of the metrics that a histogram becomes; `_rate` is the number of observations a second."""
MOST_CHARS = NAME_LENGTH - max(map(len, SUFFIXES))
MAX_BUCKETS = 512
"""Of one sample. A client of OpenTelemetry has 160 at most for each sign, and classic histograms have some dozen."""
MAX_HISTOGRAMS = 100
"""Of one event."""
SCALES = range(-10, 21)
"""OpenTelemetry's; Prometheus' schemas are -4 to 8."""


class NoHistogram(ValueError):
    """Values that are no sample of a histogram."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.reason: Reason = reasons.of(code, **values)

    def __str__(self) -> str:
        return str(self.reason)


class Histogram(Struct, omit_defaults=True, gc=False):
    """
    One sample.

    Raises:
        NoHistogram: when it is made or decoded: too many buckets, bounds out of order, counts below 0, or a
            name with invisible characters.
    """

    name: Annotated[str, Meta(min_length=1, max_length=MOST_CHARS)]
    count: float | None = None
    """Of all observations; None in a part that does not hold it."""
    sum: float | None = None
    """None: its sender does not say."""
    bounds: tuple[float, ...] = ()
    """Upper bounds of classic buckets, ascending, each inclusive, without the infinite one."""
    counts: tuple[float, ...] = ()
    """Observations up to each bound, the smaller ones included, as Prometheus' `le`."""
    scale: int | None = None
    """Of exponential buckets; bucket i holds (2^((i-1) / 2^scale), 2^(i / 2^scale)]. None: it has none."""
    positive: dict[int, float] = {}
    """Exponential buckets and how many observations each of them alone holds; empty ones are left out."""
    negative: dict[int, float] = {}
    zero: float = 0.0
    """Observations from -`zero_threshold` to `zero_threshold`."""
    zero_threshold: float = 0.0
    temporality: Literal["cumulative", "delta", "gauge"] = "cumulative"
    """What it counts: all since the start, those since `start_ms`, or what there is now."""
    start_ms: int = 0
    """When counting began; 0: its sender does not say."""
    is_restart: bool = False
    """Whether its sender says that counting has begun again since the sample before."""
    is_part: bool = False
    """Whether others of the same time may hold more of its buckets, or its count or sum."""

    def __post_init__(self) -> None:
        if names.hides(self.name):
            raise NoHistogram("event.hidden_character")
        buckets = len(self.counts) + len(self.positive) + len(self.negative)
        if buckets > MAX_BUCKETS:
            raise NoHistogram("event.histogram_buckets", buckets=buckets, limit=MAX_BUCKETS)
        if len(self.bounds) != len(self.counts):
            raise NoHistogram("event.histogram_bounds", bounds=len(self.bounds), counts=len(self.counts))
        if self.bounds and not _ascend(self.bounds):
            raise NoHistogram("event.histogram_order")
        if self.scale is not None and self.scale not in SCALES:
            raise NoHistogram("event.histogram_scale", given=self.scale, least=SCALES[0], most=SCALES[-1])
        _check(self.count or 0.0)
        if self.counts:
            _check_all(self.counts)
        if self.scale is not None:
            _check_all((self.zero, self.zero_threshold, *self.positive.values(), *self.negative.values()))
        if self.sum is not None and not math.isfinite(self.sum):
            raise NoHistogram("event.histogram_count", given=str(self.sum))


def read(given: Any) -> Histogram | Reason:
    """Return the sample that a document of JSON holds, or why it holds none."""
    try:
        return convert(given, Histogram, str_keys=True)
    except ValidationError as error:
        cause = error.__cause__
        return cause.reason if isinstance(cause, NoHistogram) else reasons.of("event.histogram_form", error=str(error))
    except (OverflowError, RecursionError) as error:
        return reasons.of("event.histogram_form", error=str(error))


def _check_all(counts: tuple[float, ...]) -> None:
    # If the lowest and the sum are good, all are.
    _check(min(counts))
    _check(sum(counts))


def _check(count: float) -> None:
    if not 0 <= count < math.inf:
        raise NoHistogram("event.histogram_count", given=str(count))


def _ascend(bounds: tuple[float, ...]) -> bool:
    # What lies between two finite bounds in order is finite; NaN is in no order.
    return -math.inf < bounds[0] and bounds[-1] < math.inf and all(map(lt, bounds, bounds[1:]))


def coarser(buckets: Mapping[int, float], steps: int) -> dict[int, float]:
    """Return exponential buckets at a scale that is *steps* lower: each 2^steps neighbours become one."""
    found: dict[int, float] = {}
    for index, count in buckets.items():
        # Bucket i becomes ceil(i / 2^steps), because upper bounds are inclusive.
        place = -(-index >> steps)
        found[place] = found.get(place, 0.0) + count
    return found
