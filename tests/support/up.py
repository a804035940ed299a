"""`enhanced-alerts up` as a child process, in a folder of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.ports import free_port
from tests.support.processes import ROOT
from tests.support.waiting import PATIENCE_S, until


class Up:
    """The supervisor as a child, in a folder of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.ports = {name: free_port() for name in ("API_PORT", "INGEST_PORT", "RELAY_PORT", "EMBEDDED_REDIS_PORT")}
        folders = {"DATA_DIR": str(folder / "var"), "LOG_DIR": str(folder / "logs")}
        ports = {name: str(port) for name, port in self.ports.items()}
        self.environment = {**os.environ, **folders, **ports, "HOST_INTERVAL_SECONDS": "1", **environment}
        self.folder = folder
        self.output = folder / "output"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *before: str) -> "Up":
        """Start it, by a command *before* it if there is one."""
        command = [*before, sys.executable, "-m", "api.cli", "up"]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=output, stderr=output)
        return self

    def text(self) -> str:
        return self.output.read_text()

    def wait_ready(self) -> None:
        until(lambda: "Sign in once" in self.text() or self.process.poll() is not None)
        assert self.process.poll() is None, self.text()

    def pid_of(self, part: str) -> int:
        return int(re.findall(rf"^{part} +ready  pid (\d+)", self.text(), re.M)[-1])

    def run(self) -> tuple[int, str]:
        """Start it, expecting it to end by itself."""
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", "up"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return done.returncode, (done.stdout + done.stderr).decode()
