"""
The rows of rollups in the archive's database: one for each series and UTC day. Shell around `rollup`.

Each function works in the transaction that is open.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from archive import recounting, rollup
from archive.columns import Damaged
from archive.rollup import FIVE_MINUTES_MS, HOUR_MS
from archive.sql_lists import marks, parts
from archive.store import DAY_MS, Bucket, Recount, SeriesDay

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

_COLUMNS = ("day", "plugin", "metric", "hours", "minutes")
_Key = tuple[int, int, int]


def add(
    archive: "SqlArchive",
    rollups: Mapping[SeriesDay, Sequence[Bucket]],
    recounts: Mapping[SeriesDay, Sequence[Recount]],
    numbers: Mapping[str, int],
) -> None:
    """Add buckets of five minutes to those that are kept, and replace those that are counted again."""
    days = {(day, numbers[plugin], numbers[metric]): (plugin, metric, day) for plugin, metric, day in rollups}
    days |= {(day, numbers[plugin], numbers[metric]): (plugin, metric, day) for plugin, metric, day in recounts}
    changed, new, empty = [], [], []
    kept = dict(_kept(archive, days))
    for key, named in days.items():
        series_day = SeriesDay(*named)
        buckets: Sequence[Bucket] = [*kept.get(key, ()), *rollups.get(series_day, ())]
        buckets = rollup.merged(buckets, FIVE_MINUTES_MS)
        if series_day in recounts:
            buckets = recounting.with_recounts(buckets, recounts[series_day])
        if not buckets:
            empty.append(key)
            continue
        packed = rollup.encode(buckets)
        if key in kept:
            changed.append((*packed, *key))
        else:
            new.append((*key, *packed))
    if changed:
        sql = "UPDATE rollups SET hours = ?, minutes = ? WHERE day = ? AND plugin = ? AND metric = ?"
        archive.execute_many(sql, changed)
    if empty:  # A later arrival said that what was measured is no number.
        archive.execute_many("DELETE FROM rollups WHERE day = ? AND plugin = ? AND metric = ?", empty)
    if new:
        archive.add_rows("rollups", _COLUMNS, new)


def _kept(archive: "SqlArchive", wanted: Mapping[_Key, Any]) -> Iterator[tuple[_Key, list[Bucket]]]:
    for day in sorted({day for day, _, _ in wanted}):
        plugins = sorted({plugin for of_day, plugin, _ in wanted if of_day == day})
        for some in parts(plugins):
            sql = f"SELECT plugin, metric, minutes FROM rollups WHERE day = ? AND plugin IN ({marks(some)})"  # noqa: S608
            for plugin, metric, body in archive.execute(sql + archive.row_lock, (day, *some)).fetchall():
                if (day, plugin, metric) in wanted:
                    yield (day, plugin, metric), _decoded(body, day, FIVE_MINUTES_MS)


def read(archive: "SqlArchive", plugin: int, metric: int, width_ms: int, from_ms: int, to_ms: int) -> list[Bucket]:
    """Return the buckets of a series that overlap [from_ms, to_ms]."""
    column = {FIVE_MINUTES_MS: "minutes", HOUR_MS: "hours"}[width_ms]
    found: list[Bucket] = []
    # Each day by its number: the key begins with it, so a range of days would read every series of them.
    for some in parts(range(from_ms // DAY_MS, to_ms // DAY_MS + 1)):
        sql = (
            f"SELECT day, {column} FROM rollups WHERE day IN ({marks(some)}) AND plugin = ? AND metric = ?"  # noqa: S608
            " ORDER BY day"
        )
        for day, body in archive.execute(sql, (*some, plugin, metric)).fetchall():
            found += _decoded(body, day, width_ms)
    return [bucket for bucket in found if bucket.from_ms + width_ms > from_ms and bucket.from_ms <= to_ms]


def series_of(archive: "SqlArchive", day: int) -> list[tuple[str, str]]:
    """Return the series (plugin id, metric) that have rollups of one day."""
    sql = (
        "SELECT plugins.name, metrics.name FROM rollups JOIN names AS plugins ON plugins.id = plugin"
        " JOIN names AS metrics ON metrics.id = metric WHERE day = ? ORDER BY 1, 2"
    )
    return [(plugin_id, metric) for plugin_id, metric in archive.execute(sql, (day,)).fetchall()]


def _decoded(body: Any, day: int, width_ms: int) -> list[Bucket]:
    try:
        return rollup.decode(bytes(body), day, width_ms)
    except Damaged:
        return []  # Of a damaged disk: what is left can be read.
