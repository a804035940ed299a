"""Saved searches: whose they are, who sees and changes them, and what becomes of them with their owner."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from api.auth import access_tokens, api_keys, users
from archive.opening import open_archive
from shared.redis import access_keys
from shared.store import audit, saved_searches
from tests.support.api import BASE
from tests.support.cli import Run
from tests.support.identities import PASSWORD, by_bearer

SEARCHES = f"{BASE}/alerts/searches"
DISKS = {"name": "디스크", "query": {"q": "디스크", "severity": ["critical"], "min_minutes": 5}}


@pytest.fixture
def callers(app: Flask, redis: Redis) -> dict[str, FlaskClient]:
    roles = {"viewer": "viewer", "other": "viewer", "operator": "operator"}
    return {name: by_bearer(app, access_tokens.issue(redis, name, role)) for name, role in roles.items()}  # type: ignore[arg-type]


def names(client: FlaskClient) -> list[str]:
    return [one["name"] for one in client.get(SEARCHES).get_json()["searches"]]


def test_ones_own_searches_are_nobody_elses(callers: dict[str, FlaskClient]) -> None:
    made = callers["viewer"].post(SEARCHES, json=DISKS)
    again = callers["viewer"].post(SEARCHES, json=DISKS)
    place = f"{SEARCHES}/{made.get_json()['id']}"
    strangers = [
        callers[name].open(place, method=method, json=DISKS).status_code
        for name in ("other", "operator")
        for method in ("PUT", "DELETE")
    ]

    assert (201, 201) == (made.status_code, again.status_code)
    assert made.get_json()["id"] != again.get_json()["id"], "the name is the same, the search is not"
    assert DISKS["query"] == made.get_json()["query"]
    assert made.headers["Location"].endswith(place)
    assert ([404] * 4, [], []) == (strangers, names(callers["other"]), names(callers["operator"]))
    assert 204 == callers["viewer"].delete(place).status_code
    assert ["디스크"] == names(callers["viewer"])


def test_shared_searches_are_read_by_all_and_changed_by_operators(
    callers: dict[str, FlaskClient], redis: Redis
) -> None:
    shared = {**DISKS, "is_shared": True}
    refused = callers["viewer"].post(SEARCHES, json=shared)
    made = callers["operator"].post(SEARCHES, json=shared).get_json()
    place = f"{SEARCHES}/{made['id']}"
    seen = callers["viewer"].get(SEARCHES).get_json()["searches"][0]
    kept = [callers["viewer"].put(place, json=DISKS).status_code, callers["viewer"].delete(place).status_code]
    changed = callers["operator"].put(place, json={**shared, "name": "disks"}).get_json()
    entries = [(entry.action, entry.target) for entry in audit.search(redis, limit=10)]

    assert (403, "forbidden.share_search") == (refused.status_code, refused.get_json()["code"])
    assert (False, False, "operator") == (seen["is_mine"], seen["may_change"], seen["by"])
    assert [403, 403] == kept
    assert ("disks", "operator") == (changed["name"], changed["by"])
    assert [("search.save", made["id"])] * 2 == entries[:2]
    assert 204 == callers["operator"].delete(place).status_code


def test_only_its_owner_stops_sharing_a_search(app: Flask, callers: dict[str, FlaskClient], redis: Redis) -> None:
    made = callers["operator"].post(SEARCHES, json={**DISKS, "is_shared": True}).get_json()
    another = by_bearer(app, access_tokens.issue(redis, "another", "operator"))
    refused = another.put(f"{SEARCHES}/{made['id']}", json=DISKS)

    assert (403, "forbidden.unshare_search") == (refused.status_code, refused.get_json()["code"])
    assert 200 == callers["operator"].put(f"{SEARCHES}/{made['id']}", json=DISKS).status_code
    assert [] == names(another)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**DISKS, "name": "a\u200bb"}, "name"),
        ({**DISKS, "name": ""}, "name"),
        ({**DISKS, "query": {"q": "x"}}, "q"),
        ({**DISKS, "query": {"limit": 7}}, "query.limit"),
        ({**DISKS, "query": {"rule_id": ["x"] * 21}}, "query.rule_id"),
        ({**DISKS, "query": {"label": [f"{n}={'x' * 390}" for n in range(20)]}}, "query"),
        ({"name": "x"}, "query"),
    ],
)
def test_what_cannot_be_saved_is_named(client: FlaskClient, redis: Redis, body: Any, field: str) -> None:
    answer = client.post(SEARCHES, json=body)

    assert 422 == answer.status_code, answer.text
    assert [field] == [one["field"] for one in answer.get_json()["errors"]]
    assert 0 == redis.hlen(access_keys.saved_searches())


def test_there_are_bounds_for_one_and_for_all(callers: dict[str, FlaskClient], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_searches, "MAX_OF_ONE", 2)
    monkeypatch.setattr(saved_searches, "MAX_SEARCHES", 3)
    mine = [callers["viewer"].post(SEARCHES, json=DISKS) for _ in range(3)]
    others = [callers["other"].post(SEARCHES, json=DISKS) for _ in range(2)]

    assert ([201, 201, 409], [201, 409]) == ([one.status_code for one in mine], [one.status_code for one in others])
    assert "conflict.own_searches_full" == mine[2].get_json()["code"]
    assert "conflict.searches_full" == others[1].get_json()["code"]


def test_what_is_not_shared_goes_with_its_owner(app: Flask, redis: Redis, light_passwords: None) -> None:
    users.create(redis, "kim", "operator", PASSWORD)
    users.create(redis, "lee", "admin", PASSWORD)
    key, _ = api_keys.create(redis, "ci", "operator", 1)
    for owner in ("user:kim", f"key:{key.id}", "user:lee"):
        reader = saved_searches.Reader(audit.Author("x", principal=owner), may_share=True)
        for is_shared in (False, True):
            asked = saved_searches.SavedSearch(name=owner.replace(":", " "), query={}, is_shared=is_shared)
            saved_searches.create(redis, asked, reader, 1)
    users.delete(redis, "kim")
    api_keys.revoke(redis, key.id)

    left = {(one.by_principal, one.is_shared) for one in saved_searches.load_all(redis)}
    assert {("user:kim", True), (f"key:{key.id}", True), ("user:lee", True), ("user:lee", False)} == left


def test_one_that_nobody_can_read_hides_no_other(client: FlaskClient, redis: Redis) -> None:
    client.post(SEARCHES, json=DISKS)
    redis.hset(access_keys.saved_searches(), "search-x", b"{")

    assert ["디스크"] == names(client)
    assert 404 == client.delete(f"{SEARCHES}/search-x").status_code


def test_the_command_searches_by_what_is_saved(run: Run, redis: Redis, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    open_archive(tmp_path / "archive.db").close()
    reader = saved_searches.Reader(audit.Author("kim", principal="user:kim"), may_share=True)

    def save(name: str, *, is_shared: bool = True, **query: Any) -> str:
        asked = saved_searches.SavedSearch(name=name, query=query, is_shared=is_shared)
        return saved_searches.create(redis, asked, reader, 1).id

    broken, mine = save("broken", q="x"), save("mine", is_shared=False, severity=["critical"])
    twins = sorted([save("twin"), save("twin")])
    listed = {one["id"] for one in json.loads(run("alerts", "searches", "--json")[1])}

    assert {broken, mine, *twins} == listed
    assert [1, 0, 0, 0] == [
        run("alerts", "search", *words)[0]
        for words in (["--saved", "broken"], ["--saved", "broken", "디스크"], ["--saved", mine], ["--saved", twins[0]])
    ]
    assert all(one in run("alerts", "search", "--saved", "twin")[2] for one in twins)
    assert "There is no saved search none" in run("alerts", "search", "--saved", "none")[2]
