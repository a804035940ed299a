"""Every mistake of newcomer_mistakes.toml is made with the real program, and gets its one sentence."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from redis import Redis

from api.auth import api_keys
from shared.redis import keys
from tests.acceptance.newcomer_mistakes import DOCUMENT, MISTAKES, Mistake, document, filled, pattern
from tests.support.ports import free_port
from tests.support.processes import ROOT, System, a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.xdist_group("mistakes")


@pytest.fixture(scope="module")
def running(server: RealServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """API and worker of a system that has heard of one plugin."""
    with (
        Redis.from_url(server.url) as redis,
        a_system(server.url, tmp_path_factory.mktemp("system"), API_PORT=str(free_port())) as system,
    ):
        redis.flushall()
        system.start("api")
        system.start("dispatchers", "worker", "--channels", "slack")
        wait_ready(redis, "api", "worker-slack")
        plugin = {"plugin_id": "web-1", "plugin_name": "Web", "last_at_ms": 1, "metrics": {"cpu_usage": 20.0}}
        redis.hset(keys.plugins(), "web-1", json.dumps(plugin))
        system.environment["TOKEN"] = api_keys.create(redis, "kim", "admin", 1)[1]
        yield system


@pytest.fixture
def known(running: System, server: RealServer, tmp_path: Path) -> Iterator[dict[str, str]]:
    (tmp_path / "no-id.toml").write_text('[[rule]]\nname = "CPU"\n')
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield {
            "unused": str(free_port()),
            "taken": str(taken.getsockname()[1]),
            "redis": str(server.port),
            "folder": str(tmp_path),
        }


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.what)
def test_mistake_gets_its_sentence(mistake: Mistake, running: System, known: dict[str, str]) -> None:
    words = [filled(word, known) for word in split(mistake.command)]
    if words[0].isupper():
        code, said = asked(running, mistake.environment.get("TOKEN", running.environment["TOKEN"]), *words)
    else:
        code, said = typed(running, words, {k: filled(v, known) for k, v in mistake.environment.items()})
    lines = [line for line in said.splitlines() if re.fullmatch(pattern(mistake.says, known), line)]

    assert "Traceback" not in said
    assert mistake.note is (code == 0), said
    assert 1 == len(lines), f"{mistake.says}\nis not what was said:\n{said}"


def split(command: str) -> list[str]:
    """Split a command where a shell would, JSON and `>` as if quoted."""
    head, brace, tail = command.partition("{")
    if not brace or head.endswith("apply "):
        return command.split(" ")
    return [*head.split(), brace + tail]


def typed(running: System, words: list[str], environment: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", *words],
        cwd=ROOT,
        env={**os.environ, **running.environment, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def asked(running: System, token: str, method: str, path: str, body: str | None = None) -> tuple[int, str]:
    """Ask the API, signed in unless that is the mistake."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    address = f"http://127.0.0.1:{running.environment['API_PORT']}{path}"
    answer = requests.request(method, address, data=body, headers=headers, timeout=PATIENCE_S)
    problem = answer.json()
    fields = [f"{one['field']}: {one['message']}" for one in problem.get("errors", [])]
    return (0 if answer.ok else 1), "\n".join([problem["detail"], *fields])


def test_table_in_the_documents_is_the_codes() -> None:
    text = DOCUMENT.read_text("utf-8")

    assert document(text) == text, "write it anew: python -m tests.acceptance.newcomer_mistakes"


def test_there_are_thirty_at_least() -> None:
    assert len(MISTAKES) >= 30
    assert len({mistake.what for mistake in MISTAKES}) == len(MISTAKES)
