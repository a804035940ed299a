"""The plugins page: what evaluators report of the plugins they heard of. Shell."""

from collections.abc import Callable, Mapping

import msgspec
from redis import Redis

from evaluator.faults import SHOWN, Faults
from evaluator.partition import Partition
from evaluator.plugin_memory import PluginMemory
from shared.model.encoding import encode
from shared.model.partitions import partition_of
from shared.process import Heartbeat
from shared.redis import keys

PLUGINS_AT_ONCE = 1_000
"""Reported in one go: about 10 ms, in which nothing is decided."""


class _LastSeen(msgspec.Struct):
    last_at_ms: int


_decode = msgspec.json.Decoder(_LastSeen).decode


class LastSeen:
    """Reports and forgets plugins, for the partitions of one worker."""

    def __init__(self, redis: Redis, partitions: Mapping[int, Partition], count: int, faults: Faults) -> None:
        """
        Args:
            partitions: Those held, as they are at any time.
            count: How many partitions there are.
        """
        self._redis = redis
        self._partitions = partitions
        self._count = count
        self._faults = faults
        self._unreported: list[tuple[int, PluginMemory]] = []
        """Plugins heard of, each with its partition's number."""

    def report(self, now_ms: int, is_due: Callable[[], bool]) -> None:
        """Report the next of the plugins heard of; when all are, those heard of since, if *is_due*."""
        if not self._unreported and is_due():
            self._unreported = [
                (n, known) for n, p in self._partitions.items() for known in p.engine.plugins.take_unreported()
            ]
        now, self._unreported = self._unreported[:PLUGINS_AT_ONCE], self._unreported[PLUGINS_AT_ONCE:]
        seen: dict[str, bytes] = {}
        for number, known in now:
            if number in self._partitions:
                try:
                    seen[known.plugin_id] = body(known)
                except Exception as error:
                    self._faults.note("plugin.not_reported", f"plugin {known.plugin_id}", error, now_ms)
        over = {one for p in self._partitions.values() for one in p.engine.plugins.take_renamed()}
        for plugin_id in over:
            seen.pop(plugin_id, None)
        if seen:
            self._redis.hset(keys.plugins(), mapping=seen)
        if over:
            self._redis.hdel(keys.plugins(), *over)

    def forget(self, silent_since_ms: int, now_ms: int) -> None:
        """
        Remove from the plugins page what the partitions have forgotten, even if the process that forgot it died before
        removing it; and entries that cannot be read, unless their plugin is known and will be written again.
        """
        gone: list[bytes] = []
        for name, body in self._redis.hscan_iter(keys.plugins(), count=1_000):
            try:
                plugin_id = name.decode()
                partition = self._partitions.get(partition_of(plugin_id, self._count))
                if partition is None or plugin_id in partition.engine.plugins.by_id:
                    continue
                if _decode(body).last_at_ms < silent_since_ms:
                    gone.append(name)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                self._faults.note("stored.unreadable", f"the last report of plugin {name[:128]!r}", str(error), now_ms)
                gone.append(name)
        if gone:
            self._redis.hdel(keys.plugins(), *gone)

    def show_lagging(self, heartbeat: Heartbeat, now_ms: int) -> None:
        """Show in the heartbeat which plugins have come late for long."""
        lagging: dict[str, int] = {}
        for partition in self._partitions.values():
            lagging |= partition.engine.plugins.lagging(now_ms)
        heartbeat.counters["plugins_lagging"] = len(lagging)
        lines = [f"{plugin_id[:60]} by {lag_ms // 1000} s" for plugin_id, lag_ms in list(lagging.items())[:SHOWN]]
        more = len(lagging) - len(lines)
        heartbeat.detail.pop("lagging", None)
        if lines:
            heartbeat.detail["lagging"] = ", ".join(lines) + (f" and {more} more" if more else "")


def body(known: PluginMemory) -> bytes:
    """Return what is reported of a plugin."""
    return encode(
        {
            "plugin_id": known.plugin_id,
            "plugin_name": known.plugin_name or known.plugin_id,
            "parent_id": known.parent_id,
            "last_at_ms": known.last_at_ms,
            "labels": dict(known.labels),
            "metrics": {name: series.value for name, series in known.series.items() if not series.is_gone},
            "states": {name: state.value for name, state in known.states.items()},
            **_lateness(known),
        }
    )


def _lateness(known: PluginMemory) -> dict[str, int]:
    """Say of a plugin of which something comes late since when, and by how much."""
    if not known.behind:
        return {}
    late = known.behind.values()
    return {"late_since_ms": min(one.since_ms for one in late), "late_by_ms": max(one.lag_ms for one in late)}
