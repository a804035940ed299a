"""
Secrets that are good once: codes that sign a person in, and tickets that open a WebSocket.

They are stored by their SHA-256 only, have 256 bits, and are consumed atomically (GETDEL).
"""

import secrets
from typing import Any

import msgspec
from redis import Redis

from api.auth.identity import Identity, Role, digest
from shared.errors import Invalid
from shared.model import names
from shared.model.alerts import UNREADABLE
from shared.model.principals import Kind
from shared.redis import access_keys
from shared.store import audit
from shared.store.audit import NOBODY, Author

SIGN_IN_CODE_MS = 900_000
"""Fifteen minutes: long enough to find the line in the terminal."""
TICKET_MS = 30_000


class Claim(msgspec.Struct, omit_defaults=True):
    """Who comes with a sign-in code or a ticket; and with a ticket, what that rests on (`api.relay.standing`)."""

    name: str
    role: Role
    kind: Kind = "link"
    id: str = ""
    facts: list[tuple[str, str, str]] = []
    ends_at_ms: int = 0

    @property
    def identity(self) -> Identity:
        return Identity(self.name, self.role, kind=self.kind, id=self.id)


def create_sign_in_code(redis: Redis, name: str = "admin", role: Role = "admin", *, author: Author = NOBODY) -> str:
    """
    Return a code that signs in once, within a quarter of an hour.

    Raises:
        Invalid: the name cannot be used.
    """
    if wrong := names.why_not(name):
        raise Invalid({"name": wrong}, "The link")
    code = secrets.token_urlsafe(32)
    with redis.pipeline() as pipe:
        pipe.set(access_keys.sign_in_code(digest(code)), msgspec.json.encode(Claim(name, role)), px=SIGN_IN_CODE_MS)
        audit.stage(pipe, author, "sign-in-link.create", name, None, {"name": name, "role": role})
        pipe.execute()
    return code


def redeem_sign_in_code(redis: Redis, code: str) -> Identity | None:
    """Return whom a sign-in code is for, and use it up; None if it is wrong, used or too old."""
    claim = _consume(redis, access_keys.sign_in_code(digest(code)))
    return claim.identity if claim else None


def is_sign_in_code(redis: Redis, code: str) -> bool:
    """Tell whether a sign-in code is good, and leave it so."""
    return bool(redis.exists(access_keys.sign_in_code(digest(code))))


def issue_ticket(redis: Redis, name: str, role: Role, **rests_on: Any) -> str:
    """
    Return a ticket that opens one WebSocket within 30 s, so that no token stands in an address that is logged.

    Args:
        rests_on: Further fields of the `Claim`.
    """
    ticket = secrets.token_urlsafe(32)
    claim = Claim(name, role, **{"kind": "token", **rests_on})
    redis.set(access_keys.live_ticket(digest(ticket)), msgspec.json.encode(claim), px=TICKET_MS)
    return ticket


def redeem_ticket(redis: Redis, ticket: str) -> Identity | None:
    """Return whom a ticket is for, and use it up; None if it is wrong, used or too old."""
    claim = redeem_claim(redis, ticket)
    return claim.identity if claim else None


def redeem_claim(redis: Redis, ticket: str) -> Claim | None:
    """Return whom a ticket is for and what that rests on, and use it up; None as `redeem_ticket`."""
    return _consume(redis, access_keys.live_ticket(digest(ticket)))


def _consume(redis: Redis, key: str) -> Claim | None:
    body = redis.getdel(key)
    try:
        return msgspec.json.decode(body, type=Claim) if body is not None else None
    except UNREADABLE:
        return None
