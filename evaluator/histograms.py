"""
What is remembered of the histograms of one plugin, and the metrics that follow from two samples. Pure.

A histogram `took` becomes the metrics `took_p50`, `_p95`, `_p99`, `_avg` and `_rate` of the interval between two of its
samples, in the order of the stream; from there on they are metrics like all others. A first sample says nothing, nor
one after a gap, one that is late, or one that is repeated.
"""

from collections.abc import Container, Iterable, Iterator, Mapping

from msgspec import Struct

from evaluator import assembly, increase
from evaluator.budget import UNBOUNDED, Budget
from evaluator.replicas import Replicas
from shared.model.events import Event
from shared.model.histograms import Histogram

MAX_HISTOGRAMS = 1_000
"""Remembered for one plugin; further ones are counted as cut."""
GAP_MS = 300_000
"""Samples farther apart say nothing, as with Prometheus, which takes a sample for the present one for five minutes."""
INTERVALS = 3
"""Nor do samples farther apart than so many of the intervals before, where these are longer."""


class Kept(Struct, array_like=True):
    """What is remembered of one histogram."""

    newest_at_ms: int = 0
    newest: Histogram | None = None
    """None: the next sample says nothing, for the series has ended or its clock stepped back."""
    interval_ms: int = 0
    """Between its two newest samples."""
    parts: assembly.Assembly | None = None
    """Of a histogram that comes in parts."""


def expand(
    kept_by_name: dict[str, Kept],
    event: Event,
    heard_at_ms: int,
    budget: Budget = UNBOUNDED,
    known: Container[str] = (),
) -> tuple[int, list[str] | None]:
    """
    Add to the metrics of *event* those of its histograms, and remember these.

    Args:
        heard_at_ms: Time of its stream entry.
        known: Metrics that were met before.

    Returns:
        How many histograms there was no room for, and metrics of those that were late; None: none was.
    """
    late: list[str] | None = None
    refused = 0
    for sample in event.histograms:
        kept = kept_by_name.get(sample.name)
        if kept is None:
            if sample.is_part and sample.count is None and not sample.bounds:
                continue  # Any metric may have a name that ends in `_sum`.
            if len(kept_by_name) >= MAX_HISTOGRAMS or not budget.take_series():
                refused += 1
                continue
            kept = kept_by_name[sample.name] = Kept()
        if event.at_ms < kept.newest_at_ms:
            metric = f"{sample.name}_rate"
            if metric in known:
                late = [*(late or ()), metric]
            continue
        for metric, value in _take(kept, sample, event.at_ms, heard_at_ms).items():
            # A sender's own metric of this name comes first.
            event.metrics.setdefault(metric, value)
    return refused, late


def read_again(log: Iterable[tuple[int, Event]]) -> Iterator[Event]:
    """
    Yield events of one plugin with the metrics of their histograms, as an evaluator computed them.

    Args:
        log: In the order of the stream, each event with the time of its entry. The first sample says nothing.
    """
    kept_by_name: dict[str, Kept] = {}
    replicas: Replicas | None = None
    for heard_at_ms, event in log:
        if event.replica and replicas is None:
            replicas = Replicas(event.replica, heard_at_ms)
        elif event.replica and replicas is not None and not replicas.takes(event, heard_at_ms):
            continue
        expand(kept_by_name, event, heard_at_ms)
        end(kept_by_name, event.gone, event.at_ms)
        yield event


def end(kept_by_name: Mapping[str, Kept], gone: Iterable[str], at_ms: int) -> None:
    """Take note that metrics have ended: the next sample of a histogram among them says nothing."""
    for metric in gone:
        kept = kept_by_name.get(metric.removesuffix("_rate"))
        if kept is not None and metric.endswith("_rate") and at_ms >= kept.newest_at_ms:
            restart(kept, at_ms)


def restart(kept: Kept, at_ms: int) -> None:
    """Forget the samples; the next one, which is newer than *at_ms*, says nothing."""
    kept.newest_at_ms, kept.newest, kept.parts = at_ms, None, None


def _take(kept: Kept, sample: Histogram, at_ms: int, heard_at_ms: int) -> dict[str, float]:
    if sample.is_part:
        if kept.newest is not None and not kept.newest.is_part and at_ms - kept.newest_at_ms <= GAP_MS:
            # Its sender has the same histogram in a whole form, too, which is finer.
            return {}
        if kept.parts is None:
            kept.parts = assembly.Assembly()
        complete = assembly.add(kept.parts, sample, at_ms, heard_at_ms, kept.newest, kept.newest_at_ms)
        if complete is None:
            return {}
        return _follow(kept, complete.sample, complete.at_ms, says=complete.says)
    if at_ms == kept.newest_at_ms and (kept.newest is None or not kept.newest.is_part):
        return {}
    kept.parts = None
    return _follow(kept, sample, at_ms)


def _follow(kept: Kept, sample: Histogram, at_ms: int, *, says: bool = True) -> dict[str, float]:
    """Make *sample* the newest one; return what it says together with the one before."""
    before, before_ms, interval_ms = kept.newest, kept.newest_at_ms, kept.interval_ms
    if before is not None and before.bounds == sample.bounds:
        # One of each is enough.
        sample.name, sample.bounds = before.name, before.bounds
    kept.newest, kept.newest_at_ms = sample, at_ms
    if at_ms > before_ms:
        kept.interval_ms = at_ms - before_ms if before is not None else 0
    if sample.temporality == "gauge":
        return increase.metrics(sample.name, increase.all_of(sample), None)
    if sample.temporality == "delta":
        length_ms = at_ms - sample.start_ms
        observed = increase.all_of(sample)
        return increase.metrics(sample.name, observed, length_ms / 1000) if sample.start_ms and length_ms > 0 else {}
    if before is None or not says or at_ms <= before_ms or before.temporality != "cumulative":
        return {}
    if at_ms - before_ms > max(GAP_MS, INTERVALS * interval_ms):
        return {}
    grown = increase.between(before, before_ms, sample)
    return increase.metrics(sample.name, grown, (at_ms - before_ms) / 1000) if grown is not None else {}
