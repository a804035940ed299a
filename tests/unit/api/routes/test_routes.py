"""Routes by API and command: changed under guard, undone, and tried before anything is sent."""

import json
from pathlib import Path

from flask.testing import FlaskClient
from redis import Redis

from shared.model import route_tree
from shared.store import route_store
from tests.support.api import BASE
from tests.support.cli import Run

ROUTES = f"{BASE}/routes"
ALWAYS = {"times": [{"start_time": "00:00", "end_time": "24:00"}]}
TREE = {
    "route": {
        "channels": ["email"],
        "routes": [
            {"name": "audit", "channels": ["webhook"], "continue": True},
            {"name": "db", "matchers": ['team=~"db.*"'], "channels": ["slack"], "mute_times": ["always"]},
            {"name": "host", "matchers": ['host glob "web-*"'], "severities": {"page": "emergency"}},
        ],
    },
    "time_intervals": {"always": [ALWAYS]},
}


def test_routes_are_put_in_force_shown_changed_and_removed(client: FlaskClient) -> None:
    assert {"version": 0, "tree": None}.items() <= client.get(ROUTES).json.items()
    made = client.put(ROUTES, json=TREE)
    guard = {"If-Match": made.headers["ETag"]}
    changed = client.put(ROUTES, json={"route": {"channels": ["web"]}}, headers=guard)
    again = client.put(ROUTES, json=TREE, headers=guard)
    removed = client.post(f"{ROUTES}/restore", json={"version": 0})
    restored = client.post(f"{ROUTES}/restore", json={"version": 1})

    assert (200, 200, 412) == (made.status_code, changed.status_code, again.status_code)
    assert (TREE, None, TREE) == (made.json["tree"], removed.json["tree"], restored.json["tree"])
    assert [4, 3, 2, 1] == [one["version"] for one in client.get(f"{ROUTES}/history").json["versions"]]
    assert 404 == client.post(f"{ROUTES}/restore", json={"version": 9}).status_code


def test_bad_routes_are_refused_with_their_place_in_the_readers_language(client: FlaskClient) -> None:
    bad = {"route": {"channels": ["web"], "routes": [{"matchers": ["team=~("], "chanels": []}]}}
    answer = client.put(ROUTES, json=bad, headers={"Accept-Language": "ko"})

    def nested(depth: int) -> dict[str, object]:
        deep: dict[str, object] = {"channels": ["web"]}
        for _ in range(depth - 1):
            deep = {"channels": ["web"], "routes": [deep]}
        return {"route": deep}

    found = {error["field"]: error for error in answer.json["errors"]}
    assert 422 == answer.status_code
    assert {"route.routes.0.matchers", "route.routes.0.chanels"} == set(found)
    assert "RE2 정규식이 아닙니다" in found["route.routes.0.matchers"]["message"]
    assert [200, 422, 400] == [client.put(ROUTES, json=nested(depth)).status_code for depth in (12, 13, 40)]


def test_tester_says_where_an_alert_goes_and_why(client: FlaskClient, redis: Redis) -> None:
    route_store.save(redis, route_tree.parse(TREE))
    found = client.post(f"{ROUTES}/test", json={"labels": {"alertname": "Lag", "team": "db-1"}}).json
    other = client.post(f"{ROUTES}/test", json={"labels": {"host": "web-1", "severity": "page"}}).json

    assert (1, ["webhook", "slack"], {"slack": "always"}) == (found["version"], found["channels"], found["muted"])
    assert [("", False), ("audit", True), ("db", True)] == [(one["name"], one["is_chosen"]) for one in found["tried"]]
    [_, _, misfit, chosen] = other["tried"]
    assert ('team=~"db.*"', "", False) == (misfit["misfit"], misfit["found"], misfit["fits"])
    assert [{"matcher": 'team=~"db.*"', "found": "", "fits": False}] == misfit["matchers"]
    assert (True, "critical", {"always": True}) == (chosen["is_chosen"], other["severity"], other["intervals"])


def test_tester_takes_a_draft_and_says_what_holds_without_routes(client: FlaskClient, redis: Redis) -> None:
    draft = client.post(f"{ROUTES}/test", json={"labels": {"team": "db"}, "tree": TREE}).json
    without = client.post(f"{ROUTES}/test", json={"labels": {"team": "db"}}).json

    assert (0, ["webhook", "slack"]) == (draft["version"], draft["channels"])
    assert ([], ["web", "dashboard"]) == (without["tried"], without["channels"])
    assert 0 == route_store.current(redis).version
    assert 422 == client.post(f"{ROUTES}/test", json={"labels": {"": "x"}}).status_code


def test_commands_show_apply_test_and_undo(run: Run, tmp_path: Path, redis: Redis) -> None:
    file = tmp_path / "routes.yml"
    assert (0, "# There are no routes.\n") == run("routes", "show")[:2]
    file.write_text(json.dumps(TREE))
    code, said, _ = run("routes", "apply", str(file))
    assert (0, "Version 1 of the routes. They are in force; the router follows within seconds.\n") == (code, said)
    shown = run("routes", "show")[1]
    file.write_text(shown)
    assert 0 == run("routes", "apply", str(file))[0]
    assert 1 == route_store.current(redis).version, "what is shown is what was applied"

    code, said, _ = run("routes", "test", "team=db")
    assert 0 == code
    assert ["+ route", "  → audit", "  → db", "Channels: webhook, slack", "Severity: warning"] == said.splitlines()[:5]
    assert "Muted now: slack, by always" in said
    assert '  - db: team=~"db.*" does not fit "x"' in run("routes", "test", "team=x")[1]

    assert "There are no routes any more" in run("routes", "undo")[1]
    assert "EXTERNAL_CHANNELS" in run("routes", "test", "team=db")[1]
    assert "no routes" in run("routes", "history")[1]
    assert 0 == run("routes", "undo", "1")[0]
    assert route_tree.parse(TREE) == route_store.current(redis).tree


def test_a_file_that_is_no_tree_is_refused_with_the_reason(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "routes.yml"
    for text, expected in (
        ("route: [", "cannot be read"),
        ("route: {channels: [no channel]}", "route.channels.0"),
        ("a: &a [x]\nroute: *a\n", "anchors and aliases"),
    ):
        file.write_text(text)
        code, _, error = run("routes", "apply", str(file))

        assert 1 == code
        assert expected in error
