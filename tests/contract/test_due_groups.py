"""What channels still have to tell: written with the change, looked at by the sweeper no later than planned."""

import pytest
from redis import Redis

from shared.redis import delivery_keys
from shared.redis.bundle import Bundle
from shared.store import due_groups
from shared.store.due_groups import SEPARATOR, ExpectedReceipt
from tests.support.factories import an_alert
from tests.support.writes import carry_out


def due(redis: Redis, look_at_ms: int, *channels: str, alert_id: str = "a", group: str = "") -> list[tuple[str, str]]:
    writes = Bundle()
    pairs = due_groups.stage_due(writes, an_alert(id=alert_id, group=group), channels, look_at_ms)
    carry_out(redis, writes)
    return pairs


def plan(redis: Redis) -> dict[str, float]:
    return {
        member.decode(): at_ms for member, at_ms in redis.zrange(delivery_keys.due_groups(), 0, -1, withscores=True)
    }


def test_news_of_an_alert_is_due_for_each_channel_and_its_group(store_redis: Redis) -> None:
    alone = due(store_redis, 5, "web", "이메일")
    grouped = due(store_redis, 6, "web", alert_id="b", group="rule:r")

    assert ([("web", "a"), ("이메일", "a")], [("web", "rule:r")]) == (alone, grouped)
    assert ({b"a"}, {b"b"}) == (
        store_redis.smembers(delivery_keys.due("이메일", "a")),
        store_redis.smembers(delivery_keys.due("web", "rule:r")),
    )


def test_group_is_never_looked_at_later_than_planned_already(store_redis: Redis) -> None:
    for look_at_ms in (50, 90, 20, 70):
        due(store_redis, look_at_ms, "web")

    assert {f"web{SEPARATOR}a": 20} == plan(store_redis)


def test_channel_that_was_mended_is_looked_at_at_once_and_no_other(store_redis: Redis) -> None:
    due(store_redis, 50, "web", "web2")
    store_redis.set(delivery_keys.pause("web"), "x")
    due_groups.reopen(store_redis, "web", 7)
    due_groups.wake(store_redis, "nobody", 7)

    assert {f"web{SEPARATOR}a": 7, f"web2{SEPARATOR}a": 50} == plan(store_redis)
    assert 0 == store_redis.exists(delivery_keys.pause("web"))


def test_windows_tell_how_long_they_are_open_and_whether_a_job_waits(store_redis: Redis) -> None:
    store_redis.set(delivery_keys.group_window("web", "g"), "1", px=60_000)
    store_redis.set(delivery_keys.job_waiting("web", "h"), "1")
    found = due_groups.windows(store_redis, [("web", "g"), ("web", "h")])

    assert 0 < found["web", "g"][0] <= 60_000
    assert (False, True) == (found["web", "g"][1], found["web", "h"][1])
    assert (True, {}) == (found["web", "h"][0] <= 0, due_groups.windows(store_redis, []))


def test_receipt_is_expected_for_the_news_it_was_sent_with(store_redis: Redis) -> None:
    expected = ExpectedReceipt("sms", [("a", "firing")])
    due_groups.expect_receipt(store_redis, "SM1", expected)

    assert (expected, None) == (
        due_groups.expected_receipt(store_redis, "SM1"),
        due_groups.expected_receipt(store_redis, "SM2"),
    )
    assert 0 < store_redis.pttl(delivery_keys.sms_receipt("SM1")) <= due_groups.RECEIPT_MS


@pytest.mark.parametrize("junk", [b"", b"\xff", b"null", b"[]", b"{}"])
def test_receipt_that_nobody_can_read_is_none(store_redis: Redis, junk: bytes) -> None:
    store_redis.set(delivery_keys.sms_receipt("SM1"), junk)

    assert due_groups.expected_receipt(store_redis, "SM1") is None
