"""Records that nobody can read stand among others: board, lists and stories show all the others."""

import json

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from api.change import notifications
from api.read import queries
from dispatchers import render
from dispatchers.channel import Item
from dispatchers.channels import dashboard
from dispatchers.surroundings import Surroundings
from shared.model.alert_filter import Wanted
from shared.model.alerts import LedgerEntry, TimelineEntry
from shared.model.encoding import encode
from shared.redis import delivery_keys, keys
from shared.store import alert_store, due_groups
from tests.support.api import BASE
from tests.support.routing import fired, stored
from tests.support.servers import HERE
from tests.support.unreadable import JUNK, anything

COUNT = 5


def ids(page: bytes) -> list[str]:
    return [alert["id"] for alert in json.loads(page)["alerts"]]


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    junk=st.dictionaries(st.integers(0, COUNT - 1), st.one_of(anything, st.sampled_from(JUNK)), max_size=COUNT),
    limit=st.integers(1, COUNT + 1),
    wanted=st.sampled_from([Wanted(), Wanted(state=("firing",))]),
)
def test_pages_hold_every_alert_that_can_be_read(
    redis: Redis, junk: dict[int, bytes], limit: int, wanted: Wanted
) -> None:
    redis.flushall()
    stored(redis, *map(fired, range(COUNT)))
    for n, body in junk.items():
        redis.set(keys.alert(f"alert{n}"), body)
    good = [f"alert{n}" for n in range(COUNT) if n not in junk]
    for read in (
        lambda cursor: queries.active_page(redis, wanted, cursor, limit),
        lambda cursor: queries.history_page(redis, wanted, cursor, limit, 0),
    ):
        found: list[str] = []
        cursor = None
        for _ in range(COUNT + 1):
            page = read(cursor)
            found += ids(page)
            cursor = json.loads(page)["next_cursor"]
            if cursor is None:
                break
        assert cursor is None
        assert sorted(found) == good


@pytest.mark.parametrize("junk", JUNK)
def test_lists_and_stories_show_what_can_be_read(
    client: FlaskClient,
    redis: Redis,
    junk: bytes,
) -> None:
    stored(redis, fired(0), fired(1))
    for n in (0, 1):
        redis.zadd(delivery_keys.dead_notifications(), {f"webhook{due_groups.SEPARATOR}alert{n}": n + 1})
        redis.hset(keys.ledger(f"alert{n}"), "webhook", encode(LedgerEntry(status="dead", attempted="firing:1")))
        line = TimelineEntry(at_ms=1, kind="notification.dead", channel="webhook", reason="because")
        redis.rpush(keys.timeline(f"alert{n}"), encode(line))
    redis.hset(keys.ledger("alert0"), "webhook", junk)
    redis.hset(keys.ledger("alert0"), b"\xff", junk)
    redis.rpush(keys.timeline("alert0"), junk)
    redis.zadd(delivery_keys.dead_notifications(), {junk: 3})
    dead = client.get(f"{BASE}/notifications/dead")
    board = client.get(f"{BASE}/alerts/active")
    redis.hset(keys.banner(), "alert0", junk)
    banner = client.get(f"{BASE}/alerts/banner")
    one = client.get(f"{BASE}/alerts/alert0")

    assert {200} == {answer.status_code for answer in (dead, board, banner, one)}
    assert {"alert0", "alert1"} <= {each["alert_id"] for each in dead.json["notifications"]}
    assert [] == banner.json["alerts"]
    assert "webhook" in one.json["channels"]
    assert {"because"} <= {each["reason"] for each in dead.json["notifications"]}
    redis.set(keys.alert("alert1"), junk)
    assert notifications.retry_all(redis, None, "kim") >= 2
    assert redis.sismember(delivery_keys.due("webhook", due_groups.group_of(fired(0))), "alert0")


@pytest.mark.parametrize("junk", JUNK)
def test_banner_shows_the_others(redis: Redis, junk: bytes) -> None:
    stored(redis, fired(0), fired(1))
    items = [Item("firing", alert, "http://board/") for alert in (fired(0), fired(1))]
    redis.set(keys.alert("alert0"), junk)
    receipt = dashboard.send(
        render.notification("dashboard", items, 1), dashboard.Config(), Surroundings(redis, "http://board", HERE)
    )

    assert ("delivery.in_banner", "in the board's banner") == (receipt.why.code, str(receipt.why))
    assert ["alert1"] == [name.decode() for name in redis.hkeys(keys.banner())]
    assert alert_store.read(redis.hget(keys.banner(), "alert1")) is not None
