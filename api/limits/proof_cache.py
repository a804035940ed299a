"""
Letting somebody in again, with the pace kept and what they came for read, in one round trip.

Remembered is a proof: what a credential was once found to stand for, and every byte of Redis which that rests on (the
key that signed it, its session, its user, its API key). It lets nobody in by itself: with each request the server
compares all of it with what stands there now (`lua/admit.lua`), so what is taken away is good for nothing from the next
request on. What no comparison can tell, a signature or a digest, depends on these bytes and the credential alone; and
time ends a proof at an instant it names. What is void is forgotten, and its credential examined as if it came first.
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
"""Proofs kept, of a kilobyte or so each. Beyond, the one not used for longest goes; its bearer is examined anew."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What somebody shows: a session's secret in a cookie, or a token or API key."""

    text: str
    by_cookie: bool


@dataclass(frozen=True, slots=True)
class Pace:
    """How often somebody may come."""

    every_ms: float
    burst: int

    def places(self, what: str) -> tuple[str, str]:
        return access_keys.rate(what), access_keys.rate(f"{what}:pause")


class Proofs:
    """The proofs of this process, found by their credential's SHA-256: what lets in is not kept."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, Proof] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def recall(self, credential: Credential) -> Proof | None:
        """Return what it was found to stand for, unless it has to be proven anew."""
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
        name = _name(credential)
        with self._lock:
            self._kept[name] = proof
            self._kept.move_to_end(name)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def forget(self, credential: Credential) -> None:
        with self._lock:
            self._kept.pop(_name(credential), None)


def admit(redis: Redis, proof: Proof, pace: Pace, reading: Reading | None) -> tuple[int, Any] | None:
    """
    Let somebody in by a proof, if it still holds.

    Returns:
        0 and what was read, or how many ms they have to wait; None: the proof does not hold, or the server cannot say.
    """
    text = scripts.composed("admit", take="take", read=reading.script if reading else None)
    places = [*pace.places(f"api:{proof.identity.principal}")]
    words: list[Any] = [pace.every_ms, pace.burst, len(proof.facts)]
    for place, field, content in proof.facts:
        places.append(place)
        words += (field, content)
    if reading:
        places += reading.keys
        words += reading.args
    try:
        wait_ms, *found = scripts.run(redis, text, tuple(places), tuple(words))
    except (OutOfMemoryError, ReadOnlyError):
        return None  # Nothing can be counted; what can still be told is told without.
    return None if wait_ms < 0 else (wait_ms, found[0] if found else None)


def _name(credential: Credential) -> bytes:
    kind = b"cookie " if credential.by_cookie else b"bearer "
    return hashlib.sha256(kind + credential.text.encode(errors="surrogatepass")).digest()
