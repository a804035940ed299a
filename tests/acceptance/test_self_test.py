"""The self-test and the live view against real processes: what a stranger runs first, and when something is broken."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis

from shared.store import rule_store
from tests.support.ports import free_port
from tests.support.processes import ROOT, System, a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.slow


def run(script: str, system: System, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / script), *arguments],
        env={**os.environ, **system.environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def test_self_test_walks_an_alert_through_and_says_what_is_broken(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    ports = {"API_PORT": str(free_port()), "RELAY_PORT": str(free_port())}
    with a_system(server.url, tmp_path, **ports) as system:
        dead = run("test_enhanced_alerts.py", system)
        for part in (("evaluator",), ("dispatchers", "router"), ("api",), ("api.relay",)):
            system.start(*part)
        worker = system.start("dispatchers", "worker", "--channels", "web")
        wait_ready(redis, "evaluator", "router", "worker-web", "api", "relay")
        well = run("test_enhanced_alerts.py", system)
        view = run("plugin_performance_monitor.py", system, "--json", "--seconds", "0.5")
        drawn = run("plugin_performance_monitor.py", system, "--once", "--seconds", "0.5")
        worker.stop()
        broken = run("test_enhanced_alerts.py", system)

    assert (1, True) == (dead.returncode, "FAIL  API answers" in dead.stdout), dead.stdout
    assert "Nothing answers at http://127.0.0.1" in dead.stdout
    assert 0 == well.returncode, well.stdout + well.stderr
    assert ["PASS"] * 10 == [line[:4] for line in well.stdout.splitlines()]
    assert (1, True) == (broken.returncode, "no worker is running" in broken.stdout), broken.stdout
    assert [] == rule_store.load_all(redis)[1]
    found = json.loads(view.stdout)
    assert {"evaluator", "router", "api", "relay"} <= {one["component"] for one in found["processes"]}
    assert 0 == found["lag"] and found["memory_bytes"] > 0
    assert "events/s" in drawn.stdout and "evaluator" in drawn.stdout
