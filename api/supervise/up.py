"""`enhanced-alerts up`: everything on one machine, watched over, and ended in order."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from redis.exceptions import RedisError

from api.auth import identity
from api.change import rule_files
from api.supervise.embedded import EmbeddedServer
from api.web.serving import check_port_is_free
from shared import process, variables
from shared.clock import SystemClock
from shared.errors import AlertsError, ConfigurationError
from shared.log import Logger
from shared.model import backoff, printable
from shared.model.alerts import SCHEMA
from shared.model.numbers import exact
from shared.process import HEARTBEAT_S, Loop, Stop, keep_private
from shared.redis import connection, keys
from shared.settings import Settings
from shared.store import schema

START_S = 60.0
DRAIN_S = 12.0
STUCK_S = 60.0
"""A component whose loops stand still for so long, though it lives and reports, is ended and started again."""
HEALTHY_S = 60.0
"""After this long, a component's earlier deaths are forgotten."""

Say = Callable[[str], None]


@dataclass
class Component:
    """One child process; `reports` is what it calls itself in its heartbeat."""

    name: str
    arguments: Sequence[str]
    reports: str
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    is_ready: bool = False
    stuck_since: float | None = None
    deaths: int = 0
    restart_at: float | None = None
    last_words: Path = field(default_factory=Path)


def components() -> list[Component]:
    """Return them in the order of starting; they end in this order too, so that what flows is drained downstream."""
    return [
        Component("producer", ("producers",), "producer"),
        Component("evaluator", ("evaluator",), "evaluator"),
        Component("router", ("dispatchers", "router"), "router"),
        Component("worker", ("dispatchers", "worker"), "worker"),
        Component("api", ("api",), "api"),
        Component("relay", ("api.relay",), "relay"),
    ]


