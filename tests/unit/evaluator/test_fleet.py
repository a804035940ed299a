"""Fleet rules: what partitions report to each other, and what is decided of it, however owners die and change."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator import fleet_partials, fleet_ticks, stored
from evaluator.changes import Changes
from evaluator.condition import check
from evaluator.fleet_partials import combine, partial
from evaluator.fleet_ticks import Ticks
from evaluator.index import Index
from producers import event_body, plain
from shared.errors import Invalid
from shared.model import fleet, salvage
from shared.model.alerts import NAME_LENGTH
from shared.model.encoding import encode
from shared.model.events import Event
from shared.model.fleet import TICK_MS, Report, RuleReport
from shared.redis import streams
from tests.support.factories import a_rule
from tests.support.fleets import System, expected, ticks_between

T = 1_700_000_000_000


def a_fleet(aggregate: str = "avg", threshold: float = 80, **fields: Any) -> Any:
    condition = {"kind": "fleet", "metric": "cpu", "aggregate": aggregate, "operator": ">", "threshold": threshold}
    for name in ("by", "each_operator", "each_threshold", "operator", "metric", "formula"):
        if name in fields:
            condition[name] = fields.pop(name)
    return a_rule(**{"id": "f", "cooldown_minutes": 0, **fields}, condition=condition)


def an_event(plugin_id: str, cpu: float, service: str = "web", **fields: Any) -> Event:
    return Event(plugin_id, metrics={"cpu": cpu}, labels={"service": service}, **fields)


def test_average_over_plugins_of_several_partitions_fires_and_resolves() -> None:
    system = System([a_fleet(by=["service"])])
    for n in range(10):
        system.publish(an_event(f"web-{n}", 90.0))
        system.publish(an_event(f"db-{n}", 10.0, "db"))
    system.settle()
    for n in range(10):
        system.publish(an_event(f"web-{n}", 60.0))
    system.settle()

    assert [
        ("firing", "fleet:f/web", "avg(cpu) = 90 is > 80, over 10 plugins"),
        ("resolved", "fleet:f/web", "avg(cpu) = 60 is not > 80, over 10 plugins"),
    ] == [(one.kind, one.plugin_id, one.reason) for one in system.transitions]


CONDITIONS: list[dict[str, Any]] = [
    {"aggregate": "avg", "threshold": 50},
    {"aggregate": "sum", "threshold": 120, "by": ["service"]},
    {"aggregate": "min", "threshold": 20, "by": ["service"]},
    {"aggregate": "max", "threshold": 90, "operator": "<", "by": ["service"]},
    {"aggregate": "count", "threshold": 3, "operator": "<", "by": ["service"]},
    {"aggregate": "count", "threshold": 1, "each_operator": ">", "each_threshold": 60, "by": ["service"]},
    {"aggregate": "share", "threshold": 40, "each_operator": ">=", "each_threshold": 60, "by": ["service"]},
    {"aggregate": "share", "threshold": 40, "each_operator": ">", "each_threshold": 60, "plugins": "[ab]*"},
]

steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("publish"),
            st.sampled_from(["a1", "a2", "b1", "b2", "c1", "c2", "플러그인"]),
            st.sampled_from([0.0, 0.1, 0.2, 0.3, 1e16, -1e16, 59.9, 60.0, 95.0]) | st.floats(0, 100),
            st.sampled_from(["web", "db", ""]),
            st.sampled_from([0, 0, 0, -2_000, 3_000]),
        ),
        st.tuples(st.just("wait"), st.integers(1, 3_000)),
        st.tuples(st.just("wait"), st.integers(1, 3_000)),
        st.tuples(st.just("step"), st.integers(0, 2)),
        st.tuples(st.just("die"), st.integers(0, 2), st.integers(0, 7)),
        st.tuples(st.just("take over"), st.integers(0, 2)),
        st.tuples(st.just("save"), st.integers(0, 2)),
    ),
    max_size=60,
)


@given(st.sampled_from(CONDITIONS), steps)
@settings(max_examples=300, deadline=None)
def test_fleet_equals_brute_force_however_owners_die_and_partitions_move(
    condition: dict[str, Any], drawn: list[Any]
) -> None:
    rule = a_fleet(**condition)
    system = System([rule])
    waited_ms = 0
    for act, *arguments in drawn:
        if act == "publish":
            plugin_id, value, service, skew_ms = arguments
            system.publish(an_event(plugin_id, value, service, at_ms=system.clock_ms + skew_ms))
        elif act == "wait":
            system.clock_ms += arguments[0]
            waited_ms += arguments[0]
            if waited_ms > 15_000:
                # No partition is silent for so long that a tick is decided without it.
                system.step_all()
                waited_ms = 0
        elif act == "step":
            system.step(arguments[0])
        elif act == "die":
            system.step(arguments[0], dies_after=arguments[1])
        elif act == "take over":
            system.partitions[arguments[0]].take_over()
        else:
            system.step(arguments[0])
            system.partitions[arguments[0]].save()
    system.settle()

    ticks = ticks_between(system.start_ms, system.clock_ms)
    assert expected(rule, system.events, ticks) == system.told()


def report_of(source: int, tick: int, system: System, **groups: float) -> Report:
    """Return what partition *source* reports of plugins with these values, one a group."""
    rule = Index(system.rules).fleet["f"]
    partials = {f"fleet:f/{name}": partial(rule, (name,), [(value, "p")]) for name, value in groups.items()}
    return Report(source, T + tick * TICK_MS, {"f": RuleReport(rule.definition, partials)})


def test_tick_waits_for_a_silent_partition_and_is_decided_without_it_after_30_seconds() -> None:
    system = System([a_fleet("sum", by=["service"], threshold=50)])
    owner = system.owner_of("fleet:f/web")

    def hear(seconds: int, report: Report) -> list[str]:
        return [one.reason for one in owner.hear(T + seconds * 1000, report)]

    assert [] == hear(1, report_of(0, 0, system, web=40.0))
    assert [] == hear(2, report_of(1, 0, system, web=41.0))
    assert [] == hear(30, report_of(0, 5, system, web=1.0))
    assert ["sum(cpu) = 81 is > 50, over 2 plugins; only 2 of 3 partitions reported"] == hear(
        31, report_of(1, 5, system, web=1.0)
    )
    assert [] == hear(32, report_of(2, 0, system, web=1_000.0)), "it comes too late for this tick"
    assert ["sum(cpu) = 6 is not > 50, over 3 plugins"] == hear(33, report_of(2, 5, system, web=4.0))


def test_tick_that_a_living_partition_skipped_is_left_to_the_next_one() -> None:
    """A sum without a partition that goes on reporting would be wrong."""
    system = System([a_fleet("sum", by=["service"], operator="<", threshold=50)])
    owner = system.owner_of("fleet:f/web")
    reports = [report_of(p, 0, system, web=20.0) for p in (0, 1)]
    reports += [report_of(p, 1, system, web=20.0) for p in (0, 1, 2)]

    assert [] == [one for n, report in enumerate(reports) for one in owner.hear(T + 5_000 + n, report)]
    assert T + TICK_MS == owner.engine.fleet.ticks.closed_until_ms


def test_reports_of_a_far_ahead_partition_are_bounded() -> None:
    system = System([a_fleet("sum", by=["service"], threshold=50)])
    owner = system.owner_of("fleet:f/web")
    for tick in range(200):
        assert [] == owner.hear(T + 1, report_of(0, tick, system, web=100.0))

    assert fleet_ticks.MAX_WAITING == len(owner.engine.fleet.ticks.waiting)


def test_values_of_two_versions_of_a_rule_are_never_mixed() -> None:
    system = System([a_fleet("sum", by=["service"], threshold=50)])
    other = System([a_fleet("sum", by=["service"], threshold=50, plugins="web-*")])
    owner = system.owner_of("fleet:f/web")
    for source, of in enumerate((system, system, other)):
        assert [] == owner.hear(T + 1, report_of(source, 0, of, web=100.0))
    told = [one for p in range(3) for one in owner.hear(T + 5_001, report_of(p, 1, system, web=100.0))]

    assert [("firing", 300.0)] == [(one.kind, one.value) for one in told]


@pytest.mark.parametrize(
    ("when_gone", "kinds"), [("resolve", ["firing", "resolved"]), ("hold", ["firing"]), ("fire", ["firing"])]
)
def test_group_without_plugins_ends_as_the_rule_says(when_gone: str, kinds: list[str]) -> None:
    system = System([a_fleet(by=["service"], gone_after_seconds=20, when_gone=when_gone)])
    system.publish(an_event("web-1", 90.0))
    system.settle(40)

    assert kinds == [one.kind for one in system.transitions]
    if when_gone == "resolve":
        assert "no plugin of the group reports cpu any more" == system.transitions[-1].reason
        # At the tick before, the value was 19 s old.
        assert system.start_ms + 24_000 == system.transitions[-1].at_ms


def test_formula_is_computed_for_each_plugin() -> None:
    formula = a_fleet("max", threshold=50, formula="used / size * 100", metric=None)
    system = System([formula])
    for plugin_id, used, size in (("a", 60.0, 100.0), ("b", 1.0, 4.0), ("c", 1.0, 0.0)):
        system.publish(Event(plugin_id, metrics={"used": used}))
        system.publish(Event(plugin_id, metrics={"size": size}))
    system.settle()

    assert ["max(used / size * 100) = 60 is > 50, over 2 plugins"] == [one.reason for one in system.transitions]


def test_stated_end_of_a_series_takes_its_plugin_out() -> None:
    system = System([a_fleet("max", threshold=80)])
    system.publish(an_event("a", 90.0))
    system.publish(an_event("b", 10.0))
    system.settle()
    system.publish(Event("a", gone=("cpu",)))
    system.settle()

    assert [("firing", 90.0), ("resolved", 10.0)] == [(one.kind, one.value) for one in system.transitions]


def test_count_of_a_group_that_vanished_is_zero_and_still_fires() -> None:
    rule = a_fleet("count", operator="<", threshold=3, by=["service"], gone_after_seconds=20, for_seconds=8)
    system = System([rule])
    for name in ("web-1", "web-2", "web-3"):
        system.publish(an_event(name, 1.0))
    system.settle(60)

    assert ["pending", "firing"] == [one.kind for one in system.transitions]
    assert "number of plugins with cpu = 0 is < 3, over 0 plugins, for 10 s" == system.transitions[-1].reason


def test_deleted_rule_resolves_its_groups_and_another_kind_too() -> None:
    system = System([a_fleet(by=["service"])])
    system.publish(an_event("web-1", 90.0))
    system.settle()
    owner = system.owner_of("fleet:f/web")
    for rules, reason in (
        ([], "the rule was deleted"),
        ([a_rule(id="f")], "the rule now has a condition of another kind"),
    ):
        changes = Changes()
        system.partitions[owner.number].take_over()
        owner.engine.replace_rules(Index(rules), system.clock_ms, changes)

        assert [("resolved", reason)] == [(one.kind, one.reason) for one in changes.transitions]


def test_group_after_an_edit_of_its_labels_is_resolved() -> None:
    system = System([a_fleet(by=["service"])])
    system.publish(an_event("web-1", 90.0))
    system.settle()
    system.replace_rules([a_fleet(by=[], metric="cpu")])
    system.settle()

    assert [("firing", "fleet:f/web"), ("firing", "fleet:f/all"), ("resolved", "fleet:f/web")] == [
        (one.kind, one.plugin_id) for one in system.transitions
    ]


def test_groups_are_no_members_and_no_other_rule_covers_them() -> None:
    system = System(
        [a_fleet(), a_rule(id="all", condition={"kind": "absence", "seconds": 5}), a_fleet(id="g", metric="avg(cpu)")]
    )
    system.publish(an_event("web-1", 90.0))
    system.settle()

    assert {("f", "fleet:f/all"), ("all", "web-1")} >= {(one.rule_id, one.plugin_id) for one in system.transitions}
    assert "fleet:f/all" in {one.plugin_id for one in system.transitions}


def test_too_many_groups_decide_nothing_and_are_reported() -> None:
    system = System([a_fleet(by=["service"])], partitions=1)
    for n in range(fleet_partials.MAX_GROUPS + 1):
        system.publish(an_event(f"p{n}", 90.0, f"service-{n}"))
    system.clock_ms += 6_000
    with pytest.raises(AssertionError, match="more than 1000 groups in one partition; group by fewer labels"):
        system.step_all()


def test_group_for_whose_plugin_there_is_no_room_is_reported_and_becomes_no_dead_letter() -> None:
    system = System([a_fleet()], partitions=1)
    [owner] = system.partitions
    system.publish(an_event("web-1", 90.0))
    system.step_all()
    owner.engine.plugins.budget.most_plugins = 1
    changes = Changes()
    report = report_of(0, 0, system, all=90.0)
    owner.engine.fleet.take(report, "1-0", T, changes, T)

    assert ([], []) == (changes.refused, changes.transitions)
    assert "no room for the plugin of another group" in str(owner.engine.failures["f", "fleet:f/all"].error)


values = st.text(st.sampled_from("ab=,~/"), max_size=4) | st.text(max_size=200)


@given(st.lists(st.tuples(values, values), max_size=20, unique=True))
def test_names_of_groups_are_unique_and_short_enough(groups: list[tuple[str, str]]) -> None:
    for by in (["service"], ["service", "region"]):
        of_labels = {group[: len(by)] for group in groups}
        ids = {fleet.plugin_of("r", by, group) for group in of_labels}

        assert len(of_labels) == len(ids)
        assert all(len(one) <= NAME_LENGTH and "r" == fleet.rule_of(one) and fleet.is_group(one) for one in ids)


@given(st.lists(st.lists(st.floats(-1e300, 1e300) | st.floats(allow_nan=False, allow_infinity=False))))
def test_sum_does_not_depend_on_how_the_plugins_are_spread(spread: list[list[float]]) -> None:
    rule = Index([a_fleet("sum")]).fleet["f"]
    partials = [partial(rule, (), [(value, "p") for value in numbers]) for numbers in spread if numbers]
    numbers = [value for some in spread for value in some]
    if not numbers:
        return

    assert math.isfinite(combine(rule, partials).value)
    assert all(len(one.total) <= fleet.MAX_PARTS for one in partials)
    if all(abs(number) <= 1e300 for number in numbers):
        assert math.fsum(numbers) == combine(rule, partials).value


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"aggregate": "share"}, "condition.body"),
        ({"aggregate": "avg", "each_operator": ">", "each_threshold": 1}, "condition.body"),
        ({"aggregate": "count", "each_operator": ">"}, "condition.body"),
        ({"by": ["a", "a"]}, "condition.body"),
        ({"aggregate": "median"}, "condition.aggregate"),
        ({"plugin_id": "p"}, "plugin_id"),
        ({"overrides": "key"}, "overrides"),
    ],
)
def test_rule_that_makes_no_sense_is_refused(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(a_fleet(**fields))

    assert [field] == list(refused.value.problems)


def test_fleet_cannot_be_a_part_of_a_compound() -> None:
    part = a_fleet().condition
    with pytest.raises(Invalid) as refused:
        check(a_rule(condition={"kind": "compound", "join": "any", "conditions": [part]}))

    assert "a fleet condition cannot be a part of a compound" in str(refused.value)


def test_checkpoint_without_the_ticks_of_its_position_begins_anew() -> None:
    body = msgspec.msgpack.encode(("7-0", Ticks(3, closed_until_ms=5)))
    stored_fields = {b"id": b"7-0", b"memory": b"\x90", b"fleet": body}

    assert Ticks(3, closed_until_ms=5) == stored.read_checkpoint(stored_fields).ticks
    assert None is stored.read_checkpoint({**stored_fields, b"id": b"8-0"}).ticks
    unreadable = stored.read_checkpoint({**stored_fields, b"fleet": b"\xc1"})
    assert None is unreadable.ticks
    assert unreadable.unreadable[0].startswith("the checkpoint's ticks of fleet rules: ")


def test_publisher_and_readers_refuse_the_ids_of_groups() -> None:
    body = encode(Event("fleet:f/web", metrics={"avg(cpu)": 99.0}))
    with pytest.raises(plain.Unusable, match="begins with fleet:, which is reserved"):
        event_body.encode(plain.copied("fleet:f/web", "", {"cpu": 1.0}, None, None, None, None, 0))

    assert None is streams.decode_one([b"e", body], T, {"avg(cpu)"})
    assert [] == streams.decode(body, T)[0]
    assert None is salvage.judge({"plugin_id": "fleet:f/web"}, T).event
