"""Hashes whose values are sealed by the vault."""

from typing import Any

from redis import Redis

from shared import vault


def seal_again(redis: Redis, key: str) -> int:
    """Seal every value of a hash with the newest key; returns how many there are."""

    def write(pipe: Any) -> int:
        stored = pipe.hgetall(key)
        pipe.multi()
        for field, body in stored.items():
            pipe.hset(key, field, vault.current().seal(vault.current().open(body)))
        return len(stored)

    count: int = redis.transaction(write, key, value_from_callable=True)
    return count
