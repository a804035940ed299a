"""Access tokens (JWT) of programs: short, signed, and void as soon as their family or user is."""

import time

import jwt
from redis import Redis

from api.auth import signing
from api.auth.identity import ROLES, Identity, Proof, Role, decode_user
from shared.redis import access_keys

ISSUER = "enhanced-alerts"
AUDIENCE = "enhanced-alerts-api"
ALGORITHM = "HS256"
ACCESS_S = 900
"""An access token is refreshed each quarter of an hour."""
LEEWAY_S = 30
"""How far the clocks of two machines may differ: a token is good so much before it begins, and after it ends."""


def issue(redis: Redis, name: str, role: Role, lifetime_s: int = ACCESS_S, *, family: str = "", stamp: str = "") -> str:
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
    key_id, key = next(iter(signing.keys(redis).items()))
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": key_id})


def identify(redis: Redis, token: str) -> Identity | None:
    """Return who a token speaks for; None if it is not ours, was altered, has expired or was revoked."""
    proof = prove(redis, token)
    return proof.identity if proof else None


def prove(redis: Redis, token: str) -> Proof | None:
    """Return who a token speaks for and what that rests on; None as `identify`."""
    try:
        found = signing.verifying_key(redis, str(jwt.get_unverified_header(token).get("kid")))
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
