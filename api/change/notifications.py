"""Notifications that were given up, and what providers say of delivery afterwards; for API and command line alike."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from msgspec import Raw, structs
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import WatchError

from api.read import pages
from shared.clock import SystemClock
from shared.errors import NotFound
from shared.model import reasons
from shared.model.alerts import LedgerEntry, TimelineEntry, ledger_entry
from shared.model.encoding import encode
from shared.model.reasons import Reason
from shared.model.records import LineAdded
from shared.redis import delivery_keys, keys
from shared.store import alert_store, due_groups, records

MAX_SHOWN = 500
MAX_STORY = 50
"""Newest lines; more than all attempts at one piece of news."""
GIVEN_UP = ("notification.dead", "notification.undelivered")
FINAL = {"delivered": "notification.delivered", "undelivered": "notification.undelivered"}


def dead(
    redis: Redis, channel: str | None = None, cursor: str | None = None, limit: int = MAX_SHOWN
) -> pages.Page[dict[str, Any]]:
    """
    Return a page of the notifications given up, newest first: which alert and channel, when, why, after how many
    attempts; and their stories: every attempt with its time, duration and answer, oldest first.

    Raises:
        Invalid: the cursor is none of ours.
    """
    every = []
    for member, at_ms in redis.zrevrange(delivery_keys.dead_notifications(), 0, -1, withscores=True):
        name, alert_id = _split(member)
        if channel is None or name == channel:
            every.append((name, alert_id, int(at_ms)))
    every.sort(key=_place)
    page = pages.page(every, _place, cursor, limit)
    return pages.Page(_in_full(redis, page.items), page.next_cursor, page.total)


def _place(one: tuple[str, str, int]) -> pages.Place:
    name, alert_id, at_ms = one
    return -at_ms, name, alert_id


def _in_full(redis: Redis, found: Sequence[tuple[str, str, int]]) -> list[dict[str, Any]]:
    alerts = alert_store.load(redis, [alert_id for _, alert_id, _ in found])
    with redis.pipeline(transaction=False) as pipe:
        for name, alert_id, _ in found:
            pipe.hget(keys.ledger(alert_id), name)
            pipe.lrange(keys.timeline(alert_id), 0, -1)
        told = pipe.execute()
    entries = [ledger_entry(body) for body in told[::2]]
    stories = [
        [line for line in alert_store.readable(lines) if line.channel == name][-MAX_STORY:]
        for (name, _, _), lines in zip(found, told[1::2], strict=True)
    ]
    return [
        {
            "channel": name,
            "alert_id": alert_id,
            "rule_name": alert.rule_name if alert else None,
            "plugin_name": alert.plugin_name if alert else None,
            "state": alert.state if alert else None,
            "at_ms": at_ms,
            "news": entry.attempted.partition(":")[0] or entry.told,
            "attempts": entry.attempts,
            **_why(entry, story),
            "story": story,
        }
        for (name, alert_id, at_ms), alert, entry, story in zip(found, alerts, entries, stories, strict=True)
    ]


def _why(entry: LedgerEntry, story: Sequence[TimelineEntry]) -> dict[str, Any]:
    """Return the fields that say why a notification was given up."""
    lines: list[LedgerEntry | TimelineEntry] = [entry, *(line for line in reversed(story) if line.kind in GIVEN_UP)]
    last = next((line for line in lines if line.reason), entry)
    return {"reason": last.reason, "reason_code": last.reason_code, "reason_values": last.reason_values}


def retry_all(redis: Redis, channel: str | None, by: str, principal: str = "") -> int:
    """Try everything given up (of one channel) again; returns how many."""
    members = [_split(m) for m in redis.zrange(delivery_keys.dead_notifications(), 0, -1)]
    wanted = [(name, alert_id) for name, alert_id in members if channel is None or name == channel]
    count = 0
    for name, alert_id in wanted:
        # Another caller may retry it at the same time.
        with suppress(NotFound):
            retry(redis, name, alert_id, by, principal)
            count += 1
    return count


def retry(redis: Redis, channel: str, alert_id: str, by: str, principal: str = "") -> None:
    """
    Try one notification that was given up again.

    Raises:
        NotFound: it is not among those given up.
    """
    member = f"{channel}{due_groups.SEPARATOR}{alert_id}"
    while True:
        with redis.pipeline() as pipe:
            pipe.watch(delivery_keys.dead_notifications(), keys.ledger(alert_id), keys.alert(alert_id))
            if pipe.zscore(delivery_keys.dead_notifications(), member) is None:
                raise NotFound(reasons.of("missing.given_up", alert_id=alert_id, channel=channel))
            raw, body = pipe.get(keys.alert(alert_id)), pipe.hget(keys.ledger(alert_id), channel)
            pipe.multi()
            pipe.zrem(delivery_keys.dead_notifications(), member)
            alert = alert_store.read(raw)
            if alert is not None and body is not None:
                now_ms, before = SystemClock().now_ms(), ledger_entry(body)
                entry = _revived(before, alert.episode)
                pipe.delete(delivery_keys.refused(channel, alert_id, before.attempted))
                pipe.hset(keys.ledger(alert_id), channel, encode(entry))
                line = TimelineEntry(
                    at_ms=now_ms, kind="notification.retried", channel=channel, by=by, principal=principal
                )
                _line(pipe, alert_id, line)
                due_groups.stage_due(pipe, alert, [channel], now_ms)
            try:
                pipe.execute()
                return
            except WatchError:
                continue


def note_receipt(redis: Redis, message_id: str, status: str, recipient: str, why: Reason) -> bool:
    """
    Note what a provider says became of a message it had accepted.

    What was not delivered counts as given up: it is listed, and can be tried again for that recipient alone.

    Args:
        status: `delivered` or `undelivered`.
        why: It names the recipient so far as everybody may read it.

    Returns:
        Whether the message is known.
    """
    while True:
        with redis.pipeline() as pipe:
            pipe.watch(delivery_keys.sms_receipt(message_id))
            expected = due_groups.expected_receipt(pipe, message_id)
            if expected is None:
                return False
            now_ms = SystemClock().now_ms()
            pipe.multi()
            # One final word a message: what is repeated later must not undo a retry.
            pipe.delete(delivery_keys.sms_receipt(message_id))
            for alert_id, news in expected.told:
                line = TimelineEntry(at_ms=now_ms, kind=FINAL[status], channel=expected.channel, **reasons.fields(why))
                _line(pipe, alert_id, line)
                if status == "undelivered":
                    pipe.srem(delivery_keys.recipients(expected.channel, alert_id, news), recipient)
                    member = f"{expected.channel}{due_groups.SEPARATOR}{alert_id}"
                    pipe.zadd(delivery_keys.dead_notifications(), {member: now_ms})
            try:
                pipe.execute()
                return True
            except WatchError:
                continue


def _revived(entry: LedgerEntry, episode: int) -> LedgerEntry:
    fresh = structs.replace(entry, status="due", attempts=0, attempted="", not_before_ms=0, **reasons.fields(""))
    if entry.status == "dead":
        return fresh
    # Accepted and then not delivered: send it again; recipients who got "firing" still get "resolved".
    if entry.told == "resolved":
        return structs.replace(fresh, told="firing", told_episode=episode)
    return structs.replace(fresh, told="", told_episode=0, maybe_told=True)


def _line(pipe: Pipeline, alert_id: str, entry: TimelineEntry) -> None:
    body = encode(entry)
    # Only beside a record that is there: a story must not outlive its alert. The archive's may.
    pipe.rpushx(keys.timeline(alert_id), body)
    records.stage(pipe, [LineAdded(alert_id=alert_id, line=Raw(body))])


def _split(member: bytes) -> tuple[str, str]:
    channel, _, alert_id = member.decode("utf-8", "replace").partition(due_groups.SEPARATOR)
    return channel, alert_id
