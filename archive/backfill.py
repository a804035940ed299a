"""
The backfill: what was there before the archive, alerts, rules, silences and routes, is recorded once. Shell.

They go through the stream of records, so each has its place between the changes that came before and after it. Done
again after a crash or a gap, it changes nothing that the archive has already. The router is asked for the channels:
only who has the keys of their secrets can leave these out.
"""

from redis import Redis

from shared import crash_points
from shared.model import records
from shared.redis import keys, scripts
from shared.store import versions
from shared.store.records import MAX_ENTRIES

ALERTS_AT_ONCE = 50
"""With their timelines; of one alert that is 300 kB at most."""
DOCUMENTS_AT_ONCE = 200


_STORED = {
    records.RULE_FIELD: keys.rules,
    records.SILENCE_FIELD: keys.silences,
    records.ROUTES_VERSION_FIELD: keys.routes,
    records.ROUTES_FIELD: keys.routes,
}
"""Field of the entries → the hash of the documents."""


class Backfill:
    """Adds what was there to the records, part by part."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._alerts = scripts.script(redis, "backfill_alerts")
        self._documents = scripts.script(redis, "backfill_documents")
        self._is_due = False
        self._left: dict[bytes, list[bytes]] | None = None
        """Field of the entries → ids; None: nothing was looked at yet."""

    def begin(self) -> None:
        """Add everything, from the beginning."""
        self._is_due = True
        self._left = None

    def step(self, is_behind: bool) -> bool:
        """
        Add a part to the records, unless the recorder has others to read; returns whether more is left.

        Args:
            is_behind: Whether there are records that the recorder has not read.
        """
        if not self._is_due:
            return False
        if is_behind:
            return True
        if self._left is None:
            self._left = {
                records.ALERT_FIELD: self._redis.zrange(keys.alert_history(), 0, -1),
                records.RULE_FIELD: self._redis.hkeys(keys.rules()),
                records.SILENCE_FIELD: self._redis.hkeys(keys.silences()),
                # What is in force comes last: it counts even if a restore put an earlier version in force again.
                records.ROUTES_VERSION_FIELD: sorted(filter(bytes.isdigit, self._redis.hkeys(keys.routes())), key=int),
                records.ROUTES_FIELD: [versions.CURRENT.encode()],
            }
        for field, ids in self._left.items():
            if ids:
                self._add(field, ids)
                crash_points.reach("recorder.after_backfill")
                return True
        self._redis.set(keys.channels_wanted(), 1)
        self._redis.xadd(keys.records(), {records.BACKFILLED_FIELD: b""}, maxlen=MAX_ENTRIES, approximate=True)
        self._is_due = False
        return True

    def _add(self, field: bytes, ids: list[bytes]) -> None:
        if field == records.ALERT_FIELD:
            some = ids[:ALERTS_AT_ONCE]
            ends = keys.alert(""), keys.timeline("").removeprefix(keys.alert(""))
            self._alerts(keys=[keys.records()], args=[*ends, keys.alert_history(), MAX_ENTRIES, *some])
        else:
            some = ids[:DOCUMENTS_AT_ONCE]
            stored = _STORED[field]()
            self._documents(keys=[keys.records()], args=[stored, field, MAX_ENTRIES, *some])
        del ids[: len(some)]