class Supervisor:
    """Starts the server and the components, restarts what dies, and ends all on a signal."""

    def __init__(self, settings: Settings, parts: Sequence[Component], say: Say) -> None:
        self._settings = settings
        self._parts = parts
        self._say = say
        self._server: EmbeddedServer | None = None
        self._redis = connection.connect(settings.effective_redis_url)

    def run(self, stop: Stop) -> int:
        """
        Run until *stop*. Returns the exit code.

        Raises:
            AlertsError: something this needs cannot be had; one sentence.
        """
        try:
            self._prepare()
            for part in self._parts:
                self._start(part)
            self._wait_until_ready(stop)
            Loop("supervisor", self._watch, Logger("up"), every_s=0.25).run(stop)
            return 0
        finally:
            self._end()

    # -- starting -----------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        settings = self._settings
        for folder, variable in ((settings.data_dir, "DATA_DIR"), (settings.log_dir, "LOG_DIR")):
            _check_writable(folder, variable)
        check_port_is_free(settings.api_host, settings.api_port, "API_PORT")
        check_port_is_free(settings.relay_host, settings.relay_port, "RELAY_PORT")
        for sentence in variables.mistyped():
            self._say(f"settings   {sentence}")
        begun = time.monotonic()
        if not settings.redis_url:
            check_port_is_free("127.0.0.1", settings.embedded_redis_port, "EMBEDDED_REDIS_PORT")
            self._server = EmbeddedServer(settings)
            self._server.start()
        # Not before: the embedded server's password is made at its start.
        self._redis = connection.connect(settings.effective_redis_url)
        server = connection.check(self._redis, settings.effective_redis_url)
        if risk := connection.risk(self._redis):
            self._say(f"redis      risk   {risk}")
        schema.agree(self._redis)
        connection.agree_on_partitions(self._redis, settings.partitions)
        self._migrate()
        if not self._redis.exists(keys.rules_revision()):
            kept_ms = int(settings.stream_keep_seconds * 1000)
            rule_files.apply(self._redis, rule_files.load(rule_files.READY_MADE, kept_ms))
        where = connection.shown(settings.effective_redis_url)
        limit = f", takes at most {self._server.max_bytes // 1_048_576:,} MB" if self._server else ""
        self._say(f"redis      ready  {server} at {where}{limit} ({time.monotonic() - begun:.1f} s)")

    def _migrate(self) -> None:
        """Give older data this release's shape; the last signs of life of processes just ended are waited out."""
        deadline = time.monotonic() + process.STALE_MS / 1000 + HEARTBEAT_S
        while (
            schema.pending(self._redis)
            and schema.old_processes(self._redis, SCHEMA, SystemClock().now_ms())
            and time.monotonic() < deadline
        ):
            time.sleep(0.25)
        schema.migrate(
            self._redis, SystemClock().now_ms(), lambda step: self._say(f"migrating  {step.what} (schema {step.to})")
        )

    def _start(self, part: Component) -> None:
        environment = {
            **os.environ,
            "LOG_TO_FILE": "1",
            "REDIS_URL": self._settings.effective_redis_url,
            # Where the password of the embedded server is.
            "DATA_DIR": str(self._settings.data_dir.absolute()),
            "OUTBOUND_ALLOW": self._settings.outbound_allow
            if self._settings.redis_url
            else f"{self._settings.outbound_allow},loopback",
            "PARENT_PID": str(os.getpid()),
        }
        part.last_words = self._settings.log_dir / f"{part.name}.stderr"
        with part.last_words.open("wb") as errors:
            part.process = subprocess.Popen(
                [sys.executable, "-m", *part.arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                # Ctrl-C reaches the supervisor alone, which then ends the others in order.
                start_new_session=True,
                preexec_fn=_end_with_parent(os.getpid()),  # noqa: PLW1509  Nothing else runs in this process.
            )
        part.started_at = time.monotonic()
        part.is_ready = False
        part.restart_at = None

    def _wait_until_ready(self, stop: Stop) -> None:
        deadline = time.monotonic() + START_S
        while not stop and time.monotonic() < deadline and not all(part.is_ready for part in self._parts):
            self._watch()
            stop.wait(0.05)
        if stop:
            return
        if late := [part.name for part in self._parts if not part.is_ready]:
            self._say(f"Not ready after {exact(START_S)} s: {', '.join(late)}. The log is {self._log_of('api')}.")
        code = identity.create_sign_in_code(self._redis)
        address = self._settings.effective_public_url
        self._say(f"\nEnhanced Alerts is at {address}")
        self._say(f"Sign in once with     {address}/sign-in?code={code}")
        self._say("Another link: enhanced-alerts token --link    Stop: Ctrl-C\n")

    # -- watching -----------------------------------------------------------------------------------------

    def _watch(self) -> None:
        now = time.monotonic()
        if self._server is not None and self._server.process is not None and self._server.process.poll() is not None:
            self._say(
                f"redis      died ({_how(self._server.process.returncode)}), starting again; log: {self._server.log}"
            )
            try:
                self._server.start()
            except ConfigurationError as error:
                self._say(str(error))
        ready, troubled = self._reported()
        for part in self._parts:
            if part.process is None:
                if part.restart_at is not None and now >= part.restart_at:
                    self._start(part)
            elif part.process.poll() is not None:
                self._bury(part, now)
            elif not part.is_ready and (part.reports, part.process.pid) in ready:
                part.is_ready, part.stuck_since = True, None
                self._say(f"{part.name:<10} ready  pid {part.process.pid} ({now - part.started_at:.1f} s)")
            elif part.is_ready and (trouble := troubled.get((part.reports, part.process.pid))):
                self._relieve(part, trouble, now)
            else:
                part.stuck_since = None

    def _relieve(self, part: Component, trouble: str, now: float) -> None:
        """Say that a component lives and does not do its job; one that stays so is ended, and so started again."""
        assert part.process is not None
        if part.stuck_since is None:
            part.stuck_since = now
            self._say(f"{part.name:<10} stuck  {trouble}; log: {self._log_of(part.name)}")
        elif now - part.stuck_since > STUCK_S:
            part.stuck_since = None
            part.process.kill()

    def _bury(self, part: Component, now: float) -> None:
        assert part.process is not None
        part.deaths = 1 if now - part.started_at > HEALTHY_S else part.deaths + 1
        delay_s = backoff.delay_ms(part.deaths, base_ms=1_000, cap_ms=30_000) / 1000
        part.restart_at = now + delay_s
        word = _last_line(part.last_words)
        self._say(
            f"{part.name:<10} died ({_how(part.process.returncode)}), starting again in {delay_s:.0f} s"
            f"{': ' + word if word else ''}; log: {self._log_of(part.name)}"
        )
        part.process = None
        part.is_ready = False

    def _reported(self) -> tuple[set[tuple[str, int]], dict[tuple[str, int], str]]:
        """Return what is ready, by component and process, and what is not, with its trouble."""
        try:
            found = process.reports(self._redis, SystemClock().now_ms())
        except RedisError:
            return set(), {}
        # gunicorn's worker reports, and its parent is the child we started.
        both = [((r.component, pid), r) for r in found for pid in (r.pid, _parent_of(r.pid))]
        troubled = {one: r.detail["trouble"] for one, r in both if not r.ready and "trouble" in r.detail}
        return {one for one, r in both if r.ready}, troubled

    def _log_of(self, name: str) -> Path:
        return self._settings.log_dir / ("alert_websocket.log" if name == "relay" else "plugin_monitoring.log")

    # -- ending -------------------------------------------------------------------------------------------

    def _end(self) -> None:
        running = [part for part in self._parts if part.process is not None and part.process.poll() is None]
        if running:
            self._say("Stopping: finishing what is under way ...")
        deadline = time.monotonic() + DRAIN_S
        for part in running:
            assert part.process is not None
            part.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                # The next one downstream is told to end when this one has; or has had its share of the time.
                part.process.wait(timeout=max(0.1, min(4.0, deadline - time.monotonic())))
        for part in running:
            assert part.process is not None
            try:
                part.process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._say(f"{part.name:<10} did not end in time and was killed")
                part.process.kill()
                part.process.wait()
        self._redis.close()
        if self._server is not None:
            self._server.stop()
        if running:
            self._say("Stopped.")


def up(settings: Settings, say: Say) -> int:
    """Run the whole system until told to stop. Returns the exit code."""
    keep_private()
    stop = Stop()
    signal.signal(signal.SIGHUP, lambda *_: stop.set())
    try:
        return Supervisor(settings, components(), say).run(stop)
    except AlertsError as error:
        print(printable.lines(str(error)), file=sys.stderr)
        return 1


def runs_already(settings: Settings) -> bool:
    """Whether a process of the system that is no producer shows signs of life on this Redis."""
    client = connection.connect(settings.effective_redis_url)
    try:
        found = process.reports(client, SystemClock().now_ms())
    except RedisError:
        return False
    finally:
        client.close()
    return any(report.component != "producer" for report in found)


def _check_writable(folder: Path, variable: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / f".writable-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise ConfigurationError(
            f"The folder {folder} cannot be written ({error.strerror}); set {variable} to one this user may write to."
        ) from error


def _end_with_parent(parent_pid: int) -> Callable[[], None]:
    return lambda: process.die_with_parent(parent_pid)


def _parent_of(pid: int) -> int:
    try:
        # The fields after the name in parentheses: state, then the parent (proc(5)).
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return pid


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _last_line(path: Path) -> str:
    try:
        lines = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
    except OSError:
        return ""
    errors = [line for line in lines if "Error" in line and not line.startswith(" ")]
    return (errors or lines)[-1][:300] if lines else ""
