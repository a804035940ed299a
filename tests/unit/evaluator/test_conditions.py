"""Each kind of condition against a brute-force computation or its truth table."""

import itertools
import math
import re
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator import condition, memory
from evaluator.conditions import window
from evaluator.engine import Changes, Engine
from evaluator.index import Index
from evaluator.memory import Keep, PluginMemory, Watch, Window
from shared.errors import Invalid
from shared.model.events import ErrorReport, Event
from tests.support.factories import a_rule, an_event

T = 1_700_000_000_000


def checked(**fields: object) -> condition.Condition:
    return condition.check(a_rule(condition=fields))


def a_memory(events: list[Event], lookback_ms: int = 0) -> PluginMemory:
    known = PluginMemory("p")
    keep = Keep(dict.fromkeys(["x", "y"], Watch(window=Window(lookback_ms))) if lookback_ms else {}, lookback_ms)
    heard_ms = 0
    for event in events:
        # The server's clock does not go back, whatever the plugin's says.
        heard_ms = max(heard_ms, event.at_ms)
        memory.remember(known, event, heard_ms, keep)
    return known


samples = st.lists(st.tuples(st.integers(0, 120_000), st.floats(-1e6, 1e6)), min_size=1, max_size=80)


@given(samples, st.sampled_from(["avg", "min", "max", "sum", "count", "p50", "p95", "p99", "stddev"]))
def test_window_equals_brute_force_over_event_time(series: list[tuple[int, float]], statistic: str) -> None:
    """Late samples included: they are part of the windows they still fall into."""
    length_ms = 30_000
    known = a_memory([an_event(T + at, x=v) for at, v in series], length_ms)
    newest = max(at for at, _ in series)
    inside = [v for at, v in series if newest - length_ms < at <= newest]
    brute = {
        "avg": lambda: math.fsum(inside) / len(inside),
        "sum": lambda: math.fsum(inside),
        "count": lambda: float(len(inside)),
        "stddev": lambda: statistics.pstdev(inside),
        "min": lambda: min(inside),
        "max": lambda: max(inside),
    }
    for percent in (50, 95, 99):
        rank = math.ceil(percent * len(inside) / 100)
        brute[f"p{percent}"] = lambda rank=rank: sorted(inside)[rank - 1]
    kind = checked(kind="window", metric="x", statistic=statistic, seconds=30, operator=">", threshold=0)
    verdict = kind.judge(known, T + newest, None)

    assert verdict is not None
    assert brute[statistic]() == pytest.approx(verdict.value, rel=1e-12, abs=1e-9)


@given(samples)
def test_window_survives_a_checkpoint(series: list[tuple[int, float]]) -> None:
    known = a_memory([an_event(T + at, x=v) for at, v in series], 30_000)
    again = memory.restore(memory.save(known))

    assert list(known.series["x"].samples.within(T + 10**6, 10**9)) == list(
        again.series["x"].samples.within(T + 10**6, 10**9)
    )
    assert known.series["x"].newest_at_ms == again.series["x"].newest_at_ms


@pytest.mark.parametrize(
    ("statistic", "expected"), [("p50", 20.0), ("p95", 40.0), ("p99", 40.0), ("avg", 25.0), ("stddev", 11.180339887)]
)
def test_statistics_of_four_values(statistic: str, expected: float) -> None:
    assert expected == pytest.approx(window.compute(statistic, [10.0, 40.0, 20.0, 30.0]))


def test_samples_kept_of_a_series_are_bounded() -> None:
    known = a_memory([an_event(T + i, x=i) for i in range(memory.MAX_SAMPLES + 10)], 10**9)

    assert len(known.series["x"].samples) == memory.MAX_SAMPLES


