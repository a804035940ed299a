"""
The proof behind a WebSocket: its client was authenticated once, and the proof is checked again every few seconds.

A session, a sign-in, an API key or a token may end, and its user be removed, while a socket is open. The relay keeps
digests of the Redis values that were read when the ticket was made, and compares them with the current values.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from redis import Redis

from api.auth.identity import Fact, Identity, Proof
from shared.redis import access_keys

_CHUNK = 500
"""Values read at once: the relay tells browsers of news between two reads."""
_FAMILY = access_keys.refresh_family("")


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose socket it is, and what has to stay as it was for that to be so."""

    identity: Identity
    facts: tuple[tuple[str, str, str], ...] = ()
    """A key, a field of it (empty: the key is a string), and the digest of what stood there; empty: anything does."""
    ends_at_ms: int = 0
    """When it ends at the latest; 0: no end of its own."""


def standing_of(proof: Proof) -> Standing:
    """Return the standing of a socket that is opened with a proof."""
    in_family = any(place.startswith(_FAMILY) for place, _, _ in proof.facts)
    facts = tuple(_kept(fact) for fact in proof.facts if not (in_family and fact[0] == access_keys.signing_keys()))
    return Standing(proof.identity, facts, proof.ends_at_ms)


def void(redis: Redis, held: Iterable[Standing], now_ms: int) -> set[Standing]:
    """Return which of these do not hold any more."""
    known = set(held)
    over = {one for one in known if 0 < one.ends_at_ms <= now_ms}
    now = _read(redis, {(place, field) for one in known - over for place, field, _ in one.facts})
    return over | {
        one for one in known - over if not all(_holds(now[place, field], d) for place, field, d in one.facts)
    }


def _kept(fact: Fact) -> tuple[str, str, str]:
    place, field, content = fact
    # Each refresh writes the family again, so only its existence is compared.
    return place, field, "" if place.startswith(_FAMILY) else _digest(content)


def _holds(content: bytes | None, digest: str) -> bool:
    return content is not None and (not digest or digest == _digest(content))


def _read(redis: Redis, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], bytes | None]:
    found: dict[tuple[str, str], bytes | None] = {}
    places: dict[str, list[str]] = {}
    for place, field in wanted:
        places.setdefault(place if field else "", []).append(field or place)
    for place, names in places.items():
        for start in range(0, len(names), _CHUNK):
            part: Sequence[str] = names[start : start + _CHUNK]
            values = redis.hmget(place, part) if place else redis.mget(part)
            found.update({((place, name) if place else (name, "")): v for name, v in zip(part, values, strict=True)})
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
