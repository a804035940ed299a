"""The recorder against real servers: every entry once in the archive, wherever it is killed, and whatever is away."""

import json
import random
import threading
import time
from pathlib import Path

import pytest
from redis import Redis

from archive.opening import open_archive
from archive.store import EVERY_STREAM, Gap
from shared import crash_points
from shared.redis import keys
from tests.support.postgres import PostgresServer
from tests.support.processes import wait_ready
from tests.support.real_server import RealServer
from tests.support.recording import (
    OLD_MS,
    PARTITIONS,
    Load,
    a_recording,
    assert_equal,
    in_redis,
    is_compacted,
    is_recorded,
    is_waiting,
    kill_recorders,
    reports,
)
from tests.support.waiting import until

SEEDS = [
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2)),
    *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 21)),
]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_entry_is_recorded_once_through_kills(
    redis: Redis, server: RealServer, tmp_path: Path, place: Path | str, seed: int
) -> None:
    load, dice, over = Load(redis, seed), random.Random(seed), threading.Event()

    def publish() -> None:
        while not over.wait(0.01):
            load.add(20)

    publishing = threading.Thread(target=publish)
    with a_recording(server, tmp_path, place) as system:
        publishing.start()
        try:
            kill_recorders(system, redis, lambda: load.added, lambda: dice.randrange(50, 2_000))
        finally:
            over.set()
            publishing.join()
        system.start("archive")
        until(lambda: is_recorded(redis, place), "all is recorded")
        until(lambda: is_compacted(place), "some of it is compacted")
    archive = open_archive(place)

    assert_equal(redis, archive)
    assert [] == archive.gaps()
    archive.close()


@pytest.mark.slow
@pytest.mark.parametrize("point", [p for p in crash_points.POINTS if p.startswith("recorder.") and "backfill" not in p])
def test_nothing_is_lost_or_doubled_by_a_death_at(
    redis: Redis, server: RealServer, tmp_path: Path, place: Path | str, point: str
) -> None:
    load, marker = Load(redis), tmp_path / "reached"
    load.add(500)
    with a_recording(server, tmp_path, place) as system:
        armed = system.start("archive", CRASH_POINT=f"{point}={marker}")
        until(marker.exists, f"{point} is reached")
        armed.wait()
        load.add(100)
        system.start("archive")
        until(lambda: is_recorded(redis, place), "all is recorded")
        until(lambda: is_compacted(place), "some of it is compacted")
    archive = open_archive(place)

    assert_equal(redis, archive)
    archive.close()


@pytest.mark.slow
def test_a_database_that_dies_loses_nothing_and_is_reported(
    redis: Redis, server: RealServer, tmp_path: Path, postgres: PostgresServer
) -> None:
    place = postgres.new_database()
    load = Load(redis)
    load.add(300)
    with a_recording(server, tmp_path, place) as system:
        system.start("archive")
        until(lambda: is_recorded(redis, place), "the first part is recorded")
        postgres.kill()
        load.add(300)
        said = until(lambda: [r.detail["archive"] for r in reports(redis) if "archive" in r.detail], "it is reported")
        is_ready = all(report.ready for report in reports(redis))
        postgres.start()
        until(lambda: is_recorded(redis, place), "the rest is recorded")
        until(lambda: all("archive" not in report.detail for report in reports(redis)), "the trouble is over")
    archive = open_archive(place)

    assert f"127.0.0.1:{postgres.port}" in said[0] and "postgres@" not in said[0]
    assert is_ready, "a recorder without its archive must not be restarted for it"
    assert_equal(redis, archive)
    archive.close()


@pytest.mark.slow
def test_what_was_trimmed_before_it_was_recorded_is_a_gap(
    redis: Redis, server: RealServer, tmp_path: Path, place: Path | str
) -> None:
    def add(number: int) -> None:
        redis.xadd(keys.events(0), {"e": b'{"plugin_id": "db", "metrics": {"n": 1}}'}, id=f"{OLD_MS + number}-0")

    # What was trimmed before the archive began is missing nowhere.
    for number in range(5):
        add(number)
    redis.xtrim(keys.events(0), minid=f"{OLD_MS + 2}-0", approximate=False)
    with a_recording(server, tmp_path, place) as system:
        recorder = system.start("archive")
        until(lambda: is_recorded(redis, place), "the first part is recorded")
        recorder.stop()
        for number in range(10, 20):
            add(number)
        redis.xtrim(keys.events(0), minid=f"{OLD_MS + 17}-0", approximate=False)
        system.start("archive")
        until(lambda: is_recorded(redis, place), "the rest is recorded")
        lost = until(lambda: sum(report.counters.get("lost", 0) for report in reports(redis)))
    archive = open_archive(place)

    assert [Gap("events:0", OLD_MS + 4, OLD_MS + 17, 7)] == archive.gaps()
    assert 7 == lost
    assert 15 == archive.cursors()["events:0"].read
    archive.close()


