"""The recorder and what the control plane does, against real servers: once in the archive, wherever it is killed."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from msgspec import structs
from redis import Redis

from api.change import operations, restore
from archive import record_tables
from archive.opening import open_archive
from archive.record_stream import RecordStream
from archive.store import Archive, ArchiveError
from dispatchers import existing_channels
from shared import crash_points
from shared.clock import SystemClock
from shared.errors import Conflict, NotFound
from shared.model import route_tree, silences
from shared.model.alerts import TimelineEntry
from shared.model.matchers import Matcher
from shared.redis import connection, keys
from shared.settings import Settings
from shared.store import alert_store, backup, channel_store, records, route_store, rule_store, silence_store
from shared.store.audit import Author
from tests.support import kept_records
from tests.support.factories import a_rule, an_alert
from tests.support.processes import System, a_system
from tests.support.real_server import RealServer
from tests.support.recording import kill_recorders, reports
from tests.support.waiting import until

KIM = Author("김운영", "req-1", principal="user:kim")
RETENTION_MS = 3_600_000
ALERTS = 40


class Acts:
    """What operators and the pipeline do, at random: alerts, comments, rules, silences and channels."""

    def __init__(self, redis: Redis, seed: int = 1) -> None:
        self.done = 0
        self._redis = redis
        self._settings = Settings()
        self._random = random.Random(seed)

    def act(self) -> None:
        self.done += 1
        alert_id = f"alert-{self._random.randrange(ALERTS)}"
        act = self._random.choice((self._fire, self._fire, self._comment, self._assign, self._hold_back, self._edit))
        act(alert_id)

    def _fire(self, alert_id: str) -> None:
        now_ms = SystemClock().now_ms()
        before = alert_store.read(self._redis.get(keys.alert(alert_id)))
        after = an_alert(
            self._random.choice(("firing", "acknowledged", "resolved")),
            id=alert_id,
            version=before.version + 1 if before else 1,
            updated_at_ms=now_ms,
        )
        with self._redis.pipeline() as pipe:
            line = TimelineEntry(at_ms=now_ms, kind="firing", by="rule")
            alert_store.stage(pipe, before, after, line, RETENTION_MS)
            pipe.execute()

    def _comment(self, alert_id: str) -> None:
        if self._redis.exists(keys.alert(alert_id)):
            operations.comment(self._redis, self._settings, alert_id, "김운영", f"{self.done}번", author=KIM)

    def _assign(self, alert_id: str) -> None:
        # It may not have begun yet, or be resolved.
        with suppress(Conflict, NotFound):
            operations.assign(self._redis, self._settings, alert_id, "김운영", f"{self.done}", author=KIM)

    def _hold_back(self, alert_id: str) -> None:
        if self._redis.exists(keys.alert(alert_id)):
            with self._redis.pipeline() as pipe:
                line = TimelineEntry(at_ms=self.done, kind="suppressed", by="silence")
                alert_store.add_line(pipe, alert_id, line)
                pipe.execute()

    def _edit(self, _alert_id: str) -> None:
        rule_store.save(self._redis, a_rule(id=f"r{self.done % 3}", name=f"{self.done}"), author=KIM)
        if self.done % 5 == 0:
            rule_store.delete(self._redis, f"r{self.done % 3}", author=KIM)
        save_silence(self._redis, f"s{self.done % 3}", f"{self.done}")
        channel_store.save(self._redis, "slack", {"n": self.done}, author=KIM)


def save_silence(redis: Redis, silence_id: str, comment: str) -> None:
    now_ms = SystemClock().now_ms()
    silence = silences.Silence(
        id=silence_id,
        matchers=[Matcher(name="plugin_id", value="p")],
        starts_at_ms=now_ms,
        ends_at_ms=now_ms + 600_000,
        comment=comment,
    )
    silence_store.save(redis, silence, author=KIM)


@contextmanager
def a_recording(server: RealServer, folder: Path, place: Path | str, **environment: str) -> Iterator[System]:
    url = {} if isinstance(place, Path) else {"DATABASE_URL": place}
    wanted = {"PARTITIONS": "1", "DATA_DIR": str(folder), "LEASE_SECONDS": "1", **url, **environment}
    with a_system(server.url, folder, **wanted) as system:
        yield system


def is_recorded(redis: Redis, place: Path | str) -> bool:
    """Whether the archive's cursor is at the end of the records, and all that was there before is in it."""
    with suppress(ArchiveError):
        archive = open_archive(place)
        try:
            cursors = archive.cursors()
            newest = redis.xrevrange(keys.records(), count=1)
            # In this order: what was there before goes through the records.
            return record_tables.BACKFILLED in cursors and [cursors[RecordStream.NAME].position] == [
                entry_id.decode() for entry_id, _ in newest
            ]
        finally:
            archive.close()
    return False


