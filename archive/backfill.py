"""
The backfill: what was there before the archive, alerts, rules and silences, is recorded once. Shell.

They go through the stream of records, so each has its place between the changes that came before and after it. Done
again after a crash or a gap, it changes nothing that the archive has already.
"""

from redis import Redis

from shared import crash_points
from shared.model import records
from shared.redis import keys, scripts
from shared.store.records import MAX_ENTRIES

ALERTS_AT_ONCE = 50
"""With their timelines; of one alert that is 300 kB at most."""
DOCUMENTS_AT_ONCE = 200


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
            }
        for field, ids in self._left.items():
            if ids:
                self._add(field, ids)
                crash_points.reach("recorder.after_backfill")
                return True
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
            stored = keys.rules() if field == records.RULE_FIELD else keys.silences()
            self._documents(keys=[keys.records()], args=[stored, field, MAX_ENTRIES, *some])
        del ids[: len(some)]
