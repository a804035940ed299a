"""What entries of the control plane's records become: rows of the archive. Pure."""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from archive.journal import Entry
from archive.record_rows import AlertRow, Point, Row, Rows, Story, packed
from shared.model import principals, records
from shared.model.alerts import NEVER, UNREADABLE, Alert, LedgerEntry, TimelineEntry
from shared.model.records import Actor

OUTCOMES: dict[str, records.Outcome] = {
    "notification.sent": "sent",
    "notification.failed": "failed",
    "notification.dead": "given_up",
    "notification.undelivered": "undelivered",
    "notification.delivered": "delivered",
    "notification.retried": "retried",
    "suppressed": "held_back",
    "released": "released",
}
"""Kind of a timeline's line → what it says of a notification."""
ROUTES = "routes"
"""What revisions of the routes are of: there is one tree."""
_MOST = (1 << 63) - 1


class _Version(Struct):
    version: int = 0
    at_ms: int = 0
    by: str = ""
    by_principal: str = ""


class _Head(Struct):
    id: str = ""
    revision: int = 0
    starts_at_ms: int = 0
    ends_at_ms: int = 0


_decode_alert = msgspec.json.Decoder(Alert).decode
_decode_line = msgspec.json.Decoder(TimelineEntry).decode
_decode_ledger = msgspec.json.Decoder(LedgerEntry).decode
_decode_version = msgspec.json.Decoder(_Version).decode
_decode_head = msgspec.json.Decoder(_Head).decode
_sorted = msgspec.json.Encoder(order="sorted").encode


def rows_of(entries: Sequence[Entry]) -> Rows:
    """Return what *entries* of the records add to the archive."""
    rows = Rows()
    for entry_id, flat in entries:
        stamp, _, number = entry_id.partition(b"-")
        fields = dict(zip(flat[::2], flat[1::2], strict=True))
        for item, found in enumerate(records.read(fields)):
            try:
                _add(rows, found, Point(int(stamp), int(number), item))
            except UNREADABLE:
                rows.unreadable += 1
    return rows


def alert_row(alert: Alert, document: bytes, first_at_ms: int) -> AlertRow:
    """Return the row of an alert, given its document as it is stored."""
    return AlertRow(
        id=_text(alert.id),
        version=_int(alert.version),
        first_at_ms=_int(first_at_ms),
        changed_at_ms=_int(alert.updated_at_ms),
        rule_id=_text(alert.rule_id),
        rule_name=_text(alert.rule_name),
        plugin_id=_text(alert.plugin_id),
        plugin_name=_text(alert.plugin_name),
        severity=alert.severity,
        state=alert.state,
        labels=_sorted(alert.labels).decode(),
        started_at_ms=_int(alert.started_at_ms),
        fired_at_ms=_int(alert.fired_at_ms),
        acknowledged_at_ms=_int(alert.acknowledged_at_ms),
        resolved_at_ms=_int(alert.resolved_at_ms),
        acknowledged_by=_text(alert.acknowledged_by),
        acknowledged_by_principal=_text(alert.acknowledged_by_principal),
        resolved_by=_text(alert.resolved_by),
        resolved_by_principal=_text(alert.resolved_by_principal),
        assignee=_text(alert.assignee),
        document=packed(document),
    )


def _add(rows: Rows, found: records.Found, point: Point) -> None:
    match found:
        case records.AlertChanged():
            alert = _decode_alert(found.alert)
            _add_alert(rows, alert, bytes(found.alert), alert.updated_at_ms)
            _add_line(rows, alert.id, bytes(found.line), point, alert)
        case records.LineAdded():
            _add_line(rows, found.alert_id, bytes(found.line), point)
        case records.Attempted():
            rows.notifications.append(_attempt(found, point))
            if found.line != records.NO_DOCUMENT:
                line = _decode_line(found.line)
                rows.timeline.append(_timeline_row(found.alert_id, line, bytes(found.line), point))
        case records.SilenceChanged():
            rows.silences.append(_silence(bytes(found.document), found.change, found.at_ms, found.actor, point))
        case records.RuleChanged():
            rows.rules.append(
                _revision(found.rule_id, _change(found.document), found.at_ms, found.revision, found, point)
            )
        case records.ChannelChanged():
            rows.channels.append(_revision(found.channel, _change(found.document), found.at_ms, 0, found, point))
        case records.RoutesChanged():
            rows.routes.append(_revision(ROUTES, _change(found.document), found.at_ms, found.version, found, point))
        case records.ChannelFound():
            document = packed(bytes(found.document))
            about = _text(found.channel), "existing", point.entry_ms, 0
            rows.found_channels.append((*point, *about, *_who(Actor()), document))
        case records.ExistingAlert():
            _add_existing(rows, found, point)
        case records.ExistingDocument(kind="rule"):
            rows.found_rules.append(_existing_rule(found.document, point))
        case records.ExistingDocument(kind="routes" | "routes_version"):
            into = rows.found_routes if found.kind == "routes" else rows.found_versions
            into.append(_existing_routes(found.document, point))
        case records.ExistingDocument():
            rows.found_silences.append(_silence(found.document, "existing", point.entry_ms, Actor(), point))
        case records.Backfilled():
            rows.is_backfilled = not rows.is_out_of_date
        case records.Restored():
            rows.is_out_of_date, rows.is_backfilled = True, False
        case _:
            rows.unreadable += 1


