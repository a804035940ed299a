"""
The keys that sign access tokens: stored in Redis, sealed, for all processes; or `JWT_SECRET_KEY` of the environment.
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
"""How long a replaced signing key still verifies tokens: four times the lifetime of an access token."""


class _SigningKey(msgspec.Struct):
    key: str
    created_at_ms: int


def keys(redis: Redis) -> dict[str, str]:
    """Return key id → key, newest first; the newest signs. If there is none, create one that all processes use."""
    if given := _given_key():
        return {"environment": given}
    found = _stored_keys(redis)
    # If the key `first` exists but cannot be read, a key `again` is created.
    for name in ("first", "again"):
        if not found:
            # HSETNX under a fixed name: of several processes at the first start, one wins.
            redis.hsetnx(
                access_keys.signing_keys(), name, _sealed(_SigningKey(secrets.token_hex(32), SystemClock().now_ms()))
            )
            found = _stored_keys(redis)
    return {name: stored.key for name, stored in sorted(found.items(), key=lambda pair: -pair[1].created_at_ms)}


def rotate(redis: Redis, *, author: Author = NOBODY) -> str:
    """Create the key that signs from now on, and return its id. Tokens of earlier keys stay valid until they expire."""
    keys(redis)
    name = secrets.token_hex(4)

    def write(pipe: Any) -> None:
        stored = _stored_keys(pipe)
        newest_first = sorted(stored.items(), key=lambda pair: -pair[1].created_at_ms)
        # The newest key signs, so the new key must be the newest, even if this machine's clock is behind.
        now_ms = max(SystemClock().now_ms(), *(key.created_at_ms + 1 for key in stored.values()), 0)
        pipe.multi()
        pipe.hset(access_keys.signing_keys(), name, _sealed(_SigningKey(secrets.token_hex(32), now_ms)))
        # The newest stored key signed until now. Each older key was replaced when its successor was created.
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
        for name, key in stored.items():
            pipe.hset(access_keys.signing_keys(), name, _sealed(key))

    redis.transaction(write, access_keys.signing_keys())


def verifying_key(redis: Redis, key_id: str) -> tuple[str, tuple[Fact, ...]] | None:
    """Return the key with this id, and the Redis values on which its validity rests; None if there is no such key."""
    if given := _given_key():
        # The key of the environment is valid for the life of the process; it rests on no Redis value.
        return (given, ()) if key_id == "environment" else None
    # The caller may have sent any value as the id, even one that is no text.
    sealed = redis.hget(access_keys.signing_keys(), key_id.encode(errors="replace"))
    try:
        return (_opened(sealed).key, ((access_keys.signing_keys(), key_id, sealed),)) if sealed else None
    except UNREADABLE:
        return None


def _stored_keys(redis: Redis) -> dict[str, _SigningKey]:
    """Return the readable keys. An unreadable key must not prevent the use or the rotation of the others."""
    found = {}
    for name, body in redis.hgetall(access_keys.signing_keys()).items():
        with suppress(*UNREADABLE):
            found[name.decode()] = _opened(body)
    return found


@lru_cache(maxsize=64)
def _opened(sealed: bytes) -> _SigningKey:
    """Open a stored key; cached, because every request needs it and it takes most of the time of verifying a token."""
    return msgspec.json.decode(vault.current().open(sealed), type=_SigningKey)


def _sealed(key: _SigningKey) -> bytes:
    return vault.current().seal(msgspec.json.encode(key))


@cache
def _given_key() -> str:
    return Settings.from_environment().jwt_secret_key
