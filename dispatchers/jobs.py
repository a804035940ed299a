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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import structs
from redis import Redis
from redis.exceptions import ConnectionError, OutOfMemoryError, ReadOnlyError, RedisError, TimeoutError, WatchError
from rq import Retry

from dispatchers import channel as channels
from dispatchers import ledger, render
from dispatchers.channel import (
    Channel,
    ChannelConfig,
    DeliveryError,
    Item,
    Limit,
    News,
    Notification,
    Receipt,
    Surroundings,
    Traits,
    Unfinished,
)
from dispatchers.gate import Gate, limit_of
from shared import backoff, bundle, crash_points, deliveries, feed, keys, notifying, records, scripts
from shared import channels as configurations
from shared.bundle import Bundle
from shared.clock import Clock, SystemClock
from shared.errors import ConfigurationError, Invalid, LeaseLost, NotFound
from shared.leases import Leases
from shared.log import Logger
from shared.models import Alert, LedgerEntry, TimelineEntry, encode
from shared.process import Heartbeat
from shared.settings import Settings

DELIVER = "dispatchers.jobs.deliver"
"""The name of `deliver` in RQ's jobs."""
CLAIM_MS = 8_000
"""How long a dead worker's group stays claimed; renewed while its worker lives."""
CLAIM_RENEW_S = 2.0
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
PATIENCE_MS = 2_000
"""How long a job waits for its channel's gate itself; longer waits are another job's."""

_decode_entry = msgspec.json.Decoder(LedgerEntry).decode


@dataclass(slots=True)
class Context:
    """What a worker process gives its jobs."""

    redis: Redis
    settings: Settings
    log: Logger
    heartbeat: Heartbeat
    clock: Clock


_context: Context | None = None


def set_up(redis: Redis, settings: Settings, log: Logger, heartbeat: Heartbeat, clock: Clock | None = None) -> None:
    """Give the jobs of this process what they need; once, before the first job."""
    global _context
    _context = Context(redis, settings, log, heartbeat, clock or SystemClock())


def deliver(channel: str, group: str) -> Retry | str:
    """
    Bring a channel up to date with a group of alerts.

    Returns:
        What was done, in words; or RQ's order to try again later.
    """
    context = _the_context()
    crash_points.reach("delivery.before_claim")
    claim = f"{secrets.token_hex(6)}"
    key = keys.group_claim(channel, group)
    # Whatever becomes due from here on is not this job's to promise; what is due by now, it finds.
    begin = [("SET", key, claim, "NX", "PX", CLAIM_MS), ("DEL", keys.job_waiting(channel, group))]
    if not bundle.ask(context.redis, begin)[0]:
        # Its holder looks again after its send. Should it be dead, the claim ends and the sweeper comes back.
        left_ms = max(0, context.redis.pttl(key)) + 500
        _look_again(context, channel, group, context.clock.now_ms() + left_ms, only_sooner=True)
        return "another worker is at it"
    crash_points.reach("delivery.claimed")
    with _Claim(context, channel, group, claim):
        try:
            return _Delivery(context, channel, group, claim).run()
        except LeaseLost as error:
            context.log.warning("claim.lost", channel=channel, reason=str(error))
            return "another worker took it over"


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
        kind, config = _configured(context, channel, even_if_off=True)
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
    raw: bytes | None
    """The record as read; what the outcome is recorded against."""
    alert: Alert | None
    entry: LedgerEntry
    doubted_before: bool = False
    """Whether the channel may have known of the firing before this attempt."""
    repeated: bool = False
    """Whether an earlier attempt at the same news ended in doubt."""


class _RefusedTogether(Exception):
    """One of several alerts, or their number, is what the provider does not take: the others must not suffer for it."""


@dataclass(frozen=True, slots=True)
class _Found:
    """How things stand when an outcome is to be written."""

    is_ours: bool
    """Whether the group is still claimed by this job; if not, it slept, and another has been at it."""
    unchanged: set[str]
    """The alerts that are as they were read."""
    stored: dict[str, LedgerEntry]
    """What the ledger says now; looked up only where it may be another's word, or that of a try before."""


