"""How processes share processors: workers go behind evaluators, whichever way they were started."""

import subprocess
import sys
from pathlib import Path

import pytest

AUTOGROUP = Path("/proc/self/autogroup")
PROGRAM = """
import os
from pathlib import Path
from shared import tuning
tuning.yield_to_deciders()
group = Path("/proc/self/autogroup")
print(os.nice(0), group.read_text().split()[-1] if group.exists() else "none")
"""


@pytest.mark.parametrize("has_own_session", [True, False])
def test_worker_yields_within_its_session_and_with_its_session_but_not_with_that_of_others(
    has_own_session: bool,
) -> None:
    # The session of the outer process stands for that of `up`: the process under test is in it, or begins its own.
    outer = (
        "import subprocess, sys; sys.exit(subprocess.call("
        f"[sys.executable, '-c', {PROGRAM!r}], start_new_session={has_own_session}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", outer], capture_output=True, text=True, check=True, start_new_session=True
    )
    niceness, of_session = done.stdout.split()

    expected = ("10" if has_own_session else "0") if AUTOGROUP.exists() else "none"
    assert ("10", expected) == (niceness, of_session)
