"""
Plugins that are told apart by clocks: that beat without a pause, report errors in bursts, or whose clock steps.

What must become of them is said twice: by the model, and by what each lane waits for.
"""

import random
import threading
import time

from shared.clock import SystemClock
from shared.model.events import ErrorReport, Event
from shared.model.rules import Rule
from tests.chaos.model import ClockStory
from tests.chaos.workload import Broken, World
from tests.support.factories import a_rule

BEAT_S = 0.3
MISSED_S = 3
"""Naps are shorter, and so is what a takeover takes when one evaluator is killed; deaf for longer is forgiven."""
BURST_S = 4
HOUR_MS = 3_600_000
AHEAD_MS = 120_000
BACKFILL_STEP_MS = 5_000

BEATS_RULE = a_rule(id="beats", plugins="beats-*", channels=["webhook"], group_by="none",
                    condition={"kind": "absence", "seconds": MISSED_S})  # fmt: skip
BURSTS_RULE = a_rule(id="bursts", plugins="bursts-*", channels=["webhook"], group_by="none",
                     condition={"kind": "error", "seconds": BURST_S, "count": 3})  # fmt: skip
STEPS_RULE = a_rule(id="steps", plugins="steps-*", threshold=80, channels=["webhook"], group_by="none")
CLOCK_RULES = [BEATS_RULE, BURSTS_RULE, STEPS_RULE]


class Plugin(threading.Thread):
    """Publishes the same thing all the time, by a clock of its own."""

    def __init__(self, world: World, plugin_id: str, rule: Rule, **metrics: float) -> None:
        super().__init__(name=plugin_id, daemon=True)
        self.metrics = metrics
        self.ahead_ms = 0
        """Of the true time."""
        self.is_silent = False
        self.story = world.stories.setdefault(plugin_id, ClockStory(plugin_id, [rule]))
        self._world = world
        self._over = threading.Event()
        self._publishing = threading.Lock()

    def __enter__(self) -> "Plugin":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while not self._over.wait(BEAT_S):
            if not self.is_silent:
                self.say()

    def say(self, at_ms: int = 0, errors: int = 0) -> None:
        """Publish now; as of *at_ms* of its own clock, if given."""
        with self._publishing:
            at_ms = at_ms or SystemClock().now_ms() + self.ahead_ms
            reports = [{"type": "Timeout"}] * errors
            event = Event(self.story.plugin_id, at_ms=at_ms, metrics=dict(self.metrics))
            event.errors = [ErrorReport("Timeout")] * errors
            self._world.publisher.publish(event.plugin_id, metrics=event.metrics, errors=reports, at_ms=at_ms)
            self.story.event(event)


def beats(world: World, lane: int) -> None:
    """A plugin beats; now and then it is silent, and then it is missed, and never else. It ends in silence."""
    chance = random.Random(f"{world.seed}-beats-{lane}")
    with Plugin(world, f"beats-{lane}", BEATS_RULE, cpu=1.0) as plugin:
        while world.pause(chance.uniform(3.0, 8.0)):
            if chance.random() < 0.4:
                plugin.is_silent = True
                world.on_board(plugin.story.plugin_id, "firing")
                plugin.is_silent = False
                world.off_board(plugin.story.plugin_id)
    world.on_board(plugin.story.plugin_id, "firing")


def bursts(world: World, lane: int) -> None:
    """A plugin reports many errors at once, then none: each burst is one alert."""
    chance = random.Random(f"{world.seed}-bursts-{lane}")
    with Plugin(world, f"bursts-{lane}", BURSTS_RULE, cpu=1.0) as plugin:
        while world.pause(chance.uniform(0.5, 3.0)):
            plugin.say(errors=chance.randint(3, 6))
            world.pause(chance.uniform(0.0, 2.0))
            if chance.random() < 0.5:
                plugin.say(errors=chance.randint(1, 6))
            world.evaluated(plugin.story)
            world.off_board(plugin.story.plugin_id)


def clock_back(world: World, lane: int) -> None:
    """A clock goes back by an hour: what holds then is told, and that it ends."""
    _step(world, f"steps-back-{lane}", before_ms=0, after_ms=-HOUR_MS)


def clock_ahead(world: World, lane: int) -> None:
    """A clock was ahead by two minutes, and is set right."""
    _step(world, f"steps-ahead-{lane}", before_ms=AHEAD_MS, after_ms=0)


def _step(world: World, plugin_id: str, before_ms: int, after_ms: int) -> None:
    with Plugin(world, plugin_id, STEPS_RULE, cpu=10.0) as plugin:
        plugin.ahead_ms = before_ms
        world.pause(3.0)
        plugin.ahead_ms, plugin.metrics = after_ms, {"cpu": 95.0}
        world.on_board(plugin_id, "firing")
        plugin.metrics = {"cpu": 10.0}
        world.off_board(plugin_id)


def backfill(world: World, lane: int) -> None:
    """A plugin sends the hour it could not send, faster than real time, and nothing else: none of it is told."""
    with Plugin(world, f"steps-backfill-{lane}", STEPS_RULE, cpu=10.0) as plugin:
        world.pause(2.0)
        plugin.is_silent = True
        world.pause(2 * BEAT_S)
        plugin.metrics = {"cpu": 95.0}
        end_ms = plugin.story.events[-1].at_ms
        at_ms = end_ms - HOUR_MS
        while at_ms < end_ms:
            plugin.say(at_ms)
            at_ms += BACKFILL_STEP_MS
            time.sleep(BACKFILL_S / (HOUR_MS / BACKFILL_STEP_MS))
        world.evaluated(plugin.story)
        if world.api("GET", f"/alerts/history?plugin_id={plugin.story.plugin_id}")["alerts"]:
            raise Broken("a backfill was told as news")
        plugin.metrics, plugin.is_silent = {"cpu": 10.0}, False
        world.pause(1.0)


BACKFILL_S = 36.0
"""Longer than a clock that stepped back is late before it is known for one."""
NAP_LANES = {"beats": beats, "bursts": bursts}
CLOCK_LANES = {"clock back": clock_back, "clock ahead": clock_ahead, "backfill": backfill}
