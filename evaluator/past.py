"""The log of one partition read again: at a takeover, and when a rule looks further back than those before. Shell."""

from collections.abc import Callable, Iterator

from redis import Redis

from shared.model.events import Event
from shared.redis import connection, keys, streams

ENTRIES_AT_ONCE = 1_000
AHEAD_MS = 60_000
"""How far an entry's id may be ahead of the clock: no two clocks agree, and a server's may be set back a little."""


class Past:
    """What arrived in one partition before."""

    def __init__(self, redis: Redis, number: int, keep_lease: Callable[[], None], unreadable: list[str]) -> None:
        """
        Args:
            keep_lease: Called between two reads, for reading all may take long; raises `LeaseLost` to end it.
            unreadable: Collects the entries that could not be read, and why.
        """
        self._redis = redis
        self._number = number
        self._keep_lease = keep_lease
        self._unreadable = unreadable

    def events(self, start: str, end: str) -> Iterator[tuple[int, Event]]:
        """Yield the events from *start* to *end* (as XRANGE takes them), each with the time of its entry."""
        now_ms = connection.server_ms(self._redis)
        while True:
            entries = self._redis.xrange(keys.events(self._number), min=start, max=end, count=ENTRIES_AT_ONCE)
            if not entries:
                return
            for entry_id, fields in entries:
                body = fields.get(keys.EVENT_FIELD)
                if not body:
                    continue
                entry_ms = arrived_ms(entry_id.partition(b"-")[0], now_ms)
                try:
                    events = streams.decode(body, entry_ms)[0]
                except Exception as error:
                    # A bug. One entry must not keep the partition from every owner.
                    self._unreadable.append(f"entry {entry_id.decode()} of the log: {type(error).__name__}: {error}")
                    continue
                for event in events:
                    yield entry_ms, event
            start = f"({entries[-1][0].decode()}"
            self._keep_lease()


def arrived_ms(stamp: bytes, now_ms: int) -> int:
    """
    Return when an entry arrived, by the time in its id.

    An entry with an id of the far future gives that time to all later ones: by it, no plugin would ever be silent, and
    events without a time of their own would be of that future.
    """
    entry_ms = int(stamp)
    return entry_ms if entry_ms <= now_ms + AHEAD_MS else now_ms
