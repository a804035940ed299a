"""A rule, an event or a plugin that cannot be judged costs its own verdict and nothing else."""

import math
import sys
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evaluator import condition, ending
from evaluator.changes import Changes
from evaluator.conditions import absence, rate, threshold, window
from evaluator.engine import Engine
from evaluator.index import Index
from shared.model.alerts import Transition
from shared.model.encoding import encode
from shared.model.events import ErrorReport, Event
from tests.support.factories import a_rule, an_event

T = 1_700_000_000_000
MAX = sys.float_info.max
STATISTICS = ("avg", "min", "max", "sum", "count", "p50", "p95", "p99", "stddev")
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([MAX, -MAX, 5e-324, -5e-324, 0.0, -0.0])


# -- numbers --------------------------------------------------------------------------------------------------


def as_float(exact: Fraction) -> float:
    """The nearest float; infinite where there is none."""
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


@given(st.lists(numbers, min_size=1, max_size=40))
@example([MAX, MAX])
@example([MAX, MAX, -MAX, -MAX, 1.0])
@example([MAX, MAX, MAX])
@example([-MAX, -MAX, 1e300])
def test_statistics_of_any_finite_numbers_are_those_of_exact_arithmetic(values: list[float]) -> None:
    exact = [Fraction(value) for value in values]
    total = sum(exact)

    assert window.compute("sum", values) == pytest.approx(as_float(total), rel=1e-12, abs=1e-300)
    assert window.compute("avg", values) == pytest.approx(as_float(total / len(values)), rel=1e-12, abs=1e-300)
    assert min(values) <= window.compute("p95", values) <= max(values)
    assert 0 <= window.compute("stddev", values) <= MAX


@given(numbers, numbers, st.integers(1, 86_400_000))
@example(MAX, -MAX, 1)
@example(-MAX, MAX, 86_400_000)
@example(5e-324, MAX, 1000)
def test_rate_of_any_two_finite_numbers_is_that_of_exact_arithmetic(old: float, new: float, apart_ms: int) -> None:
    per_second, percent = (
        condition.check(
            a_rule(condition={"kind": "rate", "metric": "x", "unit": unit, "seconds": 86_400, **more_than(0)})
        )
        for unit in ("per_second", "percent")
    )
    engine = Engine(Index([a_rule(condition={"kind": "rate", "metric": "x", "seconds": 86_400, **more_than(0)})]))
    for at_ms, value in ((T, old), (T + apart_ms, new)):
        engine.apply(an_event(at_ms, x=value), f"{at_ms}-0", at_ms, Changes())
    known = engine.plugins.memory_of("p")
    exact = Fraction(new) - Fraction(old)
    by_time = per_second.judge(known, T + apart_ms, None)
    by_size = percent.judge(known, T + apart_ms, None)

    assert by_time is not None
    assert by_time.value == pytest.approx(as_float(exact * 1000 / apart_ms), rel=1e-9, abs=1e-300)
    if old == 0:
        assert by_size is None
    else:
        assert by_size is not None
        assert by_size.value == pytest.approx(as_float(exact / abs(Fraction(old)) * 100), rel=1e-9, abs=1e-300)


def more_than(threshold: float) -> dict[str, Any]:
    return {"operator": ">", "threshold": threshold}


# -- neighbours -----------------------------------------------------------------------------------------------


def comparisons() -> st.SearchStrategy[dict[str, Any]]:
    compare = {"operator": st.sampled_from([">", ">=", "<", "<=", "==", "!="]), "threshold": numbers}
    seconds = st.sampled_from([1, 60, 86_400])
    metric = st.sampled_from(["x", "y"])
    a_threshold = st.fixed_dictionaries({"kind": st.just("threshold"), "metric": metric, **compare})
    a_window = st.fixed_dictionaries(
        {"kind": st.just("window"), "metric": metric, "statistic": st.sampled_from(STATISTICS), "seconds": seconds}
        | compare
    )
    units = st.sampled_from(["per_second", "percent"])
    a_rate = st.fixed_dictionaries(
        {"kind": st.just("rate"), "metric": metric, "unit": units, "seconds": seconds, **compare}
    )
    an_absence = st.fixed_dictionaries({"kind": st.just("absence"), "seconds": seconds})
    an_error = st.fixed_dictionaries({"kind": st.just("error"), "count": st.integers(1, 5), "seconds": seconds})
    simple = a_threshold | a_window | a_rate | an_absence | an_error
    joined = st.fixed_dictionaries(
        {"kind": st.just("compound"), "join": st.sampled_from(["all", "any"])}
        | {"conditions": st.lists(simple, min_size=1, max_size=3)}
    )
    return simple | joined


rules_of = st.lists(comparisons(), min_size=1, max_size=4)
samples = st.lists(
    st.tuples(st.sampled_from(["bad", "good"]), st.dictionaries(st.sampled_from(["x", "y"]), numbers, max_size=2)),
    min_size=1,
    max_size=20,
)