def assert_revisions(redis: Redis, archive: Archive) -> None:
    """Assert that each revision is there once, and the newest of each rule and silence is the stored one."""
    rules = kept_records.revisions(archive, "rule_revisions")
    newest = {target: document for target, _, _, _, document in rules if document is not None}
    gone = {
        target for target, change, revision, _, _ in rules if change == "deleted" and revision == last(rules, target)
    }

    assert [] == [one for one, count in Counter((row[0], row[2]) for row in rules).items() if count > 1]
    stored = {rule.id: rule.model_dump(mode="json") for rule in rule_store.load_all(redis)[1]}
    assert stored == {target: document for target, document in newest.items() if target not in gone}
    kept = {target: document for target, _, _, _, document in kept_records.revisions(archive, "silences")}
    assert {one.id: one.model_dump(mode="json") for one in silence_store.load_all(redis)[1]} == kept


def last(rules: list[tuple[str, str, int, str, object]], target: str) -> int:
    return max(row[2] for row in rules if row[0] == target)


def forget_records(redis: Redis) -> None:
    """What was done until now is what a release without records did."""
    redis.delete(keys.records())


@pytest.mark.slow
def test_routes_and_channels_that_were_there_before_are_recorded(
    redis: Redis, server: RealServer, tmp_path: Path, place: Path | str
) -> None:
    for channel in ("web", "slack"):
        route_store.save(redis, route_tree.parse({"route": {"channels": [channel]}}), author=KIM)
    channel_store.save(redis, "slack", {"webhook_url": "https://hooks.slack.com/secret", "enabled": True}, author=KIM)
    forget_records(redis)
    with a_recording(server, tmp_path, place) as system:
        system.start("archive")
        until(lambda: redis.exists(keys.channels_wanted()), "the router is asked for the channels")
        existing_channels.record(redis)
        route_store.restore(redis, 1, author=KIM)
        until(lambda: is_recorded(redis, place), "all is recorded")
    archive = open_archive(place)
    routes = kept_records.revisions(archive, "route_revisions")
    channels = kept_records.revisions(archive, "channel_revisions")
    archive.close()

    assert [("existing", 1), ("existing", 2), ("saved", 3)] == [row[1:3] for row in routes]
    assert [route_store.document(one) for one in reversed(route_store.history(redis))] == [row[4] for row in routes]
    assert [("slack", "existing", True)] == [(row[0], row[1], row[4]["enabled"]) for row in channels]
    assert "secret" not in str(channels)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_every_change_is_recorded_once_through_kills(
    redis: Redis, server: RealServer, tmp_path: Path, place: Path | str, seed: int
) -> None:
    acts, dice, over = Acts(redis, seed), random.Random(seed), threading.Event()
    for _ in range(300):
        acts.act()
    forget_records(redis)

    def go_on() -> None:
        own = Acts(connection.connect(server.url), seed + 100)
        while not over.wait(0.002):
            own.act()
            acts.done += 1

    acting = threading.Thread(target=go_on)
    with a_recording(server, tmp_path, place) as system:
        acting.start()
        try:
            kill_recorders(system, redis, lambda: acts.done, lambda: dice.randrange(20, 500))
        finally:
            over.set()
            acting.join()
        system.start("archive")
        until(lambda: is_recorded(redis, place), "all is recorded")
    archive = open_archive(place)

    kept_records.assert_as_stored(redis, archive)
    assert_revisions(redis, archive)
    assert [] == archive.gaps()
    archive.close()


