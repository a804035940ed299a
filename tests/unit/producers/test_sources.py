"""What this machine says of itself is real, in range, and survives processes that come and go."""

import subprocess
import sys

import psutil

from producers.sources.host import Host
from producers.sources.process import Processes
from tests.support.waiting import until

T = 1_700_000_000_000


def test_host_reports_plausible_metrics() -> None:
    source = Host("host-x", "x", 30)
    source.poll(T)
    (event,) = source.poll(T + 1_000)

    assert ("host-x", "x", T + 1_000) == (event.plugin_id, event.plugin_name, event.at_ms)
    for name in ("cpu_usage", "memory_usage", "disk_usage", "swap_usage"):
        assert 0 <= event.metrics[name] <= 100
    assert {"load_1", "load_5", "load_15", "load_per_core", "network_in_bytes_per_s"} <= set(event.metrics)
    assert psutil.virtual_memory().total > event.metrics["memory_available_bytes"] > 0


def test_named_process_is_running_with_its_figures_and_stopped_without() -> None:
    name = psutil.Process().name()
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    source = Processes([name, "no-such-process"], 30)
    try:
        busy = until(lambda: next((e for e in source.poll(T) if e.metrics["cpu_usage"] > 10), None), every_s=0.2)
    finally:
        child.kill()
        child.wait()
    gone = source.poll(T)[1]

    assert ("running", f"process-{name}") == (busy.states["status"], busy.plugin_id)
    assert busy.metrics["process_count"] >= 2
    assert busy.metrics["memory_bytes"] > 1_000_000
    assert busy.metrics["threads"] >= 2
    assert ("stopped", 0.0) == (gone.states["status"], gone.metrics["process_count"])
