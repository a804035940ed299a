"""Backups hold everything and give nothing away; a restore is whole or does not happen."""

import gzip
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from redis import Redis

from api import api_keys, roles, users
from api.app import create_app
from shared import backup, channels, keys, rules, silences, subscriptions
from shared.errors import Invalid
from shared.log import Logger
from shared.settings import Settings
from tests import providers
from tests.conftest import RealServer
from tests.factories import RunningWorker, a_rule, an_event, outbox, publish
from tests.integration.test_api import BASE, app, client, stored
from tests.integration.test_channels import Life
from tests.integration.test_cli import Run, run
from tests.processes import a_system, wait_ready
from tests.providers import serving
from tests.waiting import until

__all__ = ["app", "client", "run"]
PARTITIONS = 8


def a_full_system(redis: Redis) -> None:
    for n in range(3):
        rules.save(redis, a_rule(id=f"r{n}", name=f"CPU 높음 {n}"))
    channels.save(redis, "slack-ops", {"webhook_url": "https://hooks.slack.com/services/top-secret"})
    silences.save(
        redis,
        silences.parse(
            {
                "id": "silence-1",
                "matchers": [{"name": "plugin_id", "value": "x"}],
                "starts_at_ms": 1,
                "ends_at_ms": 2,
                "comment": "점검",
            }
        ),
    )
    users.create(redis, "김철수", "operator", "말이 없는 밤 열두 시")
    browser = providers.Push()
    browser.url = "https://push.example.com"
    browser.prepare(redis)
    with serving(providers.Webhook()) as provider:
        life = Life(provider, redis)
        life.goes_on()
        life.goes_on(state="acknowledged", acknowledged_by="kim")
    stored(redis, 7, plugin_id="다른 플러그인")
    redis.hset(keys.plugins(), "p", json.dumps({"plugin_id": "p", "last_at_ms": 1}))


def answers(redis: Redis, token: str) -> dict[str, Any]:
    """Every GET of the API, what tells the time left out."""
    app = create_app(Settings(), redis, Logger("test"))
    visitor = app.test_client()
    found: dict[str, Any] = {}
    alert = next(i.decode() for i in redis.zrange(keys.alert_history(), 0, -1))
    for one in roles.endpoints(app):
        skipped = ("/status", "/backup")
        if one.method != "GET" or not one.path.startswith(BASE) or one.path.endswith(skipped):
            continue
        path = one.path.replace("<alert_id>", alert).replace("<rule_id>", "r1").replace("<silence_id>", "silence-1")
        answer = visitor.get(path, headers={"Authorization": f"Bearer {token}"})
        assert 200 == answer.status_code, path
        body = answer.json if answer.is_json else answer.text
        if one.path.endswith("/audit"):
            body = [entry for entry in body["entries"] if entry["action"] != "backup.restore"]
        if one.path.endswith("/api-keys"):
            for key in body["api_keys"]:
                del key["last_used_at_ms"]
        found[path] = body
        redis.delete(*(redis.keys(keys.rate("api:*")) or ["none"]))
    return found


def everything(redis: Redis) -> list[tuple[bytes, bytes | None]]:
    """Every key with its value, but for those that are about to end by themselves (buckets, claims)."""
    lasting = [key for key in redis.scan_iter() if not 0 <= redis.pttl(key) < 600_000]
    return [(key, redis.dump(key)) for key in sorted(lasting)]


def test_restored_into_a_wiped_system_every_answer_is_the_same(run: Run, redis: Redis, tmp_path: Path) -> None:
    a_full_system(redis)
    token = api_keys.create(redis, "walker", "admin", 1)[1]
    before = answers(redis, token)
    written = run("backup", str(tmp_path / "all.json.gz"), "--with-alerts")
    redis.flushall()
    checked = run("restore", str(tmp_path / "all.json.gz"), "--dry-run")
    untouched = redis.dbsize()
    restored = run("restore", str(tmp_path / "all.json.gz"), "--yes")
    after = answers(redis, token)

    assert "3 rules" in written[1] and "2 alerts" in written[1]
    assert (0, 0, 0) == (written[0], checked[0], restored[0])
    assert 0 == untouched
    assert before.keys() == after.keys() and len(before) >= 20
    for path, body in before.items():
        assert body == after[path], path
    assert "hooks.slack.com" in channels.load(redis, "slack-ops")["webhook_url"]
    assert 2 == len(subscriptions.load_all(redis))
    assert users.check_password(redis, "김철수", "말이 없는 밤 열두 시")


def test_restore_replaces_what_is_there_and_tells_evaluators(redis: Redis, tmp_path: Path) -> None:
    rules.save(redis, a_rule(id="kept"))
    backup.write(redis, PARTITIONS, tmp_path / "b.gz", with_alerts=False)
    rules.save(redis, a_rule(id="later"))
    alert = stored(redis)
    revision = int(redis.get(keys.rules_revision()))
    backup.restore(redis, backup.read(tmp_path / "b.gz"), PARTITIONS)

    assert ["kept"] == [rule.id for rule in rules.load_all(redis)[1]]
    assert int(redis.get(keys.rules_revision())) > revision
    assert redis.exists(keys.alert(alert.id)), "a backup without alerts leaves them alone"