@pytest.mark.parametrize(
    ("series", "unit", "expected"),
    [
        ([(0, 10), (10_000, 30)], "per_second", 2.0),
        ([(0, 10), (10_000, 30)], "percent", 200.0),
        ([(0, 30), (5_000, 0), (10_000, 15)], "percent", -50.0),
        ([(0, -10), (10_000, -5)], "percent", 50.0),
        ([(0, 0), (10_000, 5)], "percent", None),
        ([(0, 10)], "per_second", None),
        ([(0, 10), (20_000, 30)], "per_second", None),
    ],
)
def test_rate_compares_newest_with_oldest_of_the_window(
    series: list[tuple[int, float]], unit: str, expected: float | None
) -> None:
    kind = checked(kind="rate", metric="x", unit=unit, seconds=10, operator=">", threshold=1)
    known = a_memory([an_event(T + at, x=v) for at, v in series], kind.needs().lookback_ms)
    verdict = kind.judge(known, T + series[-1][0], None)

    assert expected == (verdict.value if verdict else None)


def states(*values: str) -> list[Event]:
    return [Event("p", at_ms=T + i, states={"status": v}) for i, v in enumerate(values)]


@pytest.mark.parametrize(
    ("fields", "values", "expected"),
    [
        ({"is_in": ["stopped"]}, ["running"], False),
        ({"is_in": ["stopped", "failed"]}, ["failed", "failed"], True),
        ({"changed_to": ["stopped"]}, ["stopped"], False),
        ({"changed_to": ["stopped"]}, ["running", "stopped"], True),
        ({"changed_to": ["stopped"]}, ["running", "stopped", "stopped"], False),
        ({"changed_to": ["stopped"]}, ["running", "paused"], False),
        ({"changed": True}, ["running", "paused"], True),
        ({"changed": True}, ["running", "paused", "paused"], False),
        ({"changed": True}, ["running"], False),
    ],
)
def test_state_condition(fields: dict, values: list[str], expected: bool) -> None:
    verdict = checked(kind="state", state="status", **fields).judge(a_memory(states(*values)), T, None)

    assert expected == verdict.holds


def test_state_never_seen_decides_nothing() -> None:
    assert checked(kind="state", state="status", changed=True).judge(a_memory([]), T, None) is None


@given(
    st.lists(st.tuples(st.integers(0, 90_000), st.sampled_from(["Timeout", "TimeoutSlow", "Disk"]), st.integers(1, 5)))
)
def test_error_count_equals_brute_force(reports: list[tuple[int, str, int]]) -> None:
    kind = checked(kind="error", type="Timeout*", count=3, seconds=30)
    events = [Event("p", at_ms=T + at, errors=[ErrorReport(type_, "m", n)]) for at, type_, n in reports]
    known = a_memory(events, 30_000)
    newest = max((at for at, _, _ in reports), default=0)
    brute = sum(n for at, type_, n in reports if type_ != "Disk" and newest - 30_000 < at <= newest)
    verdict = kind.judge(known, T + newest, None)

    assert (float(brute), brute >= 3) == (verdict.value, verdict.holds)


def test_error_alert_resolves_by_the_clock_when_reports_fall_out_of_the_window() -> None:
    engine = Engine(Index([a_rule(condition={"kind": "error", "type": "*", "count": 2, "seconds": 60})]))
    changes = Changes()
    for i in range(3):
        event = Event("p", at_ms=T + i * 10_000, errors=[ErrorReport("Timeout")])
        engine.apply(event, f"{i}-0", T + i * 10_000, changes)
    engine.pass_time(T + 69_999, changes)
    before = [t.kind for t in changes.transitions]
    engine.pass_time(T + 70_000, changes)

    assert (before, [t.kind for t in changes.transitions]) == (["firing"], ["firing", "resolved"])


VALUES = {True: {"kind": "threshold", "metric": "x", "operator": ">", "threshold": 0}}
VALUES[False] = {"kind": "threshold", "metric": "x", "operator": "<", "threshold": 0}
VALUES[None] = {"kind": "threshold", "metric": "unseen", "operator": "<", "threshold": 0}


def kleene(join: str, n: int | None, parts: tuple[bool | None, ...]) -> bool | None:
    """What holds in every world in which the unknown parts are known."""
    worlds = set()
    for choice in itertools.product(*[(p,) if p is not None else (True, False) for p in parts]):
        true = sum(choice)
        worlds.add(
            {"all": true == len(choice), "any": true > 0, "not": not choice[0], "at_least": true >= (n or 0)}[join]
        )
    return worlds.pop() if len(worlds) == 1 else None


