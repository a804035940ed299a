"""The contract of a source: something this machine can be asked about (`producers/sources/<kind>.py`)."""

from typing import Protocol

from shared.model.events import Event


class Source(Protocol):
    """Polled at an interval; returns what it found as events."""

    interval_s: float

    def poll(self, now_ms: int) -> list[Event]:
        """Return the events of this moment, `at_ms` set. May raise; the loop logs it and goes on."""
        ...
