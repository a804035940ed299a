"""
What goes when the archive's file has reached its size: the oldest of each kind, and what is missed most at last. Shell.

First events, with the journal and what makes them readable, until they take a quarter of the bound; then rollups of
days without events; then the other events; and alerts with their timelines and notifications at last. So a file that is
too small for its rollups still holds the newest samples. It all happens in the transaction that notes the gaps.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import record_tables
from archive.store import ALERTS, DAY_MS, EVERY_STREAM, ROLLUPS, Gap, day_of

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

EVENTS_SHARE = 0.25
"""Of the bound, which events keep while there are older rollups to drop."""
_HOUR_MS = 3_600_000
_RAW = ("journal", "chunks", "summaries", "others")
_EVENTS = (
    "SELECT hour, sum(entries), sum(size) FROM ("
    "SELECT first_ms / ? AS hour, events AS entries, length(body) AS size FROM chunks UNION ALL "
    "SELECT first_ms / ?, entries, length(body) FROM others UNION ALL "
    "SELECT first_ms / ?, entries, length(body) FROM journal) GROUP BY hour ORDER BY hour"
)
_ROLLUPS = "SELECT day, count(*), sum(length(hours) + length(minutes)) FROM rollups GROUP BY day ORDER BY day"
_ALERTS = (
    "SELECT day, sum(alerts), sum(size) FROM ("
    # About 1,000 bytes are the columns and the search's index of one alert.
    "SELECT changed_at_ms / ? AS day, 1 AS alerts, length(document) + 1000 AS size"
    # Open alerts stay, so there is nothing to gain by them.
    " FROM alerts WHERE state = 'resolved' UNION ALL "
    "SELECT entry_ms / ?, 0, length(line) FROM timeline UNION ALL "
    "SELECT entry_ms / ?, 0, length(detail) FROM notifications) GROUP BY day ORDER BY day"
)

Part = tuple[int, int, int]
"""An hour or a day since the epoch, how many entries it has, and about their bytes."""


def drop(archive: "SqlArchive", share: float) -> list[Gap]:
    """
    Drop about a share of all that the archive holds; return what, by kind. A call drops too little at times.

    Args:
        share: From 0 to 1. Sizes are those of the rows' contents, so it is a guess.
    """
    events = archive.execute(_EVENTS, (_HOUR_MS,) * 3).fetchall()
    rollups = archive.execute(_ROLLUPS).fetchall()
    alerts = archive.execute(_ALERTS, (DAY_MS,) * 3).fetchall()
    total = sum(map(_size, (events, rollups, alerts)))
    too_much = share * total
    spare = _size(events) - EVENTS_SHARE * (total - too_much)
    some = _oldest(events, min(too_much, spare))
    too_much -= _size(some)
    # Days with samples keep their rollups: charts ask these first, what there is.
    newest_day = max((day for day, _, _ in rollups), default=0)
    first_day = min([newest_day - 1, *(hour * _HOUR_MS // DAY_MS for hour, _, _ in events[len(some) :][:1])])
    days = _oldest([one for one in rollups if one[0] < first_day], too_much)
    too_much -= _size(days)
    more = _oldest(events[len(some) :], too_much)
    too_much -= _size(more)
    of_alerts = _oldest(alerts[:-1], too_much)
    found = [_drop_events(archive, [*some, *more]), _drop_rollups(archive, days), _drop_alerts(archive, of_alerts)]
    gaps = [gap for gap in found if gap is not None]
    for gap in gaps:
        note(archive, gap)
    return gaps


def _oldest(parts: Sequence[Part], too_much: float) -> Sequence[Part]:
    """Return as many of the oldest parts as it takes."""
    count = 0
    while count < len(parts) and too_much > 0:
        too_much -= parts[count][2]
        count += 1
    return parts[:count]


def _size(parts: Sequence[Part]) -> int:
    return sum(size for _, _, size in parts)


def _drop_events(archive: "SqlArchive", hours: Sequence[Part]) -> Gap | None:
    if not hours:
        return None
    cut_ms = (hours[-1][0] + 1) * _HOUR_MS
    # A chunk that began before the cut goes as a whole; none goes beyond its day.
    (last_ms,) = archive.execute("SELECT max(most_at_ms) FROM chunks WHERE first_ms < ?", (cut_ms,)).fetchone()
    to_ms = max(cut_ms, min(last_ms or 0, (day_of(cut_ms - 1) + 1) * DAY_MS))
    for table in _RAW:
        archive.execute(f"DELETE FROM {table} WHERE first_ms < ?", (cut_ms,))  # noqa: S608
    return Gap(EVERY_STREAM, hours[0][0] * _HOUR_MS, to_ms, sum(entries for _, entries, _ in hours))


def _drop_rollups(archive: "SqlArchive", days: Sequence[Part]) -> Gap | None:
    if not days:
        return None
    end = days[-1][0] + 1
    archive.execute("DELETE FROM rollups WHERE day < ?", (end,))
    return Gap(ROLLUPS, days[0][0] * DAY_MS, end * DAY_MS, sum(series for _, series, _ in days))


def _drop_alerts(archive: "SqlArchive", days: Sequence[Part]) -> Gap | None:
    if not days:
        return None
    cut_ms = (days[-1][0] + 1) * DAY_MS
    record_tables.prune(archive, cut_ms)
    return Gap(ALERTS, days[0][0] * DAY_MS, cut_ms, sum(alerts for _, alerts, _ in days))


def note(archive: "SqlArchive", gap: Gap) -> None:
    """Note what was dropped of a kind: one gap, which grows."""
    sql = "UPDATE gaps SET to_ms = CASE WHEN to_ms < ? THEN ? ELSE to_ms END, entries = entries + ? WHERE stream = ?"
    if archive.execute(sql, (gap.to_ms, gap.to_ms, gap.entries, gap.stream)).rowcount == 0:
        row = (gap.stream, gap.from_ms, gap.to_ms, gap.entries)
        archive.add_rows("gaps", ("stream", "from_ms", "to_ms", "entries"), [row])
