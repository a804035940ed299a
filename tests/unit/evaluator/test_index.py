"""The short cuts past rules that nothing can begin for never pass by one that something would begin for."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator import condition, plugin_memory
from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.index import Index
from evaluator.plugin_memory import PluginMemory
from evaluator.windows import Windows
from shared.model.rules import Rule
from tests.support.factories import a_rule, an_event

T = 1_700_000_000_000
OPERATORS = [">", ">=", "<", "<=", "==", "!="]
NUMBERS = st.sampled_from([-1.0, -0.0, 0.0, 0.1, 1.0, math.nextafter(1.0, 2), 2.0, 3.0])
thresholds = st.builds(
    lambda operator, threshold: {"kind": "threshold", "metric": "x", "operator": operator, "threshold": threshold},
    st.sampled_from(OPERATORS),
    NUMBERS,
)
windows = st.builds(
    lambda statistic, operator, threshold, seconds: {
        **{"kind": "window", "metric": "x", "statistic": statistic},
        **{"operator": operator, "threshold": threshold, "seconds": seconds},
    },
    st.sampled_from(["avg", "min", "max", "sum", "count", "p50", "p95", "p99", "stddev"]),
    st.sampled_from(OPERATORS),
    NUMBERS,
    st.sampled_from([5, 10, 30]),
)
conditions = st.lists(thresholds | windows, min_size=1, max_size=8)
samples = st.lists(st.tuples(st.integers(-8, 8), NUMBERS), min_size=1, max_size=60)


def the_rules(drawn: list[dict[str, Any]]) -> list[Rule]:
    return [a_rule(id=f"r{i}", condition=fields) for i, fields in enumerate(drawn)]


@settings(max_examples=300)
@given(conditions, samples)
def test_engine_says_what_judging_every_rule_at_every_sample_says(
    drawn: list[dict[str, Any]], steps: list[tuple[int, float]]
) -> None:
    """Late samples and equal times among them; without a cooldown, a rule fires exactly while it holds."""
    rules = the_rules(drawn)
    kinds = {rule.id: condition.check(rule) for rule in rules}
    engine, changes = Engine(Index(rules)), Changes()
    known = PluginMemory("p")
    keep = Windows({"x": 30_000})
    firing: set[str] = set()
    at_ms, newest_ms = T, 0
    newest = 0.0
    for i, (step, value) in enumerate(steps):
        at_ms += step * 1_000
        event = an_event(at_ms, x=value)
        before = len(changes.transitions)
        engine.apply(event, f"{i}-0", T, changes)
        told = {(t.kind, t.rule_id) for t in changes.transitions[before:]}
        plugin_memory.remember(known, event, T, keep)
        expected = set()
        # What only repeats the newest sample says nothing new.
        if at_ms > newest_ms or (at_ms == newest_ms and value != newest):
            newest_ms, newest = at_ms, value
            for rule_id, kind in kinds.items():
                verdict = kind.judge(known, at_ms, None)
                if verdict is not None and verdict.holds != (rule_id in firing):
                    expected.add(("firing" if verdict.holds else "resolved", rule_id))
                    firing ^= {rule_id}

        assert expected == told


@given(conditions, samples, samples)
def test_rules_that_come_later_count_the_samples_from_before(
    drawn: list[dict[str, Any]], before: list[tuple[int, float]], after: list[tuple[int, float]]
) -> None:
    """As far as these were kept: here by a rule over a minute that never fires."""
    keeper = a_rule(
        id="keeper",
        condition={
            **{"kind": "window", "metric": "x", "statistic": "count"},
            **{"operator": "<", "threshold": 0, "seconds": 60},
        },
    )
    always, late = Engine(Index([keeper, *the_rules(drawn)])), Engine(Index([keeper]))
    at_ms = T
    for i, (step, value) in enumerate(before):
        at_ms += step * 1_000
        always.apply(an_event(at_ms, x=value), f"{i}-0", T, Changes())
        late.apply(an_event(at_ms, x=value), f"{i}-0", T, Changes())
    # From here on both have the same rules and the same samples, and nothing open.
    again = Engine(always.plugins.index, always.plugins.memories())
    late.replace_rules(Index([keeper, *the_rules(drawn)]), T, Changes())
    for i, (step, value) in enumerate(after):
        at_ms += step * 1_000
        told = []
        for engine in (again, late):
            changes = Changes()
            engine.apply(an_event(at_ms, x=value), f"again:{i}-0", T, changes)
            told.append([(t.kind, t.rule_id) for t in changes.transitions])

        assert told[0] == told[1]


@pytest.mark.parametrize(("value", "woken"), [(79.0, []), (80.5, ["a"]), (90.0, ["b", "a"]), (95.0, ["c", "b", "a"])])
def test_strongest_of_the_rules_a_sample_breaches_comes_first(value: float, woken: list[str]) -> None:
    rules = [
        a_rule(id="a", threshold=80),
        a_rule(id="b", operator=">=", threshold=90, severity="error"),
        a_rule(id="c", threshold=94, severity="critical"),
        a_rule(id="d", operator="<", threshold=10, severity="emergency"),
    ]
    changes = Changes()
    Engine(Index(rules)).apply(an_event(T, cpu=value), "1-0", T, changes)

    assert woken == [t.rule_id for t in changes.transitions]
