"""
The RQ jobs: bring one channel up to date with one group of alerts, and the test button. Shell around `ledger.news`.

A job does not say what to send. It claims its group, compares each alert with what the ledger says the channel was last
told, sends the difference and records it, until there is none. A job that comes late, twice or out of order finds
nothing to do; one that dies leaves the group in `keys.due_groups`, where the sweeper finds it.
"""

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

from msgspec import structs
from redis import Redis
from redis.exceptions import ConnectionError, OutOfMemoryError, ReadOnlyError, RedisError, TimeoutError, WatchError
from rq import Retry
from rq.timeouts import BaseTimeoutException

from dispatchers import channel as channels
from dispatchers import ledger, render
from dispatchers.channel import Channel, DeliveryError, Item, Limit, News, Notification, Receipt, Traits, Unfinished
from dispatchers.channel_config import ChannelConfig
from dispatchers.circuit import Gate, limit_of
from dispatchers.surroundings import Surroundings
from shared import crash_points
from shared.clock import Clock, SystemClock
from shared.errors import ConfigurationError, Invalid, LeaseLost, NotFound, Stale
from shared.log import Logger
from shared.model import backoff
from shared.model.alerts import Alert, LedgerEntry, TimelineEntry, ledger_entry
from shared.model.encoding import encode
from shared.process import Heartbeat, Loop, for_each
from shared.redis import keys, scripts, transaction
from shared.redis.leases import Leases
from shared.redis.transaction import Bundle, Session
from shared.settings import Settings
from shared.store import alert_store, channel_store, deliveries, due_groups, feed
from shared.store.parking import Parking

DELIVER = "dispatchers.jobs.deliver"
"""The name of `deliver` in RQ's jobs."""
CLAIM_MS = 8_000
"""How long a dead worker's group stays claimed; renewed while its worker lives."""
CLAIM_RENEW_S = 2.0
CLAIM_GRACE_MS = 500
"""How long after a claim's end the sweeper looks whether its holder is dead."""
LOOK_GRACE_MS = 2_000
"""How much later than RQ's own retry the sweeper looks; it is the safety net, not the timer."""
JOB_TIMEOUT_S = 60
"""RQ's limit; every channel's own limits lie below it."""
RUN_S = 20.0
"""A job makes no new attempt after this, so that RQ's limit never cuts one off; another job goes on."""
EDITS_AT_ONCE = 10
"""Beyond so many, alerts with messages of their own are told of together; one by one would take too long."""
RECORD_S = 15.0
"""How long the outcome of a send is tried to be written while Redis is away: unwritten, it would be sent again."""
LOAD_AT_ONCE = 1_000
BURST_ALERTS, BURST_PAUSE_S = 50, 0.02
"""After so many at once more is on its way: fewer and fuller requests, and meanwhile the processor is the router's."""
PATIENCE_MS = 2_000
"""How long a job waits for its channel's gate itself; longer waits are another job's."""

_T = TypeVar("_T")
_AWAY = (ConnectionError, TimeoutError, ReadOnlyError, OutOfMemoryError)
"""How a Redis speaks, or does not, that will be back."""


@dataclass
class Context:
    """What a worker process gives its jobs."""

    redis: Redis
    settings: Settings
    log: Logger
    heartbeat: Heartbeat
    clock: Clock
    configured: dict[str, tuple[bytes, ChannelConfig]] = field(default_factory=dict)
    """Channel → its configuration as last stored, and as its kind understood it."""

    def __post_init__(self) -> None:
        self.leases = Leases(self.redis, CLAIM_MS)
        self.parking = Parking(self.redis, self.log, self.heartbeat.counters)


_context: Context | None = None


def set_up(redis: Redis, settings: Settings, log: Logger, heartbeat: Heartbeat, clock: Clock | None = None) -> None:
    """Give the jobs of this process what they need; once, before the first job."""
    global _context
    _context = Context(redis, settings, log, heartbeat, clock or SystemClock())


def context() -> Context | None:
    """Return what this process gives its jobs; None before `set_up`."""
    return _context


def deliver(channel: str, group: str) -> Retry | str:
    """
    Bring a channel up to date with a group of alerts.

    Returns:
        What was done, in words; or RQ's order to try again later.
    """
    context = _the_context()
    try:
        return _Delivery(context, channel, group).run()
    except Exception as error:
        # The sweeper gives the group another job.
        context.log.error("delivery.broke_off", exception=error, channel=channel)
        raise


