"""
What Redis may lose, and what losing nothing costs.

For each `appendfsync`: the rate and latency of acknowledged writes; how many of them are gone after the server is
killed amid its work (several times); and for how long an acknowledged write is not on the disk yet, which is what a
power failure would take (WAITAOF tells).
"""

import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from tests.benchmarks.figures import Figure, Size
from tests.support.real_server import RealServer

WRITERS = 8
"""As many as there are partitions, each with a write under way."""
PAYLOAD = "x" * 1_000
"""About what a commit with one transition writes."""
POLICIES = ("no", "everysec", "always")
SECONDS = 1.5
WAITS = 20


@dataclass
class Round:
    """What one server did until it was killed."""

    rate: float
    p99_ms: float
    written: int
    lost: int
    on_disk_ms: float


def run(size: Size) -> list[Figure]:
    """Every round ends with a kill amid the writes."""
    found: dict[str, list[Round]] = {policy: [] for policy in POLICIES}
    for _ in range(size.rounds):
        for policy in POLICIES:
            found[policy].append(a_round(policy, size))
    figures = []
    for policy, rounds in found.items():
        lost, written = sum(r.lost for r in rounds), sum(r.written for r in rounds)
        what = f"`appendfsync {policy}`, {WRITERS} writers of 1 kB"
        rates = [r.rate for r in rounds]
        floor = [r.rate for r in found["no"]] if policy != "no" else []
        killed = f"{what}; {lost} of {written:,} acknowledged writes lost by kill -9"
        figures += [
            Figure(f"writes_{policy}", killed, "writes/s", rates, "with `no`" if floor else "", floor),
            Figure(f"writes_{policy}_p99", f"{what}, 99th percentile", "ms", [r.p99_ms for r in rounds]),
        ]
        if policy != "no":
            waits = [r.on_disk_ms for r in rounds]
            figures.append(Figure(f"on_disk_{policy}", f"{what}, until it is on the disk, most", "ms", waits))
    return figures


def a_round(policy: str, size: Size) -> Round:
    with tempfile.TemporaryDirectory() as folder:
        server = RealServer(Path(folder), "--appendfsync", policy)
        server.start()
        waits = on_disk(server, size.of(WAITS)) if policy != "no" else [0.0]
        acknowledged = [0] * WRITERS
        seconds = max(0.2, SECONDS * size.scale)
        latencies = sorted(write_until_killed(server, seconds, acknowledged))
        server.start()
        lost = missing(server, acknowledged)
        server.stop(kill=True)
    p99 = latencies[int(len(latencies) * 0.99)]
    return Round(len(latencies) / seconds, p99 * 1_000, sum(acknowledged), lost, max(waits) * 1_000)


def write_until_killed(server: RealServer, seconds: float, acknowledged: list[int]) -> list[float]:
    """Write from all writers at once for a while, then kill the server amid the writes; returns what each took."""
    over, latencies = threading.Event(), []
    threads = [
        threading.Thread(target=write, args=(server.port, n, acknowledged, latencies, over)) for n in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    server.stop(kill=True)
    over.set()
    for thread in threads:
        thread.join()
    return latencies


def write(port: int, n: int, acknowledged: list[int], latencies: list[float], over: threading.Event) -> None:
    """Write until told to stop or the server dies; note the last number that was acknowledged."""
    with suppress(RedisError, OSError), Redis(port=port, retry=None) as client:
        while not over.is_set():
            begun = time.perf_counter()
            client.xadd(f"s{n}", {"n": acknowledged[n] + 1, "t": PAYLOAD})
            acknowledged[n] += 1
            latencies.append(time.perf_counter() - begun)


def missing(server: RealServer, acknowledged: list[int]) -> int:
    """Return how many acknowledged writes are not there."""
    with Redis(port=server.port) as client:
        newest = [client.xrevrange(f"s{n}", count=1) for n in range(WRITERS)]
    kept = [int(last[0][1][b"n"]) if last else 0 for last in newest]
    return sum(max(0, wrote - found) for wrote, found in zip(acknowledged, kept, strict=True))


def on_disk(server: RealServer, count: int) -> list[float]:
    """Return for some writes how long each was acknowledged before it was on the disk (seconds)."""
    found = []
    over, ignored = threading.Event(), [0] * (WRITERS + 1)
    background = threading.Thread(target=write, args=(server.port, WRITERS, ignored, [], over))
    background.start()
    with Redis(port=server.port, socket_timeout=10) as client:
        for _ in range(count):
            client.set("window", "x")
            begun = time.perf_counter()
            client.execute_command("WAITAOF", 1, 0, 5_000)
            found.append(time.perf_counter() - begun)
            time.sleep(0.037)
    over.set()
    background.join()
    return found
