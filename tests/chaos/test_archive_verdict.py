"""What the judge says of an archive that is not what the streams were: it misses nothing, and sees what comes twice."""

from pathlib import Path

from redis import Redis

from archive.opening import open_archive
from archive.store import Batch, Cursor
from shared.redis import keys
from tests.chaos.archived import judge_archive
from tests.chaos.verdict import Verdict
from tests.support.archives import STREAM, T0, event


def judged(redis: Redis, place: Path, recorded: list[int]) -> list[str]:
    """Publish four events, record those of these numbers in their order, and judge."""
    for i in range(4):
        entry_id, (field, body) = event(T0 + i, number=i, metrics={"cpu": i})
        redis.xadd(keys.events(0), {field: body}, id=entry_id.decode())
    archive = open_archive(place)
    entries = [event(T0 + i, number=i, metrics={"cpu": i}) for i in recorded]
    archive.record([Batch(STREAM, Cursor(), Cursor(f"{T0 + 8}-3", 4), entries)], T0)
    archive.close()
    verdict = Verdict()
    judge_archive(redis, place, 1, verdict, settle_s=1)
    return verdict.problems


def test_an_archive_with_all_events_is_good(redis: Redis, tmp_path: Path) -> None:
    assert [] == judged(redis, tmp_path / "archive.db", [0, 1, 2, 3])


def test_an_event_that_is_missing_is_a_problem(redis: Redis, tmp_path: Path) -> None:
    (problem,) = judged(redis, tmp_path / "archive.db", [0, 1, 3])

    assert "3 events and not 4; 1 lost" in problem


def test_an_event_that_is_there_twice_is_a_problem(redis: Redis, tmp_path: Path) -> None:
    (problem,) = judged(redis, tmp_path / "archive.db", [0, 1, 1, 2, 3])

    assert "5 events and not 4" in problem


def test_a_recorder_that_does_not_follow_is_a_problem(redis: Redis, tmp_path: Path) -> None:
    found = judged(redis, tmp_path / "archive.db", [0, 1, 2, 3])
    redis.xadd(keys.events(0), {"e": b"x"})
    verdict = Verdict()
    judge_archive(redis, tmp_path / "archive.db", 1, verdict, settle_s=0.5)

    assert [] == found
    assert ["the archive is behind after 0.5 s: ['events:0']"] == verdict.problems
