"""Ids of alerts: derived from what opened the alert, so that a replay gives the same id. Pure."""

import hashlib
from itertools import product

_PAIRS = tuple("".join(pair) for pair in product("abcdefghijklmnopqrstuvwxyz234567", repeat=2))
"""Ten bits as two digits of base 32 (RFC 4648): `base64.b32encode` takes six times as long, and storms wait for it."""


def alert_id_of(rule_id: str, plugin_id: str, origin: str | bytes) -> str:
    """Return the id of the alert that *origin* opens: 16 characters of a-z and 2-7, the same at every replay."""
    cause = origin if isinstance(origin, bytes) else origin.encode()
    digest = hashlib.blake2b(f"{rule_id}\0{plugin_id}\0".encode() + cause, digest_size=10).digest()
    number = int.from_bytes(digest, "big")
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(70, -1, -10)])
