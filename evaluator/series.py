"""What is remembered of one metric, and of one state, of a plugin. Pure."""

from msgspec import Struct

from evaluator.samples import Samples


class Series:
    """The newest sample of one metric of one plugin, and its window."""

    __slots__ = ("gone_at_ms", "heard_at_ms", "newest_at_ms", "samples", "value")

    def __init__(self, newest_at_ms: int, value: float, heard_at_ms: int) -> None:
        self.newest_at_ms = newest_at_ms
        self.value = value
        self.heard_at_ms = heard_at_ms
        """Server clock when the newest entry with this metric arrived; what absence is counted from."""
        self.samples: Samples | None = None
        """None where no rule looks back."""
        self.gone_at_ms = 0
        """Event time at which the sender said that the series has ended; a newer sample begins it again."""

    @property
    def is_gone(self) -> bool:
        """Whether the sender said that it has ended, and nothing newer came."""
        return self.gone_at_ms >= self.newest_at_ms

    def end(self, at_ms: int) -> bool:
        """Note that its sender says it has ended; return whether that is news."""
        if at_ms < self.newest_at_ms or self.is_gone:
            return False
        self.gone_at_ms = at_ms
        return True

    def put(self, at_ms: int, value: float, length_ms: int | None) -> int:
        """Put a sample that is not newer than all others into the window; return how many there was no room for."""
        if not length_ms:
            return 0
        if self.samples is None:
            self.samples = Samples()
        return self.samples.put(at_ms, value, self.newest_at_ms, length_ms)

    def restart(self, at_ms: int, value: float | None, length_ms: int | None) -> None:
        """Start again by a clock that stepped back, with the sample *value* if there is one."""
        if self.is_gone:
            self.gone_at_ms = at_ms
        self.newest_at_ms = at_ms
        self.samples = None
        if value is not None:
            self.gone_at_ms = 0
            self.value = value
            if length_ms is not None:
                self.samples = Samples()
                self.samples.append(at_ms, value, length_ms)


class State(Struct, array_like=True):
    """One state of one plugin."""

    newest_at_ms: int
    value: str
    previous: str = ""
    changed_at_ms: int = 0
    """Event time of the newest change; 0 while only one value was ever seen."""

    def take(self, at_ms: int, value: str) -> bool:
        """Take a report; return whether it is the newest, and does not only repeat it."""
        if at_ms < self.newest_at_ms or (at_ms == self.newest_at_ms and value == self.value):
            return False
        if value != self.value:
            self.previous, self.changed_at_ms = self.value, at_ms
        self.newest_at_ms, self.value = at_ms, value
        return True

    def restart(self, at_ms: int, value: str | None) -> None:
        """Start again by a clock that stepped back, with the report *value* if there is one."""
        if value is not None and value != self.value:
            self.previous, self.value, self.changed_at_ms = self.value, value, at_ms
        elif self.changed_at_ms:
            # The change was by the old clock; it must not look like one of this very moment.
            self.changed_at_ms = at_ms - 1
        self.newest_at_ms = at_ms
