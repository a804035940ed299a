"""Periodic duties of the active router: trim outboxes, prune old records, scheduled backup and report, repair."""

import re
from collections import Counter
from functools import partial
from pathlib import Path

from redis import Redis

from dispatchers import cursors, existing_channels, reports, sweeper
from dispatchers.duties import Duties
from dispatchers.queues import Queues
from shared import crash_points
from shared.errors import AlertsError
from shared.log import Logger
from shared.redis import delivery_keys, entry_ids, keys
from shared.settings import Settings
from shared.store import alert_store, backup, records, silence_store
from shared.store.alert_store import HOUR_MS
from shared.store.parking import Parking

TRIM_MS = 5_000
PRUNE_MS = 60_000
RECORDS_PART = 4
"""The records of the control plane may take a quarter of STREAM_MAX_MEGABYTES, besides the streams of partitions."""


class Housekeeping:
    """The duties that bound and repair stored data."""

    def __init__(
        self,
        redis: Redis,
        settings: Settings,
        log: Logger,
        counters: Counter[str],
        parking: Parking,
        duties: Duties,
        queues: Queues,
    ) -> None:
        self._redis = redis
        self._settings = settings
        self._log = log
        self._counters = counters
        self._parking = parking
        self._duties = duties
        self._queues = queues
        self._records_bytes = settings.stream_max_megabytes * 1_000_000 // RECORDS_PART

    def run(self, now_ms: int) -> None:
        """Perform the duties that are due."""
        if self._duties.is_due("trim", TRIM_MS, now_ms):
            self._duties.do("trim", self._trim)
            self._duties.do("record.channels", lambda: existing_channels.record(self._redis))
            self._duties.do("trim.records", lambda: records.trim(self._redis, self._records_bytes))
        if self._duties.is_due("prune", PRUNE_MS, now_ms):
            self._prune(now_ms)
        if self._duties.is_due("reports", reports.EVERY_MS, now_ms):
            self._duties.do("reports", lambda: reports.give_jobs(self._redis, self._queues, now_ms))

    def _trim(self) -> None:
        found = cursors.read(self._redis, self._parking)
        with self._redis.pipeline(transaction=False) as pipe:
            for partition in found:
                pipe.get(keys.recorded(partition, "outbox"))
            recorded = pipe.execute()
        for (partition, cursor), before in zip(found.items(), recorded, strict=True):
            # The last routed entry stays: a new router starts to read at its id.
            until = _earlier(cursor, before)
            trim = partial(self._redis.xtrim, keys.outbox(partition), minid=until, approximate=False)
            self._duties.do("trim", trim)

    def _prune(self, now_ms: int) -> None:
        do, oldest_ms = self._duties.do, now_ms - self._settings.history_ms
        do("prune.history", lambda: alert_store.prune_history(self._redis, oldest_ms))
        do("prune.silences", lambda: silence_store.prune(self._redis, now_ms))
        given_up = delivery_keys.dead_notifications()
        do("prune.notifications", lambda: self._redis.zremrangebyscore(given_up, "-inf", oldest_ms))
        do("backup", lambda: self._back_up(now_ms))
        repaired = do("repair", lambda: sweeper.repair(self._redis, self._log, now_ms, self._parking))
        self._counters["repaired"] += repaired or 0

    def _back_up(self, now_ms: int) -> None:
        """Write the scheduled backup if it is due. A failure is logged, and the other duties continue."""
        settings = self._settings
        last_ms = _number(self._redis.get(keys.last_backup()))
        if not settings.backup_dir or 0 <= now_ms - last_ms < settings.backup_every_hours * HOUR_MS:
            return
        try:
            folder = Path(settings.backup_dir)
            file = backup.write_scheduled(self._redis, settings.partitions, folder, settings.backup_keep, now_ms)
        except AlertsError as error:
            self._log.error("backup.failed", reason=str(error))
            return
        crash_points.reach("backup.after_rename")
        self._redis.set(keys.last_backup(), now_ms)
        self._log.info("backup.written", file=file.name)


def _earlier(cursor: str, recorded: bytes | None) -> str:
    """Return the earlier of two ids; *cursor* if no recorder has said lately how far it is, or nobody can read it."""
    if recorded is None or not re.fullmatch(rb"[0-9]{1,16}-[0-9]{1,20}", recorded):
        return cursor
    return min(cursor, recorded.decode(), key=entry_ids.order_of)


def _number(stored: bytes | None) -> int:
    """Return a stored number; 0 if the key is missing or does not hold a number."""
    return int(stored) if stored is not None and stored.isdigit() and len(stored) < 20 else 0
