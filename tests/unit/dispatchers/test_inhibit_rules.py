"""The rules of inhibition beside the routes: as looking at every alert that fires would find, at a fixed cost."""

import fnmatch
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dispatchers import route, suppress
from dispatchers.inhibition import FiringSources, InhibitRules
from dispatchers.suppress import World
from shared.model import external, lifecycle
from shared.model.alert_labels import labels_of
from shared.model.alerts import Alert, External, Transition
from shared.model.inhibit_rules import InhibitRule
from tests.support.delivery import T, a_transition

SEVERE = InhibitRule(
    name="by severity", source_matchers=["severity=critical"], target_matchers=["severity=warning"], equal=["instance"]
)


def stated(alert_id: str, labels: dict[str, str], kind: str = "firing", **fields: Any) -> Transition:
    """Return a change of an external alert."""
    about = {"external": External(fingerprint=external.fingerprint(labels)), "plugin_id": alert_id, "metric": ""}
    return a_transition(
        **{"kind": kind, "alert_id": alert_id, "rule_id": "external:x", "labels": labels, **about}, **fields
    )


def critical(alert_id: str = "cause", instance: str = "a", **fields: Any) -> Transition:
    return stated(alert_id, {"severity": "critical", "instance": instance}, **fields)


def warning(alert_id: str = "effect", instance: str = "a", **fields: Any) -> Transition:
    return stated(alert_id, {"severity": "warning", "instance": instance}, **fields)


def a_world(*rules: InhibitRule, board: World | None = None) -> World:
    inhibition = (
        FiringSources(InhibitRules(rules)) if board is None else FiringSources(board.inhibition.rules, board.inhibition)
    )
    return World(inhibition=inhibition)


def routed(world: World, *changes: Transition, before: dict[str, Alert] | None = None) -> dict[str, Alert]:
    alerts: dict[str, Alert | None] = {change.alert_id: None for change in changes} | (before or {})
    route.route_all(changes, alerts, (), world, T, 1_000)
    return {alert_id: alert for alert_id, alert in alerts.items() if alert is not None}


def held(alerts: dict[str, Alert]) -> list[str]:
    return sorted(alert.id for alert in alerts.values() if "inhibited" in alert.suppressed)


@pytest.mark.parametrize("first", ["cause", "effect"])
def test_order_within_a_batch_makes_no_difference(first: str) -> None:
    changes = sorted([critical(), warning(), warning("other", "b")], key=lambda change: change.alert_id != first)

    alerts = routed(a_world(SEVERE), *changes)

    assert ["effect"] == held(alerts)
    reason = alerts["effect"].suppressed_reasons["inhibited"]
    assert ("suppressed.inhibit_rule", "by severity", "cause", ["instance=a"]) == (
        reason.code,
        *(reason.values[name] for name in ("rule", "alert_id", "labels")),
    )


def test_cause_that_ends_in_the_same_batch_holds_nothing_back() -> None:
    assert [] == held(routed(a_world(SEVERE), critical(), warning(), critical(kind="resolved")))


def test_alerts_that_are_causes_of_each_other_are_all_held_back_as_in_alertmanager() -> None:
    rules = [
        InhibitRule(source_matchers=[f"n={a}"], target_matchers=[f"n={b}"])
        for a, b in (("1", "2"), ("2", "3"), ("3", "1"))
    ]

    assert ["1", "2", "3"] == held(routed(a_world(*rules), *(stated(n, {"n": n}) for n in "321")))


def test_target_is_told_when_its_cause_ends_and_when_the_rule_is_gone() -> None:
    alerts = routed(a_world(SEVERE), critical(), warning())
    later = a_world(SEVERE)
    for alert in routed(a_world(SEVERE), critical(kind="resolved"), before=alerts).values():
        later.follow(alert)

    after, lines = route.reconsider(alerts["effect"], later, T)
    assert ({}, 1) == (after.suppressed, len(lines))
    assert {} == route.reconsider(alerts["effect"], a_world(), T)[0].suppressed


