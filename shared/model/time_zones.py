"""Names of time zones, as people enter them. Pure."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.model import reasons

MOST_CHARS = 64
"""More than any name of the time zone database has."""


def check(name: str) -> str:
    """
    Return *name* if it is a time zone's.

    Raises:
        ValueError: it is none; its argument is the reason.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(reasons.of("invalid.time_zone")) from None
    return name
