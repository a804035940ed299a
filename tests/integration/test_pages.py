"""Lists that may grow are answered by pages: each item once, whatever comes and goes, and never more than a bound."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from api.auth import api_keys, guard, sessions, users
from api.auth.identity import Identity, User
from api.read import pages
from dispatchers import channel as channels
from shared.errors import Conflict, Invalid
from shared.model import silences
from shared.model.encoding import encode
from shared.redis import access_keys, delivery_keys, keys
from shared.store import channel_store, due_groups, rule_store, silence_store
from tests.support.api import BASE
from tests.support.factories import a_rule

COUNT = 7


def some_users(redis: Redis) -> None:
    names = [f"user-{n}" for n in range(COUNT)]
    redis.hset(
        access_keys.users(), mapping={name: encode(User(name=name, role="viewer", password="x")) for name in names}
    )


def some_keys(redis: Redis) -> None:
    for n in range(COUNT):
        api_keys.create(redis, f"key {n}", "viewer", 1)


def some_silences(redis: Redis) -> None:
    for n in range(COUNT):
        silence_store.save(redis, a_silence(f"s{n}", created_at_ms=n // 2))


def some_rules(redis: Redis) -> None:
    for n in range(COUNT):
        rule_store.save(redis, a_rule(id=f"r{n}"))


def some_given_up(redis: Redis) -> None:
    members = {f"web{due_groups.SEPARATOR}a{n}": n // 3 for n in range(COUNT)}
    redis.zadd(delivery_keys.dead_notifications(), members)


def some_letters(redis: Redis) -> None:
    for n in range(COUNT):
        redis.xadd(keys.dead_letters(n % 3), {"reason": f"r{n}"}, id=f"{n // 4 + 1}-{n % 2 + n // 2}")


def a_silence(silence_id: str, **fields: int) -> silences.Silence:
    given = {"matchers": [{"name": "plugin_id", "value": "x"}], "starts_at_ms": 1, "ends_at_ms": 2, "comment": "c"}
    return silences.parse({"id": silence_id, **given, **fields})


LISTS = {
    "users": ("/users", "users", some_users),
    "keys": ("/api-keys", "api_keys", some_keys),
    "silences": ("/silences", "silences", some_silences),
    "rules": ("/rules", "rules", some_rules),
    "notifications": ("/notifications/dead", "notifications", some_given_up),
    "letters": ("/dead-letters", "dead_letters", some_letters),
}


@pytest.mark.parametrize("limit", [1, 2, COUNT, COUNT + 1])
@pytest.mark.parametrize("name", LISTS)
def test_pages_hold_each_item_once_in_the_order_of_the_whole(
    client: FlaskClient, redis: Redis, name: str, limit: int
) -> None:
    path, field, fill = LISTS[name]
    fill(redis)
    whole = client.get(f"{BASE}{path}").json
    found, cursor, count = [], None, 0
    while cursor is not None or not count:
        page = client.get(f"{BASE}{path}", query_string={"limit": limit, "cursor": cursor}).json
        found += page[field]
        cursor, count = page["next_cursor"], count + 1
        assert COUNT == page["total"] and len(page[field]) <= limit

    assert COUNT == len(whole[field]) and whole["next_cursor"] is None
    assert whole[field] == found
    assert -(-COUNT // limit) == count


def test_sessions_come_by_pages(app: Flask, redis: Redis) -> None:
    opened = [sessions.open_session(redis, Identity("lee", "admin", kind="link"), is_user=False) for _ in range(COUNT)]
    browser = app.test_client()
    browser.set_cookie(guard.COOKIE, opened[0])
    found, cursor = [], None
    for _ in range(2):
        page = browser.get(f"{BASE}/me/sessions", query_string={"limit": 5, "cursor": cursor}).json
        found += page["sessions"]
        cursor = page["next_cursor"]

    assert (COUNT, COUNT, None) == (len({one["id"] for one in found}), page["total"], cursor)
    assert 1 == [one["current"] for one in found].count(True)


def test_channels_come_by_pages_and_a_deleted_one_moves_none_of_the_others(client: FlaskClient, redis: Redis) -> None:
    for n in range(COUNT):
        channel_store.save(redis, f"webhook-{n}", {"url": "https://example.com/x"})
    redis.hset(keys.channels(), "pigeon", "{}")
    whole = client.get(f"{BASE}/channels").json
    by_name = client.get(f"{BASE}/channels/config").json
    found, cursor = [], ""
    while cursor is not None:
        page = client.get(f"{BASE}/channels", query_string={"limit": 5, **({"cursor": cursor} if cursor else {})}).json
        found += page["channels"]
        cursor = page["next_cursor"]
        channel_store.delete(redis, found[-1]["name"])

    assert {*channels.catalogue(), *(f"webhook-{n}" for n in range(COUNT))} == by_name.keys()
    assert [{"name": name, **fields} for name, fields in sorted(by_name.items())] == whole["channels"]
    assert (whole["channels"], len(by_name), None) == (found, whole["total"], whole["next_cursor"])


@pytest.mark.parametrize("name", LISTS)
def test_item_that_goes_between_two_pages_moves_none_of_the_others(
    client: FlaskClient, redis: Redis, name: str
) -> None:
    path, field, fill = LISTS[name]
    fill(redis)
    whole = client.get(f"{BASE}{path}").json[field]
    first = client.get(f"{BASE}{path}", query_string={"limit": 3}).json
    stores = (access_keys.users(), access_keys.api_keys(), keys.silences(), keys.rules())
    gone = first[field][0]
    for key in stores:
        redis.hdel(key, str(gone.get("id", gone.get("name", ""))))
    redis.zrem(delivery_keys.dead_notifications(), f"web{due_groups.SEPARATOR}{gone.get('alert_id')}")
    rest = client.get(f"{BASE}{path}", query_string={"cursor": first["next_cursor"]}).json[field]

    assert whole[3:] == rest


@pytest.mark.parametrize(
    "cursor", ["x", "=", "W10=", "WyJ4Il0=", "WzEsInkiLDNd", "bnVsbA==", "A" * 1_000, "Wy0xLC0xLDBd"]
)
@pytest.mark.parametrize("name", LISTS)
def test_cursor_of_another_list_or_of_none_is_refused_or_names_a_place(
    client: FlaskClient, redis: Redis, name: str, cursor: str
) -> None:
    path, _, fill = LISTS[name]
    fill(redis)

    assert client.get(f"{BASE}{path}", query_string={"cursor": cursor}).status_code in (200, 422)
    assert 422 == client.get(f"{BASE}{path}", query_string={"limit": 0}).status_code
    assert 422 == client.get(f"{BASE}{path}", query_string={"limit": 100_000}).status_code


def test_stores_take_no_more_than_they_may(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "MAX_USERS", 1)
    monkeypatch.setattr(api_keys, "MAX_KEYS", 1)
    monkeypatch.setattr(silence_store, "MAX_SILENCES", 1)
    monkeypatch.setattr(channel_store, "MAX_CHANNELS", 1)
    users.create(redis, "kim", "admin", "말이 없는 밤 열두 시")
    api_keys.create(redis, "k", "viewer", 1)
    silence_store.save(redis, a_silence("one"))
    with pytest.raises(Conflict):
        users.create(redis, "lee", "viewer", "말이 없는 밤 열두 시")
    with pytest.raises(Conflict):
        api_keys.create(redis, "l", "viewer", 1)
    with pytest.raises(Conflict):
        silence_store.save(redis, a_silence("two"))
    channel_store.save(redis, "webhook-one", {"url": "https://example.com/x"})
    with pytest.raises(Conflict):
        channel_store.save(redis, "webhook-two", {"url": "https://example.com/x"})
    channel_store.save(redis, "webhook-one", {"url": "https://example.com/y"})
    users.change(redis, "kim", password="말이 없는 밤 열세 시")
    silence_store.save(redis, a_silence("one", created_at_ms=5))

    stores = (access_keys.users(), access_keys.api_keys(), keys.silences(), keys.channels())
    assert [1, 1, 1, 1] == [redis.hlen(key) for key in stores]


@given(st.sets(st.tuples(st.integers(-9, 9), st.text(max_size=3)), max_size=12), st.integers(1, 5), st.data())
def test_pages_are_the_list_whatever_goes_meanwhile(
    places: set[tuple[int, str]], limit: int, data: st.DataObject
) -> None:
    left = sorted(places)
    whole, found, cursor = list(left), [], None
    gone: set[tuple[int, str]] = set()
    while True:
        part = pages.page(left, lambda place: place, cursor, limit)
        found += part.items
        cursor = part.next_cursor
        if cursor is None:
            break
        going = data.draw(st.sampled_from(left))
        gone.add(going)
        left = [place for place in left if place != going]

    assert [p for p in whole if p not in gone] == [p for p in found if p not in gone]
    assert len(found) == len(set(found))


@given(st.text(max_size=30))
def test_cursor_is_a_place_or_refused(cursor: str) -> None:
    try:
        place = pages.decoded(cursor)
    except Invalid:
        return
    assert pages.decoded(pages.encoded(place)) == place
