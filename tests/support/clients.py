"""
The real clients that tests point at `ingest`, and the configuration that the documents give for them.

`scripts/clients.sh` unpacks the programs.
"""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import documents
from tests.support.skips import IN_CI
from tests.support.waiting import PATIENCE_S

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
FOLDER = Path(os.environ.get("CLIENTS") or _CACHE / "enhanced-alerts" / "clients")
PROMETHEUS = FOLDER / "usr/bin/prometheus"
NODE_EXPORTER = FOLDER / "usr/bin/prometheus-node-exporter"
VMAGENT = FOLDER / "usr/bin/vmagent"
VMALERT = FOLDER / "usr/bin/vmalert"
VICTORIA_METRICS = FOLDER / "usr/bin/victoria-metrics"
ALERTMANAGER = FOLDER / "usr/bin/prometheus-alertmanager"
AMTOOL = FOLDER / "usr/bin/amtool"
AMTOOL_0_25 = FOLDER / "bookworm/usr/bin/amtool"
COLLECTD = FOLDER / "usr/sbin/collectd"
HOT_SHOTS = FOLDER / "node/node_modules/hot-shots"


def needs(*programs: Path) -> pytest.MarkDecorator:
    """Skip a test whose programs are missing on a laptop; in CI it runs, and fails."""
    missing = [program.name for program in programs if not program.exists()]
    return pytest.mark.skipif(bool(missing) and not IN_CI, reason=f"no {', '.join(missing)} here: make clients")


def block(page: str, language: str, **options: str) -> str:
    """Return the block of a document in docs/clients/ that has this language and these options."""
    found = [
        block.text
        for block in documents.read(f"docs/clients/{page}.md").blocks
        if block.language == language and options.items() <= block.options.items()
    ]
    assert len(found) == 1, f"docs/clients/{page}.md has {len(found)} blocks of {language} {options}"
    return found[0]


class Client:
    """A program that runs until it is stopped; its output is in a file."""

    def __init__(self, command: list[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self._command = command
        self._log = log
        self._environment = {**os.environ, **(environment or {})}
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert Path(self._command[0]).exists(), f"{self._command[0]} is missing; CI needs it: make clients"
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.pid

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it as an operator does, and wait."""
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(number)
            self._running.wait(timeout=PATIENCE_S)

    def restart(self) -> None:
        self.stop()
        self.start()

    def log(self) -> str:
        return self._log.read_text(errors="replace")


@contextmanager
def running(command: list[str], log: Path, environment: Mapping[str, str] | None = None) -> Iterator[Client]:
    """Start a client, and stop it with the block."""
    client = Client(command, log, environment)
    client.start()
    try:
        yield client
    finally:
        client.stop(signal.SIGKILL)
