"""A plugin that makes up names, and a host that writes garbage, take no more room than a bound."""

from hypothesis import given
from hypothesis import strategies as st

from evaluator import plugin_memory
from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.index import Index
from evaluator.letters import AT_ONCE, EVERY_MS, PAYLOAD_LENGTH, Letters
from shared.model import dead_letter, reasons
from shared.model.events import Event
from tests.support.factories import a_rule

T = 1_700_000_000_000


def test_names_of_a_plugin_are_bounded_and_its_known_metrics_are_judged_on() -> None:
    engine, changes = Engine(Index([a_rule()])), Changes()
    engine.apply(Event("p", at_ms=T, metrics={"cpu": 1.0}), "1-0", T, changes)
    for k in range(50):
        metrics = {f"m{k}-{n}": 99.0 for n in range(1_000)}
        states = {f"s{k}-{n}": "on" for n in range(1_000)}
        engine.apply(Event("p", at_ms=T + k + 1, metrics=metrics, states=states), f"2-{k}", T, changes)
    engine.apply(Event("p", at_ms=T + 100, metrics={"new": 1.0, "cpu": 99.0}), "3-0", T, changes)
    (known,) = engine.plugins.memories()

    assert (plugin_memory.MAX_SERIES, plugin_memory.MAX_SERIES) == (len(known.series), len(known.states))
    assert ["firing"] == [transition.kind for transition in changes.transitions]
    assert 50_000 + 2 - plugin_memory.MAX_SERIES == changes.cut


@given(st.lists(st.tuples(st.integers(-2_000, 5_000), st.integers(0, 400), st.booleans()), max_size=40))
def test_every_refused_event_has_a_letter_or_is_counted_by_one(steps: list[tuple[int, int, bool]]) -> None:
    letters, now_ms, written, refused, not_kept, forward_ms = Letters(), T, [], 0, 0, 0
    for wait_ms, events, commits in steps:
        now_ms += wait_ms
        forward_ms += max(0, wait_ms)
        for n in range(events):
            letters.add(reasons.of("event.nothing_known"), f"{now_ms}-{n}", b"x" * 9_000, now_ms)
        letters.settle(now_ms)
        if commits:
            taken = letters.take()
            written += taken.letters
            refused += taken.refused
            not_kept += taken.not_kept
    letters.settle(now_ms, at_once=True)
    taken = letters.take()
    written += taken.letters
    own = [body for why, _, body in written if why.code == "event.nothing_known"]
    counted = [why.values["count"] for why, _, _ in written if why.code == dead_letter.NOT_KEPT]

    assert sum(events for _, events, _ in steps) == refused + taken.refused == len(own) + sum(counted)
    assert not_kept + taken.not_kept == sum(counted)
    assert len(own) <= AT_ONCE + forward_ms / EVERY_MS and len(counted) <= forward_ms / EVERY_MS + 1
    assert all(len(body) == PAYLOAD_LENGTH for body in own)
