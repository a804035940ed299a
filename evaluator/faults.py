"""What an evaluator had to leave out to go on with the rest: counted, logged once, and shown to operators."""

from collections import Counter

from redis.exceptions import RedisError, ResponseError

from shared.log import Logger

RECENT_MS = 600_000
"""Whatever was left out in the last ten minutes is shown in the heartbeat, and is an alert of the system's own."""
KEPT = 100
SHOWN = 5
SHOWN_LETTERS = 200
"""Of each."""
_OF_THE_SERVER = ("MISCONF", "NOREPLICAS", "MASTERDOWN", "CLUSTERDOWN", "BUSY", "UNKILLABLE", "TRYAGAIN", "EXECABORT")


def is_of_the_server(error: Exception) -> bool:
    """Tell whether Redis is away or refuses to serve; else, an error is about what is stored, or a bug."""
    if not isinstance(error, RedisError):
        return False
    # Its subclasses are of the server: read-only, out of memory, no permission.
    return type(error) is not ResponseError or str(error).startswith(_OF_THE_SERVER)


class Faults:
    """Collects what was left out, for one process."""

    def __init__(self, log: Logger, counters: Counter[str], detail: dict[str, str]) -> None:
        """
        Args:
            counters, detail: Of the heartbeat; `left_out` in both.
        """
        self._log = log
        self._counters = counters
        self._detail = detail
        self._recent: dict[str, tuple[str, int]] = {}
        """What was left out → why, and when it last was."""

    def note(self, event: str, what: str, reason: str | Exception, now_ms: int, count: int = 1) -> None:
        """
        Note that *what* was left out.

        Args:
            event: Name of the log's line.
            count: How often, since the last time.
        """
        self._counters["left_out"] += count
        said = reason if isinstance(reason, str) else f"{type(reason).__name__}: {reason}"
        if what not in self._recent:
            self._log.warning(event, what=what, reason=said)
            if isinstance(reason, Exception):
                self._log.error(f"{event}.traceback", exception=reason, what=what)
        self._recent[what] = (said, now_ms)
        while len(self._recent) > KEPT:
            del self._recent[next(iter(self._recent))]

    def show(self, now_ms: int) -> None:
        """Show in the heartbeat what was left out lately, and forget what is older."""
        for what in [w for w, (_, at_ms) in self._recent.items() if abs(now_ms - at_ms) >= RECENT_MS]:
            del self._recent[what]
        if not self._recent:
            self._detail.pop("left_out", None)
            return
        lines = [f"{what}: {reason}"[:SHOWN_LETTERS] for what, (reason, _) in list(self._recent.items())[-SHOWN:]]
        more = len(self._recent) - len(lines)
        self._detail["left_out"] = "; ".join(lines) + (f"; and {more} more" if more else "")
