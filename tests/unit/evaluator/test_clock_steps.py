"""A plugin whose clock stepped back begins its series anew; a backfill begins nothing anew."""

from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evaluator import checkpoint
from evaluator.changes import Changes
from evaluator.checkpoint import SavedPlugin
from evaluator.clock_steps import STEADY_FOR_MS
from evaluator.engine import Engine
from evaluator.index import Index
from shared.model.events import ErrorReport, Event
from tests.support.factories import a_rule

T = 1_700_000_000_000
WINDOW = {"kind": "window", "metric": "x", "statistic": "max", "seconds": 60, "operator": ">", "threshold": 5}
RULES: dict[str, dict[str, Any]] = {
    "threshold": {"condition": {"kind": "threshold", "metric": "x", "operator": ">", "threshold": 5}},
    "held": {"condition": {"kind": "threshold", "metric": "x", "operator": ">", "threshold": 5}, "for_seconds": 5},
    "window": {"condition": WINDOW},
    "rate": {"condition": {"kind": "rate", "metric": "x", "seconds": 60, "operator": ">", "threshold": 0}},
    "state": {"condition": {"kind": "state", "state": "s", "is_in": ["bad"]}},
    "error": {"condition": {"kind": "error", "seconds": 60, "count": 1}},
    "compound": {"condition": {"kind": "compound", "join": "all", "conditions": [WINDOW]}},
}


def an_engine(*names: str) -> Engine:
    return Engine(Index([a_rule(id=name, **RULES[name]) for name in names]))


def report(engine: Engine, changes: Changes, heard_ms: int, at_ms: int, bad: bool = False, plugin: str = "p") -> None:
    value = 9.0 + (heard_ms - T) / 1e9 if bad else 1.0
    errors = [ErrorReport("E")] if bad else []
    event = Event(plugin, at_ms=at_ms, metrics={"x": value}, states={"s": "bad" if bad else "ok"}, errors=errors)
    engine.apply(event, f"{heard_ms}-0", heard_ms, changes, heard_ms)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("step_ms", [120_000, 300_000, 3_600_000, 86_400_000])
@pytest.mark.parametrize("every_ms", [300, 1_000, 15_000])
def test_rules_go_on_after_a_plugins_clock_stepped_back(name: str, step_ms: int, every_ms: int) -> None:
    engine, changes = an_engine(name), Changes()
    for heard_ms in range(T, T + 60_000, every_ms):
        report(engine, changes, heard_ms, heard_ms)
    stepped_ms = T + 60_000
    for heard_ms in range(stepped_ms, stepped_ms + 120_000, every_ms):
        report(engine, changes, heard_ms, heard_ms - step_ms, bad=True)
    fired = [t for t in changes.transitions if t.kind == "firing"]

    assert changes.restarted > 0
    assert [name] == [t.rule_id for t in fired]
    assert STEADY_FOR_MS <= fired[0].decided_at_ms - stepped_ms <= STEADY_FOR_MS + 7_000 + 2 * every_ms


def test_clock_that_was_ahead_and_is_set_right_begins_anew() -> None:
    engine, changes = an_engine("threshold", "window"), Changes()
    for second in range(60):
        report(engine, changes, T + second * 1000, T + second * 1000 + 250_000)
    for second in range(60, 100):
        report(engine, changes, T + second * 1000, T + second * 1000, bad=True)

    assert {"threshold", "window"} == {t.rule_id for t in changes.transitions}
    assert 3 == changes.restarted  # the metric, the state and the plugin


def test_what_is_open_when_the_clock_steps_back_goes_on_and_ends() -> None:
    engine, changes = an_engine("held", "window"), Changes()
    for second in range(60):
        report(engine, changes, T + second * 1000, T + second * 1000, bad=True)
    for second in range(60, 200):
        report(engine, changes, T + second * 1000, T + second * 1000 - 3_600_000)

    assert ["firing", "resolved"] == [t.kind for t in changes.transitions if t.rule_id == "window"]
    assert ["pending", "firing", "resolved"] == [t.kind for t in changes.transitions if t.rule_id == "held"]


def test_alert_that_is_pending_when_the_clock_steps_back_fires_after_its_duration_by_the_new_clock() -> None:
    engine, changes = an_engine("held"), Changes()
    report(engine, changes, T, T, bad=True)
    for second in range(1, 60):
        report(engine, changes, T + second * 1000, T + second * 1000 - 3_600_000, bad=True)

    assert ["pending", "firing"] == [t.kind for t in changes.transitions]
    assert 5_000 == changes.transitions[1].at_ms - changes.transitions[1].since_ms


