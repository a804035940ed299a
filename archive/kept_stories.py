"""Queries for explanations: alerts, timelines and notifications; revisions of rules, silences, routes and channels."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from archive import chunk, journal
from archive.chunk import Arrival
from archive.columns import Damaged
from archive.record_rows import unpacked
from archive.sql_lists import marks, parts
from archive.store import EVENTS, Chunk, stream_of
from shared.model import event_time
from shared.model.partitions import partition_of
from shared.redis import keys, streams

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

MOST_JOURNAL_BYTES = 16_000_000
MOST_REVISIONS = 2_000
Table = Literal["rule_revisions", "silences", "channel_revisions", "route_revisions"]


class KeptRevision(NamedTuple):
    """A revision of a rule, a silence, a channel or the routes, as a row has it."""

    target_id: str
    change: str
    at_ms: int
    number: int
    by: str
    document: bytes | None


class KeptAttempt(NamedTuple):
    """An attempt to notify, as a row has it."""

    alert_id: str
    channel: str
    group: str
    at_ms: int
    news: str
    episode: int
    number: int
    outcome: str
    took_ms: int
    detail: str


def alerts(archive: "SqlArchive", alert_ids: Sequence[str]) -> dict[str, bytes]:
    """Return the documents of those alerts that are kept, by id."""
    found: dict[str, bytes] = {}
    for some in parts(list(alert_ids)):
        sql = f"SELECT id, document FROM alerts WHERE id IN ({marks(some)})"  # noqa: S608
        found |= {alert_id: unpacked(bytes(body)) for alert_id, body in archive.execute(sql, some).fetchall()}
    return found


def timelines(archive: "SqlArchive", alert_ids: Sequence[str]) -> list[tuple[str, bytes]]:
    """Return id and line of the timelines of some alerts, in order."""
    found: list[tuple[str, bytes]] = []
    for some in parts(list(alert_ids)):
        sql = (
            f"SELECT alert_id, line FROM timeline WHERE alert_id IN ({marks(some)})"  # noqa: S608
            " ORDER BY entry_ms, entry_number, item"
        )
        found += [(alert_id, line.encode()) for alert_id, line in archive.execute(sql, some).fetchall()]
    return found


def attempts(archive: "SqlArchive", alert_ids: Sequence[str]) -> list[KeptAttempt]:
    """Return what is kept of the notifications of some alerts, in order."""
    found: list[KeptAttempt] = []
    for some in parts(list(alert_ids)):
        sql = (
            "SELECT alert_id, channel, group_name, at_ms, news, episode, attempt, outcome, took_ms, detail"  # noqa: S608
            f" FROM notifications WHERE alert_id IN ({marks(some)}) ORDER BY entry_ms, entry_number, item"
        )
        found += [KeptAttempt(*row) for row in archive.execute(sql, some).fetchall()]
    return found


def ids_of_place(archive: "SqlArchive", rule_id: str, plugin_id: str, until_ms: int, most: int) -> list[str]:
    """Return the ids of the alerts of a rule and plugin that were recorded first until an instant, newest first."""
    sql = (
        "SELECT id FROM alerts WHERE rule_id = ? AND plugin_id = ? AND first_at_ms <= ?"
        " ORDER BY first_at_ms DESC, id DESC LIMIT ?"
    )
    return [alert_id for (alert_id,) in archive.execute(sql, (rule_id, plugin_id, until_ms, most)).fetchall()]


def ids_open(
    archive: "SqlArchive", plugin_id: str | None, from_ms: int, until_ms: int, most: int
) -> list[tuple[str, str]]:
    """Return id and rule id of the alerts, of one plugin or of all, that may have been open between two instants."""
    of_plugin, values = ("plugin_id = ? AND ", (plugin_id,)) if plugin_id is not None else ("", ())
    sql = (
        f"SELECT id, rule_id FROM alerts WHERE {of_plugin}first_at_ms <= ?"  # noqa: S608
        " AND (state <> 'resolved' OR changed_at_ms >= ?) ORDER BY first_at_ms DESC LIMIT ?"
    )
    rows = archive.execute(sql, (*values, until_ms, from_ms, most)).fetchall()
    return [(alert_id, rule_id) for alert_id, rule_id in rows]


def ids_sent(archive: "SqlArchive", group: str, from_ms: int, until_ms: int, most: int) -> list[str]:
    """Return the ids of the alerts of which a notification of a group was tried between two instants."""
    sql = "SELECT DISTINCT alert_id FROM notifications WHERE at_ms >= ? AND at_ms <= ? AND group_name = ? LIMIT ?"
    return [alert_id for (alert_id,) in archive.execute(sql, (from_ms, until_ms, group, most)).fetchall()]


def revisions(archive: "SqlArchive", table: Table, target_ids: Sequence[str]) -> list[KeptRevision]:
    """Return the revisions of some rules, silences, channels or of the routes, oldest first; the newest if many."""
    found: list[KeptRevision] = []
    for some in parts(list(target_ids)):
        sql = (
            f"SELECT target_id, change, at_ms, revision, actor_name, document FROM {table}"  # noqa: S608
            f" WHERE target_id IN ({marks(some)}) ORDER BY entry_ms DESC, entry_number DESC, item DESC LIMIT ?"
        )
        for target_id, change, at_ms, number, by, body in archive.execute(sql, (*some, MOST_REVISIONS)).fetchall():
            document = None if body is None else unpacked(bytes(body))
            found.append(KeptRevision(target_id, change, at_ms, number, by, document))
    return found[::-1]


def silences_of(archive: "SqlArchive", from_ms: int, until_ms: int, most: int) -> list[str]:
    """Return the ids of the silences of which a revision may have been in force between two instants."""
    sql = "SELECT DISTINCT target_id FROM silences WHERE ends_at_ms >= ? AND at_ms <= ? LIMIT ?"
    return [silence_id for (silence_id,) in archive.execute(sql, (from_ms, until_ms, most)).fetchall()]


def recorded_until_ms(archive: "SqlArchive") -> int:
    """Return when the newest entry of any stream came that is recorded; 0 without any."""
    positions = [cursor.position.partition("-")[0] for cursor in archive.cursors().values()]
    return max((int(stamp) for stamp in positions if stamp.isdigit()), default=0)


def arrivals(archive: "SqlArchive", plugin_id: str, from_ms: int, until_ms: int, most: int) -> list[Arrival]:
    """
    Return the events of a plugin that arrived between two instants, in order; the newest of them if there are more.

    What is damaged is left out.
    """
    found: dict[tuple[int, int, int], Arrival] = {}
    # Events arrive when they are true or later, but for clocks that run ahead.
    ahead_ms = event_time.MAX_FUTURE_MS
    kept: list[Chunk] = archive.chunks(plugin_id, from_ms - ahead_ms, until_ms + ahead_ms)
    count = 0
    for stored in reversed(kept):
        if count >= most:
            break
        try:
            some = chunk.decode(stored.body, plugin_id)
        except Damaged:
            continue
        found |= {one.order: one for one in some if from_ms <= one.entry_ms <= until_ms}
        count = len(found)
    for one in _in_journal(archive, plugin_id):
        if from_ms <= one.entry_ms <= until_ms:
            found[one.order] = one
    return [found[order] for order in sorted(found)][-most:]


def _in_journal(archive: "SqlArchive", plugin_id: str) -> Iterator[Arrival]:
    partitions = sum(stream.startswith(f"{EVENTS}:") for stream in archive.cursors())
    if not partitions:
        return
    stream = stream_of(EVENTS, partition_of(plugin_id, partitions))
    rows = archive.journal(stream, 1_000, MOST_JOURNAL_BYTES)
    for entries in journal.readable(row.body for row in rows):
        for entry_id, fields in entries:
            if fields[0] != keys.EVENT_FIELD or plugin_id.encode() not in fields[1]:
                continue
            stamp, _, number = entry_id.partition(b"-")
            for place, event in enumerate(streams.decode(fields[1], int(stamp))[0]):
                if event.plugin_id == plugin_id:
                    yield Arrival(int(stamp), int(number), place, event)
