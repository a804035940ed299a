"""A plugin that makes up names is remembered up to a bound, and its known metrics are judged on."""

from evaluator import plugin_memory
from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.index import Index
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
