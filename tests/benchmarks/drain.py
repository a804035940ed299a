"""Evaluators draining a backlog: 4 metrics an event, 1,000 plugins, 0.1 % transitions, committed."""

from tests.benchmarks._backlog import EVALUATOR, RAW_READER, alternate, backlog, usual_events, usual_rules
from tests.benchmarks.figures import Figure, Size, Target

EVENTS = 400_000
PACKED = 2_000_000
PER_ENTRY = 50


def run(size: Size) -> list[Figure]:
    """Measure one event an entry, then as publishers pack them under load."""
    with backlog() as one:
        one.fill(usual_events(size.of(EVENTS)))
        few, many = usual_rules(100), usual_rules(size.of(10_000, 200), touching=size.of(1_000, 100))
        one.replace_rules(few)
        floor, with_few = alternate(size.rounds, lambda: one.drain(RAW_READER), lambda: one.drain(EVALUATOR))
    return [
        Figure(
            "drain",
            "one evaluator drains a backlog, 100 rules, one event an entry",
            "events/s",
            with_few,
            "hiredis, XREADGROUP 1,000 and XACK, nothing decoded",
            floor,
            Target(0.6),
        ),
    ]