@pytest.mark.parametrize(
    ("join", "n", "parts"),
    [
        (join, n, parts)
        for size in (1, 2, 3)
        for parts in itertools.product((True, False, None), repeat=size)
        for join, n in (("all", None), ("any", None), ("not", None), ("at_least", 2))
        if not (join == "not" and size > 1) and not (join == "at_least" and size < 2)
    ],
)
def test_compound_equals_its_truth_table(join: str, n: int | None, parts: tuple[bool | None, ...]) -> None:
    fields = {"kind": "compound", "join": join, "conditions": [VALUES[p] for p in parts]}
    verdict = checked(**fields, **({"n": n} if n else {})).judge(a_memory([an_event(T, x=1)]), T, None)

    assert kleene(join, n, parts) == (verdict.holds if verdict else None)


def test_compound_nests() -> None:
    inner = {"kind": "compound", "join": "not", "conditions": [VALUES[False]]}
    kind = checked(kind="compound", join="all", conditions=[VALUES[True], inner])

    assert kind.describe() == "(x > 0 and not (x < 0))"
    assert kind.judge(a_memory([an_event(T, x=1)]), T, None).holds


def test_absence_fires_by_the_clock_and_resolves_with_the_next_event() -> None:
    engine = Engine(Index([a_rule(condition={"kind": "absence", "seconds": 60})]))
    changes = Changes()
    engine.apply(an_event(T, x=1), "1-0", T, changes)
    engine.pass_time(T + 59_999, changes)
    early = len(changes.transitions)
    engine.pass_time(T + 60_000, changes)
    engine.pass_time(T + 99_000, changes)
    engine.apply(an_event(T + 100_000, x=1), "2-0", T + 100_000, changes)
    engine.pass_time(T + 160_000, changes)

    assert early == 0
    assert [t.kind for t in changes.transitions] == ["firing", "resolved", "firing"]


def test_absence_waits_while_events_are_still_unread() -> None:
    engine = Engine(Index([a_rule(condition={"kind": "absence", "seconds": 60})]))
    changes = Changes()
    engine.apply(an_event(T, x=1), "1-0", T, changes)
    engine.pass_time(T + 100_000, changes, until_ms=T + 59_999)

    assert changes.transitions == []


def test_absence_of_one_metric_ignores_other_metrics_of_the_plugin() -> None:
    engine = Engine(Index([a_rule(condition={"kind": "absence", "seconds": 60, "metric": "x"})]))
    changes = Changes()
    engine.apply(an_event(T, x=1), "1-0", T, changes)
    for i in range(1, 10):
        engine.apply(an_event(T + i * 10_000, y=1), f"{i}-1", T + i * 10_000, changes)
        engine.pass_time(T + i * 10_000, changes)

    assert [(t.kind, t.at_ms) for t in changes.transitions] == [("firing", T + 60_000)]


def test_absence_holds_for_its_duration_by_the_clock() -> None:
    engine = Engine(Index([a_rule(condition={"kind": "absence", "seconds": 60}, for_seconds=30)]))
    changes = Changes()
    engine.apply(an_event(T, x=1), "1-0", T, changes)
    for second in range(0, 120, 10):
        engine.pass_time(T + second * 1000, changes)

    assert [(t.kind, t.at_ms) for t in changes.transitions] == [("pending", T + 60_000), ("firing", T + 90_000)]


def test_named_plugin_that_was_never_heard_of_is_missed() -> None:
    index = Index([a_rule(plugin_id="ghost", condition={"kind": "absence", "seconds": 60})])
    engine = Engine(Index([]))
    changes = Changes()
    engine.replace_rules(index, T, changes)
    engine.pass_time(T + 60_000, changes)

    assert [(t.kind, t.plugin_id) for t in changes.transitions] == [("firing", "ghost")]


