"""Exports: every sample and event once, in each format, whole or not at all, and in bounded memory."""

import csv
import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from msgspec import Raw

from archive import export, export_alerts, export_files
from archive.export import KINDS, Wanted
from archive.opening import open_archive, open_to_read
from archive.sql_archive import SqlArchive
from archive.store import DAY_MS
from shared.errors import ConfigurationError
from shared.model.alerts import LedgerEntry, TimelineEntry
from shared.model.encoding import encode
from shared.model.records import Attempted
from tests.support.archives import T0, add, compact_all, event, fill
from tests.support.factories import an_alert
from tests.support.kept_records import Recording

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


@pytest.fixture
def with_alerts(archive: SqlArchive, tmp_path: Path) -> SqlArchive:
    """The archive with an alert that was sent and acknowledged, and an open one of another plugin a day later."""
    archive.close()
    writing = open_archive(tmp_path / "archive.db")
    recording = Recording(writing)
    ended = an_alert(
        "resolved", id="a", started_at_ms=T0 + 1_000, fired_at_ms=T0 + 2_000, resolved_at_ms=T0 + 9_000, value=91.5,
        acknowledged_at_ms=T0 + 3_000, acknowledged_by="김", acknowledged_by_principal="user:kim",
        labels={"team": "웹"},
    )  # fmt: skip
    still = an_alert(id="b", plugin_id="other", rule_name="=cmd()", started_at_ms=T0 + DAY_MS, value=None)
    lines = [
        TimelineEntry(at_ms=T0 + 2_000, kind="firing", by="rule", reason="cpu is 91.5"),
        TimelineEntry(at_ms=T0 + 3_000, kind="acknowledged", by="김", principal="user:kim", reason="봅니다"),
    ]
    recording.existing(ended, *lines, first_at_ms=T0)
    line = TimelineEntry(at_ms=T0 + 4_000, kind="notification.failed", channel="slack", attempt=1, took_ms=83)
    line.reason = "500"
    recording.add(
        Attempted(
            alert_id="a", channel="slack", outcome="failed", news="firing", episode=1, is_repeated=True,
            line=Raw(encode(line)), ledger=Raw(encode(LedgerEntry())),
        )
    )  # fmt: skip
    recording.existing(still, first_at_ms=T0 + DAY_MS)
    writing.close()
    found = open_to_read(tmp_path / "archive.db")
    assert found is not None
    return found


def test_alerts_are_exported_with_who_acknowledged_and_when(with_alerts: SqlArchive, tmp_path: Path) -> None:
    count = written(with_alerts, tmp_path / "alerts.jsonl", "alerts")
    ended, still = map(json.loads, (tmp_path / "alerts.jsonl").read_text(encoding="utf-8").splitlines())

    assert 2 == count
    assert ("a", "resolved", 91.5, {"team": "웹"}, ["web"]) == tuple(
        ended[name] for name in ("id", "state", "value", "labels", "channels")
    )
    assert ("2024-10-04T00:00:03.000Z", "김", "user:kim", "2024-10-04T00:00:09.000Z") == tuple(
        ended[name] for name in ("acknowledged_at", "acknowledged_by", "acknowledged_by_principal", "resolved_at")
    )
    assert (None, None, None) == (still["acknowledged_at"], still["resolved_at"], still["value"])


def read_back(file: Path) -> list[dict[str, Any]]:
    if file.suffix == ".parquet":
        rows: list[dict[str, Any]] = pyarrow.parquet.read_table(file).to_pylist()
        return rows
    lines = file.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines)) if file.suffix == ".csv" else [json.loads(line) for line in lines]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_attempts_and_timelines_name_their_alert_in_every_format(
    with_alerts: SqlArchive, tmp_path: Path, form: str
) -> None:
    counts = [written(with_alerts, tmp_path / f"{what}.{form}", what) for what in ("notifications", "timeline")]
    sent, told = (read_back(tmp_path / f"{what}.{form}") for what in ("notifications", "timeline"))

    assert [1, 3] == counts
    assert ("a", "CPU 높음", "slack", "failed", "500") == tuple(
        sent[0][name] for name in ("alert_id", "rule_name", "channel", "outcome", "reason")
    )
    assert [("firing", ""), ("acknowledged", "user:kim"), ("notification.failed", "")] == [
        (one["kind"], one["by_principal"]) for one in told
    ]
    if form != "csv":
        assert (83, True) == (sent[0]["took_ms"], sent[0]["is_repeated"])


def test_alerts_are_chosen_by_plugin_and_by_when_they_began(with_alerts: SqlArchive) -> None:
    def ids(what: str, wanted: Wanted) -> list[str]:
        columns, rows = KINDS[what]
        return [row[columns.index("id" if what == "alerts" else "alert_id")] for row in rows(with_alerts, wanted)]

    assert ["b"] == ids("alerts", Wanted(T0 + DAY_MS, 3 * T0))
    assert ["a"] == ids("alerts", Wanted(0, 3 * T0, frozenset({"p"})))
    assert ([], ["a"]) == (
        ids("notifications", Wanted(0, 3 * T0, frozenset({"other"}))),
        ids("notifications", Wanted(0, 3 * T0, frozenset({"p"}))),
    )


def test_parts_are_read_one_after_the_other(with_alerts: SqlArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_alerts, "PART", 1)

    assert ["a", "b"] == [row[0] for row in export_alerts.alerts(with_alerts, 0, 3 * T0, frozenset())]
    assert 3 == len(list(export_alerts.timeline(with_alerts, 0, 3 * T0, frozenset())))


def test_no_cell_of_alerts_begins_like_a_formula(with_alerts: SqlArchive, tmp_path: Path) -> None:
    written(with_alerts, tmp_path / "alerts.csv", "alerts")
    rows = list(csv.DictReader((tmp_path / "alerts.csv").open(encoding="utf-8")))

    assert ["CPU 높음", "'=cmd()"] == [row["rule_name"] for row in rows]
    assert ["2024-10-04T00:00:09.000Z", ""] == [row["resolved_at"] for row in rows]
