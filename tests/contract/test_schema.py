"""The shape of the data: numbered at the first start, refused when newer, migrated when no old process runs."""

import pytest
from redis import Redis

from shared.errors import ConfigurationError, Conflict
from shared.model.alerts import SCHEMA
from shared.redis import access_keys, keys
from shared.store import channel_store, schema

NOW = 1_700_000_000_000


def test_new_system_is_of_the_newest_shape(store_redis: Redis) -> None:
    schema.agree(store_redis)

    assert (SCHEMA, []) == (schema.current(store_redis), schema.pending(store_redis))


def test_system_of_the_first_release_has_steps_to_make(store_redis: Redis) -> None:
    store_redis.set(keys.partitions(), 8)
    schema.agree(store_redis)

    assert schema.FIRST == schema.current(store_redis)
    assert list(range(2, SCHEMA + 1)) == [step.to for step in schema.pending(store_redis)]


def test_data_of_a_newer_release_are_refused(store_redis: Redis) -> None:
    store_redis.set(keys.schema(), SCHEMA + 1)

    with pytest.raises(ConfigurationError, match=str(SCHEMA + 1)):
        schema.agree(store_redis)


def test_migration_seals_looks_again_and_is_made_once(store_redis: Redis) -> None:
    store_redis.set(keys.partitions(), 8)
    store_redis.hset(keys.channels(), "webhook", b'{"url":"https://example.com"}')
    store_redis.set(access_keys.first_signing_key(), "x")
    store_redis.zadd(keys.alert_history(), {"a": 1, "b": 2})
    steps = [schema.migrate(store_redis, NOW) for _ in range(2)]

    assert ([2, 3], []) == ([step.to for step in steps[0]][:2], steps[1])
    assert b"example" not in store_redis.hget(keys.channels(), "webhook")
    assert {"url": "https://example.com"} == channel_store.load(store_redis, "webhook")
    assert (0, {b"a", b"b"}) == (
        store_redis.exists(access_keys.first_signing_key()),
        store_redis.smembers(keys.unproven_alerts()),
    )


def test_migration_broken_off_goes_on_where_it_was(store_redis: Redis) -> None:
    store_redis.set(keys.partitions(), 8)

    def die(step: schema.Step) -> None:
        if step.to == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        schema.migrate(store_redis, NOW, die)
    assert 2 == schema.current(store_redis)
    assert 3 == schema.migrate(store_redis, NOW)[0].to


def test_migration_waits_for_processes_of_an_older_release(store_redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    store_redis.set(keys.partitions(), 8)
    monkeypatch.setattr(schema, "old_processes", lambda redis, to, now_ms: ["router 7@host"])

    with pytest.raises(Conflict, match="router 7@host"):
        schema.migrate(store_redis, NOW)
    assert schema.FIRST == schema.current(store_redis)
