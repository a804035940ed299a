"""What happens in a chaos run: plugins breach and recover; operators edit, acknowledge, resolve and silence."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import requests
from redis import Redis
from redis.exceptions import RedisError

from producers.publisher import Publisher
from shared.clock import SystemClock
from shared.model.events import Event
from shared.model.partitions import DEFAULT_PARTITIONS, partition_of
from shared.model.rules import Rule
from shared.redis import connection, keys
from tests.chaos.model import Story
from tests.support.factories import a_rule

T = TypeVar("T")

EDIT_S = 4.0
"""After an edit, events wait longer than an evaluator that knows the old rules can sleep and keep its lease."""
SILENCE_S = 5.5
"""The same for silences and the router's seat."""
PATIENCE_S = 75.0
"""How long one step may take amid all that is done to the system."""

STORM_RULES = [
    a_rule(id="storm-cpu", metric="cpu", threshold=80, plugins="storm-*", channels=["webhook"]),
    a_rule(id="storm-held", metric="mem", threshold=80, plugins="storm-*", channels=["webhook"], for_seconds=2),
    a_rule(id="storm-hysteresis", metric="disk", threshold=80, plugins="storm-*", channels=["webhook", "web"],
           recover={"threshold": 50.0}),
]  # fmt: skip


class World:
    """What all lanes of the workload share."""

    def __init__(self, url: str, base: str, token: str, seed: int, over_at: float) -> None:
        self.stories: dict[str, Story] = {}
        self.problems: list[str] = []
        self.silenced: list[tuple[str, int]] = []
        """(plugin, started_at_ms) of alerts that nobody must hear of."""
        self.acts = 0
        self.over_at = over_at
        self.seed = seed
        self.redis: Redis = connection.connect(url)
        self.publisher = Publisher(url)
        self._base = base
        self._headers = {"Authorization": f"Bearer {token}"}

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.over_at

    def story(self, plugin_id: str, rules: list[Rule]) -> Story:
        return self.stories.setdefault(plugin_id, Story(plugin_id, rules))

    def publish(self, story: Story, **metrics: float) -> None:
        """Publish one event, and have the model know of it."""
        last_ms = story.events[-1].at_ms if story.events else 0
        event = Event(story.plugin_id, at_ms=max(SystemClock().now_ms(), last_ms + 1), metrics=metrics)
        self.publisher.publish(event.plugin_id, metrics=metrics, at_ms=event.at_ms)
        story.event(event)

    def evaluated(self, story: Story) -> None:
        """Wait until all that was published of a plugin is decided: what comes now cannot change it."""
        p = partition_of(story.plugin_id, DEFAULT_PARTITIONS)

        def is_decided() -> bool:
            if not self.publisher.flush(1.0):
                return False
            newest = self.redis.xrevrange(keys.events(p), count=1)[0][0]
            position = self.redis.xinfo_groups(keys.events(p))[0]["last-delivered-id"]
            return not self.redis.xrange(keys.events(p), min=b"(" + position, max=newest, count=1)

        self.wait(is_decided, f"the events of {story.plugin_id} decided")

    def api(self, method: str, path: str, *, ok: tuple[int, ...] = (200,), **options: Any) -> Any:
        """Call the API as a patient operator does: again, until there is an answer."""

        def call() -> requests.Response | None:
            with suppress(requests.RequestException):
                answer = requests.request(method, self._base + path, headers=self._headers, timeout=10, **options)
                if answer.status_code < 500 and answer.status_code != 429:
                    return answer
            return None

        answer = self.wait(call, f"{method} {path}")
        if answer.status_code not in ok:
            raise Broken(f"{method} {path} was answered {answer.status_code}: {answer.text[:200]}")
        self.acts += 1
        return answer.json() if answer.content else None

    def wait(self, true: Callable[[], T | None], what: str) -> T:
        """Wait for something to be so, whatever happens to Redis meanwhile."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            with suppress(RedisError):
                found = true()
                if found:
                    return found
            time.sleep(0.1)
        raise Broken(f"waited {PATIENCE_S:g} s in vain: {what}")

    def on_board(self, plugin_id: str, *states: str) -> dict[str, Any]:
        """Wait until the plugin's alert is on the board, as the API shows it."""

        def look() -> dict[str, Any] | None:
            found = self.api("GET", f"/alerts/active?plugin_id={plugin_id}")["alerts"]
            return found[0] if found and found[0]["state"] in states else None

        return self.wait(look, f"an alert of {plugin_id} that is {' or '.join(states)}")

    def off_board(self, plugin_id: str) -> None:
        self.wait(lambda: not self.api("GET", f"/alerts/active?plugin_id={plugin_id}")["alerts"], f"{plugin_id} quiet")

    def pause(self, seconds: float) -> bool:
        """Let time pass; returns whether there is time left for more."""
        time.sleep(seconds)
        return not self.is_over


