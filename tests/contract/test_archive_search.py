"""Searching the alerts that an archive keeps, on SQLite and on a real PostgreSQL server."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Raw, structs

from archive import search, search_index, search_terms, search_text
from archive.opening import open_archive
from archive.search import Place
from archive.search_query import Search
from archive.sql_archive import SqlArchive
from archive.store import DAY_MS
from shared.model.alerts import Alert, External, TimelineEntry
from shared.model.encoding import encode
from shared.model.records import AlertChanged, LineAdded
from tests.support.factories import an_alert
from tests.support.kept_records import T0, Recording

MINUTE_MS = 60_000
KIM = "user:kim"

decode_id = msgspec.json.Decoder(Alert).decode


@pytest.fixture
def recording(archive: SqlArchive) -> Recording:
    return Recording(archive)


def line(kind: str = "firing", at_ms: int = T0, **fields: Any) -> TimelineEntry:
    return TimelineEntry(at_ms=at_ms, kind=kind, **fields)


def changed(alert: Alert, said: TimelineEntry | None = None) -> AlertChanged:
    return AlertChanged(alert=Raw(encode(alert)), line=Raw(encode(said or line())))


def new(alert_id: str, at_ms: int = T0, **fields: Any) -> Alert:
    state = fields.pop("state", "firing")
    return an_alert(state, id=alert_id, version=1, **{"updated_at_ms": at_ms, "started_at_ms": at_ms, **fields})


def find(archive: SqlArchive, query: str = "", limit: int = 100, **filters: Any) -> list[str]:
    """Return the ids of what is found, page after page."""
    words, refused = search_text.words_of(query)
    assert refused is None
    wanted = Search(words=words, **filters)
    found: list[str] = []
    before: Place | None = None
    while True:
        page = search.find(archive, wanted, before, limit, T0 + DAY_MS)
        assert len(page.documents) <= limit
        found += [decode_id(document).id for document in page.documents]
        before = page.next
        if before is None:
            return found


def indexed(archive: SqlArchive) -> dict[str, Sequence[Any]]:
    """Return all that the index holds but the ranges, which only grow."""
    tables = {
        "search_documents": "number",
        "search_terms": "block, term",
    }
    with archive.transaction():
        found = {t: archive.execute(f"SELECT * FROM {t} ORDER BY {by}").fetchall() for t, by in tables.items()}
    return {
        t: [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in rows]
        for t, rows in found.items()
    }


def index_anew(archive: SqlArchive) -> None:
    """Build the index from what the archive has, as after an upgrade."""
    with archive.transaction():
        for table in ("documents", "terms", "blocks"):
            archive.execute(f"DELETE FROM search_{table}")
        sql = "UPDATE search_progress SET indexed_from = (SELECT coalesce(max(number), 0) / ? + 1 FROM alerts)"
        archive.execute(sql, (search_terms.WIDTH,))
    while archive.index_older_alerts():
        pass


def test_words_are_found_wherever_they_stand(archive: SqlArchive, recording: Recording) -> None:
    recording.add(changed(new("rule", T0 + 1, rule_name="디스크 사용률 높음")))
    recording.add(changed(new("plugin", T0 + 2, plugin_id="db-42", plugin_name="결제서버의 데이터베이스")))
    recording.add(changed(new("label", T0 + 3, labels={"team": "Ｗｅｂ Platform"})))
    recording.add(changed(new("description", T0 + 4, description="See the Runbook of STRASSE")))
    outside = External(fingerprint="f", annotations={"summary": "Certificate expires"}, sender="prom")
    recording.add(changed(new("external", T0 + 5, external=outside)))
    recording.add(changed(new("comment", T0 + 6)))
    recording.add(
        changed(new("comment", T0 + 6, updated_at_ms=T0 + 9, rule_name="x"), line(by="김철수", principal=KIM))
    )
    recording.add(
        LineAdded(alert_id="comment", line=Raw(encode(line("commented", reason="재시작 했음", principal=KIM))))
    )
    recording.add(
        LineAdded(alert_id="rule", line=Raw(encode(line("notification.failed", reason="Slack answered 503"))))
    )
    recording.add(changed(new("coded", T0 + 7, reason="English", reason_code="history.nothing_recorded")))

    assert ["rule"] == find(archive, "디스")
    assert ["rule"] == find(archive, "사용률 디스크")
    assert ["plugin"] == find(archive, "서버")
    assert ["plugin"] == find(archive, "DB-42")
    assert ["label"] == find(archive, "team=web")
    assert ["description"] == find(archive, "straße runBOOK")
    assert ["external"] == find(archive, '"certificate expires"')
    assert [] == find(archive, '"expires certificate"')
    assert ["comment"] == find(archive, "재시작")
    assert ["comment"] == find(archive, "철수")
    assert ["rule"] == find(archive, "slack 503")
    assert ["coded"] == find(archive, "아카이브에"), "a coded reason is found in both languages"
    assert [] == find(archive, "데이터베이스가")
    assert [] == find(archive, "디이터"), "pairs alone find nothing"


def test_filters_hold_together(archive: SqlArchive, recording: Recording) -> None:
    ended = {"state": "resolved", "started_at_ms": T0, "resolved_at_ms": T0 + 30 * MINUTE_MS}
    recording.add(changed(new("a", T0, **ended, rule_id="cpu", labels={"team": "web"}, severity="critical")))
    recording.add(changed(new("b", T0 + 1, rule_id="cpu", labels={"team": "db"}, acknowledged_by_principal=KIM)))
    recording.add(changed(new("c", T0 + 2, plugin_id="host-1", state="acknowledged")))
    recording.add(LineAdded(alert_id="c", line=Raw(encode(line("commented", principal="key:kim")))))
    recording.add(changed(new("d", T0 - 9 * DAY_MS, assignee="kim  user")))

    assert ["c", "b", "a", "d"] == find(archive)
    assert ["b", "a"] == find(archive, rule_ids=("cpu",))
    assert ["c", "b", "a"] == find(archive, rule_ids=("cpu", "r"), since_ms=T0)
    assert ["c"] == find(archive, plugin_ids=("host-1",))
    assert ["a"] == find(archive, labels=(("team", "web"),))
    assert ["b", "a"] == find(archive, labels=(("team",),))
    assert [] == find(archive, labels=(("team", "web"), ("team", "db")))
    assert ["a"] == find(archive, severities=("critical", "emergency"))
    assert ["c"] == find(archive, states=("acknowledged",))
    assert ["b", "d"] == find(archive, people=(KIM,)), "a key with the same id is another"
    assert ["c"] == find(archive, people=("key:kim",))
    assert ["c"] == find(archive, people=("key:kim",), states=("acknowledged",), plugin_ids=("host-1",))
    assert ["c", "b", "d"] == find(archive, least_ms=31 * MINUTE_MS), "open alerts last until now"
    assert ["a"] == find(archive, most_ms=30 * MINUTE_MS)
    assert [] == find(archive, most_ms=30 * MINUTE_MS - 1)
    assert ["a"] == find(archive, least_ms=30 * MINUTE_MS, most_ms=45 * MINUTE_MS)
    assert ["b", "a"] == find(archive, since_ms=T0, until_ms=T0 + 1)
    assert ["d"] == find(archive, until_ms=T0 - DAY_MS)


def test_what_changes_is_found_as_it_is_now(archive: SqlArchive, recording: Recording) -> None:
    first = new("a", labels={"team": "web"}, assignee="옛날사람")
    recording.add(changed(first), changed(new("b", labels={"team": "web"})))
    later = structs.replace(
        first, state="resolved", version=2, labels={"team": "db"}, assignee="", resolved_at_ms=T0 + 1
    )
    recording.add(changed(later, line("resolved", reason="원인 해결")))

    assert (["a"], ["b"]) == (find(archive, states=("resolved",)), find(archive, states=("firing",)))
    assert (["b"], ["a"]) == (find(archive, labels=(("team", "web"),)), find(archive, "team=db"))
    assert ([], ["a"]) == (find(archive, "옛날"), find(archive, "원인"))


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_follow_the_order_of_recording_through_blocks(
    archive: SqlArchive, recording: Recording, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(search_index, "WIDTH", 4)
    monkeypatch.setattr(search_terms, "WIDTH", 4)
    # What was there before the archive is recorded behind newer alerts.
    instants = [T0 + n for n in (10, 11, 12, 13, 14, 1, 2, 3, 4, 15, 15, 16, 5, 6)]
    for n, at_ms in enumerate(instants):
        recording.add(changed(new(f"{at_ms - T0}/{n}", at_ms, severity="critical" if n % 2 else "warning")))
    every = [f"{at_ms - T0}/{n}" for at_ms, n in sorted(zip(instants, count(), strict=False), reverse=True)]

    assert every == find(archive, limit=limit)
    assert every == find(archive, "cpu", limit=limit)
    assert [one for one in every if int(one.split("/")[1]) % 2] == find(archive, severities=("critical",), limit=limit)


def test_a_page_ends_with_its_time_and_the_next_one_goes_on(
    archive: SqlArchive, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "WIDTH", 4)
    monkeypatch.setattr(search_terms, "WIDTH", 4)
    recording.add(*(changed(new(f"{n}", T0 + n, rule_name="needle" if n == 0 else "hay")) for n in range(40)))
    ticks = count(0, 10)
    found: list[bytes] = []
    before, pages = None, 0
    while True:
        page = search.find(archive, Search(words=("needle",)), before, 5, T0, clock=lambda: float(next(ticks)))
        found += page.documents
        pages += 1
        if page.next is None:
            break
        assert before is None or page.next < before, "each page gets further"
        before = page.next

    assert ["0"] == [decode_id(one).id for one in found]
    assert pages > 1


def test_the_index_is_that_of_the_archive_after_every_change(archive: SqlArchive, recording: Recording) -> None:
    old_ms = T0 - 3 * DAY_MS
    ended = new("old", old_ms, state="resolved", resolved_at_ms=old_ms, rule_name="오래된 규칙")
    still_open = new("open", old_ms, labels={"x": "y"})
    recording.add(changed(ended), changed(still_open), at_ms=old_ms)
    said = line("commented", reason="잊혀질 말", principal=KIM)
    recording.add(LineAdded(alert_id="open", line=Raw(encode(said))), at_ms=old_ms)
    recording.add(
        changed(structs.replace(still_open, version=2, labels={"x": "z"}), line("commented", reason="새로운 말"))
    )
    recording.existing(new("found", T0), line("commented", reason="예전 기록"), first_at_ms=T0 - 5)
    before = find(archive, "잊혀질"), find(archive, "오래된")
    archive.prune_records(T0)
    kept = indexed(archive)
    index_anew(archive)

    assert (["open"], ["old"]) == before
    assert kept == indexed(archive)
    assert ([], []) == (find(archive, "잊혀질"), find(archive, "오래된"))
    assert (["open"], ["found"]) == (find(archive, "새로운"), find(archive, "예전"))
    assert [] == find(archive, people=(KIM,))


def test_older_alerts_are_added_block_by_block_while_others_come(
    archive: SqlArchive, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "WIDTH", 4)
    monkeypatch.setattr(search_terms, "WIDTH", 4)
    recording.add(*(changed(new(f"{n}", T0 + n)) for n in range(10)))
    with archive.transaction():
        for table in ("documents", "terms", "blocks"):
            archive.execute(f"DELETE FROM search_{table}")
        archive.execute("UPDATE search_progress SET indexed_from = 3")
    recording.add(changed(structs.replace(new("1", T0 + 1), version=2), line(reason="새로운 말")))
    recording.add(changed(new("10", T0 + 10)), changed(new("11", T0 + 11)), changed(new("12", T0 + 12)))
    first = search.find(archive, Search(), None, 100, T0)
    steps = 1
    while archive.index_older_alerts():
        steps += 1
    last = search.find(archive, Search(), None, 100, T0)

    assert (False, True) == (first.is_index_complete, last.is_index_complete)
    assert steps > 1
    assert [str(n) for n in range(12, -1, -1)] == find(archive)
    assert ["1"] == find(archive, "새로운")


def test_an_archive_of_before_the_search_is_migrated(place: Path | str) -> None:
    archive = open_archive(place)
    Recording(archive).add(changed(new("a")))
    with archive.transaction():
        for table in ("documents", "terms", "blocks", "progress"):
            archive.execute(f"DROP TABLE search_{table}")
        archive.execute("DROP TABLE route_revisions")
        archive.execute("UPDATE alembic_version SET version_num = '0001'")
    archive.close()
    migrated = open_archive(place)
    before = search.find(migrated, Search(), None, 10, T0)
    while migrated.index_older_alerts():
        pass

    assert ([], False) == (before.documents, before.is_index_complete)
    assert ["a"] == find(migrated, "cpu")
    migrated.close()


def test_an_alert_that_nobody_can_read_stops_nothing(archive: SqlArchive, recording: Recording) -> None:
    recording.add(changed(new("a")), changed(new("b", labels={"x": "\0" * 3})))
    with archive.transaction():
        archive.execute("UPDATE alerts SET document = ? WHERE id = 'a'", (b"?",))
    recording.add(LineAdded(alert_id="a", line=Raw(encode(line(reason="\0")))))

    assert ["b"] == find(archive)
