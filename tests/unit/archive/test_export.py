"""Exports: every sample and event once, in each format, whole or not at all, and in bounded memory."""

import csv
import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet
import pytest

from archive import export, export_files
from archive.export import KINDS, Wanted
from archive.opening import open_archive, open_to_read
from archive.sql_archive import SqlArchive
from archive.store import DAY_MS
from shared.errors import ConfigurationError
from tests.support.archives import T0, add, compact_all, event, fill

ALL = Wanted(0, 3 * T0)


@pytest.fixture
def archive(tmp_path: Path) -> SqlArchive:
    writing = open_archive(tmp_path / "archive.db")
    fill(writing)
    writing.close()
    found = open_to_read(tmp_path / "archive.db")
    assert found is not None
    return found


def written(archive: SqlArchive, file: Path, what: str = "samples", wanted: Wanted = ALL) -> int:
    columns, rows = KINDS[what]
    form = file.suffix.removeprefix(".")
    return export_files.write(file, form, columns, rows(archive, wanted), lambda _done: None)


def test_every_sample_is_exported_once_also_those_in_the_journal(archive: SqlArchive) -> None:
    rows = list(export.samples(archive, ALL))
    cpu = [(at_ms, plugin_id, value) for at_ms, plugin_id, metric, value in rows if metric == "cpu"]
    in_chunks = [
        (T0 + day * DAY_MS + i * 1_000, name, i / 10)
        for day in range(2)
        for name in ("a'b;--", "p", "호스트")
        for i in range(60)
    ]
    in_journal = [(T0 + 2 * DAY_MS - 3_000 + i * 1_000, "p", float(i)) for i in range(9)]

    assert in_chunks + in_journal == cpu
    assert len(rows) == 2 * len(in_chunks) + len(in_journal)


def test_only_what_is_wanted_is_exported(archive: SqlArchive) -> None:
    wanted = Wanted(T0 + 10_000, T0 + 12_000, frozenset({"p"}), frozenset({"cpu"}))

    assert [(T0 + 10_000, "p", "cpu", 1.0), (T0 + 11_000, "p", "cpu", 1.1)] == list(export.samples(archive, wanted))


def test_csv_has_times_and_exact_values(archive: SqlArchive, tmp_path: Path) -> None:
    count = written(archive, tmp_path / "s.csv")
    rows = list(csv.DictReader((tmp_path / "s.csv").open(encoding="utf-8")))

    assert count == len(rows)
    assert {"at": "2024-10-04T00:00:00.000Z", "plugin_id": "a'b;--", "metric": "cpu", "value": "0.0"} == rows[0]
    assert {"1.7e+308"} == {row["value"] for row in rows if row["metric"] == "큰 값"}


def test_json_lines_have_whole_events(archive: SqlArchive, tmp_path: Path) -> None:
    written(archive, tmp_path / "e.jsonl", "events")
    lines = [json.loads(line) for line in (tmp_path / "e.jsonl").read_text(encoding="utf-8").splitlines()]

    assert 2 * 3 * 60 + 9 == len(lines)
    assert ({"cpu": 0.0, "큰 값": 1.7e308}, {"up": "예"}) == (lines[0]["metrics"], lines[0]["states"])
    assert "2024-10-04T00:00:00.005Z" == lines[0]["arrived"]


def test_parquet_has_the_same_rows(archive: SqlArchive, tmp_path: Path) -> None:
    count = written(archive, tmp_path / "s.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "s.parquet")
    at = datetime.fromtimestamp(T0 / 1000, UTC)

    assert count == table.num_rows
    assert {"at": at, "plugin_id": "a'b;--", "metric": "cpu", "value": 0.0} == table.slice(0, 1).to_pylist()[0]
    assert [row[3] for row in export.samples(archive, ALL)] == table.column("value").to_pylist()


def test_events_of_every_format_hold_the_same(archive: SqlArchive, tmp_path: Path) -> None:
    for suffix in ("csv", "parquet"):
        written(archive, tmp_path / f"e.{suffix}", "events")
    of_csv = [json.loads(row["metrics"]) for row in csv.DictReader((tmp_path / "e.csv").open(encoding="utf-8"))]
    of_parquet = pyarrow.parquet.read_table(tmp_path / "e.parquet").column("metrics").to_pylist()

    assert of_csv == [json.loads(cell) for cell in of_parquet]


def test_a_file_is_written_whole_or_not_at_all(archive: SqlArchive, tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text("before")

    def rows() -> object:
        yield T0, "p", "cpu", 1.0
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_files.write(file, "csv", export.SAMPLES, rows(), lambda _done: None)  # type: ignore[arg-type]

    assert "before" == file.read_text()
    assert ["archive.db", "s.csv"] == sorted(one.name for one in tmp_path.iterdir() if "-" not in one.name)


def test_a_folder_that_is_not_there_is_named(archive: SqlArchive, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none/s\.csv"):
        written(archive, tmp_path / "none" / "s.csv")


def test_memory_does_not_grow_with_the_archive(tmp_path: Path) -> None:
    writing = open_archive(tmp_path / "archive.db")
    peaks = []
    for day in range(4):
        add(writing, [event(T0 + day * DAY_MS + i * 1_000, metrics={"a": i, "b": i / 7}) for i in range(3_000)])
        compact_all(writing)
        tracemalloc.start()
        written(writing, tmp_path / "s.csv")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    writing.close()

    assert max(peaks) < 1.5 * peaks[0]


def test_an_error_of_a_missing_library_says_what_to_install(
    archive: SqlArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)

    with pytest.raises(ConfigurationError, match=r"pip install 'enhanced-alerts\[parquet\]'"):
        written(archive, tmp_path / "s.parquet")
    assert not (tmp_path / "s.parquet").exists()
