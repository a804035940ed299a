"""
Data of older processes in the hands of this release. `tests/data/first-release.json` is all that the first release's
real processes left in Redis: rules, a channel with its secret in plain, alerts in every state, what was evaluated and
sent. `tests/data/before-0.2.json` is the same of the last commit before 0.2's rearrangement: its secret is sealed,
and a user, a silence, a given-up notification, a dead letter and checkpoints are stored as well.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from redis import Redis

from api.auth import users
from api.change import notifications
from api.cli import main
from shared import process
from shared.clock import SystemClock
from shared.errors import ConfigurationError, Conflict
from shared.model import alerts, events, processes, silences
from shared.model.partitions import partition_of
from shared.redis import access_keys, keys
from shared.store import alert_store, channel_store, rule_store, schema, silence_store
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.servers import http_server
from tests.support.up import Up
from tests.support.waiting import PATIENCE_S, until

FIRST, BEFORE = "first-release", "before-0.2"
DATA = {
    name: json.loads((Path(__file__).parents[1] / "data" / f"{name}.json").read_text("utf-8"))
    for name in (FIRST, BEFORE)
}
OF_BOTH = pytest.mark.parametrize("data", DATA)
STEPS = {FIRST: [2, 3], BEFORE: []}
"""The schemas that a migration of the data leads to."""
PLAIN = b"plain-secret-of-the-first-release"
OLD_PROCESS = {"component": "worker", "pid": 7, "host": "old", "started_at_ms": 1, "ready": True}


def load(redis: Redis, url: str = "http://127.0.0.1:9/hook", data: str = FIRST) -> None:
    """Put older data back, with the webhook going to *url*."""
    import base64

    def plain(text: Any) -> bytes:
        return base64.b64decode(text["base64"]) if isinstance(text, dict) else text.encode()

    for key, stored in DATA[data].items():
        value = stored["value"]
        match stored["type"]:
            case "string":
                redis.set(key, plain(value))
            case "hash":
                redis.hset(key, mapping={plain(field): plain(body) for field, body in value})
            case "list":
                redis.rpush(key, *(plain(body) for body in value))
            case "set":
                redis.sadd(key, *(plain(body) for body in value))
            case "zset":
                redis.zadd(key, {plain(member): score for member, score in value})
            case "stream":
                for entry_id, fields in value["entries"]:
                    redis.xadd(key, {plain(field): plain(body) for field, body in fields}, id=entry_id)
                for group, position in value["groups"]:
                    redis.xgroup_create(key, group, id=position, mkstream=True)
    if data == FIRST:
        body = json.loads(redis.hget(keys.channels(), "webhook"))
        redis.hset(keys.channels(), "webhook", json.dumps({**body, "url": url}))
    else:
        channel_store.save(redis, "webhook", {**channel_store.load(redis, "webhook"), "url": url})
        channel_store.save(redis, "webhook-bad", {"url": "http://127.0.0.1:9/hook"})


def everything(redis: Redis) -> bytes:
    """Return the server's whole content as it would be written to disk, one blob a key."""
    return b"".join(redis.dump(key) or b"" for key in redis.scan_iter())


def now_ms() -> int:
    return SystemClock().now_ms()


@OF_BOTH
def test_older_data_are_read_before_they_are_migrated(redis: Redis, data: str) -> None:
    load(redis, data=data)
    states = {a.plugin_id: a.state for a in alert_store.active(redis) if not a.id.startswith("own-")}
    rules = {rule.id for rule in rule_store.load_all(redis)[1]}
    more = {"disk-1": "firing"} if data == BEFORE else {}

    assert (3 if data == BEFORE else schema.FIRST) == schema.current(redis)
    assert {"cpu", "hold", "slow"} == rules - {"disk"}
    assert PLAIN.decode() == channel_store.load(redis, "webhook")["secret"]
    assert {
        "web-1": "firing",
        "web-2": "acknowledged",
        "db-1": "firing",
        "db-2": "pending",
        "night-1": "firing",
        **more,
    } == states


