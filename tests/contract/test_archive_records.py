"""What an archive keeps of the control plane's records, on SQLite and on a real PostgreSQL server."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw, structs

from archive import export_alerts, record_tables
from archive.opening import open_archive
from archive.record_stream import RecordStream
from archive.sql_archive import SqlArchive
from archive.store import DAY_MS, Archive, Overtaken
from shared.model import records
from shared.model.alerts import Alert, LedgerEntry, TimelineEntry
from shared.model.encoding import encode
from shared.model.records import Actor, AlertChanged, Attempted, LineAdded, RuleChanged, SilenceChanged
from tests.support import kept_records
from tests.support.factories import an_alert
from tests.support.kept_records import Notified, Recording

T0 = 20_000 * DAY_MS
KIM = Actor("김", "user:kim")


@pytest.fixture
def recording(archive: Archive) -> Recording:
    return Recording(archive)


def line(kind: str, at_ms: int = T0, **fields: Any) -> TimelineEntry:
    return TimelineEntry(at_ms=at_ms, kind=kind, **fields)


def changed(alert: Alert, said: TimelineEntry) -> AlertChanged:
    return AlertChanged(alert=Raw(encode(alert)), line=Raw(encode(said)))


def attempt(outcome: records.Outcome, said: TimelineEntry, alert_id: str = "a") -> Attempted:
    return Attempted(
        alert_id=alert_id,
        channel=said.channel,
        outcome=outcome,
        news="firing",
        episode=1,
        line=Raw(encode(said)),
        ledger=Raw(encode(LedgerEntry())),
    )


def test_of_an_alert_the_newest_version_is_kept_and_every_line(archive: Archive, recording: Recording) -> None:
    first = an_alert(version=1, updated_at_ms=T0, labels={"team": "데이터"})
    second = structs.replace(first, state="acknowledged", version=2, updated_at_ms=T0 + 1, acknowledged_by="김")
    other = an_alert(id="b", version=1, updated_at_ms=T0)
    recording.add(changed(first, line("firing")), changed(other, line("firing")))
    recording.add(changed(second, line("acknowledged")))

    assert {"a": second, "b": other} == kept_records.alerts(archive)
    assert {"a": [line("firing"), line("acknowledged")], "b": [line("firing")]} == kept_records.timelines(archive)
    assert [] == archive.journal(RecordStream.NAME, 10, 10**9), "records need no journal"


def test_an_older_version_changes_nothing_but_the_story(archive: Archive, recording: Recording) -> None:
    newer = an_alert(version=5, updated_at_ms=T0 + 5)
    recording.add(changed(newer, line("commented")))
    recording.add(changed(structs.replace(newer, version=4, updated_at_ms=T0 + 4), line("assigned")))

    assert {"a": newer} == kept_records.alerts(archive)
    assert ["commented", "assigned"] == [one.kind for one in kept_records.timelines(archive)["a"]]


def test_an_alert_whose_versions_began_again_is_followed(archive: Archive, recording: Recording) -> None:
    recording.add(changed(an_alert(version=50, updated_at_ms=T0), line("resolved")))
    again = an_alert(version=1, updated_at_ms=T0 + DAY_MS)
    recording.add(changed(again, line("firing")))

    assert {"a": again} == kept_records.alerts(archive)


def test_a_recorder_that_was_overtaken_writes_no_rows(
    archive: Archive, recording: Recording, place: Path | str
) -> None:
    other = open_archive(place)
    late = Recording(other)
    recording.add(changed(an_alert(version=1), line("firing")))
    with pytest.raises(Overtaken):
        late.add(changed(an_alert(version=2), line("commented")))
    other.close()

    assert ["firing"] == [one.kind for one in kept_records.timelines(archive)["a"]]


def test_attempts_and_what_held_them_back_are_kept(archive: Archive, recording: Recording) -> None:
    recording.add(LineAdded(alert_id="a", line=Raw(encode(line("suppressed", by="silence")))))
    recording.add(
        attempt("failed", line("notification.failed", channel="web", by="firing", attempt=1)),
        attempt("uncertain", line("notification.failed", channel="web", by="firing", attempt=2)),
        attempt("sent", line("notification.sent", channel="web", by="firing", attempt=3)),
    )

    assert [
        Notified("a", "", "", 0, "held_back"),
        Notified("a", "web", "firing", 1, "failed"),
        Notified("a", "web", "firing", 2, "uncertain"),
        Notified("a", "web", "firing", 3, "sent"),
    ] == kept_records.notified(archive)


def test_a_story_that_was_there_before_is_added_once(archive: Archive, recording: Recording) -> None:
    alert = an_alert(version=3, updated_at_ms=T0)
    sent = line("notification.sent", channel="web", by="firing", attempt=1)
    failed = line("notification.failed", channel="sms", by="firing", attempt=1)
    # The records began in the middle of the alert's life.
    recording.add(attempt("sent", sent), attempt("uncertain", failed))
    recording.add(changed(alert, line("commented")))
    whole = [line("firing"), sent, failed, line("commented")]
    recording.existing(alert, *whole, first_at_ms=T0 - 7)
    last = line("resolved")
    recording.add(changed(structs.replace(alert, state="resolved", version=4), last))
    for _ in range(2):
        recording.existing(kept_records.alerts(archive)["a"], *whole, last, first_at_ms=T0 - 7)

    assert {"a": [*whole, last]} == kept_records.timelines(archive)
    assert [Notified("a", "web", "firing", 1, "sent"), Notified("a", "sms", "firing", 1, "uncertain")] == (
        kept_records.notified(archive)
    )
    assert 4 == kept_records.alerts(archive)["a"].version
    assert [(T0 - 7,)] == archive.execute("SELECT first_at_ms FROM alerts").fetchall()  # type: ignore[attr-defined]


def test_a_story_of_the_archive_is_not_shortened_by_that_of_redis(archive: Archive, recording: Recording) -> None:
    alert = an_alert(version=3, updated_at_ms=T0)
    story = [line("firing"), line("commented"), line("assigned")]
    for said in story:
        recording.add(changed(alert, said))
    # As after the restore of an old backup.
    recording.existing(alert, *story[:2], first_at_ms=T0)

    assert {"a": story} == kept_records.timelines(archive)


def test_revisions_of_rules_silences_and_channels_are_kept(archive: Archive, recording: Recording) -> None:
    rule, silence = Raw(b'{"id":"r","revision":1}'), Raw(b'{"id":"s","starts_at_ms":1,"ends_at_ms":2}')
    recording.add(RuleChanged(rule_id="r", revision=1, at_ms=T0, actor=KIM, document=rule))
    recording.add(SilenceChanged(change="created", at_ms=T0, actor=KIM, document=silence))
    recording.add(records.ChannelChanged(channel="slack", at_ms=T0, actor=KIM, document=Raw(b'{"url":"***"}')))
    # What is there as it was recorded adds nothing; what is not there is added.
    recording.enter([b"rule", bytes(rule)], [b"silence", bytes(silence)])
    recording.enter([b"rule", b'{"id":"q","revision":2}'], [b"silence", b'{"id":"s","ends_at_ms":3}'])
    recording.add(RuleChanged(rule_id="r", revision=3, at_ms=T0, actor=KIM))
    # A backup brings an older revision back.
    recording.enter([b"rule", bytes(rule)])
    recording.enter([b"rule", bytes(rule)])

    assert [
        ("r", "saved", 1, "user:kim", {"id": "r", "revision": 1}),
        ("q", "existing", 2, ":", {"id": "q", "revision": 2}),
        ("r", "deleted", 3, "user:kim", None),
        ("r", "existing", 1, ":", {"id": "r", "revision": 1}),
    ] == kept_records.revisions(archive, "rule_revisions")
    assert ["created", "existing"] == [row[1] for row in kept_records.revisions(archive, "silences")]
    assert [("slack", "saved", 0, "user:kim", {"url": "***"})] == kept_records.revisions(archive, "channel_revisions")


def routes(version: int, **fields: Any) -> bytes:
    return encode({"version": version, "at_ms": T0 + version, "by_principal": "user:kim", "tree": None, **fields})


def test_versions_of_the_routes_are_kept_each_once(archive: Archive, recording: Recording) -> None:
    changed = records.RoutesChanged(version=3, at_ms=T0 + 3, actor=KIM, document=Raw(routes(3)))
    for _ in range(2):
        recording.enter(*([b"routes_version", routes(version)] for version in (1, 2)), [b"routes", routes(2)])
    recording.add(changed)
    recording.enter(*([b"routes_version", routes(version)] for version in (1, 2, 3)), [b"routes", routes(3)])
    before = [row[1:3] for row in kept_records.revisions(archive, "route_revisions")]
    # A restored backup has put an earlier version in force, and then one without routes.
    recording.enter(*([b"routes_version", routes(version)] for version in (1, 2)), [b"routes", routes(2)])
    recording.add(records.RoutesChanged(version=0, at_ms=T0, actor=KIM))
    after = kept_records.revisions(archive, "route_revisions")

    assert [("existing", 1), ("existing", 2), ("saved", 3)] == before
    assert [("existing", 2), ("deleted", 0)] == [row[1:3] for row in after[3:]]
    assert {("routes", "user:kim")} == {(row[0], row[3]) for row in after}


def test_channels_are_kept_as_they_were_found(archive: Archive, recording: Recording) -> None:
    def found(url: str) -> records.ChannelFound:
        return records.ChannelFound(channel="slack", document=Raw(encode({"webhook_url": url})))

    for url in ("***", "***"):
        recording.add(found(url))
    recording.add(records.ChannelChanged(channel="slack", at_ms=T0, actor=KIM, document=Raw(b'{"webhook_url":null}')))
    recording.add(found("***"))

    kept = kept_records.revisions(archive, "channel_revisions")
    assert [("existing", "***"), ("saved", None), ("existing", "***")] == [
        (change, document["webhook_url"]) for _, change, _, _, document in kept
    ]


def test_alerts_attempts_and_timelines_are_exported(
    archive: Archive, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_alerts, "PART", 2)
    assert isinstance(archive, SqlArchive)
    for n in range(5):
        alert = an_alert(id=f"a{n}", version=1, updated_at_ms=T0 + n, started_at_ms=T0 + n, plugin_id=f"p{n % 2}")
        recording.add(changed(alert, line("firing", T0 + n)), at_ms=T0 + n)
        recording.add(attempt("sent", line("notification.sent", T0 + n, channel="slack"), alert.id), at_ms=T0 + n)
    # Its alert was removed; a line of it is there yet.
    recording.add(LineAdded(alert_id="gone", line=Raw(encode(line("commented", T0)))), at_ms=T0 + 9)
    span = T0 + 1, T0 + 4

    assert ["a1", "a2", "a3"] == [row[0] for row in export_alerts.alerts(archive, *span, frozenset())]
    assert ["a1", "a3"] == [row[1] for row in export_alerts.notifications(archive, *span, frozenset({"p1"}))]
    told = list(export_alerts.timeline(archive, 0, T0 + 9, frozenset()))
    kind = export_alerts.TIMELINE.index("kind")
    assert [f"a{n}" for n in range(5) for _ in "12"] + ["gone"] == [row[1] for row in told]
    assert ["firing", "notification.sent"] * 5 + ["commented"] == [row[kind] for row in told]


def test_the_end_of_the_backfill_is_kept_until_a_backup_is_restored(archive: Archive, recording: Recording) -> None:
    recording.enter([records.BACKFILLED_FIELD, b""])
    is_backfilled = record_tables.BACKFILLED in archive.cursors()
    recording.add(records.Restored())

    assert is_backfilled
    assert {RecordStream.NAME: recording.cursor} == archive.cursors(), "after a restore all is looked at again"


def test_characters_and_numbers_that_no_database_takes_stop_nothing(archive: Archive, recording: Recording) -> None:
    alert = an_alert(rule_name="a\0b", version=1 << 80, value=float("inf"), labels={"x": "\0"})
    recording.add(changed(alert, line("fir\0ing", at_ms=1 << 80, reason="\0")))
    (kept,) = kept_records.alerts(archive).values()

    assert ("a\0b", "\0") == (kept.rule_name, kept.labels["x"]), "the document has them"


def test_what_is_too_old_is_removed_and_nothing_else(archive: Archive, recording: Recording) -> None:
    old_ms = T0 - 3 * DAY_MS
    ended, still_open = an_alert("resolved", id="old", updated_at_ms=old_ms), an_alert(id="open", updated_at_ms=old_ms)
    recent = an_alert("resolved", id="new", updated_at_ms=T0)
    for alert in (ended, still_open):
        recording.add(changed(alert, line("firing")), at_ms=old_ms)
        recording.add(attempt("sent", line("notification.sent"), alert.id), at_ms=old_ms + DAY_MS)
    recording.add(changed(recent, line("firing")))
    for revision, rule_id in ((1, "edited"), (2, "edited"), (3, "kept"), (4, "deleted")):
        body = Raw(b"{}") if revision < 4 else records.NO_DOCUMENT
        new = RuleChanged(rule_id=rule_id, revision=revision, at_ms=old_ms, actor=KIM, document=body)
        recording.add(new, at_ms=old_ms)
    for ends_at_ms, silence_id in ((old_ms, "over"), (T0 + DAY_MS, "on")):
        document = Raw(b'{"id":"%s","ends_at_ms":%d}' % (silence_id.encode(), ends_at_ms))
        recording.add(SilenceChanged(change="created", at_ms=old_ms, actor=KIM, document=document), at_ms=old_ms)
    for _ in range(2):
        archive.prune_records(T0)

    assert {"open", "new"} == kept_records.alerts(archive).keys()
    assert {"new"} == kept_records.timelines(archive).keys()
    assert [] == kept_records.notified(archive)
    assert [("edited", 2), ("kept", 3)] == [row[::2][:2] for row in kept_records.revisions(archive, "rule_revisions")]
    assert ["on"] == [row[0] for row in kept_records.revisions(archive, "silences")]
