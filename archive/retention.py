"""How long the archive keeps what was recorded: so many days, and as a file so many bytes at most. Shell."""

import math

from archive.store import DAY_MS, EVERY_STREAM, Archive, day_of
from shared.log import Logger
from shared.process import Heartbeat
from shared.settings import Settings

PRUNE_MS = 3_600_000
BOUND_MS = 10_000
"""How often the size is looked at: a recorder writes some tens of megabytes meanwhile at most."""
DROPPED = "dropped_to_ms"
"""Of the heartbeat: until when the entries were dropped that the days would have kept."""
UNPLACED = "unplaced_days"
"""Of the heartbeat: how many days are without a partition."""


class Retention:
    """Removes what is too old, and the oldest of what is too much; names what was dropped."""

    def __init__(self, settings: Settings, log: Logger, heartbeat: Heartbeat) -> None:
        self._keep_days = settings.archive_keep_days
        self._alert_days = settings.archive_alert_days
        self._rollup_days = max(settings.archive_rollup_days, settings.archive_keep_days)
        self._most_bytes = settings.archive_max_megabytes * 1_000_000
        self._log = log
        self._heartbeat = heartbeat
        self._pruned_at_ms = self._bounded_at_ms = -math.inf

    def step(self, archive: Archive, newest_ms: int, now_ms: int) -> None:
        """
        Remove what must go, if it is time to look.

        Args:
            newest_ms: When the newest entry arrived: a clock that runs ahead removes nothing.
        """
        if not 0 <= now_ms - self._pruned_at_ms < PRUNE_MS:
            self._pruned_at_ms = now_ms
            today = day_of(min(now_ms, newest_ms))
            archive.prune(today - self._keep_days)
            archive.prune_records((today - self._alert_days) * DAY_MS)
            archive.prune_rollups(today - self._rollup_days)
            self._report(archive, now_ms)
            self._report_unplaced(archive)
        if not 0 <= now_ms - self._bounded_at_ms < BOUND_MS:
            self._bounded_at_ms = now_ms
            if dropped := archive.keep_within(self._most_bytes):
                self._heartbeat.counters["dropped"] += dropped.entries
                self._log.warning(
                    "recorder.dropped", from_ms=dropped.from_ms, to_ms=dropped.to_ms, entries=dropped.entries
                )
                self._report(archive, now_ms)

    def _report_unplaced(self, archive: Archive) -> None:
        """Report the days that have no partition: it could not be made, or clocks of machines differ by days."""
        if days := archive.unplaced_days():
            self._heartbeat.detail[UNPLACED] = str(len(days))
        else:
            self._heartbeat.detail.pop(UNPLACED, None)

    def _report(self, archive: Archive, now_ms: int) -> None:
        """Report until when entries were dropped, as long as the days would have kept them."""
        dropped_to_ms = max((gap.to_ms for gap in archive.gaps() if gap.stream == EVERY_STREAM), default=0)
        if dropped_to_ms > now_ms - self._keep_days * DAY_MS:
            self._heartbeat.detail[DROPPED] = str(dropped_to_ms)
        else:
            self._heartbeat.detail.pop(DROPPED, None)
