"""
Plugins that get other names because the mapping changed: what became of them, and the events about it.

Each series is placed under the mappings of the last day, too, when it is seen first. So a process that dies before it
has written an event writes it after its restart, and a second event about the same plugin changes nothing.
"""

import threading
from collections.abc import Mapping

from ingest.entities import Place
from shared.model.alerts import MAX_METRICS
from shared.model.events import Event

MAX_IN_USE = 1_000_000
MAX_PLUGINS = 100_000
"""That wait to be told; the next first sight of their series notes others again."""


class Renames:
    """Of all sources of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._renamed: dict[str, str] = {}
        self._ended: dict[str, set[str]] = {}
        self._in_use: set[str] = set()

    def note(self, before: Place, after: Place) -> None:
        """
        Take note of a series that had the place *before* under an earlier mapping.

        Args:
            after: Under the mapping in force.
        """
        if before.entity is None or after.is_refused:
            return
        old = before.entity.plugin_id
        with self._lock:
            if after.entity is not None:
                if len(self._in_use) < MAX_IN_USE:
                    self._in_use.add(after.entity.plugin_id)
                if after.entity.plugin_id != old and len(self._renamed) < MAX_PLUGINS:
                    self._renamed.setdefault(old, after.entity.plugin_id)
            elif len(self._ended) < MAX_PLUGINS:
                self._ended.setdefault(old, set()).add(before.metric)

    def forget(self) -> None:
        """The mapping has changed again: what was noted no longer holds."""
        with self._lock:
            self._renamed, self._ended, self._in_use = {}, {}, set()

    def take(self) -> tuple[dict[str, str], dict[str, set[str]]]:
        """Return old id → new id, and plugin id → metrics that are dropped now, and forget them."""
        with self._lock:
            renamed = {old: new for old, new in self._renamed.items() if old not in self._in_use}
            ended = {one: metrics for one, metrics in self._ended.items() if one not in renamed}
            self._renamed, self._ended = {}, {}
        return renamed, ended


def events_of(renamed: Mapping[str, str], ended: Mapping[str, set[str]]) -> list[Event]:
    """Return the events that end renamed plugins, and series that are dropped now; they have the stream's time."""
    events = [Event(old, renamed_to=new) for old, new in renamed.items()]
    for plugin_id, metrics in ended.items():
        names = sorted(metrics)
        for start in range(0, len(names), MAX_METRICS):
            events.append(Event(plugin_id, gone=tuple(names[start : start + MAX_METRICS])))
    return events
