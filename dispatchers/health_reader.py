"""Reading how the system is, for `health.judge`: ages, counts, memory, and the reports of the processes."""

from contextlib import suppress

import msgspec
from redis import Redis

from dispatchers import backlog
from dispatchers.health import NEEDED, Picture
from shared import kept_days, process
from shared.model import dead_letter, reasons
from shared.model.reasons import Reason
from shared.redis import connection, delivery_keys, keys
from shared.settings import Settings

_BEYOND = {"series_beyond_limit": "system.series_of", "series_beyond_limit_of_jobs": "system.series_of_job"}
"""What a process `ingest` reports in its heartbeat → the reason that says it."""
_decode_sources = msgspec.json.Decoder(list[dict[str, str | int]]).decode
_decode_reason = msgspec.json.Decoder(Reason).decode
RECENT_MS = 600_000
"""Dead letters of the last ten minutes are news."""
MISSED_MS = 86_400_000
"""A producer that has been dead for a day is no longer reported."""


class HealthReader:
    """Reads the system again and again, and remembers when each component was last ready."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis = redis
        self._settings = settings
        self._seen_at_ms: dict[str, int] = {}
        """Component → when a process of it was last ready, or when this reader began."""

    def begin(self) -> None:
        """Forget when the components were ready: another process was watching meanwhile."""
        self._seen_at_ms.clear()

    def read(self, now_ms: int) -> Picture:
        """Read how the system is."""
        redis = self._redis
        server_ms = connection.server_ms(redis)
        partitions = range(self._settings.partitions)
        unread = [self._oldest_after(keys.events(p), self._position(p), server_ms) for p in partitions]
        cursors, _ = backlog.read_cursors(redis.hgetall(keys.router_cursors()))
        unrouted = [self._oldest_after(keys.outbox(p), cursors.get(p, "0-0").encode(), server_ms) for p in partitions]
        # A score of 0 says "at once", and not since when.
        first_due = redis.zrangebyscore(delivery_keys.due_groups(), 1, now_ms, 0, 1, withscores=True)
        with redis.pipeline(transaction=False) as pipe:
            for p in partitions:
                pipe.xrange(keys.dead_letters(p), min=str(server_ms - RECENT_MS), count=1_000)
            for p in partitions:
                pipe.xrevrange(keys.events(p), count=1)
            answers = pipe.execute()
        archive_ms, archive, archive_lost = self._archive(now_ms)
        newest = [int(found[0][0].partition(b"-")[0]) for found in answers[len(partitions) :] if found]
        return Picture(
            now_ms=now_ms,
            oldest_event_ms=max(unread),
            oldest_transition_ms=max(unrouted),
            overdue_ms=max(0, now_ms - int(first_due[0][1])) if first_due else 0,
            dead_events=sum(dead_letter.refused(one) for found in answers[: len(partitions)] for _, one in found),
            dead_notifications=redis.zcount(delivery_keys.dead_notifications(), now_ms - RECENT_MS, "+inf"),
            memory_share=self._memory_share(),
            missing_ms=self._missing(now_ms),
            dead_producers=self._dead_producers(now_ms),
            set_aside=self._set_aside(now_ms),
            lagging=self._detail("lagging", now_ms),
            left_out=self._detail("left_out", now_ms),
            archive_ms=archive_ms,
            archive=archive,
            archive_lost=archive_lost,
            archive_dropped=self._archive_dropped(now_ms),
            series_refused=self._series_refused(now_ms),
            newest_event_ms=max(newest, default=0) + now_ms - server_ms if newest else 0,
        )

    def _position(self, p: int) -> bytes:
        if not self._redis.exists(keys.events(p)):
            return b"0-0"
        groups = self._redis.xinfo_groups(keys.events(p))
        return next((g["last-delivered-id"] for g in groups if g["name"] == keys.GROUP.encode()), b"0-0")

    def _oldest_after(self, stream: str, position: bytes, server_ms: int) -> int:
        found = self._redis.xrange(stream, min=b"(" + position, count=1)
        return max(1, server_ms - int(found[0][0].partition(b"-")[0])) if found else 0

    def _memory_share(self) -> float:
        about = self._redis.info("memory")
        limit = int(about.get("maxmemory", 0))
        if limit:
            return int(about["used_memory"]) / limit
        return int(about["used_memory_rss"]) / max(int(about.get("total_system_memory", 0)), 1 << 30)

    def _missing(self, now_ms: int) -> dict[str, int]:
        ready = {report.component for report in process.reports(self._redis, now_ms) if report.ready}
        for name in NEEDED:
            if name in ready or name not in self._seen_at_ms:
                self._seen_at_ms[name] = now_ms
        return {name: now_ms - self._seen_at_ms[name] for name in NEEDED if name not in ready}

    def _set_aside(self, now_ms: int) -> str:
        renamed = self._redis.zrangebyscore(keys.set_aside(), now_ms - RECENT_MS, "+inf")
        return ", ".join(key.decode("utf-8", "replace") for key in renamed)

    def _detail(self, name: str, now_ms: int) -> str:
        """Return what the evaluators report under a name."""
        alive = [r for r in process.reports(self._redis, now_ms) if r.component == "evaluator"]
        return "; ".join(dict.fromkeys(r.detail[name] for r in alive if r.detail.get(name)))

    def _archive(self, now_ms: int) -> tuple[int, Reason, int]:
        """Return for how long a recorder has been without the archive, why, and what the recorders lost lately."""
        longest_ms, why, lost = 0, reasons.NONE, 0
        for report in process.reports(self._redis, now_ms):
            if report.component == "recorder":
                since_ms = process.instant([report], "archive_since_ms")
                if since_ms and now_ms - since_ms >= longest_ms:
                    with suppress(msgspec.MsgspecError):
                        why = _decode_reason(report.detail.get("archive_reason", ""))
                        longest_ms = now_ms - since_ms
                if now_ms - process.instant([report], "lost_at_ms") < RECENT_MS:
                    lost += int(report.counters.get("lost", 0))
        return longest_ms, why, lost

    def _archive_dropped(self, now_ms: int) -> Reason:
        """Return how little the archive holds, if its size keeps it from holding what it should."""
        kept = kept_days.shortfalls(process.reports(self._redis, now_ms), self._settings, now_ms)
        most = kept_days.most_megabytes(self._settings)
        return reasons.of("system.archive_dropped", megabytes=most, kept=kept) if kept else reasons.NONE

    def _series_refused(self, now_ms: int) -> list[Reason]:
        """Return what the processes `ingest` report of sources with too many series, each source once."""
        found: dict[tuple[str, str], Reason] = {}
        for report in process.reports(self._redis, now_ms):
            if report.component != "ingest":
                continue
            for name, code in _BEYOND.items():
                with suppress(msgspec.MsgspecError):
                    for one in _decode_sources(report.detail.get(name, "[]")):
                        found.setdefault((code, str(one.get("source"))), reasons.of(code, **one))
        return list(found.values())

    def _dead_producers(self, now_ms: int) -> dict[str, int]:
        """Follow which producers stopped without signing off, until each is back or a day has passed."""
        alive = {r.host for r in process.reports(self._redis, now_ms) if r.component == "producer"}
        silent = {r.host: r.at_ms for r in process.stale(self._redis, now_ms) if r.component == "producer"}
        place = keys.dead_producers()
        stopped = {}
        for host, stored in self._redis.hgetall(place).items():
            if stored.isdigit() and len(stored) < 20:
                stopped[host.decode("utf-8", "replace")] = int(stored)
            else:
                self._redis.hdel(place, host)
        for host, at_ms in silent.items():
            if host not in alive and host not in stopped:
                self._redis.hset(place, host, at_ms)
                stopped[host] = at_ms
        for host in [h for h, at_ms in stopped.items() if h in alive or now_ms - at_ms > MISSED_MS]:
            self._redis.hdel(place, host)
            del stopped[host]
        return stopped
