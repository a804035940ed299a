"""What holds alerts of other plugins back: as looking at every alert would find, at a fixed cost."""

import fnmatch
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dispatchers import route, suppress
from dispatchers.sources import MAX_INDEXES, Sources
from dispatchers.suppress import World
from shared.model import lifecycle
from shared.model.alerts import SEVERITIES, Alert, Policy, Transition
from tests.support.delivery import T, a_transition

HELD_BY_HOST = Policy(inhibited_by=["host_down"], equal=["instance"])


def host(instance: str = "web-1", **fields: Any) -> Transition:
    about = {"alert_id": f"host {instance}", "rule_id": "host_down", "rule_name": "host down", "metric": "up"}
    return a_transition(
        **{"kind": "firing", "plugin_id": f"node/{instance}", "labels": {"instance": instance}, **about, **fields}
    )


def disk(n: int = 0, instance: str = "web-1", **fields: Any) -> Transition:
    about = {"alert_id": f"disk {instance} {n}", "rule_id": "disk_full", "plugin_id": f"node/{instance}{{disk={n}}}"}
    labels = {"instance": instance, "disk": str(n)}
    return a_transition(**{"kind": "firing", "policy": HELD_BY_HOST, "labels": labels, **about, **fields})


def routed(
    *changes: Transition, world: World | None = None, before: dict[str, Alert] | None = None
) -> dict[str, Alert]:
    """Route one batch; returns the alerts after it, of those it is about and those before."""
    alerts: dict[str, Alert | None] = {change.alert_id: None for change in changes}
    alerts |= before or {}
    route.route_all(changes, alerts, (), world or World(), T, 1_000)
    return {alert_id: alert for alert_id, alert in alerts.items() if alert is not None}


def held(alerts: dict[str, Alert]) -> list[str]:
    return sorted(alert.id for alert in alerts.values() if "inhibited" in alert.suppressed)


def test_alert_of_a_host_holds_back_the_alerts_of_its_disks_and_of_no_other_host() -> None:
    world = World()
    alerts = routed(host(), world=world)
    alerts |= routed(*(disk(n) for n in range(10)), disk(0, "web-2"), world=world)

    assert [f"disk web-1 {n}" for n in range(10)] == held(alerts)
    reason = alerts["disk web-1 3"].suppressed_reasons["inhibited"]
    assert ("suppressed.equal_labels", "host web-1") == (reason.code, reason.values["alert_id"])
    assert "host web-1 (host down) of node/web-1, which has the same labels: instance=web-1" in str(reason)


def test_causes_of_a_batch_are_routed_before_what_they_hold_back() -> None:
    alerts = routed(*(disk(n) for n in range(3)), host())

    assert [f"disk web-1 {n}" for n in range(3)] == held(alerts)


def test_transitions_of_an_alert_keep_their_order() -> None:
    alerts = routed(disk(), disk(kind="resolved"), host(), host(kind="resolved"), disk(1))

    assert {"disk web-1 0": "resolved", "host web-1": "resolved", "disk web-1 1": "firing"} == {
        alert.id: alert.state for alert in alerts.values()
    }
    assert [] == held({"": alerts["disk web-1 1"]})


@pytest.mark.parametrize(
    ("equal", "of_source", "of_target", "is_held"),
    [
        (["instance"], {"instance": "a"}, {"instance": "a"}, True),
        (["instance"], {"instance": "a"}, {"instance": "b"}, False),
        (["instance"], {"instance": "a"}, {}, False),
        (["instance"], {}, {"instance": "a"}, False),
        # Without any of the labels nothing is held back, else one such alert would hold back all others.
        (["instance"], {}, {}, False),
        (["instance"], {"instance": ""}, {"instance": ""}, False),
        # A label that both lack is equal, as long as another one has a value.
        (["cluster", "instance"], {"instance": "a"}, {"instance": "a"}, True),
        (["cluster", "instance"], {"instance": "a", "cluster": ""}, {"instance": "a"}, True),
        (["cluster", "instance"], {"instance": "a", "cluster": "kr"}, {"instance": "a"}, False),
        (["cluster", "instance"], {"instance": "a", "cluster": "kr"}, {"instance": "a", "cluster": "kr"}, True),
        ([], {"instance": "a"}, {"instance": "a"}, False),
    ],
)
def test_all_labels_must_be_equal_and_one_must_be_there(
    equal: list[str], of_source: dict[str, str], of_target: dict[str, str], is_held: bool
) -> None:
    policy = Policy(inhibited_by=["host_*"], equal=equal)
    world = World()
    routed(host(labels=of_source), world=world)

    assert is_held == bool(held(routed(disk(labels=of_target, policy=policy), world=world)))


