"""What rules cost that a sample does not match: the drain of `drain` with a hundred times as many."""

from shared.model.rules import Rule
from tests.benchmarks._backlog import Backlog, alternate, backlog, usual_events, usual_rules
from tests.benchmarks.figures import Figure, Size, Target

EVENTS = 200_000
RULES = 10_000
TOUCHING = 1_000


def run(size: Size) -> list[Figure]:
    few, many = usual_rules(100), usual_rules(size.of(RULES, 200), touching=size.of(TOUCHING, 100))
    with backlog() as one:
        one.fill(usual_events(size.of(EVENTS)))
        floor, measured = alternate(size.rounds, lambda: with_rules(one, few), lambda: with_rules(one, many))
    what = f"one evaluator drains a backlog, {RULES:,} rules of which each event's metrics touch {TOUCHING:,}"
    return [Figure("many_rules", what, "events/s", measured, "with 100 rules", floor, Target(0.8))]


def with_rules(one: Backlog, rules: list[Rule]) -> float:
    one.replace_rules(rules)
    return one.drain()
