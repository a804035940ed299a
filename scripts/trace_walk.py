"""
Trace one event through the real processes, from `publish()` to a webhook's 2xx: each call between our modules, once.

    .venv/bin/python scripts/trace_walk.py

Every process is started with a `sitecustomize` of this script's own (an environment variable and a folder on
PYTHONPATH), which writes each call from one of our modules into another. What the processes do all the time, without an
event, is left out. tests/acceptance/test_walk.py compares the outcome with docs/architecture.md.
"""

import http.server
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from shared.redis import connection  # noqa: E402
from shared.store import channel_store, rule_store  # noqa: E402
from tests.support.factories import a_rule  # noqa: E402
from tests.support.processes import a_system, wait_ready  # noqa: E402
from tests.support.real_server import RealServer  # noqa: E402
from tests.support.waiting import until  # noqa: E402

PACKAGES = ("producers", "evaluator", "dispatchers", "shared")
SECRET_KEYS = "dHJhY2UtdHJhY2UtdHJhY2UtdHJhY2UtdHJhY2UtMTI="
"""For this system only, which is gone with the script."""
IDLE_S = 6.0
"""How long the processes are watched without an event: longer than any of their duties takes to come round again."""
WAIT_S = 60.0
SITE = """
import os, sys, threading, time

folder, root = os.environ.get("TRACE_WALK_FOLDER"), os.environ.get("TRACE_WALK_ROOT", "") + os.sep
packages = tuple(root + name + os.sep for name in os.environ.get("TRACE_WALK_PACKAGES", "").split(","))
short = {}


def name_of(code):
    if code not in short:
        path = code.co_filename
        ours = path.startswith(packages) and not code.co_name.startswith("<")
        short[code] = (path[len(root):], code.co_qualname) if ours else None
    return short[code]


def profile(frame, what, _):
    if what != "call":
        return
    callee = name_of(frame.f_code)
    if callee is None:
        return
    caller = frame.f_back
    while caller is not None and name_of(caller.f_code) is None:
        caller = caller.f_back
    origin = name_of(caller.f_code) if caller is not None else None
    if origin is not None and origin[0] != callee[0]:
        line = f"{time.time_ns()} {origin[0]}:{origin[1]} {callee[0]}:{callee[1]}\\n"
        with open(os.path.join(folder, f"{os.getpid()}.walk"), "a") as file:
            file.write(line)


if folder:
    threading.setprofile(profile)
    sys.setprofile(profile)
"""
PLUGIN = """
import os, sys
from producers.publisher import Publisher
publisher = Publisher(os.environ["REDIS_URL"])
for line in sys.stdin:
    publisher.publish("walker", metrics={"cpu": float(line)})
    publisher.flush()
    print("published", flush=True)
"""


class Crossing(NamedTuple):
    """A call from one of our modules into another; both as `file:function`."""

    at_ns: int
    caller: str
    callee: str


class Trace(NamedTuple):
    """Crossings in order, each once."""

    walk: list[Crossing]
    """What the event caused."""
    duties: list[Crossing]
    """What the processes did meanwhile and do without an event, too; the reading of the streams is among them."""


def trace() -> Trace:
    """Run the system, publish one event that fires, and return the crossings from then until the webhook's 2xx."""
    with tempfile.TemporaryDirectory(prefix="walk-") as name, a_destination() as destination:
        folder = Path(name)
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(SITE)
        os.environ.setdefault("SECRET_KEYS", SECRET_KEYS)
        server = RealServer(folder)
        server.start()
        redis = connection.connect(server.url)
        environment = {
            "DATA_DIR": name,
            "LOG_LEVEL": "warning",
            "PARTITIONS": "1",
            "PYTHONPATH": os.pathsep.join([str(folder / "site"), str(ROOT)]),
            "TRACE_WALK_FOLDER": name,
            "TRACE_WALK_ROOT": str(ROOT),
            "TRACE_WALK_PACKAGES": ",".join(PACKAGES),
        }
        try:
            rule_store.save(redis, a_rule(id="walk", channels=["webhook"], group_by="none"))
            channel_store.save(redis, "webhook", {"url": destination.url})
            with a_system(server.url, folder, **environment) as system:
                for component in (["evaluator"], ["dispatchers", "router"]):
                    system.start(*component)
                system.start("dispatchers", "worker", "--channels", "webhook")
                wait_ready(redis, "evaluator", "router", "worker-webhook")
                with a_plugin({**os.environ, **system.environment}) as plugin:
                    # The first event of a plugin, and the first connection of each process, are not the usual walk.
                    _publish(plugin, 10.0)
                    _publish(plugin, 10.0)
                    time.sleep(IDLE_S)
                    begun_ns = time.time_ns()
                    _publish(plugin, 95.0)
                    until(lambda: destination.received >= 1, "the webhook", WAIT_S)
                    ended_ns = time.time_ns()
        except AssertionError:
            print(system.logs(), file=sys.stderr)
            raise
        finally:
            redis.close()
            server.stop(kill=True)
        crossings = sorted(
            Crossing(int(at_ns), caller, callee)
            for path in folder.glob("*.walk")
            for at_ns, caller, callee in (line.split(" ") for line in path.read_text().splitlines())
        )
    usual = {(c.caller, c.callee) for c in crossings if c.at_ns < begun_ns and not c.caller.startswith("producers/")}
    walk: dict[tuple[str, str], Crossing] = {}
    duties: dict[tuple[str, str], Crossing] = {}
    for crossing in crossings:
        if begun_ns <= crossing.at_ns <= ended_ns:
            key = (crossing.caller, crossing.callee)
            (duties if key in usual else walk).setdefault(key, crossing)
    return Trace(list(walk.values()), list(duties.values()))


def _publish(plugin: "subprocess.Popen[str]", cpu: float) -> None:
    assert plugin.stdin is not None and plugin.stdout is not None
    plugin.stdin.write(f"{cpu}\n")
    plugin.stdin.flush()
    assert plugin.stdout.readline().strip() == "published"


@contextmanager
def a_plugin(environment: dict[str, str]) -> "Iterator[subprocess.Popen[str]]":
    """A process that publishes one event for each line it reads."""
    command = [sys.executable, "-c", PLUGIN]
    plugin = subprocess.Popen(
        command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield plugin
    finally:
        plugin.kill()
        plugin.communicate()


class Destination(http.server.ThreadingHTTPServer):
    """Answers every request with 200."""

    received = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Destination

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.received += 1

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def a_destination() -> Iterator[Destination]:
    with Destination(("127.0.0.1", 0), _Handler) as destination:
        threading.Thread(target=destination.serve_forever, daemon=True).start()
        yield destination
        destination.shutdown()


def main() -> int:
    """Print the crossings; those into `shared`, which all others use, are set in."""
    for crossing in trace().walk:
        inset = "    " if crossing.callee.startswith("shared/") else ""
        print(f"{inset}{crossing.caller} → {crossing.callee}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