def send_test(channel: str, by: str) -> dict[str, object]:
    """
    Send a marked test message through the real path.

    Returns:
        `accepted`, the provider's `answer` (or why it was not accepted), `took_ms`.
    """
    context = _the_context()
    now_ms = context.clock.now_ms()
    alert = Alert(
        id=f"test-{secrets.token_hex(4)}",
        rule_id="test",
        rule_name="Channel test 채널 시험",
        plugin_id="enhanced-alerts",
        plugin_name="Enhanced Alerts",
        severity="info",
        state="firing",
        channels=[channel],
        condition="test",
        started_at_ms=now_ms,
        fired_at_ms=now_ms,
        reason=f"asked for by {by}",
        episode=1,
        announced_episode=1,
    )
    begun = time.monotonic()
    try:
        stored = context.redis.hget(keys.channels(), channel)
        kind, config = _configured(context, channel, stored, even_if_off=True)
        message = render.notification(
            channel,
            [Item("firing", alert, _link(context, alert))],
            now_ms,
            test=True,
            title_template=config.title_template,
            body_template=config.body_template,
        )
        receipt = kind.send(message, config, _surroundings(context))
        accepted, answer = True, receipt.answer or "accepted"
        Gate(context.redis, context.settings, channel, Limit(0)).accepted(context.clock.now_ms(), receipt.pause_ms)
    except DeliveryError as error:
        accepted, answer = False, error.reason
    except Unfinished:
        accepted, answer = True, "accepted for some of the recipients; there are too many for a test"
    except Exception as error:
        context.log.error("test.crashed", exception=error, channel=channel)
        accepted, answer = False, f"the attempt broke off: {type(error).__name__}"
    return {"accepted": accepted, "answer": answer, "took_ms": int((time.monotonic() - begun) * 1000)}


@dataclass(slots=True)
class _Due:
    """One alert whose channel may have news of it."""

    alert_id: str
    alert: Alert | None
    entry: LedgerEntry
    doubted_before: bool = False
    """Whether the channel may have known of the firing before this attempt."""
    repeated: bool = False
    """Whether an earlier attempt at the same news ended in doubt."""

    def note_doubts(self, told: News) -> None:
        """Note what is in doubt before an attempt at *told*, for the attempt changes the entry."""
        assert self.alert is not None
        # No answer came, or its worker died before or after the provider's acceptance: nobody can know.
        is_same = self.entry.attempted == ledger.attempted(self.alert, told)
        self.repeated = self.repeated or self.entry.status == "sending" or (self.entry.in_doubt and is_same)
        self.doubted_before = self.entry.maybe_told


def _attempts(one: _Due, told: News) -> int:
    """Return how many attempts at *told* have failed."""
    assert one.alert is not None
    return one.entry.attempts if one.entry.attempted == ledger.attempted(one.alert, told) else 0


class _Crashed(DeliveryError):
    """An attempt that ended in an error nobody foresaw: a bug, met with this message."""


class _RefusedTogether(Exception):
    """One of several alerts, or their number, is what the provider does not take: the others must not suffer for it."""


@dataclass(frozen=True, slots=True)
class _Found:
    """How things stand when an outcome is to be written."""

    is_ours: bool = True
    """Whether the group is still claimed by this job; if not, it slept, and another has been at it."""
    stored: Mapping[str, LedgerEntry] = field(default_factory=dict)
    """What the ledger says now; looked up only where it may be another's word, or that of a try before."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a job must know of the group it took up."""

    stored: bytes | None
    """Its channel's configuration."""
    due: list[_Due]


