"""Backups hold everything and give nothing away; a restore is whole or does not happen."""

import gzip
import hashlib
import json
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.fernet import Fernet
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from pydantic import SecretStr
from redis import Redis

from api.app import create_app
from api.auth import api_keys, users
from api.change import restore
from api.describe import roles
from shared import vault
from shared.clock import SystemClock
from shared.errors import Invalid
from shared.log import Logger
from shared.model import relabeling, silences
from shared.model.scrapes import ScrapeJob
from shared.redis import access_keys, keys
from shared.settings import Settings
from shared.store import backup, channel_store, mapping_store, rule_store, scrape_store, silence_store, subscriptions
from tests.support import providers
from tests.support.api import BASE, stored
from tests.support.channels import Life
from tests.support.cli import Run
from tests.support.factories import RunningWorker, a_rule, an_event, outbox, publish
from tests.support.processes import a_system, wait_ready
from tests.support.providers import serving
from tests.support.real_server import RealServer
from tests.support.waiting import until

PARTITIONS = 8


def a_full_system(redis: Redis) -> None:
    for n in range(3):
        rule_store.save(redis, a_rule(id=f"r{n}", name=f"CPU 높음 {n}"))
    channel_store.save(redis, "slack-ops", {"webhook_url": "https://hooks.slack.com/services/top-secret"})
    silence_store.save(
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
    mapping_store.save(redis, relabeling.parse({"default": {"id_labels": ["host"]}}))
    scrape_store.save(redis, ScrapeJob(name="node", targets=["web-1:9100"], bearer_token=SecretStr("token-of-node")))
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
        # Trends, explanations and backtests are those of the archive, which a backup leaves out.
        skipped = ("/status", "/backup", "/trends/metric", "/trends/alerting", "/reports/monthly")
        skipped += ("/explanation", "/rule-backtests/<backtest_id>")
        if one.method != "GET" or not one.path.startswith(BASE) or one.path.endswith(skipped):
            continue
        path = one.path.replace("<alert_id>", alert).replace("<rule_id>", "r1").replace("<silence_id>", "silence-1")
        path = path.replace("<job_name>", "node")
        answer = visitor.get(path, headers={"Authorization": f"Bearer {token}"})
        assert 200 == answer.status_code, path
        body = answer.json if answer.is_json else answer.text
        if one.path.endswith("/audit"):
            body = [entry for entry in body["entries"] if entry["action"] != "backup.restore"]
        if one.path.endswith("/api-keys"):
            for key in body["api_keys"]:
                del key["last_used_at_ms"]
        found[path] = body
        redis.delete(*(redis.keys(access_keys.rate("api:*")) or ["none"]))
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
    assert "hooks.slack.com" in channel_store.load(redis, "slack-ops")["webhook_url"]
    assert "token-of-node" == scrape_store.get(redis, "node").bearer_token.get_secret_value()
    assert 2 == len(subscriptions.load_all(redis))
    assert users.check_password(redis, "김철수", "말이 없는 밤 열두 시")


def test_restore_replaces_what_is_there_and_tells_evaluators(redis: Redis, tmp_path: Path) -> None:
    rule_store.save(redis, a_rule(id="kept"))
    backup.write(redis, PARTITIONS, tmp_path / "b.gz", with_alerts=False)
    rule_store.save(redis, a_rule(id="later"))
    alert = stored(redis)
    revision = int(redis.get(keys.rules_revision()))
    restore.restore(redis, restore.read(tmp_path / "b.gz"), PARTITIONS)

    assert ["kept"] == [rule.id for rule in rule_store.load_all(redis)[1]]
    assert int(redis.get(keys.rules_revision())) > revision
    assert redis.exists(keys.alert(alert.id)), "a backup without alerts leaves them alone"


@pytest.mark.parametrize("with_alerts", [False, True])
def test_running_evaluator_goes_on_from_what_was_restored(
    redis: Redis, server: RealServer, tmp_path: Path, with_alerts: bool
) -> None:
    two = Settings(partitions=2, lease_seconds=1)
    rule_store.save(redis, a_rule(cooldown_minutes=5))
    with RunningWorker(server.url, "w", two):
        publish(redis, 2, an_event(1_700_000_000_000, cpu=90))
        until(lambda: [t.kind for t in outbox(redis, 2)] == ["firing"])
        backup.write(redis, 2, tmp_path / "b.gz", with_alerts=with_alerts)
        publish(redis, 2, an_event(1_700_000_001_000, cpu=10))
        until(lambda: [t.kind for t in outbox(redis, 2)] == ["firing", "resolved"])
        restore.restore(redis, restore.read(tmp_path / "b.gz"), 2)
        publish(redis, 2, an_event(1_700_000_002_000, cpu=10))
        if with_alerts:
            # It fires again as it did when the backup was made, and the new sample resolves it.
            until(lambda: [t.kind for t in outbox(redis, 2)] == ["firing", "resolved", "resolved"])
        publish(redis, 2, an_event(1_700_000_003_000, cpu=90))
        until(lambda: [t.kind for t in outbox(redis, 2)][-1] == "reopened")


Content = dict[str, Any]


def rewritten(change: Callable[[Content], None], how: str = "signed") -> Callable[[bytes], bytes]:
    """What somebody could make of a backup: `signed` with the keys, `summed` again without them, or `neither`."""

    def rewrite(packed: bytes) -> bytes:
        document = msgspec.json.decode(gzip.decompress(packed))
        change(document)
        if how == "signed":
            return backup.packed(document["content"], document["created_at_ms"])
        body = msgspec.json.encode(document["content"], order="sorted")
        if how != "neither":
            document["sha256"] = hashlib.sha256(body).hexdigest()
        if how == "unsigned":
            del document["mac"]
        return gzip.compress(msgspec.json.encode({**document, "content": msgspec.Raw(body)}))

    return rewrite


def part(section: str, name: str, body: Any) -> Callable[[Content], None]:
    return lambda document: document["content"][section].update({name: body})


def a_new_admin(document: Content) -> None:
    (_name, body), *_ = document["content"]["users"].items()
    admin = {**msgspec.json.decode(body), "name": "mallory", "role": "admin"}
    document["content"]["users"]["mallory"] = json.dumps(admin)


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda packed: packed[:-20], "damaged"),
        (lambda packed: packed[: len(packed) // 2], "damaged"),
        (lambda packed: b"", "damaged"),
        (lambda packed: b"not gzip", "damaged"),
        (lambda packed: packed[:100] + bytes([packed[100] ^ 1]) + packed[101:], "damaged"),
        (lambda packed: gzip.compress(b"[" * 200_000), "damaged"),
        (lambda packed: gzip.compress(b"[]"), "not a backup"),
        (lambda packed: gzip.compress(b'{"format":"x"}'), "not a backup"),
        (rewritten(lambda d: d.update(version=99), "neither"), "version 99"),
        (rewritten(lambda d: d.update(created_at_ms=1), "neither"), "signature"),
        (rewritten(lambda d: d["content"]["settings"].update(partitions="9"), "neither"), "signature"),
        (rewritten(a_new_admin, "summed"), "signature"),
        (rewritten(lambda d: d.update(mac="0" * 64), "neither"), "signature"),
        (rewritten(lambda d: d.update(mac=""), "neither"), "signature"),
        (rewritten(lambda d: d.update(mac=None), "neither"), "not a backup"),
        (rewritten(a_new_admin, "unsigned"), "not signed"),
        (rewritten(lambda d: None, "unsigned"), "not signed"),
        (rewritten(part("rules", "r0", "{}")), "rules.r0"),
        (rewritten(part("rules", "r0", 7)), "rules.r0"),
        (rewritten(part("rules", "another", '{"id": "r0"}')), "rules.another"),
        (rewritten(part("silences", "silence-1", '{"id": "silence-2"}')), "silences.silence-1"),
        (rewritten(part("channels", "slack", "sealed:xxx")), "channels.slack"),
        (rewritten(part("channels", "slack", '{"webhook_url": "https://evil.example"}')), "slack: is not sealed"),
        (rewritten(part("signing_keys", "first", '{"key": "' + "a" * 64 + '", "created_at_ms": 1}')), "not sealed"),
        (rewritten(part("push_key", "key", "a key of somebody's")), "push_key.key: is not sealed"),
        (rewritten(part("users", "lee", '{"name": "lee", "role": "god", "password": "x"}')), "users.lee"),
        (rewritten(part("users", "lee", '{"name": "lee", "role": "admin", "password": "x"}')), "users.lee"),
        (rewritten(part("users", "lee", '{"name": "lee", "role": "viewer", "password": 7}')), "users.lee"),
        (rewritten(part("users", "lee", '"admin"')), "users.lee"),
        (rewritten(part("api_keys", "k", '{"id": "k", "name": "k", "role": "admin", "digest": ""}')), "api_keys.k"),
        (rewritten(part("push_subscriptions", "x", "{}")), "push_subscriptions.x"),
        (rewritten(part("settings", "rules_revision", "9" * 40)), "settings.rules_revision"),
        (rewritten(part("settings", "rules_revision", -1)), "settings.rules_revision"),
        (rewritten(part("alerts", "x", "{}")), "alerts.x"),
        (rewritten(part("active", "x", "7")), "active.x"),
        (rewritten(part("expiries", "x", -1)), "expiries.x"),
        (rewritten(part("snapshots", "0", {"a": "bm9uc2Vuc2U="})), "snapshots.0"),
        (rewritten(part("plugins", "x", "7")), "plugins.x"),
        (rewritten(part("statistics", "1", {"fired": "x"})), "statistics.1"),
        (rewritten(part("audit", "yesterday", "{}")), "audit.yesterday"),
        (rewritten(part("timelines", "x", ["{"])), "timelines.x"),
        (rewritten(lambda d: d["content"].pop("users")), "users: is missing"),
        (rewritten(lambda d: d["content"]["settings"].pop("partitions")), "settings.partitions: is missing"),
        (rewritten(lambda d: d["content"].update(programs={})), "programs: is no part"),
        (rewritten(lambda d: d.update(content=7)), "content: is missing"),
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
        restore.restore(redis, restore.read(file), PARTITIONS)

    assert word in str(caught.value)
    assert before == everything(redis)


def test_backup_of_a_release_before_signatures_is_restored_when_asked_for_by_name(
    run: Run, redis: Redis, tmp_path: Path
) -> None:
    a_full_system(redis)
    file = tmp_path / "old.gz"
    backup.write(redis, PARTITIONS, file, with_alerts=True)
    file.write_bytes(rewritten(lambda d: None, "unsigned")(file.read_bytes()))
    redis.flushall()
    refused = run("restore", str(file), "--yes")
    untouched = redis.dbsize()
    restored = run("restore", str(file), "--yes", "--unsigned")

    assert 1 == refused[0] and "--unsigned" in refused[2] and 0 == untouched
    assert 0 == restored[0] and "not signed" in restored[2]
    assert 3 == len(rule_store.load_all(redis)[1])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (part("channels", "slack", '{"webhook_url": "https://evil.example"}'), "not sealed"),
        (part("rules", "r0", a_rule(id="r0").model_copy(update={"condition": {"kind": "no"}}).model_dump_json()), "r0"),
    ],
)
def test_unsigned_backup_is_looked_at_all_the_closer(
    redis: Redis, tmp_path: Path, change: Callable[[Content], None], word: str
) -> None:
    a_full_system(redis)
    backup.write(redis, PARTITIONS, tmp_path / "b.gz", with_alerts=False)
    packed = rewritten(change, "unsigned")((tmp_path / "b.gz").read_bytes())

    with pytest.raises(Invalid, match=word):
        restore.unpacked(packed, "b.gz", unsigned=True)


