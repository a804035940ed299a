"""Ids of alerts: derived from what opened the alert, so that a replay gives the same id. Pure."""

import hashlib
from base64 import b32encode

Origin = str | bytes | tuple[str, int]
"""
A place in the partition's log that caused something: an entry's id, an entry's id and the place of an event in it, or
an instant of the clock. Nearly no event causes anything, so the text is made only here.
"""


def entry_of(origin: Origin) -> str:
    """Return the id of the entry that *origin* names."""
    if isinstance(origin, tuple):
        return origin[0]
    return origin.decode() if isinstance(origin, bytes) else origin


def alert_id_of(rule_id: str, plugin_id: str, origin: Origin) -> str:
    """Return the id of the alert that *origin* opens: 16 characters of a-z and 2-7, the same at every replay."""
    if isinstance(origin, tuple):
        origin = f"{origin[0]}:{origin[1]}"
    cause = origin if isinstance(origin, bytes) else origin.encode()
    digest = hashlib.blake2b(f"{rule_id}\0{plugin_id}\0".encode() + cause, digest_size=10).digest()
    return b32encode(digest).decode().lower()
