"""Several senders of the same series, such as a pair of Prometheus servers: the samples of one count. Pure."""

from msgspec import Struct

from shared.model.events import Event

SILENT_MS = 30_000
"""Another replica takes over when the chosen one has been silent for longer; Cortex and Mimir wait as long."""
INTERVALS = 3
"""Or for so many of its own intervals, where these are longer."""
LONGEST_INTERVAL_MS = 120_000
"""Servers that send more seldom take turns; Prometheus itself forgets a series after five minutes."""


class Replicas(Struct, array_like=True):
    """The replicas that send one plugin. Instants are those of the stream, so every owner chooses the same replica."""

    chosen: str
    heard_at_ms: int
    interval_ms: int = 0
    """Between its two newest entries."""
    other: str = ""
    """Which other one was heard last."""
    other_heard_at_ms: int = 0

    def takes(self, event: Event, heard_at_ms: int) -> bool:
        """
        Tell whether *event* is of the chosen replica; choose again if that has fallen silent.

        A replica that ends series which another one still sends has lost them, not the plugin: the other takes over.
        """
        if event.replica == self.chosen:
            is_other_heard = bool(self.other) and heard_at_ms - self.other_heard_at_ms <= self._patience_ms()
            if event.gone and not event.metrics and is_other_heard:
                self.chosen, self.heard_at_ms = self.other, self.other_heard_at_ms
                self.other, self.other_heard_at_ms = "", 0
                return False
            if heard_at_ms > self.heard_at_ms:
                self.interval_ms = min(heard_at_ms - self.heard_at_ms, LONGEST_INTERVAL_MS)
                self.heard_at_ms = heard_at_ms
            return True
        if heard_at_ms - self.heard_at_ms > self._patience_ms():
            self.other, self.other_heard_at_ms = self.chosen, self.heard_at_ms
            self.chosen, self.heard_at_ms, self.interval_ms = event.replica, heard_at_ms, 0
            return True
        if not event.gone:
            self.other, self.other_heard_at_ms = event.replica, heard_at_ms
        return False

    def _patience_ms(self) -> int:
        return max(SILENT_MS, INTERVALS * self.interval_ms)
