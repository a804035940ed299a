"""
The ticks for which reports of partitions were received and which are not decided yet: state of one partition. Pure.

A fold of the reports in the partition's stream, so that every owner decides the same ticks by the same reports.
"""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct, field

from shared.model.fleet import Report, RuleReport

LATE_MS = 30_000
"""A tick waits so long for the report of a silent partition, from the first report on; a takeover takes less."""
MAX_WAITING = 60
"""Ticks that wait, five minutes; beyond, the oldest is given up."""


class Waiting(Struct, array_like=True):
    """One tick of which some partitions have reported."""

    first_at_ms: int
    """Of the stream: when the first report arrived."""
    reports: dict[int, dict[str, RuleReport]] = field(default_factory=dict)
    """Partition → rule id → report."""


class Tick(NamedTuple):
    """A tick that can be decided."""

    at_ms: int
    reports: list[dict[str, RuleReport]]
    """Of the partitions that reported."""
    missing: int
    """How many partitions did not report in time."""


class Ticks(Struct, array_like=True):
    """Of one partition."""

    partitions: int
    """How many there are."""
    closed_until_ms: int = 0
    """Ticks up to this one were decided or given up; what is reported of them still comes too late."""
    newest_ms: dict[int, int] = field(default_factory=dict)
    """Partition → its newest tick."""
    waiting: dict[int, Waiting] = field(default_factory=dict)

    def take(self, report: Report, heard_at_ms: int) -> Iterator[Tick]:
        """
        Take a report; yield the ticks that can be decided now, the oldest first.

        Args:
            heard_at_ms: Time of its stream entry.
        """
        source, tick_ms = report.source, report.tick_ms
        if source >= self.partitions:
            return
        self.newest_ms[source] = max(tick_ms, self.newest_ms.get(source, 0))
        if tick_ms > self.closed_until_ms:
            self.waiting.setdefault(tick_ms, Waiting(heard_at_ms)).reports[source] = report.rules
        for at_ms in sorted(self.waiting):
            waiting = self.waiting[at_ms]
            silent = [p for p in range(self.partitions) if p not in waiting.reports]
            is_late = heard_at_ms - waiting.first_at_ms >= LATE_MS
            # A partition that has gone on to a newer tick skipped this one, because its evaluators had been away. The
            # newer tick will decide, and correctly.
            is_skipped = any(self.newest_ms.get(p, 0) > at_ms for p in silent)
            is_over = is_skipped or len(self.waiting) > MAX_WAITING
            if silent and not (is_late or is_over):
                return
            del self.waiting[at_ms]
            self.closed_until_ms = at_ms
            if not is_over:
                yield Tick(at_ms, list(waiting.reports.values()), len(silent))
