"""Routes at work: real processes send alerts where the tree says, and what was told is ended, whatever changes."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from api.auth import api_keys
from shared.model import route_tree, rules
from shared.model.alerts import External
from shared.model.events import Event
from shared.store import alert_store, channel_store, route_store, rule_store
from tests.support.delivery import a_transition, decided, ledger_of, started, story
from tests.support.factories import publish
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.sent_alerts import an_alert, post
from tests.support.servers import http_server
from tests.support.waiting import until

ALWAYS = {"always": [{"times": [{"start_time": "00:00", "end_time": "24:00"}]}]}


def routes(redis: Redis, *below: dict[str, Any], **root: Any) -> None:
    tree = {"route": {"channels": ["webhook"], "routes": list(below), **root}, "time_intervals": ALWAYS}
    route_store.save(redis, route_tree.parse(tree))


def told(redis: Redis, alert_id: str, channel: str) -> str:
    return ledger_of(redis, alert_id, channel).told


def test_alerts_of_others_and_of_rules_without_channels_go_where_the_routes_say(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    port = free_port()
    _, key = api_keys.create(redis, "prometheus", "publisher", 1)
    url = f"http://127.0.0.1:{port}"
    fields = {"id": "cpu", "name": "CPU", "metric": "cpu", "operator": ">", "threshold": 80, "channels": []}
    rule_store.save(redis, rules.parse(fields))
    with (
        http_server() as hook,
        http_server() as of_db,
        a_system(server.url, tmp_path, INGEST_PORT=str(port), OUTBOUND_ALLOW="127.0.0.1") as system,
    ):
        channel_store.save(redis, "webhook", {"url": hook.url})
        channel_store.save(redis, "webhook-db", {"url": of_db.url})
        routes(redis, {"name": "databases", "matchers": ['team=~"db|데이터"'], "channels": ["webhook-db"]})
        system.start("ingest")
        system.start("evaluator")
        started(system, redis, "webhook", "webhook-db")
        wait_ready(redis, "ingest", "evaluator")

        post(url, key, an_alert(team="데이터"), an_alert(team="web")).raise_for_status()

        def fires() -> list[str]:
            # What comes before the evaluator knows the rule is not judged by it.
            publish(redis, 8, Event("web-1", metrics={"cpu": 99.0}, labels={"team": "db"}))
            ids = [one.id for one in alert_store.active(redis)]
            return ids if len(ids) == 3 else []

        until(fires, "three alerts fire", every_s=0.2)
        by_team = {(one.labels.get("team"), one.external is None): one for one in alert_store.active(redis)}
        expected = {("데이터", False): "webhook-db", ("web", False): "webhook", ("db", True): "webhook-db"}
        for which, channel in expected.items():
            alert = by_team[which]
            until(lambda alert=alert, channel=channel: told(redis, alert.id, channel) == "firing", f"{which} is told")
            assert [channel] == alert.channels
            line = next(one for one in alert_store.timeline(redis, alert.id) if one.kind == "routed")
            assert ("routed.to", [channel]) == (line.reason_code, line.reason_values["channels"])

        # The routes change, and the router that knew the old ones dies.
        routes(redis, {"channels": ["webhook"]})
        post(url, key, an_alert(timedelta(0), team="데이터")).raise_for_status()
        ended = by_team["데이터", False].id
        until(lambda: told(redis, ended, "webhook-db") == "resolved", "the channel that was told is told of the end")

        assert "" == told(redis, ended, "webhook")
        assert ["webhook-db"] == alert_store.get(redis, ended).channels


@pytest.mark.parametrize("change", ["replaced", "removed"])
def test_told_firing_is_told_resolved_though_routes_change_and_routers_die(
    redis: Redis, server: RealServer, tmp_path: Path, change: str
) -> None:
    of = {"channels": [], "labels": {"team": "db", "severity": "page"}, "external": External(fingerprint="0" * 16)}
    with http_server() as hook, http_server() as other, a_system(server.url, tmp_path) as system:
        channel_store.save(redis, "webhook", {"url": other.url})
        channel_store.save(redis, "webhook-db", {"url": hook.url})
        routes(redis, {"matchers": ['team="db"'], "channels": ["webhook-db"], "severities": {"page": "info"}})
        router = system.start("dispatchers", "router")
        system.start("dispatchers", "worker", "--channels", "webhook,webhook-db")
        wait_ready(redis, "router", "worker-webhook", "worker-webhook-db")
        decided(redis, a_transition("firing", **of))
        until(lambda: told(redis, "alert0", "webhook-db") == "firing")
        router.kill()
        if change == "removed":
            route_store.restore(redis, 0)
        else:
            routes(redis)
        decided(redis, a_transition("resolved", **of))
        system.start("dispatchers", "router")
        until(lambda: told(redis, "alert0", "webhook-db") == "resolved", "the end is told")
        decided(redis, a_transition("firing", 1, **of), a_transition("resolved", 1, **of))
        until(lambda: "resolved" in story(redis, "alert1"), "another alert is routed")

        assert (2, "") == (len(hook.requests), told(redis, "alert0", "webhook"))
        assert "info" == alert_store.get(redis, "alert0").severity
        assert ([] if change == "removed" else ["webhook"]) == alert_store.get(redis, "alert1").channels


def test_a_group_waits_and_goes_out_together_and_mute_times_end_when_the_routes_say(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    def of(n: int, team: str) -> dict[str, Any]:
        return {"n": n, "channels": [], "labels": {"team": team}, "rule_id": f"r{n}"}

    with http_server() as hook, a_system(server.url, tmp_path) as system:
        channel_store.save(redis, "webhook", {"url": hook.url})
        routes(
            redis,
            {"matchers": ["team=night"], "mute_times": ["always"]},
            {"matchers": ["team=db"], "group_by": ["team"], "group_wait_seconds": 2, "group_interval_seconds": 0},
        )
        started(system, redis, "webhook")
        # As one, so that a machine that pauses for longer than a group waits does not part them.
        decided(redis, *(a_transition("firing", **of(n, "db")) for n in range(3)))
        decided(redis, a_transition("firing", **of(9, "night")))
        until(lambda: all(told(redis, f"alert{n}", "webhook") == "firing" for n in range(3)), "the group is told")
        until(lambda: "suppressed" in story(redis, "alert9"), "the other is muted")

        assert 1 == len(hook.requests)
        assert "" == told(redis, "alert9", "webhook")
        route_store.restore(redis, 0)
        until(lambda: told(redis, "alert9", "webhook") == "firing", "it is told when nothing mutes it any more")
