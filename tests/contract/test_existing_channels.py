"""The channels of an installation that was there before its archive are recorded when the recorder asks."""

import pytest
from redis import Redis

from dispatchers import existing_channels
from shared.model import records
from shared.redis import keys
from shared.store import channel_store


def recorded(redis: Redis) -> list[records.Found]:
    return [found for _, fields in redis.xrange(keys.records()) for found in records.read(fields)]


def test_channels_are_recorded_once_without_secrets_when_asked_for(
    store_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAMS_WEBHOOK_URL", "https://teams.example.com/top-secret")
    channel_store.save(store_redis, "slack", {"webhook_url": "https://hooks.slack.com/top-secret", "enabled": True})
    store_redis.hset(keys.channels(), "webhook", b"nobody can read this")
    store_redis.hset(keys.channels(), "of-another-release", store_redis.hget(keys.channels(), "slack") or b"")
    store_redis.delete(keys.records())
    unasked = existing_channels.record(store_redis)
    store_redis.set(keys.channels_wanted(), 1)
    counts = [existing_channels.record(store_redis) for _ in range(2)]
    found = [one for one in recorded(store_redis) if isinstance(one, records.ChannelFound)]

    assert (0, [2, 0]) == (unasked, counts)
    assert ["slack", "teams"] == [one.channel for one in found]
    assert b'"enabled":true' in bytes(found[0].document)
    assert not any(b"top-secret" in bytes(one.document) for one in found)
    assert not store_redis.exists(keys.channels_wanted())


def test_a_system_without_channels_answers_too(store_redis: Redis) -> None:
    store_redis.set(keys.channels_wanted(), 1)

    assert 0 == existing_channels.record(store_redis)
    assert not store_redis.exists(keys.channels_wanted())
