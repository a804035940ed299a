"""
Authenticate a repeat caller, apply its rate limit and fetch the requested data in one round trip.

The cache holds a proof for each credential: the identity that an earlier authentication found, and every Redis value on
which that result rests (signing key, session, user or API key). A proof alone admits nobody. With each request Redis
compares these values with the current ones (`lua/admit.lua`), so a revoked key or session is refused from the next
request on. Signatures and digests need no second check: they depend on these values and the credential alone. A proof
also expires at `good_until_ms`. When a proof no longer holds, it is deleted, and the credential is authenticated from
the beginning (docs/adr/0006-proof-cache.md).
"""

import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.exceptions import OutOfMemoryError, ReadOnlyError

from api.auth.identity import Proof
from shared.redis import access_keys, scripts
from shared.redis.scripts import Reading

MOST = 4_096
"""Proofs kept per process, about 1 kB each. Beyond that, the least recently used proof is dropped."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller sends: the secret of a session in a cookie, or an access token or API key as a bearer."""

    text: str
    by_cookie: bool


@dataclass(frozen=True, slots=True)
class Pace:
    """A rate limit: one request each `every_ms` in the long run, `burst` at once."""

    every_ms: float
    burst: int

    def places(self, what: str) -> tuple[str, str]:
        """Return the Redis keys of the bucket *what*, as `lua/take.lua` takes them: permits, and the pause."""
        return access_keys.rate(what), access_keys.rate(f"{what}:pause")


class Proofs:
    """The proofs of this process, by the SHA-256 of the credential; the credential itself is not kept. Thread-safe."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, Proof] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def recall(self, credential: Credential) -> Proof | None:
        """Return the proof of a credential; None if there is none, or if it has expired by this host's clock."""
        name = _name(credential)
        with self._lock:
            proof = self._kept.get(name)
            if proof is None:
                return None
            if time.time_ns() // 1_000_000 >= proof.good_until_ms:
                del self._kept[name]
                return None
            self._kept.move_to_end(name)
        return proof

    def keep(self, credential: Credential, proof: Proof) -> None:
        """Store the proof of a credential; the least recently used one is dropped if there are too many."""
        name = _name(credential)
        with self._lock:
            self._kept[name] = proof
            self._kept.move_to_end(name)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def forget(self, credential: Credential) -> None:
        """Delete the proof of a credential, if there is one."""
        with self._lock:
            self._kept.pop(_name(credential), None)


def admit(redis: Redis, proof: Proof, pace: Pace, reading: Reading | None) -> tuple[int, Any] | None:
    """
    Check a proof against Redis, take a permit of its principal's rate limit, and read what *reading* asks for.

    Returns:
        The milliseconds to wait and None, or 0 and the answer of *reading* (None without a *reading*). None alone if
        the proof does not hold, or if Redis accepts no writes, so that no permit can be taken.
    """
    text = scripts.composed("admit", take="take", read=reading.script if reading else None)
    places = [*pace.places(f"api:{proof.identity.principal}")]
    words: list[Any] = [pace.every_ms, pace.burst, len(proof.facts)]
    for key, field, content in proof.facts:
        places.append(key)
        words += (field, content)
    if reading:
        places += reading.keys
        words += reading.args
    try:
        wait_ms, *answers = scripts.run(redis, text, tuple(places), tuple(words))
    except (OutOfMemoryError, ReadOnlyError):
        return None  # No permit can be counted; the caller is authenticated without the cache.
    return None if wait_ms < 0 else (wait_ms, answers[0] if answers else None)


def _name(credential: Credential) -> bytes:
    kind = b"cookie " if credential.by_cookie else b"bearer "
    return hashlib.sha256(kind + credential.text.encode(errors="surrogatepass")).digest()
