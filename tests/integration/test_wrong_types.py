"""Another program writes other types to the keys that all alerts share: the router renames them and goes on."""

from collections.abc import Callable

import pytest
from redis import Redis

from dispatchers import set_aside
from dispatchers.health_reader import HealthReader
from shared.clock import SystemClock
from shared.log import Logger
from shared.redis import delivery_keys, keys
from tests.support.delivery import a_transition, decided
from tests.support.factories import an_alert
from tests.support.real_server import RealServer
from tests.support.routing import SETTINGS, RunningRouter, board, routed, stored
from tests.support.waiting import until

NEEDED = (
    *(keys.active_alerts, keys.alert_history, delivery_keys.due_groups, keys.router_cursors, keys.router_ahead),
    *(keys.feed, keys.commands, keys.router_lease, keys.router_fence),
)
"""Those that routing three alerts reads or writes."""
NOT_NEEDED = (
    *(keys.unproven_alerts, delivery_keys.dead_notifications, keys.set_aside),
    *(keys.banner, keys.processes, keys.last_backup),
)


def overwrite(redis: Redis, key: str, expected: str) -> str:
    """Put another type at *key*; returns which."""
    redis.delete(key)
    if expected == "string":
        redis.rpush(key, "another's")
        return "list"
    redis.set(key, "another's")
    return "string"


def kept(redis: Redis, key: str) -> list[str]:
    return [redis.type(name).decode() for name in redis.scan_iter(f"{key}:set-aside:*")]


@pytest.mark.parametrize("key_of", [*NEEDED, *NOT_NEEDED], ids=lambda key_of: key_of.__name__)
def test_key_of_a_wrong_type_stops_routing_no_longer_than_it_takes_to_rename_it(
    redis: Redis, server: RealServer, key_of: Callable[[], str]
) -> None:
    key = key_of()
    wrong = overwrite(redis, key, set_aside.expected_types(4, SystemClock().now_ms())[key])
    with RunningRouter(server.url):
        for n in range(3):
            decided(redis, a_transition("firing", n, channels=["web"]))
        if key_of in NEEDED:
            until(lambda: kept(redis, key) == [wrong])
        until(lambda: routed(redis) and len(board(redis)) == 3)


def test_all_keys_of_wrong_types_at_once_are_renamed_and_reported(redis: Redis) -> None:
    now_ms = SystemClock().now_ms()
    expected = set_aside.expected_types(4, now_ms)
    wrong = {key: overwrite(redis, key, kind) for key, kind in expected.items()}
    renamed = set_aside.run(redis, Logger("test"), 4, now_ms)
    picture = HealthReader(redis, SETTINGS)._set_aside(now_ms)

    assert sorted(expected) == sorted(renamed)
    assert wrong == {key: redis.type(f"{key}:set-aside:{now_ms}").decode() for key in expected}
    assert 0 < redis.pttl(f"{keys.feed()}:set-aside:{now_ms}") <= set_aside.KEPT_MS
    assert sorted(set(expected) - {keys.set_aside()}) == sorted(picture.split(", "))


def test_keys_as_the_product_writes_them_stay(redis: Redis, server: RealServer) -> None:
    with RunningRouter(server.url):
        decided(redis, a_transition("firing", 0, channels=["web"]))
        until(lambda: routed(redis))
    renamed = set_aside.run(redis, Logger("test"), 4, SystemClock().now_ms())

    assert [] == renamed
    assert [] == list(redis.scan_iter("*set-aside*"))


def test_indexes_of_alerts_are_made_anew_from_their_records(redis: Redis) -> None:
    firing, resolved = an_alert(id="firing"), an_alert(id="resolved", state="resolved", resolved_by="rule")
    stored(redis, firing, resolved)
    indexes = (keys.active_alerts(), keys.alert_history(), keys.unproven_alerts())
    before = [redis.sort(key, alpha=True, by="nosort" if key != keys.unproven_alerts() else None) for key in indexes]
    for key in indexes:
        overwrite(redis, key, "zset")
    set_aside.run(redis, Logger("test"), 4, SystemClock().now_ms())
    after = [redis.sort(key, alpha=True, by="nosort" if key != keys.unproven_alerts() else None) for key in indexes]

    assert before == after
    assert ["firing"] == board(redis)
