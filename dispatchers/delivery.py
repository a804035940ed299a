"""
Bringing one channel up to date with one group of alerts: claim the group, compare, send, record, settle. Shell.

A job carries no message. It sends the difference between the alerts and the ledger until there is none, so a job that
comes late, twice or out of order finds nothing to send. A job that dies leaves its group in `due_groups`, where
the sweeper finds it.
"""

import random
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from redis.exceptions import RedisError
from rq import Retry
from rq.timeouts import BaseTimeoutException

from dispatchers import burst, circuit, configurations, ledger, outage, render
from dispatchers import channel as channels
from dispatchers.channel import Channel, DeliveryError, Item, Notification, Receipt, Unfinished
from dispatchers.channel_config import ChannelConfig
from dispatchers.circuit import Circuit
from dispatchers.claim import LOST, Claim, Taken
from dispatchers.context import Context
from dispatchers.ledger import Update
from dispatchers.record import Recorder
from shared import crash_points
from shared.errors import LeaseLost, Stale
from shared.model import backoff, reasons
from shared.model.encoding import encode
from shared.redis import keys
from shared.store import channel_store, due_groups

LOOK_GRACE_MS = 2_000
"""How much later than RQ's own retry the sweeper looks; it is the safety net, not the timer."""
RUN_S = 20.0
"""A job makes no new attempt after this, so that RQ's limit never cuts an attempt off; another job goes on."""
PATIENCE_MS = 2_000
"""How long a job itself waits for a rate-limit permit; longer waits are left to another job."""


class _Crashed(DeliveryError):
    """An attempt that ended in an unforeseen error: a bug that this message meets."""


class _RefusedTogether(Exception):
    """The provider refuses one of several alerts, or their number; the others must not suffer for it."""


