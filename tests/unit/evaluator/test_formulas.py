"""Conditions over formulas: which samples a value is computed of, when it says nothing, and what is remembered."""

import math
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator import checkpoint, condition, formulas, plugin_memory
from evaluator.changes import Changes
from evaluator.checkpoint import SavedPlugin
from evaluator.engine import Engine
from evaluator.index import Index
from evaluator.plugin_memory import PluginMemory
from evaluator.windows import Windows
from shared.errors import Invalid
from shared.model import reasons
from shared.model.events import Event
from shared.model.formula import parse
from tests.support.factories import a_rule, an_event, fold

T = 1_700_000_000_000
FREE = {"kind": "threshold", "formula": "free / size * 100", "operator": "<", "threshold": 10}
AVERAGE = {"kind": "window", "formula": "free / size", "statistic": "avg", "seconds": 60, "operator": "<"}


def a_disk(at_s: float, free: float | None = None, size: float | None = None, **fields: Any) -> Event:
    metrics = {name: value for name, value in (("free", free), ("size", size)) if value is not None}
    return Event("p", at_ms=T + round(at_s * 1000), metrics=metrics, **fields)


def test_formula_is_judged_as_soon_as_each_metric_has_come() -> None:
    told = fold([a_rule(condition=FREE)], [a_disk(0, free=5), a_disk(3, size=100), a_disk(6, free=50)])

    assert [("firing", T + 3_000), ("resolved", T + 6_000)] == told


def test_reason_names_the_formula_and_its_operands() -> None:
    engine, changes = Engine(Index([a_rule(condition=FREE)])), Changes()
    engine.apply(a_disk(0, free=5, size=100), "1-0", T, changes)
    (fired,) = changes.transitions
    reason = reasons.Reason(fired.reason_code, fired.reason_values)

    assert "free / size * 100 < 10" == fired.condition
    assert "free / size * 100 = 5 is < 10 (free = 5; size = 100)" == fired.reason
    assert "free / size * 100 = 5, < 10 조건 충족 (free = 5; size = 100)" == reasons.text(reason, "ko")
    assert (5.0, "") == (fired.value, fired.metric)


def test_division_by_zero_and_missing_metrics_decide_nothing() -> None:
    events = [
        a_disk(0, free=5, size=100),
        a_disk(3, free=50, size=0),  # Nothing can be said: the alert stays.
        a_disk(6, free=50),
        a_disk(9, size=100),
    ]

    assert [("firing", T), ("resolved", T + 9_000)] == fold([a_rule(condition=FREE)], events)


@pytest.mark.parametrize(("age_s", "is_decided"), [(300, True), (300.001, False)])
def test_metric_that_did_not_come_for_five_minutes_is_missing(age_s: float, is_decided: bool) -> None:
    told = fold([a_rule(condition=FREE)], [a_disk(0, size=100), a_disk(age_s, free=5)])

    assert ([("firing", T + 300_000)] if is_decided else []) == told


def test_late_sample_changes_nothing_and_no_window() -> None:
    rule = a_rule(condition={**AVERAGE, "threshold": 0.5})
    events = [a_disk(0, free=1, size=1), a_disk(10, free=1), a_disk(5, free=0, size=1000)]

    assert [] == fold([rule], events)


def test_duration_counts_from_the_time_of_the_newest_metric() -> None:
    rule = a_rule(condition=FREE, for_seconds=10)
    events = [a_disk(0, size=100), a_disk(5, free=5), a_disk(14, free=4), a_disk(15, free=4)]

    assert [("pending", T + 5_000), ("firing", T + 15_000)] == fold([rule], events)


def test_formula_ends_with_one_of_its_series_as_the_rule_says() -> None:
    log = [a_disk(0, free=5, size=100), a_disk(3, free=5, gone=("size",)), a_disk(6, free=5), a_disk(9, size=100)]
    told = {
        when: [kind for kind, _ in fold([a_rule(condition=FREE, when_gone=when)], log)]
        for when in ("resolve", "hold", "fire")
    }

    assert {"resolve": ["firing", "resolved", "firing"], "hold": ["firing"], "fire": ["firing"]} == told


