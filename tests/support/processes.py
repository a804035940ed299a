"""Real processes of the product, for tests that kill them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
from redis import Redis

from shared import process
from shared.clock import SystemClock
from tests.support import without
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, until

ROOT = Path(__file__).parents[2]


def has_ended(process: psutil.Process) -> bool:
    """Return whether *process* runs no more, also if nobody waits for it; it may end while this looks."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE or not process.is_running())
    except psutil.NoSuchProcess:
        return True


class Process:
    """One component, with its log in a file."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], log: Path) -> None:
        self._arguments = arguments
        self._environment = environment
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Process":
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *without.arguments(), *self._arguments],
                env={**os.environ, **self._environment},
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """`kill -9`."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def stop(self) -> int:
        """SIGTERM, and wait; returns the exit code."""
        self.terminate()
        return self.wait()

    def terminate(self) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()

    def wait(self) -> int:
        assert self.process is not None
        try:
            return self.process.wait(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def log(self) -> str:
        return self._log.read_text(errors="replace")


class System:
    """Starts components against one server, and ends them all with the block."""

    def __init__(self, url: str, folder: Path, **environment: str) -> None:
        # The providers of the tests are on this machine; and tests that start only some of the components are not told
        # that the others are missing.
        usual = {"LEASE_SECONDS": "2", "GROUP_SECONDS": "0", "OUTBOUND_ALLOW": "loopback,localhost"}
        usual["WATCH_LATE_SECONDS"] = "3600"
        # Nobody else's ports, and not the folder of whoever works here.
        usual |= {name: str(free_port()) for name in ("API_PORT", "INGEST_PORT", "RELAY_PORT")}
        usual["DATA_DIR"] = os.environ.get("DATA_DIR") or str(folder)
        self.environment = {"REDIS_URL": url, **usual, **environment}
        self._folder = folder
        self._started: list[Process] = []

    def start(self, *arguments: str, **environment: str) -> Process:
        log = self._folder / f"{len(self._started)}-{arguments[0]}.log"
        started = Process(list(arguments), {**self.environment, **environment}, log).start()
        self._started.append(started)
        return started

    def logs(self) -> str:
        return "\n".join(p.log() for p in self._started)

    def stop(self) -> None:
        for one in self._started:
            one.terminate()
        for one in self._started:
            one.wait()


@contextmanager
def a_system(url: str, folder: Path, **environment: str) -> Iterator[System]:
    system = System(url, folder, **environment)
    try:
        yield system
    finally:
        system.stop()


def wait_ready(redis: Redis, *components: str, count: int = 1, deadline_s: float = PATIENCE_S) -> None:
    """Wait until *count* processes of each component say that they are ready."""

    def all_ready() -> bool:
        ready = [r.component for r in process.reports(redis, SystemClock().now_ms()) if r.ready]
        return all(ready.count(c) >= count for c in components)

    until(all_ready, f"{components} ready", deadline_s)
