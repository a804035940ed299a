"""How long the archive keeps what was recorded: so many days, and so many bytes at most. Shell."""

import math

from archive.store import ALERTS, DAY_MS, EVERY_STREAM, ROLLUPS, Archive, day_of
from shared import kept_days
from shared.log import Logger
from shared.process import Heartbeat
from shared.settings import Settings

PRUNE_MS = 3_600_000
BOUND_MS = 10_000
"""How often the size is looked at: a recorder writes some tens of megabytes meanwhile at most."""
COUNTERS = {EVERY_STREAM: "dropped", ROLLUPS: "dropped_rollups", ALERTS: "dropped_alerts"}
"""What was dropped → the counter of the heartbeat."""
UNPLACED = "unplaced_days"
"""Of the heartbeat: how many days are without a partition."""


class Retention:
    """Removes what is too old, and the oldest of what is too much; names what was dropped."""

    def __init__(self, settings: Settings, log: Logger, heartbeat: Heartbeat) -> None:
        self._keep_days = settings.archive_keep_days
        self._alert_days = settings.archive_alert_days
        self._rollup_days = max(settings.archive_rollup_days, settings.archive_keep_days)
        self._most_bytes = kept_days.most_megabytes(settings) * 1_000_000
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
        if self._most_bytes and not 0 <= now_ms - self._bounded_at_ms < BOUND_MS:
            self._bounded_at_ms = now_ms
            dropped = archive.keep_within(self._most_bytes)
            for gap in dropped:
                self._heartbeat.counters[COUNTERS[gap.stream]] += gap.entries
                what, times = gap.stream or "events", {"from_ms": gap.from_ms, "to_ms": gap.to_ms}
                self._log.warning("recorder.dropped", what=what, entries=gap.entries, **times)
            if dropped:
                self._report(archive, now_ms)

    def _report_unplaced(self, archive: Archive) -> None:
        """Report the days that have no partition: it could not be made, or clocks of machines differ by days."""
        if days := archive.unplaced_days():
            self._heartbeat.detail[UNPLACED] = str(len(days))
        else:
            self._heartbeat.detail.pop(UNPLACED, None)

    def _report(self, archive: Archive, now_ms: int) -> None:
        """Report until when entries were dropped, as long as the days would have kept them."""
        dropped_to_ms: dict[str, int] = {}
        for gap in archive.gaps():
            dropped_to_ms[gap.stream] = max(gap.to_ms, dropped_to_ms.get(gap.stream, 0))
        days = {EVERY_STREAM: self._keep_days, ROLLUPS: self._rollup_days, ALERTS: self._alert_days}
        for stream, name in kept_days.DROPPED.items():
            if dropped_to_ms.get(stream, 0) > now_ms - days[stream] * DAY_MS:
                self._heartbeat.detail[name] = str(dropped_to_ms[stream])
            else:
                self._heartbeat.detail.pop(name, None)