class _Delivery:
    def __init__(self, context: Context, channel: str, group: str, claim: str) -> None:
        self._context = context
        self._redis = context.redis
        self._claim = claim.encode()
        self._channel = channel
        self._group = group
        self._worker = context.heartbeat.field

    def run(self) -> Retry | str:
        sent = 0
        kind = channels.find(self._channel)
        tells = kind.traits.tells if kind else ()
        over_at = time.monotonic() + RUN_S
        while True:
            due = self._load()
            now_ms = self._context.clock.now_ms()
            todo: list[tuple[_Due, News]] = []
            settled: list[_Due] = []
            waiting_until: list[int] = []
            for one in due:
                told = ledger.news(one.alert, one.entry, tells) if one.alert else None
                if told is None or one.alert is None:
                    settled.append(one)
                elif one.entry.attempted == ledger.attempted(one.alert, told) and one.entry.not_before_ms > now_ms:
                    waiting_until.append(one.entry.not_before_ms)
                else:
                    todo.append((one, told))
            self._settle(settled)
            if not todo:
                if waiting_until:
                    return self._later(min(waiting_until) - now_ms)
                if self._finish():
                    crash_points.reach("delivery.finished")
                    return f"sent {sent}" if sent else "nothing to tell"
                continue
            if sent and (left_ms := self._window_left_ms()) > 0:
                # What came while this was being sent is the trailing edge of its group.
                _look_again(self._context, self._channel, self._group, now_ms + left_ms)
                return f"sent {sent}; the rest goes out together"
            todo.sort(key=lambda pair: pair[0].alert.updated_at_ms if pair[0].alert else 0)
            try:
                kind, config = _configured(self._context, self._channel)
            except DeliveryError as error:
                again = self._failed(todo, error, 0)
                if again is not None:
                    return again
                continue
            gate = Gate(self._redis, self._context.settings, self._channel, limit_of(kind, config))
            parts = list(_parts(todo, kind.traits))
            while parts:
                wait_ms = self._wait(gate, over_at)
                if wait_ms is not None:
                    return self._later(wait_ms)
                part = parts.pop(0)
                try:
                    again = self._send(part, kind, config, gate)
                except _RefusedTogether:
                    half = len(part) // 2
                    parts[:0] = [part[:half], part[half:]]
                    continue
                if again is not None:
                    return again
                sent += 1
            self._open_window()

    def _wait(self, gate: Gate, over_at: float) -> int | None:
        """Wait for leave to make one call; returns None with it, or how long somebody else must wait."""
        while True:
            if time.monotonic() > over_at:
                return 0
            wait_ms = gate.wait_ms()
            if not wait_ms:
                return None
            if wait_ms > PATIENCE_MS:
                return wait_ms
            time.sleep(wait_ms / 1000)

    def _window_left_ms(self) -> int:
        pair = (self._channel, self._group)
        return notifying.windows(self._redis, [pair])[pair][0]

    def _open_window(self) -> None:
        group_ms = int(self._context.settings.group_seconds * 1000)
        kind = channels.find(self._channel)
        if group_ms and kind is not None and kind.traits.groups:
            self._redis.set(keys.group_window(self._channel, self._group), "", px=group_ms)

    # -- reading ------------------------------------------------------------------------------------------

    def _load(self) -> list[_Due]:
        ids = sorted(i.decode() for i in self._redis.smembers(keys.due(self._channel, self._group)))
        found: list[_Due] = []
        for start in range(0, len(ids), LOAD_AT_ONCE):
            some = ids[start : start + LOAD_AT_ONCE]
            entries_of = (("HGET", keys.ledger(i), self._channel) for i in some)
            raws, *entries = bundle.ask(self._redis, [("MGET", *map(keys.alert, some)), *entries_of])
            found += [
                _Due(i, raw, records.decode_alert(raw) if raw else None, _decode_entry(e) if e else LedgerEntry())
                for i, raw, e in zip(some, raws, entries, strict=True)
            ]
        return found

    # -- sending ------------------------------------------------------------------------------------------

    def _send(
        self, todo: Sequence[tuple[_Due, News]], kind: Channel, config: ChannelConfig, gate: Gate
    ) -> Retry | None:
        self._mark_sending(todo)
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
            message = render.notification(
                self._channel,
                items,
                self._context.clock.now_ms(),
                title_template=config.title_template,
                body_template=config.body_template,
                board=self._context.settings.effective_public_url,
            )
            receipt = self._attempt(kind, message, config)
        except Unfinished:
            gate.accepted(self._context.clock.now_ms())
            return self._go_on_later(todo)
        except DeliveryError as error:
            gate.failed(error, self._context.clock.now_ms())
            took_ms = int((time.monotonic() - begun) * 1000)
            if error.verdict == "permanent" and error.cause == "message" and len(todo) > 1:
                self._record_failures(todo, error, took_ms, give_up=False, counts=False)
                raise _RefusedTogether from None
            return self._failed(todo, error, took_ms)
        crash_points.reach("delivery.accepted")
        self._record_success(todo, receipt, int((time.monotonic() - begun) * 1000), message.template_failure)
        crash_points.reach("delivery.recorded")
        if receipt.changes:
            changed = {**configurations.load(self._redis, self._channel), **receipt.changes}
            configurations.save(self._redis, self._channel, changed, shown=kind.masked)
        gate.accepted(self._context.clock.now_ms(), receipt.pause_ms)
        return None

    def _attempt(self, kind: Channel, message: Notification, config: ChannelConfig) -> Receipt:
        try:
            return kind.send(message, config, _surroundings(self._context))
        except (DeliveryError, Unfinished, RedisError):
            raise
        except Exception as error:
            # A bug in the channel, or RQ's time limit (JobTimeoutException). The worker goes on either way.
            self._context.log.error("delivery.crashed", exception=error, channel=self._channel)
            raise DeliveryError("uncertain", f"the attempt broke off: {type(error).__name__}") from error

    def _mark_sending(self, todo: Sequence[tuple[_Due, News]]) -> None:
        """
        Note the attempt before it is made, so that one cut off by a crash is known afterwards.

        Raises:
            LeaseLost: this worker slept past its claim, and what it has read is out of date.
        """
        for one, told in todo:
            assert one.alert is not None
            news = ledger.attempted(one.alert, told)
            if one.entry.attempted != news:
                one.entry = structs.replace(
                    one.entry, attempted=news, attempts=0, not_before_ms=0, reason="", in_doubt=False
                )
            if one.entry.status == "sending" or one.entry.in_doubt:
                # No answer came, or its worker died before or after the provider's acceptance: nobody can know.
                one.repeated = True
                one.entry.possible_duplicates += 1
                self._context.heartbeat.counters["possible_duplicates"] += 1
            doubted = one.entry.maybe_told
            one.entry = structs.replace(
                one.entry, status="sending", worker=self._worker, maybe_told=doubted or told == "firing"
            )
            one.doubted_before = doubted

        self._write_if_ours((one.alert_id, one.entry) for one, _ in todo)
        crash_points.reach("delivery.marked")

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
        if over := [pair for pair in todo if pair[0].entry.attempts >= last]:
            self._record_failures(over, error, took_ms, give_up=True)
        left = [pair for pair in todo if pair[0].entry.attempts < last]
        if not left:
            return None
        wait_ms = backoff.delay_ms(
            1 + max(one.entry.attempts for one, _ in left),
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
            attempts = one.entry.attempts + counts
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

        def write(pipe: Bundle, found: _Found) -> None:
            if all(found.stored.get(one.alert_id) == entry for one, entry, _ in entries):
                return  # It was written by a try whose answer was lost.
            for one, entry, line in entries:
                stored = found.stored.get(one.alert_id)
                if not found.is_ours:
                    # It slept while it sent, and another sent meanwhile. The destination has heard this last, whatever
                    # the other told it; what it should hear now is worked out anew.
                    known = stored.possible_duplicates if stored else 0
                    entry.possible_duplicates = max(known, entry.possible_duplicates) + 1
                    self._context.heartbeat.counters["possible_duplicates"] += 1
                    assert one.alert is not None
                    notifying.stage_due(pipe, one.alert, [self._channel], self._context.clock.now_ms())
                pipe.hset(keys.ledger(one.alert_id), self._channel, encode(entry))
                pipe.rpush(keys.timeline(one.alert_id), encode(line))
                if refused:
                    undelivered = structs.replace(line, kind="notification.undelivered", reason=refused)
                    pipe.rpush(keys.timeline(one.alert_id), encode(undelivered))
                if one.alert is not None and one.alert.state == "resolved":
                    # The record expires; what is written beside it must not outlive it.
                    for key in (keys.ledger(one.alert_id), keys.timeline(one.alert_id)):
                        pipe.pexpire(key, retention_ms)
                is_all = outcome == "dead" or one.alert is None or ledger.news(one.alert, entry, tells) is None
                if outcome != "failed" and is_all and found.is_ours and one.alert_id in found.unchanged:
                    pipe.srem(keys.due(self._channel, self._group), one.alert_id)
                if outcome == "dead" or refused:
                    dead = f"{self._channel}{notifying.SEPARATOR}{one.alert_id}"
                    pipe.zadd(keys.dead_notifications(), {dead: now_ms})
            deliveries.stage(pipe, self._channel, outcome, took_ms, now_ms, retention_ms)
            news = {"channel": self._channel, "outcome": outcome, "at_ms": now_ms, "told": told}
            feed.append(pipe, "notification", encode(news))

        self._write_watched([one for one, _, _ in entries], write)

    def _settle(self, settled: Sequence[_Due]) -> None:
        if settled:

            def write(pipe: Bundle, found: _Found) -> None:
                if not found.is_ours:
                    raise LeaseLost("it slept past its claim")
                for alert_id in found.unchanged:
                    pipe.srem(keys.due(self._channel, self._group), alert_id)

            self._write_watched(settled, write)

    def _write_if_ours(self, entries: Iterable[tuple[str, LedgerEntry]]) -> None:
        """
        Write lines of the ledger.

        Raises:
            LeaseLost: the group is no longer claimed by this job.
        """
        writes = Bundle()
        for alert_id, entry in entries:
            writes.hset(keys.ledger(alert_id), self._channel, encode(entry))
        claim = keys.group_claim(self._channel, self._group)
        if not self._patiently(lambda: writes.send(self._redis, only_if=(claim, self._claim))):
            raise LeaseLost("it slept past its claim")

    def _write_watched(self, due: Sequence[_Due], write: Callable[[Bundle, _Found], None]) -> None:
        """
        Carry out what *write* gathers in a MULTI that fails, and is tried again, if an alert or the claim changes
        between the look and the EXEC; also while Redis is away, for a while.
        """
        claim = keys.group_claim(self._channel, self._group)
        alerts, ledgers = ([key(one.alert_id) for one in due] for key in (keys.alert, keys.ledger))
        is_first = True

        def attempt() -> bool:
            nonlocal is_first
            with self._redis.pipeline() as pipe:
                pipe.watch(claim, *alerts)
                held, *now = pipe.mget(claim, *alerts)
                is_ours = held == self._claim
                unchanged = {one.alert_id for one, raw in zip(due, now, strict=True) if raw == one.raw}
                stored: dict[str, LedgerEntry] = {}
                if not is_ours or not is_first:
                    pipe.watch(*ledgers)
                    bodies = [pipe.hget(key, self._channel) for key in ledgers]
                    stored = {o.alert_id: _decode_entry(b) for o, b in zip(due, bodies, strict=True) if b}
                is_first = False
                writes = Bundle()
                write(writes, _Found(is_ours, unchanged, stored))
                pipe.multi()
                writes.send(pipe)
                pipe.execute()
                return True

        self._patiently(attempt)

    def _patiently(self, attempt: Callable[[], bool]) -> bool:
        """Make *attempt* until it ends: again at once after a conflict, and for a while when Redis is away."""
        over_at = time.monotonic() + RECORD_S
        failures = 0
        while True:
            try:
                return attempt()
            except WatchError:
                continue
            except (ConnectionError, TimeoutError, ReadOnlyError, OutOfMemoryError):
                failures += 1
                if time.monotonic() > over_at:
                    raise
                time.sleep(backoff.delay_ms(failures, base_ms=50, cap_ms=1_000) / 1000)

    # -- ending -------------------------------------------------------------------------------------------

    def _finish(self) -> bool:
        """Take the group off the sweeper's list if nothing is due any more; tells whether it is so."""
        places = [keys.due(self._channel, self._group), keys.due_groups()]
        member = f"{self._channel}{notifying.SEPARATOR}{self._group}"
        return bool(scripts.script(self._redis, "finish")(keys=places, args=[member]))

    def _later(self, wait_ms: int) -> Retry:
        _look_again(self._context, self._channel, self._group, self._context.clock.now_ms() + wait_ms + LOOK_GRACE_MS)
        return Retry(max=backoff.DELIVERY_MAX_ATTEMPTS, interval=max(1, round(wait_ms / 1000)))


def _parts(todo: list[tuple[_Due, News]], traits: Traits) -> Iterator[list[tuple[_Due, News]]]:
    """Divide what is to be told into notifications: a message that can be changed by itself, the others together."""
    alone = [one for one in todo if traits.edits and one[0].entry.message_id][:EDITS_AT_ONCE]
    for one in alone:
        yield [one]
    together = [one for one in todo if not any(one is other for other in alone)]
    for start in range(0, len(together), traits.at_once):
        yield together[start : start + traits.at_once]


class _Claim:
    """Holds a group while its worker lives, and lets go of it at the end."""

    def __init__(self, context: Context, channel: str, group: str, claim: str) -> None:
        self._context = context
        self._place = (channel, group)
        self._key = keys.group_claim(channel, group)
        self._claim = claim
        self._leases = Leases(context.redis, CLAIM_MS)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="claim", daemon=True)

    def __enter__(self) -> None:
        self._hold()
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._leases.release(self._key, self._claim)

    def _renew(self) -> None:
        while not self._over.wait(CLAIM_RENEW_S):
            try:
                if self._leases.renew(self._key, self._claim):
                    self._hold()
            except RedisError as error:
                self._context.log.warning("claim.not_renewed", reason=str(error))

    def _hold(self) -> None:
        # If this worker dies, the sweeper looks just after the claim has ended.
        _look_again(self._context, *self._place, self._context.clock.now_ms() + CLAIM_MS + 500)


