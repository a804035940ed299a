"""Notifications given up: listed with their story, tried again, and what a provider says of them later."""

import msgspec
import pytest
from redis import Redis

from api.change import notifications
from shared.errors import NotFound
from shared.model.alerts import LedgerEntry, TimelineEntry
from shared.model.encoding import encode
from shared.redis import delivery_keys, keys
from shared.store import alert_store, due_groups
from shared.store.due_groups import SEPARATOR, ExpectedReceipt
from tests.support.api import stored

NOW = 1_700_000_000_000


def given_up(redis: Redis, n: int = 0, channel: str = "webhook", **fields: object) -> str:
    """An alert one of whose channels was given up after three attempts."""
    alert = stored(redis, n)
    entry = LedgerEntry(
        **{"status": "dead", "attempts": 3, "attempted": "firing:1", "reason": "HTTP 401", "told": "", **fields}
    )
    redis.hset(keys.ledger(alert.id), channel, encode(entry))
    redis.zadd(delivery_keys.dead_notifications(), {f"{channel}{SEPARATOR}{alert.id}": NOW + n})
    line = TimelineEntry(at_ms=NOW, kind="notification.dead", channel=channel, reason="HTTP 401")
    redis.rpush(keys.timeline(alert.id), encode(line))
    return alert.id


def ledger_of(redis: Redis, alert_id: str, channel: str = "webhook") -> LedgerEntry:
    return msgspec.json.decode(redis.hget(keys.ledger(alert_id), channel), type=LedgerEntry)


def test_given_up_are_listed_newest_first_with_news_reason_and_story(redis: Redis) -> None:
    for n in range(3):
        given_up(redis, n, "webhook" if n else "email")
    every = notifications.dead(redis).items
    of_webhook = notifications.dead(redis, "webhook", limit=1)

    assert ["a2", "a1", "a0"] == [one["alert_id"] for one in every]
    assert ("firing", 3, "HTTP 401", "firing") == tuple(
        every[0][name] for name in ("news", "attempts", "reason", "state")
    )
    assert ["notification.dead"] == [line.kind for line in every[0]["story"]]
    assert (["a2"], 2) == ([one["alert_id"] for one in of_webhook.items], of_webhook.total)


def test_alert_that_is_gone_or_a_line_nobody_can_read_hides_no_other(redis: Redis) -> None:
    kept, gone, junk = (given_up(redis, n) for n in range(3))
    redis.delete(keys.alert(gone), keys.timeline(gone), keys.ledger(gone))
    redis.hset(keys.ledger(junk), "webhook", b"\xff")
    found = {one["alert_id"]: one for one in notifications.dead(redis).items}

    assert {kept, gone, junk} == set(found)
    assert (None, None) == (found[gone]["state"], found[gone]["rule_name"])


def test_retried_notification_is_due_at_once_and_no_longer_given_up(redis: Redis) -> None:
    alert_id = given_up(redis)
    notifications.retry(redis, "webhook", alert_id, "kim")
    entry = ledger_of(redis, alert_id)

    assert ("due", 0, "", "") == (entry.status, entry.attempts, entry.attempted, entry.reason)
    assert {alert_id.encode()} == redis.smembers(delivery_keys.due("webhook", alert_id))
    assert ("notification.retried", "kim") == (
        alert_store.timeline(redis, alert_id)[-1].kind, alert_store.timeline(redis, alert_id)[-1].by
    )  # fmt: skip
    with pytest.raises(NotFound):
        notifications.retry(redis, "webhook", alert_id, "kim")


@pytest.mark.parametrize(("channel", "left"), [(None, []), ("webhook", ["a0"]), ("slack", ["a2", "a1", "a0"])])
def test_all_or_those_of_a_channel_are_tried_again(redis: Redis, channel: str | None, left: list[str]) -> None:
    for n in range(3):
        given_up(redis, n, "webhook" if n else "email")

    assert 3 - len(left) == notifications.retry_all(redis, channel, "kim")
    assert left == [one["alert_id"] for one in notifications.dead(redis).items]


def test_receipt_is_noted_once_and_an_undelivered_message_is_given_up(redis: Redis) -> None:
    alert_id = stored(redis).id
    due_groups.expect_receipt(redis, "SM1", ExpectedReceipt("sms", [(alert_id, "firing")]))
    redis.sadd(delivery_keys.recipients("sms", alert_id, "firing"), "+8210", "+8211")
    known = [notifications.note_receipt(redis, "SM1", "undelivered", "+8210", "꺼져 있음") for _ in range(2)]

    assert [True, False] == known
    assert {b"+8211"} == redis.smembers(delivery_keys.recipients("sms", alert_id, "firing"))
    assert [("sms", alert_id)] == [(one["channel"], one["alert_id"]) for one in notifications.dead(redis).items]
    assert ("notification.undelivered", "꺼져 있음") == (
        alert_store.timeline(redis, alert_id)[-1].kind, alert_store.timeline(redis, alert_id)[-1].reason
    )  # fmt: skip


def test_delivered_message_is_noted_and_not_given_up(redis: Redis) -> None:
    alert_id = stored(redis).id
    due_groups.expect_receipt(redis, "SM1", ExpectedReceipt("sms", [(alert_id, "firing")]))
    notifications.note_receipt(redis, "SM1", "delivered", "+8210", "")

    assert "notification.delivered" == alert_store.timeline(redis, alert_id)[-1].kind
    assert [] == notifications.dead(redis).items
