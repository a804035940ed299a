"""What tests of the recorder share: a load of entries of every kind, a recorder, and a comparison with streams."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from redis import Redis

from archive import journal
from archive.opening import open_archive
from archive.store import Archive, ArchiveError
from shared import process
from shared.clock import SystemClock
from shared.model.encoding import encode
from shared.model.events import LATEST_MS
from shared.model.processes import ProcessReport
from shared.redis import keys
from tests.support.archives import events_in, events_of
from tests.support.processes import System, a_system
from tests.support.real_server import RealServer
from tests.support.waiting import until

PARTITIONS = 3
PLUGINS = {p: (f"host-{p}", f"호스트-{p}") for p in range(PARTITIONS)}
"""The plugins of each partition."""
OLD_MS = SystemClock().now_ms() - 86_400_000
"""Entries of yesterday: their journal is due for compaction at once."""


class Load:
    """What a program adds to the streams: entries of yesterday, some with several events, some that are none."""

    def __init__(self, redis: Redis, seed: int = 1) -> None:
        self.added = 0
        self._redis = redis
        self._random = random.Random(seed)

    def add(self, count: int) -> None:
        with self._redis.pipeline(transaction=False) as pipe:
            for _ in range(count):
                self.added += 1
                p = self._random.randrange(PARTITIONS)
                pipe.xadd(keys.events(p), self._entry(p), id=f"{OLD_MS + self.added}-0")
            pipe.execute()

    def _entry(self, p: int) -> dict[str, bytes]:
        if self._random.random() < 0.05:
            return {"c": b'{"kind": "resolve"}'}
        events = [
            {
                "plugin_id": self._random.choice(PLUGINS[p]),
                "metrics": {"cpu": round(self._random.uniform(0, 100), 2), "n": self.added},
                "states": {"up": "yes"} if self._random.random() < 0.2 else {},
            }
            for _ in range(self._random.choice((1, 1, 1, 3)))
        ]
        return {"e": json.dumps(events if len(events) > 1 else events[0]).encode()}


@contextmanager
def a_recording(server: RealServer, folder: Path, place: Path | str, **environment: str) -> Iterator[System]:
    url = {} if isinstance(place, Path) else {"DATABASE_URL": place}
    wanted = {"PARTITIONS": str(PARTITIONS), "DATA_DIR": str(folder), "LEASE_SECONDS": "1", **url, **environment}
    with a_system(server.url, folder, **wanted) as system:
        yield system


def in_redis(redis: Redis, partition: int) -> list[tuple[bytes, list[bytes]]]:
    entries = redis.xrange(keys.events(partition))
    return [(entry_id, [part for pair in fields.items() for part in pair]) for entry_id, fields in entries]


def is_recorded(redis: Redis, place: Path | str) -> bool:
    """Whether the archive's cursors are at the ends of all streams."""
    ends = {f"events:{p}": found[-1][0].decode() for p in range(PARTITIONS) if (found := in_redis(redis, p))}
    with suppress(ArchiveError):
        archive = open_archive(place)
        try:
            found = archive.cursors().items()
            return ends == {stream: cursor.position for stream, cursor in found if stream.startswith("events:")}
        finally:
            archive.close()
    return False


def is_waiting(place: Path | str) -> bool:
    archive = open_archive(place)
    try:
        return bool(archive.journal_sizes())
    finally:
        archive.close()


def is_compacted(place: Path | str) -> bool:
    archive = open_archive(place)
    try:
        return bool(archive.chunks("host-0", 0, LATEST_MS))
    finally:
        archive.close()


def assert_equal(redis: Redis, archive: Archive) -> None:
    """Assert that the archive holds what the streams hold: each event once, in its order; the others as they came."""
    for p in range(PARTITIONS):
        entries = in_redis(redis, p)
        assert events_of(entries) == events_in(archive, f"events:{p}", PLUGINS[p])
        others = [entry for entry in entries if entry[1][0] != b"e"]
        waiting = {id_ for row in archive.journal(f"events:{p}", 10**6, 10**12) for id_, _ in journal.decode(row.body)}
        assert [entry for entry in others if entry[0] not in waiting] == archive.others(f"events:{p}")
        assert archive.cursors()[f"events:{p}"].read == len(entries)


def reports(redis: Redis) -> list[ProcessReport]:
    return [r for r in process.reports(redis, SystemClock().now_ms()) if r.component == "recorder"]


class FakeClock:
    """A clock that a test moves on."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def advance(self, ms: int) -> None:
        self._now_ms += ms


def kill_recorders(system: System, redis: Redis, done: Callable[[], int], more: Callable[[], int]) -> None:
    """
    Start a recorder and kill it, six times, each after more was done: while it starts, records or compacts.

    Args:
        done: How much there is to record so far.
        more: How much comes before the next kill.
    """
    for _ in range(6):
        recorder = system.start("archive")
        until(lambda pid=recorder.pid: any(report.pid == pid for report in reports(redis)), "it began")
        goal = done() + more()
        until(lambda goal=goal: done() > goal, "more was done")
        recorder.kill()


def report_recorder(redis: Redis, now_ms: int, **detail: str) -> None:
    """Put the report of a recorder with these details where processes put theirs."""
    report = ProcessReport(
        component="recorder", pid=1, host="h", started_at_ms=1, at_ms=now_ms, ready=True, detail=detail
    )
    redis.hset(keys.processes(), "recorder:1@h", encode(report))
