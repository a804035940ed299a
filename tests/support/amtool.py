"""What amtool says of a configuration of Alertmanager: whether it is valid, and where an alert goes."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.clients import AMTOOL
from tests.support.waiting import PATIENCE_S


def check(file: Path) -> None:
    """Fail if Alertmanager would not take the file."""
    _run("check-config", str(file))


def receivers_of(file: Path, labels: Mapping[str, str]) -> str:
    """Return the receivers of an alert with these labels, separated by commas."""
    given = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels.items()]
    # Warnings about old matchers stand above the answer.
    return _run("config", "routes", "test", f"--config.file={file}", *given).strip().rpartition("\n")[2]


def _run(*arguments: str) -> str:
    done = subprocess.run([str(AMTOOL), *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout
