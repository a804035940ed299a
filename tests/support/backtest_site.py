"""An installation with some days of a metric behind it, which is quiet but for peaks that are known."""

from archive.store import DAY_MS, Archive
from shared.clock import SystemClock
from tests.support.archived_series import archived

PLUGIN, METRIC = "shop-1", "cpu"
STEP_MS = 30_000
PEAK_MS = 300_000
PEAK, QUIET = 95.0, 40.0
HOURS = (3, 12, 15)
"""UTC hours of each day at which a peak begins; the first is at night."""


def last_midnight_ms() -> int:
    return SystemClock().now_ms() // DAY_MS * DAY_MS


def plant(archive: Archive, days: int = 3, plugin_id: str = PLUGIN) -> None:
    """Record whole days that end with the last midnight (UTC), each with a peak at each of `HOURS`."""
    for day in range(days, 0, -1):
        begin_ms = last_midnight_ms() - day * DAY_MS
        archived(
            archive,
            [(begin_ms + at_ms, value_at(at_ms)) for at_ms in range(0, DAY_MS, STEP_MS)],
            plugin_id,
            METRIC,
        )


def value_at(ms_of_day: int) -> float:
    """Return the value at a time of day: a peak, or the quiet value with a little movement."""
    for hour in HOURS:
        since_ms = ms_of_day - hour * 3_600_000
        if 0 <= since_ms < PEAK_MS:
            return PEAK + since_ms / STEP_MS / 10
    return QUIET + ms_of_day // STEP_MS % 7
