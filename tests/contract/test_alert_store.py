"""The alert store: record, board, history, timeline, counts and feed of a change are one."""

import pytest
from msgspec import structs
from redis import Redis

from shared.errors import NotFound
from shared.model.alerts import Alert, TimelineEntry
from shared.model.encoding import encode
from shared.model.events import Command
from shared.redis import keys
from shared.redis.bundle import Bundle
from shared.store import alert_store
from tests.support import live_feed
from tests.support.factories import an_alert
from tests.support.writes import carry_out

NOW = 1_700_000_000_000
KEPT_MS = 3_600_000


def put(redis: Redis, before: Alert | None, after: Alert, kind: str = "") -> Alert:
    with redis.pipeline() as pipe:
        entry = TimelineEntry(at_ms=after.updated_at_ms or NOW, kind=kind or after.state, reason="왜")
        alert_store.stage(pipe, before, after, entry, KEPT_MS)
        pipe.execute()
    return after


def test_firing_alert_is_on_the_board_in_the_history_and_in_the_feed(store_redis: Redis) -> None:
    alert = put(store_redis, None, an_alert(updated_at_ms=NOW))

    assert alert == alert_store.get(store_redis, "a")
    assert (["a"], [b"a"]) == (
        alert_store.active_ids(store_redis, 0, -1),
        store_redis.zrange(keys.alert_history(), 0, -1),
    )
    assert [("firing", "왜")] == [(line.kind, line.reason) for line in alert_store.timeline(store_redis, "a")]
    assert (["alert.firing"], -1) == (live_feed.types(store_redis), store_redis.pttl(keys.alert("a")))


def test_resolved_alert_leaves_the_board_and_is_kept_for_the_retention(store_redis: Redis) -> None:
    firing = put(store_redis, None, an_alert(updated_at_ms=NOW))
    store_redis.hset(keys.banner(), "a", "x")
    store_redis.hset(keys.ledger("a"), "web", "x")
    put(store_redis, firing, an_alert("resolved", updated_at_ms=NOW))

    assert ([], {b"a"}, 0) == (
        alert_store.active_ids(store_redis, 0, -1),
        store_redis.smembers(keys.unproven_alerts()),
        store_redis.exists(keys.banner()),
    )
    for key in (keys.alert("a"), keys.timeline("a"), keys.ledger("a")):
        assert KEPT_MS - 60_000 < store_redis.pttl(key) <= KEPT_MS


def test_reopened_alert_is_kept_without_end_again(store_redis: Redis) -> None:
    firing = put(store_redis, None, an_alert(updated_at_ms=NOW))
    store_redis.hset(keys.ledger("a"), "web", "x")
    resolved = put(store_redis, firing, an_alert("resolved", updated_at_ms=NOW))
    put(store_redis, resolved, an_alert(episode=2, updated_at_ms=NOW), "reopened")

    assert [-1, -1, -1] == [store_redis.pttl(key) for key in (keys.alert("a"), keys.timeline("a"), keys.ledger("a"))]
    assert ["a"] == alert_store.active_ids(store_redis, 0, -1)


def test_board_is_ordered_by_severity_then_by_age(store_redis: Redis) -> None:
    for alert_id, severity, at_ms in (
        ("new-info", "info", 3),
        ("old-critical", "critical", 1),
        ("new-critical", "critical", 2),
        ("emergency", "emergency", 9),
    ):
        put(store_redis, None, an_alert(id=alert_id, severity=severity, started_at_ms=at_ms))

    wanted = ["emergency", "old-critical", "new-critical", "new-info"]
    assert wanted == [alert.id for alert in alert_store.active(store_redis)]
    assert wanted[1:3] == alert_store.active_ids(store_redis, 1, 2)


