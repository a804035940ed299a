"""
Being signed in: browsers by an opaque session in a cookie, programs by short access tokens and rotating refresh tokens.

A refresh token is good once. If one comes a second time, somebody has a copy: its whole family ends, and with it every
access token of that sign-in. Sessions and families of a user carry the stamp the user had when the password was
checked; whatever changes the user changes the stamp, so nothing that was opened before can outlive the change.
"""

import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ReadOnlyError

from api.auth import identity
from api.auth.identity import ACCESS_S, ROLES, Identity, Proof, Role, User, decode_user, digest
from shared.errors import NotFound
from shared.model import principals, reasons
from shared.model.alerts import UNREADABLE
from shared.redis import access_keys
from shared.store import audit
from shared.store.audit import NOBODY, Author

SESSION_MS = 12 * 3_600_000
"""A shift, from the last use."""
LONGEST_MS = 7 * 86_400_000
"""However much it is used, a session ends a week after the sign-in; so does a copy of its cookie."""
RENEW_BELOW_MS = SESSION_MS - 600_000
"""A session is written at most each ten minutes."""
REFRESH_MS = 30 * 86_400_000
"""From the last use of a refresh token."""
LONGEST_FAMILY_MS = 90 * 86_400_000
"""From the sign-in, however often its tokens are refreshed."""
_PREFIX = "ear"
_T = TypeVar("_T")


class _Opened(Struct, kw_only=True):
    opened_at_ms: int = 0
    stamp: str | None = None
    """The user's when the password was checked; None: opened by an older release, which knew of none."""


class _Session(_Opened):
    name: str
    role: Role
    is_user: bool

    @property
    def ends_at_ms(self) -> int:
        return self.opened_at_ms + LONGEST_MS


