"""What records become in the archive."""

import json
from typing import Any

from msgspec import Raw

from archive.journal import Entry
from archive.record_entries import rows_of
from archive.record_rows import NOTIFICATIONS, REVISIONS, SILENCES, TIMELINE, Rows, unpacked
from shared.model import records
from shared.model.alerts import Alert, LedgerEntry, TimelineEntry
from shared.model.encoding import encode
from shared.model.records import Actor, AlertChanged, Attempted, LineAdded, Record, RuleChanged
from tests.support.factories import an_alert

AT = 1_700_000_000_000


def entry(*new: Record, number: int = 0) -> Entry:
    (body,) = records.packed(new, 10**9)
    return f"{AT}-{number}".encode(), [records.RECORDS_FIELD, body]


def raw(value: Any) -> Raw:
    return Raw(encode(value))


def changed(alert: Alert, kind: str = "firing", **line: Any) -> AlertChanged:
    return AlertChanged(alert=raw(alert), line=raw(TimelineEntry(at_ms=AT, kind=kind, **line)))


def named(columns: tuple[str, ...], row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(columns, row, strict=True))


def actors(rows: Rows) -> list[tuple[str, str, str]]:
    return [
        (one["actor_kind"], one["actor_id"], one["actor_name"]) for one in (named(TIMELINE, r) for r in rows.timeline)
    ]


def test_of_an_alert_the_newest_version_and_every_line() -> None:
    first = an_alert(version=1, updated_at_ms=AT, labels={"b": "2", "a": "1"})
    second = an_alert("acknowledged", version=2, updated_at_ms=AT + 1, acknowledged_by="김", labels=first.labels)
    rows = rows_of([entry(changed(first)), entry(changed(second, "acknowledged"), number=1)])
    (kept,) = rows.alerts.values()

    assert encode(second) == unpacked(kept.document)
    assert (2, AT, AT + 1, "acknowledged", "김", '{"a":"1","b":"2"}') == (
        *(kept.version, kept.first_at_ms, kept.changed_at_ms),
        *(kept.state, kept.acknowledged_by, kept.labels),
    )
    lines = [named(TIMELINE, row) for row in rows.timeline]
    assert [(AT, 0, 0, "firing", 1), (AT, 1, 0, "acknowledged", 2)] == [
        (one["entry_ms"], one["entry_number"], one["item"], one["kind"], one["version"]) for one in lines
    ]
    assert "acknowledged" == json.loads(lines[1]["line"])["kind"]


def test_who_did_it_is_a_kind_and_an_id() -> None:
    alert = an_alert(rule_id="cpu")
    rows = rows_of(
        [
            entry(
                changed(alert, "firing", by="rule"),
                changed(alert, "acknowledged", by="김", principal="user:kim"),
                changed(alert, "commented", by="of an older release"),
                LineAdded(alert_id="a", line=raw(TimelineEntry(at_ms=AT, kind="suppressed", by="silence"))),
                LineAdded(
                    alert_id="a",
                    line=raw(TimelineEntry(at_ms=AT, kind="notification.retried", by="이", principal="user:lee")),
                ),
            )
        ]
    )

    assert [
        ("rule", "cpu", ""),
        ("user", "kim", "김"),
        ("", "", "of an older release"),
        ("system", "", ""),
        ("user", "lee", "이"),
    ] == actors(rows)


def test_every_attempt_is_a_notification_with_its_outcome() -> None:
    line = TimelineEntry(at_ms=AT, kind="notification.failed", channel="slack", by="firing", attempt=2, took_ms=80)
    ledger = LedgerEntry(status="due", attempts=2, message_id="17.5")
    attempt = {"alert_id": "a", "channel": "slack", "group": "g", "news": "firing", "episode": 3}
    rows = rows_of(
        [
            entry(
                Attempted(**attempt, outcome="uncertain", is_repeated=True, line=raw(line), ledger=raw(ledger)),
                Attempted(**attempt, outcome="unfinished", ledger=raw(ledger)),
            )
        ]
    )
    one, other = (named(NOTIFICATIONS, row) for row in rows.notifications)

    assert ("uncertain", "firing", 3, 2, 80, "17.5", 1, "g", AT) == (
        *(one["outcome"], one["news"], one["episode"], one["attempt"], one["took_ms"], one["message_id"]),
        *(one["is_repeated"], one["group_name"], one["at_ms"]),
    )
    assert {"line": json.loads(encode(line)), "ledger": json.loads(encode(ledger))} == json.loads(one["detail"])
    assert ("unfinished", 3, AT) == (other["outcome"], other["attempt"], other["at_ms"])
    assert ["notification.failed"] == [named(TIMELINE, row)["kind"] for row in rows.timeline]


