"""How long a person waits for `enhanced-alerts` to say anything: its imports, mostly."""

import resource
import subprocess
import sys
from pathlib import Path

from tests.benchmarks._backlog import alternate
from tests.benchmarks.figures import Figure, Size, Target

COMMAND = (str(Path(sys.executable).with_name("enhanced-alerts")), "--help")
BARE = (sys.executable, "-c", "pass")


def run(size: Size) -> list[Figure]:
    """Processor time, which another process on the machine does not stretch as it does time."""
    cpu_ms(*COMMAND)  # Compiles what was not compiled yet.
    floor, measured = alternate(size.rounds, lambda: cpu_ms(*BARE), lambda: cpu_ms(*COMMAND))
    what = "`enhanced-alerts --help`, processor time"
    return [Figure("startup", what, "ms", measured, "python -c pass", floor, Target(200, "at most", "value"))]


def cpu_ms(*command: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * 1_000