def test_reasons_that_were_stored_as_texts_alone_are_read_as_texts(redis: Redis) -> None:
    load(redis, data=BEFORE)
    by_plugin = {a.plugin_id: a for a in alert_store.active(redis)}
    alert, silenced = by_plugin["disk-1"], by_plugin["night-1"]
    given_up = notifications.dead(redis).items

    assert ("disk = 97 is > 90", "", {}) == (alert.reason, alert.reason_code, alert.reason_values)
    assert [("webhook-bad", alert.id)] == [(one["channel"], one["alert_id"]) for one in given_up]
    assert "answered 400: no such room" in given_up[0]["reason"]
    assert ("", {}) == (given_up[0]["reason_code"], given_up[0]["reason_values"])
    assert silenced.suppressed["silenced"].startswith("silenced by kim")
    assert ["kim"] == [user.name for user in users.load_all(redis)]


def test_migration_seals_what_stood_in_plain_numbers_the_data_and_is_made_once(redis: Redis) -> None:
    load(redis)
    before = channel_store.load(redis, "webhook")
    redis.config_set("hash-max-listpack-entries", 512)
    stood_in_plain = PLAIN in everything(redis)
    steps = schema.migrate(redis, now_ms())

    assert stood_in_plain and PLAIN not in everything(redis)
    assert before == channel_store.load(redis, "webhook")
    assert not redis.exists(access_keys.first_signing_key())
    assert ([2, 3], 3) == ([step.to for step in steps], schema.current(redis))
    assert [] == schema.migrate(redis, now_ms())


def test_migration_broken_off_anywhere_is_made_again(redis: Redis) -> None:
    load(redis)
    schema.STEPS[0].make(redis)
    sealed_once = schema.current(redis)
    schema.migrate(redis, now_ms())

    assert (schema.FIRST, alerts.SCHEMA) == (sealed_once, schema.current(redis))
    assert PLAIN.decode() == channel_store.load(redis, "webhook")["secret"]


def test_migration_waits_until_no_process_of_the_older_release_is_left(redis: Redis) -> None:
    load(redis)
    redis.hset(keys.processes(), "worker:7@old", json.dumps({**OLD_PROCESS, "at_ms": now_ms()}))
    with pytest.raises(Conflict) as caught:
        schema.migrate(redis, now_ms())
    untouched = schema.FIRST == schema.current(redis) and PLAIN in everything(redis)
    redis.hdel(keys.processes(), "worker:7@old")
    schema.migrate(redis, now_ms())

    assert "worker 7@old of an older release could not read schema 2; stop or upgrade it first" in str(caught.value)
    assert untouched
    assert alerts.SCHEMA == schema.current(redis)


def test_new_system_has_the_newest_number_and_nothing_to_migrate(redis: Redis) -> None:
    schema.agree(redis)
    schema.agree(redis)

    assert (alerts.SCHEMA, []) == (schema.current(redis), schema.pending(redis))


def test_release_older_than_the_data_does_not_start_on_them(redis: Redis) -> None:
    redis.set(keys.schema(), alerts.SCHEMA + 1)
    with pytest.raises(ConfigurationError) as caught:
        schema.agree(redis)

    assert f"migrated to schema {alerts.SCHEMA + 1}, and this release reads {alerts.SCHEMA} at most" in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (events.Event, {"plugin_id": "p"}),
        (alerts.LedgerEntry, {}),
        (alerts.TimelineEntry, {"at_ms": 1, "kind": "firing"}),
        (processes.ProcessReport, {**OLD_PROCESS, "at_ms": 1}),
        (events.Command, {"kind": "resolve", "rule_id": "r", "plugin_id": "p", "alert_id": "a", "by": "k", "at_ms": 1}),
    ],
)
def test_field_a_newer_process_adds_is_passed_over(kind: Any, fields: dict[str, Any]) -> None:
    body = json.dumps({**fields, "added_later": {"x": [1]}})

    assert msgspec.json.decode(json.dumps(fields), type=kind) == msgspec.json.decode(body, type=kind)


