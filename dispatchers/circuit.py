"""
When a channel may be called: its rate limit, its provider's wishes, and pauses while it keeps failing.

The state is in Redis and shared by all workers. A channel that fails several times in a row through no fault of the
message is parked: nothing is sent and nothing is given up meanwhile, a single notification is the probe after each
pause, the pauses grow, and operators are notified through other channels. The first success ends the pauses.
"""

import random
from collections.abc import Sequence

from redis import Redis
from redis.client import Pipeline

from dispatchers import operators, own_alerts, system_alerts
from dispatchers.channel import Channel, DeliveryError, Limit
from dispatchers.channel_config import ChannelConfig
from shared.errors import LeaseLost
from shared.model import backoff, reasons
from shared.model.alerts import Alert, TimelineEntry
from shared.model.reasons import Reason
from shared.redis import delivery_keys, scripts
from shared.redis.transaction import Session
from shared.redis.wire import Word
from shared.settings import Settings
from shared.store import due_groups

PARK_AFTER = 5
"""Failures in a row; with the back-off of a single notification, about a minute of failures."""
PARK_BASE_MS = 15_000
PARK_CAP_MS = 300_000
PROBE_MS = 60_000
"""How long a probe may take before another probe is made; the first one's worker may have died."""
GONE_MS = 24 * 3_600_000
"""The pause of a destination that no longer exists; a new configuration or a successful test ends it."""
LONGEST_MS = 24 * 3_600_000
"""The longest time between two messages, whatever is configured."""
PACE_MS = 1_000
"""The pause when a provider wants fewer requests and does not say how long."""


def parked_ms(failures: int, jitter: float) -> int:
    """Return how long a channel pauses after so many failures in a row; 0: not at all. Pure."""
    if failures < PARK_AFTER:
        return 0
    return backoff.delay_ms(failures - PARK_AFTER + 1, base_ms=PARK_BASE_MS, cap_ms=PARK_CAP_MS, jitter=jitter)


def limit_of(kind: Channel, config: ChannelConfig) -> Limit:
    """Return a channel's rate limit: what its operator set, else what its provider is known to allow. Pure."""
    if config.max_per_minute is not None:
        return Limit(int(min(60_000 / config.max_per_minute, LONGEST_MS)))
    return kind.traits.limit or Limit(0)


