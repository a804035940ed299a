"""
What arrived in a partition before its stream begins, from the archive: for rules that look further back. Shell.

It is read when windows are filled, at a takeover or when rules change, and only if the stream does not reach back far
enough. The archive may be away: then the windows hold what the stream has, and grow from there.

A thread reads it, since a database that answers slowly must hold up no lease and no other partition for long: what does
not come within some seconds is done without, and the archive is then left alone for a while.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
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
PATIENCE_S = 5.0
"""How long the next events are waited for. An archive that works answers within some milliseconds."""
MOST_S = 20.0
"""How long one partition waits in all: `MOST_EVENTS` take some five seconds."""
AGAIN_S = 30.0
"""An archive that was too slow is not read for so long: each further partition would wait for it in vain."""
KEEP_S = 0.2
"""Between two looks at the lease while nothing comes."""
MOST_PARTS = 4
"""Parts (events of a chunk) that the thread is ahead."""

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
        self._left_alone_until_s = 0.0

    def events(
        self, number: int, wanted: Mapping[str, int], before: Order, keep_lease: Callable[[], None]
    ) -> Iterator[tuple[int, Event]]:
        """
        Yield events that arrived before an entry of the stream, each with the time of its entry; a plugin's in order.

        Args:
            wanted: Plugin → the event time from which its windows need events.
            before: The entry.
            keep_lease: Called now and then.
        """
        # What happened at an instant arrives then or later, but for clocks that run ahead.
        missing = {p: from_ms for p, from_ms in wanted.items() if from_ms - event_time.MAX_FUTURE_MS < before[0]}
        if not missing:
            return
        if time.monotonic() < self._left_alone_until_s:
            self._say(_windows_of(number), "the archive was too slow a moment ago")
            return
        parts: queue.Queue[_Part] = queue.Queue(MOST_PARTS)
        is_over = threading.Event()
        reading = partial(self._read, stream_of(EVENTS, number), missing, before, partial(_put, parts, is_over))
        threading.Thread(target=reading, name="archived-past", daemon=True).start()
        try:
            for part in self._parts(number, parts, keep_lease):
                yield from part
        finally:
            is_over.set()

    def _parts(
        self, number: int, parts: "queue.Queue[_Part]", keep_lease: Callable[[], None]
    ) -> Iterator[Sequence[tuple[int, Event]]]:
        """Yield what the thread reads, until it has read everything, fails, or takes too long."""
        heard_s, waited_s = time.monotonic(), 0.0
        while True:
            asked_s = time.monotonic()
            try:
                part = parts.get(timeout=KEEP_S)
            except queue.Empty:
                part = _NOTHING
            keep_lease()
            if part is None:
                return
            if isinstance(part, ArchiveError):
                self._say(_windows_of(number), str(part))
                return
            if isinstance(part, Exception):
                raise part
            now_s = time.monotonic()
            waited_s += now_s - asked_s
            if isinstance(part, _LeftOut):
                self._say(part.what, part.why)
            elif part is not _NOTHING:
                yield part
                heard_s = now_s = time.monotonic()
            if waited_s > MOST_S or (part is _NOTHING and now_s - heard_s > PATIENCE_S):
                self._left_alone_until_s = now_s + AGAIN_S
                self._say(_windows_of(number), f"the archive did not answer within {waited_s:.0f} s")
                return

    def _read(self, stream: str, missing: Mapping[str, int], before: Order, put: "Callable[[_Part], None]") -> None:
        """Read all parts, in a thread of its own."""
        try:
            archive = open_to_read(self._place)
            if archive is not None:
                try:
                    with archive.transaction():
                        reading = _Reading(archive, before, MOST_EVENTS // len(missing), put)
                        for plugin_id, from_ms in missing.items():
                            reading.of_plugin(plugin_id, from_ms)
                        reading.not_compacted(stream, missing)
                finally:
                    archive.close()
            put(None)
        except _NobodyWaits:
            return
        except Exception as error:
            with suppress(_NobodyWaits):
                put(error)


class _Reading:
    """What the thread does in one transaction of the archive."""

    def __init__(self, archive: Archive, before: Order, most: int, put: "Callable[[_Part], None]") -> None:
        self._archive = archive
        self._before = before
        self._most = most
        self._put = put

    def of_plugin(self, plugin_id: str, from_ms: int) -> None:
        """Put the events of a plugin's chunks."""
        for stored in self._newest(plugin_id, from_ms):
            try:
                arrivals = chunk.decode(stored.body, plugin_id)
            except Damaged as error:
                self._put(_LeftOut(f"a chunk of {plugin_id}", str(error)))
                continue
            self._put([(one.entry_ms, one.event) for one in arrivals if one.order[:2] < self._before])

    def _newest(self, plugin_id: str, from_ms: int) -> list[Chunk]:
        """Return the newest chunks in the order of their arrival: read day by day, for they may be many."""
        found: dict[Order, Chunk] = {}
        until_ms = self._before[0] + event_time.MAX_FUTURE_MS
        events = 0
        while until_ms >= from_ms:
            begin_ms = max(from_ms, until_ms // DAY_MS * DAY_MS)
            for stored in self._archive.chunks(plugin_id, begin_ms, until_ms):
                place = (stored.place.first_ms, stored.place.first_number)
                if place < self._before and place not in found:
                    found[place] = stored
                    events += stored.events
            if events > self._most:
                self._put(_LeftOut(f"windows of {plugin_id}", f"events from before {begin_ms} are not read"))
                break
            until_ms = begin_ms - 1
        return [found[place] for place in sorted(found)]

    def not_compacted(self, stream: str, wanted: Mapping[str, int]) -> None:
        """Put the events of plugins that are in the journal."""
        first = self._archive.first_in_journal(stream)
        if first is None or first >= self._before:
            return
        rows = self._archive.journal(stream, 1_000, MOST_JOURNAL_BYTES)
        what = f"a row of the journal of {stream}"
        for entries in journal.readable(
            (row.body for row in rows), lambda error: self._put(_LeftOut(what, str(error)))
        ):
            part: list[tuple[int, Event]] = []
            for entry_id, fields in entries:
                stamp, _, place = entry_id.partition(b"-")
                if (int(stamp), int(place)) < self._before and fields[0] == keys.EVENT_FIELD:
                    found = streams.decode(fields[1], int(stamp))[0]
                    part += [(int(stamp), event) for event in found if event.plugin_id in wanted]
            self._put(part)


@dataclass(frozen=True, slots=True)
class _LeftOut:
    what: str
    why: str


class _NobodyWaits(Exception):
    """Who asked has given up, or lost the partition."""


_NOTHING: Sequence[tuple[int, Event]] = ()
"""No part came; a part without events is a part."""
_Part = Sequence[tuple[int, Event]] | _LeftOut | Exception | None
"""Events; or what is left out; or why there are no more; None: that was all."""


def _put(parts: "queue.Queue[_Part]", is_over: threading.Event, part: _Part) -> None:
    while not is_over.is_set():
        with suppress(queue.Full):
            parts.put(part, timeout=KEEP_S)
            return
    raise _NobodyWaits


def _windows_of(number: int) -> str:
    return f"windows of partition {number} beyond its stream"
