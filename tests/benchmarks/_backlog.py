"""A real server with a backlog of events, drained again and again by processes of their own, and how fast that went."""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from redis import Redis

from archive import opening
from archive.store import Archive
from shared.model import rules
from shared.model.encoding import encode
from shared.model.events import Event
from shared.model.partitions import DEFAULT_PARTITIONS, partition_of
from shared.redis import connection, keys
from shared.store import rule_store
from tests.benchmarks._raw_reader import RAW_GROUP
from tests.support.real_server import RealServer

FROM, TO = 0.1, 0.9
"""Of the backlog: what is measured. Starting up, taking leases and the last partial reads are not."""
SAMPLE_S = 0.01
DEADLINE_S = 120.0
METRICS = ("cpu_usage", "memory_usage", "error_rate", "response_time")
FIRST_THRESHOLD = 90.0
"""Of each metric's rules; usual values stay below it."""
NOISE = 80.0
EVALUATOR = (sys.executable, "-m", "evaluator")
RECORDER = (sys.executable, "-m", "archive")
RAW_READER = (sys.executable, "-m", "tests.benchmarks._raw_reader")


class Backlog:
    """A server that holds events nobody has evaluated yet."""

    def __init__(self, server: RealServer) -> None:
        self.server = server
        self.redis: Redis = connection.connect(server.url)
        self.events = 0

    def fill(
        self, events: Iterator[Event] | Sequence[Event], per_entry: int = 1, *, is_log_of_its_time: bool = False
    ) -> None:
        """
        Hold these events instead, *per_entry* of one partition in each entry.

        Args:
            is_log_of_its_time: Whether entries look as if they arrived at the times of their events.
        """
        self.redis.flushall()
        self.events = 0
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
                    entry_id = f"{event.at_ms}-*" if is_log_of_its_time else "*"
                    pipe.execute_command("XADD", keys.events(p), entry_id, keys.EVENT_FIELD, pack(waiting[p]))
                    waiting[p].clear()
                if len(pipe) == 1_000:
                    pipe.execute()
            for p, left in waiting.items():
                if left:
                    pipe.execute_command("XADD", keys.events(p), "*", keys.EVENT_FIELD, pack(left))
            pipe.execute()

    def replace_rules(self, new: Sequence[rules.Rule]) -> None:
        """Store these rules and no others."""
        self.redis.delete(keys.rules())
        for start in range(0, len(new), 1_000):
            rule_store.save_many(self.redis, new[start : start + 1_000])

    def drain(self, evaluators: int = 1) -> float:
        """
        Have evaluators decide the backlog from its beginning.

        It is put before them when they hold their partitions and have read their rules.

        Returns:
            Events a second, as the positions of the consumer groups moved on; those only move by commits.
        """
        self._take_away()
        with self._running(*[EVALUATOR] * evaluators) as running:
            self._until(lambda: self._shares() == [DEFAULT_PARTITIONS // evaluators] * evaluators, running)
            self._put_before(keys.GROUP)
            return self._rate(running)

    def memory_grown(self, plugins: int) -> int:
        """
        Have one evaluator decide all of the backlog, report the *plugins* it heard of, and leave.

        Returns:
            By how many bytes its resident memory grew meanwhile.
        """
        self._take_away()
        with self._running(EVALUATOR) as running:
            self._until(lambda: self._shares() == [DEFAULT_PARTITIONS], running)
            process = psutil.Process(running[0].pid)
            before = process.memory_info().rss
            self._put_before(keys.GROUP)
            self._rate(running, 1.0)
            grown = process.memory_info().rss - before
            self._until(lambda: self.redis.hlen(keys.plugins()) >= plugins, running)
            running[0].terminate()
            running[0].wait(timeout=DEADLINE_S)
        return grown

    def record(self, place: Path | str, *, compacted: bool = False) -> float:
        """
        Have one recorder copy the backlog into a new archive.

        Args:
            place: The file, or the URL of an empty database.
            compacted: Measure until all of it is in chunks, too.

        Returns:
            Events a second, as the cursors in the archive moved on.
        """
        self._take_away()
        with self._running(RECORDER, **where(place)) as running:
            self._until(lambda: self._recording() == DEFAULT_PARTITIONS, running)
            found: list[Archive] = []
            self._until(lambda: bool(found or found.extend(filter(None, [opening.open_to_read(place)]))), running)
            (archive,) = found
            self._put_before(RAW_GROUP)
            begun = time.perf_counter()
            try:
                if not compacted:
                    return self._rate(running, read=lambda: _events_read(archive))
                entries = sum(self.redis.xlen(keys.events(p)) for p in range(DEFAULT_PARTITIONS))
                self._until(lambda: _events_read(archive) == entries, running)
                self._until(lambda: not archive.journal_sizes(), running)
                return self.events / (time.perf_counter() - begun)
            finally:
                archive.close()

    def read_raw(self, readers: int = 1) -> float:
        """Have raw readers read the backlog from its beginning. Returns events a second."""
        self._take_away()
        self._put_before(RAW_GROUP)
        with self._running(*((*RAW_READER, str(n), str(readers)) for n in range(readers))) as running:
            return self._rate(running)

    @contextmanager
    def _running(self, *commands: Sequence[str], **more: str) -> Iterator[list[subprocess.Popen[bytes]]]:
        environ = {**os.environ, "REDIS_URL": self.server.url, "LOG_LEVEL": "error", "LOG_DIR": str(self.server.folder)}
        environ |= more
        running = [subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) for command in commands]
        try:
            yield running
        finally:
            for process in running:
                process.kill()
                process.wait()

    def _take_away(self) -> None:
        """Put the backlog where nobody looks for it, and forget all that was decided."""
        kept = {keys.rules().encode(), keys.rules_revision().encode()}
        for p in range(DEFAULT_PARTITIONS):
            kept.add(aside(p).encode())
            if not self.redis.exists(aside(p)):
                self.redis.rename(keys.events(p), aside(p))
        if gone := [key for key in self.redis.scan_iter(count=10_000) if key not in kept]:
            self.redis.delete(*gone)

    def _put_before(self, group: str) -> None:
        """Put the backlog in the place of what is there now, unread: for those who wait at the stream, it grows."""
        for p in range(DEFAULT_PARTITIONS):
            for old in self.redis.xinfo_groups(aside(p)):
                self.redis.xgroup_destroy(aside(p), old["name"])
            with self.redis.pipeline() as pipe:
                pipe.xgroup_create(aside(p), group, "0", entries_read=0).rename(aside(p), keys.events(p)).execute()

    def _shares(self) -> list[int]:
        """Return how many partitions each evaluator holds."""
        leases = self.redis.mget([keys.lease(p) for p in range(DEFAULT_PARTITIONS)])
        return list(Counter(lease.rpartition(b":")[0] for lease in leases if lease).values())

    @contextmanager
    def alongside(self, *command: str, **more: str) -> Iterator[None]:
        """Run another process beside what is measured."""
        with self._running(command, **more):
            yield

    def _recording(self) -> int:
        """Return how many partitions a recorder holds."""
        return sum(self.redis.exists(keys.recorder_lease(p)) for p in range(DEFAULT_PARTITIONS))

    def _rate(
        self, running: Sequence[subprocess.Popen[bytes]], to: float = TO, read: Callable[[], int] | None = None
    ) -> float:
        read = read or self._read
        entries = sum(self.redis.xlen(keys.events(p)) for p in range(DEFAULT_PARTITIONS))
        seen = [(time.perf_counter(), 0)]

        def is_reached() -> bool:
            seen.append((time.perf_counter(), read()))
            return seen[-1][1] >= entries * to

        self._until(is_reached, running)
        ended, last = seen[-1]
        # A backlog too small to be seen shrinking is measured from its beginning.
        begun, first = next(((at, read) for at, read in seen if entries * FROM <= read < last), seen[0])
        return (last - first) / (ended - begun) * self.events / entries

    def _read(self) -> int:
        with self.redis.pipeline(transaction=False) as pipe:
            for p in range(DEFAULT_PARTITIONS):
                pipe.xinfo_groups(keys.events(p))
            return sum(int(group["entries-read"] or 0) for groups in pipe.execute() for group in groups)

    def _until(self, holds: Callable[[], bool], running: Sequence[subprocess.Popen[bytes]]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not holds():
            assert all(process.poll() is None for process in running), "a process ended before its work was done"
            assert time.monotonic() < deadline, f"not done after {DEADLINE_S} s"
            time.sleep(SAMPLE_S)


def _events_read(archive: Archive) -> int:
    """Return how many entries of the partitions' streams are recorded; the recorder follows others, too."""
    return sum(one.read for stream, one in archive.cursors().items() if stream.startswith("events:"))


def where(place: Path | str) -> dict[str, str]:
    """Return the settings of a recorder whose archive is there."""
    return {"DATA_DIR": str(place.parent)} if isinstance(place, Path) else {"DATABASE_URL": place}


def aside(p: int) -> str:
    """Return where a partition's backlog waits. The same hash tag, as everything of a partition."""
    return f"bench:{{{p}}}:aside"


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


def usual_events(
    count: int, *, plugins: int = 1_000, every_ms: int = 1_000, noise: float = 0.0, hot: float = 0.0005
) -> Iterator[Event]:
    """
    Yield events of `METRICS`, *every_ms* apart a plugin, the newest of them now.

    Args:
        noise: Share of samples above `NOISE`; all others are below.
        hot: Share of events with one metric that breaches the lowest of its thresholds and no other; each makes two
            transitions, since the plugin's next event ends what it began.
    """
    chance = random.Random(1)
    names = [f"plugin-{i}" for i in range(plugins)]
    start_ms = int(time.time() * 1000) - (count // plugins + 1) * every_ms
    for k in range(count):
        metrics = {metric: round(chance.random() * NOISE, 3) for metric in METRICS}
        for metric in METRICS if noise else ():
            if chance.random() < noise:
                metrics[metric] = NOISE + 1
        if chance.random() < hot:
            metrics[chance.choice(METRICS)] = FIRST_THRESHOLD + 0.0005
        yield Event(names[k % plugins], "생산 라인", at_ms=start_ms + k // plugins * every_ms, metrics=metrics)


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