@pytest.mark.parametrize("with_alerts", [False, True])
def test_running_evaluator_goes_on_from_what_was_restored(
    redis: Redis, server: RealServer, tmp_path: Path, with_alerts: bool
) -> None:
    settings = Settings(partitions=2, lease_seconds=1)
    rules.save(redis, a_rule(cooldown_minutes=5))
    with RunningWorker(server.url, "w", settings):
        publish(redis, 2, an_event(1_700_000_000_000, cpu=90))
        until(lambda: [t.kind for t in outbox(redis, 2)] == ["firing"])
        backup.write(redis, 2, tmp_path / "b.gz", with_alerts=with_alerts)
        publish(redis, 2, an_event(1_700_000_001_000, cpu=10))
        until(lambda: [t.kind for t in outbox(redis, 2)] == ["firing", "resolved"])
        backup.restore(redis, backup.read(tmp_path / "b.gz"), 2)
        publish(redis, 2, an_event(1_700_000_002_000, cpu=10))
        if with_alerts:
            # It fires again as it did when the backup was made, and the new sample resolves it.
            until(lambda: [t.kind for t in outbox(redis, 2)] == ["firing", "resolved", "resolved"])
        publish(redis, 2, an_event(1_700_000_003_000, cpu=90))
        until(lambda: [t.kind for t in outbox(redis, 2)][-1] == "reopened")


def damaged(content: Callable[[dict[str, Any]], None], rechecked: bool) -> Callable[[bytes], bytes]:
    def damage(packed: bytes) -> bytes:
        document = json.loads(gzip.decompress(packed))
        content(document)
        if rechecked:
            import hashlib

            import msgspec

            body = msgspec.json.encode(document["content"], order="sorted")
            document["sha256"] = hashlib.sha256(body).hexdigest()
        return gzip.compress(json.dumps(document).encode())

    return damage


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda packed: packed[:-20], "damaged"),
        (lambda packed: packed[: len(packed) // 2], "damaged"),
        (lambda packed: b"", "damaged"),
        (lambda packed: b"not gzip", "damaged"),
        (lambda packed: packed[:100] + bytes([packed[100] ^ 1]) + packed[101:], "damaged"),
        (lambda packed: gzip.compress(b"[]"), "not a backup"),
        (lambda packed: gzip.compress(b'{"format":"x"}'), "not a backup"),
        (damaged(lambda d: d.update(version=99), False), "version 99"),
        (damaged(lambda d: d["content"]["settings"].update(partitions="9"), False), "checksum"),
        (damaged(lambda d: d["content"]["rules"].update(r0="{}"), True), "rules.r0"),
        (damaged(lambda d: d["content"]["channels"].update(slack="sealed:xxx"), True), "channels.slack"),
        (damaged(lambda d: d["content"].pop("users"), True), "users: is missing"),
        (damaged(lambda d: d.update(content=7), True), "content: is missing"),
    ],
)
def test_damaged_altered_or_foreign_file_is_refused_whole(
    redis: Redis, tmp_path: Path, damage: Callable[[bytes], bytes], word: str
) -> None:
    a_full_system(redis)
    file = tmp_path / "b.gz"
    backup.write(redis, PARTITIONS, file, with_alerts=True)
    before = everything(redis)
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(Invalid) as caught:
        backup.restore(redis, backup.read(file), PARTITIONS)

    assert word in str(caught.value)
    assert before == everything(redis)


def test_alerts_of_another_number_of_partitions_are_refused(redis: Redis, tmp_path: Path) -> None:
    a_full_system(redis)
    backup.write(redis, PARTITIONS, tmp_path / "b.gz", with_alerts=True)

    with pytest.raises(Invalid, match="8 partitions; this system has 4"):
        backup.restore(redis, backup.read(tmp_path / "b.gz"), 4)


def test_backup_is_its_owners_alone_and_downloads(client: FlaskClient, redis: Redis, tmp_path: Path) -> None:
    a_full_system(redis)
    backup.write(redis, PARTITIONS, tmp_path / "b.gz", with_alerts=False)
    answer = client.get(f"{BASE}/backup")
    (tmp_path / "down.gz").write_bytes(answer.data)

    assert 0o600 == stat.S_IMODE((tmp_path / "b.gz").stat().st_mode)
    assert 3 == backup.summary(backup.read(tmp_path / "down.gz")).counts["rules"]
    assert "top-secret" not in gzip.decompress(answer.data).decode()


def test_missing_file_and_unwritable_folder_say_so(run: Run, redis: Redis, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    missing = run("restore", str(tmp_path / "nothing.gz"))
    unwritable = run("backup", str(tmp_path / "file" / "b.gz"))

    assert 0 != missing[0] and "does not exist" in missing[2]
    assert 1 == unwritable[0] and "cannot be written" in unwritable[2]


def test_router_writes_backups_on_schedule_and_keeps_the_newest(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for n in range(5):
        (folder / f"enhanced-alerts-2020010{n}-000000.json.gz").write_bytes(b"old")
    rules.save(redis, a_rule())
    environment = {"BACKUP_DIR": str(folder), "BACKUP_EVERY_HOURS": "1", "BACKUP_KEEP": "3"}
    with a_system(server.url, tmp_path, **environment) as system:
        system.start("dispatchers", "router")
        wait_ready(redis, "router")
        until(lambda: redis.get(keys.last_backup()))
    found = sorted(file.name for file in folder.iterdir())

    assert 3 == len(found)
    assert ["enhanced-alerts-20200103-000000.json.gz", "enhanced-alerts-20200104-000000.json.gz"] == found[:2]
    assert 1 == backup.summary(backup.read(folder / found[2])).counts["rules"]
