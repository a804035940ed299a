"""The life of an alert as one rule and one plugin decide it."""

import pytest

from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.index import Index
from shared.model import lifecycle
from shared.model.events import Command, Event
from tests.support.factories import MINUTE_MS, a_rule, an_event, fold

T = 1_700_000_000_000


@pytest.mark.parametrize(
    ("operator", "below", "equal", "above"),
    [
        (">", False, False, True),
        (">=", False, True, True),
        ("<", True, False, False),
        ("<=", True, True, False),
        ("==", False, True, False),
        ("!=", True, False, True),
    ],
)
def test_operator_compares_sample_with_threshold(operator: str, below: bool, equal: bool, above: bool) -> None:
    for value, fires in ((79.9, below), (80.0, equal), (80.1, above)):
        kinds = [kind for kind, _ in fold([a_rule(operator=operator)], [an_event(T, cpu=value)])]

        assert (["firing"] if fires else []) == kinds


def test_alert_fires_once_and_resolves_when_condition_ends() -> None:
    values = [50, 90, 95, 91, 70, 60, 85]

    told = fold([a_rule()], [an_event(T + i, cpu=v) for i, v in enumerate(values)])

    assert told == [("firing", T + 1), ("resolved", T + 4), ("firing", T + 6)]


def test_alert_fires_only_after_condition_held_for_its_duration() -> None:
    times = [0, 4_000, 9_999, 10_000]

    told = fold([a_rule(for_seconds=10)], [an_event(T + t, cpu=90) for t in times])

    assert told == [("pending", T), ("firing", T + 10_000)]


def test_one_false_sample_resets_the_duration() -> None:
    samples = [(0, 90), (9_000, 70), (10_000, 90), (19_000, 90), (20_000, 90)]

    told = fold([a_rule(for_seconds=10)], [an_event(T + t, cpu=v) for t, v in samples])

    assert told == [
        ("pending", T),
        ("cleared", T + 9_000),
        ("pending", T + 10_000),
        ("firing", T + 20_000),
    ]


def test_alert_recovers_only_below_its_recovery_threshold() -> None:
    values = [90, 79, 71, 85, 70]

    told = fold([a_rule(recover={"threshold": 70})], [an_event(T + i, cpu=v) for i, v in enumerate(values)])

    assert told == [("firing", T), ("resolved", T + 4)]


def test_alert_recovers_only_after_recovery_lasted() -> None:
    samples = [(0, 90), (1_000, 50), (5_000, 90), (6_000, 50), (15_000, 50), (16_000, 50)]

    told = fold([a_rule(recover={"for_seconds": 10})], [an_event(T + t, cpu=v) for t, v in samples])

    assert told == [("firing", T), ("resolved", T + 16_000)]


def test_breach_within_cooldown_reopens_the_same_alert_unannounced() -> None:
    engine = Engine(Index([a_rule(cooldown_minutes=5)]))
    changes = Changes()
    for i, value in enumerate([90, 50, 95]):
        engine.apply(an_event(T + i * MINUTE_MS, cpu=value), f"{i}-0", T + i * MINUTE_MS, changes)
    fired, resolved, reopened = changes.transitions

    assert ["firing", "resolved", "reopened"] == [fired.kind, resolved.kind, reopened.kind]
    assert fired.alert_id == resolved.alert_id == reopened.alert_id
    assert reopened.hold_until_ms == T + 5 * MINUTE_MS


def test_reopened_alert_is_announced_when_the_cooldown_ends_while_it_fires() -> None:
    engine = Engine(Index([a_rule(cooldown_minutes=5)]))
    fold(engine, [an_event(T, cpu=90), an_event(T + 1, cpu=50), an_event(T + 2, cpu=90)])
    before, after, later = Changes(), Changes(), Changes()
    engine.pass_time(T + 5 * MINUTE_MS - 1, before)
    engine.pass_time(T + 5 * MINUTE_MS, after)
    engine.pass_time(T + 9 * MINUTE_MS, later)

    assert [] == before.transitions
    assert ["announced"] == [t.kind for t in after.transitions]
    assert [] == later.transitions


def test_reopened_alert_that_resolves_within_the_cooldown_is_never_announced() -> None:
    engine = Engine(Index([a_rule(cooldown_minutes=5)]))
    events = [an_event(T + i, cpu=v) for i, v in enumerate([90, 50, 90, 50])]
    kinds = [kind for kind, _ in fold(engine, events)]
    changes = Changes()
    engine.pass_time(T + 6 * MINUTE_MS, changes)

    assert ["firing", "resolved", "reopened", "resolved"] == kinds
    assert [] == changes.transitions


