"""
The record of an attempt's outcome: ledger, timelines, counts, feed and dead notifications, in one transaction.

The transaction fails if the claim has changed since before the attempt. Then the record is written without the claim,
because the destination has the message; the timeline notes if another job worked on the group meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from msgspec import structs
from redis.exceptions import WatchError

from dispatchers import attempts, ledger, outage
from dispatchers import channel as channels
from dispatchers.attempts import Line
from dispatchers.channel import DeliveryError, Receipt
from dispatchers.claim import CLAIM_MS, LOST, Claim
from dispatchers.context import Context
from dispatchers.ledger import Update
from shared.errors import LeaseLost
from shared.model import reasons
from shared.model.alerts import LedgerEntry, TimelineEntry, ledger_entry
from shared.model.encoding import encode
from shared.model.reasons import Reason
from shared.model.records import Record
from shared.redis import delivery_keys, keys
from shared.redis.bundle import Bundle
from shared.redis.transaction import Session
from shared.store import deliveries, due_groups, feed, records


@dataclass(frozen=True, slots=True)
class _Stored:
    """How things stand when the record is written."""

    is_claimed: bool = True
    """Whether this job still holds the group. If not, it slept, and another job may have sent the same."""
    entries: Mapping[str, LedgerEntry] = field(default_factory=dict)
    """Alert id → its ledger entry; read only where another job, or an earlier try, may have written it."""


class Recorder:
    """Writes the records of one job."""

    def __init__(self, context: Context, channel: str, group: str, claim: Claim) -> None:
        self._context = context
        self._channel = channel
        self._group = group
        self._claim = claim

    def sent(self, updates: Sequence[Update], receipt: Receipt, took_ms: int, template_failure: str) -> list[str]:
        """
        Record that the channel accepted a notification.

        Returns:
            The ids of the alerts of which there is no more news: the others changed since they were read, or were
            acknowledged before their firing was sent.
        """
        now_ms = self._context.clock.now_ms()
        answered = receipt.why
        if template_failure:
            answered = reasons.of("delivery.default_wording", answer=receipt.why, why=template_failure)
        lines = [
            Line(
                update,
                ledger.sent(update, receipt.message_ids, now_ms),
                TimelineEntry(
                    at_ms=now_ms,
                    kind="notification.sent",
                    channel=self._channel,
                    by=update.news,
                    **reasons.fields(answered),
                    attempt=update.entry.attempts + 1,
                    took_ms=took_ms,
                ),
                "sent",
            )
            for update in updates
        ]
        _Record(self._context, self._channel, self._group, self._claim, lines, "sent", took_ms, receipt.refused).write()
        self._context.heartbeat.counters["sent"] += len(updates)
        self._context.log.info(
            "delivery.sent", channel=self._channel, alerts=len(updates), took_ms=took_ms, requests=_requests(updates)
        )
        kind = channels.find(self._channel)
        wanted = kind.traits.tells if kind else ()
        return [i.alert_id for i in lines if ledger.news(i.update.alert, i.entry, wanted, self._channel) is None]

    def failed(
        self,
        updates: Sequence[Update],
        error: DeliveryError,
        took_ms: int,
        *,
        is_final: bool,
        wait_ms: int = 0,
        counts: bool = True,
    ) -> None:
        """
        Record why an attempt failed.

        Args:
            is_final: There is no further attempt.
            counts: Whether it is one of the limited number of attempts; not if it is repeated in another way at once.
        """
        now_ms = self._context.clock.now_ms()
        ending = attempts.failure(error.verdict, is_final=is_final)
        lines = []
        for update in updates:
            entry = ledger.failed(
                update,
                error.why,
                is_uncertain=error.verdict == "uncertain",
                is_reached=error.is_reached,
                is_final=is_final,
                counts=counts,
                not_before_ms=now_ms + wait_ms,
            )
            timeline = TimelineEntry(
                at_ms=now_ms,
                kind="notification.dead" if is_final else "notification.failed",
                channel=self._channel,
                by=update.news,
                **reasons.fields(error.why),
                attempt=entry.attempts,
                took_ms=took_ms,
            )
            lines.append(Line(update, entry, timeline, ending))
            update.entry = entry
        outcome: deliveries.Outcome = "dead" if is_final else "failed"
        _Record(self._context, self._channel, self._group, self._claim, lines, outcome, took_ms).write()
        self._context.heartbeat.counters[outcome] += len(updates)
        self._context.log.warning(
            f"delivery.{outcome}",
            channel=self._channel,
            alerts=len(updates),
            verdict=error.verdict,
            reason=error.reason,
            wait_ms=wait_ms,
            requests=_requests(updates),
        )

    def unfinished(self, updates: Sequence[Update]) -> None:
        """
        Record that some of the recipients remain for the next job: nothing failed, and nothing is in doubt.

        Raises:
            LeaseLost: this job no longer holds the group.
        """
        writes = Bundle()
        recorded: list[Record] = []
        for update in updates:
            body = encode(ledger.unfinished(update))
            writes.hset(keys.ledger(update.alert.id), self._channel, body)
            recorded.append(attempts.record(self._channel, self._group, update, "unfinished", body))
        records.stage(writes, recorded)

        def is_written() -> bool:
            with Session(self._context.redis) as session:
                session.watch(self._claim.key)
                while session.ask([("GET", self._claim.key)]) == [self._claim.value]:
                    if session.send(writes):
                        return True
                    # The claim was renewed just now.
                    session.watch(self._claim.key)
            return False

        if not outage.ride_out(is_written):
            raise LeaseLost(LOST)


class _Record:
    """One record, written until it is certain to be written, and once."""

    def __init__(
        self,
        context: Context,
        channel: str,
        group: str,
        claim: Claim,
        lines: Sequence[Line],
        outcome: deliveries.Outcome,
        took_ms: int,
        refused: Reason = reasons.NONE,
    ) -> None:
        """
        Args:
            refused: Why some of the channel's recipients were given up, though the channel accepted the message.
        """
        self._context = context
        self._channel = channel
        self._group = group
        self._claim = claim
        self._lines = lines
        self._outcome = outcome
        self._took_ms = took_ms
        self._refused = refused
        self._written_before: dict[str, LedgerEntry] = {}
        """Alert id → what the try before wrote beside another job's record; its answer may have been lost."""

    def write(self) -> None:
        # Given-up alerts leave the job's set only if the group is still claimed: that has to be looked up.
        if self._outcome == "dead" or not self._is_written_blindly():
            outage.ride_out(self._write_looking)
        self._context.heartbeat.counters["possible_duplicates"] += len(self._written_before)
        self._claim.value = self._claim.next_value

    def _is_written_blindly(self) -> bool:
        """Write the record if the claim has not changed since before the attempt; tells whether that is certain."""
        if not self._claim.session.is_watching:
            return False
        writes = Bundle()
        writes.set(self._claim.key, self._claim.next_value, px=CLAIM_MS)
        self._stage(writes, _Stored())
        try:
            return self._claim.session.send(writes)
        except outage.PASSING:
            return False

    def _write_looking(self) -> None:
        """Read the claim and the ledgers, and write the record unless one of them changes meanwhile (WatchError)."""
        ledgers = [keys.ledger(line.alert_id) for line in self._lines]
        with Session(self._context.redis) as session:
            session.watch(self._claim.key, *ledgers)
            holder, *bodies = session.ask(
                [("GET", self._claim.key), *(("HGET", key, self._channel) for key in ledgers)]
            )
            is_claimed = holder in (self._claim.value, self._claim.next_value)
            pairs = zip(self._lines, bodies, strict=True)
            stored = _Stored(is_claimed, {line.alert_id: ledger_entry(body) for line, body in pairs if body})
            writes = Bundle()
            if is_claimed:
                writes.set(self._claim.key, self._claim.next_value, px=CLAIM_MS)
            self._stage(writes, stored)
            if not session.send(writes):
                raise WatchError("a ledger or the claim has changed")

    def _stage(self, writes: Bundle, stored: _Stored) -> None:
        if all(self._is_written(line, stored) for line in self._lines):
            return
        self._written_before.clear()
        now_ms, retention_ms = self._context.clock.now_ms(), self._context.settings.history_ms
        bodies: dict[tuple[str, int], bytes] = {}
        recorded: list[Record] = []
        record = partial(attempts.record, self._channel, self._group)
        for line in self._lines:
            entry = encode(line.entry if stored.is_claimed else self._beside_another(writes, line, stored))
            writes.hset(keys.ledger(line.alert_id), self._channel, entry)
            # Most timelines get the same text.
            text = line.timeline.by, line.timeline.attempt
            said = bodies.get(text) or bodies.setdefault(text, encode(line.timeline))
            writes.rpush(keys.timeline(line.alert_id), said)
            recorded.append(record(line.update, line.outcome, entry, said))
            if self._refused.code:
                undelivered = structs.replace(
                    line.timeline, kind="notification.undelivered", **reasons.fields(self._refused)
                )
                said = encode(undelivered)
                writes.rpush(keys.timeline(line.alert_id), said)
                recorded.append(record(line.update, "undelivered", entry, said))
            if line.update.alert.state == "resolved":
                # The record expires; what is written beside it must not outlive it.
                for key in (keys.ledger(line.alert_id), keys.timeline(line.alert_id)):
                    writes.pexpire(key, retention_ms)
            if self._outcome == "dead" and stored.is_claimed:
                # In this transaction, and not when the group is settled: until then, a job would attempt it again.
                writes.srem(delivery_keys.in_hand(self._channel, self._group), line.alert_id)
            if self._outcome == "dead" or self._refused.code:
                name = f"{self._channel}{due_groups.SEPARATOR}{line.alert_id}"
                writes.zadd(delivery_keys.dead_notifications(), {name: now_ms})
        records.stage(writes, recorded)
        deliveries.stage(writes, self._channel, self._outcome, self._took_ms, now_ms, retention_ms)
        told = {line.alert_id: line.timeline.by for line in self._lines}
        news = {"channel": self._channel, "outcome": self._outcome, "at_ms": now_ms, "told": told}
        feed.append(writes, "notification", encode(news))

    def _is_written(self, line: Line, stored: _Stored) -> bool:
        entry = stored.entries.get(line.alert_id)
        return entry is not None and entry in (line.entry, self._written_before.get(line.alert_id))

    def _beside_another(self, writes: Bundle, line: Line, stored: _Stored) -> LedgerEntry:
        """
        Return the entry of an alert that another job may have sent meanwhile, and make the alert due again.

        The destination received this message last, whatever the other job sent it.
        """
        entry = stored.entries.get(line.alert_id)
        duplicates = max(entry.possible_duplicates if entry else 0, line.entry.possible_duplicates) + 1
        # A copy: each try begins with the same entry.
        written = structs.replace(line.entry, possible_duplicates=duplicates)
        self._written_before[line.alert_id] = written
        due_groups.stage_due(writes, line.update.alert, [self._channel], self._context.clock.now_ms())
        return written


def _requests(updates: Sequence[Update]) -> list[str]:
    """Return the ids of the API requests behind some news, ten at most, so that a log can be followed to its end."""
    return sorted({update.alert.request_id for update in updates if update.alert.request_id})[:10]
