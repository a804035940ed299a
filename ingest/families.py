"""
Which series are parts of a histogram or a summary, and their samples put together. Pure.

Prometheus has each bucket, the sum and the count as a series of its own. They stay metrics as they are; beside that,
the parts of one family, plugin and instant become one sample of a histogram. A body may hold some of them only: the
evaluator adds those of other bodies (`evaluator/assembly.py`).
"""

import math
from collections.abc import Callable, Mapping

from msgspec import structs

from ingest import entities, histograms
from ingest.entities import Part, Place
from shared.model import names
from shared.model.histograms import Histogram, NoHistogram
from shared.model.relabeling import Relabeling

UNKNOWN, HISTOGRAM, SUMMARY = 0, 3, 5
"""Types as the metadata of remote write number them."""
MAX_FAMILIES = 100_000
"""Families of which the type is remembered; a busy Prometheus has some thousands."""


def placed(
    place: Place,
    labels: Mapping[str, str],
    relabeling: Relabeling,
    types: dict[str, int],
    kind_of: Callable[[str], int],
    forget: Callable[[], None],
) -> Place:
    """
    Return the place of a series, with what it is a part of.

    Args:
        place: Of the series as a metric.
        types: Of families; a bucket or a quantile shows the type of a family of which none was sent.
        kind_of: Returns the type of a family as it was sent; 0 if it is unknown.
        forget: Called when a type is learnt, for places made without it.
    """
    part = part_of(labels, lambda family: kind_of(family) or types.get(family, UNKNOWN))
    if part is None:
        return place
    if part.what in ("bucket", "quantile") and part.family not in types and len(types) < MAX_FAMILIES:
        types[part.family] = HISTOGRAM if part.what == "bucket" else SUMMARY
        forget()
    if not is_kept(part, relabeling):
        return place
    if place.entity is None:
        # The mapping drops the series as a metric, not the family that it is a part of.
        every_metric = relabeling.model_copy(update={"keep_metrics": (), "drop_metrics": ()})
        return structs.replace(entities.place(labels, every_metric), part=structs.replace(part, is_metric=False))
    return structs.replace(place, part=part)


def part_of(labels: Mapping[str, str], kind_of: Callable[[str], int]) -> Part | None:
    """
    Return what a series is a part of; None for any other series.

    Args:
        kind_of: Returns the type of a family; 0 if it is unknown.
    """
    name = labels["__name__"]
    if "quantile" in labels:
        quantile = _number(labels["quantile"])
        if quantile is not None and 0 <= quantile <= 1 and kind_of(name) in (UNKNOWN, SUMMARY):
            return Part(names.escaped(name), "quantile", quantile)
        return None
    family, underscore, suffix = name.rpartition("_")
    if not underscore or not family:
        return None
    if suffix == "bucket" and "le" in labels:
        bound = _number(labels["le"])
        if bound is not None and bound > -math.inf and kind_of(family) in (UNKNOWN, HISTOGRAM):
            return Part(names.escaped(family), "bucket", bound)
    elif suffix == "sum" and kind_of(family) in (UNKNOWN, HISTOGRAM, SUMMARY):
        # Its buckets may be in other bodies, even in those of another process; without them it says nothing.
        return Part(names.escaped(family), "sum")
    elif suffix == "count" and kind_of(family) == SUMMARY:
        return Part(names.escaped(family), "count")
    return None


def is_kept(part: Part, relabeling: Relabeling) -> bool:
    """Tell whether the mapping takes the family; its globs may name the family or one of its series."""
    series = (part.family, *(f"{part.family}_{suffix}" for suffix in ("bucket", "sum", "count")))
    return not entities.drops(part.family, relabeling) and any(entities.keeps(name, relabeling) for name in series)


class Collected:
    """The parts of one family, plugin and instant."""

    def __init__(self) -> None:
        self._buckets: dict[float, float] = {}
        self._sum: float | None = None
        self._count: float | None = None
        self._is_spoilt = False
        """Whether a bucket has no value: the sample is left out."""

    def add(self, part: Part, value: float) -> None:
        if not math.isfinite(value):
            self._is_spoilt |= part.what != "sum"
        elif part.what == "sum":
            self._sum = value
        elif part.what == "count" or part.at == math.inf:
            self._count = value
        else:
            self._buckets[part.at] = value

    def histogram(self, family: str, *, is_whole: bool) -> Histogram | None:
        """
        Return the sample; None if a value of it is missing.

        Args:
            is_whole: Whether the body holds all there is of it.

        Raises:
            NoHistogram: its buckets are no histogram.
        """
        if self._is_spoilt:
            return None
        if is_whole and self._count is None:
            raise NoHistogram("ingest.histogram_without_count")
        bounds = tuple(sorted(self._buckets))
        counts = tuple(self._buckets[bound] for bound in bounds)
        name = histograms.named(family)
        return Histogram(name, self._count, self._sum, bounds, counts, is_part=not is_whole)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return None if math.isnan(number) else number