def test_time_in_which_nobody_listened_is_not_silence() -> None:
    engine = Engine(Index([a_rule(condition={"kind": "absence", "seconds": 60})]))
    changes = Changes()
    engine.apply(an_event(T, x=1), "1-0", T, changes)
    engine.forgive(3_600_000, T + 3_600_000)
    engine.replace_rules(Index([a_rule(condition={"kind": "absence", "seconds": 60})]), T + 3_600_000, changes)
    engine.pass_time(T + 3_659_999, changes)
    early = len(changes.transitions)
    engine.pass_time(T + 3_660_000, changes)

    assert (early, len(changes.transitions)) == (0, 1)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "nonsense"}, "condition.kind"),
        ({}, "condition.kind"),
        (
            {"kind": "window", "metric": "x", "statistic": "p42", "seconds": 1, "operator": ">", "threshold": 1},
            "statistic",
        ),
        (
            {"kind": "window", "metric": "x", "statistic": "avg", "seconds": 0, "operator": ">", "threshold": 1},
            "seconds",
        ),
        ({"kind": "rate", "metric": "x", "seconds": 5, "operator": ">", "threshold": math.inf}, "threshold"),
        ({"kind": "state", "state": "s"}, "exactly one"),
        ({"kind": "error", "count": 0}, "count"),
        ({"kind": "absence", "seconds": 0}, "seconds"),
        ({"kind": "absence", "seconds": 60, "colour": "red"}, "colour"),
        ({"kind": "compound", "join": "all", "conditions": []}, "conditions"),
        ({"kind": "compound", "join": "all", "conditions": [{"kind": "nope"}]}, "conditions.0"),
        ({"kind": "compound", "join": "at_least", "n": 3, "conditions": [{"kind": "absence", "seconds": 9}]}, "only 1"),
    ],
)
def test_bad_condition_is_refused_naming_the_field(fields: dict, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        condition.check(a_rule(condition=fields))

    assert field in str(caught.value)


def test_compound_nested_too_deep_is_refused() -> None:
    fields: dict = {"kind": "absence", "seconds": 60}
    for _ in range(1_000):
        fields = {"kind": "compound", "join": "not", "conditions": [fields]}
    with pytest.raises(Invalid, match="nested deeper"):
        condition.check(a_rule(condition=fields))


def test_window_longer_than_events_are_kept_is_refused() -> None:
    rule = a_rule(
        condition={
            "kind": "window",
            "metric": "x",
            "statistic": "avg",
            "seconds": 7200,
            "operator": ">",
            "threshold": 1,
        }
    )
    with pytest.raises(Invalid, match="STREAM_KEEP_SECONDS"):
        condition.check(rule, 3_600_000)


def a_window(**fields: object) -> dict:
    return {"kind": "window", "metric": "x", "statistic": "count", "operator": ">", "threshold": 1, **fields}


def test_window_cut_by_the_limit_says_so_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MAX_SAMPLES", 5)
    rule = a_rule(condition=a_window(seconds=10, operator=">=", threshold=5))
    engine, changes = Engine(Index([rule])), Changes()
    for i in range(7):
        engine.apply(an_event(T + i * 1_000, x=1), f"{i}-0", T, changes)
    again = memory.restore(memory.save(engine.memory_of("p")))
    reasons = [str(condition.check(rule).judge(m, T + 6_000, None).reason) for m in (engine.memory_of("p"), again)]

    assert 2 == changes.cut
    assert ["count(x over 10 s) = 5 is >= 5, of the newest 5 samples: more are not kept"] * 2 == reasons


def test_window_is_whole_again_when_what_was_cut_is_older_than_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MAX_SAMPLES", 5)
    engine, changes = Engine(Index([a_rule(condition=a_window(seconds=10))])), Changes()
    for at_ms in [0, 1_000, 2_000, 3_000, 4_000, 5_000, 12_000]:
        engine.apply(an_event(T + at_ms, x=1), f"{at_ms}-0", T, changes)
    verdict = checked(**a_window(seconds=10)).judge(engine.memory_of("p"), T + 12_000, None)

    assert (1, "count(x over 10 s) = 4 is > 1") == (changes.cut, str(verdict.reason))


def test_errors_beyond_the_limit_are_counted_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MAX_ERRORS", 5)
    rule = a_rule(condition={"kind": "error", "count": 6, "seconds": 60})
    engine, changes = Engine(Index([rule])), Changes()
    for i in range(7):
        engine.apply(Event("p", at_ms=T + i, errors=[ErrorReport("X", str(i))]), f"{i}-0", T, changes)
    verdict = condition.check(rule).judge(engine.memory_of("p"), T + 6, None)

    assert 2 == changes.cut
    assert "5 errors in 60 s is not >= 6, of the newest 5 reports: more are not kept" == str(verdict.reason)


def test_equal_reports_of_one_moment_take_the_room_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MAX_ERRORS", 5)
    engine, changes = Engine(Index([a_rule(condition={"kind": "error", "count": 10, "seconds": 60})])), Changes()
    for i in range(10):
        engine.apply(Event("p", at_ms=T, errors=[ErrorReport("X", "m")]), f"{i}-0", T, changes)

    assert (0, ["firing"]) == (changes.cut, [t.kind for t in changes.transitions])


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        (
            {"kind": "window", "metric": "x", "statistic": "avg", "operator": ">", "threshold": 1, "seconds": 3600},
            False,
        ),
        ({"kind": "rate", "metric": "x", "operator": ">", "threshold": 1, "seconds": 3600}, False),
        ({"kind": "rate", "metric": "x", "operator": ">", "threshold": 1, "seconds": 3601}, True),
        ({"kind": "error", "seconds": 3601}, True),
        ({"kind": "compound", "join": "not", "conditions": [{"kind": "error", "seconds": 3601}]}, True),
    ],
)
def test_condition_may_look_back_exactly_as_far_as_events_are_kept(fields: dict, refused: bool) -> None:
    rule = a_rule(condition=fields)
    if refused:
        with pytest.raises(Invalid, match="3601 s back, but events are kept for 3600 s"):
            condition.check(rule, 3_600_000)
    else:
        assert condition.check(rule, 3_600_000).describe()