class _Delivery:
    def __init__(self, context: Context, channel: str, group: str) -> None:
        self._context = context
        self._redis = context.redis
        self._channel = channel
        self._group = group
        self._member = f"{channel}{due_groups.SEPARATOR}{group}"
        self._claim = _Claim(context, keys.group_claim(channel, group), secrets.token_hex(6), self._member)
        self._worker = context.heartbeat.field
        self._session = Session(context.redis)
        """For as long as the job lasts. From before a call to its outcome it watches the claim."""
        self._told: list[_Due] = []
        """Those with nothing to tell (any more)."""

    def run(self) -> Retry | str:
        crash_points.reach("delivery.before_claim")
        with self._session:
            taken = self._take_up()
            if taken is None:
                # Its holder looks again after its send. Should it be dead, the claim ends and the sweeper comes back.
                return "another worker is at it"
            crash_points.reach("delivery.claimed")
            return self._hold(taken)

    def _hold(self, taken: _Taken) -> Retry | str:
        try:
            with _renewer.holding(self._claim):
                return self._bring_up_to_date(taken)
        except LeaseLost as error:
            self._context.log.warning("claim.lost", channel=self._channel, reason=str(error))
            return "another worker took it over"
        finally:
            self._claim.release()

    def _bring_up_to_date(self, taken: _Taken | None) -> Retry | str:
        sent = 0
        kind = channels.find(self._channel)
        tells = kind.traits.tells if kind else ()
        over_at = time.monotonic() + RUN_S
        while taken is not None:
            now_ms = self._context.clock.now_ms()
            todo: list[tuple[_Due, News]] = []
            waiting_until: list[int] = []
            for one in taken.due:
                told = ledger.news(one.alert, one.entry, tells) if one.alert else None
                if told is None or one.alert is None:
                    self._told.append(one)
                elif one.entry.attempted == ledger.attempted(one.alert, told) and one.entry.not_before_ms > now_ms:
                    waiting_until.append(one.entry.not_before_ms)
                else:
                    todo.append((one, told))
            if not todo and waiting_until:
                return self._later(min(waiting_until) - now_ms)
            if sent and todo and (left_ms := self._window_left_ms()) > 0:
                # What came while this was being sent is the trailing edge of its group.
                self._settle(look_at_ms=now_ms + left_ms)
                return f"sent {sent}; the rest goes out together"
            todo.sort(key=lambda pair: pair[0].alert.updated_at_ms if pair[0].alert else 0)
            done = self._tell(todo, taken.stored, over_at)
            if isinstance(done, Retry):
                return done
            sent += done
            if len(todo) >= BURST_ALERTS:
                time.sleep(BURST_PAUSE_S)
            if self._settle(window_ms=self._window_ms(kind) if done else 0):
                crash_points.reach("delivery.finished")
                return f"sent {sent}" if sent else "nothing to tell"
            taken = self._take_up()
        raise LeaseLost("it slept past its claim")

    def _tell(self, todo: list[tuple[_Due, News]], stored: bytes | None, over_at: float) -> Retry | int:
        """Tell the news; returns how many notifications that took, or when to go on."""
        if not todo:
            return 0
        try:
            kind, config = _configured(self._context, self._channel, stored)
        except DeliveryError as error:
            # No attempt was made: what the channel may know of these alerts, it may know still.
            for one, told in todo:
                one.note_doubts(told)
            return self._failed(todo, error, 0) or 0
        gate = Gate(self._redis, self._context.settings, self._channel, limit_of(kind, config))
        parts = list(_parts(todo, kind.traits))
        sent = 0
        while parts:
            part = parts.pop(0)
            wait_ms = self._mark_sending(part, gate, over_at)
            if wait_ms is not None:
                return self._later(wait_ms)
            try:
                again = self._send(part, kind, config, gate)
            except _RefusedTogether:
                half = len(part) // 2
                parts[:0] = [part[:half], part[half:]]
                continue
            if again is not None:
                return again
            sent += 1
        return sent

    def _window_left_ms(self) -> int:
        pair = (self._channel, self._group)
        return due_groups.windows(self._redis, [pair])[pair][0]

    def _window_ms(self, kind: Channel | None) -> int:
        """Return for how long news of the group gather from now on."""
        return int(self._context.settings.group_seconds * 1000) if kind is not None and kind.traits.groups else 0

    # -- reading ------------------------------------------------------------------------------------------

    def _take_up(self) -> _Taken | None:
        """Claim the group and read what is due; None while another job has it."""
        places = [
            self._claim.key,
            keys.job_waiting(self._channel, self._group),
            keys.due(self._channel, self._group),
            keys.due_groups(),
            keys.channels(),
            keys.in_hand(self._channel, self._group),
        ]
        record = keys.alert("")
        given: list[str | int | bytes] = [self._claim.value, CLAIM_MS, self._context.clock.now_ms(), CLAIM_GRACE_MS]
        given += [self._channel, self._member, record, keys.ledger("").removeprefix(record), LOAD_AT_ONCE]
        answer = self._patiently(lambda: scripts.run(self._session, scripts.source("take_up"), places, given))
        if answer is None:
            return None
        stored, ids, raws, lines = answer
        # An id of another form is that of no alert; the ids stay beside what the script read of them.
        names = [i.decode("utf-8", "surrogateescape") for i in ids]
        due = _read(names[:LOAD_AT_ONCE], raws, lines)
        for start in range(LOAD_AT_ONCE, len(names), LOAD_AT_ONCE):
            some = names[start : start + LOAD_AT_ONCE]
            asked = [("HGET", _in_bytes(keys.ledger(i)), self._channel) for i in some]
            raws, *lines = transaction.ask(self._redis, [("MGET", *(_in_bytes(keys.alert(i)) for i in some)), *asked])
            due += _read(some, raws, lines)
        return _Taken(stored, due)

    # -- sending ------------------------------------------------------------------------------------------

    def _send(
        self, todo: Sequence[tuple[_Due, News]], kind: Channel, config: ChannelConfig, gate: Gate
    ) -> Retry | None:
        items = [
            Item(
                told,
                one.alert,
                _link(self._context, one.alert),
                one.entry.message_id,
                reminder=told == "firing" and ledger.is_reminder(one.alert, one.entry),
                repeated=one.repeated and not kind.traits.idempotent,
            )
            for one, told in todo
            if one.alert is not None
        ]
        begun = time.monotonic()
        try:
            message = self._worded(items, config)
            receipt = self._attempt(kind, message, config)
        except Unfinished:
            gate.accepted(self._context.clock.now_ms())
            return self._go_on_later(todo)
        except DeliveryError as error:
            gate.failed(error, self._context.clock.now_ms())
            took_ms = int((time.monotonic() - begun) * 1000)
            is_of_one = isinstance(error, _Crashed) or (error.verdict == "permanent" and error.cause == "message")
            if is_of_one and len(todo) > 1:
                self._record_failures(todo, error, took_ms, give_up=False, counts=False)
                raise _RefusedTogether from None
            return self._failed(todo, error, took_ms)
        crash_points.reach("delivery.accepted")
        self._record_success(todo, receipt, int((time.monotonic() - begun) * 1000), message.template_failure)
        crash_points.reach("delivery.recorded")
        if receipt.changes:
            self._follow(receipt.changes, kind)
        gate.accepted(self._context.clock.now_ms(), receipt.pause_ms)
        return None

    def _follow(self, changes: Mapping[str, object], kind: Channel) -> None:
        """Store what the provider said has changed of the configuration, beside what somebody else may change now."""
        while True:
            fields = channel_store.load(self._redis, self._channel)
            changed, expected = {**fields, **changes}, channel_store.version_of(fields)
            with suppress(Stale):
                channel_store.save(self._redis, self._channel, changed, shown=kind.masked, expected=expected)
                return

    def _worded(self, items: Sequence[Item], config: ChannelConfig) -> Notification:
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
            raise DeliveryError("retryable", "the message took too long to write", cause="message") from error
        except Exception as error:
            self._context.log.error("notification.not_worded", exception=error, channel=self._channel)
            raise _Crashed(
                "permanent", f"the message cannot be written: {type(error).__name__}", cause="message"
            ) from error

    def _attempt(self, kind: Channel, message: Notification, config: ChannelConfig) -> Receipt:
        try:
            return kind.send(message, config, _surroundings(self._context))
        except (DeliveryError, Unfinished, RedisError):
            raise
        except BaseTimeoutException as error:
            # RQ's limit.
            self._context.log.error("delivery.crashed", exception=error, channel=self._channel)
            raise DeliveryError("uncertain", f"the attempt broke off: {type(error).__name__}") from error
        except Exception as error:
            # A bug in the channel, which other messages need not meet: the channel is not parked for it.
            self._context.log.error("delivery.crashed", exception=error, channel=self._channel)
            reason = f"the attempt broke off: {type(error).__name__}"
            raise _Crashed("uncertain", reason, cause="message") from error

    def _mark_sending(self, todo: Sequence[tuple[_Due, News]], gate: Gate, over_at: float) -> int | None:
        """
        Take leave of the gate for one call, and note the attempt with it, so that one cut off by a crash is known
        afterwards. Waits for a moment if it must.

        Returns:
            None when it may be made; else how many ms somebody else must wait.

        Raises:
            LeaseLost: this worker slept past its claim, and what it has read is out of date.
        """
        marks: list[tuple[_Due, bool, LedgerEntry]] = []
        for one, told in todo:
            assert one.alert is not None
            entry, news = one.entry, ledger.attempted(one.alert, told)
            is_new = entry.attempted != news
            # No answer came, or its worker died before or after the provider's acceptance: nobody can know.
            repeated = entry.status == "sending" or (entry.in_doubt and not is_new)
            marked = structs.replace(
                entry,
                attempted=news,
                attempts=0 if is_new else entry.attempts,
                not_before_ms=0 if is_new else entry.not_before_ms,
                reason="" if is_new else entry.reason,
                in_doubt=entry.in_doubt and not is_new,
                possible_duplicates=entry.possible_duplicates + repeated,
                status="sending",
                worker=self._worker,
                maybe_told=entry.maybe_told or told == "firing",
            )
            marks.append((one, repeated, marked))
        lines = [(keys.ledger(one.alert_id), encode(marked)) for one, _, marked in marks]
        claim = self._claim.key, self._claim.value
        while True:
            if time.monotonic() > over_at:
                return 0
            wait_ms = self._patiently(lambda: gate.wait_ms(claim, lines, self._session))
            if not wait_ms:
                break
            if wait_ms > PATIENCE_MS:
                return wait_ms
            time.sleep(wait_ms / 1000)
        for one, repeated, marked in marks:
            one.repeated = one.repeated or repeated
            one.doubted_before = one.entry.maybe_told
            one.entry = marked
            self._context.heartbeat.counters["possible_duplicates"] += repeated
        crash_points.reach("delivery.marked")
        return None

    def _go_on_later(self, todo: Sequence[tuple[_Due, News]]) -> Retry:
        """Let the next job tell the recipients this one had no time for; nothing failed, and nothing is in doubt."""

        self._write_if_ours(
            (one.alert_id, structs.replace(one.entry, status="due", in_doubt=one.repeated)) for one, _ in todo
        )
        return self._later(0)

    # -- recording ----------------------------------------------------------------------------------------

    def _record_success(self, todo: Sequence[tuple[_Due, News]], receipt: Receipt, took_ms: int, failure: str) -> None:
        now_ms = self._context.clock.now_ms()
        entries: list[tuple[_Due, LedgerEntry, TimelineEntry]] = []
        for one, told in todo:
            assert one.alert is not None
            entry = structs.replace(
                one.entry,
                told=told,
                told_episode=one.alert.episode,
                told_at_ms=now_ms,
                reminded=one.alert.reminders,
                maybe_told=False,
                in_doubt=False,
                status="settled",
                attempts=0,
                not_before_ms=0,
                reason="",
                message_id=receipt.message_ids.get(one.alert_id, one.entry.message_id),
            )
            line = TimelineEntry(
                at_ms=now_ms,
                kind="notification.sent",
                channel=self._channel,
                by=told,
                reason=receipt.answer + (f" (default wording: {failure})" if failure else ""),
                attempt=one.entry.attempts + 1,
                took_ms=took_ms,
            )
            entries.append((one, entry, line))
        self._record(entries, "sent", took_ms, refused=receipt.refused)
        self._context.heartbeat.counters["sent"] += len(todo)
        requests = _requests(todo)
        self._context.log.info(
            "delivery.sent", channel=self._channel, alerts=len(todo), took_ms=took_ms, requests=requests
        )

    def _failed(self, todo: Sequence[tuple[_Due, News]], error: DeliveryError, took_ms: int) -> Retry | None:
        if error.verdict == "permanent":
            self._record_failures(todo, error, took_ms, give_up=True)
            return None
        # What joined lately has tries of its own.
        last = backoff.DELIVERY_MAX_ATTEMPTS - 1
        if over := [pair for pair in todo if _attempts(*pair) >= last]:
            self._record_failures(over, error, took_ms, give_up=True)
        left = [pair for pair in todo if _attempts(*pair) < last]
        if not left:
            return None
        wait_ms = backoff.delay_ms(
            1 + max(_attempts(*pair) for pair in left),
            base_ms=backoff.DELIVERY_BASE_MS,
            cap_ms=backoff.DELIVERY_CAP_MS,
            jitter=random.random(),
        )
        wait_ms = max(wait_ms, error.retry_after_ms or 0)
        self._record_failures(left, error, took_ms, give_up=False, wait_ms=wait_ms)
        crash_points.reach("delivery.failed")
        return self._later(wait_ms)

    def _record_failures(
        self,
        todo: Sequence[tuple[_Due, News]],
        error: DeliveryError,
        took_ms: int,
        *,
        give_up: bool,
        wait_ms: int = 0,
        counts: bool = True,
    ) -> None:
        """Note why it failed; *counts* is false for what is tried in another way at once."""
        now_ms = self._context.clock.now_ms()
        may_know = error.verdict == "uncertain" or error.is_reached
        entries: list[tuple[_Due, LedgerEntry, TimelineEntry]] = []
        for one, told in todo:
            assert one.alert is not None
            attempts = _attempts(one, told) + counts
            entry = structs.replace(
                one.entry,
                maybe_told=one.entry.maybe_told if may_know else one.doubted_before,
                in_doubt=error.verdict == "uncertain" or one.repeated,
                status="dead" if give_up else "due",
                attempted=ledger.attempted(one.alert, told),
                attempts=attempts,
                not_before_ms=now_ms + wait_ms,
                reason=error.reason,
            )
            line = TimelineEntry(
                at_ms=now_ms,
                kind="notification.dead" if give_up else "notification.failed",
                channel=self._channel,
                by=told,
                reason=error.reason,
                attempt=attempts,
                took_ms=took_ms,
            )
            entries.append((one, entry, line))
            one.entry = entry
        self._record(entries, "dead" if give_up else "failed", took_ms)
        self._context.heartbeat.counters["dead" if give_up else "failed"] += len(todo)
        event = "delivery.dead" if give_up else "delivery.failed"
        self._context.log.warning(
            event,
            channel=self._channel,
            alerts=len(todo),
            verdict=error.verdict,
            reason=error.reason,
            wait_ms=wait_ms,
            requests=_requests(todo),
        )

    def _record(
        self,
        entries: Sequence[tuple[_Due, LedgerEntry, TimelineEntry]],
        outcome: deliveries.Outcome,
        took_ms: int,
        refused: str = "",
    ) -> None:
        """
        Write the outcome. An alert stays due if there is more to tell: it has changed since it was read, or it was
        acknowledged before its firing was told.

        Args:
            refused: Why some of the recipients were not told: given up, though the channel was told.
        """
        kind = channels.find(self._channel)
        tells = kind.traits.tells if kind else ()
        now_ms, retention_ms = self._context.clock.now_ms(), self._context.settings.history_ms
        told = {one.alert_id: line.by for one, _, line in entries}
        tried: dict[str, LedgerEntry] = {}
        """What the last try to write it wrote: it is tried again after a conflict, and after an answer was lost."""

        def is_written(one: _Due, entry: LedgerEntry, found: _Found) -> bool:
            stored = found.stored.get(one.alert_id)
            return stored is not None and stored in (entry, tried.get(one.alert_id))

        def write(pipe: Bundle, found: _Found) -> None:
            if all(is_written(one, entry, found) for one, entry, _ in entries):
                return
            tried.clear()
            lines: dict[tuple[str, int], bytes] = {}
            for one, entry, line in entries:
                stored, written = found.stored.get(one.alert_id), entry
                if not found.is_ours:
                    # It slept while it sent, and another sent meanwhile. The destination has heard this last, whatever
                    # the other told it; what it should hear now is worked out anew.
                    known = stored.possible_duplicates if stored else 0
                    duplicates = max(known, entry.possible_duplicates) + 1
                    # A copy, for each try works it out anew.
                    written = tried[one.alert_id] = structs.replace(entry, possible_duplicates=duplicates)
                    assert one.alert is not None
                    due_groups.stage_due(pipe, one.alert, [self._channel], self._context.clock.now_ms())
                pipe.hset(keys.ledger(one.alert_id), self._channel, encode(written))
                # Most are told alike.
                said = lines.get((line.by, line.attempt)) or lines.setdefault((line.by, line.attempt), encode(line))
                pipe.rpush(keys.timeline(one.alert_id), said)
                if refused:
                    undelivered = structs.replace(line, kind="notification.undelivered", reason=refused)
                    pipe.rpush(keys.timeline(one.alert_id), encode(undelivered))
                if one.alert is not None and one.alert.state == "resolved":
                    # The record expires; what is written beside it must not outlive it.
                    for key in (keys.ledger(one.alert_id), keys.timeline(one.alert_id)):
                        pipe.pexpire(key, retention_ms)
                if outcome == "dead" and found.is_ours:
                    # Here and not as the group is settled: looked at anew, it would be tried anew.
                    pipe.srem(keys.in_hand(self._channel, self._group), one.alert_id)
                if outcome == "dead" or refused:
                    dead = f"{self._channel}{due_groups.SEPARATOR}{one.alert_id}"
                    pipe.zadd(keys.dead_notifications(), {dead: now_ms})
            deliveries.stage(pipe, self._channel, outcome, took_ms, now_ms, retention_ms)
            news = {"channel": self._channel, "outcome": outcome, "at_ms": now_ms, "told": told}
            feed.append(pipe, "notification", encode(news))

        # What was given up is in hand no more, if the group is still this job's: that takes a look, as does what is
        # uncertain.
        if outcome == "dead" or not self._is_written(write):
            self._write_watched([one for one, _, _ in entries], write)
        self._context.heartbeat.counters["possible_duplicates"] += len(tried)
        self._claim.value = self._claim.following
        if outcome == "sent":
            self._told += [
                one for one, entry, _ in entries if one.alert is None or ledger.news(one.alert, entry, tells) is None
            ]

    def _is_written(self, write: Callable[[Bundle, _Found], None]) -> bool:
        """
        Carry out what *write* gathers if the group is still this job's; tells whether that is certain to have come
        about. The claim goes on under another value, so that a command sent again for want of an answer does nothing.
        """
        if not self._session.is_watching:
            return False
        writes = Bundle()
        writes.set(self._claim.key, self._claim.following, px=CLAIM_MS)
        write(writes, _Found())
        try:
            return self._session.send(writes)
        except _AWAY:
            return False

    def _write_if_ours(self, entries: Iterable[tuple[str, LedgerEntry]]) -> None:
        """
        Write lines of the ledger.

        Raises:
            LeaseLost: the group is no longer claimed by this job.
        """
        writes = Bundle()
        for alert_id, entry in entries:
            writes.hset(keys.ledger(alert_id), self._channel, encode(entry))

        def is_written() -> bool:
            with Session(self._redis) as session:
                session.watch(self._claim.key)
                while session.ask([("GET", self._claim.key)]) == [self._claim.value]:
                    if session.send(writes):
                        return True
                    # It was renewed just now.
                    session.watch(self._claim.key)
            return False

        if not self._patiently(is_written):
            raise LeaseLost("it slept past its claim")

    def _write_watched(self, due: Sequence[_Due], write: Callable[[Bundle, _Found], None]) -> None:
        """
        Carry out what *write* gathers in a MULTI that fails, and is tried again, if a ledger or the claim changes
        between the look and the EXEC; also while Redis is away, for a while.
        """
        ledgers = [keys.ledger(one.alert_id) for one in due]

        def attempt() -> None:
            with Session(self._redis) as session:
                session.watch(self._claim.key, *ledgers)
                held, *bodies = session.ask(
                    [("GET", self._claim.key), *(("HGET", key, self._channel) for key in ledgers)]
                )
                is_ours = held in (self._claim.value, self._claim.following)
                stored = {o.alert_id: ledger_entry(b) for o, b in zip(due, bodies, strict=True) if b}
                writes = Bundle()
                if is_ours:
                    writes.set(self._claim.key, self._claim.following, px=CLAIM_MS)
                write(writes, _Found(is_ours, stored))
                if not session.send(writes):
                    raise WatchError("a ledger or the claim has changed")

        self._patiently(attempt)

    def _patiently(self, attempt: Callable[[], _T]) -> _T:
        """Make *attempt* until it ends: again at once after a conflict, and for a while when Redis is away."""
        over_at = time.monotonic() + RECORD_S
        failures = 0
        while True:
            try:
                return attempt()
            except WatchError:
                continue
            except _AWAY:
                failures += 1
                if time.monotonic() > over_at:
                    raise
                time.sleep(backoff.delay_ms(failures, base_ms=50, cap_ms=1_000) / 1000)

    # -- ending -------------------------------------------------------------------------------------------

    def _settle(self, *, window_ms: int = 0, look_at_ms: int | None = None) -> bool:
        """
        Let go of what is told; what is in hand besides is due again.

        Args:
            window_ms: For how long what comes next shall gather.
            look_at_ms: When the sweeper shall look after what is still due; by default, this job goes on with it.

        Returns:
            Whether the group is given up.

        Raises:
            LeaseLost: it is no longer claimed by this job.
        """
        pair = self._channel, self._group
        places = [self._claim.key, keys.due(*pair), keys.due_groups(), keys.group_window(*pair), keys.in_hand(*pair)]
        given: list[str | int | bytes] = [self._claim.value, self._member, window_ms]
        given += ["" if look_at_ms is None else look_at_ms, *(_in_bytes(one.alert_id) for one in self._told)]
        self._told = []
        answer = self._patiently(lambda: scripts.run(self._session, scripts.source("settle"), places, given))
        if answer < 0:
            raise LeaseLost("it slept past its claim")
        self._claim.is_over = bool(answer)
        return self._claim.is_over

    def _later(self, wait_ms: int) -> Retry:
        self._settle(look_at_ms=self._context.clock.now_ms() + wait_ms + LOOK_GRACE_MS)
        return Retry(max=backoff.DELIVERY_MAX_ATTEMPTS, interval=max(1, round(wait_ms / 1000)))