def test_backup_signed_before_a_rotation_of_the_keys_is_restored_after_it(
    redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_full_system(redis)
    backup.write(redis, PARTITIONS, tmp_path / "b.gz", with_alerts=True)
    monkeypatch.setenv("SECRET_KEYS", f"{Fernet.generate_key().decode()},{os.environ['SECRET_KEYS']}")
    vault.current.cache_clear()
    try:
        restore.restore(redis, restore.read(tmp_path / "b.gz"), PARTITIONS)
    finally:
        vault.current.cache_clear()

    assert 3 == len(rule_store.load_all(redis)[1])


@given(st.data())
@settings(max_examples=300, derandomize=True)
def test_no_random_change_of_a_backup_is_ever_restored(data: st.DataObject) -> None:
    packed = backup.packed(A_SMALL_CONTENT, 1_700_000_000_000)
    original = restore.unpacked(packed, "b.gz")
    raw = bytearray(gzip.decompress(packed))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw) - 1))
        match data.draw(st.sampled_from(("flip", "drop", "add"))):
            case "flip":
                raw[place] ^= data.draw(st.integers(1, 255))
            case "drop":
                del raw[place]
            case _:
                raw.insert(place, data.draw(st.integers(0, 255)))
    unsigned = data.draw(st.booleans())
    try:
        found = restore.unpacked(gzip.compress(bytes(raw)), "b.gz", unsigned=unsigned)
    except Invalid:
        return
    # White space between fields, or two changes that cancel each other out: it says the same. Who takes unsigned
    # backups also takes one whose signature alone was lost.
    assert found == (structs.replace(original, is_signed=found.is_signed) if unsigned else original)


