"""What a series costs: in an evaluator's process, in Redis beside the stream, and in a window."""

import gc
import tracemalloc

from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.index import Index
from shared.model import rules
from shared.model.events import Event
from shared.model.partitions import DEFAULT_PARTITIONS
from shared.redis import keys
from tests.benchmarks._backlog import METRICS, backlog, usual_events, usual_rules
from tests.benchmarks.figures import Figure, Size, Target

SERIES = 100_000
RULES = 1_000
START_MS = 1_700_000_000_000
WINDOW_SERIES = 2_000
WINDOW_SAMPLES = 61


def run(size: Size) -> list[Figure]:
    """Nothing repeats much: memory is not noisy."""
    plugins = size.of(SERIES // len(METRICS), 500)
    found = [real(plugins, size.of(RULES, 100)) for _ in range(min(size.rounds, 3))]
    what = f"{SERIES:,} series of {SERIES // len(METRICS):,} plugins, {RULES:,} rules, nothing firing"
    return [
        Figure(
            "memory_evaluator", f"evaluator's process, {what}", "bytes a series", [grown for grown, _ in found],
            target=Target(1_000, "at most", "value"),
        ),
        Figure(
            "memory_redis", f"Redis beside the stream, {what}", "bytes a series", [stored for _, stored in found],
            target=Target(200, "at most", "value"),
        ),
        Figure("memory_lone", "evaluator, one metric a plugin, a threshold", "bytes a series", [traced(size, 1)]),
        Figure(
            "memory_window", f"evaluator, one metric a plugin, p95 over its {WINDOW_SAMPLES} samples", "bytes a series",
            [traced(size, WINDOW_SAMPLES)],
        ),
    ]  # fmt: skip


def real(plugins: int, rule_count: int) -> tuple[float, float]:
    """Return by how much a real evaluator's resident memory grew, and what is in Redis after it has gone, a series."""
    series = plugins * len(METRICS)
    with backlog() as one:
        one.fill(usual_events(plugins * 2, plugins=plugins, hot=0))
        one.replace_rules(usual_rules(rule_count))
        grown = one.memory_grown(plugins)
        streams = sum(one.redis.memory_usage(keys.events(p), samples=0) for p in range(DEFAULT_PARTITIONS))
        rule_bytes = one.redis.memory_usage(keys.rules(), samples=0)
        used = sum(one.redis.memory_usage(key, samples=0) for key in one.redis.scan_iter(count=1_000))
    return grown / series, (used - streams - rule_bytes) / series


def traced(size: Size, samples: int) -> float:
    """Allocation is traced, so that figures do not depend on the machine or on what ran before."""
    never = {"metric": "latency", "operator": ">", "threshold": 1_000}
    threshold, window = {"kind": "threshold"}, {"kind": "window", "statistic": "p95", "seconds": samples * 10}
    condition = {**never, **(threshold if samples == 1 else window)}
    plugins = size.of(WINDOW_SERIES, 100)
    index = Index([rules.parse({"id": "r", "name": "r", "condition": condition})])
    gc.collect()
    tracemalloc.start()
    engine, changes = Engine(index), Changes()
    for k in range(samples + 10):
        for i in range(plugins):
            event = Event(f"plugin-{i}", "생산 라인", START_MS + k * 10_000, {"latency": float(i % 50)})
            engine.apply(event, "o", START_MS, changes)
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return held / plugins
