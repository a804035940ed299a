"""
The recorder's loop: copy the streams of the partitions it holds into the archive, and compact what it copied. Shell.

A cursor is stored in the transaction of what it covers, so a recorder that dies anywhere repeats and loses nothing. The
archive may be away: the streams keep what is not recorded, and nothing else waits.
"""

import math
from collections.abc import Callable
from contextlib import suppress

from redis import Redis

from archive import record_tables
from archive.backfill import Backfill
from archive.compacting import Compacting
from archive.record_stream import RecordStream
from archive.retention import Retention
from archive.store import EVENTS, Archive, ArchiveError, Batch, Cursor, Overtaken, stream_of
from archive.stream import Stream
from shared import crash_points, process
from shared.clock import Clock
from shared.log import Logger
from shared.loops import Loop, Stop
from shared.model import backoff
from shared.model.encoding import encode
from shared.process import Heartbeat
from shared.redis import keys
from shared.redis.leases import Leases
from shared.settings import Settings

PAUSE_S = 1.0
"""Between two steps when nothing is left to read: one transaction a second at rest."""
SHARE_MS = 1_000
PREPARE_MS = 3_600_000
LONGEST_PAUSE_MS = 30_000
AWAY = ("archive", "archive_reason", "archive_since_ms")
"""What the heartbeat reports while the archive cannot be used."""
FOLLOWED = {EVENTS: keys.events, "outbox": keys.outbox}
"""Streams of a partition that are recorded."""
RECORDS = (0, "records")
"""The control plane's records are followed by who holds the first partition."""


