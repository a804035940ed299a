"""
A job's exclusive hold on one group of one channel: taking the group, renewing the hold, giving the group back.

If the worker dies, the claim expires and the sweeper gives the group to another job.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from redis.exceptions import RedisError

from dispatchers import outage
from dispatchers.context import Context
from dispatchers.ledger import Due
from shared.errors import LeaseLost
from shared.model.alerts import ledger_entry
from shared.redis import delivery_keys, keys, scripts, transaction
from shared.redis.leases import Leases
from shared.redis.transaction import Session
from shared.store import alert_store, due_groups

CLAIM_MS = 8_000
"""How long the group of a dead worker stays claimed; renewed while its worker lives."""
GRACE_MS = 500
"""How long after a claim's end the sweeper looks whether its holder is dead."""
LOAD_AT_ONCE = 1_000
"""Alerts that are read in the same step as the claim is taken."""
LOST = "the claim expired while this worker slept"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a job must know of the group it has claimed."""

    configuration: bytes | None
    """The channel's, as stored."""
    due: list[Due]


class Claim:
    """
    The hold of one job on one group.

    Its value changes with every record that is written under it, so that a command which the client repeats for want of
    an answer has no effect.
    """

    def __init__(self, context: Context, channel: str, group: str) -> None:
        self.key = delivery_keys.group_claim(channel, group)
        self.value = secrets.token_hex(6).encode()
        self.session = Session(context.redis)
        """Held for as long as the job lasts. It watches the claim from before a send to the record of its outcome."""
        self._context = context
        self._channel = channel
        self._group = group
        self._member = f"{channel}{due_groups.SEPARATOR}{group}"
        self._leases = Leases(context.redis, CLAIM_MS)
        self._is_given_up = False

    @property
    def next_value(self) -> bytes:
        token, _, number = self.value.partition(b":")
        return b"%s:%d" % (token, int(number or 0) + 1)

    def take(self) -> Taken | None:
        """Claim the group, or extend the claim, and read what is due; returns None while another job holds it."""
        places = [
            self.key,
            delivery_keys.job_waiting(self._channel, self._group),
            delivery_keys.due(self._channel, self._group),
            delivery_keys.due_groups(),
            keys.channels(),
            delivery_keys.in_hand(self._channel, self._group),
        ]
        prefix = keys.alert("")
        arguments: list[str | int | bytes] = [self.value, CLAIM_MS, self._context.clock.now_ms(), GRACE_MS]
        arguments += [self._channel, self._member, prefix, keys.ledger("").removeprefix(prefix), LOAD_AT_ONCE]
        answer = outage.ride_out(lambda: scripts.run(self.session, scripts.source("take_up"), places, arguments))
        if answer is None:
            return None
        configuration, ids, records, entries = answer
        # An id that is no UTF-8 is that of no alert. It keeps its place, and so do the ids after it.
        alert_ids = [alert_id.decode("utf-8", "surrogateescape") for alert_id in ids]
        due = _due(alert_ids[:LOAD_AT_ONCE], records, entries)
        for start in range(LOAD_AT_ONCE, len(alert_ids), LOAD_AT_ONCE):
            due += self._read(alert_ids[start : start + LOAD_AT_ONCE])
        return Taken(configuration, due)

    def settle(self, up_to_date: Sequence[str], *, window_ms: int = 0, look_at_ms: int | None = None) -> bool:
        """
        Finish the alerts that are up to date; the other alerts of the group become due again.

        Args:
            up_to_date: Ids of alerts of which there is no more news.
            window_ms: For how long further news of the group is gathered.
            look_at_ms: When the sweeper looks at what is still due. None: this job goes on with it.

        Returns:
            Whether the group is given up.

        Raises:
            LeaseLost: another job may hold the group.
        """
        group = self._channel, self._group
        places = [
            self.key,
            delivery_keys.due(*group),
            delivery_keys.due_groups(),
            delivery_keys.group_window(*group),
            delivery_keys.in_hand(*group),
        ]
        arguments: list[str | int | bytes] = [self.value, self._member, window_ms]
        arguments += ["" if look_at_ms is None else look_at_ms, *map(_in_bytes, up_to_date)]
        answer = outage.ride_out(lambda: scripts.run(self.session, scripts.source("settle"), places, arguments))
        if answer < 0:
            raise LeaseLost(LOST)
        self._is_given_up = bool(answer)
        return self._is_given_up

    def renew(self) -> None:
        """Extend the claim; called by the renewing thread."""
        try:
            if self._leases.renew(self.key, self.value):
                # If this worker dies, the sweeper looks just after the claim has ended.
                look_at_ms = self._context.clock.now_ms() + CLAIM_MS + GRACE_MS
                self._context.redis.zadd(delivery_keys.due_groups(), {self._member: look_at_ms}, xx=True)
        except RedisError as error:
            self._context.log.warning("claim.not_renewed", reason=str(error))

    def release(self) -> None:
        """Give the group up, unless `settle` has done so."""
        if not self._is_given_up:
            self._leases.release(self.key, self.value)

    def _read(self, alert_ids: Sequence[str]) -> list[Due]:
        records, *entries = transaction.ask(
            self._context.redis,
            [
                ("MGET", *(_in_bytes(keys.alert(alert_id)) for alert_id in alert_ids)),
                *(("HGET", _in_bytes(keys.ledger(alert_id)), self._channel) for alert_id in alert_ids),
            ],
        )
        return _due(alert_ids, records, entries)


def _due(alert_ids: Sequence[str], records: Sequence[bytes | None], entries: Sequence[bytes | None]) -> list[Due]:
    """
    Decode records and ledger entries.

    An alert whose record cannot be read counts as gone until the router has written it again. If a ledger entry cannot
    be read, it is unknown what was sent to the channel.
    """
    return [
        Due(alert_id, alert_store.read(record), ledger_entry(entry))
        for alert_id, record, entry in zip(alert_ids, records, entries, strict=True)
    ]


def _in_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
