"""A configuration of Alertmanager is taken over by the command line: looked at, applied whole or not at all, undone."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from redis import Redis

from shared import crash_points, vault
from shared.model import route_tree
from shared.redis import keys
from shared.store import audit, channel_store, import_store, route_store
from tests.support.cli import Run, run
from tests.support.documents import ROOT
from tests.support.processes import ROOT as CODE
from tests.support.real_server import RealServer

__all__ = ["run"]
FILES = ROOT / "tests" / "data" / "alertmanager"
SECRET = "geheim-0123456789"
SMALL = f"""
route:
  receiver: ops
  routes: [{{receiver: dev, matchers: [env="dev"]}}]
receivers:
- name: ops
  webhook_configs: [{{url: 'https://hooks.example.com/{SECRET}'}}]
- name: dev
  discord_configs: [{{webhook_url: 'https://discord.com/api/webhooks/{SECRET}'}}]
"""
BEFORE = {"route": {"channels": ["email"]}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "alertmanager.yml"
    made.write_text(SMALL)
    return made


def state(redis: Redis) -> tuple[dict[str, list[str]], object]:
    """Return the names of fields of each channel, and the tree."""
    stored = {name: sorted(fields) for name, fields in channel_store.load_stored(redis).items()}
    return stored, route_store.current(redis).tree


def test_without_apply_nothing_changes_and_the_routes_are_a_file(run: Run, redis: Redis, tmp_path: Path) -> None:
    source = FILES / "02-cluster.yml"
    code, printed, told = run("import", "alertmanager", str(source))
    dry, same, _ = run("import", "alertmanager", str(source), "--dry-run")
    nothing = state(redis)
    reviewed = tmp_path / "routes.yml"
    reviewed.write_text(printed)
    applied, _, _ = run("routes", "apply", str(reviewed))

    assert (0, 0, 0) == (code, dry, applied)
    assert printed == same
    assert ({}, None) == nothing
    assert "+ slack-critical" in told and "Nothing was changed; with --apply it is put in force.\n" in told
    assert "~ line 21, receiver Default: names no integration" in told
    assert "hooks.slack.com" not in printed + told


def test_import_is_applied_repeated_and_undone(run: Run, redis: Redis, file: Path) -> None:
    route_store.save(redis, route_tree.parse(BEFORE))
    channel_store.save(redis, "webhook-ops", {"url": "https://before.example.com/"})
    before = state(redis)
    code, printed, told = run("import", "alertmanager", str(file), "--apply")
    after = state(redis)
    _, _, again = run("import", "alertmanager", str(file), "--apply")
    version = route_store.current(redis).version
    undone, said, _ = run("import", "alertmanager", "--undo")
    twice, _, nothing_left = run("import", "alertmanager", "--undo")

    assert (0, "") == (code, printed)
    replaces = "the routes in force (version 1, routes: 1). New channels: discord-dev; changed ones: webhook-ops."
    assert f"It replaces {replaces}" in told
    assert "version 2 of the routes; changed channels: webhook-ops, discord-dev" in told
    assert {"webhook-ops": ["format", "url"], "discord-dev": ["webhook_url"]} == after[0]
    assert after[1] != before[1]
    assert "Everything is in force already" in again
    assert 2 == version
    assert (0, 1) == (undone, twice)
    assert "as before the last import; changed channels: webhook-ops, discord-dev" in said
    assert before == state(redis)
    assert "https://before.example.com/" == channel_store.load(redis, "webhook-ops")["url"]
    assert "There is no import of alertmanager to undo." in nothing_left


@pytest.mark.parametrize("changed", ["routes", "webhook-ops"])
def test_undo_is_refused_when_something_was_changed_since(run: Run, redis: Redis, file: Path, changed: str) -> None:
    run("import", "alertmanager", str(file), "--apply")
    if changed == "routes":
        route_store.save(redis, route_tree.parse(BEFORE))
    else:
        channel_store.save(redis, changed, {"url": "https://by-hand.example.com/"})
    by_hand = state(redis)
    code, _, told = run("import", "alertmanager", "--undo")

    assert 1 == code
    assert f"Changed since the import of alertmanager: {changed}. Nothing was undone" in told
    assert by_hand == state(redis)


def test_secrets_are_sealed_and_in_no_answer_and_not_in_the_audit(run: Run, redis: Redis, file: Path) -> None:
    _, printed, told = run("import", "alertmanager", str(file), "--apply", "--json")
    answer = json.loads(printed)
    noted = b"".join(value for _, fields in redis.xrange(keys.audit()) for value in fields.values())
    stored = [*redis.hvals(keys.channels()), *redis.hvals(keys.imports())]

    assert {"url": "•••", "format": "alertmanager"} == answer["channels"]["webhook-ops"]
    assert answer["has_changed"]
    assert SECRET not in printed + told
    assert SECRET.encode() not in noted
    assert all(vault.is_sealed(body) for body in stored)
    assert {"channel.save", "routes.save"} == {entry.action for entry in audit.search(redis)}


def test_undo_is_possible_after_the_keys_were_rotated(
    run: Run, redis: Redis, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    monkeypatch.setenv("SECRET_KEYS", old)
    run("import", "alertmanager", str(file), "--apply")
    monkeypatch.setenv("SECRET_KEYS", f"{new},{old}")
    rotated, _, _ = run("secrets", "rotate", "--only-seal")
    monkeypatch.setenv("SECRET_KEYS", new)
    code, _, _ = run("import", "alertmanager", "--undo")

    assert (0, 0) == (rotated, code)
    assert ({}, None) == state(redis)


def test_bad_file_and_missing_file_change_nothing(run: Run, redis: Redis, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(f"route: {{receiver: [{SECRET}\n")
    code, _, told = run("import", "alertmanager", str(bad), "--apply")
    none, _, missing = run("import", "alertmanager")

    assert (1, 1) == (code, none)
    assert "bad.yml: cannot be read: line 2" in told and SECRET not in told
    assert "undo the last import with --undo" in missing
    assert ({}, None) == state(redis)


def test_export_of_grafana_is_applied_and_undone_by_itself(run: Run, redis: Redis, file: Path) -> None:
    exported = [str(one) for one in sorted((ROOT / "tests" / "data" / "grafana").iterdir())]
    run("import", "alertmanager", str(file), "--apply")
    before = state(redis)
    code, _, told = run("import", "grafana", *exported, "--apply")
    other, _, refused = run("import", "alertmanager", "--undo")
    undone, _, _ = run("import", "grafana", "--undo")
    between = state(redis)
    first, _, _ = run("import", "alertmanager", "--undo")

    assert (0, 1, 0, 0) == (code, other, undone, first)
    assert "changed channels: pagerduty-on-call, slack-on-call, webhook-hooks" in told and "secret-of" not in told
    assert "Changed since the import of alertmanager: routes." in refused
    # The tree is that of before, in a version of its own, and the undo of alertmanager knows it again.
    assert before == between
    assert ({}, None) == state(redis)


@pytest.mark.slow
@pytest.mark.parametrize("point", [p for p in crash_points.POINTS if p.startswith("import.")])
def test_import_happens_whole_or_not_at_all_by_a_death_at(
    redis: Redis, server: RealServer, tmp_path: Path, file: Path, point: str
) -> None:
    command = [sys.executable, "-m", "api.cli", "import", "alertmanager", str(file), "--apply"]
    environment = {**os.environ, "REDIS_URL": server.url}
    armed = {**environment, crash_points.VARIABLE: f"{point}={tmp_path / 'reached'}"}
    killed = subprocess.run(command, cwd=CODE, env=armed, check=False, capture_output=True)
    then = state(redis)
    again = subprocess.run(command, cwd=CODE, env=environment, check=False, capture_output=True)
    after = state(redis)
    import_store.undo(redis, "alertmanager")

    assert -signal.SIGKILL == killed.returncode
    assert (point == "import.before_exec") is (({}, None) == then)
    assert 0 == again.returncode
    assert ["discord-dev", "webhook-ops"] == sorted(after[0])
    assert point == "import.before_exec" or then == after
    assert 1 == len([version for version in route_store.history(redis) if version.tree is not None])
    assert ({}, None) == state(redis)
