"""A stream followed over a connection of its own, with the next read always in flight."""

import socket
import time
from itertools import chain

from redis import Redis
from redis.exceptions import TimeoutError

from shared.redis.hiredis_connection import PENDING, HiredisConnection
from shared.redis.wire import Word, pack

BLOCK_MS = 2_000
"""How long a read waits for an entry. An answer later than this by `GRACE_MS` means a dead connection."""
GRACE_MS = 5_000
FIRST_READ_ENTRIES = 100
"""Until their size is known: a thousand hostile entries would not fit into memory."""
READ_ENTRIES = 1_000
READ_BYTES = 8_388_608
"""What one read is sized for."""

Entry = tuple[bytes, list[bytes]]
"""Id, and fields and values in turn."""


class Tail:
    """
    One stream, read by position.

    The server works on the next read while the caller works on the last answer; a selector over the sockets of many
    tails serves many streams from one thread. No command ever names two streams, so each may live on a node of its own.
    """

    def __init__(self, redis: Redis, stream: str, position: str, read_entries: int = READ_ENTRIES) -> None:
        """
        Args:
            position: Id of the last entry already dealt with.
        """
        self.stream = stream
        self.position = position
        self.is_caught_up = False
        """Whether the newest read found nothing left behind it."""
        self._most = read_entries
        self._read_entries = min(FIRST_READ_ENTRIES, read_entries)
        self._connection = HiredisConnection(redis)
        self._asked_s = 0.0

    def connect(self) -> socket.socket:
        """Open the connection and send the first read; returns the socket to wait on."""
        self._connection.connect()
        self._send_read()
        return self._connection.open_socket()

    def receive(self) -> list[Entry]:
        """
        Return what arrived, and send the next read at once. Empty when nothing came for a while, or only a part.

        It never waits: half an answer, and then nothing, must not hold up what else the caller follows.

        Raises:
            TimeoutError: the rest of an answer has been on its way for too long.
        """
        answer = self._connection.take()
        if answer is PENDING:
            if time.monotonic() - self._asked_s > (BLOCK_MS + GRACE_MS) / 1000:
                raise TimeoutError(f"an answer about {self.stream} has been on its way for too long")
            return []
        entries: list[Entry] = next(iter(answer.values())) if answer else []
        self.is_caught_up = len(entries) < self._read_entries
        if entries:
            self.position = entries[-1][0].decode()
            size = sum(map(len, chain.from_iterable(fields or () for _, fields in entries)))
            self._read_entries = max(1, min(self._most, READ_BYTES * len(entries) // (size + 1)))
        self._send_read()
        return entries

    def disconnect(self) -> None:
        self._connection.disconnect()

    def _send_read(self) -> None:
        count: tuple[Word, ...] = ("COUNT", self._read_entries, "BLOCK", BLOCK_MS)
        self._asked_s = time.monotonic()
        self._connection.send(pack(("XREAD", *count, "STREAMS", self.stream, self.position)))