class Recorder:
    """One recorder process; several share the partitions."""

    def __init__(
        self,
        redis: Redis,
        settings: Settings,
        open_archive: Callable[[], Archive],
        name: str,
        clock: Clock,
        log: Logger,
        heartbeat: Heartbeat,
    ) -> None:
        """
        Args:
            open_archive: Raises `ArchiveError` while it cannot be opened.
            name: Unique among the recorders of the system.
        """
        self._redis = redis
        self._partitions = settings.partitions
        self._wait_ms = int(settings.recorder_wait_seconds * 1000)
        self._open_archive = open_archive
        self._name = name
        self._clock = clock
        self._log = log
        self._heartbeat = heartbeat
        self._leases = Leases(redis, int(settings.lease_seconds * 1000))
        self._held: dict[int, str] = {}
        """Partition → the value of its lease."""
        self._streams: dict[tuple[int, str], Stream] = {}
        self._archive: Archive | None = None
        self._compacting = Compacting(clock, heartbeat.counters)
        self._retention = Retention(settings, log, heartbeat)
        self._backfill = Backfill(redis)
        self._failures = 0
        self._closed_until_ms = 0
        self._shared_at_ms = self._prepared_at_ms = -math.inf
        self._loop = Loop("recorder", self._turn, log, counters=heartbeat.counters, recover=self._recover)
        self._stop = Stop(install_handlers=False)
        heartbeat.follow(self._loop)

    def run(self, stop: Stop) -> None:
        """Work until *stop*, then release the leases."""
        self._stop = stop
        self._loop.run(stop)
        self._close()
        for partition, lease in self._held.items():
            with suppress(Exception):
                self._leases.release(keys.recorder_lease(partition), lease)

    def _turn(self) -> None:
        now_ms = self._clock.now_ms()
        if not 0 <= now_ms - self._shared_at_ms < SHARE_MS:
            self._shared_at_ms = now_ms
            self._share(now_ms)
            if not self._heartbeat.ready:
                self._heartbeat.mark_ready()
        try:
            archive = self._opened(now_ms)
            is_busy = archive is not None and self._step(archive, now_ms)
        except ArchiveError as error:
            self._lose_archive(error, now_ms)
            is_busy = False
        except Overtaken as error:
            self._log.warning("recorder.overtaken", reason=str(error))
            self._close()
            is_busy = False
        if not is_busy:
            self._stop.wait(PAUSE_S)

    def _step(self, archive: Archive, now_ms: int) -> bool:
        """Record what came, then compact some. Returns whether there is more to do at once."""
        if not 0 <= now_ms - self._prepared_at_ms < PREPARE_MS:
            archive.prepare(now_ms)
            self._prepared_at_ms = now_ms
        batches = [batch for stream in self._streams.values() if (batch := stream.read()) is not None]
        if batches:
            crash_points.reach("recorder.before_commit")
            archive.record(batches, now_ms)
            crash_points.reach("recorder.after_commit")
            self._count(batches)
        self._tell_streams()
        is_compacting = self._compacting.step(archive, [stream.name for stream in self._streams.values()])
        newest_ms = max((stream.newest_ms for stream in self._streams.values()), default=0)
        self._retention.step(archive, newest_ms, now_ms)
        is_backfilling = is_indexing = False
        if RECORDS in self._streams:
            is_behind = self._streams[RECORDS].has_more
            is_backfilling = self._backfill.step(is_behind)
            is_indexing = not is_behind and archive.index_older_alerts()
        self._failures = 0
        for name in AWAY:
            self._heartbeat.detail.pop(name, None)
        return (
            is_compacting or is_backfilling or is_indexing or any(stream.has_more for stream in self._streams.values())
        )

    def _count(self, batches: list[Batch]) -> None:
        counters = self._heartbeat.counters
        for batch in batches:
            partition, _, name = batch.stream.partition(":")
            self._streams[int(name), partition].advance(batch)
            counters["recorded"] += len(batch.entries)
            if batch.rows is not None:
                counters["records_unreadable"] += batch.rows.unreadable
                if batch.rows.is_out_of_date:
                    self._backfill.begin()
            if batch.gap is not None:
                counters["lost"] += batch.gap.entries
                self._heartbeat.detail["lost_at_ms"] = str(self._clock.now_ms())
                self._log.error("recorder.gap", stream=batch.stream, entries=batch.gap.entries)

    def _tell_streams(self) -> None:
        """Say how far the streams are recorded, so that they are trimmed behind it."""
        with self._redis.pipeline(transaction=False) as pipe:
            for stream in self._streams.values():
                if stream.cursor.position:
                    pipe.set(stream.recorded, stream.cursor.position, px=self._wait_ms)
            pipe.execute()

    def _keep_streams(self, partition: int) -> None:
        """Have the streams wait also for an archive of which nothing is known yet: it is made, or away."""
        names = [keys.recorded(partition, name) for name in FOLLOWED]
        with self._redis.pipeline(transaction=False) as pipe:
            for name in [*names, *([keys.records_recorded()] if partition == RECORDS[0] else [])]:
                pipe.set(name, "0-0", px=self._wait_ms, nx=True)
            pipe.execute()

    # -- partitions ---------------------------------------------------------------------------------------------

    def _share(self, now_ms: int) -> None:
        """Renew the leases, hand on what is more than this recorder's share, or take over what it lacks."""
        for partition, lease in list(self._held.items()):
            if not self._leases.renew(keys.recorder_lease(partition), lease):
                self._drop(partition)
        alive = sum(report.component == "recorder" for report in process.reports(self._redis, now_ms))
        share = math.ceil(self._partitions / max(alive, 1))
        for partition in sorted(self._held)[share:]:
            self._leases.release(keys.recorder_lease(partition), self._held[partition])
            self._drop(partition)
        for partition in range(self._partitions):
            if partition not in self._held and len(self._held) < share:
                value = self._leases.acquire(keys.recorder_lease(partition), keys.recorder_fence(partition), self._name)
                if value:
                    self._held[partition] = value
                    self._keep_streams(partition)
                    # The archive knows how far the recorder before this one came.
                    self._streams.clear()
        self._heartbeat.counters["partitions"] = len(self._held)

    def _drop(self, partition: int) -> None:
        del self._held[partition]
        for name in (*FOLLOWED, RECORDS[1]):
            self._streams.pop((partition, name), None)

    # -- the archive --------------------------------------------------------------------------------------------

    def _opened(self, now_ms: int) -> Archive | None:
        """Return the archive, with the streams at its cursors; None while it is left alone after a failure."""
        if self._archive is None:
            if now_ms < self._closed_until_ms <= now_ms + LONGEST_PAUSE_MS:
                return None
            self._archive = self._open_archive()
            self._log.info("archive.opened")
        has_records = RECORDS[0] in self._held
        if len(self._streams) < len(self._held) * len(FOLLOWED) + has_records:
            cursors = self._archive.cursors()
            for partition in self._held:
                for name, key in FOLLOWED.items():
                    stream = stream_of(name, partition)
                    place = key(partition), keys.recorded(partition, name), cursors.get(stream, Cursor())
                    self._streams[partition, name] = Stream(self._redis, stream, *place)
            if has_records:
                cursor = cursors.get(RecordStream.NAME, Cursor())
                self._streams[RECORDS] = RecordStream(self._redis, cursor)
                if record_tables.BACKFILLED not in cursors:
                    self._backfill.begin()
        return self._archive

    def _lose_archive(self, error: ArchiveError, now_ms: int) -> None:
        self._close()
        self._failures += 1
        pause_ms = backoff.delay_ms(self._failures, base_ms=500, cap_ms=LONGEST_PAUSE_MS)
        self._closed_until_ms = now_ms + pause_ms
        self._heartbeat.counters["archive_failures"] += 1
        detail = self._heartbeat.detail
        detail["archive"], detail["archive_reason"] = str(error), encode(error.cited()).decode()
        detail.setdefault("archive_since_ms", str(now_ms))
        self._log.warning("archive.unavailable", reason=str(error))

    def _close(self) -> None:
        """Let go of the archive; the next one says how far the streams are recorded."""
        if self._archive is not None:
            self._archive.close()
        self._archive = None
        self._streams.clear()
        self._prepared_at_ms = -math.inf

    def _recover(self, _error: Exception) -> None:
        self._close()
        self._shared_at_ms = -math.inf