def _read(alert_ids: Sequence[str], raws: Sequence[bytes | None], lines: Sequence[bytes | None]) -> list[_Due]:
    """
    Make something of records and lines of the ledger.

    An alert whose record cannot be read is as one that is gone, until the router has made it anew. A line of the ledger
    that cannot be read means that the channel may know anything.
    """
    return [
        _Due(i, alert_store.read(raw), ledger_entry(line)) for i, raw, line in zip(alert_ids, raws, lines, strict=True)
    ]


def _in_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _parts(todo: list[tuple[_Due, News]], traits: Traits) -> Iterator[list[tuple[_Due, News]]]:
    """Divide what is to be told into notifications: a message that can be changed by itself, the others together."""
    alone = [one for one in todo if traits.edits and one[0].entry.message_id][:EDITS_AT_ONCE]
    for one in alone:
        yield [one]
    together = [one for one in todo if not any(one is other for other in alone)]
    for start in range(0, len(together), traits.at_once):
        yield together[start : start + traits.at_once]


class _Claim:
    """A job's hold on its group."""

    def __init__(self, context: Context, key: str, value: str, member: str) -> None:
        self.key = key
        self.value = value.encode()
        self.is_over = False
        """Whether it has been given up."""
        self.context = context
        self._member = member

    @property
    def following(self) -> bytes:
        """The value after this one."""
        token, _, number = self.value.partition(b":")
        return b"%s:%d" % (token, int(number or 0) + 1)

    def renew(self) -> None:
        try:
            if self.context.leases.renew(self.key, self.value):
                # If this worker dies, the sweeper looks just after the claim has ended.
                look_at_ms = self.context.clock.now_ms() + CLAIM_MS + CLAIM_GRACE_MS
                self.context.redis.zadd(keys.due_groups(), {self._member: look_at_ms}, xx=True)
        except RedisError as error:
            self.context.log.warning("claim.not_renewed", reason=str(error))

    def release(self) -> None:
        """Give it up, unless that is done."""
        if not self.is_over:
            self.context.leases.release(self.key, self.value)


