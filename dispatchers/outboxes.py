"""Reading all outboxes side by side: one connection each, and transitions decoded one by one where need be."""

import selectors
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from redis import Redis

from shared.clock import Clock
from shared.errors import LeaseLost
from shared.model import reasons
from shared.model.alerts import UNREADABLE, Transition
from shared.redis import keys
from shared.redis.tail import BLOCK_MS, GRACE_MS, Entry, Tail
from shared.store.parking import Parking

READ_ENTRIES = 100
COMMANDS = -1
"""The number of the operators' commands; partitions count from 0."""

_decode_transition = msgspec.json.Decoder(Transition).decode
_decode_transitions = msgspec.json.Decoder(list[Transition]).decode
_decode_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Outboxes:
    """The outboxes of all partitions, and the stream of operators' commands beside them."""

    def __init__(self, redis: Redis, clock: Clock, counters: Counter[str], parking: Parking) -> None:
        self._redis = redis
        self._clock = clock
        self._counters = counters
        self._parking = parking
        self._selector: selectors.BaseSelector | None = None
        self._tails: dict[int, Tail] = {}
        self._answered_at_ms: dict[int, int] = {}

    def open(self, partitions: int, cursors: Mapping[int, str]) -> None:
        """Begin to read, each outbox after its cursor."""
        self._selector = selectors.DefaultSelector()
        for number in range(partitions):
            self._follow(number, keys.outbox(number), cursors.get(number, "0-0"))
        self._follow(COMMANDS, keys.commands(), "0-0")

    def close(self) -> None:
        if self._selector is not None:
            self._selector.close()
            self._selector = None
        for tail in self._tails.values():
            tail.disconnect()
        self._tails.clear()

    def check(self, now_ms: int) -> None:
        """
        Check that every connection is alive.

        Raises:
            LeaseLost: a connection was silent for too long; another router must read.
        """
        if min(self._answered_at_ms.values()) < now_ms - BLOCK_MS - GRACE_MS:
            raise LeaseLost("a connection has been silent for too long")

    def ready(self, timeout_s: float) -> list[int]:
        """Wait for answers; return the numbers of the partitions, or `COMMANDS`, that have one."""
        assert self._selector is not None
        numbers = [key.data for key, _ in self._selector.select(timeout=timeout_s)]
        for number in numbers:
            self._answered_at_ms[number] = self._clock.now_ms()
        return numbers

    def commands(self) -> list[Entry]:
        """Read the next commands of operators."""
        return self._tails[COMMANDS].receive()

    def transitions(self, partition: int) -> Iterator[tuple[str, Sequence[Transition | None]]]:
        """Read the next entries of an outbox: id and transitions; None stands for one that was parked as unreadable."""
        for entry_id, fields in self._tails[partition].receive():
            yield entry_id.decode(), self._decode(partition, entry_id, fields)

    def _follow(self, number: int, stream: str, position: str) -> None:
        tail = self._tails[number] = Tail(self._redis, stream, position, READ_ENTRIES)
        assert self._selector is not None
        self._selector.register(tail.connect(), selectors.EVENT_READ, number)
        self._answered_at_ms[number] = self._clock.now_ms()

    def _decode(self, partition: int, entry_id: bytes, fields: Sequence[bytes]) -> Sequence[Transition | None]:
        body = fields[1] if len(fields) > 1 else b""
        try:
            return _decode_transitions(body)
        except UNREADABLE:
            return [self._decode_single(partition, entry_id, raw) for raw in _apart(body)]

    def _decode_single(self, partition: int, entry_id: bytes, body: bytes) -> Transition | None:
        try:
            return _decode_transition(body)
        except UNREADABLE as error:
            # An evaluator wrote it, so this is a bug or a newer version: people are notified, and the rest goes on.
            self._counters["undecodable"] += 1
            where = f"{keys.outbox(partition)} {entry_id.decode()}"
            self._parking.park(where, body, reasons.of("letter.transition", error=str(error)), partition)
            return None


def _apart(body: bytes) -> Sequence[bytes]:
    """Return an entry's transitions separately; the first release wrote a single transition instead of a list."""
    try:
        return [bytes(raw) for raw in _decode_raws(body)]
    except UNREADABLE:
        return [body]
