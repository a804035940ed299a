"""The live feed: entries in order, several alerts of one transaction said together, a bounded length."""

import pytest
from redis import Redis

from shared.redis import keys
from shared.store import feed
from tests.support import live_feed
from tests.support.factories import an_alert


def announce(redis: Redis, *alerts: tuple[str, str, str]) -> None:
    announcements = feed.Announcements()
    for kind, alert_id, rule_id in alerts:
        announcements.add(kind, an_alert(id=alert_id, rule_id=rule_id))
    with redis.pipeline() as pipe:
        announcements.stage(pipe)
        pipe.execute()


def test_one_alert_is_an_entry_of_its_own_without_fields_that_say_nothing(store_redis: Redis) -> None:
    announce(store_redis, ("alert.firing", "a", "r"))
    ((_, kind, data),) = live_feed.entries(store_redis)

    assert ("alert.firing", "a", "플러그인") == (kind, data["id"], data["plugin_name"])
    assert "group" not in data


def test_several_alerts_are_one_entry_that_unfolds_to_each(store_redis: Redis) -> None:
    wanted = [("alert.firing", f"a{n}", f"r{n % 2}") for n in range(5)]
    announce(store_redis, *wanted)
    found = [(kind, data["id"], data["rule_id"]) for _, kind, data in live_feed.entries(store_redis)]

    assert (1, sorted(wanted)) == (store_redis.xlen(keys.feed()), sorted(found))


def test_nothing_to_say_is_no_entry(store_redis: Redis) -> None:
    announce(store_redis)

    assert 0 == store_redis.exists(keys.feed())


def test_feed_is_read_from_where_a_browser_was(store_redis: Redis) -> None:
    for number in range(3):
        with store_redis.pipeline() as pipe:
            feed.append(pipe, f"k{number}", b"{}")
            pipe.execute()
    second = live_feed.entries(store_redis)[1][0]

    assert ["k2"] == [kind for _, kind, _ in live_feed.entries(store_redis, since=f"({second}")]


@pytest.mark.parametrize(("alerts", "most"), [(1, 400), (40, 10)])
def test_feed_is_cut_and_sooner_by_entries_that_speak_of_many(
    store_redis: Redis, monkeypatch: pytest.MonkeyPatch, alerts: int, most: int
) -> None:
    """The server cuts by whole nodes of at most 100 entries."""
    monkeypatch.setattr(feed, "MAX_LENGTH", 400)
    with store_redis.pipeline() as pipe:
        for _ in range(1_000):
            feed.append(pipe, "k", b"{}", alerts=alerts)
        pipe.execute()

    assert most <= store_redis.xlen(keys.feed()) <= most + 100
