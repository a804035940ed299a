"""
The system watches itself: what is wrong with the pipeline becomes an alert like any other, told to the operators, and
while nothing is, a heartbeat goes to an address outside, whose silence others notice.

`judge` is pure. The shell runs in a child of each dispatch worker, apart from the router and the evaluators it watches;
one of them has the watch at a time. It has its alerts delivered itself, for the router may be what is wrong.
"""

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from msgspec import structs
from redis import Redis
from redis.exceptions import RedisError, WatchError

from dispatchers import backlog, http, sweeper, system_alerts
from dispatchers.channel import DeliveryError
from dispatchers.queues import Queues
from dispatchers.surroundings import Surroundings
from dispatchers.system_alerts import Trouble
from shared import process
from shared.clock import SystemClock
from shared.log import Logger
from shared.model import reasons
from shared.model.alerts import Alert, Severity
from shared.model.numbers import exact
from shared.model.reasons import Reason
from shared.process import Loop, Stop
from shared.redis import keys
from shared.redis.leases import Leases
from shared.settings import Settings
from shared.store import alert_store, due_groups

LOOK_S = 2.0
LEASE_MS = 10_000
RECENT_MS = 600_000
"""Dead letters of the last ten minutes are news."""
MEMORY_SHARE = 0.9
"""Of what Redis may take: time enough to give it more."""
MISSED_MS = 86_400_000
"""Whoever has been dead for a day is not missed any more."""
NEEDED = ("evaluator", "router", "worker", "relay", "api")
VITAL = ("evaluator", "router", "worker")
"""Without these, nobody is told of anything."""


@dataclass(frozen=True, slots=True)
class Picture:
    """How the system is, as read at one time."""

    now_ms: int
    oldest_event_ms: int = 0
    """Age of the oldest event that is not evaluated; 0 if all are."""
    oldest_transition_ms: int = 0
    """Age of the oldest transition that is not routed."""
    overdue_ms: int = 0
    """How long ago somebody should have looked at a group that has news."""
    dead_events: int = 0
    dead_notifications: int = 0
    memory_share: float = 0.0
    """Of what Redis may take, what it has taken."""
    missing_ms: Mapping[str, int] = field(default_factory=dict)
    """Component → for how long none of it has been ready."""
    dead_producers: Mapping[str, int] = field(default_factory=dict)
    """Host → when its producer stopped without signing off."""
    newest_event_ms: int = 0
    """When the last event came in; 0 if none ever did."""
    lagging: str = ""
    """Plugins of which nothing but late samples comes, and by how much they are."""
    left_out: str = ""
    """What evaluators had to go on without in the last ten minutes, and why."""


def judge(picture: Picture, settings: Settings) -> dict[str, Trouble | None]:
    """Return what is wrong: alert id → the trouble, None where all is well. Pure; channels are left to the caller."""
    late_ms = int(settings.watch_late_seconds * 1000)
    silent_ms = int(settings.watch_silent_seconds * 1000)
    unrouted_ms = max(picture.oldest_transition_ms, picture.overdue_ms)
    is_silent = 0 < picture.newest_event_ms < picture.now_ms - silent_ms
    found = {
        "own-evaluator-lag": _trouble(
            picture.oldest_event_ms >= late_ms,
            "Evaluation is late · 평가 지연",
            f"age of the oldest event not evaluated >= {exact(late_ms / 1000)} s",
            reasons.of("system.evaluation_late", waited_s=picture.oldest_event_ms / 1000, limit_s=late_ms / 1000),
            "critical",
            (picture.oldest_event_ms / 1000, late_ms / 1000),
        ),
        "own-router-stall": _trouble(
            unrouted_ms >= late_ms,
            "Routing has stopped · 알림 전달 중단",
            f"age of the oldest transition or notification nobody looks at >= {exact(late_ms / 1000)} s",
            reasons.of("system.routing_stopped", waited_s=unrouted_ms / 1000, limit_s=late_ms / 1000),
            "critical",
            (unrouted_ms / 1000, late_ms / 1000),
        ),
        "own-dead-events": _trouble(
            picture.dead_events > 0,
            "Events were refused · 처리할 수 없는 이벤트",
            "dead letters within ten minutes > 0",
            reasons.of("system.events_refused", events=picture.dead_events),
            "warning",
            (picture.dead_events, 0),
        ),
        "own-dead-notifications": _trouble(
            picture.dead_notifications > 0,
            "Notifications were given up · 전송 포기된 알림",
            "notifications given up within ten minutes > 0",
            reasons.of("system.notifications_given_up", notifications=picture.dead_notifications),
            "error",
            (picture.dead_notifications, 0),
        ),
        "own-redis-memory": _trouble(
            picture.memory_share >= MEMORY_SHARE,
            "Redis is nearly full · Redis 메모리 부족",
            f"memory of Redis >= {exact(MEMORY_SHARE * 100)}%",
            reasons.of("system.redis_full", value=picture.memory_share * 100, limit=MEMORY_SHARE * 100),
            "critical",
            (picture.memory_share * 100, MEMORY_SHARE * 100),
        ),
        "own-late-plugins": _trouble(
            bool(picture.lagging),
            "Samples come late · 늦게 도착하는 샘플",
            "plugins with nothing but late samples for two minutes > 0",
            reasons.of("system.samples_late", plugins=picture.lagging),
            "warning",
            (1, 0),
        ),
        "own-left-out": _trouble(
            bool(picture.left_out),
            "Something was not evaluated · 평가에서 제외된 항목",
            "rules, stored data or partitions left out within ten minutes",
            reasons.of("system.left_out", what=picture.left_out),
            "error",
            (1, 0),
        ),
        "own-producers": _trouble(
            bool(picture.dead_producers) or is_silent,
            "A producer has stopped · 수집기 중단",
            f"a producer that did not sign off, or no event for {exact(silent_ms / 1000)} s",
            _producers_said(picture),
            "error",
            (max(len(picture.dead_producers), 1), 0),
        ),
    }
    for name in NEEDED:
        # One alert each: that the relay is missing must not hide that the evaluators are, later.
        ms = picture.missing_ms.get(name, 0)
        found[f"own-missing-{name}"] = _trouble(
            ms >= late_ms,
            f"No {name} is running · {name} 중단",
            f"no ready process for {exact(late_ms / 1000)} s",
            reasons.of("system.process_missing", process=name, waited_s=ms / 1000, limit_s=late_ms / 1000),
            "critical" if name in VITAL else "error",
            (ms / 1000, late_ms / 1000),
        )
    return {alert_id: one and replace(one, alert_id=alert_id) for alert_id, one in found.items()}


