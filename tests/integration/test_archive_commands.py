"""`enhanced-alerts archive`: what operators see of the archive, remove from it, and take out of it."""

import csv
import json
from pathlib import Path

import pytest
from redis import Redis

from archive.opening import open_archive
from shared.clock import SystemClock
from shared.redis import keys
from tests.support.archives import DAY, T0, fill
from tests.support.cli import Run
from tests.support.factories import an_alert
from tests.support.kept_records import Recording
from tests.support.postgres import PostgresServer
from tests.support.recording import report_recorder


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The archive in use, filled."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    archive = open_archive(tmp_path / "archive.db")
    fill(archive)
    archive.close()
    return tmp_path / "archive.db"


def test_status_shows_sizes_lag_and_gaps(run: Run, redis: Redis, file: Path) -> None:
    redis.xadd(keys.events(0), {"e": "x"}, id=f"{T0 + 3 * 86_400_000}-0")
    code, out, err = run("archive", "status")
    found = json.loads(run("archive", "status", "--json")[1])

    assert (0, "") == (code, err)
    assert f"{file}: " in out and "of 4096 MB" in out
    assert "360 events, 720 samples" in out and "bytes a sample" in out
    assert "Gap: 3 entries of outbox:0 not recorded" in out
    assert (360, 720) == (found["events"], found["samples"])
    assert {"chunks": 6, "summaries": 12} == {
        one["table"]: one["rows"] for one in found["tables"] if one["table"] in ("chunks", "summaries")
    }
    assert all(one["bytes"] > 0 for one in found["tables"])
    assert T0 == found["oldest_ms"]


def test_status_tells_how_far_the_recorder_is_behind(run: Run, redis: Redis, file: Path) -> None:
    for i in range(4):
        redis.xadd(keys.events(3), {"e": "x"}, id=f"{T0 + i}-0")
    lag = {one["stream"]: one["entries"] for one in json.loads(run("archive", "status", "--json")[1])["lag"]}

    assert 4 == lag["events:3"]


def test_an_archive_that_is_not_there_is_not_made(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    found = [run("archive", *words) for words in (["status"], ["export", "x.csv"], ["prune", "--before", "2024-01-01"])]

    assert [1, 1, 1] == [code for code, _, _ in found]
    assert all("There is no archive at" in err for _, _, err in found)
    assert not (tmp_path / "archive.db").exists()


def test_days_are_removed_after_a_question(run: Run, file: Path) -> None:
    asked = run("archive", "prune", "--before", "2024-10-05")
    still = json.loads(run("archive", "status", "--json")[1])["events"]
    code, out, _ = run("archive", "prune", "--before", "2024-10-05", "--yes")

    assert 20_000 == DAY, "which is 2024-10-04"
    assert 1 == asked[0] and "Remove 180 events that arrived before 2024-10-05?" in asked[1] + asked[2]
    assert 360 == still
    assert (0, True) == (code, "180 events are removed" in out)
    assert 180 == json.loads(run("archive", "status", "--json")[1])["events"]


def test_samples_are_exported(run: Run, file: Path, tmp_path: Path) -> None:
    words = ["--from", "2024-10-05", "--to", "2024-10-05", "--plugin-id", "호스트", "--metric", "cpu"]
    code, out, err = run("archive", "export", str(tmp_path / "s.csv"), *words)
    rows = list(csv.DictReader((tmp_path / "s.csv").open(encoding="utf-8")))

    assert (0, f"{tmp_path / 's.csv'}: 60 rows of samples.\n", "") == (code, out, err)
    assert {("호스트", "cpu")} == {(row["plugin_id"], row["metric"]) for row in rows}
    assert 60 == len(rows)


def test_alerts_are_exported(run: Run, file: Path, tmp_path: Path) -> None:
    archive = open_archive(file)
    Recording(archive).existing(an_alert(id="a", started_at_ms=T0), first_at_ms=T0)
    archive.close()
    found = [run("archive", "export", str(tmp_path / f"{what}.csv"), "--what", what) for what in ("alerts", "timeline")]

    assert [(0, ""), (0, "")] == [(code, err) for code, _, err in found]
    assert [": 1 rows of alerts.\n", ": 0 rows of timeline.\n"] == [out.rpartition("csv")[2] for _, out, _ in found]


def test_an_unknown_format_is_refused(run: Run, file: Path, tmp_path: Path) -> None:
    code, _, err = run("archive", "export", str(tmp_path / "s.xlsx"))

    assert (1, True) == (code, "must end in .csv, .jsonl or .parquet" in err)


@pytest.mark.slow
def test_an_archive_moves_to_postgres_and_back(
    run: Run, file: Path, tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres.new_database())
    there = run("archive", "copy", "--from", "sqlite", "--to", "postgres")
    shown = json.loads(run("archive", "status", "--json")[1])
    backup = run("archive", "copy", "--to", str(tmp_path / "backup.db"), "--json")
    again = json.loads(run("archive", "copy", "--to", str(tmp_path / "backup.db"), "--json", "--yes")[1])

    assert (0, 0) == (there[0], backup[0])
    assert "holds the same as" in there[1] and "postgres@" not in there[1]
    assert 360 == shown["events"]
    assert [one["digest"] for one in json.loads(backup[1])["tables"]] == [one["digest"] for one in again["tables"]]
    assert 0 == again["rows_written"]


def test_an_archive_that_is_written_is_not_replaced(run: Run, redis: Redis, file: Path, tmp_path: Path) -> None:
    # It counts as alive for ten seconds after its report, and two commands may take longer than that.
    report_recorder(redis, SystemClock().now_ms() + 600_000)
    saved = run("archive", "copy", "--to", str(tmp_path / "backup.db"))
    code, _, err = run("archive", "copy", "--from", str(tmp_path / "backup.db"), "--to", "sqlite", "--yes")

    assert 0 == saved[0]
    assert (1, True) == (code, "Stop it, copy, and start it again" in err)


def test_a_copy_needs_two_places(run: Run, file: Path) -> None:
    same = run("archive", "copy", "--to", "sqlite")
    nowhere = run("archive", "copy", "--to", "postgres")

    assert (1, True) == (same[0], "cannot be copied to itself" in same[2])
    assert (1, True) == (nowhere[0], "Set DATABASE_URL" in nowhere[2])