@OF_BOTH
def test_fields_newer_processes_add_to_rules_alerts_and_silences_are_passed_over(redis: Redis, data: str) -> None:
    load(redis, data=data)
    rules, silences_before = (len(store.load_all(redis)[1]) for store in (rule_store, silence_store))
    silence = silences.parse(
        {
            "matchers": [{"name": "plugin_id", "value": "x"}],
            "starts_at_ms": now_ms(),
            "ends_at_ms": now_ms() + 60_000,
            "comment": "x",
            "author": "kim",
            "created_at_ms": now_ms(),
        }
    )
    silence_store.save(redis, silence)
    for key in (keys.rules(), keys.silences()):
        for field, body in redis.hgetall(key).items():
            redis.hset(key, field, json.dumps({**json.loads(body), "added_later": 1}))
    alert_id = alert_store.active_ids(redis, 0, 0)[0]
    redis.set(keys.alert(alert_id), json.dumps({**json.loads(redis.get(keys.alert(alert_id))), "added_later": 1}))

    assert (rules, {}) == (len(rule_store.load_all(redis)[1]), rule_store.load_all(redis)[2])
    assert silences_before + 1 == len(silence_store.load_all(redis)[1])
    assert alert_id == alert_store.get(redis, alert_id).id


def publish(redis: Redis, plugin_id: str, **metrics: float) -> None:
    body = json.dumps({"plugin_id": plugin_id, "metrics": metrics})
    redis.xadd(keys.events(partition_of(plugin_id, 8)), {keys.EVENT_FIELD: body})


@pytest.mark.slow
@OF_BOTH
def test_alerts_older_processes_sent_are_ended_by_this_release_before_and_after_the_migration(
    redis: Redis, server: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    monkeypatch.setenv("REDIS_URL", server.url)
    with http_server() as hook, a_system(server.url, tmp_path) as system:
        load(redis, hook.url, data)
        for part in (("evaluator",), ("dispatchers", "router"), ("dispatchers", "worker", "--channels", "webhook,web")):
            system.start(*part)
        wait_ready(redis, "evaluator", "router", "worker-webhook")
        publish(redis, "web-1", cpu_usage=20)
        until(lambda: ("resolved", "web-1") in hook.told(), system.logs())
        done = CliRunner().invoke(main, ["migrate", "--json"])
        again = CliRunner().invoke(main, ["migrate"])
        publish(redis, "web-2", cpu_usage=20)
        publish(redis, "web-9", cpu_usage=99)
        until(lambda: {("resolved", "web-2"), ("firing", "web-9")} <= set(hook.told()), system.logs())
        schemas = {report.schema for report in process.reports(redis, now_ms())}
        logs = system.logs()

    assert STEPS[data] == [step["schema"] for step in json.loads(done.stdout)["steps"]]
    assert "Nothing to do: the data have schema 3." in again.stdout
    # Whatever fired when the data were recorded may be reminded of by now, and a silence has ended.
    told = hook.told()
    assert [1, 1, 1] == [told.count(w) for w in (("firing", "web-9"), ("resolved", "web-1"), ("resolved", "web-2"))]
    assert {alerts.SCHEMA} == schemas
    assert "Traceback" not in logs


@pytest.mark.slow
def test_up_migrates_the_data_of_a_release_that_was_stopped_a_moment_ago(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    load(redis)
    redis.hset(keys.processes(), "api:7@old", json.dumps({**OLD_PROCESS, "component": "api", "at_ms": now_ms()}))
    up = Up(tmp_path, REDIS_URL=server.url).start()
    try:
        up.wait_ready()
        found = schema.current(redis)
    finally:
        up.process.terminate()
        code = up.process.wait(timeout=PATIENCE_S)

    assert (alerts.SCHEMA, 0) == (found, code)
    assert f"(schema {alerts.SCHEMA})" in up.text()
    assert PLAIN not in everything(redis)
