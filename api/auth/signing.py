"""
The keys that sign access tokens: sealed in Redis, the same for all processes, or the one of the environment.
"""

import secrets
from contextlib import suppress
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import msgspec
from redis import Redis

from api.auth.identity import Fact
from shared import vault
from shared.clock import SystemClock
from shared.model.alerts import UNREADABLE
from shared.redis import access_keys
from shared.settings import Settings
from shared.store import audit
from shared.store.audit import NOBODY, Author

OLD_KEY_MS = 3_600_000
"""A replaced signing key still verifies so long: four times the life of what it signed."""


class _SigningKey(msgspec.Struct):
    key: str
    created_at_ms: int


def keys(redis: Redis) -> dict[str, str]:
    """Return key id → key, the one that signs first; made at the first need, the same for all processes."""
    if given := _given_key():
        return {"environment": given}
    found = _stored_keys(redis)
    # The second one is for a system none of whose keys can be read.
    for name in ("first", "again"):
        if not found:
            # HSETNX under a fixed name: of several processes at the first start, one wins.
            redis.hsetnx(
                access_keys.signing_keys(), name, _sealed(_SigningKey(secrets.token_hex(32), SystemClock().now_ms()))
            )
            found = _stored_keys(redis)
    return {name: one.key for name, one in sorted(found.items(), key=lambda pair: -pair[1].created_at_ms)}


def rotate(redis: Redis, *, author: Author = NOBODY) -> str:
    """Sign with a new key from now on; returns its id. Tokens of the one before stay good until they expire."""
    keys(redis)
    name = secrets.token_hex(4)

    def write(pipe: Any) -> None:
        stored = _stored_keys(pipe)
        newest_first = sorted(stored.items(), key=lambda pair: -pair[1].created_at_ms)
        # The newest key signs; one made by a machine whose clock is behind must be the newest all the same.
        now_ms = max(SystemClock().now_ms(), *(key.created_at_ms + 1 for key in stored.values()), 0)
        pipe.multi()
        pipe.hset(access_keys.signing_keys(), name, _sealed(_SigningKey(secrets.token_hex(32), now_ms)))
        # The newest of the old ones signed until now; each of the others was replaced when the one after it was made.
        for (_, successor), (old, _) in pairwise(newest_first):
            if now_ms - successor.created_at_ms > OLD_KEY_MS:
                pipe.hdel(access_keys.signing_keys(), old)
        audit.stage(pipe, author, "signing-key.rotate", name)

    redis.transaction(write, access_keys.signing_keys())
    return name


def seal_again(redis: Redis) -> None:
    """Seal the signing keys with the newest key of the vault."""

    def write(pipe: Any) -> None:
        # A key that is replaced or removed meanwhile must not come back.
        stored = _stored_keys(pipe)
        pipe.multi()
        for name, one in stored.items():
            pipe.hset(access_keys.signing_keys(), name, _sealed(one))

    redis.transaction(write, access_keys.signing_keys())


def verifying_key(redis: Redis, key_id: str) -> tuple[str, tuple[Fact, ...]] | None:
    """Return the key of that id, and what says that it is good; None if there is no such key."""
    if given := _given_key():
        # It is this process's as long as it lives; nothing in Redis can take it away.
        return (given, ()) if key_id == "environment" else None
    # The caller may have sent any value as the id, even one that is no text.
    sealed = redis.hget(access_keys.signing_keys(), key_id.encode(errors="replace"))
    try:
        return (_opened(sealed).key, ((access_keys.signing_keys(), key_id, sealed),)) if sealed else None
    except UNREADABLE:
        return None


def _stored_keys(redis: Redis) -> dict[str, _SigningKey]:
    """Return the keys that can be read; one that cannot must be in the way of neither the others nor their rotation."""
    found = {}
    for name, body in redis.hgetall(access_keys.signing_keys()).items():
        with suppress(*UNREADABLE):
            found[name.decode()] = _opened(body)
    return found


@lru_cache(maxsize=64)
def _opened(sealed: bytes) -> _SigningKey:
    """Opening takes longer than all else about a token, and is done for every request."""
    return msgspec.json.decode(vault.current().open(sealed), type=_SigningKey)


def _sealed(key: _SigningKey) -> bytes:
    return vault.current().seal(msgspec.json.encode(key))


@cache
def _given_key() -> str:
    return Settings.from_environment().jwt_secret_key
