"""
Being signed in: browsers by an opaque session in a cookie, programs by short access tokens and rotating refresh tokens.

A refresh token is good once. If one comes a second time, somebody has a copy: its whole family ends, and with it every
access token of that sign-in.
"""

import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct
from redis import Redis
from redis.exceptions import ReadOnlyError

from api import identity
from api.identity import ACCESS_S, ROLES, Identity, Proof, Role, decode_user, digest
from shared import keys
from shared.errors import NotFound

SESSION_MS = 12 * 3_600_000
"""A shift, from the last use."""
RENEW_BELOW_MS = SESSION_MS - 600_000
"""A session is written at most each ten minutes."""
REFRESH_MS = 30 * 86_400_000
_PREFIX = "ear"


class _Opened(Struct, kw_only=True):
    opened_at_ms: int = 0


class _Session(_Opened):
    name: str
    role: Role
    is_user: bool


class _Family(_Opened):
    name: str
    current: str
    """Digest of the only refresh token that is good now."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a program gets for a password or a refresh token."""

    access_token: str
    refresh_token: str
    expires_in: int = ACCESS_S
    token_type: str = "Bearer"


def open_session(redis: Redis, known: Identity, *, is_user: bool) -> str:
    """Return the secret of a new browser session."""
    secret = secrets.token_urlsafe(32)
    key = keys.session(digest(secret))
    opened = _Session(known.name, known.role, is_user, opened_at_ms=time.time_ns() // 1_000_000)
    with redis.pipeline() as pipe:
        pipe.set(key, msgspec.json.encode(opened), px=SESSION_MS)
        _note(pipe, known.name, key)
        pipe.execute()
    return secret


def identify_session(redis: Redis, secret: str) -> Identity | None:
    """Return whose session it is; None if it ended, or its user is not there any more."""
    proof = prove_session(redis, secret)
    return proof.identity if proof else None


def prove_session(redis: Redis, secret: str) -> Proof | None:
    """Return whose session it is and what that rests on, until it has to be renewed; None as `identify_session`."""
    key = keys.session(digest(secret))
    with redis.pipeline(transaction=False) as pipe:
        body, left_ms = pipe.get(key).pttl(key).execute()
    if body is None:
        return None
    session = msgspec.json.decode(body, type=_Session)
    if left_ms < RENEW_BELOW_MS:
        with suppress(ReadOnlyError):
            redis.pexpire(key, SESSION_MS)
            left_ms = SESSION_MS
    until_ms = time.time_ns() // 1_000_000 + left_ms - RENEW_BELOW_MS
    if not session.is_user:
        return Proof(Identity(session.name, session.role), ((key, "", body),), until_ms)
    stored = redis.hget(keys.users(), session.name)
    user = decode_user(stored) if stored else None
    if user is None or not user.enabled:
        return None
    facts = ((key, "", body), (keys.users(), session.name, stored))
    return Proof(Identity(user.name, user.role), facts, until_ms)


def session_id(secret: str) -> str:
    """Return what a session is called where it is listed; it opens nothing."""
    return digest(secret)[:16]


def sessions_of(redis: Redis, name: str) -> list[dict[str, Any]]:
    """Return where somebody is signed in, newest first; what has ended meanwhile is forgotten."""
    places = [place.decode() for place in redis.smembers(keys.of_user(name))]
    with redis.pipeline(transaction=False) as pipe:
        for place in places:
            pipe.get(place).pttl(place)
        answers = pipe.execute()
    now_ms = time.time_ns() // 1_000_000
    found = []
    for place, body, left_ms in zip(places, answers[::2], answers[1::2], strict=True):
        if body is None:
            redis.srem(keys.of_user(name), place)
            continue
        found.append(
            {
                "id": _id_of(place),
                "kind": "browser" if place.startswith(keys.session("")) else "program",
                "opened_at_ms": msgspec.json.decode(body, type=_Opened).opened_at_ms,
                "ends_at_ms": now_ms + left_ms,
            }
        )
    return sorted(found, key=lambda one: -one["opened_at_ms"])


def end(redis: Redis, name: str, wanted: str) -> None:
    """
    End one of somebody's own sessions or refresh families.

    Raises:
        NotFound: it is not theirs, or has ended.
    """
    for place in redis.smembers(keys.of_user(name)):
        if _id_of(place.decode()) == wanted:
            with redis.pipeline() as pipe:
                pipe.delete(place).srem(keys.of_user(name), place).execute()
            return
    raise NotFound(f"There is no session {wanted} of yours; it may have ended.")


def _id_of(place: str) -> str:
    return place.rpartition(":")[2][:16]


def close_session(redis: Redis, secret: str) -> None:
    """End a browser session."""
    redis.delete(keys.session(digest(secret)))


def issue_tokens(redis: Redis, name: str, role: Role) -> Tokens:
    """Return the first tokens of a new family."""
    family = secrets.token_hex(12)
    return _tokens(redis, family, name, role, time.time_ns() // 1_000_000)


def refresh(redis: Redis, token: str) -> Tokens | None:
    """Return new tokens for a refresh token, which is good only once; None if it is not, or not any more."""
    prefix, _, rest = token.partition("_")
    family, _, secret = rest.partition("_")
    if prefix != _PREFIX or not family or not secret:
        return None
    key = keys.refresh_family(family)
    # Taken out, so that of two who come at once only one is served; the other finds the family in use.
    body = redis.getdel(key)
    if body is None:
        return None
    known = msgspec.json.decode(body, type=_Family)
    stored = redis.hget(keys.users(), known.name)
    user = decode_user(stored) if stored else None
    if user is None or not user.enabled or not secrets.compare_digest(known.current, digest(secret)):
        return None  # The family stays out: a replayed token revokes it.
    return _tokens(redis, family, user.name, user.role, known.opened_at_ms)


def revoke(redis: Redis, token: str) -> None:
    """End the family of a refresh token."""
    family = token.removeprefix(f"{_PREFIX}_").partition("_")[0]
    redis.delete(keys.refresh_family(family))


def _tokens(redis: Redis, family: str, name: str, role: Role, opened_at_ms: int) -> Tokens:
    assert role in ROLES
    secret = secrets.token_urlsafe(32)
    key = keys.refresh_family(family)
    with redis.pipeline() as pipe:
        pipe.set(key, msgspec.json.encode(_Family(name, digest(secret), opened_at_ms=opened_at_ms)), px=REFRESH_MS)
        _note(pipe, name, key)
        pipe.execute()
    access = identity.issue_token(redis, name, role, family=family)
    return Tokens(access, f"{_PREFIX}_{family}_{secret}")


def _note(pipe, name: str, key: str) -> None:  # type: ignore[no-untyped-def]
    pipe.sadd(keys.of_user(name), key)
    pipe.pexpire(keys.of_user(name), REFRESH_MS)