class Broken(Exception):
    """A lane could not go on."""


def storm(world: World, plugins: int, events_per_s: float) -> None:
    """Many plugins that now and then breach and recover."""
    chance = random.Random(f"{world.seed}-storm")
    values = {n: {"cpu": 20.0, "mem": 20.0, "disk": 20.0} for n in range(plugins)}
    while not world.is_over:
        n = chance.randrange(plugins)
        metric = chance.choice(("cpu", "mem", "disk"))
        if chance.random() < 0.3:
            values[n][metric] = chance.choice((20.0, 60.0, 95.0))
        world.publish(world.story(f"storm-{n}", STORM_RULES), **values[n])
        time.sleep(chance.expovariate(events_per_s))


def operators(world: World, lane: int) -> None:
    """Somebody acknowledges, or resolves by hand, or looks on."""
    chance = random.Random(f"{world.seed}-operators-{lane}")
    plugin = f"operators-{lane}"
    rule = operators_rule(lane)
    story = world.story(plugin, [rule])
    place = (keys.snapshots(partition_of(plugin, DEFAULT_PARTITIONS)), f"{rule.id}\0{plugin}")
    while world.pause(chance.uniform(0.1, 1.0)):
        world.publish(story, cpu=95.0)
        alert = world.on_board(plugin, "firing")
        act = chance.choice(("acknowledge", "acknowledge", "resolve", "nothing"))
        world.pause(chance.uniform(0.0, 1.5))
        if act == "acknowledge":
            world.api("POST", f"/alerts/{alert['id']}/acknowledge", json={"comment": "봅니다"})
            story.acknowledged()
        if act == "resolve":
            # 409: a call whose answer was lost had done it.
            world.api("POST", f"/alerts/{alert['id']}/resolve", ok=(200, 409))
            world.wait(lambda: not world.redis.hexists(*place), "the owner obeys the operator")
            story.resolved_by_hand(SystemClock().now_ms())
        world.pause(chance.uniform(0.0, 1.0))
        world.publish(story, cpu=10.0)
        world.off_board(plugin)


def edits(world: World, lane: int) -> None:
    """Somebody edits, switches off, deletes and makes anew the rule of an alert that fires."""
    chance = random.Random(f"{world.seed}-edits-{lane}")
    plugin = f"edits-{lane}"
    rule = edits_rule(lane)
    story = world.story(plugin, [rule])
    address = f"/rules/{rule.id}"

    def told_of(now: list[Rule]) -> None:
        world.pause(EDIT_S)
        story.rules(now, SystemClock().now_ms())

    while world.pause(chance.uniform(0.1, 1.0)):
        world.publish(story, cpu=90.0)
        world.on_board(plugin, "firing")
        act = chance.choice(("raise", "rename", "disable", "delete"))
        if act == "raise":
            world.api("PATCH", address, json={"threshold": 93.0})
            told_of([a_rule(**{**_fields(rule), "threshold": 93.0})])
        elif act == "rename":
            world.api("PATCH", address, json={"name": "새 이름"})
            told_of([a_rule(**{**_fields(rule), "name": "새 이름"})])
        elif act == "disable":
            world.api("POST", f"{address}/disable")
            told_of([rule.model_copy(update={"enabled": False})])
        else:
            world.api("DELETE", address, ok=(204, 404))
            told_of([])
        world.publish(story, cpu=90.0)
        world.evaluated(story)
        world.api("PUT", address, json=_fields(rule))
        told_of([rule])
        world.publish(story, cpu=10.0)
        world.evaluated(story)
        # Else the next round takes this alert for its own, and edits the rule before it has fired.
        world.off_board(plugin)


