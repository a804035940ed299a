"""
The watchdog: what is wrong with the pipeline becomes an alert that goes to the operators' channels. While all is well,
a heartbeat goes to an address outside, where its absence is noticed.

It runs in a child of each dispatch worker, apart from the router and the evaluators it watches; one process watches at
a time. It queues the jobs for its alerts itself, for the router may be what is wrong.
"""

from collections.abc import Sequence
from dataclasses import replace

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError

from dispatchers import health, http, operators, own_alerts, sweeper, system_alerts
from dispatchers.channel import DeliveryError
from dispatchers.health_reader import HealthReader
from dispatchers.queues import Queues
from dispatchers.surroundings import Surroundings
from dispatchers.system_alerts import Trouble
from shared.clock import SystemClock
from shared.log import Logger
from shared.loops import Loop, Stop
from shared.model import reasons
from shared.model.alerts import Alert
from shared.process import unique_name
from shared.redis import keys
from shared.redis.leases import Leases
from shared.settings import Settings
from shared.store import due_groups

LOOK_S = 2.0
LEASE_MS = 10_000


def run(redis: Redis, settings: Settings, log: Logger) -> int:
    """Watch until killed; only while no other process watches."""
    Loop("watch", Watchdog(redis, settings, log).step, log, every_s=LOOK_S).run(Stop(install_handlers=False))
    return 0


class Watchdog:
    """The shell around `health.judge`."""

    def __init__(self, redis: Redis, settings: Settings, log: Logger) -> None:
        self._redis = redis
        self._settings = settings
        self._log = log
        self._clock = SystemClock()
        self._leases = Leases(redis, LEASE_MS)
        self._name = unique_name()
        self._lease: str | None = None
        self._queues = Queues(redis)
        self._reader = HealthReader(redis, settings)
        self._beat_at_ms = 0

    def step(self) -> None:
        """Look once, if no other process watches."""
        if self._lease is None or not self._leases.renew(keys.watch_lease(), self._lease):
            self._lease = self._leases.acquire(keys.watch_lease(), keys.watch_fence(), self._name)
        if self._lease is None:
            self._reader.begin()
            return
        now_ms = self._clock.now_ms()
        troubles = health.judge(self._reader.read(now_ms), self._settings)
        for alert_id, trouble in troubles.items():
            try:
                self._change(alert_id, trouble, now_ms)
            except RedisError:
                raise
            except Exception as error:
                self._log.error("watch.not_told", exception=error, alert=alert_id)
        if health.is_healthy(troubles):
            self._beat(now_ms)

    def _change(self, alert_id: str, trouble: Trouble | None, now_ms: int) -> None:
        """Fire or resolve an alert; its jobs are queued in the same transaction."""

        def decide(before: Alert | None) -> own_alerts.Change | None:
            if trouble is None:
                return system_alerts.end(before, reasons.of("system.recovered"), now_ms)
            if before is not None and before.state != "resolved":
                return None  # The alert stands already, and keeps its first reason.
            return system_alerts.fire(before, replace(trouble, channels=self._operators()), now_ms)

        def stage(pipe: Pipeline, after: Alert | None) -> None:
            if after is not None:
                pairs = due_groups.stage_due(pipe, after, after.channels, now_ms + sweeper.LOOK_AGAIN_MS)
                self._queues.enqueue(pairs, pipe)

        changed = own_alerts.change(
            self._redis,
            alert_id,
            name=trouble.name if trouble else alert_id,
            is_failing=trouble is not None,
            channels=self._operators,
            decide=decide,
            stage=stage,
            history_ms=self._settings.history_ms,
            now_ms=now_ms,
        )
        if changed is not None:
            event, reason = ("watch.trouble", str(trouble.reason)) if trouble else ("watch.well", changed[0].reason)
            self._log.warning(event, alert=alert_id, reason=reason)

    def _operators(self) -> Sequence[str]:
        return operators.channels(self._redis, self._settings)

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