def test_plugin_without_the_labels_is_held_back_by_its_own_alerts_as_ever() -> None:
    world = World()
    routed(host(plugin_id="p", labels={}), world=world)

    assert ["disk web-1 0"] == held(routed(disk(plugin_id="p", labels={}), world=world))


@pytest.mark.parametrize("state", ["pending", "resolved"])
def test_alert_that_does_not_fire_holds_nothing_back(state: str) -> None:
    world = World()
    changes = [host(kind="pending"), host(), host(kind="resolved")]
    alerts = routed(*changes[: 1 if state == "pending" else 3], world=world)

    assert state == alerts["host web-1"].state
    assert [] == held(routed(disk(), world=world))


def test_acknowledged_alert_goes_on_holding_back() -> None:
    world = World()
    acknowledged = lifecycle.acknowledge(routed(host(), world=world)["host web-1"], "kim", "", T)
    assert acknowledged is not None
    world.follow(acknowledged)

    assert ["disk web-1 0"] == held(routed(disk(), world=world))


def test_of_alerts_that_hold_each_other_back_one_is_let_through() -> None:
    among = Policy(inhibited_by=["disk_full"], equal=["instance"])

    assert ["disk web-1 1", "disk web-1 2"] == held(routed(*(disk(n, policy=among) for n in range(3))))


def test_reason_does_not_change_while_its_alert_fires() -> None:
    world = World()
    alerts = routed(host(alert_id="first"), world=world)
    target = routed(disk(), world=world)["disk web-1 0"]
    alerts |= routed(host(alert_id="second", plugin_id="other"), world=world)
    in_another_order = World()
    for alert_id in ("second", "first"):
        in_another_order.follow(alerts[alert_id])

    assert (target, []) == route.reconsider(target, in_another_order, T)
    in_another_order.follow(structs.replace(alerts["first"], state="resolved"))
    after, lines = route.reconsider(target, in_another_order, T)
    assert "second" == after.suppressed_reasons["inhibited"].values["alert_id"]
    assert 1 == len(lines)


def test_batch_that_is_not_committed_leaves_no_trace() -> None:
    board = Sources()
    assert ["disk web-1 0"] == held(routed(host(), disk(), world=World(sources=Sources(board))))

    assert [] == held(routed(disk(), world=World(sources=Sources(board))))


# -- the same as looking at every alert ----------------------------------------------------------------------

RULES = ["host_down", "host_slow", "disk_full", "net"]
GLOBS = [*RULES, "host_*", "*", "no[ne]", "?et"]
LABELS = st.dictionaries(st.sampled_from(["instance", "job"]), st.sampled_from(["", "a", "b"]))
POLICIES = st.builds(
    Policy,
    inhibited_by=st.lists(st.sampled_from(GLOBS), max_size=2),
    equal=st.lists(st.sampled_from(["instance", "job", "cluster"]), max_size=2),
)
ONE = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["firing", "resolved", "reopened", "firing"]),
        "rule_id": st.sampled_from(RULES),
        "plugin_id": st.sampled_from("pqr"),
        "severity": st.sampled_from(SEVERITIES[:2]),
        "labels": LABELS,
        "policy": POLICIES,
    }
)
BATCHES = st.lists(
    st.tuples(st.lists(ONE, min_size=1, max_size=5), st.sampled_from(["keep", "lose", "look"])), max_size=8
)


