"""The router's duties beside routing: each in its interval, and none of them holds up the others."""

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from redis.exceptions import RedisError, ResponseError

from shared.errors import LeaseLost
from shared.log import Logger

_T = TypeVar("_T")


class Duties:
    """When each duty was last done, and what happens if a duty fails."""

    def __init__(self, log: Logger, counters: Counter[str]) -> None:
        self._log = log
        self._counters = counters
        self._done_at_ms: dict[str, int] = {}
        self._refused: Exception | None = None

    def is_due(self, name: str, every_ms: int, now_ms: int) -> bool:
        """Tell whether a duty's interval is over, and begin the next interval if so."""
        # A clock that was set back must not stop a duty until it has caught up.
        if 0 <= now_ms - self._done_at_ms.get(name, -every_ms) < every_ms:
            return False
        self._done_at_ms[name] = now_ms
        return True

    def hasten(self, name: str) -> None:
        """Make a duty due at once."""
        self._done_at_ms.pop(name, None)

    def take_refusal(self) -> Exception | None:
        """Return the last error by which the server refused a duty's command, once."""
        refused, self._refused = self._refused, None
        return refused

    def do(self, name: str, work: Callable[[], _T]) -> _T | None:
        """
        Do a duty; an error is logged and counted.

        Raises:
            LeaseLost: as *work* does.
            RedisError: Redis is away or takes no writes, which routing waits for as well.
        """
        try:
            return work()
        except LeaseLost:
            raise
        except Exception as error:
            if isinstance(error, RedisError):
                if type(error) is not ResponseError:
                    raise
                self._refused = error
            self._counters["failures"] += 1
            self._log.error(f"{name}.failed", exception=error)
            return None
