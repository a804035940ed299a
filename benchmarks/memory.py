"""
How many bytes an evaluator keeps a series: `python -m benchmarks.memory`.

Allocation is traced, so that figures do not depend on the machine or on what ran before.
"""

import gc
import tracemalloc
from typing import Any

import msgspec

from evaluator.engine import Changes, Engine
from evaluator.index import Index
from evaluator.memory import save
from shared import rules
from shared.models import Event

START_MS = 1_700_000_000_000
PLUGINS = 10_000
EVERY_MS = 10_000


def measure(name: str, condition: dict[str, Any], samples: int) -> None:
    rule = rules.parse({"id": "r", "name": "r", "condition": condition})
    gc.collect()
    tracemalloc.start()
    engine, changes = Engine(Index([rule])), Changes()
    for k in range(samples):
        for i in range(PLUGINS):
            event = Event(f"plugin-{i}", at_ms=START_MS + k * EVERY_MS, metrics={"latency": float(i % 50)})
            engine.apply(event, "o", START_MS, changes)
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    stored = len(msgspec.msgpack.encode([save(memory) for memory in engine.memories()]))
    print(f"{name}: {held / PLUGINS:.0f} bytes a series in memory, {stored / PLUGINS:.0f} in the checkpoint")


if __name__ == "__main__":
    never = {"metric": "latency", "operator": ">", "threshold": 1_000}
    measure("threshold", {"kind": "threshold", **never}, samples=2)
    measure("p95 over 10 minutes", {"kind": "window", "statistic": "p95", "seconds": 600, **never}, samples=70)
