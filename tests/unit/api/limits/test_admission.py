"""Whoever was let in before is let in again in one round trip, and by that never a request longer than before."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from redis import Redis

from api.auth import api_keys, users
from api.auth.identity import Identity, Proof
from api.limits.proof_cache import Credential, Proofs
from api.read import queries
from shared.model.alert_filter import Wanted
from shared.redis import access_keys, keys
from tests.support.api import BASE, stored
from tests.support.visitors import NAME, PASSWORD, Visitor, by_cookie, by_key, by_sign_in, by_token

WAYS: list[tuple[Callable[[Redis], Credential], str, Callable[[Redis], object]]] = [
    (by_token, "signing key taken away", lambda redis: redis.hdel(access_keys.signing_keys(), "first")),
    (by_token, "all signing keys gone", lambda redis: redis.delete(access_keys.signing_keys())),
    (by_sign_in, "signing key taken away", lambda redis: redis.hdel(access_keys.signing_keys(), "first")),
    (by_sign_in, "sign-in ended", lambda redis: redis.delete(*redis.keys(access_keys.refresh_family("*")))),
    (by_sign_in, "user disabled", lambda redis: users.change(redis, NAME, enabled=False)),
    (by_sign_in, "role changed", lambda redis: users.change(redis, NAME, role="viewer")),
    (by_sign_in, "password changed", lambda redis: users.change(redis, NAME, password=PASSWORD + "!")),
    (by_sign_in, "user deleted", lambda redis: users.delete(redis, NAME)),
    (by_cookie, "signed out", lambda redis: redis.delete(*redis.keys(access_keys.session("*")))),
    (by_cookie, "user disabled", lambda redis: users.change(redis, NAME, enabled=False)),
    (by_cookie, "user deleted", lambda redis: users.delete(redis, NAME)),
    (by_key, "key revoked", lambda redis: api_keys.revoke(redis, api_keys.load_all(redis)[0]["id"])),
]


@pytest.fixture
def visitor(app: Flask, redis: Redis, request: pytest.FixtureRequest) -> Visitor:
    users.create(redis, NAME, "operator", PASSWORD)
    return Visitor(app, redis, request.param(redis))


@pytest.mark.parametrize(("visitor", "change"), [(way, change) for way, _, change in WAYS], indirect=["visitor"],
                         ids=[f"{way.__name__}, {said}" for way, said, _ in WAYS])  # fmt: skip
def test_what_is_taken_away_is_good_for_nothing_from_the_next_request_on(
    visitor: Visitor, redis: Redis, change: Callable[[Redis], object]
) -> None:
    before = [visitor.get(), visitor.get()]
    known = visitor.is_known
    change(redis)

    assert ([200, 200], True) == (before, known)
    assert [401, 401] == [visitor.get(), visitor.get()]
    assert not visitor.is_known


@pytest.mark.parametrize("visitor", [by_sign_in, by_cookie, by_key], indirect=True)
def test_role_that_was_lowered_is_lowered_from_the_next_request_on(visitor: Visitor, redis: Redis) -> None:
    before = [visitor.post(), visitor.post()]
    # Written over where it stands, so that nothing else ends with it.
    for place in (access_keys.users(), access_keys.api_keys()):
        for field, body in redis.hgetall(place).items():
            redis.hset(place, field, body.replace(b'"operator"', b'"viewer"'))

    assert [404, 404] == before
    assert [403, 403] == [visitor.post(), visitor.post()]
    assert 200 == visitor.get()


@pytest.mark.parametrize("visitor", [by_cookie], indirect=True)
def test_secret_of_a_session_is_no_token_though_it_is_known(visitor: Visitor) -> None:
    assert [200, 200, 401] == [visitor.get(), visitor.get(), visitor.get(as_bearer=True)]


def test_server_that_forgot_its_scripts_is_given_them_again(app: Flask, redis: Redis) -> None:
    visitor = Visitor(app, redis, by_token(redis))
    visitor.get()
    redis.script_flush()

    assert [200, 200] == [visitor.get(), visitor.get()]


@pytest.mark.parametrize("visitor", [by_token, by_key], indirect=True)
def test_whoever_is_not_let_in_any_more_takes_nothing_from_the_pace_of_the_name(visitor: Visitor, redis: Redis) -> None:
    visitor.get()
    visitor.get()
    redis.delete(access_keys.signing_keys(), access_keys.api_keys(), *redis.keys(access_keys.rate("api:*")))

    assert [401] * 5 == [visitor.get() for _ in range(5)]
    assert [] == redis.keys(access_keys.rate("api:*"))


def test_board_is_read_though_nothing_can_be_written(app: Flask, redis: Redis) -> None:
    visitor = Visitor(app, redis, by_token(redis))
    stored(redis)
    before = [visitor.get(), visitor.get()]
    redis.config_set("maxmemory", 1)
    try:
        full = [visitor.get(), visitor.get()]
    finally:
        redis.config_set("maxmemory", 0)

    assert ([200, 200], [200, 200]) == (before, full)


@pytest.mark.parametrize("query", ["", "limit=1", "limit=4", "limit=5", "limit=6", "told=true", "limit=2&told=true"])
@pytest.mark.parametrize("gone", [None, "a0", "a3", "a4"])
def test_page_read_ahead_is_the_page(app: Flask, redis: Redis, query: str, gone: str | None) -> None:
    for n in range(5):
        stored(redis, n)
    if gone:
        redis.delete(keys.alert(gone))
    token = by_token(redis).text
    limit = next((int(part[6:]) for part in query.split("&") if part.startswith("limit=")), 50)
    with app.test_client() as client:
        first, again = (
            client.get(f"{BASE}/alerts/active?{query}", headers={"Authorization": f"Bearer {token}"}) for _ in range(2)
        )
        seen = [alert["id"] for alert in again.json["alerts"]]
        while cursor := again.json["next_cursor"]:
            address = f"{BASE}/alerts/active?limit=2&cursor={cursor}"
            again = client.get(address, headers={"Authorization": f"Bearer {token}"})
            seen += [alert["id"] for alert in again.json["alerts"]]

    there = [f"a{n}" for n in range(5) if f"a{n}" != gone]
    assert there[:limit] == [alert["id"] for alert in first.json["alerts"]]
    assert (there, 5) == (seen, first.json["total"])
    assert queries.active_page(redis, Wanted(), None, limit).startswith(first.data[:20])


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=" + "9" * 5000, "limit=x", "limit=%ff", "what=1"])
def test_bad_query_of_a_known_caller_is_refused_each_time(app: Flask, redis: Redis, query: str) -> None:
    visitor = Visitor(app, redis, by_token(redis))
    visitor.get()

    assert [422, 422] == [visitor.get(f"/alerts/active?{query}") for _ in range(2)]


def test_as_many_proofs_are_kept_as_may_be_and_the_least_used_goes() -> None:
    proofs = Proofs(most=2)
    one, two, three, old = (Credential(text, by_cookie=False) for text in ("one", "two", "three", "old"))
    late = time.time_ns() // 1_000_000 + 60_000
    for credential in (one, two):
        proofs.keep(credential, Proof(Identity(credential.text, "viewer"), (), late))
    proofs.recall(one)
    proofs.keep(three, Proof(Identity("three", "viewer"), (), late))
    kept = [proofs.recall(credential) is not None for credential in (one, two, three)]
    proofs.keep(old, Proof(Identity("old", "viewer"), (), late - 60_000))

    assert [True, False, True] == kept
    assert None is proofs.recall(old)
    assert len(proofs) <= 2
    assert None is proofs.recall(replace(three, by_cookie=True))


def test_proofs_are_found_by_no_text_that_lets_in(app: Flask, redis: Redis) -> None:
    visitor = Visitor(app, redis, by_key(redis))
    visitor.get()

    assert visitor.is_known
    assert visitor.credential.text.split("_", 2)[2] not in str(vars(visitor.proofs))