@settings(max_examples=150)
@given(
    st.integers(40_000, 90_000_000),
    st.integers(200, 10_000),
    st.lists(st.integers(0, 1_000), min_size=1, max_size=20),
)
def test_any_step_with_any_jitter_is_found_within_a_minute(step_ms: int, every_ms: int, jitter: list[int]) -> None:
    engine, changes = an_engine("threshold"), Changes()
    report(engine, changes, T, T)
    for i, heard_ms in enumerate(range(T + every_ms, T + 75_000, every_ms)):
        report(engine, changes, heard_ms, heard_ms - step_ms - jitter[i % len(jitter)], bad=True)

    # A step that is over before it is steady for long enough needs nothing.
    assert ["firing"] == [t.kind for t in changes.transitions]


@settings(max_examples=150)
@given(
    st.floats(2, 1000),
    st.integers(50, 40_000),
    st.integers(1, 40),
    st.integers(60_000, 86_400_000),
    st.lists(st.integers(-500, 500), min_size=1, max_size=20),
)
@example(2.0, 1000, 1, 3_600_000, [0])
@example(2.0, 40_000, 1, 3_600_000, [0])
@example(1000.0, 10_000, 40, 86_400_000, [0])
def test_backfill_faster_than_real_time_restarts_and_decides_nothing(
    speed: float, every_ms: int, burst: int, behind_ms: int, jitter: list[int]
) -> None:
    """It comes in bursts of entries, each of *burst* samples, and runs until it has caught up."""
    engine, changes = an_engine("threshold", "window"), Changes()
    report(engine, changes, T, T)
    for i in range(60):
        heard_ms = T + (i + 1) * every_ms
        for n in range(burst):
            at_ms = int(T - behind_ms + (i + (n + 1) / burst) * every_ms * speed) + jitter[i % len(jitter)]
            if at_ms < T - 61_000:
                report(engine, changes, heard_ms, at_ms, bad=True)

    assert 0 == changes.restarted
    assert [] == changes.transitions


@given(st.integers(1, 29), st.integers(60_000, 3_600_000))
def test_newer_sample_between_late_ones_restarts_nothing(every: int, behind_ms: int) -> None:
    """As when two machines publish under one id, and the clock of one is wrong."""
    engine, changes = an_engine("threshold"), Changes()
    for second in range(300):
        late = second % every != 0
        report(engine, changes, T + second * 1000, T + second * 1000 - late * behind_ms, bad=late)

    assert 0 == changes.restarted
    assert [] == changes.transitions


def test_one_stepped_series_begins_anew_while_the_others_go_on() -> None:
    engine, changes = an_engine("threshold"), Changes()
    engine.apply(Event("p", at_ms=T, metrics={"x": 1.0}), "0-0", T, changes, T)
    for second in range(1, 60):
        now_ms = T + second * 1000
        engine.apply(Event("p", at_ms=now_ms, metrics={"y": 1.0}), f"{second}-0", now_ms, changes, now_ms)
        engine.apply(Event("p", at_ms=now_ms - 3_600_000, metrics={"x": 9.0}), f"{second}-1", now_ms, changes, now_ms)

    assert [("firing", "threshold")] == [(t.kind, t.rule_id) for t in changes.transitions]
    assert 1 == changes.restarted
    assert engine.plugins.memory_of("p").last_at_ms == T + 59_000


@pytest.mark.parametrize("taken_over", [1, 10, 29, 31, 45])
def test_step_is_found_by_the_next_owner_too(taken_over: int) -> None:
    engine, changes = an_engine("threshold", "window"), Changes()
    report(engine, changes, T, T)
    for second in range(1, 60):
        if second == taken_over:
            body = msgspec.msgpack.encode([checkpoint.save(known) for known in engine.plugins.memories()])
            saved = msgspec.msgpack.decode(body, type=list[SavedPlugin])
            engine = Engine(engine.plugins.index, [checkpoint.restore(one) for one in saved], {})
        report(engine, changes, T + second * 1000, T + second * 1000 - 3_600_000, bad=True)

    assert 3 == changes.restarted


def test_plugin_that_is_late_for_ever_is_named_and_a_stuck_clock_is_no_step() -> None:
    engine, changes = an_engine("threshold"), Changes()
    for second in range(300):
        now_ms = T + second * 1000
        report(engine, changes, now_ms, now_ms, plugin="good")
        report(engine, changes, now_ms, now_ms if second < 60 else T - 3_600_000, plugin="stuck")

    assert 0 == changes.restarted
    assert ["stuck"] == list(engine.plugins.lagging(T + 300_000))
    assert {} == engine.plugins.lagging(T + 2_000_000)