class Circuit:
    """The rate limit and the failures of one channel."""

    def __init__(self, redis: Redis, settings: Settings, channel: str, limit: Limit) -> None:
        self._redis = redis
        self._settings = settings
        self._channel = channel
        self._limit = limit
        self._last_failures: int | None = None
        """Failures in a row, as last read."""

    @property
    def _failures(self) -> int:
        if self._last_failures is None:
            stored = self._redis.get(delivery_keys.failures(self._channel)) or b"0"
            if not stored.isdigit():
                # The product writes counts only; left as it is, this value would stop every later count.
                self._redis.delete(delivery_keys.failures(self._channel))
                stored = b"0"
            self._last_failures = int(stored)
        return self._last_failures

    def wait_ms(
        self,
        claim: tuple[str, bytes] | None = None,
        marks: Sequence[tuple[str, bytes]] = (),
        session: Session | None = None,
    ) -> int:
        """
        Take a rate-limit permit for one call, and record the attempt in the ledger, atomically.

        Args:
            session: The connection to ask by; it watches the claim from then on.
            claim: A key and the value it must hold.
            marks: Ledger key and entry of each alert concerned; written with the permit.

        Returns:
            0 with a permit; else how many ms to wait before asking again.

        Raises:
            LeaseLost: the claim holds another value.
        """
        places = [
            delivery_keys.bucket(self._channel),
            delivery_keys.pause(self._channel),
            delivery_keys.failures(self._channel),
        ]
        arguments: list[Word] = [self._limit.every_ms, self._limit.burst, PARK_AFTER, PROBE_MS]
        if claim is not None:
            if session is not None:
                session.watch(claim[0])
            places.append(claim[0])
            arguments += (claim[1], self._channel)
            arguments += (argument for mark in marks for argument in mark)
        answer = scripts.run(session or self._redis, scripts.composed("permit", take="take"), places, arguments)
        if answer is None:
            raise LeaseLost("the claim expired while this worker slept")
        wait_ms, self._last_failures = map(int, answer)
        return wait_ms

    def accepted(self, now_ms: int, pause_ms: int = 0) -> None:
        """End a run of failures, and keep to the pause that the provider asks for."""
        if self._failures:
            self._change_alert(now_ms, is_failing=False)
            due_groups.wake(self._redis, self._channel, now_ms)
            self._last_failures = 0
        if pause_ms > 0:
            self._pause(str(reasons.of("delivery.pause_asked")), pause_ms)

    def failed(self, error: DeliveryError, now_ms: int) -> None:
        """Count a failure, and pause if it is the destination's."""
        if error.cause == "message":
            if self._failures >= PARK_AFTER:
                # The probe was answered, if only to refuse this message; the next message may be tried at once.
                self._redis.delete(delivery_keys.pause(self._channel))
            return
        if error.cause == "pace":
            self._pause(error.reason, error.retry_after_ms or PACE_MS)
            return
        self._last_failures = self._redis.incr(delivery_keys.failures(self._channel))
        if error.cause == "gone" and self._failures < PARK_AFTER:
            self._last_failures = self._redis.incrby(delivery_keys.failures(self._channel), PARK_AFTER - self._failures)
        pause_ms = max(parked_ms(self._failures, random.random()), error.retry_after_ms or 0)
        if error.cause == "gone":
            pause_ms = GONE_MS
        if pause_ms:
            self._pause(error.reason, pause_ms)
        if self._failures >= PARK_AFTER:
            self._change_alert(now_ms, is_failing=True, why=error.why)

    def _pause(self, reason: str, pause_ms: int) -> None:
        self._redis.set(delivery_keys.pause(self._channel), reason[:300], px=min(pause_ms, GONE_MS))

    def _change_alert(self, now_ms: int, *, is_failing: bool, why: Reason = reasons.NONE) -> None:
        """Fire or resolve the channel's own alert; a success clears the failures in the same transaction."""

        def stage(pipe: Pipeline, after: Alert | None) -> None:
            if after is not None:
                due_groups.stage_due(pipe, after, after.channels, now_ms)
            if not is_failing:
                pipe.delete(delivery_keys.failures(self._channel), delivery_keys.pause(self._channel))

        own_alerts.change(
            self._redis,
            f"channel-{self._channel}",
            name=self._alert_name,
            is_failing=is_failing,
            channels=self._operators,
            decide=lambda before: self._alert_after(before, now_ms, is_failing=is_failing, why=why),
            stage=stage,
            history_ms=self._settings.history_ms,
            now_ms=now_ms,
        )

    def _operators(self) -> Sequence[str]:
        """Return the channels that report the failure of this one."""
        return operators.channels(self._redis, self._settings, but=self._channel)

    @property
    def _alert_name(self) -> str:
        return f"Channel {self._channel} does not deliver · {self._channel} 채널 전송 실패"

    def _alert_after(
        self, before: Alert | None, now_ms: int, *, is_failing: bool, why: Reason
    ) -> tuple[Alert, TimelineEntry] | None:
        if not is_failing:
            return system_alerts.end(before, reasons.of("channel.delivers_again", channel=self._channel), now_ms)
        return system_alerts.fire(
            before,
            system_alerts.Trouble(
                alert_id=f"channel-{self._channel}",
                name=self._alert_name,
                condition=f"failures in a row >= {PARK_AFTER}",
                reason=why,
                severity="critical",
                channels=self._operators(),
                value=float(self._failures),
                threshold=float(PARK_AFTER),
            ),
            now_ms,
        )
