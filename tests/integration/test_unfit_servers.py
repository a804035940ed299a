"""Servers on which alerts would get lost are refused, or named: a Redis Cluster, and one that drops what it has."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import requests
from click.testing import CliRunner
from redis import Redis

from api.auth import access_tokens
from api.cli import main
from producers.enhanced_alert_system import EnhancedAlertSystem
from producers.publisher import Publisher
from shared.errors import Unavailable
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S, until

CLUSTER = "is a Redis Cluster, which is not supported; use a single server, or one with replicas behind Sentinel"
PROCESSES = {
    "evaluator": ("evaluator",),
    "router": ("dispatchers", "router"),
    "worker": ("dispatchers", "worker"),
    "api": ("api",),
    "ingest": ("ingest",),
    "recorder": ("archive",),
    "relay": ("api.relay",),
    "producer": ("producers",),
    "up": ("api.cli", "up"),
}
NEEDS_NO_REDIS = {
    ("redis-acl",),
    ("secrets", "key"),
    ("completion",),
    ("archive", "export"),
    ("alerts", "search"),
    ("rules", "test"),
}
MORE = {
    ("rules", "add"): ["--metric", "m", "--operator", ">", "--threshold", "1"],
    # Without it the rules are only printed, for which no Redis is needed.
    ("import", "prometheus-rules"): ["--apply"],
    ("explain",): ["an-alert"],
    ("import", "alertmanager"): ["--undo"],
    ("import", "grafana"): ["--undo"],
}
VALUES = {
    "role": "viewer",
    "--name": "x",
    "--comment": "x",
    "component": "api",
    "texts": "plugin_id=x",
    "--before": "2026-01-01",
}


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command, with the words that lead to it."""
    if isinstance(command, click.Group):
        for name, part in command.commands.items():
            yield from leaves(part, (*path, name))
    else:
        yield path, command


COMMANDS = {path: command for path, command in leaves(main) if path not in NEEDS_NO_REDIS and path[0] not in PROCESSES}


def words(path: tuple[str, ...], file: Path) -> list[str]:
    """A call of that command with all that it requires."""
    told = list(path)
    for parameter in COMMANDS[path].params:
        if not parameter.required:
            continue
        value = str(file) if isinstance(parameter.type, click.Path) else VALUES.get(parameter.opts[0], "x")
        told += [parameter.opts[0], value] if isinstance(parameter, click.Option) else [value]
    return told + MORE.get(path, [])


@pytest.fixture(scope="module", params=["without slots", "of one server"])
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """A server of a cluster: a new one, which refuses all; and one that would take everything for now."""
    # Its bus would listen 10,000 ports further on, where anybody may be.
    bus = ("--cluster-port", str(free_port()))
    server = RealServer(tmp_path_factory.mktemp("cluster"), "--cluster-enabled", "yes", *bus)
    server.start()
    with Redis(port=server.port) as client:
        if request.param == "of one server":
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16_383)
            until(lambda: b"cluster_state:ok" in client.execute_command("CLUSTER", "INFO", NEVER_DECODE=True))
        yield server
        assert 0 == client.dbsize(), "something was written to a cluster"
    server.stop(kill=True)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_refuses_a_cluster(
    cluster: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...]
) -> None:
    monkeypatch.setenv("REDIS_URL", cluster.url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    file = tmp_path / "file"
    file.write_text("groups: [{name: g, rules: [{alert: Up, expr: up == 0}]}]" if path[0] == "import" else "")
    done = CliRunner().invoke(main, words(path, file), input="a-long-password-1\na-long-password-1\n")

    assert 1 == done.exit_code, done.output
    assert CLUSTER in done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)


