"""Instants as any sender may write them. Pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.model.events import LATEST_MS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_IN_SECOND = ((10**11, 1), (10**14, 1_000), (10**17, 1_000_000))
"""Numbers below these are instants in seconds, milliseconds and microseconds; others in nanoseconds."""
_NUMBER = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,9})?")


def instant_ms(given: Any) -> int | None:
    """Return an instant in ISO 8601, which is UTC without a zone, or a number since 1970; None for what is none."""
    if isinstance(given, str) and _NUMBER.fullmatch(given.strip()):
        given = float(given)
    try:
        if isinstance(given, int | float) and not isinstance(given, bool):
            at_ms = _of_number(float(given))
        else:
            at = datetime.fromisoformat(given.strip())
            at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
            at_ms = 0 if at.year == 1 else (at - _EPOCH) // _MS
    except (AttributeError, TypeError, ValueError, OverflowError):
        return None
    return at_ms if 0 <= at_ms <= LATEST_MS else None


def _of_number(given: float) -> int:
    for limit, in_second in _IN_SECOND:
        if given < limit:
            return int(given * 1_000 / in_second)
    return int(given / 1_000_000)
