"""Going on through a short outage of Redis: an outcome that is not written would be sent again."""

import time
from collections.abc import Callable
from typing import TypeVar

from redis.exceptions import ConnectionError, OutOfMemoryError, ReadOnlyError, TimeoutError, WatchError

from shared.model import backoff

PATIENCE_S = 15.0
"""How long one step is tried again while Redis is away."""
PASSING = (ConnectionError, TimeoutError, ReadOnlyError, OutOfMemoryError)
"""Errors of a Redis that will take commands again soon."""
_T = TypeVar("_T")


def ride_out(attempt: Callable[[], _T]) -> _T:
    """Repeat *attempt* until it succeeds: at once after a conflict (WatchError), and for a while without Redis."""
    over_at = time.monotonic() + PATIENCE_S
    failures = 0
    while True:
        try:
            return attempt()
        except WatchError:
            continue
        except PASSING:
            failures += 1
            if time.monotonic() > over_at:
                raise
            time.sleep(backoff.delay_ms(failures, base_ms=50, cap_ms=1_000) / 1000)
