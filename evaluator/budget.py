"""How many plugins and series one partition remembers: a host that invents names must not use up the memory. Pure."""

import sys


class Budget:
    """
    The counts and limits of one partition.

    The counts follow from the stream alone and are part of the checkpoint, so each owner refuses the same plugins.
    """

    __slots__ = ("most_plugins", "most_series", "plugins", "series")

    def __init__(self, most_plugins: int = sys.maxsize, most_series: int = sys.maxsize) -> None:
        self.most_plugins = most_plugins
        self.most_series = most_series
        """Metrics and states of all plugins."""
        self.plugins = 0
        """Plugins that sent an event. Plugins that only rules name do not count; the number of rules bounds them."""
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
"""The budget of a plugin that belongs to no partition, as in tests."""