@pytest.mark.slow
def test_recorders_share_the_partitions(redis: Redis, server: RealServer, tmp_path: Path, place: Path | str) -> None:
    load = Load(redis)
    load.add(300)
    with a_recording(server, tmp_path, place) as system:
        system.start("archive")
        wait_ready(redis, "recorder")
        second = system.start("archive")
        until(lambda: sorted(r.counters.get("partitions", 0) for r in reports(redis)) == [1, 2], "they share")
        load.add(300)
        until(lambda: is_recorded(redis, place), "all is recorded")
        second.kill()
        load.add(300)
        until(lambda: is_recorded(redis, place), "the first goes on with all of them")
    archive = open_archive(place)

    assert_equal(redis, archive)
    archive.close()


@pytest.mark.slow
def test_streams_are_told_how_far_they_are_recorded(
    redis: Redis, server: RealServer, tmp_path: Path, place: Path | str
) -> None:
    load = Load(redis)
    load.add(100)
    with a_recording(server, tmp_path, place, RECORDER_WAIT_SECONDS="600") as system:
        system.start("archive")
        ends = {p: in_redis(redis, p)[-1][0] for p in range(PARTITIONS)}
        until(lambda: all(ends[p] == redis.get(keys.recorded(p, "events")) for p in range(PARTITIONS)))
        waits_ms = redis.pttl(keys.recorded(0, "events"))

    assert 0 < waits_ms <= 600_000
    assert time.time() * 1000 - OLD_MS > 600_000


@pytest.mark.slow
def test_a_file_that_reaches_its_size_drops_the_oldest_and_says_so(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    place = tmp_path / "archive.db"
    dice = random.Random(1)
    with a_recording(server, tmp_path, place, ARCHIVE_MAX_MEGABYTES="16", ARCHIVE_KEEP_DAYS="100") as system:
        for minute in range(2_000):
            body = {"c": dice.randbytes(20_000)}
            redis.xadd(keys.events(0), body, id=f"{OLD_MS + minute * 60_000}-0")
        system.start("archive")
        until(lambda: any("dropped_to_ms" in report.detail for report in reports(redis)), "entries are dropped")
        until(lambda: is_recorded(redis, place), "all are recorded")
        until(lambda: place.stat().st_size <= 16_000_000 and not is_waiting(place), "the file is within its size")
        archive = open_archive(place)
        (gap,) = archive.gaps()
        kept = [int(entry_id.partition(b"-")[0]) for entry_id, _ in archive.others("events:0")]
        archive.close()
        # A report is some seconds old.
        until(lambda: [gap.entries] == [r.counters["dropped"] for r in reports(redis)], "what was dropped is counted")

    assert EVERY_STREAM == gap.stream
    assert OLD_MS + 1_999 * 60_000 == kept[-1]
    assert 2_000 == len(kept) + gap.entries
    assert "recorder.dropped" in system.logs()


@pytest.mark.slow
def test_a_recorder_that_is_switched_off_records_nothing_and_is_ready(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    Load(redis).add(10)
    with a_recording(server, tmp_path, tmp_path / "archive.db", ARCHIVE="off") as system:
        recorder = system.start("archive")
        wait_ready(redis, "recorder")
        (report,) = reports(redis)
        code = recorder.stop()

    assert ({"switched_off": "ARCHIVE"}, 0) == (report.detail, code)
    assert not (tmp_path / "archive.db").exists()


@pytest.mark.slow
def test_days_that_are_too_old_are_removed_by_the_newest_entry(
    redis: Redis, server: RealServer, tmp_path: Path, place: Path | str
) -> None:
    body = {"e": json.dumps({"plugin_id": "host-0", "metrics": {"cpu": 1}}).encode()}
    redis.xadd(keys.events(0), body, id=f"{OLD_MS - 2 * 86_400_000}-0")
    with a_recording(server, tmp_path, place, ARCHIVE_KEEP_DAYS="1") as system:
        first = system.start("archive")
        until(lambda: is_recorded(redis, place) and is_compacted(place), "an old entry is kept while none is newer")
        first.stop()
        redis.xadd(keys.events(0), body)
        system.start("archive")
        until(lambda: not is_compacted(place), "its day is removed")

    assert 2 == redis.xlen(keys.events(0))