def _requests(todo: Sequence[tuple[_Due, News]]) -> list[str]:
    """Return the API requests behind some news, a few at most, so that a log can be followed from end to end."""
    return sorted({one.alert.request_id for one, _ in todo if one.alert and one.alert.request_id})[:10]


def _the_context() -> Context:
    assert _context is not None, "dispatchers.jobs.set_up has not been called in this process"
    return _context


def _look_again(context: Context, channel: str, group: str, at_ms: int, *, only_sooner: bool = False) -> None:
    member = f"{channel}{notifying.SEPARATOR}{group}"
    context.redis.zadd(keys.due_groups(), {member: at_ms}, xx=True, lt=only_sooner)


def _configured(context: Context, channel: str, *, even_if_off: bool = False) -> tuple[Channel, ChannelConfig]:
    try:
        kind = channels.get(channel)
    except NotFound as error:
        raise DeliveryError("permanent", str(error)) from None
    try:
        fields = configurations.load(context.redis, channel)
    except ConfigurationError as error:
        raise DeliveryError("retryable", str(error)) from None
    if not fields and kind.needs_configuration:
        where = f"PUT /api/enhanced-alerts/channels/{channel}/config"
        raise DeliveryError("permanent", f"channel {channel} is not configured; do so with {where}")
    try:
        config = kind.check(fields)
    except Invalid as error:
        raise DeliveryError("permanent", str(error)) from None
    if not config.enabled and not even_if_off:
        raise DeliveryError("permanent", f"channel {channel} is switched off (enabled is false)")
    return kind, config


def _surroundings(context: Context) -> Surroundings:
    settings = context.settings
    return Surroundings(context.redis, settings.allow_private_addresses, settings.effective_public_url)


def _link(context: Context, alert: Alert) -> str:
    return f"{context.settings.effective_public_url}/alerts/{alert.id}"
