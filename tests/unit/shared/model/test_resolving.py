"""An alert's way through the tree of routes, against a second model and Alertmanager's documented cases."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.model import resolving, route_tree
from shared.model.alerts import RouteTaken
from shared.model.resolving import Node
from tests.support import route_reference

TREE = {
    "route": {
        "channels": ["email"],
        "group_by": ["alertname"],
        "repeat_minutes": 60.0,
        "routes": [
            {"name": "audit", "matchers": ['severity=~"critical|page"'], "channels": ["webhook"], "continue": True},
            {
                "name": "db",
                "matchers": ['team="db"'],
                "channels": ["slack"],
                "mute_times": ["nights"],
                "routes": [
                    {"name": "owner", "matchers": ['host glob "db-*"'], "group_by": ["host"]},
                    {"name": "pager", "matchers": ['severity="page"', 'host!=""'], "channels": ["sms", "slack"]},
                ],
            },
            {"name": "all web", "matchers": ["team=~web.*"], "severities": {"Page": "emergency"}},
        ],
    },
    "time_intervals": {"nights": [{"times": [{"start_time": "22:00", "end_time": "24:00"}]}]},
}


def taken(labels: dict[str, str], tree: object = TREE) -> list[Node]:
    return resolving.resolve(resolving.prepared(route_tree.parse(tree)), labels)


@pytest.mark.parametrize(
    ("labels", "names", "channels"),
    [
        ({}, [""], [("email",)]),
        ({"severity": "critical"}, ["audit"], [("webhook",)]),
        ({"severity": "critical", "team": "db"}, ["audit", "db"], [("webhook",), ("slack",)]),
        ({"team": "db", "host": "db-1", "severity": "page"}, ["audit", "owner"], [("webhook",), ("slack",)]),
        ({"team": "db", "host": "x", "severity": "page"}, ["audit", "pager"], [("webhook",), ("sms", "slack")]),
        ({"team": "website"}, ["all web"], [("email",)]),
        ({"team": "my web"}, [""], [("email",)]),
    ],
)
def test_the_first_route_that_fits_takes_an_alert(
    labels: dict[str, str], names: list[str], channels: list[tuple[str, ...]]
) -> None:
    found = taken(labels)

    assert names == [node.name for node in found]
    assert channels == [node.settings.channels for node in found]


def test_a_route_takes_from_above_what_it_leaves_out_but_neither_mute_times_nor_continue() -> None:
    [owner] = taken({"team": "db", "host": "db-1"})

    assert (("host",), 3_600_000, ()) == (owner.settings.group_by, owner.settings.repeat_ms, owner.mute_times)
    [db] = taken({"team": "db"})
    assert (("alertname",), ("nights",), False) == (db.settings.group_by, db.mute_times, db.goes_on)
    [web] = taken({"team": "web"})
    assert {"page": "emergency"} == web.settings.severities


@given(st.integers(0, 2**32))
def test_random_trees_agree_with_a_second_model(seed: int) -> None:
    chance = random.Random(seed)
    document = route_reference.tree(chance)
    root = resolving.prepared(route_tree.parse(document))
    for _ in range(20):
        labels = route_reference.labels(chance)
        found = [
            {
                "name": node.name,
                "channels": list(node.settings.channels),
                "group_by": None if node.settings.group_by is None else list(node.settings.group_by),
                "repeat_minutes": None if node.settings.repeat_ms is None else node.settings.repeat_ms / 60_000,
            }
            for node in resolving.resolve(root, labels)
        ]

        assert route_reference.expected(document, labels) == found, labels
        tried = resolving.explain(root, labels)
        assert [one["name"] for one in found] == [one.node.name for one in tried if one.is_chosen]
        assert all(one.misfit is None for one in tried if one.is_chosen)


def test_the_explanation_names_each_route_that_was_tried_and_what_did_not_fit() -> None:
    tried = resolving.explain(resolving.prepared(route_tree.parse(TREE)), {"team": "db", "host": "x"})

    found = [(one.node.name, one.misfit.written() if one.misfit else "", one.is_chosen) for one in tried]
    assert [
        ("", "", False),
        ("audit", 'severity=~"critical|page"', False),
        ("db", "", True),
        ("owner", 'host glob "db-*"', False),
        ("pager", 'severity="page"', False),
    ] == found


@pytest.mark.parametrize(
    ("mute", "active", "intervals", "expected"),
    [
        (["nights"], [], {"nights": True}, "nights"),
        (["nights"], [], {"nights": False}, ""),
        (["removed"], [], {"nights": True}, ""),
        ([], ["hours"], {"hours": False}, "hours"),
        ([], ["hours", "nights"], {"hours": False, "nights": True}, ""),
        ([], ["removed"], {"nights": True}, ""),
        (["nights"], ["hours"], {"hours": True, "nights": True}, "nights"),
    ],
)
def test_time_intervals_mute_a_route(
    mute: list[str], active: list[str], intervals: dict[str, bool], expected: str
) -> None:
    assert expected == resolving.why_muted(RouteTaken("route", mute_times=mute, active_times=active), intervals)


def test_a_channel_is_muted_only_if_all_routes_that_name_it_are() -> None:
    routes = [
        RouteTaken("a", channels=["email", "sms"], mute_times=["nights"]),
        RouteTaken("b", channels=["email"]),
    ]

    assert {"sms": "nights"} == resolving.muted_channels(routes, {"nights": True})
    assert {} == resolving.muted_channels(routes, {"nights": False})
    assert {} == resolving.muted_channels(routes, {})