def test_silence_of_one_metric_ends_the_formula_while_the_other_still_comes() -> None:
    engine, changes = Engine(Index([a_rule(condition=FREE, gone_after_seconds=30)])), Changes()
    for at_s in range(0, 91, 10):
        now_ms = T + at_s * 1000
        engine.pass_time(now_ms, changes)
        engine.apply(a_disk(at_s, free=5, size=100 if at_s in (0, 80, 90) else None), f"{at_s}-0", now_ms, changes)

    assert [("firing", T), ("resolved", T + 30_000), ("firing", T + 80_000)] == [
        (one.kind, one.at_ms) for one in changes.transitions
    ]
    assert "no size for 30 s: it has ended" == changes.transitions[1].reason


def test_rules_without_windows_over_formulas_keep_no_values() -> None:
    engine = Engine(Index([a_rule(condition=FREE), a_rule(id="cpu")]))
    engine.apply(a_disk(0, free=5, size=100), "1-0", T, Changes())

    assert not engine.plugins.by_id["p"].memory.computed


def test_values_are_forgotten_with_the_last_rule_that_looks_back_on_them() -> None:
    engine = Engine(Index([a_rule(condition={**AVERAGE, "threshold": 0.1})]))
    engine.apply(a_disk(0, free=5, size=100), "1-0", T, Changes())
    kept = set(engine.plugins.by_id["p"].memory.computed or {})
    engine.replace_rules(Index([a_rule(condition=FREE)]), T, Changes())

    assert ({parse("free / size")}, {}) == (kept, engine.plugins.by_id["p"].memory.computed or {})


def test_rule_looks_back_on_values_from_before_it_was_written() -> None:
    """The log is read again, and each value is computed of the samples of its time."""
    log = [a_disk(0, free=10, size=100), a_disk(10, free=20), a_disk(20, size=50), a_disk(30, free=40)]
    wanted = Index([a_rule(condition={**AVERAGE, "threshold": 9})], revision=1)
    before, after = Engine(Index([])), Engine(wanted)
    for i, event in enumerate(log):
        for engine in (before, after):
            engine.apply(event, f"{i}-0", event.at_ms, Changes())
    is_further = before.replace_rules(wanted, T + 30_000, Changes())
    before.plugins.forget_windows()
    for event in log:
        before.plugins.recall(event, event.at_ms)
    before.plugins.windows_complete()
    kept = [engine.plugins.by_id["p"].memory.computed[parse("free / size")] for engine in (before, after)]

    assert is_further
    assert [0.1, 0.2, 0.4, 0.8] == list(kept[0].values())
    assert kept[0].saved() == kept[1].saved()


def test_checkpoint_covers_only_formulas_whose_values_it_holds() -> None:
    windows = Windows(formulas_ms={parse("free / size"): 60_000})
    memory = PluginMemory("p")
    plugin_memory.remember(memory, a_disk(0, free=1, size=2), T, windows)
    saved = checkpoint.save(memory, windows)
    other = PluginMemory("q")
    plugin_memory.remember(other, an_event(T, cpu=1.0), T, windows)

    assert saved.covers(windows)
    assert checkpoint.save(other, windows).covers(windows)
    assert not saved.covers(Windows(formulas_ms={parse("free / size"): 60_001}))
    assert not saved.covers(Windows(formulas_ms={parse("free - size"): 1}))


def test_metric_and_formula_exclude_each_other() -> None:
    neither = {"kind": "threshold", "operator": ">", "threshold": 1}
    problems = []
    for fields in ({}, {"metric": "a", "formula": "a / b"}, {"formula": "a /"}):
        with pytest.raises(Invalid) as caught:
            condition.check(a_rule(condition={**neither, **fields}))
        problems.append(caught.value.problems)

    assert [
        {"condition.metric": "give either metric or formula"},
        {"condition.metric": "give either metric or formula"},
        {"condition.formula": "ends too early: a metric, a number or a closing bracket is missing"},
    ] == problems


