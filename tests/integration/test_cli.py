"""The command line against a real server: what it does, and what it says to mistakes."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from redis import Redis

from api.cli import main
from shared.model import rules
from shared.redis import keys
from shared.store import rule_store
from tests.support.api import stored
from tests.support.cli import Run
from tests.support.ports import free_port
from tests.support.processes import ROOT, a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S


def test_rules_are_added_listed_switched_exported_applied_and_deleted(run: Run, redis: Redis, tmp_path: Path) -> None:
    add = run(
        "rules", "add", "--id", "cpu", "--name", "CPU 높음", "--metric", "cpu", "--operator", ">", "--threshold", "90"
    )
    window = '{"kind":"window","metric":"x","statistic":"p95","seconds":60,"operator":">","threshold":1}'
    run("rules", "add", "--id", "slow", "--name", "Slow", "--condition", window, "--channels", "web", "--disabled")
    listed = run("rules", "list")
    run("rules", "disable", "cpu")
    off = rule_store.get(redis, "cpu").enabled
    run("rules", "enable", "cpu")
    file = tmp_path / "rules.toml"
    run("rules", "export", str(file))
    for rule_id in ("cpu", "slow"):
        assert 0 == run("rules", "delete", rule_id)[0]
    empty = run("rules", "list")
    dry = run("rules", "apply", str(file), "--dry-run")
    still_empty = run("rules", "list")
    applied = run("rules", "apply", str(file))
    same = run("rules", "diff", str(file))
    file.write_text(file.read_text().replace("90.0", "95.0").partition('[[rule]]\nid = "slow"')[0])
    differs = run("rules", "diff", str(file))
    run("rules", "apply", str(file))
    left = [(r.id, r.threshold, r.source) for r in rule_store.load_all(redis)[1]]

    assert (0, "Rule cpu is live: cpu > 90\n") == add[:2]
    assert "p95(x over 60 s) > 1" in listed[1] and "CPU 높음" in listed[1]
    assert off is False
    assert "There are no rules" in empty[1]
    assert "+ cpu: cpu > 90" in dry[1] and "Nothing was changed" in dry[1] and "There are no rules" in still_empty[1]
    assert f"2 rules are live from {file}." in applied[1]
    assert (0, "") == same[:2]
    assert 1 == differs[0]
    assert "~ cpu: threshold 90.0 → 95.0" in differs[1] and "- slow: no longer in the file" in differs[1]
    assert [("cpu", 95.0, "file:rules.toml")] == left
    assert ["cpu"] == [rule["id"] for rule in json.loads(run("rules", "list", "--json")[1])]
    assert "95" in run("rules", "show", "cpu")[1]


def test_server_that_is_away_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("REDIS_URL", f"redis://:geheim@127.0.0.1:{port}/0")
    code, _, err = run("rules", "list")

    assert (1, 1) == (code, len(err.splitlines()))
    assert f"127.0.0.1:{port}" in err and "cannot be reached" in err and "geheim" not in err


@pytest.mark.parametrize("part", ["evaluator", "router", "worker", "api", "relay", "recorder"])
def test_part_without_its_server_ends_with_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    code, _, err = run(part)

    assert (1, 1) == (code, len(err.splitlines()))
    assert "cannot be reached" in err


def test_terminal_without_korean_letters_shows_escapes_and_stops_no_command(
    run: Run, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "iso-8859-1")
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    stored(redis, plugin_name="처리 지연")

    listed, failed = run("alerts", "list"), run("rules", "show", "none")

    assert (0, True) == (listed[0], "\\ucc98\\ub9ac" in listed[1]), listed
    assert (1, True) == (failed[0], "\\uaddc" in failed[2]), failed


def test_doctor_names_what_is_missing_and_is_content_when_nothing_is(
    run: Run, redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    ill = run("doctor")
    rule_store.save(
        redis, rules.parse({"name": "x", "metric": "m", "operator": ">", "threshold": 1, "channels": ["email"]})
    )
    with a_system(server.url, tmp_path, API_PORT=str(free_port()), RELAY_PORT=str(free_port())) as system:
        for arguments in (["evaluator"], ["dispatchers", "router"], ["dispatchers", "worker"], ["api"], ["api.relay"]):
            system.start(*arguments)
        system.start("producers")
        wait_ready(redis, "evaluator", "router", "worker", "api", "relay", "producer")
        unconfigured = run("doctor")
        rule_store.delete(redis, rule_store.load_all(redis)[1][0].id)
        rule_store.save(redis, rules.parse({"name": "x", "metric": "m", "operator": ">", "threshold": 1}))
        well = run("doctor", "--json")

    assert 1 == ill[0] and "no evaluator is running" in ill[1] and "enhanced-alerts evaluator" in ill[1]
    assert 1 == unconfigured[0] and "channel email is not configured" in unconfigured[1]
    assert 0 == well[0], well[1]
    assert {"ok", "warn"} >= {finding["verdict"] for finding in json.loads(well[1])}


def test_help_loads_nothing_it_does_not_show() -> None:
    code = "import sys; from api.cli import main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert set() == {"redis", "pydantic", "msgspec", "flask", "rq", "rich", "requests", "jinja2"} & set(loaded.split())


def test_answers_and_errors_as_json_are_one_document(
    redis: Redis, server: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", server.url)
    run = CliRunner().invoke
    add = ("rules", "add", "--id", "cpu", "--name", "CPU", "--metric", "cpu", "--operator", ">", "--threshold", "90")
    stored(redis)
    answers = {
        arguments: run(main, [*arguments, "--json"])
        for arguments in (
            add,
            ("rules", "disable", "cpu"),
            ("rules", "export", str(tmp_path / "r.toml")),
            ("rules", "apply", str(tmp_path / "r.toml"), "--dry-run"),
            ("publish", "web-1", "cpu=95"),
            ("alerts", "ack", "a0"),
            ("silences", "add", "plugin_id=x", "--comment", "x"),
            ("channels", "list"),
            ("token", "--role", "viewer"),
            ("users", "add", "kim", "--password", "correct horse battery"),
            ("secrets", "key"),
            ("backup", str(tmp_path / "b.gz")),
            ("restore", str(tmp_path / "b.gz"), "--yes"),
            ("migrate",),
            ("rules", "delete", "cpu"),
        )
    }
    failed = run(main, ["rules", "show", "none", "--json"])

    for arguments, done in answers.items():
        assert (0, "") == (done.exit_code, done.stderr), arguments
        assert isinstance(json.loads(done.stdout), dict | list), arguments
    assert "cpu" == json.loads(answers[add].stdout)["rule"]["id"]
    assert "digest" not in answers["token", "--role", "viewer"].stdout
    refusal = {"error": "There is no rule none.", "code": "missing.rule", "values": {"rule_id": "none"}}
    assert (1, refusal) == (failed.exit_code, json.loads(failed.stdout))


def test_shell_completes_commands_options_and_ids(run: Run, redis: Redis, server: RealServer) -> None:
    rule_store.save(
        redis, rules.parse({"id": "cpu-high", "name": "CPU", "metric": "m", "operator": ">", "threshold": 1})
    )
    stored(redis)
    script = run("completion", "bash")[1]

    def completed(*words: str) -> list[str]:
        done = subprocess.run(
            [Path(sys.executable).parent / "enhanced-alerts"],
            cwd=ROOT,
            env={
                **os.environ,
                "REDIS_URL": server.url,
                "_ENHANCED_ALERTS_COMPLETE": "bash_complete",
                "COMP_WORDS": " ".join(("enhanced-alerts", *words)),
                "COMP_CWORD": str(len(words)),
            },
            capture_output=True,
            text=True,
            check=True,
        )
        return [line.partition(",")[2] for line in done.stdout.splitlines()]

    assert "_ENHANCED_ALERTS_COMPLETE=bash_complete" in script
    assert 0 == subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode
    assert ["rules"] == completed("rul")
    assert "--threshold" in completed("rules", "add", "--th")
    assert ["cpu-high"] == completed("rules", "show", "cpu")
    assert ["a0"] == completed("alerts", "ack", "a")
    assert ["telegram"] == completed("channels", "test", "tele")


def test_long_work_is_seen_by_a_person_and_by_nobody_else(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "api.cli", "backup", str(tmp_path / "b.gz"), "--with-alerts"]
    environment = {**os.environ, "REDIS_URL": server.url, "TERM": "xterm"}
    quiet = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    ours, theirs = pty.openpty()
    watched = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 4096):
            seen += piece
    except OSError:
        pass  # The other side of a terminal that is closed.
    os.close(ours)

    assert (0, "") == (watched.wait(timeout=PATIENCE_S), quiet.stderr)
    assert "Reading alerts" in seen.decode()


def test_names_of_strangers_do_not_command_the_terminal_of_top(server: RealServer, redis: Redis) -> None:
    """An older release took names with hidden characters; they are stored, and are shown without them."""
    marks = "\u202e\u2066\u200b\u200f\x1b[2J\x07\x9b"
    plugin = {"plugin_id": f"a{marks}b", "plugin_name": f"a{marks}b", "last_at_ms": 1, "labels": {}, "states": {}}
    redis.hset(keys.plugins(), plugin["plugin_id"], json.dumps({**plugin, "metrics": {f"c{marks}d": 1.0}}))
    command = [sys.executable, "-m", "api.cli", "top", "--once", "--plugins", "--seconds", "0.5"]
    ours, theirs = pty.openpty()
    environment = {**os.environ, "REDIS_URL": server.url, "TERM": "xterm"}
    running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 4096):
            seen += piece
    except OSError:
        pass  # The other side of a terminal that is closed.
    os.close(ours)
    shown = seen.decode()

    assert 0 == running.wait(timeout=PATIENCE_S), shown
    assert "Plugins" in shown and "[2J b" in shown
    assert not set(shown) & (set(marks) - set("\x1b[2J")) and "\x1b[2J" not in shown
