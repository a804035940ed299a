"""How many plugins and series one partition remembers: a host that invents names must not use up the memory. Pure."""

import sys


class Budget:
    """
    Of one partition.

    What counts is remembered of the stream alone and stands in the checkpoint. So each owner refuses the same plugins.
    """

    __slots__ = ("most_plugins", "most_series", "plugins", "series")

    def __init__(self, most_plugins: int = sys.maxsize, most_series: int = sys.maxsize) -> None:
        self.most_plugins = most_plugins
        self.most_series = most_series
        """Metrics and states of all plugins."""
        self.plugins = 0
        """Those that sent an event; one that only a rule names is bounded by the number of rules."""
        self.series = 0

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another plugin."""
        return self.plugins >= self.most_plugins

    def take_series(self) -> bool:
        """Take room for one more metric or state; return whether there was some."""
        if self.series >= self.most_series:
            return False
        self.series += 1
        return True


UNBOUNDED = Budget()
"""Of a plugin that belongs to no partition."""
