"""Somebody has the name of somebody else: in every store, they are two."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from api.auth import access_tokens, api_keys, identity, one_time, refresh_tokens, sessions, users
from api.auth.identity import Identity
from shared.model import names, principals
from shared.model.principals import Kind
from shared.redis import access_keys
from shared.store import alert_store, audit, silence_store, subscriptions
from tests.support.api import BASE, stored
from tests.support.identities import by_bearer, by_cookie
from tests.support.subscriptions import body_of

NAME = "admin"
PASSWORD = "말이 없는 밤 열두 시"


def as_user(app: Flask, redis: Redis) -> FlaskClient:
    return by_cookie(app, sessions.open_session(redis, Identity(NAME, "admin"), is_user=True))


def as_users_program(app: Flask, redis: Redis) -> FlaskClient:
    return by_bearer(app, refresh_tokens.issue(redis, NAME, "admin").access_token)


def as_key(app: Flask, redis: Redis) -> FlaskClient:
    return by_bearer(app, api_keys.create(redis, NAME, "admin", 1)[1])


def as_link(app: Flask, redis: Redis) -> FlaskClient:
    found = one_time.redeem_sign_in_code(redis, one_time.create_sign_in_code(redis, NAME))
    return by_cookie(app, sessions.open_session(redis, found, is_user=False))


def as_token(app: Flask, redis: Redis) -> FlaskClient:
    return by_bearer(app, access_tokens.issue(redis, NAME, "admin"))


WAYS: list[Callable[[Flask, Redis], FlaskClient]] = [as_user, as_key, as_key, as_link, as_token]
"""Two keys of one name are two as well."""


@pytest.fixture
def namesakes(app: Flask, redis: Redis) -> list[FlaskClient]:
    users.create(redis, NAME, "admin", PASSWORD)
    users.create(redis, "lee", "admin", PASSWORD)
    return [way(app, redis) for way in WAYS]


def test_each_has_a_rate_limit_of_its_own(namesakes: list[FlaskClient], redis: Redis) -> None:
    buckets: set[str] = set()
    for one in namesakes * 2:
        assert 200 == one.get(f"{BASE}/me").status_code
        buckets |= {key.decode() for key in redis.keys(access_keys.rate("api:*"))}

    assert len(WAYS) == len(buckets)
    assert {access_keys.rate(f"api:{kind}:{NAME}") for kind in ("user", "link", "token")} < buckets


def test_user_and_their_program_are_one(app: Flask, redis: Redis, namesakes: list[FlaskClient]) -> None:
    as_users_program(app, redis).get(f"{BASE}/me")
    namesakes[0].get(f"{BASE}/me")

    assert [access_keys.rate(f"api:user:{NAME}").encode()] == redis.keys(access_keys.rate("api:*"))


def test_name_with_a_colon_reaches_into_no_other_bucket(app: Flask, redis: Redis) -> None:
    seen: set[bytes] = set()
    for name in ("kim", "kim:pause"):
        users.create(redis, name, "viewer", PASSWORD)
        client = by_cookie(app, sessions.open_session(redis, Identity(name, "viewer"), is_user=True))
        for _ in range(3):
            assert 200 == client.get(f"{BASE}/me").status_code
            # A bucket that is full again is forgotten, which a slow machine lets happen soon.
            seen.update(redis.keys(access_keys.rate("api:*")))

    assert {access_keys.rate("api:user:kim").encode(), access_keys.rate("api:user:kim%3Apause").encode()} == seen


def test_each_sees_and_ends_sessions_of_its_own_alone(app: Flask, redis: Redis, namesakes: list[FlaskClient]) -> None:
    program = as_users_program(app, redis)
    listed = [one.get(f"{BASE}/me/sessions").json["sessions"] for one in namesakes]
    theirs = {one["id"] for one in listed[0]}
    tried = [one.delete(f"{BASE}/me/sessions/{i}").status_code for one in namesakes[1:] for i in sorted(theirs)]

    assert [2, 0, 0, 1, 0] == [len(one) for one in listed]
    assert {404} == set(tried)
    assert [200, 200] == [one.get(f"{BASE}/me").status_code for one in (namesakes[0], program)]
    for i in sorted(theirs - {one["id"] for one in listed[0] if one["current"]}):
        assert 204 == namesakes[0].delete(f"{BASE}/me/sessions/{i}").status_code
    assert 401 == program.get(f"{BASE}/me").status_code


def test_sessions_of_an_older_release_are_listed_and_ended_with_their_user(redis: Redis, app: Flask) -> None:
    users.create(redis, NAME, "admin", PASSWORD)
    users.create(redis, "lee", "admin", PASSWORD)
    for secret, is_user in (("a" * 43, True), ("b" * 43, False)):
        place = access_keys.session(identity.digest(secret))
        redis.set(place, f'{{"name":"{NAME}","role":"admin","is_user":{str(is_user).lower()}}}', px=60_000)
        redis.sadd(access_keys.of_user(NAME), place)
    theirs = by_cookie(app, "a" * 43)
    before = [theirs.get(f"{BASE}/me").status_code, len(theirs.get(f"{BASE}/me/sessions").json["sessions"])]
    users.change(redis, NAME, role="viewer")

    assert [200, 1] == before
    assert 401 == theirs.get(f"{BASE}/me").status_code


def test_each_has_replays_of_its_own(namesakes: list[FlaskClient]) -> None:
    rule = {"name": "r", "metric": "m", "operator": ">", "threshold": 1}
    made = [one.post(f"{BASE}/rules", json=rule, headers={"Idempotency-Key": "k"}) for one in namesakes]
    again = [one.post(f"{BASE}/rules", json=rule, headers={"Idempotency-Key": "k"}) for one in namesakes]

    assert len(WAYS) == len({one.json["id"] for one in made})
    assert [one.json["id"] for one in made] == [one.json["id"] for one in again]


def test_each_acts_under_its_own_principal(namesakes: list[FlaskClient], redis: Redis) -> None:
    for n, one in enumerate(namesakes):
        stored(redis, n)
        one.post(f"{BASE}/alerts/a{n}/acknowledge", json={"comment": "x"})
    said = audit.search(redis, action="alert.acknowledge", by=NAME)
    lines = [alert_store.timeline(redis, f"a{n}")[-1] for n in range(len(WAYS))]
    actors = {one.principal for one in said}
    found = namesakes[0].get(f"{BASE}/audit", query_string={"principal": f"user:{NAME}", "action": "alert"}).json

    assert len(WAYS) == len(actors) and "user:admin" in actors
    assert actors == {line.principal for line in lines}
    assert [("a0", f"user:{NAME}")] == [(one["target"], one["principal"]) for one in found["entries"]]


def test_each_owns_its_subscriptions_and_none_is_replaced(namesakes: list[FlaskClient], redis: Redis) -> None:
    for n, one in enumerate(namesakes):
        assert 201 == one.post(f"{BASE}/push/subscriptions", json=body_of(n)).status_code
    taken = [one.post(f"{BASE}/push/subscriptions", json=body_of(0)).status_code for one in namesakes]

    assert [201, *[409] * (len(WAYS) - 1)] == taken
    assert len(WAYS) == len({one.owner for one in subscriptions.load_all(redis)})


def test_password_of_a_user_is_not_changed_by_a_namesake(namesakes: list[FlaskClient]) -> None:
    body = {"old": PASSWORD, "new": "correct horse battery"}
    statuses = [one.put(f"{BASE}/me/password", json=body).status_code for one in reversed(namesakes)]

    assert [409] * (len(WAYS) - 1) + [204] == statuses


def test_nobody_removes_themselves_and_a_namesake_is_somebody_else(namesakes: list[FlaskClient]) -> None:
    user, key = namesakes[:2]

    assert 409 == user.patch(f"{BASE}/users/{NAME}", json={"role": "viewer"}).status_code
    assert 200 == key.patch(f"{BASE}/users/{NAME}", json={"role": "viewer"}).status_code


@pytest.mark.parametrize("mark", ["\u202e", "\u200b", "\u2028", "\r", "\x07", "\u3164"])
def test_whom_and_what_a_person_names_can_be_seen(app: Flask, redis: Redis, mark: str) -> None:
    stored(redis, 0)
    admin = as_token(app, redis)
    body = {"matchers": [{"name": "plugin_id", "value": "web"}], "comment": "x", "length_ms": 60_000}
    label = {"name": f"label:team{mark}", "value": "a"}
    rule = {"name": "r", "metric": "m", "operator": ">", "threshold": 1}
    key = {"name": "k", "role": "publisher", "days": 1}
    tried = {
        "assignee": admin.put(f"{BASE}/alerts/a0/assignee", json={"assignee": f"kim{mark}"}),
        "matchers.0.value": admin.post(
            f"{BASE}/silences", json={**body, "matchers": [{"name": "plugin_id", "value": f"w{mark}eb"}]}
        ),
        "matchers.0.name": admin.post(f"{BASE}/silences", json={**body, "matchers": [label]}),
        "plugin_id": admin.post(f"{BASE}/rules", json={**rule, "plugin_id": f"web{mark}"}),
        "plugins": admin.post(f"{BASE}/rules", json={**rule, "plugins": f"web{mark}*"}),
        "group_by": admin.post(f"{BASE}/rules", json={**rule, "group_by": f"label:team{mark}"}),
        "plugins.0": admin.post(f"{BASE}/api-keys", json={**key, "plugins": [f"web{mark}*"]}),
    }

    assert dict.fromkeys(tried, 422) == {field: answer.status_code for field, answer in tried.items()}
    assert all(field in answer.text for field, answer in tried.items())


def test_alert_says_which_of_the_namesakes_acted(namesakes: list[FlaskClient], redis: Redis) -> None:
    acknowledged, resolved, timelines = [], [], []
    for n, one in enumerate(namesakes):
        stored(redis, n)
        acknowledged.append(one.post(f"{BASE}/alerts/a{n}/acknowledge").json)
        resolved.append(one.post(f"{BASE}/alerts/a{n}/resolve").json)
        timelines.append(one.get(f"{BASE}/alerts/a{n}").json["timeline"])

    assert {NAME} == {alert["acknowledged_by"] for alert in acknowledged} | {a["resolved_by"] for a in resolved}
    actors = [alert["acknowledged_by_principal"] for alert in acknowledged]
    assert len(WAYS) == len(set(actors)) and f"user:{NAME}" in actors
    assert actors == [alert["resolved_by_principal"] for alert in resolved]
    assert actors == [lines[-1]["principal"] for lines in timelines]


def test_silence_says_which_of_the_namesakes_made_it(namesakes: list[FlaskClient], redis: Redis) -> None:
    body = {"matchers": [{"name": "plugin_id", "value": "web"}], "comment": "x", "length_ms": 60_000}
    made = [one.post(f"{BASE}/silences", json=body).json for one in namesakes]
    listed = namesakes[0].get(f"{BASE}/silences").json["silences"]
    again = namesakes[1].put(f"{BASE}/silences/{made[0]['id']}", json=body).json

    assert {NAME} == {one["author"] for one in made}
    assert len(WAYS) == len({one["author_principal"] for one in made})
    assert {one["author_principal"] for one in made} == {one["author_principal"] for one in listed}
    assert (made[0]["author_principal"], made[1]["author_principal"]) == (f"user:{NAME}", again["author_principal"])
    # The first release reads the name alone, of 128 characters at most, and shows it as it is.
    assert all(s.author.startswith(NAME) and len(s.author) <= 128 for s in silence_store.load_all(redis)[1])


@given(st.text(max_size=64), st.sampled_from(principals.KINDS), st.text(max_size=20))
def test_name_is_read_back_with_its_principal_and_no_name_imitates_one(name: str, kind: Kind, identifier: str) -> None:
    plain = " ".join(name.split())
    for whose in (identifier, plain):
        text = principals.principal(kind, whose)

        assert (plain, text) == principals.read_signed(principals.signed(plain, text))
    if not names.why_not(name):
        assert (name, "") == principals.read_signed(name)