def test_breach_after_the_cooldown_is_a_new_alert() -> None:
    engine = Engine(Index([a_rule(cooldown_minutes=1)]))
    changes = Changes()
    for i, (minute, value) in enumerate([(0, 90), (0.5, 50), (1, 95)]):
        at_ms = T + int(minute * MINUTE_MS)
        engine.apply(an_event(at_ms, cpu=value), f"{i}-0", at_ms, changes)

    assert ["firing", "resolved", "firing"] == [t.kind for t in changes.transitions]
    assert changes.transitions[0].alert_id != changes.transitions[2].alert_id


def test_late_sample_neither_fires_nor_resolves() -> None:
    engine = Engine(Index([a_rule()]))
    changes = Changes()
    for i, (at_ms, value) in enumerate([(T, 50), (T - 1, 99), (T + 5, 99), (T + 4, 10), (T + 5, 99)]):
        engine.apply(an_event(at_ms, cpu=value), f"{i}-0", T, changes)

    assert [(t.kind, t.at_ms) for t in changes.transitions] == [("firing", T + 5)]
    assert 2 == changes.late


def test_alert_without_auto_resolve_waits_for_a_person() -> None:
    engine = Engine(Index([a_rule(auto_resolve=False)]))
    changes = Changes()
    engine.apply(an_event(T, cpu=90), "1-0", T, changes)
    engine.apply(an_event(T + 1, cpu=10), "2-0", T, changes)
    alert_id = changes.transitions[0].alert_id
    engine.obey(Command(kind="resolve", rule_id="r", plugin_id="p", alert_id=alert_id, by="kim", at_ms=T), changes)
    engine.apply(an_event(T + 2, cpu=90), "3-0", T, changes)

    assert ["firing", "resolved", "firing"] == [t.kind for t in changes.transitions]
    assert "resolved by kim" == changes.transitions[1].reason


def test_command_about_another_alert_changes_nothing() -> None:
    engine = Engine(Index([a_rule()]))
    fold(engine, [an_event(T, cpu=90)])
    changes = Changes()
    engine.obey(Command(kind="resolve", rule_id="r", plugin_id="p", alert_id="other", by="kim", at_ms=T), changes)

    assert {} == changes.snapshots


@pytest.mark.parametrize(
    ("rules_after", "reason"),
    [
        ([], "the rule was deleted"),
        ([a_rule(enabled=False)], "the rule was disabled"),
        ([a_rule(plugin_id="q")], "the rule no longer covers this plugin"),
    ],
)
def test_open_alert_of_a_rule_that_ends_is_resolved_with_that_reason(rules_after: list, reason: str) -> None:
    engine = Engine(Index([a_rule()]))
    fold(engine, [an_event(T, cpu=90)])
    changes = Changes()
    engine.replace_rules(Index(rules_after), T + 1, changes)

    assert [("resolved", reason)] == [(t.kind, t.reason) for t in changes.transitions]


def test_renamed_plugin_has_its_alerts_resolved_and_is_not_missed() -> None:
    silence = a_rule(id="silent", condition={"kind": "absence", "seconds": 60})
    engine = Engine(Index([a_rule(), silence]))
    fold(engine, [an_event(T, cpu=90)])
    changes = Changes()
    engine.apply(Event("p", at_ms=T + 1, renamed_to="q"), "9-0", T + 1, changes)
    engine.pass_time(T + 10 * MINUTE_MS, changes)

    assert [("resolved", "the mapping has changed: its plugin is now called q")] == [
        (t.kind, t.reason) for t in changes.transitions
    ]
    assert {("r", "p"): None} == changes.snapshots
    assert (["p"], []) == (engine.plugins.take_renamed(), list(engine.plugins.by_id))


def test_plugin_that_is_heard_again_after_its_renaming_is_a_new_one() -> None:
    engine = Engine(Index([a_rule()]))
    fold(engine, [an_event(T, cpu=90)])
    changes = Changes()
    for number in range(2):
        engine.apply(Event("p", at_ms=T + 1, renamed_to="q"), f"9-{number}", T + 1, changes)
    engine.apply(an_event(T + 2, cpu=90), "10-0", T + 2, changes)

    assert ["resolved", "firing"] == [t.kind for t in changes.transitions]
    assert [] == engine.plugins.take_renamed()