def test_every_process_refuses_a_cluster(cluster: RealServer, tmp_path: Path) -> None:
    ports = {name: str(free_port()) for name in ("API_PORT", "INGEST_PORT", "RELAY_PORT")}
    with a_system(cluster.url, tmp_path, **ports) as system:
        started = {name: system.start(*arguments, DATA_DIR=str(tmp_path)) for name, arguments in PROCESSES.items()}
        codes = {name: one.process.wait(timeout=PATIENCE_S) for name, one in started.items() if one.process}
        logs = {name: one.log() for name, one in started.items()}

    assert dict.fromkeys(PROCESSES, 1) == codes
    assert [] == [name for name, log in logs.items() if CLUSTER not in log or "Traceback" in log]


def test_a_publisher_names_a_cluster_once_and_keeps_what_it_has(
    cluster: RealServer, caplog: pytest.LogCaptureFixture
) -> None:
    publisher = Publisher(cluster.url)
    with caplog.at_level(logging.WARNING):
        publisher.publish("p", metrics={"cpu": 1.0})
        until(lambda: publisher.stats["last_error"])
        sent = publisher.flush(timeout_s=1)
    stats = publisher.stats
    publisher.close(timeout_s=0)

    assert not sent
    assert (1, 0, 0) == (stats["buffered"], stats["sent"], stats["dropped"])
    assert f"cannot publish to Redis, will go on trying: it {CLUSTER}" == stats["last_error"]
    assert 1 == caplog.text.count("Redis Cluster")


def test_the_older_interface_refuses_a_cluster(cluster: RealServer) -> None:
    system = EnhancedAlertSystem(cluster.url)
    with pytest.raises(Unavailable, match="is a Redis Cluster"):
        system.remove_alert_rule("x")
    system.close()


@pytest.fixture(scope="module", params=["allkeys-lru", "volatile-ttl"])
def evicting(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    server = RealServer(tmp_path_factory.mktemp("evicting"), "--maxmemory-policy", request.param)
    server.policy = request.param  # type: ignore[attr-defined]
    server.start()
    yield server
    server.stop(kill=True)


def risk(server: Any) -> str:
    return (
        f"When Redis is full, it may drop alerts without an error (maxmemory-policy {server.policy}); "
        "set the policy to noeviction."
    )


@pytest.mark.slow
def test_every_process_says_at_its_start_that_redis_may_drop_alerts(evicting: RealServer, tmp_path: Path) -> None:
    ports = {name: str(free_port()) for name in ("API_PORT", "INGEST_PORT", "RELAY_PORT")}
    names = [name for name in PROCESSES if name not in ("up", "producer")]
    with Redis(port=evicting.port) as redis, a_system(evicting.url, tmp_path, **ports) as system:
        started = {name: system.start(*PROCESSES[name], DATA_DIR=str(tmp_path)) for name in names}
        wait_ready(redis, "evaluator", "router", "worker-web", "api", "ingest", "recorder", "relay")
        logs = {name: one.log() for name, one in started.items()}
        token = access_tokens.issue(redis, "kim", "viewer")
        status = requests.get(
            f"http://127.0.0.1:{ports['API_PORT']}/api/enhanced-alerts/status",
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE_S,
        ).json()

    assert dict.fromkeys(names, 1) == {name: log.count('"redis.risk"') for name, log in logs.items()}
    assert [] == [name for name, log in logs.items() if risk(evicting) not in log]
    assert ("degraded", risk(evicting)) == (status["status"], status["trouble"])


def test_the_doctor_fails_a_redis_that_may_drop_alerts(
    evicting: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", evicting.url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    with Redis(port=evicting.port) as redis:
        redis.flushall()
        policy = redis.config_get("maxmemory-policy")["maxmemory-policy"]

        def failing() -> tuple[int, list[str]]:
            done = CliRunner().invoke(main, ["doctor", "--json"])
            found = json.loads(done.stdout)
            return done.exit_code, [f.get("advice", "") for f in found if f["verdict"] == "fail"]

        before = failing()
        redis.config_set("maxmemory-policy", "noeviction")
        after = failing()
        redis.config_set("maxmemory-policy", policy)

    # Nothing runs here, which is the other failure, and stays one.
    assert 1 == before[0] and risk(evicting) in before[1]
    assert sorted(before[1]) == sorted([risk(evicting), *after[1]])
