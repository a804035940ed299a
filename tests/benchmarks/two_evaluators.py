"""Two evaluators on the same cores as the server; and two raw readers, who show what there is to be had."""

from tests.benchmarks._backlog import alternate, backlog, usual_events, usual_rules
from tests.benchmarks.figures import Figure, Size, Target

EVENTS = 250_000


def run(size: Size) -> list[Figure]:
    with backlog() as shared:
        shared.fill(usual_events(size.of(EVENTS)))
        shared.replace_rules(usual_rules(100))
        one, two, one_raw, two_raw = alternate(
            size.rounds,
            shared.drain,
            lambda: shared.drain(evaluators=2),
            shared.read_raw,
            lambda: shared.read_raw(readers=2),
        )
    return [
        Figure("two_evaluators", "two evaluators drain a backlog", "events/s", two, "one evaluator", one, Target(1.3)),
        Figure("two_readers", "two raw readers, nothing decoded", "events/s", two_raw, "one raw reader", one_raw),
    ]
