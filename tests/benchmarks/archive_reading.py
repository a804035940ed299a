"""
A chart of 30 days of one series at 1,000 points, asked for over and over of the API; and what the archive takes a day.

The floor of the chart is the same JSON from a Flask view that only returns it. Sizes are of some hosts with four
metrics at 30 s, after 1, 7 and 14 days: what a thousand hosts take follows from them, because they grow evenly.
"""

import http.client
import json
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from api.auth import access_tokens
from archive import compaction
from archive.opening import open_archive
from archive.store import DAY_MS, Archive, Batch, Cursor
from shared.model.partitions import partition_of
from tests.benchmarks import _host_metrics, _stage
from tests.benchmarks.figures import Figure, Size, Target
from tests.support.ports import free_port
from tests.support.processes import wait_ready
from tests.support.waiting import until

REQUESTS = 200
HOSTS = 5
DAYS = (1, 7, 14)
CHART_DAYS = 30
POINTS = 1_000
PATH = "/api/enhanced-alerts/series/query"
STEP_MS = 14_400_000
"""What is compacted at once."""


def run(size: Size) -> list[Figure]:
    return [*_sizes(size), _chart(size)]


def _chart(size: Size) -> Figure:
    count = size.of(REQUESTS, 5)
    port, bare_port = free_port(), free_port()
    served: list[float] = []
    bare: list[float] = []
    now_ms = int(time.time() * 1000)
    begin_ms = now_ms - size.of(CHART_DAYS, 1) * DAY_MS
    with (
        _stage.a_stage(API_PORT=str(port), API_REQUESTS_PER_SECOND="100000") as (redis, system),
        tempfile.TemporaryDirectory() as folder,
    ):
        archive = open_archive(Path(system.environment["DATA_DIR"]) / "archive.db")
        _fill(archive, 1, begin_ms, now_ms, f"events:{partition_of('host-0', 8)}")
        archive.close()
        system.start("api")
        wait_ready(redis, "api")
        header = {
            "Authorization": f"Bearer {access_tokens.issue(redis, 'bench', 'viewer', 3_600)}",
            "Content-Type": "application/json",
        }
        series = [{"plugin_id": "host-0", "metric": "cpu_percent"}]
        body = json.dumps({"series": series, "since_ms": begin_ms, "until_ms": now_ms, "points": POINTS})
        answer = _ask(port, "POST", PATH, header, body)
        drawn = json.loads(answer)["series"][0]
        assert len(drawn["samples"]) > 200, drawn
        file = Path(folder) / "answer.json"
        file.write_bytes(answer)
        with _stage.a_helper("_bare_view", str(bare_port), str(file)):
            until(lambda: _answers(bare_port), "the bare view")
            for _ in range(size.rounds):
                served.append(_p95_ms(port, "POST", PATH, header, body, count))
                bare.append(_p95_ms(bare_port, "GET", "/alerts", {}, "", count))
    note = f"{len(drawn['samples'])} points of {drawn['step_ms'] // 60_000} min, {len(answer):,} bytes"
    what = f"API: a chart of one series over {size.of(CHART_DAYS, 1)} days at {POINTS:,} points, p95"
    return Figure("archive_chart", what, "ms", served, "the same bytes from a bare Flask view", bare,
                  Target(50, "at most", of="value"), note=note)  # fmt: skip


def _sizes(size: Size) -> list[Figure]:
    hosts = size.of(HOSTS, 1)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "archive.db"
        archive = open_archive(place)
        begin_ms = 20_000 * DAY_MS
        done_ms = begin_ms
        for days in DAYS if size.scale == 1 else DAYS[:1]:
            end_ms = begin_ms + days * DAY_MS
            _fill(archive, hosts, done_ms, end_ms, "events:0")
            done_ms = end_ms
            whole, rollups = _bytes(place, rollups_only=False), _bytes(place, rollups_only=True)
            series_days = hosts * len(_host_metrics.METRICS) * days
            samples = series_days * DAY_MS // _host_metrics.INTERVAL_MS
            of_1000 = series_days / (4_000 * days)
            said = f"{(whole - rollups) / of_1000 / 1e6:.0f} MB of samples for 1,000 plugins × 4 metrics"
            # fmt: off
            found += [
                Figure(f"archive_samples_{days}", f"archive: samples at 30 s, {days} days", "bytes/sample",
                       [(whole - rollups) / samples], target=Target(3, "at most", of="value"), note=said),
                Figure(f"archive_rollups_{days}", f"archive: rollups of a series and day, {days} days", "bytes",
                       [rollups / series_days],
                       note=f"{rollups / series_days * 4_000 * 400 / 1e9:.2f} GB in 400 days for 1,000 plugins × 4"),
            ]
            # fmt: on
        archive.close()
    return found


def _fill(archive: Archive, hosts: int, from_ms: int, to_ms: int, stream: str) -> None:
    """Record and compact what some hosts publish in a span."""
    for start_ms in range(from_ms, to_ms, STEP_MS):
        entries = list(_host_metrics.entries(hosts, start_ms, min(start_ms + STEP_MS, to_ms)))
        before = archive.cursors().get(stream, Cursor())
        after = Cursor(entries[-1][0].decode(), before.read + len(entries))
        archive.record([Batch(stream, before, after, entries)], 0)
        rows = archive.journal(stream, 1_000, 10**9)
        archive.compact(stream, rows, compaction.compact(entries, archive))


def _bytes(place: Path, *, rollups_only: bool) -> int:
    """Return the size of a copy of the archive, without its free pages."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        with closing(sqlite3.connect(place)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            for table in ("chunks", "summaries", "others", "journal") if rollups_only else ():
                target.execute(f"DELETE FROM {table}")
            target.commit()
            target.execute("VACUUM")
            target.execute("PRAGMA journal_mode = DELETE")
        return copy.stat().st_size


def _p95_ms(port: int, method: str, path: str, header: dict[str, str], body: str, count: int) -> float:
    took: list[float] = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(count):
        begun = time.perf_counter()
        connection.request(method, path, body=body or None, headers=header)
        answer = connection.getresponse()
        found = answer.read()
        assert 200 == answer.status, found
        took.append((time.perf_counter() - begun) * 1000)
    connection.close()
    return statistics.quantiles(took, n=20)[-1]


def _ask(port: int, method: str, path: str, header: dict[str, str], body: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body=body or None, headers=header)
    answer = connection.getresponse()
    found = answer.read()
    connection.close()
    assert 200 == answer.status, found
    return found


def _answers(port: int) -> bool:
    try:
        return bool(_ask(port, "GET", "/alerts", {}, ""))
    except OSError:
        return False
