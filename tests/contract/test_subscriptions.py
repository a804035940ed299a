"""Browsers that asked for Web Push: bounded, each its owner's, told only while the owner may read."""

import pytest
from redis import Redis

from api.auth import users
from shared.errors import Conflict, Invalid
from shared.redis import delivery_keys
from shared.store import subscriptions
from tests.support.subscriptions import a_subscription

PASSWORD = "말이 없는 밤 열두 시"
KIM, LEE = "user:kim", "user:lee"

pytestmark = pytest.mark.usefixtures("light_passwords")


def endpoints(redis: Redis) -> set[str]:
    return {one.endpoint.rpartition("/")[2] for one in subscriptions.load_all(redis)}


def test_subscription_is_kept_once_and_found_by_its_owner(store_redis: Redis) -> None:
    for n, owner in ((1, KIM), (1, KIM), (2, LEE)):
        subscriptions.save(store_redis, a_subscription(n, owner))

    assert {"1", "2"} == endpoints(store_redis)
    assert [a_subscription(1).id] == subscriptions.ids_of(store_redis, KIM)


def test_subscription_of_somebody_else_is_neither_taken_nor_removed(store_redis: Redis) -> None:
    made = subscriptions.save(store_redis, a_subscription(1, KIM))

    with pytest.raises(Conflict):
        subscriptions.save(store_redis, a_subscription(1, LEE))
    assert [False, True, False] == [subscriptions.delete(store_redis, made, owner=who) for who in (LEE, KIM, KIM)]


def test_newest_browsers_of_a_person_are_kept(store_redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "MAX_OF_ONE", 2)
    subscriptions.save(store_redis, a_subscription(9, LEE))
    for n in range(4):
        subscriptions.save(store_redis, a_subscription(n, KIM))

    assert {"2", "3", "9"} == endpoints(store_redis)


def test_more_subscriptions_than_allowed_are_refused(store_redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "MAX_SUBSCRIPTIONS", 2)
    for n in range(2):
        subscriptions.save(store_redis, a_subscription(n, f"user:{n}"))

    with pytest.raises(Invalid):
        subscriptions.save(store_redis, a_subscription(2, "user:2"))
    subscriptions.save(store_redis, a_subscription(1, "user:1"))
    assert {"0", "1"} == endpoints(store_redis)


def test_nobody_who_was_removed_or_shut_out_is_told(store_redis: Redis) -> None:
    for name, role in (("boss", "admin"), ("kim", "viewer"), ("lee", "viewer"), ("pub", "publisher")):
        users.create(store_redis, name, role, PASSWORD)
    for n, name in enumerate(("kim", "lee", "pub", "gone")):
        subscriptions.save(store_redis, a_subscription(n, f"user:{name}"))
    users.change(store_redis, "lee", enabled=False)

    assert ["0"] == [one.endpoint.rpartition("/")[2] for one in subscriptions.load_good(store_redis)]


@pytest.mark.parametrize("junk", [b"", b"\xff", b"null", b"[]", b"{}"])
def test_subscription_that_nobody_can_read_hides_no_other_and_can_be_removed(store_redis: Redis, junk: bytes) -> None:
    subscriptions.save(store_redis, a_subscription(1, KIM))
    store_redis.hset(delivery_keys.push_subscriptions(), "bad", junk)

    assert {"1"} == endpoints(store_redis)
    assert [True, False] == [subscriptions.delete(store_redis, "bad") for _ in range(2)]


def test_key_is_made_once_lies_sealed_and_outlives_sealing_again(store_redis: Redis) -> None:
    made = [subscriptions.public_key(store_redis) for _ in range(2)]
    subscriptions.seal_again(store_redis)

    assert made == [subscriptions.public_key(store_redis)] * 2
    assert b"PRIVATE KEY" not in store_redis.get(delivery_keys.push_key())
