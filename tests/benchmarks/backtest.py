"""
What a rule would have done over seven days of samples at 30 s, answered as the analysis process answers it, from an
archive in a file: one series with a draft that is quiet, that never stops firing and ending, and that looks back; and a
thousand series with a quiet draft. Without the start of the process, which takes half a second.
"""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from archive.opening import open_archive, open_to_read
from archive.sql_archive import SqlArchive
from archive.store import DAY_MS
from insight import backtest_answer, questions
from shared.model import rules
from tests.benchmarks.figures import Figure, Size, Target
from tests.support.archived_series import archived

DAYS = 7
SERIES = 1_000
STEP_MS = 30_000
BEGIN_MS = 20_000 * DAY_MS
METRIC = "cpu"
WINDOW = {"kind": "window", "metric": METRIC, "seconds": 600, "statistic": "p95", "operator": ">", "threshold": 98}


def run(size: Size) -> list[Figure]:
    days, series = size.of(DAYS, 1), size.of(SERIES, 3)
    with _an_archive(days) as place:
        found = [
            _figure(place, size, days, "quiet", "a quiet draft", 0.3, threshold=200),
            _figure(place, size, days, "noisy", "a draft that fires or ends at nearly each sample", 1.5, threshold=50),
            _figure(place, size, days, "windowed", "a percentile over ten minutes", 1.5, condition=WINDOW),
        ]
        with closing(open_archive(place)) as archive:
            _multiply(archive, series)
        found.append(_figure(place, size, days, "many", f"a quiet draft, {series:,} series", 60, threshold=200))
    return found


def _figure(place: Path, size: Size, days: int, key: str, what: str, most_s: float, **fields: Any) -> Figure:
    simple = {} if "condition" in fields else {"metric": METRIC, "operator": ">"}
    rule = rules.parse({"id": "r", "name": "r", "channels": ["email"], "cooldown_minutes": 0, **simple, **fields})
    asked = questions.backtest(rule, None, "UTC", BEGIN_MS + DAY_MS, BEGIN_MS + (days + 1) * DAY_MS)
    took: list[float] = []
    for _ in range(size.rounds + 1):
        begun = time.perf_counter()
        with closing(open_to_read(place)) as archive, archive.transaction():  # type: ignore[type-var]
            found = backtest_answer.answer(archive, asked, 0, 8, 10_000, lambda _done, _total: None)
        took.append(time.perf_counter() - begun)
    # The first one imports the engine.
    del took[0]
    assert found.events_from_ms is not None
    note = f"{found.draft.firings:,} firings, {found.draft.notifications:,} notifications, {found.plugins:,} plugins"
    target = Target(most_s, "at most", of="value")
    return Figure(f"backtest_{key}", f"backtest: {days} days at 30 s, {what}", "s", took, target=target, note=note)


@contextmanager
def _an_archive(days: int) -> Iterator[Path]:
    """Make an archive with one series, which moves about and crosses 50 at nearly each sample."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "archive.db"
        with closing(open_archive(place)) as archive:
            for day in range(days + 1):
                begin_ms = BEGIN_MS + day * DAY_MS
                samples = [
                    (begin_ms + at_ms, round(50 + (45 if at_ms // STEP_MS % 2 else -45) * chance.random(), 2))
                    for at_ms in range(0, DAY_MS, STEP_MS)
                ]
                archived(archive, samples, "host-0", METRIC)
        yield place


def _multiply(archive: SqlArchive, series: int) -> None:
    """Give further plugins the same past: a chunk does not name its plugin."""
    columns = {
        "chunks": "day, first_ms, first_number, events, least_at_ms, most_at_ms, body",
        "summaries": "metric, day, first_ms, first_number, least_at_ms, most_at_ms, samples, least, most, total",
        "rollups": "day, metric, hours, minutes",
    }
    with archive.transaction():
        (first,) = archive.execute("SELECT id FROM names WHERE name = 'host-0'").fetchone()
        for number in range(1, series):
            archive.execute("INSERT INTO names (name) VALUES (?)", (f"host-{number}",))
            (plugin,) = archive.execute("SELECT id FROM names WHERE name = ?", (f"host-{number}",)).fetchone()
            for table, names in columns.items():
                archive.execute(
                    f"INSERT INTO {table} (plugin, {names}) SELECT ?, {names} FROM {table} WHERE plugin = ?",
                    (plugin, first),
                )