def test_lines_say_what_was_held_back_and_what_a_provider_said() -> None:
    lines = [
        TimelineEntry(at_ms=AT, kind="suppressed", by="silence"),
        TimelineEntry(at_ms=AT, kind="released", by="silence"),
        TimelineEntry(at_ms=AT, kind="notification.delivered", channel="sms"),
        TimelineEntry(at_ms=AT, kind="notification.dead", channel="fax"),
        TimelineEntry(at_ms=AT, kind="commented", by="김"),
    ]
    rows = rows_of([entry(*(LineAdded(alert_id="a", line=raw(line)) for line in lines))])
    found = [named(NOTIFICATIONS, row) for row in rows.notifications]

    assert [("held_back", ""), ("released", ""), ("delivered", "sms"), ("given_up", "fax")] == [
        (one["outcome"], one["channel"]) for one in found
    ]
    assert 5 == len(rows.timeline)


def test_revisions_keep_document_and_author() -> None:
    kim = Actor("김", "user:kim", "req-1")
    rows = rows_of(
        [
            entry(
                RuleChanged(rule_id="r", revision=7, at_ms=AT, actor=kim, document=Raw(b'{"id":"r"}')),
                RuleChanged(rule_id="r", revision=8, at_ms=AT, actor=kim),
                records.ChannelChanged(channel="slack", at_ms=AT, actor=kim, document=Raw(b"{}")),
                records.SilenceChanged(
                    change="created", at_ms=AT, actor=kim, document=Raw(b'{"id":"s","starts_at_ms":1,"ends_at_ms":2}')
                ),
            )
        ]
    )
    saved, deleted = (named(REVISIONS, row) for row in rows.rules)
    (silence,) = (named(SILENCES, row) for row in rows.silences)

    assert ("r", "saved", 7, "user", "kim", "김", "req-1") == (
        *(saved["target_id"], saved["change"], saved["revision"]),
        *(saved["actor_kind"], saved["actor_id"], saved["actor_name"], saved["request_id"]),
    )
    assert b'{"id":"r"}' == unpacked(saved["document"])
    assert ("deleted", 8, None) == (deleted["change"], deleted["revision"], deleted["document"])
    assert ["slack"] == [named(REVISIONS, row)["target_id"] for row in rows.channels]
    assert ("s", "created", 1, 2) == (
        *(silence["target_id"], silence["change"]),
        *(silence["starts_at_ms"], silence["ends_at_ms"]),
    )


def test_an_alert_that_was_there_before_has_its_whole_story() -> None:
    alert = an_alert(version=9, updated_at_ms=AT)
    lines = [
        encode(TimelineEntry(at_ms=1, kind="firing", by="rule")),
        b"no line",
        encode(TimelineEntry(at_ms=2, kind="notification.sent", channel="web", by="firing", attempt=1)),
    ]
    fields = [b"alert", encode(alert), b"lines", b"\n".join(lines), b"first", b"5"]
    rows = rows_of([(f"{AT}-3".encode(), fields)])
    (story,) = rows.stories

    assert (5, 9) == (rows.alerts["a"].first_at_ms, rows.alerts["a"].version)
    assert (5, [0, 2], ["sent"]) == (
        story.first_at_ms,
        [named(TIMELINE, row)["item"] for row in story.timeline],
        [named(NOTIFICATIONS, row)["outcome"] for row in story.notifications],
    )
    assert ([], 1) == (rows.timeline, rows.unreadable)


def test_what_no_database_takes_is_replaced() -> None:
    alert = an_alert(rule_name="a\0b", version=1 << 70, updated_at_ms=-(1 << 70))
    rows = rows_of([entry(changed(alert, by="c\0d"))])
    (kept,) = rows.alerts.values()

    assert ("a\ufffdb", 2**63 - 1, 1 - 2**63) == (kept.rule_name, kept.version, kept.changed_at_ms)
    assert "\0" not in "".join(str(part) for row in rows.timeline for part in row)


def test_what_cannot_be_read_is_counted_and_hides_nothing() -> None:
    bad = [
        AlertChanged(alert=Raw(b'{"id":1}'), line=Raw(b"{}")),
        LineAdded(alert_id="a", line=Raw(b"[]")),
        RuleChanged(rule_id="r", revision=1, at_ms=1, actor=Actor()),
    ]
    rows = rows_of([entry(*bad), (f"{AT}-1".encode(), [b"alert", b"{"]), (f"{AT}-2".encode(), [b"?", b""])])

    assert (4, 1, 0) == (rows.unreadable, len(rows.rules), len(rows.timeline))


def test_a_restored_backup_makes_what_was_taken_up_out_of_date() -> None:
    backfilled = (f"{AT}-0".encode(), [b"backfilled", b""])

    assert (True, False) == ((rows := rows_of([backfilled])).is_backfilled, rows.is_out_of_date)
    assert (False, True) == (
        (rows := rows_of([backfilled, entry(records.Restored())])).is_backfilled,
        rows.is_out_of_date,
    )
    assert (False, True) == (
        (rows := rows_of([entry(records.Restored()), backfilled])).is_backfilled,
        rows.is_out_of_date,
    )