@pytest.mark.slow
@pytest.mark.parametrize("point", [p for p in crash_points.POINTS if p.startswith("recorder.") and "compact" not in p])
def test_nothing_is_lost_or_doubled_by_a_death_at(
    redis: Redis, server: RealServer, tmp_path: Path, place: Path | str, point: str
) -> None:
    acts, marker = Acts(redis), tmp_path / "reached"
    for _ in range(200):
        acts.act()
    forget_records(redis)
    acts.act()
    with a_recording(server, tmp_path, place) as system:
        armed = system.start("archive", CRASH_POINT=f"{point}={marker}")
        until(marker.exists, f"{point} is reached")
        armed.wait()
        for _ in range(50):
            acts.act()
        system.start("archive")
        until(lambda: is_recorded(redis, place), "all is recorded")
    archive = open_archive(place)

    kept_records.assert_as_stored(redis, archive)
    assert_revisions(redis, archive)
    archive.close()


@pytest.mark.slow
def test_who_did_what_is_recorded(redis: Redis, server: RealServer, tmp_path: Path, place: Path | str) -> None:
    settings = Settings()
    with redis.pipeline() as pipe:
        line = TimelineEntry(at_ms=1, kind="firing", by="rule")
        alert_store.stage(pipe, None, an_alert(version=1), line, RETENTION_MS)
        pipe.execute()
    operations.acknowledge(redis, settings, "a", "김운영", "보는 중", author=KIM)
    rule = rule_store.save(redis, a_rule(), author=KIM)
    rule_store.delete(redis, "r", author=KIM)
    save_silence(redis, "s", "점검")
    silence_store.expire(redis, "s", SystemClock().now_ms(), author=KIM)
    channel_store.save(redis, "slack", {"bot_token": "xoxb-secret"}, author=KIM)
    with a_recording(server, tmp_path, place) as system:
        system.start("archive")
        until(lambda: is_recorded(redis, place), "all is recorded")
    archive = open_archive(place)
    (alert,) = kept_records.alerts(archive).values()
    sql = "SELECT kind, actor_kind, actor_id, actor_name FROM timeline ORDER BY entry_ms, entry_number, item"

    assert ("acknowledged", "김운영", "user:kim") == (
        *(alert.state, alert.acknowledged_by),
        alert.acknowledged_by_principal,
    )
    assert [("firing", "rule", "r", ""), ("acknowledged", "user", "kim", "김운영")] == [
        tuple(row)
        for row in archive.execute(sql).fetchall()  # type: ignore[attr-defined]
    ]
    assert [("r", "saved", rule.revision, "user:kim"), ("r", "deleted", rule.revision + 1, "user:kim")] == [
        row[:4] for row in kept_records.revisions(archive, "rule_revisions")
    ]
    assert [("s", "created", "user:kim"), ("s", "ended", "user:kim")] == [
        (row[0], row[1], row[3]) for row in kept_records.revisions(archive, "silences")
    ]
    assert [("slack", "saved", 0, "user:kim", ["bot_token"])] == kept_records.revisions(archive, "channel_revisions")
    archive.close()


@pytest.mark.slow
def test_what_was_lost_is_a_gap_and_alerts_that_are_there_are_taken_up_again(
    redis: Redis, server: RealServer, tmp_path: Path, place: Path | str
) -> None:
    acts = Acts(redis)
    with a_recording(server, tmp_path, place) as system:
        for _ in range(20):
            acts.act()
        recorder = system.start("archive")
        until(lambda: is_recorded(redis, place), "the first part is recorded")
        recorder.stop()
        for _ in range(200):
            acts.act()
        redis.xtrim(keys.records(), maxlen=50, approximate=False)
        system.start("archive")
        until(lambda: sum(report.counters.get("lost", 0) for report in reports(redis)), "the loss is counted")
        until(lambda: is_recorded(redis, place), "the rest is recorded")
    archive = open_archive(place)

    assert [RecordStream.NAME] == [gap.stream for gap in archive.gaps()]
    kept_records.assert_as_stored(redis, archive)
    archive.close()


