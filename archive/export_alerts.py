"""
Alerts in the archive, row by row for a file: alerts, what was sent of them, and their timelines. Shell.

They are read some thousand at a time, each part as it is at one instant, so that no transaction lasts as long as the
file takes. An alert that changes meanwhile is there once.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from archive.columns import Damaged
from archive.record_rows import unpacked
from archive.sql_archive import SqlArchive
from archive.sql_lists import marks
from shared.model import encoding, principals
from shared.model.alerts import UNREADABLE, Alert, TimelineEntry

ALERTS = (
    *("id", "state", "severity", "rule_id", "rule_name", "plugin_id", "plugin_name", "parent_id", "condition"),
    *("metric", "value", "threshold", "labels", "channels", "episode", "started_at_ms", "fired_at_ms"),
    *("acknowledged_at_ms", "acknowledged_by", "acknowledged_by_principal"),
    *("resolved_at_ms", "resolved_by", "resolved_by_principal", "assignee", "assignee_principal"),
    *("reason", "description", "runbook_url"),
)
_OF = ("alert_id", "rule_id", "rule_name", "plugin_id", "plugin_name", "severity")
NOTIFICATIONS = (
    *("at_ms", *_OF, "channel", "group", "news", "episode", "attempt", "outcome", "took_ms", "message_id"),
    *("is_repeated", "reason"),
)
TIMELINE = ("at_ms", *_OF, "kind", "channel", "by", "by_principal", "reason")
"""Acknowledgements, comments and assignments by people among them: their `kind` and `by_principal` tell."""
PART = 2_000
Row = Sequence[Any]

_decode_alert = msgspec.json.Decoder(Alert).decode
_decode_line = msgspec.json.Decoder(TimelineEntry).decode
_ALERT = ", ".join(f"coalesce(alerts.{name}, '')" for name in _OF[1:])


def alerts(archive: SqlArchive, from_ms: int, to_ms: int, plugin_ids: frozenset[str]) -> Iterator[Row]:
    """Yield a row for each alert that began in [from_ms, to_ms), as `ALERTS` says, in the order of their recording."""
    number, condition, values = -1, *_of_plugins(plugin_ids)
    while True:
        sql = (
            "SELECT number, document FROM alerts WHERE number > ? AND started_at_ms >= ? AND started_at_ms < ?"  # noqa: S608
            f"{condition} ORDER BY number LIMIT {PART}"
        )
        with archive.transaction():
            found = archive.execute(sql, (number, from_ms, to_ms, *values)).fetchall()
        for _, body in found:
            try:
                yield _alert_row(_decode_alert(unpacked(bytes(body))))
            except (*UNREADABLE, Damaged):
                continue  # Of a damaged disk: the others can be read.
        if len(found) < PART:
            return
        number = found[-1][0]


def notifications(archive: SqlArchive, from_ms: int, to_ms: int, plugin_ids: frozenset[str]) -> Iterator[Row]:
    """Yield a row for each attempt to notify, and for each that was held back, in [from_ms, to_ms)."""
    columns = "channel, group_name, news, episode, attempt, outcome, took_ms, message_id, is_repeated, detail"
    for at_ms, *of, detail in _lines(archive, "notifications", columns, from_ms, to_ms, plugin_ids):
        yield at_ms, *of[:-1], bool(of[-1]), _reason(detail)


def timeline(archive: SqlArchive, from_ms: int, to_ms: int, plugin_ids: frozenset[str]) -> Iterator[Row]:
    """Yield a row for each line of the alerts' timelines in [from_ms, to_ms)."""
    for at_ms, *of, kind, body in _lines(archive, "timeline", "kind, line", from_ms, to_ms, plugin_ids):
        try:
            line = _decode_line(body)
        except UNREADABLE:
            line = TimelineEntry(at_ms=at_ms, kind=kind)
        yield at_ms, *of, kind, line.channel, line.by, line.principal, line.reason


def _lines(
    archive: SqlArchive, table: str, columns: str, from_ms: int, to_ms: int, plugin_ids: frozenset[str]
) -> Iterator[Row]:
    """Yield rows of a table in the order of their recording: instant, the alert, and columns."""
    place, condition, values = (-1, -1, -1), *_of_plugins(plugin_ids)
    while True:
        sql = (
            f"SELECT entry_ms, entry_number, item, at_ms, alert_id, {_ALERT}, {columns}"  # noqa: S608
            f" FROM {table} LEFT JOIN alerts ON alerts.id = alert_id"
            " WHERE (entry_ms, entry_number, item) > (?, ?, ?) AND at_ms >= ? AND at_ms < ?"
            f"{condition} ORDER BY entry_ms, entry_number, item LIMIT {PART}"
        )
        with archive.transaction():
            found = archive.execute(sql, (*place, from_ms, to_ms, *values)).fetchall()
        for row in found:
            yield row[3:]
        if len(found) < PART:
            return
        place = found[-1][:3]


def _of_plugins(plugin_ids: frozenset[str]) -> tuple[str, list[str]]:
    wanted = sorted(plugin_ids)
    return (f" AND alerts.plugin_id IN ({marks(wanted)})" if wanted else ""), wanted


def _alert_row(alert: Alert) -> Row:
    assignee, assignee_principal = principals.read_signed(alert.assignee)
    own = {
        "labels": encoding.encode(alert.labels).decode(),
        "channels": encoding.encode(alert.channels).decode(),
        "assignee": assignee,
        "assignee_principal": assignee_principal,
        # An alert that fires again has the end of its last episode.
        "resolved_at_ms": alert.resolved_at_ms if alert.state == "resolved" else None,
    }
    row = {name: own[name] if name in own else getattr(alert, name) for name in ALERTS}
    return [None if name.endswith("_at_ms") and not value else value for name, value in row.items()]


def _reason(detail: str) -> str:
    """Return why a provider refused it, or what held it back."""
    try:
        line = msgspec.json.decode(detail, type=dict[str, msgspec.Raw]).get("line", msgspec.Raw(b"null"))
        return "" if bytes(line) == b"null" else _decode_line(line).reason
    except UNREADABLE:
        return ""
