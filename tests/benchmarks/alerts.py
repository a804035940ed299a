"""
Alerts of Prometheus, in batches of 256, until an evaluator has decided each: new ones, and renewals of those.

A real Alertmanager takes the same bodies in the same rounds; it keeps alerts in memory alone.
"""

import http.client
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis import Redis

from api.auth import api_keys
from shared.model.partitions import DEFAULT_PARTITIONS
from shared.redis import keys
from tests.benchmarks import _stage
from tests.benchmarks.figures import Figure, Size, Target
from tests.support import alertmanagers
from tests.support.alertmanagers import Alertmanager
from tests.support.clients import ALERTMANAGER
from tests.support.ports import free_port
from tests.support.processes import wait_ready
from tests.support.waiting import until

ALERTS = 10_240
BATCH = 256
THEIRS = "a real Alertmanager that takes the same bodies, which keeps alerts in memory and is not durable"
HEADERS = {"Content-Type": "application/json"}
QUOTAS = {f"PUBLISH_{kind}": "1000000" for kind in ("MEGABYTES_PER_HOUR", "TOTAL_MEGABYTES_PER_HOUR")}


def run(size: Size) -> list[Figure]:
    count = size.of(ALERTS, BATCH)
    rates: dict[str, list[float]] = {name: [] for name in ("new", "renewed", "their_new", "their_renewed")}
    costs: dict[str, list[float]] = {name: [] for name in rates}
    port = free_port()
    with (
        _alertmanager() as real,
        _stage.a_stage(INGEST_PORT=str(port), MAX_ACTIVE_ALERTS="1000000", **QUOTAS) as (redis, system),
    ):
        ours = [system.start("ingest"), system.start("evaluator")]
        wait_ready(redis, "ingest", "evaluator")
        key = {"Authorization": f"Bearer {api_keys.create(redis, 'bench', 'publisher', 1)[1]}"}
        for round_number in range(size.rounds):
            bodies = _bodies(count, round_number)
            for name in ("new", "renewed"):
                busy_s, begun = sum(_stage.busy_s(one.pid) for one in ours), time.monotonic()
                _send(port, bodies, HEADERS | key)
                until(lambda: _is_decided(redis), "every statement is decided", every_s=0.01)
                rates[name].append(count / (time.monotonic() - begun))
                costs[name].append((sum(_stage.busy_s(one.pid) for one in ours) - busy_s) / count * 1e6)
                if real is not None:
                    busy_s, begun = _stage.busy_s(real.client.pid), time.monotonic()
                    _send(int(real.url.rpartition(":")[2]), bodies, HEADERS)
                    rates[f"their_{name}"].append(count / (time.monotonic() - begun))
                    costs[f"their_{name}"].append((_stage.busy_s(real.client.pid) - busy_s) / count * 1e6)
    what = f"alerts posted in batches of {BATCH} by one sender"
    return [
        Figure("alerts_new", f"{what}, new: stored, decided, committed", "alerts/s", rates["new"], THEIRS,
               rates["their_new"], Target(5_000, of="value")),
        Figure("alerts_renewed", f"{what}, renewals: stored and decided", "alerts/s", rates["renewed"], THEIRS,
               rates["their_renewed"], Target(15_000, of="value")),
        Figure("alerts_new_cpu", f"processor time of `ingest` and evaluator for {what}, new", "µs/alert", costs["new"],
               THEIRS, costs["their_new"]),
        Figure("alerts_renewed_cpu", f"processor time of `ingest` and evaluator for {what}, renewals", "µs/alert",
               costs["renewed"], THEIRS, costs["their_renewed"]),
    ]  # fmt: skip


@contextmanager
def _alertmanager() -> Iterator[Alertmanager | None]:
    """Start a real one that notifies nobody; None where there is none."""
    if not ALERTMANAGER.exists():
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        config = {"route": {"receiver": "none"}, "receivers": [{"name": "none"}]}
        with alertmanagers.running(Path(name), config) as real:
            yield real


def _bodies(count: int, round_number: int) -> list[bytes]:
    now = datetime.now(UTC)
    times = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(minutes=4)).isoformat()}
    alerts = [
        {
            "labels": {
                "alertname": f"Alert{n % 50}",
                "job": "node",
                "instance": f"web-{round_number}-{n}:9100",
                "severity": "page",
            },
            "annotations": {"summary": f"web-{n} is hot: 91 °C", "description": "x" * 100},
            "generatorURL": "http://prometheus:9090/graph?g0.expr=room_temperature+%3E+80&g0.tab=1",
            **times,
        }
        for n in range(count)
    ]
    return [json.dumps(alerts[start : start + BATCH]).encode() for start in range(0, count, BATCH)]


def _send(port: int, bodies: list[bytes], headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_stage.DEADLINE_S)
    for body in bodies:
        connection.request("POST", "/api/v2/alerts", body, headers)
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == 200, said
    connection.close()


def _is_decided(redis: Redis) -> bool:
    groups = [redis.xinfo_groups(keys.events(p)) for p in range(DEFAULT_PARTITIONS) if redis.exists(keys.events(p))]
    return bool(groups) and all(group["lag"] == 0 for found in groups for group in found if found)
