"""One evaluator draining a backlog: 100 rules, 4 metrics an event, 1,000 plugins, 0.1 % transitions, committed."""

from tests.benchmarks._backlog import alternate, backlog, usual_events, usual_rules
from tests.benchmarks.figures import Figure, Size, Target

EVENTS = 300_000
PACKED_EVENTS = 600_000
PER_ENTRY = 50
FLOOR = "hiredis, XREADGROUP 1,000 and XACK, nothing decoded"


def run(size: Size) -> list[Figure]:
    """Measure one event an entry, and then as publishers pack them when there are many."""
    with backlog() as one:
        one.replace_rules([])
        one.fill(usual_events(size.of(EVENTS)))
        one.replace_rules(usual_rules(100))
        floor, single = alternate(size.rounds, one.read_raw, one.drain)
        one.fill(usual_events(size.of(PACKED_EVENTS)), PER_ENTRY)
        one.replace_rules(usual_rules(100))
        packed_floor, packed = alternate(size.rounds, one.read_raw, one.drain)
    what = "one evaluator drains a backlog, 100 rules, 4 metrics an event"
    return [
        Figure("drain", f"{what}, one event an entry", "events/s", single, FLOOR, floor, Target(0.6)),
        Figure("drain_packed", f"{what}, {PER_ENTRY} events an entry", "events/s", packed, FLOOR, packed_floor),
    ]
