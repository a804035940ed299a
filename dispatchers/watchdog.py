"""
The watchdog: what is wrong with the pipeline becomes an alert that goes to the operators' channels. While all is well,
a heartbeat goes to an address outside, where its absence is noticed.

It runs in a child of each dispatch worker, apart from the router and the evaluators it watches; one process watches at
a time. It queues the jobs for its alerts itself, for the router may be what is wrong.
"""

import os
import secrets
import socket
from dataclasses import replace

from msgspec import structs
from redis import Redis
from redis.exceptions import RedisError, WatchError

from dispatchers import health, http, operators, sweeper, system_alerts
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
from shared.redis import keys
from shared.redis.leases import Leases
from shared.settings import Settings
from shared.store import alert_store, due_groups

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
        self._name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
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
        while True:
            with self._redis.pipeline() as pipe:
                pipe.watch(keys.alert(alert_id))
                raw = pipe.get(keys.alert(alert_id))
                before = alert_store.read(raw)
                if raw is not None and before is None:
                    notified = operators.channels(self._redis, self._settings)
                    before = system_alerts.restored(alert_id, trouble.name if trouble else alert_id, notified, now_ms)
                    if trouble is not None:
                        # It fires again below, which writes its record.
                        before = structs.replace(before, state="resolved")
                if trouble is None:
                    change = system_alerts.end(before, reasons.of("system.recovered"), now_ms)
                elif before is not None and before.state != "resolved":
                    return  # The alert stands already, and keeps its first reason.
                else:
                    change = system_alerts.fire(
                        before, replace(trouble, channels=operators.channels(self._redis, self._settings)), now_ms
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
