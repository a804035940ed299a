"""
The board's first page, 50 of 10,000 active alerts, asked for over and over by four clients that keep their connections.

The floor is the same JSON from a Flask view that only returns it, on the same server with the same threads: what the
product's half of a request costs is who asks, how often they may, and what is on the board.
"""

import http.client
import tempfile
import threading
import time
from pathlib import Path

from redis import Redis

from api.auth import access_tokens
from shared.model.alerts import SEVERITIES, Alert, TimelineEntry
from shared.redis import keys
from shared.redis.bundle import Bundle
from shared.store import alert_store
from tests.benchmarks import _stage
from tests.benchmarks.figures import Figure, Size, Target
from tests.support.ports import free_port
from tests.support.processes import wait_ready
from tests.support.waiting import until
from tests.support.writes import carry_out

ALERTS, PAGE = 10_000, 50
REQUESTS, CLIENTS = 2_000, 4
PATH = f"/api/enhanced-alerts/alerts/active?limit={PAGE}"


def run(size: Size) -> list[Figure]:
    count = size.of(REQUESTS, CLIENTS * 5)
    port, bare_port = free_port(), free_port()
    served: list[float] = []
    bare: list[float] = []
    with (
        _stage.a_stage(API_PORT=str(port), API_REQUESTS_PER_SECOND="100000") as (redis, system),
        tempfile.TemporaryDirectory() as folder,
    ):
        _fill(redis, size.of(ALERTS, 100))
        system.start("api")
        wait_ready(redis, "api")
        header = {"Authorization": f"Bearer {access_tokens.issue(redis, 'bench', 'viewer', 3_600)}"}
        page = _get(port, PATH, header)
        assert page.count(b'"rule_id"') == PAGE
        file = Path(folder) / "page.json"
        file.write_bytes(page)
        with _stage.a_helper("_bare_view", str(bare_port), str(file)):
            until(lambda: _answers(bare_port), "the bare view")
            for _ in range(size.rounds):
                served.append(_rate(port, PATH, header, count))
                bare.append(_rate(bare_port, "/alerts", {}, count))
    return [
        Figure("api_board", f"API: a page of {PAGE} of {size.of(ALERTS, 100):,} active alerts", "requests/s", served,
               "the same bytes from a bare Flask view", bare, Target(0.5), note=f"{len(page):,} bytes, 4 clients"),
    ]  # fmt: skip


def _fill(redis: Redis, count: int) -> None:
    now_ms = int(time.time() * 1000)
    for start in range(0, count, 500):
        writes = Bundle()
        for n in range(start, min(start + 500, count)):
            alert = Alert(
                id=f"{n:032x}", rule_id=f"rule-{n % 20}", rule_name="CPU 사용률 높음", plugin_id=f"plugin-{n}",
                plugin_name=f"수집기 {n}", severity=SEVERITIES[n % 5], state="firing", channels=["web", "slack"],
                condition="cpu_usage > 80", metric="cpu_usage", value=91.5, threshold=80.0, labels={"region": "seoul"},
                started_at_ms=now_ms - n, fired_at_ms=now_ms - n, reason="cpu_usage is 91.5, above 80", episode=1,
                announced_episode=1, group=f"rule:rule-{n % 20}", version=1, updated_at_ms=now_ms - n,
            )  # fmt: skip
            alert_store.stage(writes, None, alert, TimelineEntry(at_ms=now_ms, kind="firing"), 3_600_000)
        carry_out(redis, writes)
    assert redis.zcard(keys.active_alerts()) == count


def _rate(port: int, path: str, header: dict[str, str], count: int) -> float:
    failures: list[Exception] = []

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            for _ in range(count // CLIENTS):
                connection.request("GET", path, headers=header)
                answer = connection.getresponse()
                body = answer.read()
                assert 200 == answer.status, body
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    begun = time.monotonic()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert not failures, failures
    return count // CLIENTS * CLIENTS / (time.monotonic() - begun)


def _get(port: int, path: str, header: dict[str, str]) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=header)
    body = connection.getresponse().read()
    connection.close()
    return body


def _answers(port: int) -> bool:
    try:
        return bool(_get(port, "/alerts", {}))
    except OSError:
        return False
