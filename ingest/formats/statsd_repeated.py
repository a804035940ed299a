"""
StatsD lines that differ from an earlier line in their value alone: a program repeats the same few names. Pure.

Their values wait, unread, until the interval ends. A line costs 0.5 µs so, where its parse costs 5.6 µs
(`tests/benchmarks/statsd.py`).
"""

import re
from collections.abc import Iterator, Sequence

MAX_WAITING = 200_000
"""Values: about 15 MB. Then they are read before the interval ends."""
MAX_HEADS = 50_000
"""Different lines that are remembered, without their values; others are parsed each time."""
_NUMBERS = re.compile(rb"[-+.:0-9eE]*+")
_ADDED = (b"c", b"ms", b"h", b"d")
"""Types whose order does not matter. A gauge is set, and a set's members are texts."""


class Repeated:
    """The values that wait, by the rest of their line."""

    def __init__(self) -> None:
        self.count = 0
        self._values: dict[tuple[bytes, bytes], list[bytes]] = {}

    def take(self, lines: Sequence[bytes]) -> list[bytes]:
        """Keep the values of lines that are known; return the other lines, in order."""
        known = self._values.get
        others = []
        for line in lines:
            head, _, rest = line.partition(b":")
            value, _, tail = rest.partition(b"|")
            values = known((head, tail))
            if values is None:
                others.append(line)
            else:
                values.append(value)
        self.count += len(lines) - len(others)
        return others

    def know(self, line: bytes) -> None:
        """Remember a line that was good, if the order of its values does not matter."""
        head, _, rest = line.partition(b":")
        _, _, tail = rest.partition(b"|")
        if tail.partition(b"|")[0] in _ADDED and len(self._values) < MAX_HEADS:
            self._values[head, tail] = []

    def drain(self) -> Iterator[tuple[str, list[str], list[float]]]:
        """
        Yield the lines of this interval and forget them.

        Yields:
            A line with 0 in place of its value; its values; and the values as numbers if all of them are numbers.
        """
        waiting, self._values, self.count = self._values, {}, 0
        for (head, tail), values in waiting.items():
            if not values:
                continue
            packed = b":".join(values)
            pieces = packed.split(b":")
            numbers: list[float] = []
            if _NUMBERS.fullmatch(packed):
                try:
                    numbers = list(map(float, pieces))
                except ValueError:
                    numbers = []
            line = b"%b:0|%b" % (head, tail)
            yield line.decode("utf-8", "replace").strip(), packed.decode("utf-8", "replace").split(":"), numbers