def silences(world: World, lane: int) -> None:
    """Somebody silences a plugin before it breaches, and sometimes ends the silence while it still does."""
    chance = random.Random(f"{world.seed}-silences-{lane}")
    rule = silences_rule(lane)
    for n in range(1_000):
        # A plugin of its own each round: one that fires again and again is flapping, and held back.
        plugin = f"silences-{lane}-{n}"
        story = world.story(plugin, [rule])
        now_ms = SystemClock().now_ms()
        silence = {
            "id": f"silence-{lane}-{n}",
            "matchers": [{"name": "plugin_id", "value": plugin}],
            "starts_at_ms": now_ms - 60_000,
            "ends_at_ms": now_ms + 3_600_000,
            "comment": "정비",
        }
        world.api("POST", "/silences", json=silence, ok=(201,))
        if not world.pause(SILENCE_S):
            return
        world.publish(story, cpu=95.0)
        alert = world.on_board(plugin, "firing")
        if "silenced" not in alert["suppressed"]:
            raise Broken(f"{plugin} fired and was not silenced")
        if chance.random() < 0.5:
            world.silenced.append((plugin, story.newest.started_at_ms))
            world.publish(story, cpu=10.0)
            world.off_board(plugin)
        expire = f"/silences/{silence['id']}/expire"
        world.api("POST", expire)
        if story.newest.is_open:
            address = f"/alerts/{alert['id']}"
            world.wait(
                lambda path=address: world.api("GET", path)["channels"].get("webhook", {}).get("told") == "firing",
                "told when the silence ended",
            )
            world.publish(story, cpu=10.0)
            world.off_board(plugin)
        if not world.pause(chance.uniform(0.1, 1.0)):
            return


def operators_rule(lane: int) -> Rule:
    channels = ["webhook", "slack", "web"]
    return a_rule(id=f"operators-{lane}", plugin_id=f"operators-{lane}", channels=channels, group_by="none")


def edits_rule(lane: int) -> Rule:
    return a_rule(id=f"edits-{lane}", plugin_id=f"edits-{lane}", channels=["webhook"])


def silences_rule(lane: int) -> Rule:
    channels = ["webhook", "slack"]
    return a_rule(id=f"silences-{lane}", plugins=f"silences-{lane}-*", channels=channels, group_by="none")


LANES = {"operators": operators, "edits": edits, "silences": silences}
RULES = {"operators": operators_rule, "edits": edits_rule, "silences": silences_rule}


def run(
    world: World, lanes: int, plugins: int, events_per_s: float, once: Mapping[str, Callable[..., None]] | None = None
) -> None:
    """
    Run all lanes until the time is over and each has come to the end of a step.

    Args:
        once: More lanes, one of each.
    """

    def guarded(name: str, lane: Callable[..., None], *arguments: Any) -> None:
        try:
            lane(world, *arguments)
        except Exception as error:
            world.problems.append(f"{name}: {type(error).__name__}: {error}")

    threads = [threading.Thread(target=guarded, args=("storm", storm, plugins, events_per_s), daemon=True)]
    for name, lane in LANES.items():
        for n in range(lanes):
            threads.append(threading.Thread(target=guarded, args=(f"{name} {n}", lane, n), daemon=True))
    for name, lane in (once or {}).items():
        threads.append(threading.Thread(target=guarded, args=(name, lane, 0), daemon=True))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _fields(rule: Rule) -> dict[str, Any]:
    """Return a rule as somebody would write it."""
    simple = {"metric": rule.metric, "operator": rule.operator, "threshold": rule.threshold}
    kept = {"id": rule.id, "name": rule.name, "plugin_id": rule.plugin_id, "channels": rule.channels}
    return {**kept, **simple, "cooldown_minutes": 0}
