"""
Prometheus' remote write, 100,000 series, until an evaluator has decided every sample: processor time of all processes.

The floor is Prometheus' own receiver, which stores the same requests, in the same round.
"""

import http.client
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from api.auth import api_keys
from shared.model import rules
from shared.model.partitions import DEFAULT_PARTITIONS
from shared.redis import keys
from shared.store import rule_store
from tests.benchmarks import _stage
from tests.benchmarks._samples import PER_REQUEST, RemoteWrite
from tests.benchmarks.figures import Figure, Size, Target
from tests.support import clients
from tests.support.ports import free_port
from tests.support.processes import wait_ready
from tests.support.waiting import until

SERIES = 100_000
RULES = 100
EVERY_MS = 15_000
TICK_S = 0.01
"""Less processor time than this the kernel does not tell apart."""
HEADERS = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}
QUOTAS = {
    f"PUBLISH_{kind}": "1000000"
    for kind in ("MEGABYTES_PER_HOUR", "TOTAL_MEGABYTES_PER_HOUR", "PLUGINS", "TOTAL_PLUGINS", "NAMES", "TOTAL_NAMES")
}


def run(size: Size) -> list[Figure]:
    series = size.of(SERIES, PER_REQUEST)
    sender = RemoteWrite(series)
    port = free_port()
    decided: list[float] = []
    stored: list[float] = []
    with (
        _stage.a_stage(INGEST_PORT=str(port), **QUOTAS) as (redis, system),
        _prometheus() as (prometheus_pid, prometheus_port),
    ):
        _add_rules(redis)
        ingest, evaluator = system.start("ingest"), system.start("evaluator")
        wait_ready(redis, "ingest", "evaluator")
        pids = [ingest.pid, evaluator.pid, int(redis.info("server")["process_id"])]
        key = {"Authorization": f"Bearer {api_keys.create(redis, 'bench', 'publisher', 1)[1]}"}
        at_ms = time.time_ns() // 1_000_000 - (size.rounds + 2) * EVERY_MS
        # The first round of scrapes makes the series known, here and there.
        for round_number in range(size.rounds + 1):
            bodies = sender.bodies(at_ms + round_number * EVERY_MS)
            before = _busy_s(pids)
            _send(port, "/api/v1/write", bodies, HEADERS | key)
            until(lambda: _is_decided(redis), "every sample is decided", every_s=0.1)
            ours = max(_busy_s(pids) - before, TICK_S)
            before = _busy_s([prometheus_pid])
            _send(prometheus_port, "/api/v1/write", bodies, HEADERS)
            theirs = max(_busy_s([prometheus_pid]) - before, TICK_S)
            if round_number:
                decided.append(series / ours)
                stored.append(series / theirs)
    what = f"remote write, {series:,} series: decided, {RULES} rules; ingest, evaluator and Valkey together"
    return [
        Figure("remote_write", what, "samples a processor-second", decided, "Prometheus' own receiver stores them",
               stored, Target(0.3)),
    ]  # fmt: skip


def _add_rules(redis: Redis) -> None:
    new = [
        rules.parse(
            {
                "id": f"rule-{n}",
                "name": f"Rule {n}",
                "metric": f"node_disk_metric_{n % 5}_bytes",
                "operator": ">",
                "threshold": 90 + n,
            }
        )
        for n in range(RULES)
    ]
    rule_store.save_many(redis, new)


@contextmanager
def _prometheus() -> Iterator[tuple[int, int]]:
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        config = Path(name) / "prometheus.yml"
        config.write_text("global: {}\n")
        command = [str(clients.PROMETHEUS), f"--config.file={config}", f"--storage.tsdb.path={name}/tsdb"]
        command += ["--web.enable-remote-write-receiver", f"--web.listen-address=127.0.0.1:{port}"]
        with clients.running(command, Path(name) / "log") as client:
            until(lambda: _is_ready(port), "Prometheus answers", every_s=0.1)
            yield client.pid, port


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/-/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _send(port: int, path: str, bodies: list[bytes], headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_stage.DEADLINE_S)
    for body in bodies:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == 204, said
    connection.close()


def _busy_s(pids: list[int]) -> float:
    return sum(_stage.busy_s(pid) for pid in pids)


def _is_decided(redis: Redis) -> bool:
    groups = [redis.xinfo_groups(keys.events(p)) for p in range(DEFAULT_PARTITIONS) if redis.exists(keys.events(p))]
    return bool(groups) and all(group["lag"] == 0 for found in groups for group in found if found)