def is_healthy(troubles: Mapping[str, Trouble | None]) -> bool:
    """Tell whether an event that came now would be told to people."""
    return all(one is None or one.severity != "critical" for one in troubles.values())


def _trouble(
    is_so: bool, name: str, condition: str, reason: Reason, severity: Severity, values: tuple[float, float]
) -> Trouble | None:
    if not is_so:
        return None
    return Trouble("", name, condition, reason, severity, (), float(values[0]), float(values[1]))


def _producers_said(picture: Picture) -> Reason:
    if picture.dead_producers:
        return reasons.of("system.producers_stopped", hosts=sorted(picture.dead_producers))
    return reasons.of("system.no_events", waited_s=(picture.now_ms - picture.newest_event_ms) // 1000)


# -- shell --------------------------------------------------------------------------------------------------


def run(redis: Redis, settings: Settings, log: Logger) -> int:
    """Watch until killed; only while nobody else has the watch."""
    Loop("watch", Watch(redis, settings, log).step, log, every_s=LOOK_S).run(Stop(install_handlers=False))
    return 0


class Watch:
    """The shell around `judge`."""

    def __init__(self, redis: Redis, settings: Settings, log: Logger) -> None:
        self._redis = redis
        self._settings = settings
        self._log = log
        self._clock = SystemClock()
        self._leases = Leases(redis, LEASE_MS)
        self._name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._lease: str | None = None
        self._queues = Queues(redis)
        self._seen_at_ms: dict[str, int] = {}
        """Component → when one of it was last ready, or when this began to look."""
        self._beat_at_ms = 0

    def step(self) -> None:
        """Look once, if it is ours to look."""
        if self._lease is None or not self._leases.renew(keys.watch_lease(), self._lease):
            self._lease = self._leases.acquire(keys.watch_lease(), keys.watch_fence(), self._name)
        if self._lease is None:
            self._seen_at_ms.clear()
            return
        now_ms = self._clock.now_ms()
        troubles = judge(self.look(now_ms), self._settings)
        for alert_id, trouble in troubles.items():
            try:
                self._change(alert_id, trouble, now_ms)
            except RedisError:
                raise
            except Exception as error:
                self._log.error("watch.not_told", exception=error, alert=alert_id)
        if is_healthy(troubles):
            self._beat(now_ms)

    def look(self, now_ms: int) -> Picture:
        """Read how the system is."""
        redis = self._redis
        seconds, micros = redis.time()
        server_ms = seconds * 1000 + micros // 1000
        partitions = range(self._settings.partitions)
        unread = [self._oldest_after(keys.events(p), self._position(p), server_ms) for p in partitions]
        cursors, _ = backlog.read_cursors(redis.hgetall(keys.router_cursors()))
        unrouted = [self._oldest_after(keys.outbox(p), cursors.get(p, "0-0").encode(), server_ms) for p in partitions]
        # A score of 0 says "at once", and not since when.
        first_due = redis.zrangebyscore(keys.due_groups(), 1, now_ms, 0, 1, withscores=True)
        with redis.pipeline(transaction=False) as pipe:
            for p in partitions:
                pipe.xrange(keys.dead_letters(p), min=str(server_ms - RECENT_MS), count=1_000)
            for p in partitions:
                pipe.xrevrange(keys.events(p), count=1)
            answers = pipe.execute()
        newest = [int(found[0][0].partition(b"-")[0]) for found in answers[len(partitions) :] if found]
        return Picture(
            now_ms=now_ms,
            oldest_event_ms=max(unread),
            oldest_transition_ms=max(unrouted),
            overdue_ms=max(0, now_ms - int(first_due[0][1])) if first_due else 0,
            dead_events=sum(len(found) for found in answers[: len(partitions)]),
            dead_notifications=redis.zcount(keys.dead_notifications(), now_ms - RECENT_MS, "+inf"),
            memory_share=self._memory_share(),
            missing_ms=self._missing(now_ms),
            dead_producers=self._dead_producers(now_ms),
            lagging=self._said("lagging", now_ms),
            left_out=self._said("left_out", now_ms),
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

    def _said(self, name: str, now_ms: int) -> str:
        """Return what evaluators say of themselves under a name."""
        alive = [r for r in process.reports(self._redis, now_ms) if r.component == "evaluator"]
        return "; ".join(dict.fromkeys(r.detail[name] for r in alive if r.detail.get(name)))

    def _dead_producers(self, now_ms: int) -> dict[str, int]:
        """Follow who of the producers stopped without signing off, until it is back or a day has passed."""
        alive = {r.host for r in process.reports(self._redis, now_ms) if r.component == "producer"}
        silent = {r.host: r.at_ms for r in process.stale(self._redis, now_ms) if r.component == "producer"}
        place = keys.dead_producers()
        known = {}
        for host, stored in self._redis.hgetall(place).items():
            if stored.isdigit() and len(stored) < 20:
                known[host.decode("utf-8", "replace")] = int(stored)
            else:
                self._redis.hdel(place, host)
        for host, at_ms in silent.items():
            if host not in alive and host not in known:
                self._redis.hset(place, host, at_ms)
                known[host] = at_ms
        for host in [h for h, at_ms in known.items() if h in alive or now_ms - at_ms > MISSED_MS]:
            self._redis.hdel(place, host)
            del known[host]
        return known

    def _change(self, alert_id: str, trouble: Trouble | None, now_ms: int) -> None:
        """Fire or resolve one alert, and have it told at once: its jobs are queued in the same step."""
        while True:
            with self._redis.pipeline() as pipe:
                pipe.watch(keys.alert(alert_id))
                raw = pipe.get(keys.alert(alert_id))
                before = alert_store.read(raw)
                if raw is not None and before is None:
                    told = system_alerts.operators(self._redis, self._settings)
                    before = system_alerts.restored(alert_id, trouble.name if trouble else alert_id, told, now_ms)
                    if trouble is not None:
                        # It is fired anew below, and its record written with it.
                        before = structs.replace(before, state="resolved")
                if trouble is None:
                    change = system_alerts.end(before, reasons.of("system.recovered"), now_ms)
                elif before is not None and before.state != "resolved":
                    return  # It stands already; its first words are the ones that count.
                else:
                    change = system_alerts.fire(
                        before, replace(trouble, channels=system_alerts.operators(self._redis, self._settings)), now_ms
                    )
                if change is None:
                    return
                after: Alert = change[0]
                for channel in after.channels:
                    self._queues.of(channel)
                pipe.multi()
                alert_store.stage(pipe, before, *change, self._settings.history_ms)
                pairs = due_groups.stage_due(pipe, after, after.channels, now_ms + sweeper.LOOK_AGAIN_MS)
                self._queues.enqueue(pairs, pipe)
                try:
                    pipe.execute()
                except WatchError:
                    continue
            event, reason = ("watch.well", after.reason) if trouble is None else ("watch.trouble", str(trouble.reason))
            self._log.warning(event, alert=alert_id, reason=reason)
            return

    def _beat(self, now_ms: int) -> None:
        settings = self._settings
        if not settings.heartbeat_url or 0 <= now_ms - self._beat_at_ms < settings.heartbeat_seconds * 1000:
            return
        self._beat_at_ms = now_ms
        around = Surroundings.of(self._redis, settings)
        try:
            http.request("POST", settings.heartbeat_url, around, body=b"", headers={})
        except DeliveryError as error:
            self._log.warning("heartbeat.failed", reason=error.reason)
