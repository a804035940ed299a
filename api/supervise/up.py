"""`enhanced-alerts up`: starts the whole system on one machine, watches over it, and ends it in order."""

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from api.auth import one_time
from api.supervise import launch
from api.supervise.embedded import EmbeddedServer
from api.supervise.preparation import Say, prepare
from shared import operator_language, process
from shared.clock import SystemClock
from shared.errors import AlertsError, ConfigurationError
from shared.log import Logger
from shared.loops import Loop, Stop
from shared.model.numbers import exact
from shared.process import keep_private
from shared.redis import connection
from shared.settings import Settings
from shared.supervisor import Child, Death, Supervisor

START_S = 60.0
DRAIN_S, DRAIN_EACH_S = 12.0, 4.0
"""Limits for all components to end, and for one before the next component downstream is asked to end."""
STUCK_S = 60.0
"""A component that runs but reports trouble for this long is killed; the supervisor then starts it again."""
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 1_000, 30_000
"""Pause before a component that died is started again; it grows with each death."""


@dataclass
class Component:
    """One child process of the system."""

    name: str
    arguments: Sequence[str]
    reports: str
    """Name of the component in the process's heartbeat."""
    started_at_s: float = 0.0
    is_ready: bool = False
    stuck_since_s: float | None = None
    error_output: Path = field(default_factory=Path)


def components(settings: Settings) -> list[Component]:
    """Return the components in starting order; they end in this order too, so events in flight drain downstream."""
    recorder = [Component("recorder", ("archive",), "recorder")] if settings.archive else []
    return [
        Component("producer", ("producers",), "producer"),
        Component("ingest", ("ingest",), "ingest"),
        Component("evaluator", ("evaluator",), "evaluator"),
        Component("router", ("dispatchers", "router"), "router"),
        Component("worker", ("dispatchers", "worker"), "worker"),
        *recorder,
        Component("api", ("api",), "api"),
        Component("relay", ("api.relay",), "relay"),
    ]


def up(settings: Settings, say: Say) -> int:
    """Run the whole system until told to stop. Returns the exit code."""
    keep_private()
    stop = Stop()
    signal.signal(signal.SIGHUP, lambda *_: stop.set())
    server = None if settings.redis_url else EmbeddedServer(settings)
    try:
        redis = prepare(settings, server, say)
        with redis:
            _System(settings, components(settings), redis, server, say).run(stop)
    except AlertsError as error:
        operator_language.complain(error)
        return 1
    finally:
        if server is not None:
            server.stop()
    return 0


def runs_already(settings: Settings) -> bool:
    """Whether a process of the system other than the producer reports to this Redis."""
    client = connection.connect(settings.effective_redis_url)
    try:
        found = process.reports(client, SystemClock().now_ms())
    except RedisError:
        return False
    finally:
        client.close()
    return any(report.component != "producer" for report in found)