def holds_back(other: Alert, alert: Alert) -> bool:
    """The rule in words: whether *other* holds *alert* back."""
    if other.id == alert.id or other.state not in ("firing", "acknowledged"):
        return False
    is_same_plugin = other.plugin_id == alert.plugin_id
    is_stronger = SEVERITIES.index(other.severity) > SEVERITIES.index(alert.severity) and other.metric == alert.metric
    if is_same_plugin and is_stronger and alert.metric:
        return True
    pairs = [(other.labels.get(name) or "", alert.labels.get(name) or "") for name in alert.policy.equal]
    is_near = is_same_plugin or (any(a for a, _ in pairs) and all(a == b for a, b in pairs))
    is_named = any(fnmatch.fnmatchcase(other.rule_id, glob) for glob in alert.policy.inhibited_by)
    return is_near and is_named and "inhibited" not in other.suppressed


class Model:
    """Every alert is looked at for every alert."""

    def __init__(self) -> None:
        self.alerts: dict[str, Alert] = {}

    def judge(self, alert: Alert) -> bool:
        return any(holds_back(other, alert) for other in self.alerts.values())

    def route(self, changes: list[Transition]) -> None:
        for change in route.causes_first(changes):
            after = lifecycle.apply(self.alerts.get(change.alert_id), change)
            if after is not None:
                is_held = change.kind != "resolved" and self.judge(after)
                self.alerts[after.id] = structs.replace(after, suppressed={"inhibited": ""} if is_held else {})

    def look(self) -> None:
        for _, alert in sorted(self.alerts.items()):
            if alert.state == "firing":
                is_held = self.judge(alert)
                self.alerts[alert.id] = structs.replace(alert, suppressed={"inhibited": ""} if is_held else {})


@given(BATCHES)
def test_property_index_gives_the_verdict_of_looking_at_every_alert(batches: list[tuple[list[dict], str]]) -> None:
    alerts: dict[str, Alert] = {}
    board, model = World(), Model()
    for transitions, outcome in batches:
        changes = [a_transition(alert_id=f"{one['rule_id']} {one['plugin_id']}", **one) for one in transitions]
        world = World(
            firing={plugin: dict(some) for plugin, some in board.firing.items()}, sources=Sources(board.sources)
        )
        after = routed(*changes, world=world, before=alerts)
        if outcome == "lose":
            continue
        alerts = after
        for change in changes:
            if change.alert_id in alerts:
                board.follow(alerts[change.alert_id])
        model.route(changes)
        if outcome == "look":
            for _, alert in sorted(alerts.items()):
                alerts[alert.id] = without_others(route.reconsider(alert, board, T)[0])
                board.follow(alerts[alert.id])
            model.look()

        assert held(model.alerts) == held(alerts)


def without_others(alert: Alert) -> Alert:
    """Return an alert that nothing but inhibition may hold back: other steps are no part of the model."""
    return structs.replace(
        alert,
        suppressed={step: text for step, text in alert.suppressed.items() if step == "inhibited"},
        suppressed_reasons={step: why for step, why in alert.suppressed_reasons.items() if step == "inhibited"},
    )


# -- at a fixed cost -----------------------------------------------------------------------------------------


def calls(work: Callable[[], object]) -> int:
    """Return how many functions a piece of work calls."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_cost_of_a_verdict_does_not_grow_with_alerts_and_rules() -> None:
    def cost(hosts: int, rules: int) -> int:
        world = World()
        target = routed(disk())["disk web-1 0"]
        fired = routed(host())["host web-1"]
        for n in range(hosts):
            labels = {"instance": f"web-{n}"}
            for rule in ("host_down", *(f"other-{m}" for m in range(rules))):
                about = {"id": f"{rule} {n}", "rule_id": rule, "plugin_id": f"node/web-{n}", "labels": labels}
                world.follow(structs.replace(fired, **about))
        above = World(sources=Sources(world.sources))
        suppress.inhibited(target, above, T)
        return calls(lambda: suppress.inhibited(target, above, T))

    assert cost(2, 0) == cost(300, 20)


def test_lists_of_labels_that_are_indexed_are_bounded() -> None:
    sources = Sources()
    fired = routed(host(labels={"a": "1"}))["host web-1"]
    sources.follow(fired)
    for n in range(2 * MAX_INDEXES):
        policy = Policy(inhibited_by=["host_down"], equal=["a", f"b{n}"])
        target = structs.replace(fired, id="target", policy=policy)
        assert sources.find(target) is fired

    assert MAX_INDEXES == len(sources._indexes)
