"""
The way out to one socket.

simple-websocket answers pings and closes from its own greenlet, through the same socket. Whole pieces are written under
a lock, so that its frames never land in the middle of another.
"""

import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import Any

from api.relay.frames import NOTHING_TO_SAY, close_frame

RECEIVED_BYTES, RECEIVED_BYTES_PER_S = 4_096, 64
"""At once, and for ever: a browser answers a ping each 20 s with 6 bytes. Some programs send pings of their own."""


class SocketOutlet:
    """Stands in for the socket of a WebSocket of simple-websocket."""

    def __init__(self, ws: Any) -> None:
        self._ws = ws
        ws.input_buffer = _RefusedMessages(self)
        self._sock = ws.sock
        self._lock = threading.Lock()
        self._can_offer = not isinstance(ws.sock, ssl.SSLSocket)
        """Encryption may have to wait in the middle of a write."""
        self._rest: memoryview | None = None
        """The rest of a piece that was written in part; it is sent before anything else."""
        self._received_bytes, self._received_at_s = 0.0, time.monotonic()
        """Received of late; falls by `RECEIVED_BYTES_PER_S`."""
        ws.sock = self

    @property
    def is_open(self) -> bool:
        return bool(self._ws.connected)

    def write(self, piece: bytes) -> None:
        with self._lock:
            if self._rest is not None:
                self._sock.sendall(self._rest)
                self._rest = None
            self._sock.sendall(piece)

    def offer(self, piece: bytes) -> int:
        # The lock need not be taken: no other greenlet runs before this one waits, and it does not.
        if not self._can_offer or self._rest is not None or self._lock.locked():
            return 0
        try:
            # gevent's socket fails instead of waiting.
            written: int = self._sock.send(piece, timeout=0.0)
        except OSError:
            # The buffer is full or the connection broken: the socket's own greenlet waits, or notices.
            return 0
        if 0 < written < len(piece):
            # No copy: hundreds of slow browsers would each have their own.
            self._rest = memoryview(piece)[written:]
        return written

    # -- what simple-websocket expects of a socket --

    def send(self, piece: bytes) -> None:
        self.write(piece)

    def recv(self, size: int) -> bytes:
        received: bytes = self._sock.recv(size)
        now_s = time.monotonic()
        forgotten = (now_s - self._received_at_s) * RECEIVED_BYTES_PER_S
        self._received_bytes = max(0.0, self._received_bytes - forgotten) + len(received)
        self._received_at_s = now_s
        if self._received_bytes > RECEIVED_BYTES:
            self.refuse()
        return received

    def refuse(self) -> None:
        """
        End the connection: nothing may be sent to the relay.

        Raises:
            ConnectionAbortedError: always; simple-websocket closes then.
        """
        if not self._lock.locked():
            with suppress(OSError):
                self.write(close_frame(NOTHING_TO_SAY, "there is nothing to say here; listen"))
        self.cut()
        raise ConnectionAbortedError("a message came where none is expected")

    def close(self) -> None:
        self._sock.close()

    def cut(self) -> None:
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)


class _RefusedMessages(list[Any]):
    """Where simple-websocket puts messages; none is expected."""

    def __init__(self, outlet: "SocketOutlet") -> None:
        super().__init__()
        self._outlet = outlet

    def append(self, _message: Any) -> None:
        self._outlet.refuse()