def test_takeover_remembers_nothing_of_a_plugin_from_before_its_renaming() -> None:
    events = [an_event(T, cpu=90), Event("p", at_ms=T + 1, renamed_to="q")]
    owner, heir = Engine(Index([a_rule()])), Engine(Index([a_rule()]))
    for number, event in enumerate(events):
        owner.apply(event, f"{number}-0", T + 1, Changes())
        heir.plugins.remember(event, T + 1)

    assert {} == owner.plugins.by_id == heir.plugins.by_id


def test_open_alert_of_a_rule_this_version_cannot_read_stays_open() -> None:
    engine = Engine(Index([a_rule()]))
    fold(engine, [an_event(T, cpu=90)])
    changes = Changes()
    engine.replace_rules(Index([], unreadable=["r"]), T + 1, changes)

    assert [] == changes.transitions


def test_pending_alert_begins_anew_when_its_condition_is_edited() -> None:
    engine = Engine(Index([a_rule(for_seconds=10)]))
    fold(engine, [an_event(T, cpu=90)])
    changes = Changes()
    engine.replace_rules(Index([a_rule(for_seconds=10, threshold=85)]), T + 5_000, changes)
    engine.apply(an_event(T + 10_000, cpu=90), "2-0", T, changes)

    assert ["cleared", "pending"] == [t.kind for t in changes.transitions]


def test_a_plugins_own_rule_overrides_the_general_one() -> None:
    general = a_rule(id="general", overrides="cpu")
    own = a_rule(id="own", overrides="cpu", plugin_id="p", threshold=95)
    engine = Engine(Index([general, own]))
    changes = Changes()
    engine.apply(an_event(T, "p", cpu=90), "1-0", T, changes)
    engine.apply(an_event(T, "q", cpu=90), "2-0", T, changes)

    assert [("general", "q")] == [(t.rule_id, t.plugin_id) for t in changes.transitions]


def test_plugin_comes_into_a_rules_scope_when_its_labels_change() -> None:
    engine = Engine(Index([a_rule(labels={"region": "kr-*"})]))
    changes = Changes()
    for i, region in enumerate(["us-1", "kr-1", "us-1"]):
        event = Event("p", at_ms=T + i, metrics={"cpu": 90}, labels={"region": region})
        engine.apply(event, f"{i}-0", T, changes)

    assert ["firing", "resolved"] == [t.kind for t in changes.transitions]


def test_command_that_comes_after_the_alert_reopened_closes_it_on_the_board_too() -> None:
    engine = Engine(Index([a_rule(cooldown_minutes=5)]))
    changes = Changes()
    for i, value in enumerate([90, 50, 90]):
        engine.apply(an_event(T + i, cpu=value), f"{i}-0", T, changes)
    alert_id = changes.transitions[0].alert_id
    board = None
    for change in changes.transitions:
        board = lifecycle.apply(board, change) or board
        if change.kind == "firing":
            # The operator's word is on its way to the evaluator, which has decided the rest meanwhile.
            board = lifecycle.resolve(board, "kim", "", T)
    after = Changes()
    engine.obey(Command(kind="resolve", rule_id="r", plugin_id="p", alert_id=alert_id, by="kim", at_ms=T), after)
    board = lifecycle.apply(board, after.transitions[0])

    assert ("resolved", "resolved by kim", 0) == (board.state, board.reason, engine.plugins.open_alerts())


def test_override_that_ends_an_alert_is_its_reason() -> None:
    general = a_rule(id="general", overrides="cpu")
    engine = Engine(Index([general]))
    fold(engine, [an_event(T, cpu=90)])
    changes = Changes()
    engine.replace_rules(Index([general, a_rule(id="own", overrides="cpu", plugin_id="p")]), T + 1, changes)

    assert [("resolved", "the plugin has a rule of its own that overrides cpu")] == [
        (t.kind, t.reason) for t in changes.transitions
    ]


def test_cooldown_that_ended_while_the_rule_could_not_be_read_is_announced_when_it_can() -> None:
    rule = a_rule(cooldown_minutes=5)
    engine = Engine(Index([rule]))
    fold(engine, [an_event(T, cpu=90), an_event(T + 1, cpu=50), an_event(T + 2, cpu=90)])
    changes = Changes()
    engine.replace_rules(Index([], unreadable=["r"]), T + 3, changes)
    engine.pass_time(T + 6 * MINUTE_MS, changes)
    engine.replace_rules(Index([rule]), T + 7 * MINUTE_MS, changes)
    engine.pass_time(T + 7 * MINUTE_MS, changes)

    assert ["announced"] == [t.kind for t in changes.transitions]
