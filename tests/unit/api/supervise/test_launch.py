"""A component that `up` forks is a process like one that was started by itself: arguments, environment, output, end."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")

PART = """
import os, signal, sys
from shared import vault

def main():
    print("to nobody")
    what = sys.argv[1]
    if what == "look":
        assert vault.current.cache_info().currsize == 0
        handler = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        name = open("/proc/self/comm").read().strip()
        print(sys.argv, os.environ["GIVEN"], os.getsid(0) == os.getpid(), handler, name, file=sys.stderr)
        print(sorted(os.readlink(f"/proc/self/fd/{n}") for n in ("0", "1")), file=sys.stderr)
        return 3
    if what == "exit":
        sys.exit(4)
    raise ValueError("a bug")
"""
# A process of its own forks: pytest has threads.
UP = """
import signal, sys, time
from pathlib import Path
from api.supervise import launch
from shared import vault
signal.signal(signal.SIGTERM, lambda *_: None)
vault.current()
launch.preload(["part", "api.relay"])
assert "part.__main__" in sys.modules and "api.relay" not in sys.modules
for what in ("look", "exit", "fail"):
    child = launch.start("part", ["part", what], {"GIVEN": "yes"}, Path(what))
    while child.poll() is None:
        time.sleep(0.01)
    print(child.poll(), flush=True)
"""


@pytest.fixture
def forked(tmp_path: Path) -> subprocess.CompletedProcess[str]:
    package = tmp_path / "part"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(PART)
    return subprocess.run(
        [sys.executable, "-c", UP],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_fork_has_its_arguments_environment_session_and_exit_code(
    forked: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    assert ("3\n4\n1\n", "") == (forked.stdout, forked.stderr)
    seen = (tmp_path / "look").read_text().splitlines()
    assert ["['part', 'look'] yes True True ea-part", "['/dev/null', '/dev/null']"] == seen
    assert "" == (tmp_path / "exit").read_text()
    assert "ValueError: a bug" == (tmp_path / "fail").read_text().splitlines()[-1]


def test_up_refuses_to_fork_while_a_thread_runs(tmp_path: Path) -> None:
    program = """
import threading
from pathlib import Path
from api.supervise import launch
go = threading.Event()
threading.Thread(target=go.wait).start()
try:
    launch.start("part", ["part"], {}, Path("errors"))
except RuntimeError as error:
    print("up runs threads" in str(error))
go.set()
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ("True\n", "") == (done.stdout, done.stderr)
