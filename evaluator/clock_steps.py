"""
Plugins whose clock stepped back: a fold of late samples that tells such a step from a backfill. Pure.

After a step every sample is late, by the same time each. A backfill is late, too, but catches up: it runs faster than
real time, so its samples are late by less and less. Time is the stream's: when entries arrived.
"""

from msgspec import Struct

STEADY_FOR_MS = 30_000
"""Late by the same time for so long, with nothing newer between: the clock stepped back."""
DRIFT_MS = 2_000
"""How much the first and the last may differ; what is delivered a tenth faster than real time drifts more."""
JITTER_MS = 10_000
"""How far any two between may be apart: networks and batches delay one sample more than another."""
LAGGING_MS = 120_000
"""After only late samples for this long, operators are warned, because late samples decide nothing."""


class Lateness(Struct, array_like=True):
    """One series, state or plugin of which nothing but late samples has come since its newest."""

    since_ms: int
    """When the first of them arrived."""
    steady_since_ms: int
    """Since when they have been late by about the same time."""
    first_ms: int
    """By how much the first of these was."""
    least_ms: int
    most_ms: int
    lag_ms: int
    """By how much the newest of these is."""


def follow(before: Lateness | None, lag_ms: int, heard_at_ms: int) -> tuple[Lateness, bool]:
    """
    Add one late sample.

    Args:
        lag_ms: How long before its arrival its event time is.

    Returns:
        What is known now, and whether the clock stepped back: the sample is the first of a new series.
    """
    since_ms = before.since_ms if before is not None else heard_at_ms
    if before is not None:
        least_ms, most_ms = min(before.least_ms, lag_ms), max(before.most_ms, lag_ms)
        if most_ms - least_ms <= JITTER_MS:
            now = Lateness(since_ms, before.steady_since_ms, before.first_ms, least_ms, most_ms, lag_ms)
            is_steady = abs(lag_ms - before.first_ms) <= DRIFT_MS
            return now, is_steady and heard_at_ms - before.steady_since_ms >= STEADY_FOR_MS
    return Lateness(since_ms, heard_at_ms, lag_ms, lag_ms, lag_ms, lag_ms), False
