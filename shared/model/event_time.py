"""
Which instants of a plugin can be true, and what is wrong with the others. Pure.

The client for plugins repeats the units (`producers.plain`); a test compares them.
"""

from shared.model import reasons
from shared.model.reasons import Reason

MAX_FUTURE_MS = 300_000
"""Samples more than five minutes ahead of the server are bad: an alert must not wait for a future to pass."""
EARLIEST_MS = 946_684_800_000
"""The year 2000. An earlier instant is a wrong unit or a clock that was never set; the plugin's data is not so old."""
_UNITS = (
    (EARLIEST_MS // 1000, 100_000_000_000, "seconds"),
    (EARLIEST_MS * 1000, EARLIEST_MS * 1_000_000, "microseconds"),
    (EARLIEST_MS * 1_000_000, EARLIEST_MS * 1_000_000_000, "nanoseconds"),
)


def problem(at_ms: float, now_ms: int) -> Reason | None:
    """Return why *at_ms* cannot be the time of an event that arrives at *now_ms*; None if it can."""
    if EARLIEST_MS <= at_ms <= now_ms + MAX_FUTURE_MS:
        return None
    # A wrong unit makes it no instant; as a text, nobody shows it as one.
    given = f"{at_ms:.0f}"
    for low, high, unit in _UNITS:
        if low <= at_ms < high:
            return reasons.of("event.other_unit", given=given, unit=reasons.of(f"unit.{unit}"))
    if at_ms < EARLIEST_MS:
        return reasons.of("event.before_2000", given=given)
    return reasons.of("event.in_future", ahead_s=(at_ms - now_ms) // 1000)