class Delivery:
    """One job's work."""

    def __init__(self, context: Context, channel: str, group: str) -> None:
        self._context = context
        self._channel = channel
        self._group = group
        self._claim = Claim(context, channel, group)
        self._recorder = Recorder(context, channel, group, self._claim)
        self._kind = channels.find(channel)
        self._up_to_date: list[str] = []
        """Ids of the alerts of which there is no more news."""
        self._over_at = time.monotonic() + RUN_S

    def run(self) -> Retry | str:
        """Deliver; returns what was done, in words, or RQ's order to try again later."""
        crash_points.reach("delivery.before_claim")
        with self._claim.session:
            taken = self._claim.take()
            if taken is None:
                # The holder looks again after its send. If it is dead, the claim expires and the sweeper comes back.
                return "another worker is at it"
            crash_points.reach("delivery.claimed")
            try:
                with self._context.renewer.holding(self._claim):
                    return self._bring_up_to_date(taken)
            except LeaseLost as error:
                self._context.log.warning("claim.lost", channel=self._channel, reason=str(error))
                return "another worker took it over"
            finally:
                self._claim.release()

    def _bring_up_to_date(self, taken: Taken | None) -> Retry | str:
        sent = 0
        wanted = self._kind.traits.tells if self._kind else ()
        while taken is not None:
            now_ms = self._context.clock.now_ms()
            comparison = ledger.compare(taken.due, wanted, now_ms, self._channel)
            self._up_to_date += comparison.up_to_date
            updates = comparison.updates
            if not updates and comparison.next_attempt_at_ms is not None:
                return self._retry(comparison.next_attempt_at_ms - now_ms)
            if sent and updates and (left_ms := self._window_left_ms()) > 0:
                # News that came during the send waits for the end of its group's interval.
                self._settle(look_at_ms=now_ms + left_ms)
                return f"sent {sent}; the rest goes out together"
            count = self._send_all(updates, taken.configuration)
            if isinstance(count, Retry):
                return count
            sent += count
            burst.pause_after(len(updates))
            if self._settle(window_ms=self._window_ms(updates) if count else 0):
                crash_points.reach("delivery.finished")
                return f"sent {sent}" if sent else "nothing to tell"
            taken = self._claim.take()
        raise LeaseLost(LOST)

    def _send_all(self, updates: list[Update], configuration: bytes | None) -> Retry | int:
        """Send the updates; returns how many notifications that took, or when to go on."""
        if not updates:
            return 0
        try:
            kind, config = configurations.checked(self._channel, configuration)
        except DeliveryError as error:
            # Without an attempt, the channel has what it had before.
            for update in updates:
                update.note_doubt()
            return self._fail(updates, error, 0) or 0
        limit = circuit.limit_of(kind, config)
        breaker = Circuit(self._context.redis, self._context.settings, self._channel, limit)
        messages = ledger.messages(updates, edits=kind.traits.edits, at_once=kind.traits.at_once)
        sent = 0
        while messages:
            message = messages.pop(0)
            wait_ms = self._wait_for_permit(message, breaker)
            if wait_ms is not None:
                return self._retry(wait_ms)
            try:
                retry = self._send(message, kind, config, breaker)
            except _RefusedTogether:
                half = len(message) // 2
                messages[:0] = [message[:half], message[half:]]
                continue
            if retry is not None:
                return retry
            sent += 1
        return sent

    def _wait_for_permit(self, updates: Sequence[Update], breaker: Circuit) -> int | None:
        """
        Take a rate-limit permit and record the attempt in the ledger, atomically, so that an attempt which a crash cuts
        off is on record. Waits for a moment if it must.

        Returns:
            None when the attempt may be made; else how many ms another job must wait.

        Raises:
            LeaseLost: this worker slept past its claim, and what it has read is out of date.
        """
        entries = [ledger.sending(update, self._context.heartbeat.field) for update in updates]
        marks = [(keys.ledger(u.alert.id), encode(entry)) for u, entry in zip(updates, entries, strict=True)]
        while True:
            if time.monotonic() > self._over_at:
                return 0
            wait_ms = outage.ride_out(
                lambda: breaker.wait_ms((self._claim.key, self._claim.value), marks, self._claim.session)
            )
            if not wait_ms:
                break
            if wait_ms > PATIENCE_MS:
                return wait_ms
            time.sleep(wait_ms / 1000)
        for update, entry in zip(updates, entries, strict=True):
            self._context.heartbeat.counters["possible_duplicates"] += ledger.ends_in_doubt(update)
            update.note_doubt()
            update.entry = entry
        crash_points.reach("delivery.marked")
        return None

    def _send(self, updates: Sequence[Update], kind: Channel, config: ChannelConfig, breaker: Circuit) -> Retry | None:
        """Make one attempt and record its outcome; returns when to try again, or None to go on."""
        begun = time.monotonic()
        try:
            notification = self._render(updates, kind, config)
            receipt = self._attempt(kind, notification, config)
        except Unfinished:
            breaker.accepted(self._context.clock.now_ms())
            self._recorder.unfinished(updates)
            return self._retry(0)
        except DeliveryError as error:
            breaker.failed(error, self._context.clock.now_ms())
            took_ms = int((time.monotonic() - begun) * 1000)
            is_of_one = isinstance(error, _Crashed) or (error.verdict == "permanent" and error.cause == "message")
            if is_of_one and len(updates) > 1:
                self._recorder.failed(updates, error, took_ms, is_final=False, counts=False)
                raise _RefusedTogether from None
            return self._fail(updates, error, took_ms)
        crash_points.reach("delivery.accepted")
        took_ms = int((time.monotonic() - begun) * 1000)
        self._up_to_date += self._recorder.sent(updates, receipt, took_ms, notification.template_failure)
        crash_points.reach("delivery.recorded")
        if receipt.changes:
            self._change_configuration(receipt.changes, kind)
        breaker.accepted(self._context.clock.now_ms(), receipt.pause_ms)
        return None

    def _render(self, updates: Sequence[Update], kind: Channel, config: ChannelConfig) -> Notification:
        items = [
            Item(
                update.news,
                update.alert,
                self._context.link(update.alert),
                update.entry.message_id,
                reminder=update.news == "firing" and ledger.is_reminder(update.alert, update.entry),
                repeated=update.is_repeated and not kind.traits.idempotent,
            )
            for update in updates
        ]
        try:
            return render.notification(
                self._channel,
                items,
                self._context.clock.now_ms(),
                title_template=config.title_template,
                body_template=config.body_template,
                board=self._context.settings.effective_public_url,
            )
        except BaseTimeoutException as error:
            raise DeliveryError("retryable", reasons.of("delivery.worded_too_slowly"), cause="message") from error
        except Exception as error:
            self._context.log.error("notification.not_worded", exception=error, channel=self._channel)
            why = reasons.of("delivery.not_worded", error=type(error).__name__)
            raise _Crashed("permanent", why, cause="message") from error

    def _attempt(self, kind: Channel, notification: Notification, config: ChannelConfig) -> Receipt:
        try:
            return kind.send(notification, config, self._context.surroundings())
        except (DeliveryError, Unfinished, RedisError):
            raise
        except BaseTimeoutException as error:
            # RQ's limit.
            self._context.log.error("delivery.crashed", exception=error, channel=self._channel)
            why = reasons.of("delivery.attempt_broke", error=type(error).__name__)
            raise DeliveryError("uncertain", why) from error
        except Exception as error:
            # A bug in the channel, which other messages need not meet: the circuit stays closed.
            self._context.log.error("delivery.crashed", exception=error, channel=self._channel)
            why = reasons.of("delivery.attempt_broke", error=type(error).__name__)
            raise _Crashed("uncertain", why, cause="message") from error

    def _change_configuration(self, changes: Mapping[str, object], kind: Channel) -> None:
        """Store what the provider says has changed of the configuration, and overwrite nobody else's change."""
        redis = self._context.redis
        while True:
            fields = channel_store.load(redis, self._channel)
            changed, expected = {**fields, **changes}, channel_store.version_of(fields)
            with suppress(Stale):
                channel_store.save(redis, self._channel, changed, shown=kind.masked, expected=expected)
                return

    def _fail(self, updates: Sequence[Update], error: DeliveryError, took_ms: int) -> Retry | None:
        """Record a failed attempt; returns when to try again, or None if all of it is given up."""
        if error.verdict == "permanent":
            self._recorder.failed(updates, error, took_ms, is_final=True)
            return None
        # An alert that joined lately has attempts of its own.
        if over := [update for update in updates if ledger.attempts(update) >= ledger.LAST_ATTEMPT]:
            self._recorder.failed(over, error, took_ms, is_final=True)
        left = [update for update in updates if not any(update is other for other in over)]
        if not left:
            return None
        wait_ms = backoff.delay_ms(
            1 + max(ledger.attempts(update) for update in left),
            base_ms=backoff.DELIVERY_BASE_MS,
            cap_ms=backoff.DELIVERY_CAP_MS,
            jitter=random.random(),
        )
        wait_ms = max(wait_ms, error.retry_after_ms or 0)
        self._recorder.failed(left, error, took_ms, is_final=False, wait_ms=wait_ms)
        crash_points.reach("delivery.failed")
        return self._retry(wait_ms)

    def _retry(self, wait_ms: int) -> Retry:
        self._settle(look_at_ms=self._context.clock.now_ms() + wait_ms + LOOK_GRACE_MS)
        return Retry(max=backoff.DELIVERY_MAX_ATTEMPTS, interval=max(1, round(wait_ms / 1000)))

    def _settle(self, *, window_ms: int = 0, look_at_ms: int | None = None) -> bool:
        up_to_date, self._up_to_date = self._up_to_date, []
        return self._claim.settle(up_to_date, window_ms=window_ms, look_at_ms=look_at_ms)

    def _window_left_ms(self) -> int:
        pair = self._channel, self._group
        return due_groups.windows(self._context.redis, [pair])[pair][0]

    def _window_ms(self, updates: Sequence[Update]) -> int:
        """Return for how long further news of the group is gathered from now on."""
        if self._kind is None or not self._kind.traits.groups:
            return 0
        by_routes = [ms for update in updates if (ms := update.alert.policy.group_interval_ms) is not None]
        return max(by_routes, default=int(self._context.settings.group_seconds * 1000))
