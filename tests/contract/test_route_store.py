"""The routes' store: one version holds, earlier ones can be restored, and somebody else's change is noticed."""

import pytest
from redis import Redis

from shared.errors import ConfigurationError, Invalid, NotFound, Stale
from shared.model import route_tree
from shared.model.route_tree import RouteTree
from shared.redis import keys
from shared.store import audit, route_store, versions


def a_tree(channel: str) -> RouteTree:
    below = [{"matchers": ['team="db"'], "group_by": [], "continue": True, "routes": [{"mute_times": ["n"]}]}]
    interval = {"weekdays": ["saturday:sunday"], "location": "Asia/Seoul"}
    return route_tree.parse({"route": {"channels": [channel], "routes": below}, "time_intervals": {"n": [interval]}})


def test_there_are_no_routes_until_some_are_saved(store_redis: Redis) -> None:
    assert (0, None) == (route_store.current(store_redis).version, route_store.current(store_redis).tree)
    saved = route_store.save(store_redis, a_tree("web"))

    assert saved == route_store.current(store_redis)
    assert (1, a_tree("web")) == (saved.version, saved.tree)
    assert saved == route_store.save(store_redis, a_tree("web"))


def test_earlier_version_is_restored_as_a_new_one_and_the_change_is_in_the_audit(store_redis: Redis) -> None:
    for channel in ("web", "email", "slack"):
        route_store.save(store_redis, a_tree(channel))
    restored = route_store.restore(store_redis, 1)

    assert (4, 1, a_tree("web")) == (restored.version, restored.restored, restored.tree)
    assert [4, 3, 2, 1] == [one.version for one in route_store.history(store_redis)]
    assert route_store.restore(store_redis, 0).tree is None
    [newest, *_] = audit.search(store_redis, action="routes")
    assert ("version 5", ["web"], None) == (newest.target, newest.before["route"]["channels"], newest.after)


def test_history_is_bounded(store_redis: Redis) -> None:
    for number in range(versions.MAX_EARLIER + 5):
        route_store.save(store_redis, a_tree(f"c{number}"))

    assert versions.MAX_EARLIER + 1 == len(route_store.history(store_redis))
    with pytest.raises(NotFound):
        route_store.restore(store_redis, 1)


def test_change_of_routes_that_somebody_else_changed_is_refused(store_redis: Redis) -> None:
    route_store.save(store_redis, a_tree("a"), expected=0)

    with pytest.raises(Stale):
        route_store.save(store_redis, a_tree("b"), expected=0)
    with pytest.raises(Stale):
        route_store.restore(store_redis, 0, expected=0)


def test_what_cannot_be_read_is_reported_and_can_be_replaced(store_redis: Redis) -> None:
    route_store.save(store_redis, a_tree("a"))
    store_redis.hset(keys.routes(), "current", b'{"tree": {}}')

    with pytest.raises(ConfigurationError):
        route_store.current(store_redis)
    assert 2 == route_store.save(store_redis, a_tree("a")).version


def test_fields_of_a_newer_release_are_ignored(store_redis: Redis) -> None:
    route_store.save(store_redis, a_tree("a"))
    body = store_redis.hget(keys.routes(), "current")
    assert body is not None
    store_redis.hset(keys.routes(), "current", body.replace(b'"group_by"', b'"newer":1,"group_by"'))

    assert a_tree("a") == route_store.current(store_redis).tree


def test_too_large_a_tree_is_refused(store_redis: Redis) -> None:
    large = RouteTree.model_validate(
        {"route": {"channels": ["web"], "routes": [{"matchers": [f'a="{"x" * 1_000}"']}] * 300}}
    )

    with pytest.raises(Invalid):
        route_store.save(store_redis, large)
