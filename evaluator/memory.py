"""
What is remembered of each plugin: a fold of its events in stream order, and of nothing else.

No rule and no clock takes part, so a new owner that folds the same entries remembers the same. What rules need
remembered (windows) only widens what is kept.
"""

from msgspec import Struct

from shared.models import Event


class Series(Struct, gc=False, array_like=True):
    """One metric of one plugin."""

    newest_at_ms: int = 0
    value: float = 0.0


class PluginMemory(Struct, array_like=True):
    """One plugin."""

    plugin_id: str
    plugin_name: str = ""
    labels: dict[str, str] = {}
    series: dict[str, Series] = {}
    states: dict[str, tuple[int, str]] = {}
    """State name → (newest at_ms, value)."""
    last_at_ms: int = 0
    """Event time of the newest event of any content."""


def remember(memory: PluginMemory, event: Event) -> tuple[list[str], int]:
    """
    Fold one event into *memory*, in place.

    Returns:
        The metrics that have a new sample, and how many samples were late (older than their series' newest; they are
        never a cause to fire or to resolve).
    """
    at_ms = event.at_ms
    late = 0
    fresh = []
    series = memory.series
    for metric, value in event.metrics.items():
        known = series.get(metric)
        if known is None:
            series[metric] = Series(at_ms, value)
        elif at_ms < known.newest_at_ms:
            late += 1
            continue
        else:
            known.newest_at_ms = at_ms
            known.value = value
        fresh.append(metric)
    for name, state in event.states.items():
        if at_ms >= memory.states.get(name, (0, ""))[0]:
            memory.states[name] = (at_ms, state)
    if at_ms >= memory.last_at_ms:
        memory.last_at_ms = at_ms
        if event.plugin_name:
            memory.plugin_name = event.plugin_name
        if event.labels:
            memory.labels = event.labels
    return fresh, late
