"""
The alert store: the records of the board and the history, their timelines, counts and the feed that announces them.

`stage` writes a change into a caller's MULTI, so that the record, its indexes, its timeline, the feed entry and the
record for the archive are one.
Writers read, decide and write under WATCH on the alert's key (`change`), so none overwrites another.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

import msgspec
from msgspec import Raw
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import WatchError

from shared import crash_points
from shared.errors import NotFound
from shared.model import lifecycle, reasons
from shared.model.alerts import SEVERITIES, UNREADABLE, Alert, TimelineEntry
from shared.model.encoding import encode
from shared.model.events import Command
from shared.model.records import AlertChanged, LineAdded, Record
from shared.redis import keys
from shared.redis.bundle import Bundle
from shared.store import feed, records

_SEVERITY_STEP = 10**13
"""Above any epoch millisecond until the year 2286; five steps stay below 2^53, where a zset's score is exact."""
HOUR_MS = 3_600_000
MAX_TIMELINE = 1_000
"""Lines of one alert's story, the newest; about 200 kB. Only one that has come and gone for days has more."""

_COUNTED = {"firing": "fired", "reopened": "fired", "acknowledged": "acknowledged", "resolved": "resolved"}
"""Timeline kind → what the statistics call it."""

decode_alert = msgspec.json.Decoder(Alert).decode
decode_entry = msgspec.json.Decoder(TimelineEntry).decode


def read(raw: bytes | None) -> Alert | None:
    """Return what a record says; None if there is none, or nobody can read it: it must not hide the others."""
    try:
        return decode_alert(raw) if raw else None
    except UNREADABLE:
        return None


def board_score(alert: Alert) -> int:
    """Return the place on the board: worst severity first, then the one that began first. Lower is higher up."""
    rank = len(SEVERITIES) - 1 - SEVERITIES.index(alert.severity)
    return rank * _SEVERITY_STEP + alert.started_at_ms


def load(redis: Redis, alert_ids: Sequence[str]) -> list[Alert | None]:
    """Return the alerts in the order asked for; None where there is none (any more), or none that can be read."""
    if not alert_ids:
        return []
    return [read(raw) for raw in redis.mget([keys.alert(i) for i in alert_ids])]


def get(redis: Redis, alert_id: str) -> Alert:
    """
    Return one alert.

    Raises:
        NotFound: unknown, or older than the history's retention; or its record cannot be read.
    """
    return _found(alert_id, redis.get(keys.alert(alert_id)))


def _found(alert_id: str, raw: bytes | None) -> Alert:
    if raw is None:
        raise NotFound(reasons.of("missing.alert", alert_id=alert_id))
    alert = read(raw)
    if alert is None:
        raise NotFound(reasons.of("missing.alert_readable", alert_id=alert_id))
    return alert


def timeline(redis: Redis, alert_id: str) -> list[TimelineEntry]:
    """Return an alert's story, oldest first."""
    return readable(redis.lrange(keys.timeline(alert_id), 0, -1))


def readable(lines: Iterable[bytes]) -> list[TimelineEntry]:
    """Return those lines of a story that can be read: one bad line must not hide it."""
    found = []
    for raw in lines:
        with suppress(*UNREADABLE):
            found.append(decode_entry(raw))
    return found