def test_reason_stays_while_its_alert_fires() -> None:
    world = a_world(SEVERE)
    effect = routed(world, critical("first"), warning())["effect"]
    others = routed(World(), critical("first"), critical("second"))
    turned = a_world(SEVERE)
    for alert_id in ("second", "first"):
        turned.follow(others[alert_id])

    assert (effect, []) == route.reconsider(effect, turned, T)
    turned.follow(structs.replace(others["first"], state="resolved"))
    assert "second" == route.reconsider(effect, turned, T)[0].suppressed_reasons["inhibited"].values["alert_id"]


# -- the same as looking at every alert ----------------------------------------------------------------------

NAMES = ["a", "b", "c"]
MATCHERS = st.builds(
    "{} {} {}".format,
    st.sampled_from(NAMES),
    st.sampled_from(["glob", "!glob"]),
    st.sampled_from(["1", "2", "?*", "*"]),
)
RULES = st.lists(
    st.builds(
        InhibitRule,
        source_matchers=st.lists(MATCHERS, max_size=2),
        target_matchers=st.lists(MATCHERS, max_size=2),
        equal=st.lists(st.sampled_from(NAMES), max_size=2),
    ),
    min_size=1,
    max_size=3,
)
LABELS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["1", "2"]))
CHANGES = st.lists(
    st.tuples(LABELS, st.sampled_from(["firing", "firing", "resolved", "reopened"])), min_size=1, max_size=6
)
BATCHES = st.lists(st.tuples(CHANGES, st.sampled_from(["keep", "lose"])), max_size=6)


def fits(matchers: list[str], labels: dict[str, str]) -> bool:
    for name, operator, glob in (text.split() for text in matchers):
        if fnmatch.fnmatchcase(labels.get(name, ""), glob) is operator.startswith("!"):
            return False
    return True


def holds_back(rule: InhibitRule, source: dict[str, str], target: dict[str, str]) -> bool:
    """Alertmanager's rule in words."""
    if not fits(rule.source_matchers, source) or not fits(rule.target_matchers, target):
        return False
    if fits(rule.source_matchers, target) and fits(rule.target_matchers, source):
        return False
    return all(source.get(name, "") == target.get(name, "") for name in rule.equal)


@given(RULES, BATCHES)
def test_property_verdict_is_that_of_looking_at_every_alert_that_fires(
    rules: list[InhibitRule], batches: list[tuple[list[tuple[dict[str, str], str]], str]]
) -> None:
    board = a_world(*rules)
    alerts: dict[str, Alert] = {}
    for stated_changes, outcome in batches:
        changes = [stated(str(sorted(labels.items())), labels, kind) for labels, kind in stated_changes]
        after = routed(a_world(board=board), *changes, before=alerts)
        firing = {alert.id: labels_of(alert) for alert in after.values() if alert.state == "firing"}
        expected = {
            one
            for one, labels in firing.items()
            if any(holds_back(r, f, labels) for r in rules for f in firing.values())
        }
        begun = {change.alert_id for change in changes if after.get(change.alert_id) is not alerts.get(change.alert_id)}
        # Those of earlier batches are looked at again by the clock; here, at once.
        seen = a_world(board=board)
        for change in changes:
            if change.alert_id in after:
                seen.follow(after[change.alert_id])

        assert {one for one in expected if one in begun} == {
            one for one in held(after) if one in begun and one in firing
        }
        assert expected == {one for one in firing if suppress.inhibited(after[one], seen, T) is not None}
        if outcome == "keep":
            alerts = after
            for change in changes:
                if change.alert_id in alerts:
                    board.follow(alerts[change.alert_id])


def test_cost_of_a_verdict_does_not_grow_with_the_alerts_that_fire() -> None:
    both = InhibitRule(source_matchers=["severity=~warning|critical"], target_matchers=["severity=warning"])

    def read(count: int) -> int:
        """Return how many alerts a verdict reads; each follows the same rule on both sides."""
        world = a_world(both)
        for alert in routed(World(), *(warning(str(n)) for n in range(count))).values():
            world.follow(alert)
        target = lifecycle.apply(None, warning())
        assert target is not None and world.inhibition.find(target) is None
        side, is_both = next(iter(world.inhibition.rules.roles(target).target_of.items()))
        return len(world.inhibition._alerts.get((side, not is_both), {}))

    assert 0 == read(2) == read(300)
