"""Browsers that are signed in: an opaque session in a cookie, which is renewed while it is used."""

import secrets
from contextlib import suppress

import msgspec
from redis import Redis
from redis.exceptions import ReadOnlyError

from api.auth import sign_ins
from api.auth.identity import Identity, Proof, decode_user, digest
from shared.clock import SystemClock
from shared.redis import access_keys
from shared.store import audit
from shared.store.audit import NOBODY, Author

SESSION_MS = 12 * 3_600_000
"""A shift, from the last use."""
RENEW_BELOW_MS = SESSION_MS - 600_000
"""A session is written at most each ten minutes."""


def open_session(
    redis: Redis, known: Identity, *, is_user: bool, stamp: str | None = None, author: Author = NOBODY
) -> str:
    """
    Return the secret of a new browser session.

    Args:
        stamp: The user's, as it was read with the password that was checked; None: as it is now.
    """
    secret = secrets.token_urlsafe(32)
    key = access_keys.session(digest(secret))
    if is_user and stamp is None:
        stamp = sign_ins.stamp_of(redis, known.name)
    opened = sign_ins.Session(
        name=known.name, role=known.role, is_user=is_user, stamp=stamp or "", opened_at_ms=SystemClock().now_ms()
    )
    sign_ins.make_room(redis, sign_ins.owner_of(opened))
    with redis.pipeline() as pipe:
        pipe.set(key, msgspec.json.encode(opened), px=SESSION_MS)
        sign_ins.stage_note(pipe, sign_ins.owner_of(opened), key)
        if not is_user:
            audit.stage(pipe, author, "sign-in-link.use", known.name, None, {"role": known.role})
        pipe.execute()
    return secret


def identify_session(redis: Redis, secret: str) -> Identity | None:
    """Return whose session it is; None if it ended, or its user is not there any more."""
    proof = prove_session(redis, secret)
    return proof.identity if proof else None


def prove_session(redis: Redis, secret: str) -> Proof | None:
    """Return whose session it is and what that rests on, until it has to be renewed; None as `identify_session`."""
    key = access_keys.session(digest(secret))
    with redis.pipeline(transaction=False) as pipe:
        body, left_ms = pipe.get(key).pttl(key).execute()
    if body is None:
        return None
    session, now_ms = sign_ins.read(body, sign_ins.Session), SystemClock().now_ms()
    if session is None:
        return None
    if session.has_ended(now_ms):
        return None
    # The first release did not note when a session was opened; such a session ends unrenewed.
    if left_ms < RENEW_BELOW_MS and session.opened_at_ms:
        with suppress(ReadOnlyError):
            redis.pexpire(key, SESSION_MS)
            left_ms = SESSION_MS
    until_ms = now_ms + max(0, left_ms - RENEW_BELOW_MS)
    ends_at_ms = session.ends_at_ms if session.opened_at_ms else 0
    if ends_at_ms:
        until_ms = min(until_ms, ends_at_ms)
    if not session.is_user:
        return Proof(Identity(session.name, session.role, kind="link"), ((key, "", body),), until_ms, ends_at_ms)
    stored = redis.hget(access_keys.users(), session.name)
    user = decode_user(stored)
    if user is None or not user.enabled or not sign_ins.is_current(session, user):
        return None
    facts = ((key, "", body), (access_keys.users(), session.name, stored))
    return Proof(Identity(user.name, user.role, kind="user"), facts, until_ms, ends_at_ms)


def session_id(secret: str) -> str:
    """Return what a session is called where it is listed; it opens nothing."""
    return digest(secret)[:16]


def close_session(redis: Redis, secret: str) -> None:
    """End a browser session."""
    redis.delete(access_keys.session(digest(secret)))
