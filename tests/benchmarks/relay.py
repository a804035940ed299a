"""
The relay: bursts to 1,000 browsers, 10,000 deliveries a second in their own time, and 5,000 browsers held.

The floor is an asyncio relay of fifty lines on the `websockets` library that reads the same feed. Browsers are sockets
of one process that counts what arrives; it has its share of the machine either way.
"""

import time
from contextlib import ExitStack
from typing import Any

from redis import Redis

from api.auth import access_tokens
from shared.redis.bundle import Bundle
from shared.store import feed
from tests.benchmarks import _stage
from tests.benchmarks._stage import Browsers
from tests.benchmarks.figures import Figure, Size, Target
from tests.support.ports import free_port
from tests.support.processes import wait_ready
from tests.support.writes import carry_out

BROWSERS = 1_000
BURST, BURSTS = 200, 3
PACED_PER_S, PACED_S = 10, 5.0
HELD, STEPS = 5_000, 5
PADDING = "x" * 500
"""With the rest, the size of an alert's record."""


def run(size: Size) -> list[Figure]:
    audience, burst = size.of(BROWSERS), size.of(BURST, 5)
    paced_s = max(0.5, PACED_S * size.scale)
    _stage.allow_many_sockets()
    ports = [free_port(), free_port()]
    fan_out: dict[str, list[float]] = {}
    waits: dict[str, list[float]] = {}
    with ExitStack() as stack:
        redis, system = stack.enter_context(_stage.a_stage(RELAY_PORT=str(ports[0])))
        relay = system.start("api.relay")
        wait_ready(redis, "relay")
        header = f"Authorization: Bearer {access_tokens.issue(redis, 'bench', 'viewer', 3_600)}"
        per_client = _hold(redis, relay.pid, ports[0], header, size.of(HELD, STEPS))
        floor = stack.enter_context(_stage.a_helper("_broadcast", str(ports[1]), system.environment["REDIS_URL"]))
        assert "ready" == _stage.heard(floor)
        for _ in range(size.rounds):
            for way, port, said in (("product", ports[0], header), ("floor", ports[1], "")):
                # One at a time: the other has nobody to tell.
                with _stage.browsers(port, audience, said) as hearing:
                    rate, late = _measure(redis, hearing, audience, burst, paced_s)
                    fan_out.setdefault(way, []).append(rate)
                    waits.setdefault(way, []).append(_stage.percentile(late, 0.99))
    of = "an asyncio relay on `websockets`"
    return [
        Figure("relay_burst", f"relay: bursts of {burst} to {audience:,} browsers", "deliveries/s", fan_out["product"],
               of, fan_out["floor"], Target(1.2)),
        Figure("relay_paced", f"relay: {audience * PACED_PER_S:,} deliveries/s paced, p99", "ms", waits["product"],
               of, waits["floor"], Target(30, "at most", "value")),
        Figure("relay_client", f"relay: memory a browser, {size.of(HELD, STEPS):,} held", "KiB", per_client,
               target=Target(45, "at most", "value"), note=f"in {STEPS} steps"),
    ]  # fmt: skip


def _hold(redis: Redis, pid: int, port: int, header: str, held: int) -> list[float]:
    """Connect *held* browsers in steps; returns what each of a step's cost the relay, in KiB."""
    grown: list[float] = []
    (worker,) = _stage.children_of(pid)
    with ExitStack() as stack:
        listening: list[Browsers] = []
        for _ in range(STEPS):
            before = _stage.memory_of(worker)
            listening.append(stack.enter_context(_stage.browsers(port, held // STEPS, header)))
            _say(redis, 1)
            for n, some in enumerate(listening):
                some.until(len(listening) - n)
            grown.append(max(1.0, _stage.memory_of(worker) - before) / 1024 / (held // STEPS))
    return grown


def _measure(redis: Redis, hearing: Browsers, audience: int, burst: int, paced_s: float) -> tuple[float, list[float]]:
    """Return deliveries a second in bursts, and the ms each paced delivery took."""
    said = 1
    _say(redis, 1)
    hearing.until(said)
    took_s = 0.0
    for _ in range(BURSTS):
        said += burst
        begun = time.monotonic_ns()
        _say(redis, burst)
        took_s += (hearing.until(said) - begun) / 1e9
    hearing.report()
    begun_s = time.monotonic()
    for n in range(int(paced_s * PACED_PER_S)):
        time.sleep(max(0.0, begun_s + n / PACED_PER_S - time.monotonic()))
        _say(redis, 1)
        said += 1
    hearing.until(said)
    found: dict[str, Any] = hearing.report()
    assert found["least"] == found["most"] == said, found
    assert not found["closed"], found
    return audience * burst * BURSTS / took_s, found["latencies_ms"]


def _say(redis: Redis, count: int) -> None:
    entries = Bundle()
    for n in range(count):
        data = b'{"sent_ns":%d,"plugin_id":%d,"pad":"%s"}' % (time.monotonic_ns(), n, PADDING.encode())
        feed.append(entries, "alert.firing", data)
    carry_out(redis, entries)
