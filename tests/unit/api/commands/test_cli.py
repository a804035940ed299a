"""The command line against a real server: what it does, and what it says to mistakes."""

import json
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from redis import Redis

from api.auth import bearer, identity, one_time
from api.change import rule_files
from api.cli import main
from api.commands import processes
from shared.model.partitions import partition_of
from shared.redis import keys, streams
from shared.store import alert_store, rule_store
from tests.support.api import stored
from tests.support.cli import Run


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


@pytest.mark.parametrize("mark", ["\u202e", "\u200b", "\u3164"])
def test_event_with_a_name_that_cannot_be_seen_is_not_published(run: Run, redis: Redis, mark: str) -> None:
    answers = [run("publish", f"we{mark}b", "cpu=1"), run("publish", "web", f"cp{mark}u=1")]

    assert [1, 1] == [code for code, _, _ in answers]
    assert all("an invisible character" in err and mark not in err for _, _, err in answers)
    assert "PLUGIN_ID: holds an invisible character" in answers[0][2]
    assert [] == redis.keys("*:events")


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
    assert identity.Identity("admin", "admin", kind="link") == one_time.redeem_sign_in_code(
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
        (("publish", "x" * 200, "cpu=1"), "is 200 characters long; at most 128 are allowed"),
        (("token", "--days", "0"), "--days"),
    ],
)
def test_mistake_gets_one_sentence(run: Run, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = run(*arguments)

    assert (1, "", 1) == (code, out, len(err.splitlines()))
    assert words in err


def test_help_and_version_answer(run: Run) -> None:
    commands = (
        "up",
        "evaluator",
        "router",
        "worker",
        "api",
        "recorder",
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


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("alerts", "search", "--min-minutes", "nan"), "--min-minutes"),
        (("alerts", "search", "--max-minutes", "1", "--min-minutes", "2"), "--max-minutes"),
        (("alerts", "search", "--since", "2025-02-02", "--until", "2025-02-01"), "--until"),
        (("alerts", "search", "--person", ":"), "--person"),
        (("alerts", "search", "--label", "=x"), "--label"),
        (("alerts", "search", "x"), "WORDS"),
        (("silences", "add", "plugin_id=web", "--comment", "x", "--cron", "0 2 * * *", "--minutes", "-1"), "--minutes"),
        (("silences", "add", "plugin_id=web", "--comment", "x", "--timezone", "Nowhere", "--cron", "0 2 * * *"), "--"),
        (
            ("rules", "add", "--id", "Ä", "--name", "x", "--metric", "cpu", "--operator", ">", "--threshold", "1"),
            "--id",
        ),
        (("rules", "add", "--name", "x", "--metric", "cpu", "--operator", "near", "--threshold", "1"), "--operator"),
        (("rules", "add", "--name", "x", "--metric", "cpu", "--for-seconds", "-1"), "--for-seconds"),
    ],
)
def test_a_refused_value_is_named_by_its_option(run: Run, words: tuple[str, ...], option: str) -> None:
    code, _, err = run(*words)
    fields = [one["field"] for one in json.loads(run(*words, "--json")[1])["errors"]]

    assert (1, True) == (code, option in err)
    assert any(field.startswith(option) for field in fields), fields


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
    rule_files.apply(redis, rule_files.load(rule_files.READY_MADE))

    assert 6 == len(rule_store.load_all(redis)[1])
    assert {"file:ready_made.toml"} == {rule.source for rule in rule_store.load_all(redis)[1]}
    again = rule_files.load(rule_files.READY_MADE)
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


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


@pytest.mark.parametrize("name", ["up", "evaluator", "router", "worker", "recorder", "api", "relay", "producer"])
@pytest.mark.parametrize("mistyped", ["-x", "--channel", "again"])
def test_process_is_not_started_by_a_command_that_is_mistyped(
    monkeypatch: pytest.MonkeyPatch, name: str, mistyped: str
) -> None:
    started: list[object] = []
    monkeypatch.setattr(processes, "run_module", started.append)
    monkeypatch.setattr("api.supervise.up.up", lambda *_: started.append("up"))
    done = CliRunner().invoke(main, [name, mistyped])

    assert (2, []) == (done.exit_code, started)
    assert mistyped in done.output


def test_worker_takes_the_channels_that_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr(processes, "run_module", started.append)
    for words in (["worker"], ["worker", "--channels", "web,email"], ["evaluator"]):
        assert 0 == CliRunner().invoke(main, words).exit_code

    assert [
        ["dispatchers", "worker"],
        ["dispatchers", "worker", "--channels", "web,email"],
        ["evaluator"],
    ] == started


STARTS = {"up", "evaluator", "router", "worker", "api", "recorder", "relay", "producer", "completion"}
"""What runs until it is stopped, or prints a script."""


@pytest.mark.parametrize(("path", "command"), [pytest.param(p, c, id="-".join(p)) for p, c in commands(main)])
def test_every_command_answers_as_json_and_has_a_help(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help
    assert (path[0] in STARTS) is not any(parameter.name == "as_json" for parameter in command.params)
