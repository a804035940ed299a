"""The command line against a real server: what it does, and what it says to mistakes."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from redis import Redis

from api.auth import bearer, identity
from api.change import rule_files
from api.cli import main
from shared.model import rules
from shared.model.partitions import partition_of
from shared.redis import keys, streams
from shared.store import alert_store, rule_store
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
    assert f"2 rules of {file} are live." in applied[1]
    assert (0, "") == same[:2]
    assert 1 == differs[0]
    assert "~ cpu: threshold 90.0 → 95.0" in differs[1] and "- slow: no longer in the file" in differs[1]
    assert [("cpu", 95.0, "file:rules.toml")] == left
    assert ["cpu"] == [rule["id"] for rule in json.loads(run("rules", "list", "--json")[1])]
    assert "95" in run("rules", "show", "cpu")[1]


def test_edit_of_a_rule_of_a_file_is_said_and_undone_by_the_next_apply(run: Run, redis: Redis, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('[[rule]]\nid = "cpu"\nname = "CPU"\nmetric = "cpu"\noperator = ">"\nthreshold = 90.0\n')
    run("rules", "apply", str(file))
    edited = run("rules", "disable", "cpu")
    undone = run("rules", "apply", str(file))
    now = rule_store.get(redis, "cpu")

    assert "this rule came from file:rules.toml; the next rules apply undoes the edit" in edited[2]
    assert "enabled False → True, edited True → False" in undone[1]
    assert (0, True, False, "file:rules.toml") == (undone[0], now.enabled, now.edited, now.source)


def test_published_event_is_in_the_stream(run: Run, redis: Redis) -> None:
    code, out, _ = run(
        "publish", "플러그인", "cpu=95", "--name", "이름", "--label", "region=kr", "--error", "Timeout:느림"
    )
    ((entry_id, fields),) = redis.xrange(keys.events(partition_of("플러그인", 8)))
    (event,), _ = streams.decode(fields[b"e"], int(entry_id.partition(b"-")[0]))

    assert (0, "Published an event of 플러그인.\n") == (code, out)
    assert ({"cpu": 95.0}, {"region": "kr"}, "느림") == (event.metrics, event.labels, event.errors[0].message)


def test_alerts_are_listed_shown_acknowledged_and_resolved(run: Run, redis: Redis) -> None:
    stored(redis)
    listed, as_json = run("alerts", "list"), json.loads(run("alerts", "list", "--json")[1])
    acknowledged = run("alerts", "ack", "a0", "--comment", "봅니다")
    resolved = run("alerts", "resolve", "a0")
    shown = run("alerts", "show", "a0")

    assert "CPU 높음" in listed[1]
    assert ["a0"] == [alert["id"] for alert in as_json]
    assert ("Alert a0 is acknowledged.\n", "Alert a0 is resolved.\n") == (acknowledged[1], resolved[1])
    assert "봅니다" in shown[1]
    assert "resolved" == alert_store.get(redis, "a0").state
    assert "No alert is active." in run("alerts", "list")[1]
    assert "a0" in run("alerts", "list", "--history")[1]


def test_token_and_link_let_their_bearer_in(run: Run, redis: Redis) -> None:
    token = run("token", "--role", "viewer", "--name", "kim")[1].strip()
    link = run("token", "--link")[1].strip()

    assert ("kim", "viewer", "key") == ((found := bearer.identify(redis, token)).name, found.role, found.kind)
    assert identity.Identity("admin", "admin", kind="link") == identity.redeem_sign_in_code(
        redis, link.partition("code=")[2]
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rules", "show", "none"), "There is no rule none."),
        (("rules", "delete", "none"), "There is no rule none."),
        (("rules", "add", "--name", "x", "--metric", "m", "--operator", "=>", "--threshold", "1"), "operator"),
        (("rules", "add", "--name", "x"), "metric, operator, threshold missing"),
        (("rules", "add", "--name", "x", "--condition", "{"), "--condition: is not valid JSON"),
        (("rules", "add", "--name", "x", "--condition", '{"kind":"odd"}'), "there is no condition 'odd'"),
        (
            (
                "rules",
                "add",
                "--name",
                "x",
                "--metric",
                "m",
                "--operator",
                ">",
                "--threshold",
                "1",
                "--channels",
                "pigeon",
            ),
            "there is no channel pigeon",
        ),
        (("alerts", "ack", "none"), "There is no alert none"),
        (("publish", "p", "cpu"), "write it as name=value"),
        (("publish", "p", "cpu=high"), "must be a number"),
        (("publish", "p", "cpu=nan"), "metrics.cpu: must be a finite number"),
        (("publish", "x" * 200, "cpu=1"), "length"),
        (("token", "--days", "0"), "--days"),
    ],
)
def test_mistake_gets_one_sentence(run: Run, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = run(*arguments)

    assert (1, "", 1) == (code, out, len(err.splitlines()))
    assert words in err


def test_server_that_is_away_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("REDIS_URL", f"redis://:geheim@127.0.0.1:{port}/0")
    code, _, err = run("rules", "list")

    assert (1, 1) == (code, len(err.splitlines()))
    assert f"127.0.0.1:{port}" in err and "cannot be reached" in err and "geheim" not in err


@pytest.mark.parametrize("part", ["evaluator", "router", "worker", "api", "relay"])
def test_part_without_its_server_ends_with_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    code, _, err = run(part)

    assert (1, 1) == (code, len(err.splitlines()))
    assert "cannot be reached" in err


def test_help_and_version_answer(run: Run) -> None:
    commands = (
        "up",
        "evaluator",
        "router",
        "worker",
        "api",
        "relay",
        "producer",
        "publish",
        "rules",
        "alerts",
        "token",
    )
    text = run("--help")[1]

    assert all(name in text for name in (*commands, "doctor"))
    assert f"enhanced-alerts, version {metadata.version('enhanced-alerts')}" in run("--version")[1]


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


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("r.toml", "[[rule]]\nname = 'x'", "rule 1: has no id"),
        (
            "r.toml",
            "[[rule]]\nid = 'a'\nname = 'x'\nmetric = 'm'\noperator = '>'\nthreshold = 'high'",
            "rule a: threshold",
        ),
        ("r.toml", "[[rule", "cannot be read"),
        ("r.toml", "x = 1", "must hold [[rule]] tables"),
        ("r.json", "{}", "must hold a list of rules"),
    ],
)
def test_bad_rule_file_names_file_and_rule_and_changes_nothing(
    run: Run, redis: Redis, tmp_path: Path, name: str, content: str, words: str
) -> None:
    (tmp_path / name).write_text(content)
    code, _, err = run("rules", "apply", str(tmp_path))

    assert (1, 1) == (code, len(err.splitlines()))
    assert name in err and words in err
    assert 0 == redis.hlen(keys.rules())


def test_ready_made_rules_are_good(redis: Redis) -> None:
    rule_files.apply(redis, rule_files.load(rule_files.READY_MADE, 3_600_000))

    assert 6 == len(rule_store.load_all(redis)[1])
    assert {"file:ready_made.toml"} == {rule.source for rule in rule_store.load_all(redis)[1]}
    again = rule_files.load(rule_files.READY_MADE, 3_600_000)
    assert rule_files.compare(rule_store.load_all(redis)[1], again).is_empty()


def test_silences_are_added_listed_and_expired(run: Run, redis: Redis) -> None:
    stored(redis)
    tried = run("silences", "add", "severity=warning", "--comment", "점검", "--dry-run")
    nothing_yet = run("silences", "list")[1]
    added = run("silences", "add", "severity=warning", "--hours", "2", "--comment", "점검")
    silence_id = added[1].split()[1]
    listed = run("silences", "list")
    expired = run("silences", "expire", silence_id)
    noted = run("alerts", "comment", "a0", "봅니다"), run("alerts", "assign", "a0", "kim")

    assert "a0" in tried[1] and "There are no silences." in nothing_yet
    assert "it matches 1 active alerts" in added[1]
    assert "active" in listed[1] and "severity=warning" in listed[1] and "점검" in listed[1]
    assert 0 == expired[0] and "past" in run("silences", "list")[1]
    assert ("Noted on alert a0.\n", "Alert a0 is kim's.\n") == (noted[0][1], noted[1][1])


def test_help_loads_nothing_it_does_not_show() -> None:
    code = "import sys; from api.cli import main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert set() == {"redis", "pydantic", "msgspec", "flask", "rq", "rich", "requests", "jinja2"} & set(loaded.split())


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


STARTS = {"up", "ingest", "evaluator", "router", "worker", "api", "relay", "producer", "completion"}
"""What runs until it is stopped, or prints a script."""


@pytest.mark.parametrize(("path", "command"), [pytest.param(p, c, id="-".join(p)) for p, c in commands(main)])
def test_every_command_answers_as_json_and_has_a_help(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help
    assert (path[0] in STARTS) is not any(parameter.name == "as_json" for parameter in command.params)


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
    assert (1, {"error": "There is no rule none."}) == (failed.exit_code, json.loads(failed.stdout))


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
