"""Keys for programs: `eak_<id>_<secret>`; the secret is shown once and stored by its SHA-256."""

import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import Struct
from redis import Redis
from redis.exceptions import OutOfMemoryError, ReadOnlyError

from api.auth.identity import Identity, Proof, Role, digest
from shared.errors import Conflict, Invalid, NotFound
from shared.model import names, reasons
from shared.model.alerts import NAME_LENGTH
from shared.model.principals import principal
from shared.redis import access_keys, delivery_keys, scripts
from shared.store import audit, saved_searches, subscriptions
from shared.store.audit import NOBODY, Author

PREFIX = "eak"
DOORS = ("events", "remote_write", "otlp", "collectd", "influx", "alertmanager", "pagerduty", "opsgenie", "webhook")
"""`events` is `POST /events`; the others are those of `ingest`."""
MAX_KEYS = 10_000
"""A program that makes keys without end hears of it; a large site has some hundreds."""
USED_EVERY_MS = 60_000
_DAY_MS = 86_400_000


class ApiKey(Struct, kw_only=True, omit_defaults=True):
    """A key, without its secret."""

    id: str
    name: str
    """What it is for; the audit and the timelines show it."""
    role: Role
    digest: str
    plugins: list[str] = []
    """Globs of the plugins it may publish for; empty: all."""
    doors: list[str] = []
    """Doors by which it may publish (`DOORS`); empty: all."""
    created_by: str = ""
    created_by_principal: str = ""
    """Who made it: kind and id. Empty in keys of releases before 0.2."""
    created_at_ms: int = 0
    expires_at_ms: int = 0
    """0: never."""


def create(
    redis: Redis,
    name: str,
    role: Role,
    days: float | None,
    plugins: list[str] | None = None,
    doors: Sequence[str] = (),
    *,
    author: Author = NOBODY,
) -> tuple[ApiKey, str]:
    """
    Return a new key, and the text a program shows; that cannot be had again.

    Raises:
        Invalid: the name, the glob of a plugin or a door cannot be used. Conflict: there are `MAX_KEYS` already.
    """
    if wrong := names.why_not(name):
        raise Invalid({"name": wrong}, "The key")
    for number, glob in enumerate(plugins or []):
        if len(glob) > NAME_LENGTH:
            too_long = reasons.of("invalid.too_many_characters", max_length=NAME_LENGTH)
            raise Invalid({f"plugins.{number}": too_long}, "The key")
        if wrong := names.hides(glob):
            raise Invalid({f"plugins.{number}": wrong}, "The key")
    for number, door in enumerate(doors):
        if door not in DOORS:
            raise Invalid(
                {f"doors.{number}": reasons.of("invalid.literal_error", expected=", ".join(DOORS))}, "The key"
            )
    now_ms = time.time_ns() // 1_000_000
    secret = secrets.token_urlsafe(32)
    key = ApiKey(
        id=secrets.token_hex(6),
        name=name,
        role=role,
        digest=digest(secret),
        plugins=plugins or [],
        doors=list(dict.fromkeys(doors)),
        created_by=author.name,
        created_by_principal=author.principal,
        created_at_ms=now_ms,
        expires_at_ms=now_ms + int(days * _DAY_MS) if days else 0,
    )

    def write(pipe: Any) -> None:
        if pipe.hlen(access_keys.api_keys()) >= MAX_KEYS:
            raise Conflict(reasons.of("conflict.api_keys_full", limit=MAX_KEYS))
        pipe.multi()
        pipe.hset(access_keys.api_keys(), key.id, msgspec.json.encode(key))
        audit.stage(pipe, author, "api-key.create", key.id, None, shown(key))

    redis.transaction(write, access_keys.api_keys())
    return key, f"{PREFIX}_{key.id}_{secret}"


def identify(redis: Redis, text: str) -> Identity | None:
    """Return whom a key speaks for; None if it is unknown, revoked or has expired."""
    proof = prove(redis, text)
    return proof.identity if proof else None


def prove(redis: Redis, text: str) -> Proof | None:
    """Return whom a key speaks for and what that rests on, until its use is to be noted again; None as `identify`."""
    key_id, _, secret = text.removeprefix(f"{PREFIX}_").partition("_")
    with redis.pipeline(transaction=False) as pipe:
        # The caller chooses the id; it may be no text at all.
        place = key_id.encode(errors="replace")
        body, used = pipe.hget(access_keys.api_keys(), place).hget(access_keys.api_keys_used(), place).execute()
    if body is None:
        return None
    key = msgspec.json.decode(body, type=ApiKey)
    now_ms = time.time_ns() // 1_000_000
    if not secrets.compare_digest(key.digest, digest(secret)) or 0 < key.expires_at_ms <= now_ms:
        return None
    used_at_ms = int(used or 0)
    if now_ms - used_at_ms > USED_EVERY_MS:
        used_at_ms = now_ms
        with suppress(OutOfMemoryError, ReadOnlyError):
            # A key that is revoked meanwhile must leave nothing behind.
            scripts.run(
                redis,
                scripts.source("note_use"),
                (access_keys.api_keys(), access_keys.api_keys_used()),
                (key_id, now_ms),
            )
    until_ms = min(used_at_ms + USED_EVERY_MS, key.expires_at_ms or used_at_ms + USED_EVERY_MS)
    known = Identity(key.name, key.role, tuple(key.plugins), "key", key.id, tuple(key.doors))
    return Proof(known, ((access_keys.api_keys(), key_id, body),), until_ms, key.expires_at_ms)


def load_all(redis: Redis) -> list[dict[str, Any]]:
    """Return every key as people may see it, newest first."""
    stored, used = redis.hvals(access_keys.api_keys()), redis.hgetall(access_keys.api_keys_used())
    found = [
        {**shown(key), "last_used_at_ms": int(used.get(key.id.encode()) or 0) or None}
        for key in (msgspec.json.decode(body, type=ApiKey) for body in stored)
    ]
    return sorted(found, key=place)


def place(key: Mapping[str, Any]) -> tuple[int, str]:
    """Return where a key that people see stands in their list: the newest first."""
    return -key["created_at_ms"], key["id"]


def revoke(redis: Redis, key_id: str, *, author: Author = NOBODY) -> None:
    """
    End a key at once.

    Raises:
        NotFound: no such key.
    """

    def write(pipe: Any) -> None:
        body = pipe.hget(access_keys.api_keys(), key_id)
        if body is None:
            raise NotFound(reasons.of("missing.api_key", key_id=key_id))
        browsers = subscriptions.ids_of(pipe, principal("key", key_id))
        searches = saved_searches.ids_of(pipe, principal("key", key_id))
        pipe.multi()
        if browsers:
            pipe.hdel(delivery_keys.push_subscriptions(), *browsers)
        if searches:
            pipe.hdel(access_keys.saved_searches(), *searches)
        pipe.hdel(access_keys.api_keys(), key_id).hdel(access_keys.api_keys_used(), key_id)
        audit.stage(pipe, author, "api-key.revoke", key_id, shown(msgspec.json.decode(body, type=ApiKey)))

    redis.transaction(write, access_keys.api_keys(), delivery_keys.push_subscriptions(), access_keys.saved_searches())


def shown(key: ApiKey) -> dict[str, Any]:
    """Return a key as people may see it."""
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role,
        "plugins": key.plugins,
        "doors": key.doors,
        "created_by": key.created_by,
        "created_by_principal": key.created_by_principal,
        "created_at_ms": key.created_at_ms,
        "expires_at_ms": key.expires_at_ms or None,
    }
