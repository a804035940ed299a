"""Rules of Prometheus taken over by the command line: reviewed as a file, applied, fired, and taken over again."""

import json
from pathlib import Path

import pytest
from redis import Redis

from shared.model.events import Event
from shared.redis import keys
from shared.settings import Settings
from shared.store import rule_store
from tests.support.cli import Run, run
from tests.support.documents import ROOT
from tests.support.factories import RunningWorker, outbox, publish
from tests.support.real_server import RealServer
from tests.support.waiting import until

__all__ = ["run"]
FILE = ROOT / "tests" / "data" / "prometheus" / "rules.yml"


def test_rules_are_printed_as_a_file_that_can_be_applied(run: Run, redis: Redis, tmp_path: Path) -> None:
    _, printed, told = run("import", "prometheus-rules", str(FILE), "--channels", "web, email")
    reviewed = tmp_path / "reviewed.toml"
    code, nothing, _ = run(
        "import", "prometheus-rules", str(FILE), "--channels", "web,email", "--output", str(reviewed)
    )
    applied, _, _ = run("rules", "apply", str(reviewed))
    stored = {rule.id: rule for rule in rule_store.load_all(redis)[1]}

    assert (0, "", 0) == (code, nothing, applied)
    assert printed == reviewed.read_text()
    assert "- line 50, Joined: joins series with different labels" in told
    assert "~ line 15, DiskFull: leaves out the labels team\n" in told
    assert told.endswith("Alerts translated: 10 of 17.\n")
    assert 10 == len(stored)
    assert ["web", "email"] == stored["HostDown"].channels


def test_applied_rules_fire_and_follow_their_file(run: Run, redis: Redis, server: RealServer, tmp_path: Path) -> None:
    file = tmp_path / "rules.yml"
    file.write_text(FILE.read_text())
    code, told, _ = run("import", "prometheus-rules", str(file), "--apply", "--json")
    alerts = {(one["line"], one["alert"]): one for one in json.loads(told)["alerts"]}
    now_ms = int(redis.time()[0] * 1000)
    settings = Settings(redis_url=server.url)
    labels = {"job": "node", "instance": "a-1", "mountpoint": "/"}
    with RunningWorker(server.url, "w", settings) as worker:
        until(lambda: worker.heartbeat.ready and worker.heartbeat.counters["rules_revision"])
        for at_ms in (now_ms - 300_000, now_ms):
            metrics = {"node_filesystem_avail_bytes": 5e9, "node_filesystem_size_bytes": 1e11}
            publish(redis, settings.partitions, Event("node/a-1", at_ms=at_ms, metrics=metrics, labels=labels))
        until(lambda: "DiskFull" in {one.rule_id for one in outbox(redis, settings.partitions) if one.kind == "firing"})
    fired = next(one for one in outbox(redis, settings.partitions) if (one.rule_id, one.kind) == ("DiskFull", "firing"))
    file.write_text("groups: [{rules: [{alert: HostDown, expr: up == 0}]}]")
    run("import", "prometheus-rules", str(file), "--apply")

    assert 0 == code
    assert "import.matching" == alerts[50, "Joined"]["why_not_reason"]["code"]
    assert "node_filesystem_avail_bytes / node_filesystem_size_bytes * 100 = 5 is < 10" in fired.reason
    assert "(node_filesystem_avail_bytes = 5000000000; node_filesystem_size_bytes = 100000000000)" in fired.reason
    assert ["HostDown"] == [rule.id for rule in rule_store.load_all(redis)[1]]


def test_without_the_parser_the_command_names_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "promql_parser.py").write_text("raise ModuleNotFoundError(name='promql_parser')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    code, printed, told = run("import", "prometheus-rules", str(FILE))

    assert (1, "") == (code, printed)
    assert "pip install 'enhanced-alerts[import]'" in told


def test_rule_over_a_formula_is_added_changed_and_exported_by_the_command_line(run: Run, redis: Redis) -> None:
    threshold = ("--operator", "<", "--threshold", "10")
    code, told, _ = run("rules", "add", "--id", "d", "--name", "Disk", "--formula", "free / size * 100", *threshold)
    refused, _, why = run("rules", "add", "--id", "e", "--name", "E", "--formula", "free / ", *threshold)
    _, exported, _ = run("rules", "export")

    assert (0, "Rule d is live: free / size * 100 < 10\n") == (code, told)
    assert 1 == refused
    assert "condition.formula: ends too early" in why
    assert 'formula = "free / size * 100"' in exported
    assert "metric" not in exported
    assert 2 == exported.count("threshold")
    assert redis.exists(keys.rules())
