"""Durations in seconds are the nearest whole number of milliseconds, whatever binary fraction they are."""

from hypothesis import example, given
from hypothesis import strategies as st

from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.index import Index
from tests.support.factories import a_rule, an_event

T = 1_700_000_000_000
# 1.001 * 1000 is a little less than 1001, and 1.0005 s lie between two milliseconds.
durations = st.one_of(st.integers(1_000, 100_000).map(lambda ms: ms / 1000), st.floats(1, 100))


@given(durations)
@example(1.001)
@example(2.007)
@example(1.0005)
def test_absence_of_any_duration_fires_by_the_clock_and_only_then(seconds: float) -> None:
    engine = Engine(Index([a_rule(condition={"kind": "absence", "seconds": seconds})]))
    changes = Changes()
    engine.apply(an_event(T, x=1.0), "1-0", T, changes)
    length_ms = round(seconds * 1000)

    engine.pass_time(T + length_ms - 1, changes)
    assert not changes.transitions
    engine.pass_time(T + length_ms, changes)
    assert ["firing"] == [t.kind for t in changes.transitions]


@given(durations)
@example(1.001)
def test_rate_compares_samples_that_come_exactly_so_far_apart(seconds: float) -> None:
    rate = {"kind": "rate", "metric": "x", "operator": ">", "threshold": 0, "seconds": seconds}
    engine = Engine(Index([a_rule(condition=rate)]))
    changes = Changes()
    for n in range(2):
        at_ms = T + n * round(seconds * 1000)
        engine.apply(an_event(at_ms, x=float(n)), f"{n}-0", at_ms, changes)

    assert ["firing"] == [t.kind for t in changes.transitions]


@given(durations)
@example(1.001)
def test_condition_must_hold_for_all_of_its_duration(seconds: float) -> None:
    loud = {"kind": "threshold", "metric": "x", "operator": ">", "threshold": 0}
    engine = Engine(Index([a_rule(condition=loud, for_seconds=seconds)]))
    length_ms = round(seconds * 1000)
    kinds: list[list[str]] = []
    for n, after_ms in enumerate((0, length_ms - 1, length_ms)):
        changes = Changes()
        engine.apply(an_event(T + after_ms, x=1.0), f"{n}-0", T + after_ms, changes)
        kinds.append([t.kind for t in changes.transitions])

    assert [["pending"], [], ["firing"]] == kinds