class _Renewer:
    """Renews the claims of jobs that last, in one thread for all: most are over before one of their own would begin."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claims: list[_Claim] = []
        self._loop: Loop | None = None

    @contextmanager
    def holding(self, claim: _Claim) -> Iterator[None]:
        """Renew a claim now and then, until the block ends."""
        with self._lock:
            self._claims.append(claim)
            if self._loop is None:
                context = claim.context
                counters = context.heartbeat.counters
                self._loop = Loop("claims", self._renew, context.log, every_s=CLAIM_RENEW_S, counters=counters)
                context.heartbeat.follow(self._loop)
                self._loop.start()
        try:
            yield
        finally:
            with self._lock:
                self._claims.remove(claim)

    def _renew(self) -> None:
        # Not under the lock: a server that does not answer must hold up no job that begins or ends.
        with self._lock:
            claims = list(self._claims)
        for_each(claims, lambda claim: claim.renew())


_renewer = _Renewer()


def _requests(todo: Sequence[tuple[_Due, News]]) -> list[str]:
    """Return the API requests behind some news, a few at most, so that a log can be followed from end to end."""
    return sorted({one.alert.request_id for one, _ in todo if one.alert and one.alert.request_id})[:10]


def _the_context() -> Context:
    assert _context is not None, "dispatchers.jobs.set_up has not been called in this process"
    return _context


def _configured(
    context: Context, channel: str, stored: bytes | None, *, even_if_off: bool = False
) -> tuple[Channel, ChannelConfig]:
    try:
        kind = channels.get(channel)
    except NotFound as error:
        raise DeliveryError("permanent", str(error)) from None
    known, config = context.configured.get(channel, (None, None))
    if config is None or known != stored:
        config = _checked(kind, channel, stored)
        if stored is not None:
            context.configured[channel] = stored, config
    if not config.enabled and not even_if_off:
        raise DeliveryError("permanent", f"channel {channel} is switched off (enabled is false)")
    return kind, config


def _checked(kind: Channel, channel: str, stored: bytes | None) -> ChannelConfig:
    try:
        fields = channel_store.fields_of(channel, stored)
    except ConfigurationError as error:
        raise DeliveryError("retryable", str(error)) from None
    except Exception:
        fields = None
    if not isinstance(fields, dict):
        raise DeliveryError("retryable", f"the configuration of channel {channel} cannot be read; save it again")
    if not fields and kind.needs_configuration:
        where = f"PUT /api/enhanced-alerts/channels/{channel}/config"
        raise DeliveryError("permanent", f"channel {channel} is not configured; do so with {where}")
    try:
        return kind.check(fields)
    except Invalid as error:
        raise DeliveryError("permanent", str(error)) from None
    except Exception as error:
        reason = f"the configuration of channel {channel} cannot be used ({type(error).__name__}); save it again"
        raise DeliveryError("permanent", reason) from error


def _surroundings(context: Context) -> Surroundings:
    settings = context.settings
    return Surroundings.of(context.redis, settings)


def _link(context: Context, alert: Alert) -> str:
    return f"{context.settings.effective_public_url}/alerts/{alert.id}"