A_SMALL_CONTENT = {
    **{name: {} for name in ("silences", "users", "api_keys", "push_subscriptions", "channels", "signing_keys")},
    "rules": {"r": a_rule(id="r").model_dump_json()},
    "push_key": {},
    "settings": {"partitions": "8", "rules_revision": "1", "silences_revision": "0"},
}


def test_rules_saved_while_a_restore_runs_never_have_its_revision(redis: Redis, tmp_path: Path) -> None:
    rule_store.save(redis, a_rule(id="kept"))
    backup.write(redis, PARTITIONS, tmp_path / "b.gz", with_alerts=True)
    found = restore.read(tmp_path / "b.gz")
    seen: dict[int, set[bytes]] = {}
    stop = threading.Event()

    # Between two writes a restore may have its turn; without a pause it waits for its luck, minutes on some machines.
    pause_s = 0.002

    def edit(name: str) -> None:
        number = 0
        while not stop.wait(pause_s):
            number += 1
            rule_store.save(redis, a_rule(id=name, name=f"{number}"))

    def silence() -> None:
        while not stop.wait(pause_s):
            silence_store.save(redis, a_silence())

    def watch() -> None:
        while not stop.wait(0.0001):
            with redis.pipeline() as pipe:
                revision, stored = pipe.get(keys.rules_revision()).hgetall(keys.rules()).execute()
            seen.setdefault(int(revision), set()).add(repr(sorted(stored.items())).encode())

    others = [threading.Thread(target=edit, args=(f"e{n}",)) for n in range(2)]
    others += [threading.Thread(target=silence), threading.Thread(target=watch), threading.Thread(target=watch)]
    for other in others:
        other.start()
    for _ in range(30):
        restore.restore(redis, found, PARTITIONS)
    stop.set()
    for other in others:
        other.join()

    assert len(seen) > 5
    assert not [revision for revision, states in seen.items() if len(states) > 1]


