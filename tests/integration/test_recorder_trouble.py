"""The recorder while its database is killed, away or full: streams keep what comes, and the archive gets it all."""

import json
import random
import resource
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from redis import Redis

from api.cli import main
from archive.opening import open_archive
from archive.recorder import Recorder
from archive.store import ArchiveError
from shared.log import Logger
from shared.loops import Stop
from shared.model import reasons
from shared.process import Heartbeat
from shared.redis import keys
from shared.settings import Settings
from tests.support.postgres import PostgresServer
from tests.support.real_server import RealServer
from tests.support.recording import OLD_MS, PARTITIONS, FakeClock, Load, a_recording, assert_equal, is_recorded, reports
from tests.support.waiting import until

SEEDS = [
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2)),
    *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 21)),
]
MEGABYTE = 1_000_000


@pytest.mark.parametrize("seed", SEEDS)
def test_every_entry_is_recorded_once_through_kills_of_recorder_and_database(
    redis: Redis, server: RealServer, tmp_path: Path, postgres: PostgresServer, seed: int
) -> None:
    place = postgres.new_database()
    load, dice, over = Load(redis, seed), random.Random(seed), threading.Event()

    def publish() -> None:
        while not over.wait(0.01):
            load.add(20)

    publishing = threading.Thread(target=publish)
    with a_recording(server, tmp_path, place) as system:
        publishing.start()
        try:
            recorder = system.start("archive")
            until(lambda: reports(redis), "it began")
            for _ in range(5):
                goal = load.added + dice.randrange(50, 1_500)
                until(lambda goal=goal: load.added > goal, "more came")
                if dice.random() < 0.5:
                    recorder.kill()
                    recorder = system.start("archive")
                else:
                    postgres.kill()
                    goal = load.added + dice.randrange(0, 500)
                    until(lambda goal=goal: load.added > goal, "more came while the database was away")
                    postgres.start()
        finally:
            over.set()
            publishing.join()
        until(lambda: is_recorded(redis, place), "all is recorded")
    archive = open_archive(place)

    assert_equal(redis, archive)
    assert [] == archive.gaps()
    archive.close()


class Hours(Stop):
    """Waits in no time: the recorder's clock moves on five times as far instead, and *then* is called."""

    def __init__(self, clock: FakeClock, then: Callable[[], bool]) -> None:
        super().__init__(install_handlers=False)
        self._clock = clock
        self._then = then

    def wait(self, seconds: float) -> bool:
        self._clock.advance(int(seconds * 5_000))
        if self._then():
            self.set()
        return bool(self)


class SometimesAway:
    """An archive that cannot be opened or used for some time."""

    def __init__(self, place: Path | str, is_away: Callable[[], bool]) -> None:
        if is_away():
            raise ArchiveError(reasons.of("problem.text", text="away"))
        self._archive = open_archive(place)
        self._is_away = is_away

    def __getattr__(self, name: str) -> object:
        if name != "close" and self._is_away():
            raise ArchiveError(reasons.of("problem.text", text="away"))
        return getattr(self._archive, name)


@pytest.mark.slow
@pytest.mark.parametrize("minutes", [10, 60])
def test_an_archive_that_was_away_for_long_gets_everything(
    redis: Redis, tmp_path: Path, place: Path | str, minutes: int
) -> None:
    load, clock = Load(redis), FakeClock(OLD_MS)
    tried = 0
    said: list[dict[str, str]] = []

    def is_away() -> bool:
        return 30_000 < clock.now_ms() - OLD_MS < minutes * 60_000

    def open_again() -> SometimesAway:
        nonlocal tried
        tried += 1
        return SometimesAway(place, is_away)

    def then() -> bool:
        """Publish, until five minutes after the outage; then wait for the rest."""
        said.append(dict(heartbeat.detail))
        if clock.now_ms() - OLD_MS < (minutes + 5) * 60_000:
            load.add(15)
            return False
        return is_recorded(redis, place)

    heartbeat = Heartbeat(redis, "recorder")
    settings = Settings(partitions=PARTITIONS, archive_keep_days=30)
    recorder = Recorder(redis, settings, open_again, "r", clock, Logger("recorder"), heartbeat)
    recorder.run(Hours(clock, then))
    archive = open_archive(place)

    assert_equal(redis, archive)
    assert [] == archive.gaps()
    assert minutes <= tried <= 20 + 4 * minutes, "it tries again, at most every 30 s"
    away = [detail for detail in said if detail.get("archive") == "away"]
    assert len(away) > 6 * minutes and 1 == len({detail["archive_since_ms"] for detail in away})
    assert "archive" not in said[-1]
    archive.close()


