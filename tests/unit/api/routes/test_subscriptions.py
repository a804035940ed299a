"""Whose browsers are told by Web Push: theirs who subscribed them, for as long as they may read here."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from api.auth import api_keys, refresh_tokens, users
from shared.errors import Invalid
from shared.model import principals
from shared.redis import delivery_keys
from shared.store import subscriptions
from shared.store.subscriptions import MAX_OF_ONE, MAX_SUBSCRIPTIONS
from tests.support.api import BASE
from tests.support.subscriptions import a_subscription, body_of

PASSWORD = "말이 없는 밤 열두 시"


def as_bearer(app: Flask, token: str) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


@pytest.fixture
def kim(app: Flask, redis: Redis) -> Iterator[FlaskClient]:
    users.create(redis, "kim", "viewer", PASSWORD)
    yield as_bearer(app, refresh_tokens.issue(redis, "kim", "viewer").access_token)


@pytest.fixture
def namesake(app: Flask, redis: Redis) -> Iterator[FlaskClient]:
    """A key that has kim's name, and no more."""
    yield as_bearer(app, api_keys.create(redis, "kim", "viewer", 1)[1])


def test_subscription_of_somebody_else_is_neither_taken_nor_removed(
    kim: FlaskClient, namesake: FlaskClient, redis: Redis
) -> None:
    made = kim.post(f"{BASE}/push/subscriptions", json=body_of(1))
    taken = namesake.post(f"{BASE}/push/subscriptions", json=body_of(1))
    namesake.delete(f"{BASE}/push/subscriptions/{made.json['id']}")
    (left,) = subscriptions.load_good(redis)

    assert (201, 409) == (made.status_code, taken.status_code)
    assert ("kim", "user:kim") == (left.user, left.owner)
    assert 204 == kim.delete(f"{BASE}/push/subscriptions/{made.json['id']}").status_code
    assert [] == subscriptions.load_all(redis)


def test_one_person_takes_few_places_and_their_newest_browsers_stay(kim: FlaskClient, redis: Redis) -> None:
    subscriptions.save(redis, a_subscription(999, "user:lee"))
    for n in range(MAX_OF_ONE + 5):
        subscriptions.save(redis, a_subscription(n, "user:kim"))
    newest = kim.post(f"{BASE}/push/subscriptions", json=body_of(500))
    mine = [one for one in subscriptions.load_all(redis) if one.owner == "user:kim"]

    assert 201 == newest.status_code
    assert MAX_OF_ONE == len(mine)
    assert {f"https://push.example.com/{n}" for n in (500, *range(6, MAX_OF_ONE + 5))} == {one.endpoint for one in mine}
    assert 1 == sum(one.owner == "user:lee" for one in subscriptions.load_all(redis))


def test_all_places_taken_by_many_leave_none(redis: Redis) -> None:
    with redis.pipeline() as pipe:
        for n in range(MAX_SUBSCRIPTIONS):
            one = a_subscription(n, f"user:{n % 100}")
            pipe.hset(delivery_keys.push_subscriptions(), one.id, one.model_dump_json())
        pipe.execute()

    with pytest.raises(Invalid):
        subscriptions.save(redis, a_subscription(5_000, "user:new"))


def test_browser_of_who_was_removed_or_shut_out_is_told_no_more(
    kim: FlaskClient, namesake: FlaskClient, redis: Redis
) -> None:
    for n, client in enumerate((kim, namesake)):
        assert 201 == client.post(f"{BASE}/push/subscriptions", json=body_of(n)).status_code
    older = a_subscription(3, user="kim")
    link = a_subscription(4, "link:admin", user="admin")
    for one in (older, link, a_subscription(5, "user:nobody", user="nobody")):
        subscriptions.save(redis, one)
    good = lambda: {one.endpoint.rpartition("/")[2] for one in subscriptions.load_good(redis)}  # noqa: E731
    before = good()
    users.change(redis, "kim", enabled=False)
    disabled = good()
    users.change(redis, "kim", enabled=True)
    users.delete(redis, "kim")
    users.create(redis, "kim", "viewer", PASSWORD)
    again = good()
    api_keys.revoke(redis, api_keys.load_all(redis)[0]["id"])

    assert ({"0", "1", "3", "4"}, {"1", "4"}, {"1", "4"}, {"4"}) == (before, disabled, again, good())


@pytest.mark.parametrize(
    "endpoint",
    [
        *("https://127.0.0.1/x", "https://[::1]/x", "https://10.1.2.3/x", "https://192.168.0.1:8443/x"),
        *("https://169.254.169.254/latest", "https://localhost/x", "https://redis/x", "https://a.localhost./x"),
        *("https://db.internal/x", "https://printer.local/x", "http://push.example.com/x", "https://0.0.0.0/x"),
        *("https://[::ffff:10.0.0.1]/x", "https://[fd00::1]/x", "https://100.64.0.1/x"),
    ],
)
def test_address_inside_is_refused(kim: FlaskClient, redis: Redis, endpoint: str) -> None:
    answer = kim.post(f"{BASE}/push/subscriptions", json={**body_of(1), "endpoint": endpoint})

    assert (422, "endpoint") == (answer.status_code, answer.json["errors"][0]["field"])
    assert [] == subscriptions.load_all(redis)


@given(st.ip_addresses().filter(lambda ip: not ip.is_global))
def test_no_address_that_is_not_of_the_internet_is_taken(ip: object) -> None:
    host = f"[{ip}]" if ":" in str(ip) else str(ip)

    assert subscriptions.why_not_outside(f"https://{host}/x")


@given(st.sampled_from(principals.KINDS), st.text())
def test_principal_is_one_of_a_kind_and_read_back(kind: principals.Kind, name: str) -> None:
    text = principals.principal(kind, name)

    assert (kind, name) == principals.parts(text)
    assert 1 == text.count(":")


@given(st.lists(st.tuples(st.sampled_from(principals.KINDS), st.text()), unique=True))
def test_no_two_share_a_principal(known: list) -> None:
    assert len(known) == len({principals.principal(*one) for one in known})
