"""What `publish()` costs the plugin's own thread."""

import statistics
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from producers.publisher import Publisher
from tests.benchmarks._backlog import METRICS, backlog
from tests.benchmarks.figures import Figure, Size, Target
from tests.support.ports import free_port

CALLS = 20_000
BURST = 100
"""Published at once; then the plugin does something else for a millisecond."""


def run(size: Size) -> list[Figure]:
    calls = size.of(CALLS, 1_000)
    floors: list[list[float]] = []
    here: list[list[float]] = []
    away: list[list[float]] = []
    with backlog() as server:
        for _ in range(size.rounds):
            floors.append(copied(calls))
            here.append(published(calls, server.server.url))
            away.append(published(calls, f"redis://127.0.0.1:{free_port()}/0"))
    floor = "a copy of the metrics and a deque's append"
    p99 = [percentile(took, 99) for took in floors]
    middle = [statistics.median(took) for took in floors]
    return [
        Figure(
            "publish", "`publish()`, median", "µs", [statistics.median(took) for took in here], floor, middle,
            Target(5.0, "at most", "value"),
        ),
        Figure(
            "publish_away", "`publish()`, the server away, median", "µs", [statistics.median(took) for took in away],
            floor, middle, Target(5.0, "at most", "value"),
        ),
        Figure(
            "publish_away_p99", "`publish()`, the server away, 99th percentile", "µs",
            [percentile(took, 99) for took in away], floor, p99, Target(50.0, "at most", "value"),
        ),
        Figure(
            "publish_p99", "`publish()`, 99th percentile", "µs", [percentile(took, 99) for took in here], floor, p99,
        ),
    ]  # fmt: skip


def copied(calls: int) -> list[float]:
    buffer: deque[Any] = deque(maxlen=10_000)
    return timed(calls, lambda metrics: buffer.append(dict(metrics)))


def published(calls: int, url: str) -> list[float]:
    publisher = Publisher(url, timeout_s=0.5)
    try:
        return timed(calls, lambda metrics: publisher.publish("plugin", "플러그인", metrics))
    finally:
        publisher.close(timeout_s=0.1)


def timed(calls: int, call: Callable[[dict[str, float]], object]) -> list[float]:
    """Return what each call took, in microseconds."""
    metrics = dict.fromkeys(METRICS, 42.5)
    took = []
    for k in range(calls):
        begun = time.perf_counter_ns()
        call(metrics)
        took.append((time.perf_counter_ns() - begun) / 1_000)
        if k % BURST == BURST - 1:
            time.sleep(0.001)
    return took


def percentile(values: list[float], percent: int) -> float:
    return sorted(values)[max(0, len(values) * percent // 100 - 1)]
