"""
Plugins of one fleet breach and recover together, and the judge of what was decided: every value, from what the streams
hold.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from shared.model import fleet
from shared.model.events import Event
from shared.model.rules import Rule
from tests.chaos.verdict import Found, Verdict
from tests.chaos.workload import World
from tests.support.factories import a_rule
from tests.support.fleets import brute_force, condition_holds, expected, ticks_between

SIZE = 24
AVERAGE = a_rule(id="fleet-average", plugins="fleet-*", channels=["webhook"], group_by="none",
                 condition={"kind": "fleet", "metric": "busy", "aggregate": "avg", "operator": ">",
                            "threshold": 50})  # fmt: skip
SHARE = a_rule(id="fleet-share", plugins="fleet-*", channels=["webhook"], group_by="none",
               condition={"kind": "fleet", "metric": "busy", "aggregate": "share", "operator": ">=",
                          "threshold": 60, "each_operator": ">", "each_threshold": 80})  # fmt: skip
FLEET_RULES = [AVERAGE, SHARE]


def fleets(world: World, lane: int) -> None:
    """A part of the fleet breaches, so that either rule fires, or both, or none; then all of it recovers."""
    chance = random.Random(f"{world.seed}-fleets-{lane}")
    rounds = 0
    while not rounds or world.pause(chance.uniform(0.0, 2.0)):
        rounds += 1
        breaching = chance.choice((0.4, 0.7, 1.0))
        for n in chance.sample(range(SIZE), SIZE):
            value = 90.0 + chance.random() if n < breaching * SIZE else chance.random()
            world.publish(world.story(f"fleet-{n}", []), busy=value)
        if breaching > 0.6:
            for rule in FLEET_RULES:
                world.on_board(_plugin(rule), "firing")
        for n in range(SIZE):
            world.publish(world.story(f"fleet-{n}", []), busy=10.0 * chance.random())
        for rule in FLEET_RULES:
            world.off_board(_plugin(rule))


def judge_fleets(
    found: Sequence[Found], heard: Mapping[str, Sequence[tuple[int, Event]]], forgiven_ms: int, verdict: Verdict
) -> list[Found]:
    """
    Compare every decision about the fleet with a brute force over all that arrived.

    Args:
        heard: Plugin id → its events, and when they arrived by the server's clock.
        forgiven_ms: For how long nobody listened to some partition: ticks may be left out then, never decided wrong.

    Returns:
        What is not about the fleet.
    """
    events = sorted(
        (one for plugin_id, of_plugin in heard.items() if plugin_id.startswith("fleet-") for one in of_plugin),
        key=lambda one: one[0],
    )
    ours = [one for one in found if fleet.is_group(one.alert.plugin_id)]
    for rule in FLEET_RULES:
        changes = [
            Change(entry.kind, one.alert.started_at_ms, entry.at_ms, entry.value)
            for one in sorted(ours, key=lambda one: one.alert.started_at_ms)
            if (one.alert.rule_id, one.alert.plugin_id) == (rule.id, _plugin(rule))
            for entry in one.timeline
            if entry.kind in ("firing", "resolved")
        ]
        verdict.problems += _problems(rule, changes, events, is_exact=not forgiven_ms)
    verdict.counts["fleet_alerts"] = len(ours)
    return [one for one in found if one not in ours]


class Change(NamedTuple):
    """A firing or an end, as the timeline has it."""

    kind: str
    started_at_ms: int
    """The tick at which its alert fired."""
    decided_at_ms: int
    value: float | None


def _problems(
    rule: Rule, changes: Sequence[Change], events: Sequence[tuple[int, Event]], *, is_exact: bool
) -> Iterator[str]:
    """
    Args:
        is_exact: Whether no tick may be left out.
    """
    group = _plugin(rule)
    ticks = ticks_between(events[0][0], events[-1][0] + 2 * fleet.TICK_MS) if events else range(0)
    want = expected(rule, events, ticks)
    for kind, started_ms, decided_ms, value in changes:
        possible = [started_ms] if kind == "firing" else [t for t in ticks if started_ms < t <= decided_ms]
        if (kind, value) not in {
            ("firing" if condition_holds(rule, v) else "resolved", v)
            for v in (brute_force(rule, events, at_ms).get(group) for at_ms in possible)
        }:
            yield f"{group} {kind} after {started_ms}, decided at {decided_ms}: no tick has the value {value}"
    kinds = [change.kind for change in changes]
    if kinds != ["firing", "resolved"] * (len(kinds) // 2):
        yield f"{group} did not fire and resolve in turn: {kinds}"
    told = [(kind, group, started_ms, value) for kind, started_ms, _, value in changes if kind == "firing"]
    if is_exact and told != [one for one in want if one[0] == "firing"]:
        yield f"{group}: {told}, and not {want}"


def _plugin(rule: Rule) -> str:
    return f"{fleet.PREFIX}{rule.id}/all"
