"""
Who somebody is: tokens, one-time codes and tickets. No Flask here, for the relay and the command line use it too.

Secrets are stored by their SHA-256 only, are random in 256 bits, and are consumed atomically (GETDEL).
"""

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Literal, get_args

import jwt
import msgspec
from redis import Redis

from shared import keys

Role = Literal["publisher", "viewer", "operator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
_IMPLIES: dict[str, tuple[Role, ...]] = {
    "publisher": ("publisher",),
    "viewer": ("viewer",),
    "operator": ("viewer", "operator"),
    "admin": ("publisher", "viewer", "operator", "admin"),
}
"""What each role may act as. A publisher sends events and reads nothing."""

ISSUER = "enhanced-alerts"
AUDIENCE = "enhanced-alerts-api"
ALGORITHM = "HS256"
SIGN_IN_CODE_MS = 900_000
"""Fifteen minutes: long enough to find the line in the terminal."""
SESSION_S = 12 * 3_600
"""A shift."""
TICKET_MS = 30_000


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who was let in."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        return role in _IMPLIES[self.role]


class _Claim(msgspec.Struct):
    name: str
    role: Role


def signing_key(redis: Redis) -> str:
    """Return the key tokens are signed with; made at the first need, the same for all processes."""
    redis.set(keys.signing_key(), secrets.token_hex(32), nx=True)
    stored: bytes = redis.get(keys.signing_key())
    return stored.decode()


def issue_token(redis: Redis, name: str, role: Role, lifetime_s: int = SESSION_S) -> str:
    """Return a signed token (JWT) that says who its bearer is."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": name, "role": role, "iat": now, "exp": now + lifetime_s}
    return jwt.encode(claims, signing_key(redis), algorithm=ALGORITHM)


def identify_token(redis: Redis, token: str) -> Identity | None:
    """Return who a token speaks for; None if it is not ours, was altered, or has expired."""
    try:
        claims = jwt.decode(
            token,
            signing_key(redis),
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
    except jwt.PyJWTError:
        return None
    role = claims.get("role")
    return Identity(str(claims["sub"]), role) if role in ROLES else None


def create_sign_in_code(redis: Redis, name: str = "admin", role: Role = "admin") -> str:
    """Return a code that signs in once, within a quarter of an hour."""
    return _store(redis, keys.sign_in_code, name, role, SIGN_IN_CODE_MS)


def redeem_sign_in_code(redis: Redis, code: str) -> Identity | None:
    """Return whom a sign-in code is for, and use it up; None if it is wrong, used or too old."""
    return _consume(redis, keys.sign_in_code(_digest(code)))


def issue_ticket(redis: Redis, name: str, role: Role) -> str:
    """Return a ticket that opens one WebSocket within 30 s, so that no token stands in an address that is logged."""
    return _store(redis, keys.live_ticket, name, role, TICKET_MS)


def redeem_ticket(redis: Redis, ticket: str) -> Identity | None:
    """Return whom a ticket is for, and use it up; None if it is wrong, used or too old."""
    return _consume(redis, keys.live_ticket(_digest(ticket)))


def _store(redis: Redis, key_of, name: str, role: Role, lifetime_ms: int) -> str:  # type: ignore[no-untyped-def]
    code = secrets.token_urlsafe(32)
    redis.set(key_of(_digest(code)), msgspec.json.encode(_Claim(name, role)), px=lifetime_ms)
    return code


def _consume(redis: Redis, key: str) -> Identity | None:
    body = redis.getdel(key)
    if body is None:
        return None
    claim = msgspec.json.decode(body, type=_Claim)
    return Identity(claim.name, claim.role)


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
