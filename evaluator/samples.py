"""The samples of one metric of one plugin, as far back as a rule looks. Pure."""

import math
from array import array
from bisect import bisect_right
from operator import gt

MAX_SAMPLES = 36_000
"""Samples kept for one metric of one plugin: ten a second for an hour."""


class Tally:
    """Counts the samples of a window that are not between two values, as samples come and go."""

    __slots__ = ("asked_by", "breaching", "high", "low")

    def __init__(self, low: float, high: float, asked_by: object, values: "array[float]") -> None:
        self.low = low
        self.high = high
        self.asked_by = asked_by
        """Who needs the count: `evaluator/prefilter.py` for some rules. With other rules, it counts again."""
        self.breaching = self._count(values)

    def add(self, value: float) -> None:
        if not self.low < value < self.high:
            self.breaching += 1

    def remove(self, values: "array[float]") -> None:
        if self.breaching:
            self.breaching -= self._count(values)

    def _count(self, values: "array[float]") -> int:
        low, high = self.low, self.high
        return sum(not low < value < high for value in values)


class Samples:
    """
    Event times and values, ascending by time. A sample costs 16 bytes.

    One time has one sample: senders repeat a batch that was not answered, and a sample must not count twice.
    """

    __slots__ = ("_room", "_times", "_values", "cut_at_ms", "tally")

    def __init__(self, times: bytes = b"", values: bytes = b"", cut_at_ms: int = 0) -> None:
        """
        Args:
            times, values: As `saved` returned them.

        Raises:
            ValueError: `saved` cannot have returned them.
        """
        if len(times) != len(values):
            raise ValueError("its samples have other than as many times as values")
        self._times = array("q", times)
        """A few of the oldest may have left the window already."""
        self._values = array("d", values)
        self._room = 0
        """How many samples may be added before those that left the window are dropped."""
        if any(map(gt, self._times, self._times[1:])) or not all(map(math.isfinite, self._values)):
            raise ValueError("its samples are out of order, or no finite numbers")
        self.cut_at_ms = cut_at_ms
        """Event time of the newest sample that was dropped for want of room; 0: none was."""
        self.tally: Tally | None = None

    def __len__(self) -> int:
        return len(self._times)

    @property
    def newest_at_ms(self) -> int:
        """Event time of the newest sample; 0 without any."""
        return self._times[-1] if self._times else 0

    def append(self, at_ms: int, value: float, length_ms: int) -> int:
        """
        Add a sample that is newer than all others.

        Args:
            length_ms: Of the window, which ends at the newest sample.

        Returns:
            How many samples were dropped for want of room.
        """
        self._times.append(at_ms)
        self._values.append(value)
        tally = self.tally
        if tally is not None and not tally.low < value < tally.high:
            tally.breaching += 1
        # To drop the old samples one at a time would move all the others each time.
        self._room -= 1
        return self.drop_old(length_ms) if self._room < 0 else 0

    def put(self, at_ms: int, value: float, newest_at_ms: int, length_ms: int) -> int:
        """
        Add a sample at its place, unless it is outside the window. It replaces one of the same time.

        Args:
            newest_at_ms: Event time of the metric's newest sample; *at_ms* if this is it.
            length_ms: Of the window, which ends at the newest sample.

        Returns:
            How many samples were dropped for want of room.
        """
        times = self._times
        if not newest_at_ms - length_ms < at_ms <= newest_at_ms:
            # Later than the newest are samples of a clock that has stepped back since.
            return 0
        place = bisect_right(times, at_ms)
        if place == len(times) and (not place or times[-1] < at_ms):
            return self.append(at_ms, value, length_ms)
        if place and times[place - 1] == at_ms:
            self._replace(place - 1, value)
            return 0
        times.insert(place, at_ms)
        self._values.insert(place, value)
        if self.tally is not None:
            self.tally.add(value)
        self._room -= 1
        return self.drop_old(length_ms) if self._room < 0 else 0

    def _replace(self, place: int, value: float) -> None:
        if self.tally is not None:
            self.tally.remove(self._values[place : place + 1])
            self.tally.add(value)
        self._values[place] = value

    def drop_old(self, length_ms: int) -> int:
        """Drop the samples that left the window, and those there is no room for; return how many the latter were."""
        times, values = self._times, self._values
        old = bisect_right(times, times[-1] - length_ms)
        cut = max(0, len(times) - old - MAX_SAMPLES)
        if cut:
            self.cut_at_ms = times[old + cut - 1]
        if old + cut:
            if self.tally is not None:
                self.tally.remove(values[: old + cut])
            del times[: old + cut], values[: old + cut]
        self._room = min(8 + len(times) // 8, MAX_SAMPLES - len(times))
        return cut

    def count_inside(self, length_ms: int) -> int:
        """Return how many samples are inside the window that ends at the newest one."""
        return len(self._times) - bisect_right(self._times, self._times[-1] - length_ms)

    def is_cut(self, at_ms: int, length_ms: int) -> bool:
        """Tell whether samples of (at_ms − length_ms, at_ms] were dropped for want of room."""
        return self.cut_at_ms > at_ms - length_ms

    def within(self, at_ms: int, length_ms: int) -> "array[float]":
        """Return the values with event times in (at_ms − length_ms, at_ms], oldest first."""
        begin = bisect_right(self._times, at_ms - length_ms)
        return self._values[begin : bisect_right(self._times, at_ms, begin)]

    def values(self) -> "array[float]":
        """Return all values, oldest first; the first of them may have left the window."""
        return self._values

    def oldest_within(self, at_ms: int, length_ms: int) -> tuple[int, float] | None:
        """Return event time and value of the oldest sample in [at_ms − length_ms, at_ms]."""
        place = bisect_right(self._times, at_ms - length_ms - 1)
        return (self._times[place], self._values[place]) if place < len(self._times) else None

    def since(self, at_ms: int) -> "array[float]":
        """Return the values with event times from *at_ms* on, oldest first."""
        return self._values[bisect_right(self._times, at_ms - 1) :]

    def times_within(self, at_ms: int, length_ms: int) -> "array[int]":
        """Return the event times in (at_ms − length_ms, at_ms], oldest first."""
        begin = bisect_right(self._times, at_ms - length_ms)
        return self._times[begin : bisect_right(self._times, at_ms, begin)]

    def saved(self) -> tuple[bytes, bytes]:
        """Return times and values as little-endian 64-bit integers and floats."""
        return self._times.tobytes(), self._values.tobytes()
