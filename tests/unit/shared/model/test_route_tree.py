"""Trees of routes as people write them: what is taken, and what is refused with which reason."""

from typing import Any

import pytest

from shared.errors import Invalid
from shared.model import route_tree

ROOT = {"channels": ["web"]}


def refused(fields: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        route_tree.parse(fields)
    return {field: reason.code for field, reason in caught.value.reasons.items()}


def nested(depth: int) -> dict[str, Any]:
    route: dict[str, Any] = {"channels": ["web"]}
    for _ in range(depth - 1):
        route = {"channels": ["web"], "routes": [route]}
    return {"route": route}


def test_a_tree_is_written_as_it_was_given() -> None:
    given = {
        "route": {
            "channels": ["web"],
            "group_by": [],
            "routes": [{"matchers": ['a="b"'], "continue": True, "mute_times": ["n"]}],
        },
        "time_intervals": {"n": [{"weekdays": ["saturday:sunday"], "location": "Asia/Seoul"}]},
    }

    tree = route_tree.parse(given)

    assert given == route_tree.document(tree)
    assert tree == route_tree.RouteTree.model_validate_json(tree.model_dump_json(by_alias=True))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], {"body": "invalid.model_type"}),
        ({}, {"route": "invalid.missing"}),
        ({"route": {}}, {"body": "invalid.root_channels"}),
        ({"route": {**ROOT, "matchers": ["a=b"]}}, {"body": "invalid.root_matchers"}),
        ({"route": {**ROOT, "continue": True}}, {"body": "invalid.root_matchers"}),
        ({"route": {**ROOT, "routes": [{"matchers": ["a"]}]}}, {"route.routes.0.matchers": "invalid.route_matcher"}),
        ({"route": {**ROOT, "routes": [{"matchers": ["a=~["]}]}}, {"route.routes.0.matchers": "invalid.pattern"}),
        ({"route": {**ROOT, "routes": [{"mute_times": ["x"]}]}}, {"body": "invalid.no_interval"}),
        ({"route": {"channels": ["no channel"]}}, {"route.channels.0": "invalid.string_pattern_mismatch"}),
        ({"route": {**ROOT, "receiver": "x"}}, {"route.receiver": "invalid.extra_forbidden"}),
        ({"route": {**ROOT, "name": "a\u202eb"}}, {"route.name": "invalid.hidden"}),
        (nested(13), {"body": "invalid.deep_routes"}),
        (nested(5_000), {"body": "invalid.deep_routes"}),
        ({"route": {**ROOT, "routes": [{}] * 1_000}}, {"body": "invalid.many_routes"}),
        ({"route": {**ROOT, "routes": [{"name": "x" * 99}] * 999, "group_by": ["y"]}}, None),
        (
            {"route": {**ROOT, "routes": [{"matchers": [f'a="{"x" * 1_000}"']}] * 300}},
            {"body": "invalid.routes_too_long"},
        ),
    ],
)
def test_a_wrong_tree_is_refused_with_its_field(fields: Any, expected: dict[str, str] | None) -> None:
    if expected is None:
        assert route_tree.parse(fields)
        return
    assert list(expected) == list(refused(fields))
    if "invalid.hidden" not in expected.values():
        assert expected == refused(fields)


def test_a_tree_of_the_greatest_depth_is_taken() -> None:
    assert route_tree.parse(nested(12))


def test_places_are_those_of_answers_about_bad_fields() -> None:
    tree = route_tree.parse({"route": {**ROOT, "routes": [{"routes": [{}, {}]}, {}]}})

    assert [
        "route",
        "route.routes.0",
        "route.routes.0.routes.0",
        "route.routes.0.routes.1",
        "route.routes.1",
    ] == [placed.place for placed in route_tree.walk(tree)]
