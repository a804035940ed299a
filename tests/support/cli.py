"""The command line as a process, the way an operator starts it."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from redis import Redis

from tests.support.processes import ROOT
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("REDIS_URL", server.url)

    def command(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr

    return command
