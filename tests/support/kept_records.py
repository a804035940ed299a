"""What the archive keeps of the control plane's records, whole, to be compared with what is stored in Redis."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from redis import Redis

from archive import record_entries, record_rows
from archive.journal import Entry
from archive.record_stream import RecordStream
from archive.sql_archive import SqlArchive
from archive.store import DAY_MS, Archive, Batch, Cursor, Gap
from shared.model import records
from shared.model.alerts import Alert, TimelineEntry
from shared.model.encoding import encode
from shared.model.records import Record
from shared.redis import keys
from shared.store import alert_store

T0 = 20_000 * DAY_MS


class Recording:
    """Adds entries to the records of an archive, one batch each."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.cursor = Cursor(*archive.cursors().get(RecordStream.NAME, Cursor()))

    def add(self, *new: Record, at_ms: int = T0) -> None:
        (body,) = records.packed(new, 10**9)
        self.enter([records.RECORDS_FIELD, body], at_ms=at_ms)

    def existing(self, alert: Alert, *lines: TimelineEntry, first_at_ms: int, at_ms: int = T0) -> None:
        story = b"\n".join(map(encode, lines))
        self.enter([b"alert", encode(alert), b"lines", story, b"first", b"%d" % first_at_ms], at_ms=at_ms)

    def enter(self, *entries: list[bytes], at_ms: int = T0, gap: Gap | None = None) -> None:
        numbered: list[Entry] = [
            (f"{at_ms}-{self.cursor.read + n}".encode(), fields) for n, fields in enumerate(entries)
        ]
        after = Cursor(numbered[-1][0].decode(), self.cursor.read + len(numbered))
        rows = record_entries.rows_of(numbered)
        self.archive.record([Batch(RecordStream.NAME, self.cursor, after, numbered, gap, rows)], T0)
        self.cursor = after


class Notified(NamedTuple):
    """What one row of `notifications` says."""

    alert_id: str
    channel: str
    news: str
    attempt: int
    outcome: str


def alerts(archive: Archive) -> dict[str, Alert]:
    rows = _rows(archive, "SELECT id, document FROM alerts")
    return {i: alert_store.decode_alert(record_rows.unpacked(bytes(body))) for i, body in rows}


def timelines(archive: Archive) -> dict[str, list[TimelineEntry]]:
    found: dict[str, list[TimelineEntry]] = {}
    for alert_id, line in _rows(archive, "SELECT alert_id, line FROM timeline ORDER BY entry_ms, entry_number, item"):
        found.setdefault(alert_id, []).append(alert_store.decode_entry(line.encode()))
    return found


def notified(archive: Archive) -> list[Notified]:
    sql = "SELECT alert_id, channel, news, attempt, outcome FROM notifications ORDER BY entry_ms, entry_number, item"
    return [Notified(*row) for row in _rows(archive, sql)]


def revisions(archive: Archive, table: str) -> list[tuple[str, str, int, str, Any]]:
    """Return target, change, revision, actor as kind and id, and document of each row, in order."""
    columns = "target_id, change, revision, actor_kind, actor_id, document"
    sql = f"SELECT {columns} FROM {table} ORDER BY entry_ms, entry_number, item"
    return [
        (target, change, revision, f"{kind}:{identifier}", _document(body))
        for target, change, revision, kind, identifier, body in _rows(archive, sql)
    ]


def stored_alerts(redis: Redis) -> dict[str, Alert]:
    ids = [i.decode() for i in redis.zrange(keys.alert_history(), 0, -1)]
    return {alert.id: alert for alert in alert_store.load(redis, ids) if alert is not None}


def assert_as_stored(redis: Redis, archive: Archive) -> None:
    """Assert that the archive has each alert in Redis as it is there, with its whole timeline, each line once."""
    stored, kept = stored_alerts(redis), alerts(archive)
    stories = timelines(archive)

    assert stored == {i: kept.get(i) for i in stored}
    for alert_id in stored:
        assert alert_store.timeline(redis, alert_id) == stories.get(alert_id, []), alert_id


def _document(body: bytes | None) -> Any:
    return None if body is None else msgspec.json.decode(record_rows.unpacked(bytes(body)))


def _rows(archive: Archive, sql: str) -> Sequence[Any]:
    assert isinstance(archive, SqlArchive)
    with archive.transaction():
        rows: Sequence[Any] = archive.execute(sql).fetchall()
    return rows
