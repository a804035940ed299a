"""A backup holds what people have set up; a restore makes the system that, whole, and nothing else."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from api.auth import api_keys, users
from api.change import restore
from shared.errors import Invalid
from shared.model import body_mapping, relabeling, route_tree, silences
from shared.model.encoding import encode
from shared.redis import access_keys, report_keys
from shared.store import (
    alert_store,
    audit,
    backup,
    body_mapping_store,
    channel_store,
    mapping_store,
    report_store,
    route_store,
    rule_store,
    saved_searches,
    silence_store,
    subscriptions,
)
from shared.store.audit import Author
from shared.store.saved_searches import SavedSearch
from tests.support.api import stored
from tests.support.factories import a_rule
from tests.support.subscriptions import a_subscription

PARTITIONS = 8
PASSWORD = "말이 없는 밤 열두 시"

pytestmark = pytest.mark.usefixtures("light_passwords")


def fill(redis: Redis) -> None:
    rule_store.save(redis, a_rule(id="r", name="CPU 높음"))
    channel_store.save(redis, "slack", {"webhook_url": "https://hooks.slack.com/top-secret"})
    fields = {"id": "s", "matchers": [{"name": "plugin_id", "value": "x"}], "comment": "점검", "author": "kim"}
    silence_store.save(redis, silences.parse({**fields, "starts_at_ms": 1, "ends_at_ms": 2}))
    users.create(redis, "kim", "admin", PASSWORD)
    api_keys.create(redis, "ci", "publisher", None)
    route_store.save(redis, route_tree.parse({"route": {"channels": ["slack"], "continue": False}}))
    mapping_store.save(redis, relabeling.parse({"default": {"id_labels": ["host"]}}))
    body_mapping_store.save(redis, body_mapping.parse({"webhooks": {"shop": {}}}))
    schedule = report_store.Version(version=1, schedule=report_store.Schedule(channel="email"))
    redis.hset(report_keys.report_schedule(), "current", json.dumps(report_store.document(schedule)))
    redis.hset(report_keys.report_mails(), "2026-10", encode(report_store.Mail(status="sent")))
    subscriptions.save(redis, a_subscription(1, "user:kim"))
    subscriptions.private_key(redis)
    reader = saved_searches.Reader(Author("kim", principal="user:kim"), may_share=True)
    saved_searches.create(redis, SavedSearch(name="디스크", query={"q": "디스크"}, is_shared=True), reader, 1)
    stored(redis)


def setup_of(redis: Redis) -> dict[str, object]:
    """What people have set up, in plain."""
    return {
        "rules": [rule.model_dump(exclude={"revision"}) for rule in rule_store.load_all(redis)[1]],
        "channels": channel_store.load_stored(redis),
        "silences": silence_store.load_all(redis)[1],
        "users": users.load_all(redis),
        "mapping": mapping_store.history(redis),
        "body mappings": body_mapping_store.history(redis),
        "routes": route_store.history(redis),
        "report": report_store.shown(redis, report_store.current(redis)),
        "keys": [{**one, "last_used_at_ms": None} for one in api_keys.load_all(redis)],
        "browsers": subscriptions.load_all(redis),
        "searches": saved_searches.load_all(redis),
        "push key": subscriptions.public_key(redis),
    }


@pytest.mark.parametrize("with_alerts", [False, True])
def test_restore_gives_back_what_there_was_and_removes_what_came_after(store_redis: Redis, with_alerts: bool) -> None:
    fill(store_redis)
    before, alerts = setup_of(store_redis), list(alert_store.active(store_redis))
    packed = backup.collect(store_redis, PARTITIONS, with_alerts=with_alerts)
    revision = rule_store.save(store_redis, a_rule(id="later")).revision
    channel_store.save(store_redis, "webhook", {"url": "https://later"})
    stored(store_redis, 1)
    restore.restore(store_redis, restore.unpacked(packed, "file"), PARTITIONS)

    assert before == setup_of(store_redis)
    assert revision < rule_store.load_all(store_redis)[0]
    assert (alerts, len(alerts) + (not with_alerts)) == (
        list(alert_store.active(store_redis))[: len(alerts)],
        len(list(alert_store.active(store_redis))),
    )


def a_schedule(redis: Redis, **fields: Any) -> None:
    """Have reports mailed on the first day of each month, since long ago."""
    schedule = report_store.Version(version=1, at_ms=1, schedule=report_store.Schedule(channel="email", **fields))
    redis.hset(report_keys.report_schedule(), "current", json.dumps(report_store.document(schedule)))


def mailed(redis: Redis) -> dict[str, str]:
    return {month: mail.status for month, mail in report_store.mails(redis).items()}


def test_report_that_was_mailed_since_the_backup_stays_mailed(store_redis: Redis) -> None:
    a_schedule(store_redis)
    store_redis.hset(report_keys.report_mails(), "2026-08", encode(report_store.Mail(status="sent")))
    packed = backup.collect(store_redis, PARTITIONS, with_alerts=False)
    store_redis.hset(report_keys.report_mails(), "2026-09", encode(report_store.Mail(status="sent")))
    store_redis.hset(report_keys.report_mails(), "2026-08", encode(report_store.Mail(status="due", asked_at_ms=5)))
    restore.restore(store_redis, restore.unpacked(packed, "file"), PARTITIONS)

    assert {"2026-09": "sent", "2026-08": "due"} == mailed(store_redis)


@pytest.mark.parametrize(("days", "expected"), [(40, ["dead"]), (0, [])])
def test_report_that_may_have_been_mailed_by_the_system_that_was_lost_waits_for_a_person(
    store_redis: Redis, monkeypatch: pytest.MonkeyPatch, days: int, expected: list[str]
) -> None:
    a_schedule(store_redis, hour=0)
    made_at_ns = time.time_ns() - days * 86_400 * 10**9
    with monkeypatch.context() as patch:
        patch.setattr(time, "time_ns", lambda: made_at_ns)
        packed = backup.collect(store_redis, PARTITIONS, with_alerts=False)
    store_redis.flushdb()
    restore.restore(store_redis, restore.unpacked(packed, "file"), PARTITIONS)

    assert expected == [*mailed(store_redis).values()]
    assert [] == [m.why.code for m in report_store.mails(store_redis).values() if m.why.code != "report.restored"]


def test_backup_gives_no_secret_away(store_redis: Redis) -> None:
    fill(store_redis)
    found = restore.unpacked(backup.collect(store_redis, PARTITIONS, with_alerts=True), "file")

    assert "top-secret" not in str(found.content)
    assert "PRIVATE KEY" not in str(found.content)
    assert {
        "rules": 1,
        "silences": 1,
        "users": 1,
        "api_keys": 1,
        "ingest_mapping": 2,
        "body_mappings": 2,
        "routes": 2,
        "saved_searches": 1,
        "report_schedule": 1,
        "report_mails": 1,
        "push_subscriptions": 1,
        "channels": 1,
        "alerts": 1,
    } == (found.summary().counts)


def test_empty_system_can_be_backed_up_and_restored(store_redis: Redis) -> None:
    packed = backup.collect(store_redis, PARTITIONS, with_alerts=True)
    fill(store_redis)
    restore.restore(store_redis, restore.unpacked(packed, "file"), PARTITIONS)

    assert ([], {}, [], []) == (
        rule_store.load_all(store_redis)[1],
        channel_store.load_stored(store_redis),
        users.load_all(store_redis),
        list(alert_store.active(store_redis)),
    )


def test_alerts_of_another_number_of_partitions_are_refused_before_anything_is_written(store_redis: Redis) -> None:
    fill(store_redis)
    found = restore.unpacked(backup.collect(store_redis, 4, with_alerts=True), "file")
    rule_store.save(store_redis, a_rule(id="later"))

    with pytest.raises(Invalid, match=f"4 partitions; this system has {PARTITIONS}"):
        restore.restore(store_redis, found, PARTITIONS)
    assert ["later", "r"] == [rule.id for rule in rule_store.load_all(store_redis)[1]]


def test_restore_is_in_the_audit_and_the_audit_of_before_stays(store_redis: Redis) -> None:
    fill(store_redis)
    packed = backup.collect(store_redis, PARTITIONS, with_alerts=True)
    before = [entry.id for entry in audit.search(store_redis)]
    restore.restore(store_redis, restore.unpacked(packed, "file"), PARTITIONS)
    newest, *others = audit.search(store_redis)

    assert ("backup.restore", before) == (newest.action, [entry.id for entry in others])


def test_only_the_newest_scheduled_backups_are_kept(store_redis: Redis, tmp_path: Path) -> None:
    (tmp_path / ".enhanced-alerts-20200101-000000.json.gz.7").write_bytes(b"torn")
    written = [backup.write_scheduled(store_redis, PARTITIONS, tmp_path, 2, 1_000_000 * n) for n in range(4)]

    assert sorted(written[2:]) == sorted(tmp_path.iterdir())
    assert 0o600 == written[-1].stat().st_mode & 0o777


def test_signing_keys_are_restored_sealed(store_redis: Redis) -> None:
    fill(store_redis)
    store_redis.delete(access_keys.signing_keys())
    packed = backup.collect(store_redis, PARTITIONS, with_alerts=False)
    restore.restore(store_redis, restore.unpacked(packed, "file"), PARTITIONS)

    assert 0 == store_redis.exists(access_keys.signing_keys())
