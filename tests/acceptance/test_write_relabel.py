"""A real Prometheus with the printed relabeling sends what rules name, and nothing else."""

from pathlib import Path

import pytest
import yaml
from redis import Redis

from shared.model import rules
from shared.store import rule_store
from tests.support.cli import Run
from tests.support.clients import PROMETHEUS, Client, needs
from tests.support.ingest_doors import Doors
from tests.support.ports import free_port
from tests.support.waiting import until

pytestmark = pytest.mark.slow


@needs(PROMETHEUS)
def test_prometheus_sends_only_what_rules_name(doors: Doors, redis: Redis, run: Run, tmp_path: Path) -> None:
    for number, metric in enumerate(["go_goroutines", "prometheus_http_request_duration_seconds_p95", "a|go_.*"]):
        fields = {"id": f"r{number}", "name": "r", "metric": metric, "operator": ">", "threshold": 1e9}
        rule_store.save(redis, rules.parse({**fields, "channels": ["web"]}))
    code, printed, _ = run("ingest", "relabel")
    port = free_port()
    writing = {"url": f"{doors.url}/api/v1/write", "authorization": {"credentials": doors.key}}
    config = {
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [{"job_name": "self", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}],
        "remote_write": [{**writing, **yaml.safe_load(printed)}],
    }
    file = tmp_path / "prometheus.yml"
    file.write_text(yaml.safe_dump(config))
    data = ["--storage.tsdb.path", str(tmp_path / "tsdb")]
    command = [str(PROMETHEUS), "--config.file", str(file), f"--web.listen-address=127.0.0.1:{port}", *data]
    prometheus = Client(command, tmp_path / "prometheus.log")
    prometheus.start()
    try:
        wanted = {"up", "go_goroutines"}
        found = until(
            lambda: (sent := names(doors)) >= wanted and any("_bucket" in name for name in sent) and sent,
            "Prometheus writes what rules name",
        )
    finally:
        prometheus.stop()

    histogram = "prometheus_http_request_duration_seconds"
    assert (0, set()) == (code, {name for name in found - wanted if not name.startswith(histogram)})


def names(doors: Doors) -> set[str]:
    return {name.partition("{")[0] for metrics in doors.metrics().values() for name in metrics}