def a_silence(**fields: Any) -> silences.Silence:
    now_ms = SystemClock().now_ms()
    given = {"matchers": [{"name": "plugin_id", "value": "x"}], "comment": "c", "created_at_ms": now_ms}
    return silences.parse({"starts_at_ms": now_ms, "ends_at_ms": now_ms + 60_000, **given, **fields})


def test_backup_is_its_owners_alone_and_downloads(client: FlaskClient, redis: Redis, tmp_path: Path) -> None:
    a_full_system(redis)
    backup.write(redis, PARTITIONS, tmp_path / "b.gz", with_alerts=False)
    answer = client.get(f"{BASE}/backup")
    (tmp_path / "down.gz").write_bytes(answer.data)

    assert 0o600 == stat.S_IMODE((tmp_path / "b.gz").stat().st_mode)
    assert 3 == restore.read(tmp_path / "down.gz").summary().counts["rules"]
    assert "top-secret" not in gzip.decompress(answer.data).decode()


def test_router_writes_backups_on_schedule_and_keeps_the_newest(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for n in range(5):
        (folder / f"enhanced-alerts-2020010{n}-000000.json.gz").write_bytes(b"old")
    rule_store.save(redis, a_rule())
    environment = {"BACKUP_DIR": str(folder), "BACKUP_EVERY_HOURS": "1", "BACKUP_KEEP": "3"}
    with a_system(server.url, tmp_path, **environment) as system:
        system.start("dispatchers", "router")
        wait_ready(redis, "router")
        until(lambda: redis.get(keys.last_backup()))
    found = sorted(file.name for file in folder.iterdir())

    assert 3 == len(found)
    assert ["enhanced-alerts-20200103-000000.json.gz", "enhanced-alerts-20200104-000000.json.gz"] == found[:2]
    assert 1 == restore.read(folder / found[2]).summary().counts["rules"]