class Batch:
    """
    The changes of alerts in one transaction: record, indexes, timeline, counts, feed and archive of each.

    Writes that concern all of the alerts (indexes, counts, feed, archive) are collected, and queued once by `finish`.
    """

    def __init__(self, pipe: Pipeline | Bundle, retention_ms: int) -> None:
        """
        Args:
            pipe: A MULTI of the control plane, or what will be sent in one; the caller does.
            retention_ms: How long a resolved alert is kept.
        """
        self._pipe = pipe
        self._retention_ms = retention_ms
        self._board: dict[str, int | None] = {}
        """Alert id → its place on the board; None: it leaves it."""
        self._history: dict[str, int] = {}
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._announcements = feed.Announcements()
        self._records: list[Record] = []

    def stage(self, before: Alert | None, after: Alert, entry: TimelineEntry) -> bytes:
        """Queue one change of an alert; returns its record."""
        pipe, retention_ms = self._pipe, self._retention_ms
        body = encode(after)
        resolved = after.state == "resolved"
        pipe.set(keys.alert(after.id), body, px=retention_ms if resolved else None)
        line = encode(entry)
        pipe.rpush(keys.timeline(after.id), line)
        self._records.append(AlertChanged(alert=Raw(body), line=Raw(line), is_first=before is None))
        if before is not None:
            pipe.ltrim(keys.timeline(after.id), -MAX_TIMELINE, -1)
        else:
            # By the clock, not by event time: a plugin with a wrong clock must not fall out of the history.
            self._history[after.id] = after.updated_at_ms
        self._board[after.id] = None if resolved else board_score(after)
        if resolved:
            pipe.sadd(keys.unproven_alerts(), after.id)
            pipe.pexpire(keys.timeline(after.id), retention_ms)
            pipe.pexpire(keys.ledger(after.id), retention_ms)
            pipe.hdel(keys.banner(), after.id)
        else:
            if before is not None and before.state == "resolved":
                pipe.persist(keys.timeline(after.id))
                pipe.persist(keys.ledger(after.id))
            if after.state == "acknowledged":
                pipe.hdel(keys.banner(), after.id)
        self._count(after, entry)
        self._announcements.add(f"alert.{entry.kind}", after)
        return body

    def add_line(self, alert_id: str, entry: TimelineEntry) -> None:
        """Queue a line of an alert's timeline that comes with no further change of it."""
        line = encode(entry)
        self._pipe.rpush(keys.timeline(alert_id), line)
        self._records.append(LineAdded(alert_id=alert_id, line=Raw(line)))

    def finish(self) -> None:
        """Queue the writes that concern all of the alerts: indexes, counts, feed and archive."""
        if self._history:
            self._pipe.zadd(keys.alert_history(), self._history)
        if placed := {alert_id: score for alert_id, score in self._board.items() if score is not None}:
            self._pipe.zadd(keys.active_alerts(), placed)
        for alert_id in self._board.keys() - placed.keys():
            self._pipe.zrem(keys.active_alerts(), alert_id)
        for key, counts in self._counts.items():
            for field, count in counts.items():
                self._pipe.hincrby(key, field, count)
            self._pipe.pexpire(key, self._retention_ms + 2 * HOUR_MS)
        self._announcements.stage(self._pipe)
        records.stage(self._pipe, self._records)

    def _count(self, after: Alert, entry: TimelineEntry) -> None:
        what = _COUNTED.get(entry.kind)
        if what is None:
            return
        counts = self._counts[keys.statistics_hour(entry.at_ms // HOUR_MS)]
        counts[what] += 1
        counts[f"{what}:severity:{after.severity}"] += 1
        counts[f"{what}:plugin:{after.plugin_id}"] += 1
        counts[f"{what}:rule:{after.rule_id}"] += 1
        if what in ("acknowledged", "resolved") and after.fired_at_ms:
            # By the clock that stamps the entry; an event from the past must not make a wait negative.
            counts[f"{what}_ms"] += max(0, entry.at_ms - after.fired_at_ms)
            counts[f"{what}_timed"] += 1


def stage(pipe: Pipeline | Bundle, before: Alert | None, after: Alert, entry: TimelineEntry, retention_ms: int) -> None:
    """Queue one change of an alert on *pipe*; as a `Batch` of one."""
    batch = Batch(pipe, retention_ms)
    batch.stage(before, after, entry)
    batch.finish()


def add_line(pipe: Pipeline | Bundle, alert_id: str, entry: TimelineEntry) -> None:
    """Queue a line of an alert's timeline that comes with no change of it."""
    line = encode(entry)
    pipe.rpush(keys.timeline(alert_id), line)
    records.stage(pipe, [LineAdded(alert_id=alert_id, line=Raw(line))])


def change(
    redis: Redis,
    alert_id: str,
    decide: Callable[[Alert], tuple[Alert, TimelineEntry] | None],
    retention_ms: int,
    *,
    also: Callable[[Pipeline, Alert], None] | None = None,
    command: Callable[[Alert], Command] | None = None,
) -> Alert:
    """
    Read, decide and write one alert atomically; tries again if another process wrote it meanwhile.

    Args:
        decide: Pure; returns the alert after the change with its timeline entry, or None to leave it as it is.
        also: Further control-plane writes of the same transaction (e.g. notifications due).
        command: A command for the owner of the partition, written in the same transaction.

    Returns:
        The alert as it now stands.

    Raises:
        NotFound: no such alert, or its record cannot be read. Whatever *decide* raises.
    """
    with redis.pipeline() as pipe:
        while True:
            try:
                pipe.watch(keys.alert(alert_id))
                before = _found(alert_id, pipe.get(keys.alert(alert_id)))
                decided = decide(before)
                if decided is None:
                    return before
                after, entry = decided
                pipe.multi()
                stage(pipe, before, after, entry, retention_ms)
                if also is not None:
                    also(pipe, after)
                if command is not None:
                    pipe.xadd(keys.commands(), {keys.COMMAND_FIELD: encode(command(after))})
                crash_points.reach("operator.before_exec")
                pipe.execute()
                crash_points.reach("operator.after_exec")
                return after
            except WatchError:
                continue


def active_ids(redis: Redis, start: int, stop: int) -> list[str]:
    """Return ids of the board, worst first, by rank (inclusive, as ZRANGE counts)."""
    return [i.decode("utf-8", "replace") for i in redis.zrange(keys.active_alerts(), start, stop)]


def active(redis: Redis) -> Iterator[Alert]:
    """Yield the whole board, worst first."""
    # All ids at once: by rank, one that leaves the board meanwhile would make those after it be skipped.
    ids = active_ids(redis, 0, -1)
    for start in range(0, len(ids), 1_000):
        yield from (alert for alert in load(redis, ids[start : start + 1_000]) if alert is not None)


def prune_history(redis: Redis, older_than_ms: int, batch: int = 1_000) -> int:
    """Forget resolved alerts recorded before *older_than_ms*; open ones stay whatever their age. Returns how many."""
    start = 0
    while ids := redis.zrangebyscore(keys.alert_history(), "-inf", older_than_ms, start=start, num=batch):
        alerts = load(redis, [i.decode("utf-8", "replace") for i in ids])
        if gone := [i for i, alert in zip(ids, alerts, strict=True) if not _is_active(alert)]:
            redis.zrem(keys.alert_history(), *gone)
            return len(gone)
        # However many old ones are open, those after them have their turn.
        start += batch
    return 0


def _is_active(alert: Alert | None) -> bool:
    return alert is not None and alert.state in lifecycle.ACTIVE_STATES
