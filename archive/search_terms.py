"""
The terms of the search's index, and the sets of alerts that have them. Pure.

A term is an integer: two neighbouring letters of an alert's text, or one of its values, such as a rule or a label. The
alerts are numbered, and a block is `WIDTH` numbers. For each term and block the index holds the set of the alerts that
have the term, so what is asked for is found by intersecting sets, the newest block first, on any database.
"""

import hashlib
import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from archive import search_text
from archive.search_text import Searchable
from shared.model.alerts import Alert

WIDTH = 1_024
"""Alerts of a block: a change writes some pages of a file, and a set is 128 bytes at most."""
_BYTES = WIDTH // 8
_MOST_LISTED = _BYTES // 2 - 1
"""A set of so few members is a list of them, which is shorter than a bit for each; their lengths tell them apart."""
_VALUE = 1 << 62
"""The bit that tells terms of values from bigrams."""
_SECOND_CHAR = 1 << 21
LONGEST = 40
"""The highest class of durations: 2^39 s and more."""


class Entry(NamedTuple):
    """All that the index holds of one alert."""

    text: str
    values: frozenset[int]
    """The terms of its values."""

    def terms(self) -> set[int]:
        return {pair(one) for one in search_text.bigrams(self.text)} | self.values


def pair(two: str) -> int:
    """Return the term of two letters."""
    return ord(two[0]) * _SECOND_CHAR + ord(two[1])


@lru_cache(maxsize=20_000)
def value(kind: str, *parts: str) -> int:
    """Return the term of a value, e.g. `("label", "team", "web")`."""
    text = "\0".join((kind, *parts)).encode("utf-8", "surrogatepass")
    return _VALUE | int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) >> 2


EVERY = value("alert")
"""The term that each alert has."""


def entry_of(alert: Alert, searchable: Searchable) -> Entry:
    """Return what the index holds of an alert."""
    found = {EVERY, value("rule", alert.rule_id), value("plugin", alert.plugin_id)}
    found |= {value("severity", alert.severity), value("state", alert.state)}
    for name, label in alert.labels.items():
        found |= {value("label", name), value("label", name, label)}
    found |= {value("person", one) for one in searchable.people}
    if alert.state == "resolved":
        found.add(duration(duration_class(alert.resolved_at_ms - alert.started_at_ms)))
    return Entry(searchable.text, frozenset(found))


def duration_class(duration_ms: int) -> int:
    """Return the class of a duration; each class is twice as wide as the one before."""
    return min(LONGEST, (max(0, duration_ms) // 1_000).bit_length())


def duration(number: int) -> int:
    """Return the term of a class of durations."""
    return value("duration", str(number))


def place(number: int) -> tuple[int, int]:
    """Return the block of an alert, and its bit there."""
    return number // WIDTH, 1 << number % WIDTH


def numbers(block: int, members: int) -> list[int]:
    """Return the alerts of a set, the newest first."""
    found = []
    while members:
        highest = members.bit_length() - 1
        found.append(block * WIDTH + highest)
        members ^= 1 << highest
    return found


def packed(members: int) -> bytes:
    """Return a set, which is not empty, as it is stored."""
    if members.bit_count() > _MOST_LISTED:
        return members.to_bytes(_BYTES, "little")
    listed = [number % WIDTH for number in numbers(0, members)]
    return struct.pack(f"<{len(listed)}H", *listed)


def unpacked(body: bytes) -> int:
    """Return a stored set."""
    if len(body) == _BYTES:
        return int.from_bytes(body, "little")
    return sum(1 << bit for bit in struct.unpack(f"<{len(body) // 2}H", body))


def packed_values(terms: Iterable[int]) -> bytes:
    """Return terms as they are stored beside the text."""
    listed = sorted(terms)
    return struct.pack(f"<{len(listed)}q", *listed)


def unpacked_values(body: bytes) -> frozenset[int]:
    """Return stored terms."""
    return frozenset(struct.unpack(f"<{len(body) // 8}q", body))