class _System:
    """Runs the components, and the embedded server if it is used, and prints what happens to them."""

    def __init__(
        self, settings: Settings, parts: Sequence[Component], redis: Redis, server: EmbeddedServer | None, say: Say
    ) -> None:
        self._settings = settings
        self._parts = {part.name: part for part in parts}
        self._redis = redis
        self._server = server
        self._say = say
        self._supervisor = Supervisor(
            self._start, first_pause_ms=FIRST_PAUSE_MS, longest_pause_ms=LONGEST_PAUSE_MS, died=self._say_death
        )

    def run(self, stop: Stop) -> None:
        """Start all components, watch over them until *stop*, and end them."""
        try:
            launch.preload([part.arguments[0] for part in self._parts.values()])
            for name in self._parts:
                self._supervisor.add(name)
            self._wait_until_ready(stop)
            Loop("supervisor", self._watch, Logger("up"), every_s=0.25).run(stop)
        finally:
            self._end()

    def _start(self, name: str) -> Child:
        part = self._parts[name]
        settings = self._settings
        environment = {
            "LOG_TO_FILE": "1",
            "REDIS_URL": settings.effective_redis_url,
            # The file with the embedded server's password is there.
            "DATA_DIR": str(settings.data_dir.absolute()),
            "OUTBOUND_ALLOW": settings.outbound_allow if settings.redis_url else f"{settings.outbound_allow},loopback",
            "PARENT_PID": str(os.getpid()),
        }
        part.error_output = settings.log_dir / f"{name}.stderr"
        # A fork must not share a connection; this process dials again.
        self._redis.connection_pool.disconnect()
        child = launch.start(name, part.arguments, environment, part.error_output)
        part.started_at_s, part.is_ready, part.stuck_since_s = time.monotonic(), False, None
        return child

    def _wait_until_ready(self, stop: Stop) -> None:
        deadline_s = time.monotonic() + START_S
        while not stop and time.monotonic() < deadline_s and not all(part.is_ready for part in self._parts.values()):
            self._watch()
            stop.wait(0.05)
        if stop:
            return
        if late := [part.name for part in self._parts.values() if not part.is_ready]:
            self._say(f"Not ready after {exact(START_S)} s: {', '.join(late)}. The log is {self._log_of('api')}.")
        code = one_time.create_sign_in_code(self._redis)
        address = self._settings.effective_public_url
        self._say(f"\nEnhanced Alerts is at {address}")
        self._say(f"Sign in once with     {address}/sign-in?code={code}")
        self._say("Another link: enhanced-alerts token --link    Stop: Ctrl-C\n")

    def _watch(self) -> None:
        if self._server is not None:
            self._tend_server(self._server)
        self._supervisor.tend()
        ready, troubles = self._reported()
        now_s = time.monotonic()
        for part in self._parts.values():
            if (child := self._supervisor.child(part.name)) is None:
                continue
            report = (part.reports, child.pid)
            if not part.is_ready and report in ready:
                part.is_ready = True
                self._say(f"{part.name:<10} ready  pid {child.pid} ({now_s - part.started_at_s:.1f} s)")
            elif not part.is_ready or report not in troubles:
                part.stuck_since_s = None
            elif part.stuck_since_s is None:
                part.stuck_since_s = now_s
                self._say(f"{part.name:<10} stuck  {troubles[report]}; log: {self._log_of(part.name)}")
            elif now_s - part.stuck_since_s > STUCK_S:
                part.stuck_since_s = None
                child.kill()

    def _tend_server(self, server: EmbeddedServer) -> None:
        if server.process is None or (exit_code := server.process.poll()) is None:
            return
        self._say(f"redis      died ({_cause(exit_code)}), starting again; log: {server.log}")
        try:
            server.start()
        except ConfigurationError as error:
            self._say(error.in_words(operator_language.language()))

    def _say_death(self, death: Death) -> None:
        part = self._parts[death.name]
        part.is_ready = False
        message = _last_error(part.error_output)
        self._say(
            f"{death.name:<10} died ({_cause(death.exit_code)}), starting again in {death.restart_in_s:.0f} s"
            f"{': ' + message if message else ''}; log: {self._log_of(death.name)}"
        )

    def _reported(self) -> tuple[set[tuple[str, int]], dict[tuple[str, int], str]]:
        """Return the (component, pid) pairs that are ready, and the reported trouble of each pair that is not."""
        try:
            reports = process.reports(self._redis, SystemClock().now_ms())
        except RedisError:
            return set(), {}
        # gunicorn's worker reports, and its parent is the child that was started here.
        by_process = [((r.component, pid), r) for r in reports for pid in (r.pid, _parent_of(r.pid))]
        troubles = {pair: r.detail["trouble"] for pair, r in by_process if not r.ready and "trouble" in r.detail}
        return {pair for pair, r in by_process if r.ready}, troubles

    def _log_of(self, name: str) -> Path:
        return self._settings.log_dir / ("alert_websocket.log" if name == "relay" else "plugin_monitoring.log")

    def _end(self) -> None:
        if not self._supervisor.running():
            return
        self._say("Stopping: finishing what is under way ...")
        for name in self._supervisor.end(DRAIN_S, each_s=DRAIN_EACH_S):
            self._say(f"{name:<10} did not end in time and was killed")
        if self._server is not None:
            self._server.stop()
        self._say("Stopped.")


def _parent_of(pid: int) -> int:
    try:
        # The fields after the name in parentheses: state, then the parent (proc(5)).
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return pid


def _cause(exit_code: int) -> str:
    return f"signal {signal.Signals(-exit_code).name}" if exit_code < 0 else f"exit code {exit_code}"


def _last_error(path: Path) -> str:
    try:
        lines = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
    except OSError:
        return ""
    errors = [line for line in lines if "Error" in line and not line.startswith(" ")]
    return (errors or lines)[-1][:300] if lines else ""
