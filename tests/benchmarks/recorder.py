"""The recorder beside the evaluator: how fast it copies a backlog, also into chunks, and what that costs evaluators."""

import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks._backlog import RECORDER, Backlog, alternate, backlog, usual_events, usual_rules, where
from tests.benchmarks.figures import Figure, Size, Target
from tests.support.postgres import PostgresServer

EVENTS = 500_000
PLUGINS = 1_000
SPAN_MS = 15_000_000
"""From the backlog's first event to its last: it is old, so what is copied is compacted at once."""
EVALUATOR = "one evaluator, the same backlog"


def run(size: Size) -> list[Figure]:
    """Measure with both databases in the same rounds as the evaluator."""
    server = PostgresServer()
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder, backlog() as one:
            return _measured(size, one, Path(folder), server)
    finally:
        server.stop()


def _measured(size: Size, one: Backlog, folder: Path, server: PostgresServer) -> list[Figure]:
    numbers = itertools.count()

    def file() -> Path:
        return folder / str(next(numbers)) / "archive.db"

    def beside() -> float:
        """Return the evaluator's rate while a recorder copies the same backlog."""
        with one.alongside(*RECORDER, **where(file())):
            return one.drain()

    one.fill(usual_events(size.of(EVENTS)))
    one.replace_rules(usual_rules(100))
    copied: list[Callable[[], float]] = [lambda: one.record(file()), lambda: one.record(server.new_database())]
    alone, of_sqlite, of_postgres, with_recorder = alternate(size.rounds, one.drain, *copied, beside)
    count = size.of(EVENTS)
    one.fill(usual_events(count, every_ms=SPAN_MS * PLUGINS // count, plugins=PLUGINS), is_log_of_its_time=True)
    whole: list[Callable[[], float]] = [
        lambda: one.record(file(), compacted=True),
        lambda: one.record(server.new_database(), compacted=True),
    ]
    floor, chunks_of_sqlite, chunks_of_postgres = alternate(size.rounds, one.drain, *whole)
    what = "one recorder copies a backlog, 4 metrics an event, into"
    return [
        Figure("recorder_sqlite", f"{what} SQLite", "events/s", of_sqlite, EVALUATOR, alone, Target(0.5)),
        Figure("recorder_postgres", f"{what} PostgreSQL", "events/s", of_postgres, EVALUATOR, alone, Target(0.3)),
        Figure("recorder_chunks_sqlite", f"{what} SQLite, until all is in chunks", "events/s", chunks_of_sqlite,
               EVALUATOR, floor),
        Figure("recorder_chunks_postgres", f"{what} PostgreSQL, until all is in chunks", "events/s", chunks_of_postgres,
               EVALUATOR, floor),
        Figure("drain_beside_recorder", "one evaluator drains a backlog while a recorder copies it on the same cores",
               "events/s", with_recorder, "without a recorder", alone),
    ]  # fmt: skip
