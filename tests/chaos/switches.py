"""A channel is switched off and on while its provider breaks off amid sends, and alerts end meanwhile."""

import random
from collections.abc import Callable

from shared.store import channel_store
from tests.chaos.destinations import Destinations
from tests.chaos.model import Story
from tests.chaos.workload import World
from tests.support.factories import a_rule

SWITCHED_RULE = a_rule(id="switched", plugins="switched-*", channels=["discord"], group_by="none")


def lane(heard: Destinations) -> Callable[[World, int], None]:
    """Return the lane, of operators who do that."""

    def switches(world: World, lane: int) -> None:
        chance = random.Random(f"{world.seed}-switches-{lane}")
        rounds = 0
        while world.pause(chance.uniform(0.1, 0.5)):
            # A plugin of its own each round: one that fires again and again is flapping after three, and held back.
            rounds += 1
            plugin = f"switched-{lane}-{rounds}"
            story = world.story(plugin, [SWITCHED_RULE])
            heard.breaks_off_s = chance.choice((None, 0.0, 0.5, 2.0))
            world.publish(story, cpu=95.0)
            alert_id = world.on_board(plugin, "firing")["id"]
            if chance.random() < 0.8:
                world.wait(lambda i=alert_id: heard.heard_of("discord", i), "somebody is told, or may have been")
            world.pause(chance.uniform(0.0, 1.0))
            _switch(world, heard, on=False)
            ends_while_off = chance.random() < 0.5
            if ends_while_off:
                _end(world, story)
            world.pause(chance.uniform(0.0, 1.5))
            heard.breaks_off_s = None
            _switch(world, heard, on=True)
            if not ends_while_off:
                world.pause(chance.uniform(0.0, 1.0))
                _end(world, story)
            # What was given up while the channel was off is tried again by whoever switched it on.
            world.wait(lambda: _none_given_up(world), "nothing is given up any more")
            if "firing" in heard.heard_of("discord", alert_id):
                world.wait(
                    lambda i=alert_id: _none_given_up(world) and heard.heard_of("discord", i)[-1] == "resolved",
                    "who may have been told of the firing hears of its end",
                )
        world.wait(lambda: _none_given_up(world), "nothing is given up any more")

    return switches


def _switch(world: World, heard: Destinations, *, on: bool) -> None:
    def switch() -> bool:
        channel_store.save(world.redis, "discord", {**heard.discord, "enabled": on})
        return True

    world.wait(switch, "the channel is switched")
    world.acts += 1


def _end(world: World, story: Story) -> None:
    world.publish(story, cpu=10.0)
    world.off_board(story.plugin_id)


def _none_given_up(world: World) -> bool:
    if world.api("GET", "/notifications/dead")["total"]:
        world.api("POST", "/notifications/retry", json={"channel": "discord"})
        return False
    return True
