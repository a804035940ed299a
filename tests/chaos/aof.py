"""What the server's own log of writes says: which attempts to tell of a firing were really begun."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from shared.model.alerts import UNREADABLE, LedgerEntry

_LEDGER = re.compile(r":alert:([^:]+):ledger$")


def marked(*folders: Path) -> set[tuple[str, str]]:
    """
    Return channel and alert of each attempt at "firing" that a worker marked before it sent.

    Args:
        folders: Of the servers; each holds `appendonlydir`, and its server never rewrote that log.
    """
    found = set()
    for folder in folders:
        for file in (folder / "appendonlydir").glob("*.incr.aof"):
            for words in _commands(file.read_bytes()):
                if words[0].upper() in (b"HSET", b"HMSET"):
                    found.update(_marks(words))
    return found


def _marks(words: list[bytes]) -> Iterator[tuple[str, str]]:
    if place := _LEDGER.search(words[1].decode("utf-8", "replace")):
        for channel, body in zip(words[2::2], words[3::2], strict=False):
            try:
                entry = msgspec.json.decode(body, type=LedgerEntry)
            except UNREADABLE:
                continue
            if entry.status == "sending" and entry.attempted.startswith("firing:"):
                yield channel.decode("utf-8", "replace"), place[1]


def _commands(log: bytes) -> Iterator[list[bytes]]:
    """Yield each command; the last one may be torn."""
    at = 0
    while (end := log.find(b"\r\n", at)) > 0:
        count, at = int(log[at + 1 : end]), end + 2
        words = []
        for _ in range(count):
            end = log.find(b"\r\n", at)
            if end < 0:
                return
            length, at = int(log[at + 1 : end]), end + 2
            words.append(log[at : at + length])
            at += length + 2
        if words and at <= len(log):
            yield words
