"""
Programs that are signed in: short access tokens, and refresh tokens that rotate.

A refresh token is valid once. If one is used a second time, another party has a copy: its whole family ends, and with
it every access token of that sign-in.
"""

import secrets
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from redis import Redis
from redis.client import Pipeline

from api.auth import access_tokens, sign_ins
from api.auth.access_tokens import ACCESS_S
from api.auth.identity import ROLES, Role, decode_user, digest
from shared.clock import SystemClock
from shared.redis import access_keys
from shared.store import audit
from shared.store.audit import NOBODY, Author

_PREFIX = "ear"


@dataclass(frozen=True, slots=True)
class Tokens:
    """The answer that a program receives for a password or a refresh token."""

    access_token: str
    refresh_token: str
    expires_in: int = ACCESS_S
    token_type: str = "Bearer"


@dataclass(frozen=True, slots=True)
class Refused:
    """A refresh token that was not taken, and why."""

    reason: Literal["malformed", "unknown", "replayed", "ended"]
    user: str = ""


def issue(redis: Redis, name: str, role: Role, *, stamp: str | None = None) -> Tokens:
    """
    Return the first tokens of a new family.

    Args:
        stamp: The user's, as it was read with the password that was checked; None: as it is now.
    """
    assert role in ROLES
    known = sign_ins.Family(
        name=name,
        current="",
        stamp=sign_ins.stamp_of(redis, name) if stamp is None else stamp,
        opened_at_ms=SystemClock().now_ms(),
    )
    family = secrets.token_hex(12)
    sign_ins.make_room(redis, sign_ins.owner_of(known))
    with redis.pipeline() as pipe:
        secret = _stage_next(pipe, family, known)
        pipe.execute()
    return _tokens(redis, family, secret, known, role)


def refresh(redis: Redis, token: str) -> Tokens | None:
    """Return new tokens for a refresh token, which is good only once; None if it is not, or not any more."""
    found = exchange(redis, token)
    return found if isinstance(found, Tokens) else None


def exchange(redis: Redis, token: str, *, author: Author = NOBODY) -> Tokens | Refused:
    """
    Return new tokens for a refresh token, or why there are none.

    Family, user and what becomes of them are one transaction: of several uses of one token at once the first is served,
    and each other one sees that it was, and ends the family; a user who changes meanwhile is seen changed.
    """
    prefix, _, rest = token.partition("_")
    family, _, secret = rest.partition("_")
    if prefix != _PREFIX or not family or not secret:
        return Refused("malformed")
    key = access_keys.refresh_family(family)

    def step(pipe: Any) -> tuple[str, sign_ins.Family, Role] | Refused:
        body = pipe.get(key)
        known = sign_ins.read(body, sign_ins.Family) if body else None
        stored = pipe.hget(access_keys.users(), known.name) if known else None
        user = decode_user(stored)
        pipe.multi()
        if known is None:
            return Refused("unknown")
        is_newest = secrets.compare_digest(known.current, digest(secret))
        is_over = known.has_ended(SystemClock().now_ms())
        if is_newest and not is_over and user is not None and user.enabled and sign_ins.is_current(known, user):
            # A family of an older release takes the user's stamp from here on.
            known.stamp = user.stamp
            return _stage_next(pipe, family, known), known, user.role
        pipe.delete(key).srem(access_keys.of_user(known.name), key)
        if is_newest:
            return Refused("ended", known.name)
        audit.stage(pipe, author, "session.replayed", sign_ins.id_of(key), {"name": known.name})
        return Refused("replayed", known.name)

    found = redis.transaction(step, key, access_keys.users(), value_from_callable=True)
    if isinstance(found, Refused):
        return found
    fresh, known, role = found
    return _tokens(redis, family, fresh, known, role)


def revoke(redis: Redis, token: str) -> None:
    """End the family of a refresh token."""
    family = token.removeprefix(f"{_PREFIX}_").partition("_")[0]
    redis.delete(access_keys.refresh_family(family))


def _stage_next(pipe: Pipeline, family: str, known: sign_ins.Family) -> str:
    """Queue a family with a new secret; returns that."""
    secret = secrets.token_urlsafe(32)
    key = access_keys.refresh_family(family)
    known.current, known.opened_at_ms = digest(secret), known.opened_at_ms or SystemClock().now_ms()
    pipe.set(key, msgspec.json.encode(known), px=sign_ins.REFRESH_MS)
    sign_ins.stage_note(pipe, sign_ins.owner_of(known), key)
    return secret


def _tokens(redis: Redis, family: str, secret: str, known: sign_ins.Family, role: Role) -> Tokens:
    access = access_tokens.issue(redis, known.name, role, family=family, stamp=known.stamp or "")
    return Tokens(access, f"{_PREFIX}_{family}_{secret}")
