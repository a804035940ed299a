"""What benchmarks of whole processes stand on: a server as the product starts it, a destination, many browsers."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis

from shared import tuning
from shared.redis import connection
from tests.support.processes import ROOT, System, a_system
from tests.support.real_server import RealServer
from tests.support.waiting import until

DEADLINE_S = 120.0


@contextmanager
def a_stage(**environment: str) -> Iterator[tuple[Redis, System]]:
    """An empty server with the settings of the embedded one, and a system without processes."""
    os.environ.setdefault("SECRET_KEYS", "dGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtMTI=")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        server = RealServer(folder, "--appendfsync", "everysec")
        server.start()
        redis = connection.connect(server.url)
        try:
            with a_system(server.url, folder, DATA_DIR=name, LOG_LEVEL="warning", **environment) as system:
                yield redis, system
        finally:
            redis.close()
            server.stop(kill=True)


@contextmanager
def a_helper(module: str, *arguments: str, yields: bool = False) -> Iterator[subprocess.Popen[str]]:
    """
    A process of this package that talks by lines.

    Args:
        yields: What stands for other machines takes no processor from those that decide, as workers and relay do not.
    """
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments]
    helper = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        start_new_session=True,
    )
    if yields:
        os.setpriority(os.PRIO_PROCESS, helper.pid, tuning.NICENESS)
        tuning.weigh_session(helper.pid)
    try:
        yield helper
    finally:
        helper.kill()
        helper.wait()
        for pipe in (helper.stdin, helper.stdout):
            assert pipe is not None
            pipe.close()


def heard(helper: subprocess.Popen[str]) -> str:
    """Return the next line a helper says."""
    assert helper.stdout is not None
    # A helper that says nothing is ended, and what waits for its word fails.
    timer = threading.Timer(DEADLINE_S, helper.kill)
    timer.start()
    try:
        line = helper.stdout.readline()
    finally:
        timer.cancel()
    assert line, f"{helper.args} said nothing for {DEADLINE_S:g} s, or died"
    return line.strip()


class Receiver:
    """The destination of webhooks."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"

    def forget(self) -> None:
        self._get("/forget")

    def count(self, path: str) -> int:
        """Return how many alerts were received at *path*."""
        return int(self._get("/count").get(path, 0))

    def wait(self, path: str, count: int, deadline_s: float = DEADLINE_S) -> None:
        until(lambda: self.count(path) >= count, f"{count} alerts at {path}", deadline_s, every_s=0.05)

    def taken(self, path: str) -> list[tuple[int, str]]:
        """Return (monotonic ns, plugin id) of each alert received at *path*, in order."""
        found = self._get("/taken")
        return [(at_ns, plugin_id) for at_ns, where, told in found if where == path for _, plugin_id in told]

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(self.base + path, timeout=DEADLINE_S) as answer:
            body = answer.read()
        return None if body == b"ok" else json.loads(body)


@contextmanager
def a_receiver(*, yields: bool = False) -> Iterator[Receiver]:
    with a_helper("_receiver", yields=yields) as helper:
        yield Receiver(int(heard(helper)))


class Browsers:
    """Clients of the relay."""

    def __init__(self, helper: subprocess.Popen[str]) -> None:
        self._helper = helper

    def ask(self, line: str) -> None:
        assert self._helper.stdin is not None
        self._helper.stdin.write(line + "\n")

    def until(self, count: int) -> int:
        """Wait until each has had *count* entries in all; returns the monotonic ns of the last."""
        self.ask(f"until {count}")
        return int(heard(self._helper))

    def report(self) -> dict[str, Any]:
        self.ask("report")
        return json.loads(heard(self._helper))


@contextmanager
def browsers(port: int, count: int, header: str = "", *, yields: bool = False) -> Iterator[Browsers]:
    """Connect *count* clients."""
    with a_helper("_listeners", "127.0.0.1", str(port), str(count), header, yields=yields) as helper:
        assert "ready" == heard(helper)
        yield Browsers(helper)


def allow_many_sockets() -> None:
    """For this process and those it starts."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def percentile(values: list[float], share: float) -> float:
    """Return the value that *share* of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def memory_of(pid: int) -> int:
    """Return a process's resident bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


_PROCESSOR_TIME = 2


def busy_s(pid: int) -> float:
    """
    Return the seconds of processor time a process and its children have had, to the nanosecond.

    The clock's number is that of Linux (clock_getcpuclockid(3)); /proc counts in ticks of 10 ms.
    """
    return sum(time.clock_gettime(~one << 3 | _PROCESSOR_TIME) for one in (pid, *children_of(pid)))


def now_s() -> float:
    return time.monotonic()
