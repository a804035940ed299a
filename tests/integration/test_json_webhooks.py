"""JSON webhooks at their addresses, in the API and on the command line: what is taken, and what is kept of the rest."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from redis import Redis

from api.auth import access_tokens, api_keys
from ingest.formats.webhooks import json_body
from shared.model import body_mapping
from shared.redis import keys, streams, webhook_keys
from shared.store import body_mapping_store, kept_bodies
from tests.support.api import BASE
from tests.support.api import app as app
from tests.support.api import client as client
from tests.support.cli import Run
from tests.support.cli import run as run
from tests.support.ingest_doors import Doors
from tests.support.ingest_doors import doors as doors
from tests.support.waiting import PATIENCE_S

MAPPING = {
    "alerts": "events",
    "name": {"path": "title"},
    "plugin": {"path": "host"},
    "severity": {"path": "level", "values": {"high": "critical"}},
    "state": {"path": "status", "resolved": ["ok"]},
    "identity": ["id"],
}
DOWN = {"id": 7, "title": "Disk full", "host": "web-1", "level": "high", "status": "problem"}
UP = {"id": 7, "status": "OK"}


@pytest.fixture
def mapped(redis: Redis) -> None:
    body_mapping_store.save(redis, body_mapping.parse({"webhooks": {"zabbix": MAPPING}}))


def post(doors: Doors, path: str, body: Any, key: str | None = None) -> requests.Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {doors.key}"} if key is None else {}
    address = f"{doors.url}/webhook/json{path}{f'/{key}' if key else ''}"
    return requests.post(address, data=data, headers=headers, timeout=PATIENCE_S)


def statements(redis: Redis) -> list[Any]:
    entries = [
        fields[keys.EXTERNAL_FIELD]
        for partition in range(8)
        for _, fields in redis.xrange(keys.events(partition))
        if keys.EXTERNAL_FIELD in fields
    ]
    return [seen for entry in entries for seen in streams.decode_statements(entry)]


def test_body_becomes_alerts_with_the_key_in_the_header_or_in_the_address(
    doors: Doors, redis: Redis, mapped: None
) -> None:
    limited = api_keys.create(redis, "hooks", "publisher", 1, doors=["webhook"])[1]

    assert {"taken": 1, "left_out": 0} == post(doors, "/zabbix", {"events": [DOWN]}).json()
    assert {"taken": 1, "left_out": 0} == post(doors, "/zabbix", {"events": [UP]}, limited).json()
    [begun, *ends] = sorted(statements(redis), key=lambda seen: not seen.labels)
    assert ("Disk full", "web-1", "critical", "senders") == (
        begun.name, begun.plugin_id, begun.labels["severity"], begun.sender,
    )  # fmt: skip
    # Of another key's name, so it is not the same alert's.
    assert (8, {False}) == (len(ends), {end.fingerprint == begun.fingerprint for end in ends})


def test_many_ends_of_one_body_are_one_entry_of_each_partition(doors: Doors, redis: Redis, mapped: None) -> None:
    ends = [{"id": number, "status": "ok"} for number in range(json_body.MAX_ALERTS)]

    assert {"taken": len(ends), "left_out": 0} == post(doors, "/zabbix", {"events": ends}).json()
    assert {1} == {redis.xlen(keys.events(partition)) for partition in range(8)}
    assert 8 * len(ends) == len(statements(redis))


def test_alert_that_does_not_fit_is_named_its_neighbours_are_taken_and_the_body_is_kept(
    doors: Doors, redis: Redis, mapped: None
) -> None:
    body = {"events": [{**DOWN, "title": ""}, DOWN, 5]}
    answer = post(doors, "/zabbix", body)
    [kept] = kept_bodies.read(redis, ["zabbix"])

    assert 400 == answer.status_code
    assert (
        "Not taken: alert 1: name: nothing was found at title; alert 3: alerts: must be an object, and there is: 5"
    ) == answer.json()["detail"]
    assert ["web-1"] == [seen.plugin_id for seen in statements(redis)]
    assert ("partly", "senders", body) == (kept.outcome, kept.sender, json.loads(kept.text))
    assert [(1, "name", True), (3, "alerts", True)] == [
        (one["number"], one["field"], one["is_refused"]) for one in kept.problems
    ]
    assert "ingest.body_unfit" in doors.process.log()


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{", "The body is no JSON: Input data was truncated."),
        (b"", "The body is no JSON: Input data was truncated."),
        (b"[" * 5_000, "The body is no JSON"),
        (b"{}", "alerts: at events must be an object or a list of alerts, and there is: nothing"),
        (json.dumps({"events": [{}] * 1_001}).encode(), "The body holds more than 1000 alerts."),
    ],
)
def test_body_as_a_whole_is_refused_with_its_reason_and_kept(
    doors: Doors, redis: Redis, mapped: None, body: bytes, detail: str
) -> None:
    answer = post(doors, "/zabbix", body)
    [kept] = kept_bodies.read(redis, ["zabbix"])

    assert answer.status_code in (400, 413)
    assert detail in answer.json()["detail"]
    assert ("refused", body.decode()) == (kept.outcome, kept.text)
    assert [] == statements(redis)


def test_body_to_an_address_without_a_mapping_is_kept_and_the_answer_says_what_to_do(
    doors: Doors, redis: Redis
) -> None:
    unknown, nameless = post(doors, "/zabbix", {"a": 1}), post(doors, "", {"a": 1})
    [kept] = kept_bodies.read(redis, [])

    assert [404, 404] == [unknown.status_code, nameless.status_code]
    assert "draw its mapping on the page Settings, JSON webhooks" in unknown.json()["detail"]
    assert "Send to /webhook/json/NAME" in nameless.json()["detail"]
    assert ("zabbix", {"a": 1}, "body.unknown") == (kept.name, json.loads(kept.text), kept.problems[0]["code"])


def test_stranger_leaves_nothing_behind(doors: Doors, redis: Redis, mapped: None) -> None:
    viewer = api_keys.create(redis, "viewer", "viewer", 1)[1]
    answers = [post(doors, "/zabbix", {}, ""), post(doors, "/zabbix", {}, viewer), post(doors, "/zabbix", {}, "x")]

    assert [401, 403, 401] == [answer.status_code for answer in answers]
    assert [] == kept_bodies.read(redis, ["zabbix"])
    assert viewer not in "".join(answer.text for answer in answers) + doors.process.log()


def test_long_body_is_kept_cut(doors: Doors, redis: Redis, mapped: None) -> None:
    post(doors, "/zabbix", {"events": [{**DOWN, "more": "한" * 150_000}]}).raise_for_status()
    [kept] = kept_bodies.read(redis, ["zabbix"])

    assert ("taken", True, kept_bodies.MAX_CHARS) == (kept.outcome, kept.is_cut, len(kept.text))


def test_dry_run_takes_and_keeps_nothing(doors: Doors, redis: Redis, mapped: None) -> None:
    answer = post(doors, "/zabbix?dry_run=true", {"events": [DOWN, UP | {"id": 8}, {"id": 9, "status": "x"}]}).json()

    assert (["web-1"], ["8"]) == ([one["plugin_id"] for one in answer["fires"]], answer["ends"])
    assert [("name", True), ("plugin", False)] == [(one["field"], one["is_refused"]) for one in answer["problems"]][
        ::-1
    ]
    assert ([], []) == (statements(redis), kept_bodies.read(redis, ["zabbix"]))


def test_mapping_that_nobody_can_read_is_an_answer_that_is_sent_again(doors: Doors, redis: Redis, mapped: None) -> None:
    redis.hset(webhook_keys.body_mappings(), "current", "{")
    broken = post(doors, "/zabbix", {"events": [DOWN]})
    body_mapping_store.save(redis, body_mapping.parse({"webhooks": {"zabbix": MAPPING}}))

    assert (503, True) == (broken.status_code, "Retry-After" in broken.headers)
    assert 200 == post(doors, "/zabbix", {"events": [DOWN]}).status_code


# -- API and command line -----------------------------------------------------------------------------------

ADDRESS = f"{BASE}/ingest/webhooks"


def test_mappings_are_read_tried_saved_and_restored_in_the_api(client: FlaskClient, redis: Redis) -> None:
    wanted = {"webhooks": {"zabbix": MAPPING}}
    first = client.put(ADDRESS, json=wanted, headers={"If-Match": '"0"'})
    stale = client.put(ADDRESS, json={"webhooks": {}}, headers={"If-Match": '"0"'})
    bad = client.put(ADDRESS, json={"webhooks": {"zabbix": {"name": {"path": "a..b"}}}})
    tried = client.post(f"{ADDRESS}/try", json={"mapping": MAPPING, "body": json.dumps({"events": [DOWN, {}]})})
    restored = client.post(f"{ADDRESS}/restore", json={"version": 0}, headers={"If-Match": '"1"'})

    assert (200, '"1"') == (first.status_code, first.headers["ETag"])
    assert {"high": "critical"} == first.json["mappings"]["webhooks"]["zabbix"]["severity"]["values"]
    assert (412, 422) == (stale.status_code, bad.status_code)
    assert ["webhooks.zabbix.name.path"] == [one["field"] for one in bad.json["errors"]]
    assert [("firing", "Disk full", "web-1", "critical", "7")] == [
        (one["state"], one["name"], one["plugin_id"], one["severity"], one["identity"]) for one in tried.json["alerts"]
    ]
    assert [(2, "state", "body.nothing", True)] == [
        (one["number"], one["field"], one["code"], one["is_refused"]) for one in tried.json["problems"]
    ]
    assert (2, {}) == (restored.json["version"], restored.json["mappings"]["webhooks"])
    assert [2, 1] == [one["version"] for one in client.get(f"{ADDRESS}/history").json["versions"]]
    assert restored.json == client.get(ADDRESS).json


def test_kept_bodies_are_for_admins(client: FlaskClient, redis: Redis, mapped: None) -> None:
    unknown = kept_bodies.KeptBody("other", 1, "k", "refused", [], 2, "{}")
    kept_bodies.keep(redis, kept_bodies.KeptBody("zabbix", 2, "k", "taken", [], 2, "[]"), has_mapping=True)
    kept_bodies.keep(redis, unknown, has_mapping=False)
    operator = {"Authorization": f"Bearer {access_tokens.issue(redis, 'mina', 'operator')}"}

    assert ["zabbix", "other"] == [one["name"] for one in client.get(f"{ADDRESS}/bodies").json["bodies"]]
    assert ["other"] == [one["name"] for one in client.get(f"{ADDRESS}/bodies?name=other").json["bodies"]]
    assert 403 == client.get(f"{ADDRESS}/bodies", headers=operator).status_code
    assert 403 == client.put(ADDRESS, json={"webhooks": {}}, headers=operator).status_code
    assert 422 == client.get(f"{ADDRESS}/bodies?name=A").status_code


def test_commands_show_try_set_and_undo(run: Run, redis: Redis, tmp_path: Path) -> None:
    file, sample = tmp_path / "webhooks.toml", tmp_path / "sample.json"
    file.write_text('[webhooks.shop]\nidentity = [\n    "id",\n]\n\n[webhooks.shop.name]\npath = "title"\n')
    sample.write_text(json.dumps([{"id": 1, "title": "Slow"}, {"id": 2}]))
    code, tried, _ = run("ingest", "webhooks", "try", "shop", str(sample), "--file", str(file))
    absent, _, complaint = run("ingest", "webhooks", "try", "other", str(sample), "--file", str(file))
    _, saved, _ = run("ingest", "webhooks", "set", str(file))
    _, shown, _ = run("ingest", "webhooks", "show")
    _, listed, _ = run("ingest", "webhooks", "history")

    assert (0, 1) == (code, absent)
    assert [
        "1. firing: Slow on Slow, warning",
        "! alert 2 name: nothing was found at title",
        "? expire_minutes: no field states an end: give the minutes after which an alert ends of which nothing more "
        "is heard",
        "Nothing was changed.",
    ] == tried.splitlines()
    assert "No body mapping is called other; there are: shop." in complaint
    assert "Version 1 of the body mappings is in force." in saved
    assert file.read_text() == shown
    assert "shop" in listed
    assert 0 == run("ingest", "webhooks", "undo")[0]
    assert {} == body_mapping_store.current(redis).mappings.webhooks
    assert "No body came in the last week." in run("ingest", "webhooks", "bodies")[1]
    kept_bodies.keep(redis, kept_bodies.KeptBody("shop", 1, "hooks", "refused", [], 2, "{}"), has_mapping=False)
    assert "hooks" in run("ingest", "webhooks", "bodies", "shop")[1]
