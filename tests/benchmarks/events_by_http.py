"""
Events by HTTP in batches of 1,000, with four metrics and a Korean name each, until the streams have taken them.

The floor is a Flask view that decodes the same batches and adds each to a stream as it came, on the same server.
"""

import http.client
import json
import time

from api.auth import access_tokens
from tests.benchmarks import _stage
from tests.benchmarks.figures import Figure, Size
from tests.benchmarks.remote_write import QUOTAS
from tests.support.ports import free_port
from tests.support.processes import wait_ready
from tests.support.waiting import until

BATCH = 1_000
REQUESTS = 40
PATH = "/api/enhanced-alerts/events"


def run(size: Size) -> list[Figure]:
    requests = size.of(REQUESTS, 2)
    port, bare_port = free_port(), free_port()
    taken: list[float] = []
    bare: list[float] = []
    with _stage.a_stage(API_PORT=str(port), API_REQUESTS_PER_SECOND="100000", **QUOTAS) as (redis, system):
        system.start("api")
        wait_ready(redis, "api")
        header = {"Authorization": f"Bearer {access_tokens.issue(redis, 'bench', 'publisher', 3_600)}"}
        with _stage.a_helper("_bare_events", str(bare_port), system.environment["REDIS_URL"]):
            until(lambda: _answers(bare_port), "the bare view")
            for _ in range(size.rounds):
                bodies = [_batch(number) for number in range(requests)]
                taken.append(_rate(port, PATH, bodies, header))
                bare.append(_rate(bare_port, "/events", bodies, {}))
    return [
        Figure("events_by_http", f"API: events in batches of {BATCH:,}, by one client", "events/s", taken,
               "a Flask view that decodes and adds them as they came", bare),
    ]  # fmt: skip


def _batch(number: int) -> bytes:
    now_ms = time.time_ns() // 1_000_000
    events = [
        {
            "plugin_id": f"plugin-{(number * BATCH + n) % 2_000}",
            "plugin_name": "생산 라인",
            "at_ms": now_ms,
            "metrics": {"cpu_usage": n % 80 + 0.25, "memory_usage": n % 70 + 0.5, "error_rate": 0.1, "latency": 1.5},
        }
        for n in range(BATCH)
    ]
    return json.dumps(events).encode()


def _rate(port: int, path: str, bodies: list[bytes], header: dict[str, str]) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_stage.DEADLINE_S)
    begun_s = time.monotonic()
    for body in bodies:
        connection.request("POST", path, body, {"Content-Type": "application/json", **header})
        answer = connection.getresponse()
        said = answer.read()
        assert 202 == answer.status, said
    seconds = time.monotonic() - begun_s
    connection.close()
    return len(bodies) * BATCH / seconds


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("POST", "/events", b"[]")
        return connection.getresponse().status == 202
    except OSError:
        return False
    finally:
        connection.close()
