"""
A sender of external alerts in a chaos run, which take several routes at once, and the judge of where they went.

Like Prometheus it states each alert again and again, to either `ingest` process, until it is answered with 2xx; what
an attempt without an answer brought, the next may bring again.
"""

import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import requests

from shared.clock import SystemClock
from shared.model.external import rule_id_of
from tests.chaos.model import Expected
from tests.chaos.verdict import Found, Verdict
from tests.chaos.workload import World
from tests.support import route_reference

NAME = "Routed"
PROVISIONAL_MS = 240_000
TIMEOUT_S = 3.0
TREE: dict[str, Any] = {
    "route": {
        "name": "root",
        "channels": ["web"],
        # A webhook takes its time to answer, and alerts of one group wait for each other.
        "group_by": ["..."],
        "group_wait_seconds": 0.0,
        "group_interval_seconds": 0.0,
        "routes": [
            {"name": "pages", "matchers": ['severity="page"'], "channels": ["webhook"], "continue": True},
            {"name": "teams", "matchers": ['team=~"db|web"'], "channels": ["slack"], "continue": True},
            {"name": "both", "matchers": ['team="db"', 'severity!="info"'], "channels": ["webhook", "slack"]},
        ],
    }
}


class Sender:
    """Sends, and knows what the alerts must come to."""

    def __init__(self, addresses: Sequence[str], key: str) -> None:
        self._addresses = addresses
        self._headers = {"Authorization": f"Bearer {key}"}
        self.labels: dict[str, dict[str, str]] = {}
        """Plugin id → the labels of its alert."""

    def lane(self, world: World, lane: int) -> None:
        """Alerts begin, are stated again, and end; each about a plugin of its own, for there is a cooldown."""
        chance = random.Random(f"{world.seed}-routed-{lane}")
        number = 0
        while not number or world.pause(chance.uniform(0.0, 1.0)):
            labels = {"alertname": NAME, "job": "routed", "instance": str(number)}
            labels |= {
                "severity": chance.choice(("page", "warning", "info")),
                "team": chance.choice(("db", "web", "x")),
            }
            plugin = f"routed/{number}{{team={labels['team']}}}"
            self.labels[plugin] = labels
            number += 1
            started_at_ms = SystemClock().now_ms()
            for _ in range(chance.choice((1, 1, 2, 3))):
                self._state(world, chance, labels, started_at_ms, SystemClock().now_ms() + PROVISIONAL_MS)
                world.pause(chance.uniform(0.0, 1.0))
            story = world.story(plugin, [])
            expected = Expected(rule_id_of(NAME), started_at_ms, ["firing"])
            story.alerts[plugin] = expected
            alert = world.on_board(plugin, "firing", "acknowledged")
            if chance.random() < 0.3:
                world.api("POST", f"/alerts/{alert['id']}/acknowledge", json={"comment": "봅니다"})
                story.acknowledged()
            for _ in range(chance.choice((1, 2))):
                self._state(world, chance, labels, started_at_ms, SystemClock().now_ms())
            expected.kinds.append("resolved")
            world.off_board(plugin)

    def judge(self, found: Sequence[Found], verdict: Verdict) -> None:
        """Each alert went to the channels of the routes that fit it, as the second model of routes has them."""
        routed = [one for one in found if one.alert.plugin_id in self.labels]
        for one in routed:
            taken = route_reference.expected(TREE, self.labels[one.alert.plugin_id])
            want = list(dict.fromkeys(channel for route in taken for channel in route["channels"]))
            if want != list(one.alert.channels):
                verdict.problems.append(f"{one.alert.plugin_id} went to {one.alert.channels}, and not to {want}")
        verdict.counts["routed"] = len(routed)
        if not routed:
            verdict.problems.append("no alert was routed")

    def _state(
        self, world: World, chance: random.Random, labels: dict[str, str], started_at_ms: int, ends_at_ms: int
    ) -> None:
        body = [{"labels": labels, "startsAt": _written(started_at_ms), "endsAt": _written(ends_at_ms)}]

        def send() -> bool:
            url = f"{chance.choice(self._addresses)}/api/v2/alerts"
            with suppress(requests.RequestException):
                return requests.post(url, json=body, headers=self._headers, timeout=TIMEOUT_S).ok
            return False

        world.wait(send, f"{labels['instance']} is stated")


def _written(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
