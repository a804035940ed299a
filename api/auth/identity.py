"""
Who somebody is: access tokens, one-time codes and tickets. No Flask here: relay and command line use it too.

Random secrets are stored by their SHA-256 only, have 256 bits, and are consumed atomically (GETDEL).
"""

import hashlib
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Literal, get_args

import jwt
import msgspec
from redis import Redis

from shared import vault
from shared.errors import Invalid
from shared.model import names, principals
from shared.model.alerts import UNREADABLE
from shared.model.principals import Kind
from shared.redis import access_keys
from shared.settings import Settings
from shared.store import audit
from shared.store.audit import NOBODY, Author

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
ACCESS_S = 900
"""An access token is refreshed each quarter of an hour."""
LEEWAY_S = 30
"""How far the clocks of two machines may differ: a token is good so much before it begins, and after it ends."""
OLD_KEY_MS = 3_600_000
"""A replaced signing key still verifies so long: four times the life of what it signed."""
SIGN_IN_CODE_MS = 900_000
"""Fifteen minutes: long enough to find the line in the terminal."""
TICKET_MS = 30_000


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who was let in."""

    name: str
    role: Role
    plugins: tuple[str, ...] = ()
    """Globs of the plugins it may publish for; empty: all."""
    kind: Kind = "token"
    id: str = ""
    """What tells it apart from all others of its kind; empty: its name does."""

    @property
    def principal(self) -> str:
        """Whose rate limit, sessions, replays and acts these are. The name is only for people to read."""
        return principals.principal(self.kind, self.id or self.name)

    def may(self, role: Role) -> bool:
        return role in _IMPLIES[self.role]

    def may_publish_for(self, plugin_id: str) -> bool:
        return not self.plugins or any(fnmatchcase(plugin_id, glob) for glob in self.plugins)


Fact = tuple[str, str, bytes]
"""A key, a field of it (empty: the key is a string), and what stands there."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Somebody who was let in, and everything that rests on: while all of it holds, they would be let in again."""

    identity: Identity
    facts: tuple[Fact, ...]
    """What was read of Redis; one byte of it changed, and the proof is void."""
    good_until_ms: int
    """From this instant on it has to be proven anew, by this host's clock."""
    ends_at_ms: int = 0
    """From this instant on nothing proves it any more; 0: not by itself."""


class User(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A person who signs in with a password."""

    name: str
    role: Role
    password: str
    """Argon2id, in its own notation with parameters and salt."""
    enabled: bool = True
    created_at_ms: int = 0
    changed_at_ms: int = 0
    valid_from_s: int = 0
    """Access tokens of older releases issued before are void: the password, the role or the person has changed."""
    stamp: str = ""
    """Another one after each change. What was opened under another stamp is void, whenever that is looked at."""


class _SigningKey(msgspec.Struct):
    key: str
    created_at_ms: int


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


def signing_keys(redis: Redis) -> dict[str, str]:
    """Return key id → key, the one that signs first; made at the first need, the same for all processes."""
    if given := _given_key():
        return {"environment": given}
    found = _stored_keys(redis)
    # The second one is for a system none of whose keys can be read.
    for name in ("first", "again"):
        if not found:
            # HSETNX under a fixed name: of several processes at the first start, one wins.
            redis.hsetnx(access_keys.signing_keys(), name, _sealed(_SigningKey(secrets.token_hex(32), _now_ms())))
            found = _stored_keys(redis)
    return {name: one.key for name, one in sorted(found.items(), key=lambda pair: -pair[1].created_at_ms)}


def rotate_signing_key(redis: Redis, *, author: Author = NOBODY) -> str:
    """Sign with a new key from now on; returns its id. Tokens of the one before stay good until they expire."""
    signing_keys(redis)
    name = secrets.token_hex(4)

    def write(pipe: Any) -> None:
        stored = _stored_keys(pipe)
        newest_first = sorted(stored.items(), key=lambda pair: -pair[1].created_at_ms)
        # The newest key signs; one made by a machine whose clock is behind must be the newest all the same.
        now_ms = max(_now_ms(), *(key.created_at_ms + 1 for key in stored.values()), 0)
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


def issue_token(
    redis: Redis, name: str, role: Role, lifetime_s: int = ACCESS_S, *, family: str = "", stamp: str = ""
) -> str:
    """
    Return a signed access token (JWT) that says who its bearer is.

    Args:
        family: The refresh family it belongs to; it dies with that, and with its user.
        stamp: That of the user when the family began.
    """
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": name, "role": role, "iat": now, "exp": now + lifetime_s}
    if family:
        claims |= {"fam": family, "stp": stamp}
    key_id, key = next(iter(signing_keys(redis).items()))
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": key_id})


def identify_token(redis: Redis, token: str) -> Identity | None:
    """Return who a token speaks for; None if it is not ours, was altered, has expired or was revoked."""
    proof = prove_token(redis, token)
    return proof.identity if proof else None


def prove_token(redis: Redis, token: str) -> Proof | None:
    """Return who a token speaks for and what that rests on; None as `identify_token`."""
    try:
        found = _verifying_key(redis, str(jwt.get_unverified_header(token).get("kid")))
        if found is None:
            return None
        key, facts = found
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
    except (jwt.PyJWTError, TypeError, UnicodeError, RecursionError):
        return None  # Anything may stand in a header: also what nests without end, or is no text.
    name, role, family = str(claims["sub"]), claims.get("role"), claims.get("fam")
    if role not in ROLES:
        return None
    until_ms = (int(claims["exp"]) + LEEWAY_S) * 1_000
    if family is None:
        return Proof(Identity(name, role), facts, until_ms, until_ms)
    place = access_keys.refresh_family(str(family))
    with redis.pipeline(transaction=False) as pipe:
        alive, body = pipe.get(place).hget(access_keys.users(), name).execute()
    user = decode_user(body)
    if alive is None or user is None or not user.enabled:
        return None
    stamp = claims.get("stp")
    # A token of an older release has no stamp, and is judged by when it was issued.
    if (claims["iat"] < user.valid_from_s) if stamp is None else stamp != user.stamp:
        return None
    return Proof(
        Identity(name, user.role, kind="user"),
        (*facts, (place, "", alive), (access_keys.users(), name, body)),
        until_ms,
    )


def decode_user(body: bytes | None) -> User | None:
    """Return a stored user; None if there is none, or its record cannot be read, and so nobody can sign in with it."""
    try:
        return msgspec.json.decode(body, type=User) if body else None
    except UNREADABLE:
        return None


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


def digest(code: str) -> str:
    """Return what is stored of a random secret: enough to know it again, useless to whoever reads it."""
    return hashlib.sha256(code.encode(errors="surrogatepass")).hexdigest()


def _consume(redis: Redis, key: str) -> Claim | None:
    body = redis.getdel(key)
    try:
        return msgspec.json.decode(body, type=Claim) if body is not None else None
    except UNREADABLE:
        return None


def _verifying_key(redis: Redis, key_id: str) -> tuple[str, tuple[Fact, ...]] | None:
    """Return the key of that id, and what says that it is good; None if there is no such key."""
    if given := _given_key():
        # It is this process's as long as it lives; nothing in Redis can take it away.
        return (given, ()) if key_id == "environment" else None
    # Whoever asks may have written anything for an id, even what is no text.
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


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
