"""A real server with a backlog of events, drained again and again by processes of their own, and how fast that went."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from shared import connection, keys, rules
from shared.models import Event, encode
from shared.partitions import DEFAULT_PARTITIONS, partition_of
from tests.conftest import RealServer

FROM, TO = 0.1, 0.9
"""Of the backlog: what is measured. Starting up, taking leases and the last partial reads are not."""
SAMPLE_S = 0.01
DEADLINE_S = 120.0
METRICS = ("cpu_usage", "memory_usage", "error_rate", "response_time")
FIRST_THRESHOLD = 90.0
"""Of each metric's rules; usual values stay below it."""
EVALUATOR = (sys.executable, "-m", "evaluator")
RAW_READER = (sys.executable, "-m", "tests.benchmarks._raw_reader")


class Backlog:
    """A server that holds events nobody has evaluated yet."""

    def __init__(self, server: RealServer) -> None:
        self.server = server
        self.redis: Redis = connection.connect(server.url)
        self.events = 0

    def fill(self, events: Iterator[Event] | Sequence[Event], per_entry: int = 1) -> None:
        """Add events, *per_entry* of one partition in each entry, by a pipelined client."""
        waiting: dict[int, list[Event]] = {p: [] for p in range(DEFAULT_PARTITIONS)}
        partitions: dict[str, int] = {}
        with self.redis.pipeline(transaction=False) as pipe:
            for event in events:
                p = partitions.get(event.plugin_id)
                if p is None:
                    p = partitions[event.plugin_id] = partition_of(event.plugin_id, DEFAULT_PARTITIONS)
                self.events += 1
                waiting[p].append(event)
                if len(waiting[p]) == per_entry:
                    pipe.execute_command("XADD", keys.events(p), "*", keys.EVENT_FIELD, pack(waiting[p]))
                    waiting[p].clear()
                if len(pipe) == 1_000:
                    pipe.execute()
            for p, left in waiting.items():
                if left:
                    pipe.execute_command("XADD", keys.events(p), "*", keys.EVENT_FIELD, pack(left))
            pipe.execute()

    def rewind(self) -> None:
        """Make every event unread again, and forget what was decided."""
        events = {keys.events(p).encode() for p in range(DEFAULT_PARTITIONS)}
        kept = {*events, keys.rules().encode(), keys.rules_revision().encode()}
        for stream in events:
            for group in self.redis.xinfo_groups(stream):
                self.redis.xgroup_destroy(stream, group["name"])
        if gone := [key for key in self.redis.scan_iter(count=10_000) if key not in kept]:
            self.redis.delete(*gone)

    def replace_rules(self, new: Sequence[rules.Rule]) -> None:
        """Store these rules and no others."""
        self.redis.delete(keys.rules())
        for start in range(0, len(new), 1_000):
            rules.save_many(self.redis, new[start : start + 1_000])

    def drain(self, *commands: Sequence[str]) -> float:
        """
        Have processes drain the backlog from its beginning.

        Returns:
            Entries a second, as the positions of the consumer groups moved on; those only move by commits.
        """
        self.rewind()
        entries = sum(self.redis.xlen(keys.events(p)) for p in range(DEFAULT_PARTITIONS))
        environ = {**os.environ, "REDIS_URL": self.server.url, "LOG_LEVEL": "error", "LOG_DIR": str(self.server.folder)}
        running = [subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) for command in commands]
        try:
            begun, first = self._wait(entries * FROM, running)
            ended, last = self._wait(entries * TO, running)
        finally:
            for process in running:
                process.send_signal(signal.SIGKILL)
                process.wait()
        return (last - first) / (ended - begun)

    def _wait(self, wanted: float, running: Sequence[subprocess.Popen[bytes]]) -> tuple[float, int]:
        """Return when at least so many entries were committed, and how many those were."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            read = self._committed()
            if read >= wanted:
                return time.perf_counter(), read
            assert all(process.poll() is None for process in running), "a process ended before the backlog did"
            assert time.monotonic() < deadline, f"{read} of {wanted} entries after {DEADLINE_S} s"
            time.sleep(SAMPLE_S)

    def _committed(self) -> int:
        with self.redis.pipeline(transaction=False) as pipe:
            for p in range(DEFAULT_PARTITIONS):
                pipe.xinfo_groups(keys.events(p))
            return sum(int(group["entries-read"] or 0) for groups in pipe.execute() for group in groups)


def pack(events: Sequence[Event]) -> bytes:
    """Return events of one partition as publishers write them: no empty fields, a list if there are several."""
    bodies = [
        encode({"plugin_id": e.plugin_id, "at_ms": e.at_ms, "plugin_name": e.plugin_name, "metrics": e.metrics})
        for e in events
    ]
    return bodies[0] if len(bodies) == 1 else b"[" + b",".join(bodies) + b"]"


@contextmanager
def backlog() -> Iterator[Backlog]:
    """Start a server of its own for one benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        # With an append-only file, what a consumer group delivers is written to it entry by entry, which would cost
        # the floor more than the evaluator, who writes a line a batch: without, it is as high as it can be.
        server = RealServer(Path(folder), "--appendonly", "no")
        server.start()
        try:
            yield Backlog(server)
        finally:
            server.stop(kill=True)


def alternate(rounds: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Measure each in turn, round by round; returns the rounds of each."""
    found: list[list[float]] = [[] for _ in measures]
    for n in range(rounds):
        # Every other round the other way about: what a machine does to whoever comes second, it does to both.
        for i in range(len(measures))[:: -1 if n % 2 else 1]:
            found[i].append(measures[i]())
    return found


def usual_events(count: int, *, plugins: int = 1_000, hot: float = 0.0005, seed: int = 1) -> Iterator[Event]:
    """
    Yield events of `METRICS`, a second apart a plugin, the newest of them now.

    Args:
        hot: Share of events with one metric that breaches the lowest of its thresholds and no other; each makes two
            transitions, since the plugin's next event ends what it began.
    """
    chance = random.Random(seed)
    names = [f"plugin-{i}" for i in range(plugins)]
    start_ms = int(time.time() * 1000) - (count // plugins + 1) * 1_000
    for k in range(count):
        metrics = {metric: round(chance.random() * 80, 3) for metric in METRICS}
        if chance.random() < hot:
            metrics[chance.choice(METRICS)] = FIRST_THRESHOLD + 0.0005
        yield Event(names[k % plugins], "생산 라인", at_ms=start_ms + k // plugins * 1_000, metrics=metrics)


def usual_rules(count: int, touching: int | None = None) -> list[rules.Rule]:
    """
    Return *count* threshold rules over all plugins, thresholds a thousandth apart.

    Args:
        touching: How many of them are about `METRICS`; the others are about metrics no event has. All by default.
    """
    touching = count if touching is None else touching
    return [
        rules.parse(
            {
                "id": f"rule-{i}",
                "name": f"Rule {i}",
                "metric": METRICS[i % len(METRICS)] if i < touching else f"other_{i}",
                "operator": ">",
                "threshold": FIRST_THRESHOLD + i // len(METRICS) * 0.001,
            }
        )
        for i in range(count)
    ]