@pytest.mark.parametrize("kind", ["window", "rate", "error"])
def test_window_too_short_to_hold_anything_is_refused(kind: str) -> None:
    numbers = {"metric": "x", "operator": ">", "threshold": 1} if kind != "error" else {}
    statistic = {"statistic": "avg"} if kind == "window" else {}
    with pytest.raises(Invalid, match="seconds"):
        checked(kind=kind, seconds=0.0004, **numbers, **statistic)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "absence", "seconds": 60},
        {"kind": "error"},
        {"kind": "state", "state": "s", "changed": True},
        {"kind": "compound", "join": "not", "conditions": [{"kind": "absence", "seconds": 60}]},
    ],
)
def test_recovery_threshold_where_no_number_is_compared_is_refused(fields: dict) -> None:
    with pytest.raises(Invalid, match=r"recover\.threshold"):
        condition.check(a_rule(condition=fields, recover={"threshold": 1.0}))
    assert condition.check(a_rule(condition=fields, recover={"for_seconds": 5.0}))


NUMBER = r"(-?[0-9.]+(?:e[+-]\d+)?|-?inf)"


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-50, 50),
    st.sampled_from([">", ">=", "<", "<=", "==", "!="]),
)
def test_reason_reads_as_the_verdict_says(value: float, steps: int, operator: str) -> None:
    """With a limit that is a hair away from the value, too."""
    limit = value + steps * math.ulp(value)
    if not math.isfinite(limit):
        return
    kind = checked(kind="threshold", metric="x", operator=operator, threshold=limit)
    verdict = kind.judge(a_memory([an_event(T, x=value)]), T, None)

    assert verdict is not None
    read = re.fullmatch(rf"x = {NUMBER} is (not )?{re.escape(operator)} {NUMBER}", str(verdict.reason))
    assert read is not None, str(verdict.reason)
    shown, negated, shown_limit = float(read[1]), bool(read[2]), float(read[3])
    assert shown_limit == limit
    assert verdict.holds == (not negated) == eval(f"{shown!r} {operator} {shown_limit!r}")


def test_reason_of_a_week_in_seconds_has_all_its_digits() -> None:
    kind = checked(kind="threshold", metric="age_ms", operator="<", threshold=1_209_600)
    memory = a_memory([an_event(T, age_ms=1_209_599.9)])

    assert str(kind.judge(memory, T, None).reason) == "age_ms = 1209599.9 is < 1209600"
