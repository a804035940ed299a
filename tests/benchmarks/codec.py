"""What a sample takes in a chunk, with its time and its place in the order of arrival: a day of a host's metrics."""

import csv
import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil

from archive import chunk
from archive.chunk import Arrival
from archive.compaction import MOST_EVENTS
from producers.sources.host import Host
from shared.model.events import Event
from tests.benchmarks.figures import Figure, Size, Target

POLLS = 2_880
"""A day at 30 s."""
POLL_S = 0.025
"""Between two real polls, which are stamped 30 s apart: what changes within a day changes within a minute here."""
START_MS = 1_700_000_000_000
NAB = "NAB_FOLDER"
"""Where the Numenta Anomaly Benchmark is, if its series are to be measured, too: its folder `data`."""
TARGET = Target(3, "at most", "value")


def run(size: Size) -> list[Figure]:
    gauges, counters = day_of_this_host(size.of(POLLS, 20))
    found = measured("host", "a day of this host's metrics, as the producer publishes them", gauges)
    found += measured("counters", "a day of this host's counters and memory, as node_exporter has them", counters)
    if os.environ.get(NAB):
        series = [events for file in sorted(Path(os.environ[NAB]).rglob("*.csv")) if (events := of_nab(file))]
        found += measured("nab", f"{len(series)} series of the Numenta Anomaly Benchmark", *series)
    return found


def measured(key: str, what: str, *plugins: list[Event]) -> list[Figure]:
    """Encode the events of each plugin, weighted by their samples, and decode them again."""
    dice = random.Random(1)
    samples = size = 0
    encoded_s = decoded_s = 0.0
    for events in plugins:
        arrivals = [Arrival(event.at_ms + dice.randint(1, 40), 0, 0, event) for event in events]
        for i in range(0, len(arrivals), MOST_EVENTS):
            part = arrivals[i : i + MOST_EVENTS]
            begun = time.process_time()
            body = chunk.encode(part)
            between = time.process_time()
            assert part == chunk.decode(body, part[0].event.plugin_id)
            decoded_s += time.process_time() - between
            encoded_s += between - begun
            size += len(body)
            samples += sum(len(arrival.event.metrics) for arrival in part)
    return [
        Figure(f"codec_{key}_bytes", f"{what}: {samples:,} samples", "bytes a sample", [size / samples], target=TARGET),
        Figure(f"codec_{key}_encode", f"{what}: into chunks", "µs a sample", [encoded_s / samples * 1e6]),
        Figure(f"codec_{key}_decode", f"{what}: back into events", "µs a sample", [decoded_s / samples * 1e6]),
    ]


def day_of_this_host(polls: int) -> tuple[list[Event], list[Event]]:
    """Poll this host often, and return its events as if 30 s had passed between two of them."""
    host = Host("host", "host", 30.0)
    dice = random.Random(2)
    gauges, counters = [], []
    for i in range(polls):
        at_ms = START_MS + i * 30_000 + dice.randint(0, 3)
        for event in host.poll(time.time_ns() // 1_000_000):
            gauges.append(Event("host", "host", at_ms, metrics=event.metrics))
        counters.append(Event("counters", "counters", at_ms, metrics=dict(_counters())))
        time.sleep(POLL_S)
    return gauges, counters


def _counters() -> Iterator[tuple[str, float]]:
    for core, times in enumerate(psutil.cpu_times(percpu=True)):
        yield from ((f"cpu_{core}_{mode}", getattr(times, mode)) for mode in ("user", "system", "idle", "iowait"))
    memory = psutil.virtual_memory()
    yield from ((f"memory_{name}", float(getattr(memory, name))) for name in ("available", "free", "cached", "active"))
    disk, network, machine = psutil.disk_io_counters(), psutil.net_io_counters(), psutil.cpu_stats()
    if disk is not None:
        yield from (
            (f"disk_{name}", float(getattr(disk, name))) for name in ("read_bytes", "write_bytes", "write_count")
        )
    yield from ((f"net_{name}", float(getattr(network, name))) for name in ("bytes_recv", "bytes_sent", "packets_recv"))
    yield from ((f"stat_{name}", float(getattr(machine, name))) for name in ("ctx_switches", "interrupts"))


def of_nab(file: Path) -> list[Event]:
    with file.open(encoding="utf-8") as lines:
        return [
            Event(
                file.stem,
                at_ms=int(datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC).timestamp() * 1000),
                metrics={"value": float(row["value"])},
            )
            for row in csv.DictReader(lines)
        ]
