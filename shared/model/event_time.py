"""
Which instants of a plugin can be true, and what is wrong with the others. Pure.

The client for plugins repeats the units (`producers.plain`); a test compares them.
"""

MAX_FUTURE_MS = 300_000
"""Samples more than five minutes ahead of the server are bad: an alert must not wait for a future to pass."""
EARLIEST_MS = 946_684_800_000
"""The year 2000. An earlier instant is a wrong unit or a clock that was never set; the plugin's data is not so old."""
_UNITS = (
    (EARLIEST_MS // 1000, 100_000_000_000, "seconds"),
    (EARLIEST_MS * 1000, EARLIEST_MS * 1_000_000, "microseconds"),
    (EARLIEST_MS * 1_000_000, EARLIEST_MS * 1_000_000_000, "nanoseconds"),
)


def problem(at_ms: float, now_ms: int) -> str:
    """Return why *at_ms* cannot be the time of an event that arrives at *now_ms*; empty if it can."""
    if EARLIEST_MS <= at_ms <= now_ms + MAX_FUTURE_MS:
        return ""
    for low, high, unit in _UNITS:
        if low <= at_ms < high:
            return f"at_ms {at_ms:.0f} looks like {unit}; at_ms is milliseconds since 1970 in UTC"
    if at_ms < EARLIEST_MS:
        return f"at_ms {at_ms:.0f} is before the year 2000; at_ms is milliseconds since 1970 in UTC"
    return f"at_ms is {(at_ms - now_ms) // 1000:.0f} s in the future; check the clock of the plugin"
