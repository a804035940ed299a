"""What routes make of transitions, and what becomes of alerts whose routes change."""

from typing import Any

from dispatchers import choose_channels, grouping, ledger, route
from dispatchers.suppress import World
from shared.model import lifecycle, resolving, route_tree
from shared.model.alerts import NEVER, External, LedgerEntry, Policy, Transition
from shared.model.resolving import Node
from tests.support.delivery import T, a_transition

ALL = ("firing", "acknowledged", "resolved")


def a_root(*below: dict[str, Any], **root: Any) -> Node:
    tree = {"route": {"channels": ["email"], "routes": list(below), **root}, "time_intervals": {"n": [{}]}}
    return resolving.prepared(route_tree.parse(tree))


def external(kind: str, **labels: str) -> Transition:
    of = External(fingerprint="0" * 16)
    return a_transition(kind, channels=["web"], labels=labels, external=of, severity="critical")


def test_a_rule_that_names_channels_keeps_them() -> None:
    change = a_transition("firing")

    assert change is choose_channels.choose(change, a_root())


def test_the_end_of_a_deleted_rule_is_not_routed() -> None:
    change = a_transition("resolved", channels=[], rule_name="")

    assert change is choose_channels.choose(change, a_root())


def test_a_rule_without_channels_is_routed_by_its_properties_and_keeps_what_the_routes_do_not_say() -> None:
    change = a_transition("firing", channels=[], policy=Policy(repeat_ms=7, group_by="plugin"))
    below = [{"matchers": [f'alertname="{change.rule_name}"', "rule_id=r", "metric=cpu", "plugin glob 플러*"]}]

    routed = choose_channels.choose(change, a_root(*below))

    assert (["email"], "critical", 7) == (routed.channels, routed.severity, routed.policy.repeat_ms)
    assert ["route.routes.0"] == [taken.place for taken in routed.routes]
    assert f"plugin:{change.plugin_id}" == grouping.group_of(routed)


def test_external_alerts_take_severity_grouping_and_reminders_of_the_first_route_and_channels_of_all() -> None:
    root = a_root(
        {"channels": ["sms"], "severities": {"Page": "info"}, "group_by": ["team"], "continue": True},
        {"channels": ["slack", "sms"], "group_by": [], "repeat_minutes": 1.0},
    )

    routed = choose_channels.choose(external("firing", severity="page", team="db"), root)

    assert (["sms", "slack"], "info") == (routed.channels, routed.severity)
    assert 0 == routed.policy.repeat_ms, "as an alert of the severity info has by default"
    assert 'route.routes.0:["db"]' == grouping.group_of(routed)


def test_groups_are_those_of_alertmanager() -> None:
    def group(by: list[str], **labels: str) -> str:
        return grouping.group_of(choose_channels.choose(external("firing", **labels), a_root(group_by=by)))

    assert group([]) == group([], a="1")
    assert group(["a"], a="1") != group(["a"], a="2")
    assert group(["a", "b"], a="1", b="") == group(["a", "b"], a="1")
    assert "alert0" == group(["..."], a="1")
    assert 64 >= len(group(["a"], a="x" * 256))


def test_an_alert_keeps_channels_severity_and_routes_of_its_firing_until_its_end() -> None:
    before, after = a_root({"channels": ["sms"], "severities": {"page": "info"}}), a_root({"channels": ["slack"]})
    fired = lifecycle.apply(None, choose_channels.choose(external("firing", severity="page"), before))
    assert fired is not None

    for end in (choose_channels.choose(external("resolved", severity="page"), after), external("resolved")):
        ended = lifecycle.apply(fired, end)
        assert ended is not None
        assert (["sms"], "info", fired.routes) == (ended.channels, ended.severity, ended.routes)
        assert "resolved" == ledger.news(ended, LedgerEntry(told="firing", told_episode=1), ALL, "sms")
        assert ledger.news(ended, NEVER, ALL, "slack") is None


def test_an_alert_that_fires_again_goes_to_the_new_channels_too() -> None:
    before, after = a_root({"channels": ["sms"]}), a_root({"channels": ["slack"]})
    alert = None
    for kind, root in (("firing", before), ("resolved", before), ("reopened", after)):
        alert = lifecycle.apply(alert, choose_channels.choose(external(kind), root))

    assert alert is not None
    assert (["sms", "slack"], ["slack"]) == (alert.channels, alert.routes[0].channels)


def test_a_mute_time_holds_back_one_channel_or_all_and_lets_them_go() -> None:
    root = a_root({"channels": ["sms"], "mute_times": ["n"], "continue": True}, {"channels": ["slack"]})
    change = choose_channels.choose(external("firing"), root)

    partly, held = route.route(None, change, World(intervals={"n": True}), T) or (None, {})
    assert partly is not None
    assert ({}, {"sms": "n"}) == (held, partly.muted)
    assert ["firing", None] == [ledger.news(partly, NEVER, ALL, name) for name in ("slack", "sms")]

    released, lines = route.reconsider(partly, World(intervals={"n": False}), T + 1)
    assert ({}, ["released"]) == (released.muted, [line.kind for line in lines])
    assert "firing" == ledger.news(released, NEVER, ALL, "sms")

    alone = choose_channels.choose(external("firing"), a_root({"channels": ["sms"], "mute_times": ["n"]}))
    muted, held = route.route(None, alone, World(intervals={"n": True}), T) or (None, {})
    assert muted is not None and ["muted"] == list(held)
    released, lines = route.reconsider(muted, World(), T + 1)
    assert ({}, {}, ["released"]) == (released.suppressed, released.muted, [line.kind for line in lines])


def test_a_mute_time_holds_back_no_end() -> None:
    alone = a_root({"channels": ["sms"], "mute_times": ["n"]})
    alert = lifecycle.apply(None, choose_channels.choose(external("firing"), alone))
    ended, _ = route.route(alert, external("resolved"), World(intervals={"n": True}), T) or (None, {})

    assert ended is not None
    assert "resolved" == ledger.news(ended, LedgerEntry(told="firing", told_episode=1), ALL, "sms")
