"""
amtool, of two releases, says the same about this system as about a real Alertmanager with the same alerts and silences.

Only instants and ids may differ; what is left out of the comparison besides is said where it is.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from redis import Redis

from api.auth import api_keys
from shared.model import route_tree
from shared.store import route_store
from tests.support import alertmanagers
from tests.support.clients import ALERTMANAGER, AMTOOL, AMTOOL_0_25, needs
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.slow, needs(ALERTMANAGER, AMTOOL, AMTOOL_0_25)]
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| UTC)?")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OTHER_VERSION = re.compile(r"(?m)^.*version.*(mismatch|differ).*\n?", re.IGNORECASE)
ROUTES = {
    "channels": ["web"],
    "group_by": ["alertname"],
    "routes": [
        {"matchers": ['team=~"db|데이터"'], "channels": ["email"], "continue": True},
        {"matchers": ['severity="page"'], "channels": ["sms"]},
    ],
}
"""As `route` of the real one says below."""
ROUTE = {
    "receiver": "web",
    "group_by": ["alertname"],
    "routes": [
        {"matchers": ['team=~"db|데이터"'], "receiver": "email", "continue": True},
        {"matchers": ['severity="page"'], "receiver": "sms"},
    ],
}
ALERTS = (
    ("Full", "host=web-1", "severity=page", "team=db", "--annotation=summary=가득"),
    ("Full", "host=web-2", "severity=warning", "--generator-url=http://example.com/g?a=b"),
    ("Down", "host=web-2", "severity=page", "--annotation=description=no answer"),
    ("Slow", "host=api-1", "region=kr"),
)
QUERIES = (
    (),
    ("alertname=Full",),
    ("alertname!=Full",),
    ("alertname=~F.*|S.*",),
    ('alertname!~"F.*|S.*"',),
    ("host=~web-[0-9]", "severity!=page"),
    ("region=",),
    ("region!=",),
    ("Full",),
    ("--active",),
    ("--silenced",),
    ("--inhibited",),
    ("--unprocessed",),
    ("--receiver=web",),
    ("--receiver=web", "alertname=Down"),
)


FILTERS = (
    "",
    "?filter=alertname%3DFull",
    "?filter=alertname%21%3DFull",
    "?filter=alertname%3D~%22F.*%7CS.*%22",
    "?filter=alertname%21~F.*%7CS.*",
    "?filter=host%3D~web-%5B0-9%5D&filter=severity%21%3Dpage",
    "?filter=region%3D",
    "?filter=region%21%3D%22%22",
    "?filter=%7Balertname%3DFull%7D",
    "?filter=a%3D~%5B",
    "?filter=nothing",
    "?receiver=web",
    "?receiver=e.*%7Csms",
    "?receiver=sms",
    "?receiver=we",
    "?receiver=%5B",
    "?receiver_matchers=name%3Demail",
    "?receiver=.*&receiver_matchers=name%21%3Demail",
    "?active=false",
    "?silenced=false&inhibited=false",
)
LEFT_OUT = ("startsAt", "endsAt", "updatedAt", "routeLabels")
"""Instants; and what groups have in Alertmanager from 0.34 on, which is newer than the one compared with."""


class Side:
    """amtool against one of the two."""

    def __init__(self, program: Path, url: str, folder: Path, key: str = "") -> None:
        self.url = url
        self._command = [str(program), f"--alertmanager.url={url}"]
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        if key:
            file = folder / "http.yml"
            file.write_text(json.dumps({"authorization": {"credentials": key}}))
            self._command.append(f"--http.config.file={file}")

    def says(self, *words: str) -> str:
        """Return the exit code and all that a command says, without instants and ids."""
        done = subprocess.run([*self._command, *words], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        text = f"{done.returncode}\n{done.stdout}{OTHER_VERSION.sub('', done.stderr)}"
        return UUID.sub("ID", INSTANT.sub("TIME", text)).replace(self.url, "URL")

    def get(self, address: str, query: str) -> tuple[int, Any]:
        """Return the status of an answer and its document; of one that refuses, that it is a text."""
        answer = requests.get(f"{self.url}{address}{query}", headers=self._headers, timeout=PATIENCE_S)
        found = answer.json()
        return answer.status_code, "words" if isinstance(found, str) else without_instants(found)

    def reads(self, *words: str) -> Any:
        done = subprocess.run([*self._command, *words], capture_output=True, text=True, timeout=PATIENCE_S, check=True)
        return json.loads(done.stdout)


def without_instants(found: Any) -> Any:
    if isinstance(found, list):
        return [without_instants(one) for one in found]
    if isinstance(found, dict):
        return {name: without_instants(one) for name, one in found.items() if name not in LEFT_OUT}
    return found


class Both:
    """The same command given to both."""

    def __init__(self, ours: Side, theirs: Side, of_one_release: Side) -> None:
        self.ours = ours
        self.theirs = theirs
        self.of_one_release = of_one_release
        """An older amtool cannot read what a newer Alertmanager shows as its configuration."""

    def say(self, *words: str) -> str:
        """Return what both say, which must be the same."""
        ours, theirs = self.ours.says(*words), self.theirs.says(*words)
        assert theirs == ours, words
        return ours

    def fill(self) -> None:
        for words in ALERTS:
            self.say("alert", "add", *words)
        for side in (self.ours, self.theirs):
            until(lambda s=side: len(s.reads("alert", "query", "-o", "json")) == len(ALERTS), every_s=0.2)


@pytest.fixture(params=[AMTOOL, AMTOOL_0_25], ids=["0.33", "0.25"])
def both(request: pytest.FixtureRequest, redis: Redis, server: RealServer, tmp_path: Path) -> Iterator[Both]:
    port = str(free_port())
    config = {"route": ROUTE, "receivers": [{"name": name} for name in ("dashboard", "web", "email", "sms")]}
    route_store.save(redis, route_tree.parse({"route": ROUTES}))
    with a_system(server.url, tmp_path, INGEST_PORT=port) as system:
        for words in (("ingest",), ("evaluator",), ("dispatchers", "router")):
            system.start(*words)
        wait_ready(redis, "ingest", "evaluator", "router")
        key = api_keys.create(redis, "kim", "admin", 1)[1]
        with alertmanagers.running(tmp_path, config) as real:
            ours = Side(request.param, f"http://127.0.0.1:{port}/alertmanager", tmp_path, key)
            yield Both(ours, Side(request.param, real.url, tmp_path), Side(AMTOOL, real.url, tmp_path))


def test_alerts_are_listed_alike(both: Both) -> None:
    both.fill()

    for query in QUERIES:
        for form in ("simple", "extended", "json"):
            both.say("alert", "query", "-o", form, *query)
    for wrong in ("a=~[", "=b", "a=b=~("):
        both.say("alert", "query", wrong)


def test_silences_are_made_changed_and_ended_alike(both: Both) -> None:
    both.fill()
    both.say("silence", "add", "-a", "kim", "-c", "deploy", "-d", "2h", "alertname=Full", "host=~web-[0-9]")
    for side in (both.ours, both.theirs):
        until(lambda s=side: len(s.reads("alert", "query", "-o", "json")) == 2, every_s=0.2)
    both.say("silence", "add", "-a", "kim", "-c", "night", "-d", "3h", "team!=db", 'region!~"k.*"', "alertname=Slow")
    for query in (
        (),
        ("alertname=Full",),
        ("alertname=Slow", "team!=db"),
        ("alertname=~Full",),
        ("--expired",),
        ("-q",),
    ):
        for form in ("simple", "extended", "json"):
            both.say("silence", "query", "-o", form, *query)
    both.say("alert", "query", "-o", "json")
    assert 2 == both.say("alert", "query", "--silenced").count("Full")

    for side in (both.ours, both.theirs):
        [deploy] = [one["id"] for one in side.reads("silence", "query", "-o", "json") if one["comment"] == "deploy"]
        assert "0\nTIME" not in side.says("silence", "update", "-d", "4h", "-c", "longer", deploy)
    both.say("silence", "query", "-o", "extended")
    assert 1 == both.say("silence", "query", "-o", "json", "alertname=Full").count('"longer"')

    for side in (both.ours, both.theirs):
        for one in side.reads("silence", "query", "-o", "json"):
            assert "0\n" == side.says("silence", "expire", one["id"])
    assert "0\n" == both.say("silence", "query", "-q")
    both.say("silence", "query", "-q", "--expired")
    for side in (both.ours, both.theirs):
        until(lambda s=side: len(s.reads("alert", "query", "-o", "json")) == len(ALERTS), every_s=0.2)


def test_what_no_silence_can_be_is_refused_alike(both: Both) -> None:
    for words in (
        ('alertname=""',),
        ("--start=2020-01-01T00:00:00Z", "--end=2020-01-02T00:00:00Z", "alertname=a"),
    ):
        ours = both.ours.says("silence", "add", "-a", "kim", "-c", "x", *words)
        theirs = both.theirs.says("silence", "add", "-a", "kim", "-c", "x", *words)

        # In words of its own where Alertmanager does not say what to do.
        assert theirs.splitlines()[0] == ours.splitlines()[0] == "1", words
    both.say("silence", "expire", "01167342-b0fe-41b2-8000-000000000000")
    both.say("silence", "expire", "nothing")
    both.say("silence", "update", "-d", "1h", "01167342-b0fe-41b2-8000-000000000000")


def test_configuration_routes_and_cluster_are_shown_alike(both: Both) -> None:
    both.say("cluster", "show")
    both = Both(both.ours, both.of_one_release, both.of_one_release)
    for labels in (("team=db",), ("team=데이터", "severity=page"), ("severity=page",), ("a=b",), ("team=dba",)):
        both.say("config", "routes", "test", *labels)
        both.say("config", "routes", "test", "--tree", *labels)
    both.say("config", "routes", "show")
    both.say("config", "routes")
    both.say("config", "routes", "test", "--verify.receivers=sms", "severity=page")
    both.say("config", "routes", "test", "--verify.receivers=web", "severity=page")
    shown = {side: yaml.safe_load(side.says("config", "show").partition("\n")[2]) for side in (both.ours, both.theirs)}
    ours, theirs = shown[both.ours], shown[both.theirs]

    # Alertmanager adds what it takes for granted, and its receivers have no order.
    assert {one["name"] for one in theirs["receivers"]} == {one["name"] for one in ours["receivers"]}
    assert theirs["route"]["receiver"] == ours["route"]["receiver"]
    assert [one["matchers"] for one in theirs["route"]["routes"]] == [
        one["matchers"] for one in ours["route"]["routes"]
    ]


def test_alerts_and_groups_are_filtered_alike(both: Both) -> None:
    both.fill()
    for address in ("/api/v2/alerts", "/api/v2/alerts/groups"):
        for query in FILTERS:
            ours, theirs = both.ours.get(address, query), both.theirs.get(address, query)

            assert theirs == ours, (address, query)


def test_receivers_are_those_of_the_configuration(both: Both) -> None:
    for query in (
        "",
        "?receiver_matchers=name%3D~%22w.*%22",
        "?receiver_matchers=name%21%3Dweb",
        "?receiver_matchers=x",
    ):
        ours, theirs = (side.get("/api/v2/receivers", query) for side in (both.ours, both.theirs))

        # Here only channels that exist are receivers, in the order of their names.
        if isinstance(theirs[1], list) and isinstance(ours[1], list):
            assert [one for one in theirs[1] if one["name"] in ("dashboard", "web")] == ours[1], query
        else:
            assert theirs[0] == ours[0], query
