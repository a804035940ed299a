"""The recipes of docs/cookbook all at once, applied by the command line and decided by a running evaluator."""

import os
import subprocess
import sys

from redis import Redis

from shared.model.events import ErrorReport, Event
from shared.settings import Settings
from shared.store import rule_store
from tests.support.documents import ROOT
from tests.support.factories import RunningWorker, lag, outbox, publish
from tests.support.real_server import RealServer
from tests.support.stories import STORIES, seconds
from tests.support.waiting import PATIENCE_S, until

BY_THE_CLOCK = ("plugin-silent", "metric-missing", "fleet-down")
"""Silence and the ticks of fleets are counted on the clock; their stories are played in the unit tests."""


def events(given: list[str], now_ms: int) -> list[Event]:
    """Return a story as events whose last one is now."""
    end_s = max(seconds(line.split()[0]) for line in given)
    found = []
    for line in given:
        when, plugin, *words = line.split()
        event = Event(plugin, at_ms=now_ms - (end_s - seconds(when)) * 1000)
        for word in words:
            name, _, value = word.partition("=")
            if name.startswith("state:"):
                event.states[name[6:]] = value
            elif name.startswith("label:"):
                event.labels[name[6:]] = value
            elif word.startswith("error:"):
                event.errors += (ErrorReport(word[6:]),)
            else:
                event.metrics[name] = float(value)
        found.append(event)
    return found


def command(server: RealServer, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "rules", "apply", "docs/cookbook", *arguments],
        cwd=ROOT, env={**os.environ, "REDIS_URL": server.url}, capture_output=True, text=True, check=True,
        timeout=PATIENCE_S,
    )  # fmt: skip
    return done.stdout


def test_each_recipe_fires_for_its_own_story_and_for_no_other(redis: Redis, server: RealServer) -> None:
    tried = command(server, "--dry-run")
    before = rule_store.load_all(redis)[1]
    applied = command(server)
    told = [story for story in STORIES if story["recipe"] not in BY_THE_CLOCK]
    with RunningWorker(server.url, "w", Settings(redis_url=server.url)) as worker:
        until(lambda: worker.heartbeat.ready and worker.heartbeat.counters["rules_revision"])
        now_ms = int(redis.time()[0] * 1000)
        for story in told:
            for lines in (story["fires"], story["quiet"]):
                publish(redis, 8, *events(lines, now_ms))
        publish(redis, 8, Event("last", metrics={"certificate_days_left": 1.0}))
        until(lambda: "last" in {t.plugin_id for t in outbox(redis, 8)})
        until(lambda: lag(redis, 8) == 0)
        fired = {(t.rule_id, t.plugin_id) for t in outbox(redis, 8) if t.kind == "firing"}

    ids = {story["recipe"]: story["recipe"] for story in told} | {
        "own-threshold": "memory-high",
        "dead-host": "host-down",
    }
    plugin_of = {"fires": {}, "quiet": {}}
    for story in told:
        for part, found in plugin_of.items():
            found[story["recipe"]] = story[part][0].split()[1]

    rules = (ROOT / "docs" / "cookbook").glob("*.toml")
    count = sum(file.read_text().count("[[rule]]") for file in rules)
    assert count == tried.count("+ ") > 20 and "Nothing was changed" in tried and [] == before
    assert f"{count} rules are live from docs/cookbook." in applied
    assert [] == [r for r, plugin in plugin_of["fires"].items() if (ids[r], plugin) not in fired]
    assert [] == [r for r, plugin in plugin_of["quiet"].items() if (ids[r], plugin) in fired]
