"""Child processes are kept alive and ended within a deadline, whether they are programs or forks of this process."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.supervisor import Child, Death, Supervisor
from tests.support.waiting import until

STUBBORN = "trap '' TERM; touch $0; while :; do sleep 0.05; done"
TIDY = "trap 'exit 0' TERM; touch $0; while :; do sleep 0.05; done"


class Family:
    """Scripts as children, by name; notes what happens to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scripts: dict[str, str] = {}
        self.starts: list[str] = []
        self.deaths: list[Death] = []
        self.supervisor = Supervisor(self.start, first_pause_ms=20, longest_pause_ms=80, died=self.deaths.append)

    def start(self, name: str) -> Child:
        self.starts.append(name)
        return subprocess.Popen(["sh", "-c", self.scripts[name], str(self.folder / name)])

    def add(self, name: str, script: str = TIDY) -> None:
        self.scripts[name] = script
        self.supervisor.add(name)
        if "touch" in script:
            until((self.folder / name).exists)

    def tend_until(self, true: Callable[[], object]) -> None:
        def turn() -> object:
            self.supervisor.tend()
            return true()

        until(turn)


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Family]:
    made = Family(tmp_path)
    yield made
    made.supervisor.end(0.0)


def test_a_child_that_dies_is_started_again_after_a_growing_pause(family: Family) -> None:
    family.add("a", "exit 3")
    family.tend_until(lambda: len(family.deaths) >= 4)

    assert [("a", 3)] * 4 == [(d.name, d.exit_code) for d in family.deaths[:4]]
    assert [0.02, 0.04, 0.08, 0.08] == [d.restart_in_s for d in family.deaths[:4]]


def test_a_child_that_was_killed_dies_of_a_signal_and_the_others_go_on(family: Family) -> None:
    family.add("a")
    family.add("b")
    kept = family.supervisor.child("b")
    os.kill(family.supervisor.child("a").pid, signal.SIGKILL)
    family.tend_until(lambda: family.starts.count("a") == 2)

    assert [-signal.SIGKILL] == [d.exit_code for d in family.deaths]
    assert family.supervisor.child("b") is kept and kept.poll() is None


def test_a_child_that_is_removed_ends_and_does_not_come_back(family: Family) -> None:
    family.add("a")
    family.supervisor.remove("a")
    family.tend_until(lambda: family.supervisor.child("a") is None)
    family.supervisor.tend()

    assert (["a"], [], []) == (family.starts, family.deaths, family.supervisor.running())


def test_a_child_that_is_added_again_starts_when_the_earlier_one_has_ended(family: Family) -> None:
    family.add(
        "a", "trap 'while [ ! -e $0.go ]; do sleep 0.01; done; exit 0' TERM; touch $0; while :; do sleep 0.05; done"
    )
    family.supervisor.remove("a")
    family.supervisor.add("a")
    family.supervisor.tend()
    assert ["a"] == family.starts
    (family.folder / "a.go").touch()
    family.tend_until(lambda: len(family.starts) == 2)

    assert [] == family.deaths


def test_adding_a_child_that_runs_changes_nothing(family: Family) -> None:
    family.add("a")
    family.add("a")
    family.supervisor.tend()

    assert ["a"] == family.starts


def test_a_start_that_fails_is_tried_again_and_holds_up_no_other(family: Family) -> None:
    family.add("a", "exit 1")
    family.add("b", "exit 1")
    script = family.scripts.pop("a")
    until(lambda: fails(family.supervisor.tend))
    until(lambda: fails(family.supervisor.tend) and family.starts.count("b") > 2)
    family.scripts["a"] = script
    before = family.starts.count("a")
    family.tend_until(lambda: family.starts.count("a") > before)


def fails(call: Callable[[], object]) -> bool:
    try:
        call()
    except KeyError:
        return True
    return False


def test_the_end_is_told_in_order_and_kills_who_does_not_heed_it(family: Family) -> None:
    family.add("stubborn", STUBBORN)
    family.add("tidy")
    children = [family.supervisor.child(name) for name in ("stubborn", "tidy")]
    killed = family.supervisor.end(3.0, each_s=0.5)

    assert (["stubborn"], [-signal.SIGKILL, 0]) == (killed, [c.poll() for c in children])
    assert [] == family.supervisor.running()


# A process of its own forks: pytest has threads.
FORKS = """
import os, signal, sys, time
from shared.supervisor import Fork
signal.signal(signal.SIGTERM, lambda *_: print("the parent's handler", flush=True))
def wait():
    time.sleep(600)
    return 0
def fail():
    raise SystemExit("no exit code of its own")
for run, act in ((lambda: 7, None), (fail, None), (wait, "terminate"), (wait, "kill")):
    child = Fork(run)
    if act:
        getattr(child, act)()
    while child.poll() is None:
        time.sleep(0.01)
    child.terminate()
    print(child.poll(), flush=True)
"""


def test_a_fork_ends_with_its_result_or_by_a_signal_that_comes_at_any_time() -> None:
    done = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, timeout=120, check=True)

    assert "7\n1\n-15\n-9\n" == done.stdout
