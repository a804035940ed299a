"""The channel store: fields lie sealed, somebody else's edit is noticed, and what nobody can read can be replaced."""

import pytest
from redis import Redis

from shared import vault
from shared.errors import Stale
from shared.redis import keys
from shared.store import audit, channel_store

FIELDS = {"url": "https://example.com/훅", "secret": "top-secret", "enabled": True}


def test_fields_are_read_back_and_lie_sealed(store_redis: Redis) -> None:
    channel_store.save(store_redis, "webhook", FIELDS)
    stored = store_redis.hget(keys.channels(), "webhook")

    assert FIELDS == channel_store.load(store_redis, "webhook")
    assert {"webhook": FIELDS} == channel_store.load_stored(store_redis)
    assert (["webhook"], False) == (channel_store.names(store_redis), b"top-secret" in stored)


def test_channel_that_nobody_stored_is_taken_from_the_environment(
    store_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_URL", "https://example.com")

    assert {"url": "https://example.com", "enabled": True} == channel_store.load(store_redis, "webhook")
    assert {} == channel_store.load(store_redis, "slack")


def test_change_and_removal_of_fields_that_somebody_else_changed_are_refused(store_redis: Redis) -> None:
    channel_store.save(store_redis, "webhook", FIELDS)
    seen = channel_store.version_of(FIELDS)
    channel_store.save(store_redis, "webhook", {**FIELDS, "url": "https://other"}, expected=seen)

    with pytest.raises(Stale):
        channel_store.save(store_redis, "webhook", FIELDS, expected=seen)
    with pytest.raises(Stale):
        channel_store.delete(store_redis, "webhook", expected=seen)
    assert "https://other" == channel_store.load(store_redis, "webhook")["url"]


def test_audit_holds_names_of_fields_and_never_their_values(store_redis: Redis) -> None:
    channel_store.save(store_redis, "webhook", FIELDS)
    channel_store.delete(store_redis, "webhook")
    channel_store.delete(store_redis, "webhook")
    entries = audit.search(store_redis, action="channel")

    assert ["channel.delete", "channel.save"] == [entry.action for entry in entries]
    assert list(FIELDS) == entries[1].after
    assert {} == channel_store.load(store_redis, "webhook")


@pytest.mark.parametrize("junk", [b"", b"\xff", b"null", b"[]", b"7"])
def test_fields_that_nobody_can_read_are_empty_and_can_be_replaced(store_redis: Redis, junk: bytes) -> None:
    store_redis.hset(keys.channels(), "webhook", vault.current().seal(junk))
    unreadable = channel_store.load_stored(store_redis)
    channel_store.save(store_redis, "webhook", FIELDS)

    assert ({"webhook": {}}, FIELDS) == (unreadable, channel_store.load(store_redis, "webhook"))


def test_fields_in_plain_of_an_older_release_are_sealed_on_demand(store_redis: Redis) -> None:
    store_redis.hset(keys.channels(), "webhook", b'{"url":"https://example.com"}')

    assert 1 == channel_store.seal_again(store_redis)
    assert b"example" not in store_redis.hget(keys.channels(), "webhook")
    assert {"url": "https://example.com"} == channel_store.load(store_redis, "webhook")
