"""The log of one partition read again: at a takeover, and when a rule looks further back than those before. Shell."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from redis import Redis

from evaluator.archived_past import ArchivedPast
from shared.model.events import Event
from shared.model.external import Statement
from shared.model.fleet import Report
from shared.redis import connection, entry_ids, keys, streams

ENTRIES_AT_ONCE = 1_000
AHEAD_MS = 60_000
"""How far an entry's id may be ahead of the clock: no two clocks agree, and a server's may be set back a little."""


class Past:
    """What arrived in one partition before."""

    def __init__(
        self,
        redis: Redis,
        number: int,
        keep_lease: Callable[[], None],
        unreadable: list[str],
        archived: ArchivedPast | None = None,
    ) -> None:
        """
        Args:
            keep_lease: Called between two reads, for reading all may take long; raises `LeaseLost` to end it.
            unreadable: Collects the entries that could not be read, and why.
            archived: What arrived before the stream begins.
        """
        self._archived = archived
        self._redis = redis
        self._number = number
        self._keep_lease = keep_lease
        self._unreadable = unreadable

    def of_windows(self, wanted: Mapping[str, int], since_ms: int, position: str) -> Iterator[tuple[int, Event]]:
        """
        Yield the events that windows look back on, as `entries` does: of the archive, then of the stream.

        Args:
            wanted: Plugin → the event time from which its windows need events.
            since_ms: Older entries of the stream are left out, if no window needs them.
            position: Of the last entry that is committed.
        """
        if min(wanted.values(), default=since_ms) < since_ms:
            # All of the stream, for the archive may not have recorded it yet.
            since_ms = 0
        if wanted:
            yield from self._older(wanted, position)
        for entry_ms, event in self.entries(f"{max(since_ms, 0)}-0", position):
            if isinstance(event, Event):
                yield entry_ms, event

    def _older(self, wanted: Mapping[str, int], position: str) -> Iterator[tuple[int, Event]]:
        """Yield events of the archive that arrived before the stream begins."""
        if self._archived is None:
            return
        found = self._redis.xrange(keys.events(self._number), count=1)
        position_ms, position_number = entry_ids.order_of(position)
        # The archive may have recorded more than was committed.
        before = (position_ms, position_number + 1)
        if found:
            first_ms, first_number = entry_ids.order_of(found[0][0].decode())
            before = min(before, (first_ms, first_number))
        yield from self._archived.events(self._number, wanted, before, self._keep_lease)

    def entries(self, start: str, end: str) -> Iterator[tuple[int, Event | Report | Statement]]:
        """Yield what arrived from *start* to *end* (as XRANGE takes them), each with the time of its entry."""
        now_ms = connection.server_ms(self._redis)
        while True:
            entries = self._redis.xrange(keys.events(self._number), min=start, max=end, count=ENTRIES_AT_ONCE)
            if not entries:
                return
            for entry_id, fields in entries:
                entry_ms = arrived_ms(entry_id.partition(b"-")[0], now_ms)
                try:
                    events = _decode(fields, entry_ms)
                except Exception as error:
                    # A bug. One entry must not keep the partition from every owner.
                    self._unreadable.append(f"entry {entry_id.decode()} of the log: {type(error).__name__}: {error}")
                    continue
                for event in events:
                    yield entry_ms, event
            start = f"({entries[-1][0].decode()}"
            self._keep_lease()


def _decode(fields: Mapping[bytes, bytes], entry_ms: int) -> Sequence[Event | Report | Statement]:
    if body := fields.get(keys.EVENT_FIELD):
        return streams.decode(body, entry_ms)[0]
    if body := fields.get(keys.FLEET_FIELD):
        with suppress(ValueError):
            return [streams.decode_report(body, entry_ms)]
    if body := fields.get(keys.EXTERNAL_FIELD):
        with suppress(ValueError):
            return streams.decode_statements(body)
    return []


def arrived_ms(stamp: bytes, now_ms: int) -> int:
    """
    Return when an entry arrived, by the time in its id.

    An entry with an id of the far future gives that time to all later ones: by it, no plugin would ever be silent, and
    events without a time of their own would be of that future.
    """
    entry_ms = int(stamp)
    return entry_ms if entry_ms <= now_ms + AHEAD_MS else now_ms