@pytest.mark.parametrize("kind", ["pipeline", "transaction of the router"])
def test_batch_writes_the_same_by_either_kind_of_transaction(store_redis: Redis, kind: str) -> None:
    writes = store_redis.pipeline() if kind == "pipeline" else Bundle()
    batch = alert_store.Batch(writes, KEPT_MS)
    for number in range(3):
        batch.stage(None, an_alert(id=f"a{number}", updated_at_ms=NOW), TimelineEntry(at_ms=NOW, kind="firing"))
    batch.stage(None, an_alert("resolved", id="r", updated_at_ms=NOW), TimelineEntry(at_ms=NOW, kind="resolved"))
    batch.finish()
    writes.execute() if kind == "pipeline" else carry_out(store_redis, writes)

    counts = store_redis.hgetall(keys.statistics_hour(NOW // alert_store.HOUR_MS))
    assert (b"3", b"1", b"3") == (counts[b"fired"], counts[b"resolved"], counts[b"fired:rule:r"])
    assert ["a0", "a1", "a2"] == alert_store.active_ids(store_redis, 0, -1)
    assert ["alert.firing"] * 3 + ["alert.resolved"] == live_feed.types(store_redis)
    assert 1 == store_redis.xlen(keys.feed())


def test_time_to_an_end_is_counted_and_never_negative(store_redis: Redis) -> None:
    for alert_id, fired_at_ms in (("a", NOW - 500), ("b", NOW + 500)):
        alert = an_alert("resolved", id=alert_id, fired_at_ms=fired_at_ms, updated_at_ms=NOW)
        put(store_redis, an_alert(id=alert_id), alert)

    counts = store_redis.hgetall(keys.statistics_hour(NOW // alert_store.HOUR_MS))
    assert (b"500", b"2") == (counts[b"resolved_ms"], counts[b"resolved_timed"])


def test_timeline_keeps_its_newest_lines(store_redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_store, "MAX_TIMELINE", 3)
    alert = put(store_redis, None, an_alert(updated_at_ms=NOW))
    for number in range(5):
        put(store_redis, alert, alert, f"k{number}")

    assert ["k2", "k3", "k4"] == [line.kind for line in alert_store.timeline(store_redis, "a")]


@pytest.mark.parametrize("junk", [b"", b"\xff", b"null", b"[]", b'{"id":7}', b"[" * 3_000])
def test_record_and_line_that_cannot_be_read_hide_no_others(store_redis: Redis, junk: bytes) -> None:
    put(store_redis, None, an_alert(updated_at_ms=NOW))
    store_redis.set(keys.alert("bad"), junk)
    store_redis.zadd(keys.active_alerts(), {"bad": 0, b"\xff": 1})
    store_redis.rpush(keys.timeline("a"), junk)

    assert ["a"] == [alert.id for alert in alert_store.active(store_redis)]
    assert [None, "a", None] == [alert and alert.id for alert in alert_store.load(store_redis, ["bad", "a", "unknown"])]
    assert ["firing"] == [line.kind for line in alert_store.timeline(store_redis, "a")]
    for alert_id in ("bad", "unknown"):
        with pytest.raises(NotFound):
            alert_store.get(store_redis, alert_id)


def test_change_writes_what_was_decided_with_all_that_belongs_to_it(store_redis: Redis) -> None:
    put(store_redis, None, an_alert(updated_at_ms=NOW))
    changed = alert_store.change(
        store_redis,
        "a",
        lambda alert: (structs.replace(alert, state="acknowledged"), TimelineEntry(at_ms=NOW, kind="acknowledged")),
        KEPT_MS,
        also=lambda pipe, alert: pipe.set("beside", alert.state),
        command=lambda alert: Command(
            kind="resolve", rule_id="r", plugin_id="p", alert_id=alert.id, by="kim", at_ms=NOW
        ),
    )

    assert ("acknowledged", changed) == (changed.state, alert_store.get(store_redis, "a"))
    assert (b"acknowledged", 1) == (store_redis.get("beside"), store_redis.xlen(keys.commands()))


def test_change_that_decides_for_nothing_or_fails_writes_nothing(store_redis: Redis) -> None:
    alert = put(store_redis, None, an_alert(updated_at_ms=NOW))

    assert alert == alert_store.change(store_redis, "a", lambda _: None, KEPT_MS)
    with pytest.raises(ZeroDivisionError):
        alert_store.change(store_redis, "a", lambda _: 1 // 0, KEPT_MS)
    with pytest.raises(NotFound):
        alert_store.change(store_redis, "unknown", lambda _: None, KEPT_MS)
    assert ["firing"] == [line.kind for line in alert_store.timeline(store_redis, "a")]


def test_history_forgets_old_alerts_but_those_that_are_open(store_redis: Redis) -> None:
    put(store_redis, None, an_alert(id="open", updated_at_ms=NOW - 10))
    put(store_redis, None, an_alert("resolved", id="old", updated_at_ms=NOW - 9))
    put(store_redis, None, an_alert("resolved", id="new", updated_at_ms=NOW + 1))
    store_redis.zadd(keys.alert_history(), {"gone": NOW - 8})

    assert [1, 1, 0] == [alert_store.prune_history(store_redis, NOW, batch=1) for _ in range(3)]
    assert {b"open", b"new"} == set(store_redis.zrange(keys.alert_history(), 0, -1))


def test_record_of_a_newer_release_is_read_without_the_fields_it_added(store_redis: Redis) -> None:
    body = encode(an_alert())
    store_redis.set(keys.alert("a"), body[:-1] + b',"from_the_future":{"x":1}}')

    assert an_alert() == alert_store.get(store_redis, "a")
