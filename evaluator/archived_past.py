"""
What arrived in a partition before its stream begins, from the archive: for rules that look further back. Shell.

It is read when windows are filled, at a takeover or when rules change, and only if the stream does not reach back far
enough. The archive may be away: then the windows hold what the stream has, and grow from there.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from archive import chunk, journal
from archive.columns import Damaged
from archive.opening import open_to_read
from archive.store import DAY_MS, EVENTS, Archive, ArchiveError, Chunk, stream_of
from shared.model import event_time
from shared.model.events import Event
from shared.redis import keys, streams

MOST_EVENTS = 500_000
"""Read for one partition, evenly shared by its plugins: some five seconds. The newest ones are read."""
MOST_JOURNAL_BYTES = 16_000_000

Order = tuple[int, int]
"""What entries are compared by: the two parts of their ids."""


class ArchivedPast:
    """What the archive has of a partition's past."""

    def __init__(self, place: Path | str, say: Callable[[str, str], None]) -> None:
        """
        Args:
            place: As of `archive.opening.place_of`.
            say: Called with what was left out, and why.
        """
        self._place = place
        self._say = say

    def events(
        self, number: int, wanted: Mapping[str, int], before: Order, keep_lease: Callable[[], None]
    ) -> Iterator[tuple[int, Event]]:
        """
        Yield events that arrived before an entry of the stream, each with the time of its entry; a plugin's in order.

        Args:
            wanted: Plugin → the event time from which its windows need events.
            before: The entry.
            keep_lease: Called between two plugins.
        """
        # What happened at an instant arrives then or later, but for clocks that run ahead.
        missing = {p: from_ms for p, from_ms in wanted.items() if from_ms - event_time.MAX_FUTURE_MS < before[0]}
        if not missing:
            return
        try:
            archive = open_to_read(self._place)
            if archive is None:
                return
            try:
                with archive.transaction():
                    for plugin_id, from_ms in missing.items():
                        yield from self._of_plugin(archive, plugin_id, from_ms, before, MOST_EVENTS // len(missing))
                        keep_lease()
                    yield from self._not_compacted(archive, stream_of(EVENTS, number), missing, before)
            finally:
                archive.close()
        except ArchiveError as error:
            self._say(f"windows of partition {number} beyond its stream", str(error))

    def _of_plugin(
        self, archive: Archive, plugin_id: str, from_ms: int, before: Order, most: int
    ) -> Iterator[tuple[int, Event]]:
        for stored in self._newest(archive, plugin_id, from_ms, before, most):
            try:
                arrivals = chunk.decode(stored.body, plugin_id)
            except Damaged as error:
                self._say(f"a chunk of {plugin_id}", str(error))
                continue
            for arrival in arrivals:
                if arrival.order[:2] < before:
                    yield arrival.entry_ms, arrival.event

    def _newest(self, archive: Archive, plugin_id: str, from_ms: int, before: Order, most: int) -> list[Chunk]:
        """Return the newest chunks in the order of their arrival: read day by day, for they may be many."""
        found: dict[Order, Chunk] = {}
        until_ms = before[0] + event_time.MAX_FUTURE_MS
        events = 0
        while until_ms >= from_ms:
            begin_ms = max(from_ms, until_ms // DAY_MS * DAY_MS)
            for stored in archive.chunks(plugin_id, begin_ms, until_ms):
                place = (stored.place.first_ms, stored.place.first_number)
                if place < before and place not in found:
                    found[place] = stored
                    events += stored.events
            if events > most:
                self._say(f"windows of {plugin_id}", f"events from before {begin_ms} are not read")
                break
            until_ms = begin_ms - 1
        return [found[place] for place in sorted(found)]

    def _not_compacted(
        self, archive: Archive, stream: str, wanted: Mapping[str, int], before: Order
    ) -> Iterator[tuple[int, Event]]:
        first = archive.first_in_journal(stream)
        if first is None or first >= before:
            return
        rows = archive.journal(stream, 1_000, MOST_JOURNAL_BYTES)
        damaged = partial(self._say, f"a row of the journal of {stream}")
        for entries in journal.readable((row.body for row in rows), lambda error: damaged(str(error))):
            for entry_id, fields in entries:
                stamp, _, place = entry_id.partition(b"-")
                if (int(stamp), int(place)) >= before or fields[0] != keys.EVENT_FIELD:
                    continue
                for event in streams.decode(fields[1], int(stamp))[0]:
                    if event.plugin_id in wanted:
                        yield int(stamp), event