def add_incompressible(redis: Redis, load: Load, megabytes: int) -> None:
    dice = random.Random(1)
    for _ in range(megabytes * 50):
        load.added += 1
        redis.xadd(keys.events(0), {"c": dice.randbytes(20_000)}, id=f"{OLD_MS + load.added}-0")


def advice_of_doctor() -> str:
    done = CliRunner().invoke(main, ["doctor", "--json"], catch_exceptions=False)
    return " ".join(one["advice"] for one in json.loads(done.stdout) if one["what"] == "the archive cannot be used")


def limit_files(pid: int, size: int) -> None:
    """Let a process's files not become larger: what a full disk answers, for one process."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


@pytest.mark.slow
def test_a_full_disk_loses_nothing_and_is_reported(
    redis: Redis, server: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "archive.db"
    load = Load(redis)
    load.add(200)
    monkeypatch.setenv("REDIS_URL", server.url)
    monkeypatch.setenv("PARTITIONS", str(PARTITIONS))
    with a_recording(server, tmp_path, place) as system:
        recorder = system.start("archive")
        until(lambda: is_recorded(redis, place), "the first part is recorded")
        limit_files(recorder.pid, 4 * MEGABYTE)
        add_incompressible(redis, load, 8)
        until(lambda: any("archive" in report.detail for report in reports(redis)), "the full disk is reported")
        advice = advice_of_doctor()
        load.add(200)
        is_ready = all(report.ready for report in reports(redis))
        limit_files(recorder.pid, resource.RLIM_INFINITY)
        until(lambda: is_recorded(redis, place), "the rest is recorded")
        until(lambda: all("archive" not in report.detail for report in reports(redis)), "the trouble is over")
    archive = open_archive(place)

    assert str(place) in advice
    assert is_ready, "a recorder without its archive must not be restarted for it"
    assert_equal(redis, archive)
    archive.close()


@pytest.mark.slow
def test_a_full_disk_of_the_database_loses_nothing_and_is_reported(
    redis: Redis, server: RealServer, tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = postgres.new_database()
    load = Load(redis)
    load.add(200)
    monkeypatch.setenv("REDIS_URL", server.url)
    monkeypatch.setenv("PARTITIONS", str(PARTITIONS))

    def limit(size: str) -> None:
        # Its write-ahead log has files of 16 MB. A new connection has the limit.
        postgres.limit_files(size)
        with psycopg.connect(place, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'enhanced-alerts'"
            )

    with a_recording(server, tmp_path, place) as system:
        system.start("archive")
        until(lambda: is_recorded(redis, place), "the first part is recorded")
        limit(str(18 * MEGABYTE))
        try:
            add_incompressible(redis, load, 30)
            until(
                lambda: any("could not extend file" in r.detail.get("archive", "") for r in reports(redis)),
                "it is reported",
            )
            advice = advice_of_doctor()
            load.add(200)
        finally:
            limit("unlimited")
        until(lambda: is_recorded(redis, place), "the rest is recorded")
        until(lambda: all("archive" not in report.detail for report in reports(redis)), "the trouble is over")
    archive = open_archive(place)

    assert f"127.0.0.1:{postgres.port}" in advice
    assert_equal(redis, archive)
    archive.close()
