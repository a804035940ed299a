"""
One socket's queue: filled by the hub, emptied by the greenlet of the socket.

While that greenlet has nothing to write, the hub writes itself: a thousand greenlets need not wake for each entry.
"""

import time
from collections import deque
from typing import Protocol

from gevent.event import Event

from api.auth.identity import Identity
from api.relay.frames import TOO_SLOW, close_frame
from api.relay.standing import Standing

QUEUE_FRAMES = 1_000
QUEUE_BYTES = 8_388_608
WRITE_BYTES = 262_144
"""At a time: hundreds of slow browsers, each with its own copy of megabytes, took a gigabyte."""


class Outlet(Protocol):
    """A socket, as the hub writes to it."""

    @property
    def is_open(self) -> bool: ...

    def offer(self, piece: bytes) -> int:
        """Write what can be written without waiting, and keep the rest; returns how many bytes that was, 0 if none."""

    def cut(self) -> None:
        """End the connection, whatever is under way."""


NOBODY = Standing(Identity("", "viewer"))


class Client:
    """See the module."""

    def __init__(self, outlet: Outlet, joined_at: str, standing: Standing = NOBODY) -> None:
        self.outlet = outlet
        self.standing = standing
        self.joined_at = joined_at
        """Feed position at which the queue begins."""
        self.frames: deque[bytes] = deque()
        self.size_bytes = 0
        self.wake = Event()
        self.closing: bytes | None = None
        """The close frame to send last, once set."""
        self.slow_since: float | None = None
        self.closing_since: float | None = None
        self._is_idle = False

    def rest(self) -> None:
        """Note that the greenlet has written all it took, and waits."""
        self._is_idle = not self.wake.is_set()

    def put(self, piece: bytes) -> None:
        """Write a piece or queue it. A client that is too far behind is closed, and its queue is dropped."""
        if self.closing is not None:
            return
        if self._is_idle:
            written = self.outlet.offer(piece)
            if written == len(piece):
                return
            self._is_idle = False
            if written:
                # The greenlet writes the rest, which the outlet keeps.
                self.wake.set()
                return
        if len(self.frames) >= QUEUE_FRAMES or self.size_bytes + len(piece) > QUEUE_BYTES:
            self.close(TOO_SLOW, "too slow; reconnect with since=<last id>")
            self.slow_since = time.monotonic()
            return
        self.frames.append(piece)
        self.size_bytes += len(piece)
        if not self.wake.is_set():
            self.wake.set()

    def take(self) -> bytes:
        """
        Return what is queued as one piece to write, about `WRITE_BYTES` at most; the rest is for the next time.

        Queued pieces are shared by all clients; the joined piece is this client's own while it is written.
        """
        taken: list[bytes] = []
        size = 0
        while self.frames and (not taken or size + len(self.frames[0]) <= WRITE_BYTES):
            taken.append(self.frames.popleft())
            size += len(taken[-1])
        self.size_bytes -= size
        if not self.frames:
            self.wake.clear()
        return b"".join(taken)

    def close(self, code: int, reason: str) -> None:
        """Send nothing more but the rest of what was begun, and a close frame."""
        self.frames.clear()
        self.size_bytes = 0
        self.closing = close_frame(code, reason)
        self.closing_since = time.monotonic()
        self._is_idle = False
        self.wake.set()
