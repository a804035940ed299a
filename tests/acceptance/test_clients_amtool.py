"""amtool asks and changes this system as it does Alertmanager: alerts, silences, configuration."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from api.auth import api_keys
from shared.model import route_tree, rules
from shared.model.events import Event
from shared.store import alert_store, route_store, rule_store, silence_store
from tests.support.clients import AMTOOL, needs
from tests.support.factories import publish
from tests.support.ports import free_port
from tests.support.processes import System, a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.slow, needs(AMTOOL)]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Amtool:
    """amtool with a key, against an installation that can be restarted."""

    def __init__(self, redis: Redis, system: System, port: int, folder: Path) -> None:
        self.redis = redis
        self.system = system
        self._url = f"http://127.0.0.1:{port}/alertmanager/"
        self._config = folder / "http.yml"
        _, key = api_keys.create(redis, "amtool", "admin", 1)
        self._config.write_text(json.dumps({"authorization": {"credentials": key}}))

    def run(self, *words: str) -> str:
        command = [str(AMTOOL), f"--alertmanager.url={self._url}", f"--http.config.file={self._config}", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert 0 == done.returncode, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def fails(self, *words: str) -> str:
        command = [str(AMTOOL), f"--alertmanager.url={self._url}", f"--http.config.file={self._config}", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert 0 != done.returncode, done.stdout
        return done.stderr

    def alerts(self, *words: str) -> list[Any]:
        found: list[Any] = json.loads(self.run("alert", "query", "-o", "json", *words))
        return found

    def names(self, *words: str) -> list[str]:
        return sorted(alert["labels"]["alertname"] for alert in self.alerts(*words))

    def silences(self, *words: str) -> list[Any]:
        found: list[Any] = json.loads(self.run("silence", "query", "-o", "json", *words))
        return found


@pytest.fixture
def amtool(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Amtool]:
    port = free_port()
    with a_system(server.url, tmp_path, INGEST_PORT=str(port)) as system:
        for words in (("ingest",), ("evaluator",), ("dispatchers", "router")):
            system.start(*words)
        wait_ready(redis, "ingest", "evaluator", "router")
        yield Amtool(redis, system, port, tmp_path)


def test_alerts_that_amtool_adds_are_on_the_board_and_in_its_queries(amtool: Amtool) -> None:
    amtool.run("alert", "add", "foo", "severity=page", "instance=web-1", "--annotation=summary=가득")
    amtool.run("alert", "add", "bar", "severity=warning", "--generator-url=http://example.com/g")
    until(lambda: amtool.names() == ["bar", "foo"], "both fire", every_s=0.2)
    by_name = {alert.rule_name: alert for alert in alert_store.active(amtool.redis)}

    assert ("critical", "가득", "external:foo") == (
        by_name["foo"].severity,
        by_name["foo"].condition,
        by_name["foo"].rule_id,
    )
    assert ["foo"] == amtool.names('alertname=~"f.*"') == amtool.names("severity!=warning", "instance=web-1")
    assert [] == amtool.names("alertname=baz")
    assert "foo" in amtool.run("alert", "query") and "가득" in amtool.run("alert", "query")
    assert "가득" in amtool.run("alert", "query", "-o", "extended")


def test_alerts_of_our_rules_are_in_its_queries(amtool: Amtool) -> None:
    fields = {"id": "cpu", "name": "CPU high", "metric": "cpu", "operator": ">", "threshold": 80}
    rule_store.save(amtool.redis, rules.parse(fields))

    def fires() -> bool:
        # What comes before the evaluator knows the rule is not judged by it.
        publish(amtool.redis, 8, Event("web-1", metrics={"cpu": 99.0}, labels={"region": "kr"}))
        return amtool.names("region=kr") == ["CPU high"]

    until(fires, "it fires", every_s=0.2)
    [alert] = amtool.alerts("rule_id=cpu")

    assert ("web-1", "warning") == (alert["labels"]["plugin"], alert["labels"]["severity"])


def test_silences_of_amtool_are_ours_and_hold_back(amtool: Amtool) -> None:
    silence_id = amtool.run("silence", "add", "alertname=~fo.*", "-d", "2h", "-c", "deploy", "-a", "kim").strip()
    assert UUID.fullmatch(silence_id)
    [ours] = silence_store.load_all(amtool.redis)[1]
    assert (silence_id, "fo*", "deploy") == (ours.id, ours.matchers[0].value, ours.comment)
    assert [silence_id] == [one["id"] for one in amtool.silences()]
    assert [silence_id] == [one["id"] for one in amtool.silences("alertname=~fo.*")]

    amtool.run("alert", "add", "foo", "severity=page")
    # The router knows a new silence within a second.
    until(lambda: ["silenced"] == [n for a in alert_store.active(amtool.redis) for n in a.suppressed], every_s=0.2)
    assert [] == amtool.names()
    assert ["foo"] == amtool.names("--silenced")
    [shown] = amtool.alerts("--silenced")
    assert [silence_id] == shown["status"]["silencedBy"]

    amtool.run("silence", "update", "-d", "3h", silence_id)
    [ours] = silence_store.load_all(amtool.redis)[1]
    assert ours.ends_at_ms - ours.starts_at_ms > 2.5 * 3_600_000

    amtool.run("silence", "expire", silence_id)
    assert [] == amtool.silences()
    until(lambda: amtool.names() == ["foo"], "nothing holds it back", every_s=0.2)
    assert [silence_id] == [one["id"] for one in amtool.silences("--expired")]


def test_what_cannot_be_a_silence_is_said(amtool: Amtool) -> None:
    assert "so it selects nothing" in amtool.fails("silence", "add", "alertname=~.*", "-d", "2h", "-c", "x")
    assert "30 days" in amtool.fails("silence", "add", "alertname=a", "-d", "60d", "-c", "x")


def test_configuration_and_cluster_are_shown(amtool: Amtool) -> None:
    assert "- name: web" in amtool.run("config", "show")
    assert "receiver: dashboard" in amtool.run("config", "routes", "show")
    assert "dashboard" == amtool.run("config", "routes", "test", "a=b").strip()
    assert "disabled" in amtool.run("cluster", "show")


def test_routes_are_in_its_configuration_and_tested_by_it(amtool: Amtool) -> None:
    below = [
        {"matchers": ['team=~"db|데이터"'], "channels": ["email", "sms"], "continue": True},
        {"matchers": ['host glob "db-*"'], "channels": ["slack"], "mute_times": ["nights"]},
    ]
    nights = [{"times": [{"start_time": "22:00", "end_time": "24:00"}]}]
    tree = {"route": {"channels": ["web"], "routes": below}, "time_intervals": {"nights": nights}}
    assert "dashboard" == amtool.run("config", "routes", "test", "team=db").strip()
    route_store.save(amtool.redis, route_tree.parse(tree))

    assert "email,sms,slack" == amtool.run("config", "routes", "test", "team=데이터", "host=db-1").strip()
    assert "web" == amtool.run("config", "routes", "test", "team=x").strip()
    assert 'team=~"db|데이터"' in amtool.run("config", "routes", "show")
