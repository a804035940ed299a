"""What a fleet rule over 10,000 plugins costs: a drain with and without it, with a tick every 5 s of the log."""

from collections.abc import Iterator

from shared.model import rules
from shared.model.events import Event
from shared.model.fleet import TICK_MS
from shared.model.partitions import DEFAULT_PARTITIONS
from shared.redis import keys
from tests.benchmarks._backlog import METRICS, Backlog, alternate, backlog, usual_events, usual_rules
from tests.benchmarks.figures import Figure, Size, Target

PLUGINS = 10_000
EVENTS = 300_000
AHEAD_MS = 50_000
"""The log begins so long after it is written, so that its own entries bring about its ticks, and not the clock."""
FLEET = {
    "id": "fleet",
    "name": "fleet",
    "condition": {
        "kind": "fleet",
        "metric": METRICS[0],
        "aggregate": "share",
        "each_operator": ">",
        "each_threshold": 40,
        "operator": ">",
        "threshold": 99,
    },
}


def run(size: Size) -> list[Figure]:
    usual = usual_rules(100)
    with backlog() as one:
        floor, measured = alternate(
            size.rounds,
            lambda: with_rules(one, usual, size),
            lambda: with_rules(one, [*usual, rules.parse(FLEET)], size),
        )
    what = f"one evaluator drains a backlog, 100 rules and one fleet rule over {PLUGINS:,} plugins"
    return [Figure("fleet", what, "events/s", measured, "without the fleet rule", floor, Target(0.9))]


def with_rules(one: Backlog, new: list[rules.Rule], size: Size) -> float:
    events = size.of(EVENTS)
    # Each run has a log of its own: a tick is reported once.
    one.fill(_ahead(events, size.of(PLUGINS)), is_log_of_its_time=True)
    one.replace_rules(new)
    rate = one.drain()
    reported = one.redis.xinfo_stream(keys.events(0))["length"] - _entries(one)
    ticks = events // size.of(PLUGINS) * 1_000 // TICK_MS
    is_with = any(rule.id == FLEET["id"] for rule in new)
    assert reported >= (ticks - 1) * DEFAULT_PARTITIONS * is_with, f"{reported} reports in a log of {ticks} ticks"
    return rate


def _ahead(count: int, plugins: int) -> Iterator[Event]:
    for event in usual_events(count, plugins=plugins):
        event.at_ms += AHEAD_MS
        yield event


def _entries(one: Backlog) -> int:
    """Return how many entries of partition 0 hold events."""
    return sum(keys.EVENT_FIELD in fields for _, fields in one.redis.xrange(keys.events(0)))