@pytest.mark.slow
def test_streams_wait_for_an_archive_that_was_never_reached(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    kept = [keys.recorded(0, "events"), keys.recorded(0, "outbox"), keys.records_recorded()]
    with a_recording(server, tmp_path, "postgresql://127.0.0.1:1/away") as system:
        system.start("archive")
        until(lambda: [b"0-0"] * 3 == redis.mget(kept), "the streams wait")
        acts = Acts(redis)
        for _ in range(records.UNRECORDED_ENTRIES + 500):
            acts.act()
        records.trim(redis, 10**9)

    assert redis.xlen(keys.records()) > records.UNRECORDED_ENTRIES
    assert all(redis.pttl(name) > 0 for name in kept)


@pytest.mark.slow
def test_after_a_restore_the_archive_has_what_the_backup_brought(
    redis: Redis, server: RealServer, tmp_path: Path, place: Path | str
) -> None:
    acts = Acts(redis)
    for _ in range(100):
        acts.act()
    rule_store.save(redis, a_rule(id="edited", name="before"), author=KIM)
    packed = backup.collect(redis, 1, with_alerts=True)
    with a_recording(server, tmp_path, place) as system:
        system.start("archive")
        for _ in range(100):
            acts.act()
        rule_store.save(redis, a_rule(id="edited", name="after"), author=KIM)
        rule_store.save(redis, a_rule(id="late"), author=KIM)
        until(lambda: is_recorded(redis, place), "all is recorded")
        restore.restore(redis, restore.unpacked(packed, "backup"), 1, author=KIM)
        until(lambda: is_recorded(redis, place), "the restored is recorded")
        # The versions of alerts go back, and on from there.
        for _ in range(100):
            acts.act()
        until(lambda: is_recorded(redis, place), "what came then is recorded")
    archive = open_archive(place)
    kept, stored = kept_records.alerts(archive), kept_records.stored_alerts(redis)
    rules = [row[:3] for row in kept_records.revisions(archive, "rule_revisions") if row[0] in ("edited", "late")]

    changed = {i for i, alert in stored.items() if alert.updated_at_ms >= kept[i].updated_at_ms}
    assert {i: stored[i] for i in changed} == {i: kept[i] for i in changed}
    assert [
        ("edited", "saved"),
        ("edited", "saved"),
        ("late", "saved"),
        ("late", "deleted"),
        ("edited", "existing"),
    ] == [row[:2] for row in rules]
    assert rules[0][2] == rules[-1][2], "the older revision is in force again"
    archive.close()


@pytest.mark.slow
def test_the_records_are_trimmed_behind_the_recorder_and_bounded_without_one(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    acts = Acts(redis)
    for _ in range(1_500):
        acts.act()
    records.trim(redis, 10**9)
    without = redis.xlen(keys.records())
    with a_recording(server, tmp_path, tmp_path / "archive.db") as system:
        system.start("archive")
        until(lambda: is_recorded(redis, tmp_path / "archive.db"), "all is recorded")

        def is_trimmed() -> bool:
            records.trim(redis, 10**9)
            return redis.xlen(keys.records()) == 1

        # The recorder says how far it is after it has recorded.
        until(is_trimmed, "the records are trimmed behind the recorder")
    for _ in range(1_500):
        acts.act()
    waiting = redis.xlen(keys.records())
    records.trim(redis, 10**9)
    kept = redis.xlen(keys.records())
    records.trim(redis, 100_000)

    assert records.UNRECORDED_ENTRIES == without
    assert waiting == kept, "what is not recorded waits for the recorder"
    assert 0 < redis.xlen(keys.records()) < kept
    assert (redis.memory_usage(keys.records(), samples=0) or 0) <= 100_000


@pytest.mark.slow
def test_old_alerts_are_removed_by_their_own_setting(
    redis: Redis, server: RealServer, tmp_path: Path, place: Path | str
) -> None:
    day_ms = 86_400_000
    old_ms = SystemClock().now_ms() - 3 * day_ms
    ended = an_alert("resolved", id="old", version=1, updated_at_ms=old_ms)
    for alert in (ended, structs.replace(ended, id="new", updated_at_ms=old_ms + 3 * day_ms)):
        with redis.pipeline() as pipe:
            alert_store.stage(pipe, None, alert, TimelineEntry(at_ms=1, kind="resolved"), RETENTION_MS)
            pipe.execute()
    with a_recording(server, tmp_path, place, ARCHIVE_ALERT_DAYS="2") as system:
        first = system.start("archive")
        until(lambda: is_recorded(redis, place), "all is recorded")
        first.stop()
        system.start("archive")

        def kept() -> set[str]:
            archive = open_archive(place)
            found = set(kept_records.alerts(archive))
            archive.close()
            return found

        until(lambda: kept() == {"new"}, "the old one is removed, and not the new one")