def _add_alert(rows: Rows, alert: Alert, document: bytes, first_at_ms: int) -> None:
    row = alert_row(alert, document, first_at_ms)
    before = rows.alerts.get(alert.id)
    if before is None:
        rows.alerts[alert.id] = row
    elif row.is_newer(before.version, before.changed_at_ms):
        rows.alerts[alert.id] = row._replace(first_at_ms=min(row.first_at_ms, before.first_at_ms))


def _add_line(rows: Rows, alert_id: str, body: bytes, point: Point, alert: Alert | None = None) -> None:
    line = _decode_line(body)
    rows.timeline.append(_timeline_row(alert_id, line, body, point, alert))
    rows.notifications += _told(alert_id, line, body, point)


def _add_existing(rows: Rows, found: records.ExistingAlert, point: Point) -> None:
    alert = _decode_alert(found.alert)
    first_at_ms = alert.updated_at_ms if found.first_at_ms is None else found.first_at_ms
    _add_alert(rows, alert, found.alert, first_at_ms)
    timeline: list[Row] = []
    notifications: list[Row] = []
    for item, body in enumerate(found.lines):
        try:
            line = _decode_line(body)
        except UNREADABLE:
            rows.unreadable += 1
            continue
        at = point._replace(item=item)
        timeline.append(_timeline_row(alert.id, line, body, at))
        notifications += _told(alert.id, line, body, at)
    rows.stories.append(Story(_text(alert.id), point, found.first_at_ms, timeline, notifications))


def _timeline_row(alert_id: str, line: TimelineEntry, body: bytes, point: Point, alert: Alert | None = None) -> Row:
    actor = _actor(line, alert.rule_id if alert else "")
    version = _int(alert.version) if alert else 0
    return (*point, _text(alert_id), _int(line.at_ms), _text(line.kind), version, *actor, body.decode())


def _actor(line: TimelineEntry, rule_id: str) -> tuple[str, str, str]:
    kind, identifier = principals.parts(line.principal)
    if kind:
        return kind, _text(identifier), _text(line.by)
    if line.kind in OUTCOMES:
        # `by` is the news, or the step that held it back.
        return "system", "", ""
    return ("rule", _text(rule_id), "") if line.by == "rule" else ("", "", _text(line.by))


def _told(alert_id: str, line: TimelineEntry, body: bytes, point: Point) -> Iterator[Row]:
    """Yield what a line says of a notification, if it does."""
    outcome = OUTCOMES.get(line.kind)
    if outcome is not None:
        news = line.by if line.channel and line.kind != "notification.retried" else ""
        yield _notification(alert_id, point, line, outcome, news, b'{"line":%s}' % body)


def _attempt(found: records.Attempted, point: Point) -> Row:
    ledger = _decode_ledger(found.ledger) if found.ledger != records.NO_DOCUMENT else NEVER
    if found.line != records.NO_DOCUMENT:
        line = _decode_line(found.line)
    else:
        line = TimelineEntry(at_ms=point.entry_ms, kind="", attempt=ledger.attempts + 1)
    line.channel = found.channel
    detail = b'{"line":%s,"ledger":%s}' % (found.line, found.ledger)
    return _notification(
        found.alert_id,
        point,
        line,
        found.outcome,
        found.news,
        detail,
        group=found.group,
        episode=found.episode,
        message_id=ledger.message_id,
        is_repeated=found.is_repeated,
    )


def _notification(
    alert_id: str,
    point: Point,
    line: TimelineEntry,
    outcome: records.Outcome,
    news: str,
    detail: bytes,
    *,
    group: str = "",
    episode: int = 0,
    message_id: str = "",
    is_repeated: bool = False,
) -> Row:
    return (
        *(*point, _text(alert_id), _text(line.channel), _text(group), _int(line.at_ms), _text(news), _int(episode)),
        *(_int(line.attempt), outcome, _int(line.took_ms), _text(message_id), int(is_repeated), detail.decode()),
    )


def _silence(document: bytes, change: str, at_ms: int, actor: Actor, point: Point) -> Row:
    head = _decode_head(document)
    times = _int(head.starts_at_ms), _int(head.ends_at_ms)
    return (*point, _text(head.id), change, _int(at_ms), 0, *_who(actor), packed(document), *times)


def _existing_rule(document: bytes, point: Point) -> Row:
    head = _decode_head(document)
    about = _text(head.id), "existing", point.entry_ms, _int(head.revision)
    return (*point, *about, *_who(Actor()), packed(document))


def _existing_routes(document: bytes, point: Point) -> Row:
    head = _decode_version(document)
    about = ROUTES, "existing", _int(head.at_ms), _int(head.version)
    return (*point, *about, *_who(Actor(head.by, head.by_principal)), packed(document))


def _revision(
    target_id: str,
    change: str,
    at_ms: int,
    revision: int,
    found: records.RuleChanged | records.ChannelChanged | records.RoutesChanged,
    point: Point,
) -> Row:
    document = None if found.document == records.NO_DOCUMENT else packed(bytes(found.document))
    return (*point, _text(target_id), change, _int(at_ms), _int(revision), *_who(found.actor), document)


def _who(actor: Actor) -> tuple[str, str, str, str]:
    kind, identifier = principals.parts(actor.principal)
    return kind, _text(identifier), _text(actor.name), _text(actor.request_id)


def _change(document: msgspec.Raw) -> str:
    return "deleted" if document == records.NO_DOCUMENT else "saved"


def _text(value: str) -> str:
    """Return a text that PostgreSQL takes: it refuses U+0000."""
    return value.replace("\0", "\ufffd")


def _int(value: int) -> int:
    """Return a number that fits a column."""
    return max(-_MOST, min(_MOST, value))
