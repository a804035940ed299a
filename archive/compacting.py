"""When journals are compacted, and how much of them in one step. Shell around `compaction`."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from archive import compaction, journal
from archive.store import Archive, Compacted, is_of_events
from shared import crash_points
from shared.clock import Clock

EVERY_MS = 5_000
"""How often the journals are looked at."""
OLD_MS = 600_000
"""A journal whose oldest entry is older is compacted: a chunk is then written again at most every ten minutes."""
LARGE_BYTES = 8_000_000
"""A journal that takes more is compacted earlier."""
MOST_ROWS = 1_000
MOST_BYTES = 2_000_000
"""Compressed, of one step: some 20,000 events and 50 MB while they are compacted."""


class Compacting:
    """Compacts the journals of events step by step, between two steps of recording."""

    def __init__(self, clock: Clock, counters: Counter[str]) -> None:
        self._clock = clock
        self._counters = counters
        self._looked_at_ms = 0
        self._waiting: list[str] = []

    def step(self, archive: Archive, streams: Sequence[str]) -> bool:
        """
        Compact a part of one journal, if one is due.

        Returns:
            Whether more is due at once.

        Raises:
            Overtaken: another recorder compacted it.
        """
        now_ms = self._clock.now_ms()
        if not self._waiting and not 0 <= now_ms - self._looked_at_ms < EVERY_MS:
            self._looked_at_ms = now_ms
            self._waiting = [
                stream
                for stream, (oldest_ms, size) in archive.journal_sizes().items()
                if stream in streams and (now_ms - oldest_ms >= OLD_MS or size >= LARGE_BYTES)
            ]
        if not self._waiting:
            return False
        stream = self._waiting.pop()
        rows = archive.journal(stream, MOST_ROWS, MOST_BYTES)
        parts = list(journal.readable(row.body for row in rows))
        # Damaged rows are dropped: they must not hold up what follows.
        self._counters["rows_damaged"] += len(rows) - len(parts)
        entries = list(chain.from_iterable(parts))
        if is_of_events(stream):
            compacted = compaction.compact(entries, archive)
        else:
            compacted = Compacted([], [], compaction.by_day(entries))
        crash_points.reach("recorder.before_compaction")
        if rows:
            archive.compact(stream, rows, compacted)
        crash_points.reach("recorder.after_compaction")
        self._counters["compacted"] += len(entries)
        if len(rows) == MOST_ROWS or sum(len(row.body) for row in rows) > MOST_BYTES / 2:
            self._waiting.append(stream)
        return bool(self._waiting)
