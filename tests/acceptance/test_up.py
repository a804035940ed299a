"""`enhanced-alerts up` as a newcomer meets it: real processes, and the mistakes one makes."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from redis import Redis

from shared.redis import connection
from tests.support.processes import ROOT, has_ended
from tests.support.up import Up
from tests.support.waiting import PATIENCE_S, until

PARTS = ("producer", "ingest", "evaluator", "router", "worker", "recorder", "api", "relay")


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Up]:
    started = Up(tmp_path).start()
    yield started
    if started.process.poll() is None:
        started.process.terminate()
        started.process.wait(timeout=PATIENCE_S)


@pytest.mark.slow
def test_everything_starts_says_so_survives_a_death_and_ends_cleanly(system: Up) -> None:
    system.wait_ready()
    children = psutil.Process(system.process.pid).children(recursive=True)
    for part in ("redis", *PARTS):
        assert re.search(rf"^{part} +ready", system.text(), re.M), part

    link = re.search(r"Sign in once with +(\S+)", system.text())[1]
    with requests.Session() as browser:
        page = browser.get(link)
        assert (200, True) == (page.status_code, 'id="root"' in page.text)
        assert 401 == requests.get(link, headers={"Accept": "text/html"}).status_code
        base = f"http://127.0.0.1:{system.ports['API_PORT']}/api/enhanced-alerts"
        until(lambda: browser.get(f"{base}/status").json()["status"] == "ok")
        until(lambda: browser.get(f"{base}/plugins").json()["plugins"])

        os.kill(system.pid_of("evaluator"), signal.SIGKILL)
        until(lambda: "evaluator  died (signal SIGKILL), starting again in" in system.text())
        until(lambda: system.text().count("evaluator  ready") == 2)
        until(lambda: browser.get(f"{base}/status").json()["status"] == "ok")

    folders = [system.folder / "var", system.folder / "logs"]
    ours = [*folders, *(file for folder in folders for file in folder.rglob("*"))]
    assert [] == [str(one) for one in ours if is_open_to_others(one)]

    children += psutil.Process(system.process.pid).children(recursive=True)
    system.process.send_signal(signal.SIGINT)

    assert 0 == system.process.wait(timeout=PATIENCE_S)
    assert system.text().rstrip().endswith("Stopped.")
    assert "Traceback" not in system.text()
    until(lambda: all(has_ended(each) for each in children))


def is_open_to_others(place: Path) -> bool:
    try:
        return bool(place.stat().st_mode & 0o077)
    except FileNotFoundError:
        return False  # A file that a server had for a moment only.


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no component is forked")
def test_components_share_their_memory_and_no_connection(system: Up) -> None:
    system.wait_ready()
    up = psutil.Process(system.process.pid)
    own = _sockets(up)
    forks = {part: psutil.Process(system.pid_of(part)) for part in PARTS if part != "relay"}
    ingest = [forks["ingest"], *forks["ingest"].children()]

    assert {part: f"ea-{part}" for part in forks} == {part: process.name() for part, process in forks.items()}
    assert own and [] == [part for part, process in forks.items() if _sockets(process) & own]
    # A process of its own took 57 MB for ingest alone, and all of them 514 MB.
    everything = [up, *up.children(recursive=True)]
    assert sum(process.memory_full_info().uss for process in ingest) < 25_000_000
    assert sum(process.memory_full_info().pss for process in everything) < 400_000_000


def _sockets(process: psutil.Process) -> set[str]:
    folder = Path(f"/proc/{process.pid}/fd")
    links = [str(one.readlink()) for one in folder.iterdir() if one.is_symlink()]
    return {link for link in links if link.startswith("socket:")}


@pytest.mark.slow
def test_everything_runs_on_ipv6_and_as_a_user_without_a_name_or_home(tmp_path: Path) -> None:
    """As in a container with a user id of its own, which has no entry in passwd."""
    nameless = ("unshare", "--user", "--map-user=54321", "--map-group=54321")
    if subprocess.run([*nameless, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine gives nobody another user id")
    system = Up(tmp_path, API_HOST="::1", RELAY_HOST="::1", INGEST_HOST="::1")
    del system.environment["HOME"]
    system.start(*nameless)
    system.wait_ready()
    link = re.search(r"Sign in once with +(\S+)", system.text())[1]
    page = requests.get(link, timeout=PATIENCE_S)
    ready = [
        requests.get(f"http://[::1]:{system.ports[name]}/readyz", timeout=PATIENCE_S).status_code
        for name in ("API_PORT", "RELAY_PORT", "INGEST_PORT")
    ]
    system.process.send_signal(signal.SIGINT)

    assert 0 == system.process.wait(timeout=PATIENCE_S)
    assert link.startswith(f"http://[::1]:{system.ports['API_PORT']}/")
    assert (200, [200] * 3) == (page.status_code, ready)
    assert "Traceback" not in system.text()


@pytest.mark.slow
def test_data_outlives_a_restart_and_a_killed_supervisor_leaves_no_orphans(tmp_path: Path) -> None:
    first = Up(tmp_path).start()
    first.wait_ready()
    with connection.connect(f"redis://127.0.0.1:{first.ports['EMBEDDED_REDIS_PORT']}/0") as redis:
        redis.set("kept", "yes")
    family = psutil.Process(first.process.pid).children(recursive=True)
    first.process.kill()
    first.process.wait()
    until(lambda: all(has_ended(each) for each in family))
    second = Up(tmp_path, **{k: str(v) for k, v in first.ports.items()})
    second.ports = first.ports
    second.start().wait_ready()
    with connection.connect(f"redis://127.0.0.1:{first.ports['EMBEDDED_REDIS_PORT']}/0") as redis:
        kept = redis.get("kept")
    second.process.terminate()

    assert (b"yes", 0) == (kept, second.process.wait(timeout=PATIENCE_S))


@pytest.mark.parametrize("name", ["API_PORT", "INGEST_PORT", "RELAY_PORT", "EMBEDDED_REDIS_PORT"])
def test_taken_port_is_one_sentence(tmp_path: Path, name: str) -> None:
    up = Up(tmp_path)
    with socket.create_server(("127.0.0.1", up.ports[name])):
        code, text = up.run()

    assert 1 == code
    assert [f"Port {up.ports[name]} on 127.0.0.1 cannot be used (Address already in use); stop the program that uses it, or set {name} to another port."] == text.splitlines()  # fmt: skip  # noqa: E501


@pytest.mark.parametrize("name", ["DATA_DIR", "LOG_DIR"])
def test_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    code, text = Up(tmp_path, **{name: str(tmp_path / "file" / "x")}).run()

    assert (1, 1) == (code, len(text.splitlines()))
    assert f"set {name} to a folder this user may write to" in text


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("REDIS_URL", "redis://:geheim@127.0.0.1:1/0", "Redis at redis://127.0.0.1:1/0 cannot be reached"),
        ("REDIS_URL", "localhost", "REDIS_URL must begin with redis://"),
        ("PARTITIONS", "many", "PARTITIONS must be a whole number"),
        ("API_PORT", "0", "API_PORT must be between 1 and 65535"),
    ],
)
def test_bad_setting_is_one_sentence(tmp_path: Path, variable: str, value: str, words: str) -> None:
    code, text = Up(tmp_path, **{variable: value}).run()

    assert (1, 1) == (code, len(text.splitlines()))
    assert words in text
    assert "geheim" not in text


def test_other_partition_count_than_the_stored_one_is_one_sentence(tmp_path: Path, redis: Redis, server) -> None:
    redis.set("ea:partitions", 3)
    code, text = Up(tmp_path, REDIS_URL=server.url).run()

    assert (1, 1) == (code, len(text.splitlines()))
    assert "set PARTITIONS=3" in text


def test_start_script_starts_everything_and_where_that_runs_the_producer_alone(tmp_path: Path) -> None:
    up = Up(tmp_path, HOST_PLUGIN_ID="first")
    script = [sys.executable, str(ROOT / "scripts" / "start_plugin_monitoring.py")]
    with up.output.open("wb") as output:
        up.process = subprocess.Popen(script, cwd=ROOT, env=up.environment, stdout=output, stderr=output)
    beside = None
    try:
        up.wait_ready()
        pids = [up.pid_of(part) for part in PARTS]
        with (tmp_path / "beside").open("wb") as output:
            environment = {**up.environment, "HOST_PLUGIN_ID": "second"}
            beside = subprocess.Popen(script, cwd=ROOT, env=environment, stdout=output, stderr=output)
        with requests.Session() as session:
            until(lambda: "runs already" in (tmp_path / "beside").read_text() or beside.poll() is not None)
            assert beside.poll() is None, (tmp_path / "beside").read_text()
            assert all(psutil.pid_exists(pid) for pid in pids)
            assert 200 == session.get(f"http://127.0.0.1:{up.ports['API_PORT']}/healthz").status_code
    finally:
        for one in (beside, up.process):
            if one is not None:
                one.terminate()
                one.wait(PATIENCE_S)

    assert 0 == up.process.returncode, up.text()
    # Ended before it had begun to listen to signals, or after.
    assert beside.returncode in (0, -signal.SIGTERM)
