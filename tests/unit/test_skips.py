"""Nothing is skipped in CI."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT

MODULES = {
    "calls": "def test_one():\n    pytest.skip('no browser')\n",
    "marked": "@pytest.mark.skipif(True, reason='no proxy')\ndef test_one():\n    pass\n",
    "fixture": "@pytest.fixture\ndef x():\n    pytest.skip('no x')\ndef test_one(x):\n    pass\n",
    "imports": "pytest.importorskip('there_is_no_such_module')\n",
    "whole": "pytest.skip('no', allow_module_level=True)\n",
    "expected": "@pytest.mark.xfail\ndef test_one():\n    assert False\n",
    "passes": "def test_one():\n    pass\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("ci", ["true", "1", "", "false"])
def test_a_skip_is_a_failure_in_ci_and_nowhere_else(tmp_path: Path, ci: str) -> None:
    for name, text in MODULES.items():
        (tmp_path / f"test_{name}.py").write_text(f"import pytest\n{text}")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "--continue-on-collection-errors", "-p", "tests.support.skips", "."],
        env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = set(re.findall(r"^(?:FAILED|ERROR) test_(\w+)\.py", done.stdout, re.M))

    if ci in ("true", "1"):
        assert (1, set(MODULES) - {"passes"}) == (done.returncode, failed), done.stdout
        assert done.stdout.count("nothing is skipped in CI") >= len(failed)
    else:
        assert (0, set()) == (done.returncode, failed), done.stdout
