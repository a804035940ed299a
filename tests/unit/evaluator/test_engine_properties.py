"""The fold gives what a ten-line model gives, however it is cut into batches and wherever it is taken over."""

from hypothesis import given
from hypothesis import strategies as st

from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.index import Index
from shared.model.events import Event
from tests.support.factories import a_rule
from tests.support.reference_model import OPERATORS, T, events_of, reference


@given(events_of, st.sampled_from(list(OPERATORS)), st.sampled_from([0, 10, 20_000]), st.lists(st.integers(0, 60)))
def test_engine_gives_the_transitions_of_the_reference_model(
    events: list[Event], operator: str, for_ms: int, takeovers: list[int]
) -> None:
    index = Index([a_rule(operator=operator, for_seconds=for_ms / 1000)])
    engine = Engine(index)
    changes = Changes()
    for i, event in enumerate(events):
        if i in takeovers:
            # A new owner remembers by folding the log again, and takes the snapshots as committed.
            committed = {k: s for k, s in changes.snapshots.items() if s is not None}
            engine = Engine(index, snapshots=committed)
            for earlier in events[:i]:
                engine.plugins.remember(earlier, T)
        engine.apply(event, f"{i}-0", T, changes)
    told = [(t.kind, t.plugin_id, t.at_ms) for t in changes.transitions if t.kind not in ("pending", "cleared")]

    assert reference(events, operator, 80.0, for_ms) == told


@given(events_of)
def test_folding_a_log_twice_opens_the_same_alerts(events: list[Event]) -> None:
    runs = []
    for _ in range(2):
        changes = Changes()
        engine = Engine(Index([a_rule(cooldown_minutes=1)]))
        for i, event in enumerate(events):
            engine.apply(event, f"{i}-0", event.at_ms, changes)
        runs.append([(t.kind, t.alert_id) for t in changes.transitions])

    assert runs[0] == runs[1]
