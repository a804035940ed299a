"""The engine decides the same with and without the prefilter, which only leaves out rules that would decide nothing."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.index import Index
from evaluator.plan import Plan
from shared.model.events import ErrorReport, Event
from tests.support.factories import a_rule, an_event

T = 1_700_000_000_000
OPERATORS = st.sampled_from([">", ">=", "<", "<=", "==", "!="])
VALUES = st.sampled_from([-5.0, 0.0, 1.0, 50.0, 79.9, 80.0, 80.1, 99.0])
METRICS = st.sampled_from(["x", "y"])
SECONDS = st.sampled_from([5, 20, 60])

FORMULAS = st.sampled_from(["x / y", "x - 2 * y", "x % 40", "min(x, y) > 50", "-x"])


def of_formulas(drawn: dict[str, Any]) -> dict[str, Any]:
    """Let a condition be about the formula drawn for it, if there is one, instead of its metric."""
    formula = drawn.pop("formula")
    return drawn if formula is None else {**drawn, "metric": None, "formula": formula}


thresholds = st.fixed_dictionaries(
    {
        "kind": st.just("threshold"),
        "metric": METRICS,
        "formula": st.none() | st.none() | FORMULAS,
        "operator": OPERATORS,
        "threshold": VALUES,
    }
).map(of_formulas)
windows = st.fixed_dictionaries(
    {
        "kind": st.just("window"),
        "metric": METRICS,
        "formula": st.none() | st.none() | FORMULAS,
        "statistic": st.sampled_from(["avg", "min", "max", "sum", "count", "p50", "p95", "p99", "stddev"]),
        "operator": OPERATORS,
        "threshold": VALUES,
        "seconds": SECONDS,
        "of": st.sampled_from(["value", "value", "rate"]),
    }
).map(of_formulas)
rates = st.fixed_dictionaries(
    {
        "kind": st.just("rate"),
        "metric": METRICS,
        "formula": st.none() | st.none() | FORMULAS,
        "operator": st.sampled_from([">", "<"]),
        "threshold": st.sampled_from([-2.0, 0.0, 2.0]),
        "unit": st.sampled_from(["per_second", "percent", "increase"]),
        "seconds": SECONDS,
    }
).map(of_formulas)
states = st.fixed_dictionaries({"kind": st.just("state"), "state": st.just("s"), "is_in": st.just(["bad"])})
errors = st.fixed_dictionaries({"kind": st.just("error"), "count": st.sampled_from([1, 3]), "seconds": SECONDS})
absences = st.fixed_dictionaries(
    {"kind": st.just("absence"), "seconds": SECONDS, "metric": st.sampled_from([None, "x"])}
)
simple = thresholds | windows | rates | states | errors | absences
compounds = st.fixed_dictionaries(
    {
        "kind": st.just("compound"),
        "join": st.sampled_from(["all", "any"]),
        "conditions": st.lists(simple, min_size=1, max_size=3),
    }
)
rules = st.lists(
    st.fixed_dictionaries(
        {
            "condition": thresholds | windows | simple | compounds,
            "severity": st.sampled_from(["info", "warning", "critical"]),
            "for_seconds": st.sampled_from([0, 0, 10]),
            "cooldown_minutes": st.sampled_from([0, 0, 0.5]),
            "recover": st.sampled_from([None, None, {"for_seconds": 10}]),
            "auto_resolve": st.sampled_from([True, True, True, False]),
            "when_gone": st.sampled_from(["resolve", "hold", "fire"]),
        }
    ),
    min_size=1,
    max_size=6,
)
moments = st.lists(
    st.tuples(
        st.just(0) | st.integers(0, 15_000),
        st.sampled_from(["a", "b"]),
        st.just(0) | st.integers(-30_000, 2_000),
        st.dictionaries(METRICS, VALUES, max_size=2),
        st.dictionaries(st.just("s"), st.sampled_from(["good", "bad"]), max_size=1),
        st.lists(st.sampled_from(["Timeout", "Disk"]), max_size=2),
        st.sampled_from([{}, {}, {"team": "blue"}]),
    ),
    max_size=60,
)


def an_index(drawn: list[dict[str, Any]], has_prefilter: bool) -> Index:
    index = Index([a_rule(id=f"r{i}", **fields) for i, fields in enumerate(drawn)], has_prefilter=has_prefilter)
    assert {} == index.unreadable
    return index


@settings(max_examples=400)
@given(rules, rules, moments, st.integers(0, 60))
def test_engine_decides_the_same_without_the_prefilter(
    drawn: list[dict[str, Any]], edited: list[dict[str, Any]], log: list[Any], edited_at: int
) -> None:
    engines = [Engine(an_index(drawn, has_prefilter)) for has_prefilter in (True, False)]
    collected = [Changes(), Changes()]
    clock_ms = T
    for i, (step_ms, plugin_id, shift_ms, metrics, state, types, labels) in enumerate(log):
        clock_ms += step_ms
        event = Event(
            plugin_id,
            at_ms=clock_ms + shift_ms,
            metrics=metrics,
            states=state,
            errors=tuple(ErrorReport(type_) for type_ in types),
            labels=labels,
            counters=["x"] if plugin_id == "b" else [],
            gone=("y",) if not metrics else (),
        )
        for engine, changes, has_prefilter in zip(engines, collected, (True, False), strict=True):
            if i == edited_at:
                engine.replace_rules(an_index(edited, has_prefilter), clock_ms, changes)
            engine.pass_time(clock_ms, changes)
            engine.apply(event, f"{i}-0", clock_ms, changes)

        assert collected[0] == collected[1]
    assert [{}, {}] == [engine.failures for engine in engines]


def test_event_that_breaches_nothing_has_no_rule_judged() -> None:
    plan = an_index([{"condition": {"kind": "threshold", "metric": "x", "operator": ">", "threshold": 80}}], True)
    engine = Engine(plan)
    engine.apply(an_event(T, x=1.0), "1-0", T, Changes())
    plugin = engine.plugins.by_id["p"]
    chosen = plugin.plan.prefilter
    assert chosen is not None

    assert [] == list(chosen.rules_for(an_event(T + 1, x=2.0), None, plugin.memory, {}, T))
    assert ["r0"] == [rule.rule.id for rule in chosen.rules_for(an_event(T + 1, x=81.0), None, plugin.memory, {}, T)]
    assert ["r0"] == [rule.rule.id for rule in Plan.rules_for(plugin.plan, an_event(T + 1, x=2.0), None)]
