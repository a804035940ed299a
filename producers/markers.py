"""
The markers of a publisher: one for each stream, with the number of the last batch that was written to it.

A marker is one of a fixed number of keys and holds one integer, so that the markers of all publishers together are
bounded, whatever a host does with the publisher's user of Redis.
"""

import os
from dataclasses import dataclass

DIGITS = 3
"""Hexadecimal, of a marker's name: 4,096 for each stream."""
KEEP_S = 3_600
"""How long a marker is kept: as long as a batch may wait for its answer."""


@dataclass(slots=True)
class Marker:
    """Of one stream. A publisher chooses a marker that no other publisher uses."""

    stream: str
    key: str = ""
    number: int = 0
    """The last batch that is known to be written; 0: none."""
    is_in_doubt: bool = False
    """Whether the answer to a batch is missing: only this marker can tell then whether the batch was written."""

    def __post_init__(self) -> None:
        self.choose()

    def choose(self) -> None:
        """Take one of the stream's markers at random."""
        self.key = f"{self.stream.rpartition(':')[0]}:published:{os.urandom(DIGITS).hex()[:DIGITS]}"
        self.number = 0

    def is_of_another(self, value: bytes | None) -> bool:
        """Tell whether *value*, which the marker holds, is the number of another publisher's batch."""
        return not self.is_in_doubt and value is not None and value != b"%d" % self.number

    def settle(self, number: int) -> None:
        """Take note that the marker holds *number*, and that no answer is missing."""
        self.number = number
        self.is_in_doubt = False

    def setting(self, number: int) -> list[tuple[str | int, ...]]:
        """Return the commands that set the marker. SET would allow a publisher's user to store values of any size."""
        return [("DEL", self.key), ("INCRBY", self.key, number), ("EXPIRE", self.key, KEEP_S)]