KINDS = {
    "value": {"kind": "threshold"},
    "avg": {"kind": "window", "statistic": "avg", "seconds": 30},
    "max": {"kind": "window", "statistic": "max", "seconds": 7},
    "per_second": {"kind": "rate", "seconds": 30},
    "increase": {"kind": "rate", "unit": "increase", "seconds": 60},
}
steps = st.lists(
    st.tuples(
        st.integers(-20_000, 60_000) | st.just(0) | st.sampled_from([300_000, 300_001]),
        st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from([0.0, 1.0, 3.0, -2.5, 1e308]), max_size=2),
    ),
    max_size=40,
)


@given(
    steps, st.sampled_from(["x / y", "x - y", "x % y", "max(x, 1) * (y > 0)", "x * 10"]), st.sets(st.integers(0, 39))
)
def test_formula_equals_brute_force_at_every_event_also_after_takeovers(
    drawn: list[tuple[int, dict[str, float]]], text: str, taken_over: set[int]
) -> None:
    """Of each metric the newest sample counts, the last of equal time; a value has the time of the newest of them."""
    about = parse(text)
    kinds = {
        name: condition.check(a_rule(condition={**fields, "formula": text, "operator": ">", "threshold": 1}))
        for name, fields in KINDS.items()
    }
    keep = Windows(formulas_ms={about: max(kind.needs().furthest_ms() for kind in kinds.values())})
    memory, newest, history, at_ms = PluginMemory("p"), {}, {}, T
    for i, (step_ms, metrics) in enumerate(drawn):
        at_ms = max(at_ms + step_ms, T)
        if i in taken_over:
            body = msgspec.msgpack.encode(checkpoint.save(memory, keep))
            memory = checkpoint.restore(msgspec.msgpack.decode(body, type=SavedPlugin))
        # All arrive at one instant, so that no clock can be seen to have stepped back.
        plugin_memory.remember(memory, Event("p", at_ms=at_ms, metrics=metrics), T, keep)
        is_new = [name for name in metrics if at_ms >= newest.get(name, (0, 0))[0]]
        newest |= {name: (at_ms, metrics[name]) for name in is_new}
        value = None
        if all(name in newest for name in about.names):
            times = [newest[name][0] for name in about.names]
            if max(times) - min(times) <= formulas.STALE_MS:
                value = about.value([newest[name][1] for name in about.names])
            if value is not None and any(name in about.names for name in is_new):
                history[max(times)] = value
        if not any(name in about.names for name in is_new):
            continue
        judged_ms = max((newest[name][0] for name in about.names if name in newest), default=0)
        verdicts = {name: kind.judge(memory, judged_ms, None) for name, kind in kinds.items()}
        expected = dict.fromkeys(KINDS) if value is None else brute(history, judged_ms)

        assert expected.keys() == verdicts.keys()
        for name, verdict in verdicts.items():
            assert (expected[name] is None) == (verdict is None), name
            if verdict is not None:
                assert math.isclose(expected[name], verdict.value or 0.0, rel_tol=1e-9), name


def brute(history: dict[int, float], now_ms: int) -> dict[str, float | None]:
    def inside(seconds: int) -> list[float]:
        return [value for at_ms, value in history.items() if now_ms - seconds * 1000 < at_ms <= now_ms]

    def change(seconds: int) -> tuple[float, float] | None:
        oldest_ms = min(at_ms for at_ms in history if now_ms - seconds * 1000 <= at_ms)
        if oldest_ms == now_ms:
            return None
        return history[now_ms] / 2 - history[oldest_ms] / 2, (now_ms - oldest_ms) / 1000

    speed, grown = change(30), change(60)
    return {
        "value": history[now_ms],
        # Values of 1e308 and of 1 may cancel out.
        "avg": float(sum(map(Fraction, inside(30))) / len(inside(30))),
        "max": max(inside(7)),
        "per_second": None if speed is None else speed[0] / speed[1] * 2,
        "increase": None if grown is None else grown[0] * 2,
    }