class _Family(_Opened):
    name: str
    current: str
    """Digest of the only refresh token that is good now."""

    @property
    def ends_at_ms(self) -> int:
        return self.opened_at_ms + LONGEST_FAMILY_MS


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a program gets for a password or a refresh token."""

    access_token: str
    refresh_token: str
    expires_in: int = ACCESS_S
    token_type: str = "Bearer"


@dataclass(frozen=True, slots=True)
class Refused:
    """A refresh token that was not taken, and why."""

    reason: Literal["malformed", "unknown", "replayed", "ended"]
    user: str = ""


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
        stamp = _stamp_of(redis, known.name)
    opened = _Session(
        name=known.name, role=known.role, is_user=is_user, stamp=stamp or "", opened_at_ms=time.time_ns() // 1_000_000
    )
    with redis.pipeline() as pipe:
        pipe.set(key, msgspec.json.encode(opened), px=SESSION_MS)
        _note(pipe, _owner(opened), key)
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
    session, now_ms = _read(body, _Session), time.time_ns() // 1_000_000
    if session is None:
        return None
    if session.opened_at_ms and now_ms >= session.ends_at_ms:
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
    if user is None or not user.enabled or not _is_current(session, user):
        return None
    facts = ((key, "", body), (access_keys.users(), session.name, stored))
    return Proof(Identity(user.name, user.role, kind="user"), facts, until_ms, ends_at_ms)


def session_id(secret: str) -> str:
    """Return what a session is called where it is listed; it opens nothing."""
    return digest(secret)[:16]


def sessions_of(redis: Redis, owner: Identity) -> list[dict[str, Any]]:
    """Return where somebody is signed in, newest first; what has ended meanwhile is forgotten."""
    held = access_keys.of_principal(owner.principal)
    places = [place.decode("utf-8", "replace") for place in redis.smembers(held)]
    with redis.pipeline(transaction=False) as pipe:
        for place in places:
            pipe.get(place).pttl(place)
        answers = pipe.execute()
    now_ms = time.time_ns() // 1_000_000
    found = []
    for place, body, left_ms in zip(places, answers[::2], answers[1::2], strict=True):
        if body is None:
            redis.srem(held, place)
            continue
        opened = _decoded(place, body)
        if opened is None or _owner(opened) != owner.principal:
            # Nobody can read it, so it lets nobody in; or an older release kept those who followed a link in the same
            # place, by name alone.
            continue
        ends_at_ms = min(now_ms + left_ms, opened.ends_at_ms) if opened.opened_at_ms else now_ms + left_ms
        found.append(
            {
                "id": _id_of(place),
                "kind": "browser" if isinstance(opened, _Session) else "program",
                "opened_at_ms": opened.opened_at_ms,
                "ends_at_ms": ends_at_ms,
            }
        )
    return sorted(found, key=place_in_list)


def place_in_list(session: Mapping[str, Any]) -> tuple[int, str]:
    """Return where a session that people see stands in their list: the newest first."""
    return -session["opened_at_ms"], session["id"]


def end(redis: Redis, owner: Identity, wanted: str, *, author: Author = NOBODY) -> None:
    """
    End one of somebody's own sessions or refresh families.

    Raises:
        NotFound: it is not theirs, or has ended.
    """
    held = access_keys.of_principal(owner.principal)
    for place in (member.decode("utf-8", "replace") for member in redis.smembers(held)):
        # Its owner is written in it and never changes, so it may be read before.
        if _id_of(place) != wanted or (body := redis.get(place)) is None:
            continue
        opened = _decoded(place, body)
        if opened is None or _owner(opened) != owner.principal:
            continue
        with redis.pipeline() as pipe:
            pipe.delete(place).srem(held, place)
            audit.stage(pipe, author, "session.end", wanted)
            pipe.execute()
        return
    raise NotFound(reasons.of("missing.session", session_id=wanted))


def stage_end_of_all(pipe: Pipeline, name: str, places: set[bytes]) -> None:
    """Queue the end of all sessions and refresh families of a user; *places* is what `access_keys.of_user` held."""
    if places:
        pipe.delete(*places, access_keys.of_user(name))


def close_session(redis: Redis, secret: str) -> None:
    """End a browser session."""
    redis.delete(access_keys.session(digest(secret)))


def issue_tokens(redis: Redis, name: str, role: Role, *, stamp: str | None = None) -> Tokens:
    """
    Return the first tokens of a new family.

    Args:
        stamp: The user's, as it was read with the password that was checked; None: as it is now.
    """
    assert role in ROLES
    known = _Family(
        name=name,
        current="",
        stamp=_stamp_of(redis, name) if stamp is None else stamp,
        opened_at_ms=time.time_ns() // 1_000_000,
    )
    family = secrets.token_hex(12)
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

    def step(pipe: Any) -> tuple[str, _Family, Role] | Refused:
        body = pipe.get(key)
        known = _read(body, _Family) if body else None
        is_over = known is not None and 0 < known.opened_at_ms <= time.time_ns() // 1_000_000 - LONGEST_FAMILY_MS
        stored = pipe.hget(access_keys.users(), known.name) if known else None
        user = decode_user(stored)
        pipe.multi()
        if known is None:
            return Refused("unknown")
        is_newest = secrets.compare_digest(known.current, digest(secret))
        if is_newest and not is_over and user is not None and user.enabled and _is_current(known, user):
            # A family of an older release takes the user's stamp from here on.
            known.stamp = user.stamp
            return _stage_next(pipe, family, known), known, user.role
        pipe.delete(key).srem(access_keys.of_user(known.name), key)
        if is_newest:
            return Refused("ended", known.name)
        audit.stage(pipe, author, "session.replayed", _id_of(key), {"name": known.name})
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


def _stage_next(pipe: Pipeline, family: str, known: _Family) -> str:
    """Queue a family with a new secret; returns that."""
    secret = secrets.token_urlsafe(32)
    key = access_keys.refresh_family(family)
    known.current, known.opened_at_ms = digest(secret), known.opened_at_ms or time.time_ns() // 1_000_000
    pipe.set(key, msgspec.json.encode(known), px=REFRESH_MS)
    _note(pipe, _owner(known), key)
    return secret


def _tokens(redis: Redis, family: str, secret: str, known: _Family, role: Role) -> Tokens:
    access = identity.issue_token(redis, known.name, role, family=family, stamp=known.stamp or "")
    return Tokens(access, f"{_PREFIX}_{family}_{secret}")


def _note(pipe: Pipeline, owner: str, key: str) -> None:
    held = access_keys.of_principal(owner)
    pipe.sadd(held, key)
    pipe.pexpire(held, REFRESH_MS)


def _is_current(opened: _Opened, user: User) -> bool:
    """Tell whether the user is still as when this was opened. What an older release opened ends when it is deleted."""
    return opened.stamp is None or opened.stamp == user.stamp


def _stamp_of(redis: Redis, name: str) -> str:
    user = decode_user(redis.hget(access_keys.users(), name))
    return user.stamp if user else ""


def _owner(opened: _Opened) -> str:
    if isinstance(opened, _Session) and not opened.is_user:
        return principals.principal("link", opened.name)
    return principals.principal("user", opened.name)  # type: ignore[attr-defined]


def _decoded(place: str, body: bytes) -> _Session | _Family | None:
    return _read(body, _Session) if place.startswith(access_keys.session("")) else _read(body, _Family)


def _read(body: bytes, kind: type[_T]) -> _T | None:
    """Return what was opened; None if nobody can read it, and so it opens nothing."""
    try:
        return msgspec.json.decode(body, type=kind)
    except UNREADABLE:
        return None


def _id_of(place: str) -> str:
    return place.rpartition(":")[2][:16]