def story(engine: Engine, drawn: list[tuple[str, dict[str, float]]], only: str = "") -> list[Transition]:
    """Let an engine hear the samples, a second apart, and the clock after each; without those of others than *only*."""
    changes = Changes()
    for i, (plugin, metrics) in enumerate(drawn):
        at_ms = T + i * 1000
        if not only or plugin == only:
            event = Event(plugin, at_ms=at_ms, metrics=metrics, errors=(ErrorReport("E"),) if metrics else ())
            engine.apply(event, f"{i}-0", at_ms, changes)
        engine.pass_time(at_ms + 500, changes)
    engine.pass_time(T + 90_000_000, changes)
    return changes.transitions


@given(rules_of, samples)
@settings(max_examples=200)
def test_no_finite_number_is_too_much_for_any_rule(
    conditions: list[dict[str, Any]], drawn: list[tuple[str, dict[str, float]]]
) -> None:
    engine = Engine(Index([a_rule(id=f"r{i}", condition=c) for i, c in enumerate(conditions)]))
    told = story(engine, drawn)

    assert {} == engine.failures
    # What travels on can be written and read: JSON knows no infinity.
    assert len(told) == len(msgspec.json.decode(encode(told), type=list[Transition]))


KINDS = {"threshold": threshold, "window": window, "rate": rate, "absence": absence}


@pytest.fixture(params=["judge", "due_at_ms"])
def _broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every kind of condition meets a bug with the plugin `bad`."""
    for module in KINDS.values():
        real = getattr(module.Condition, request.param)

        def fails(self: Any, memory: Any, *rest: Any, real: Any = real) -> Any:
            if memory.plugin_id == "bad":
                raise OverflowError("a bug")
            return real(self, memory, *rest)

        monkeypatch.setattr(module.Condition, request.param, fails)
    yield


@pytest.mark.usefixtures("_broken")
@pytest.mark.parametrize(
    "conditions",
    [
        [{"kind": "threshold", "metric": "x", **more_than(5)}],
        [{"kind": "window", "metric": "x", "statistic": "sum", "seconds": 60, **more_than(5)}],
        [{"kind": "rate", "metric": "x", "seconds": 60, **more_than(5)}],
        [{"kind": "absence", "seconds": 3}],
        [
            {
                "kind": "compound",
                "join": "any",
                "conditions": [
                    {"kind": "absence", "seconds": 3},
                    {"kind": "threshold", "metric": "x", **more_than(5)},
                ],
            }
        ],
    ],
    ids=["threshold", "window", "rate", "absence", "compound"],
)
def test_bug_with_one_plugin_costs_the_other_nothing(conditions: list[dict[str, Any]]) -> None:
    drawn = [(plugin, {"x": float(x)}) for x in (1, 9, 90, 1, 9) for plugin in ("bad", "good")]
    index = Index([a_rule(id=f"r{i}", condition=c) for i, c in enumerate(conditions)])
    both, alone = Engine(index), Engine(index)
    told = story(both, drawn)

    assert [t for t in told if t.plugin_id == "good"] == story(alone, drawn, only="good")
    assert [t for t in told if t.plugin_id == "good"]
    assert not both.failures or {("r0", "bad")} == both.failures.keys()


def test_bug_in_one_rule_costs_the_plugins_other_rules_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(rate.Condition, "judge", fails)
    bad = a_rule(id="bad", condition={"kind": "rate", "metric": "cpu", "seconds": 60, **more_than(5)}, severity="error")
    engine, changes = Engine(Index([bad, a_rule(id="good")])), Changes()
    for i in range(3):
        engine.apply(an_event(T + i, cpu=90), f"{i}-0", T, changes)

    assert [("firing", "good")] == [(t.kind, t.rule_id) for t in changes.transitions]
    assert {("bad", "p", "ZeroDivisionError")} == {
        (f.rule_id, f.plugin_id, type(f.error).__name__) for f in engine.failures.values()
    }


def test_bug_at_the_silent_end_of_one_plugin_costs_the_other_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    real = ending.decide_end

    def fails(rule: Any, snapshot: Any, memory: Any, *rest: Any) -> Any:
        if memory.plugin_id == "bad":
            raise ZeroDivisionError("a bug")
        return real(rule, snapshot, memory, *rest)

    monkeypatch.setattr(ending, "decide_end", fails)
    engine, changes = Engine(Index([a_rule(gone_after_seconds=1, when_gone="fire")])), Changes()
    for i, plugin in enumerate(("bad", "good")):
        engine.apply(Event(plugin, at_ms=T, metrics={"cpu": 1}), f"{i}-0", T, changes)
    engine.pass_time(T + 10_000, changes)

    assert [("firing", "good")] == [(t.kind, t.plugin_id) for t in changes.transitions]
    assert {("r", "bad")} == engine.failures.keys()


def test_rule_whose_condition_cannot_be_prepared_is_unreadable_and_the_others_are_in_force(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(_: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(rate.Condition, "needs", fails)
    index = Index([a_rule(id="bad", condition={"kind": "rate", "metric": "x", "seconds": 9, **more_than(1)}), a_rule()])

    assert ["bad"] == list(index.unreadable)
    assert ["r"] == list(index.plan_for("p", {}).rules)
