"""A client's connection to the API, whose socket never waits: neither to receive nor to send."""

import errno
import select
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from gunicorn import http
from gunicorn.workers.gthread import TConn

from api.web.incoming import IncomingRequest

HEAD_S = 10.0
"""For the TLS handshake and the head of a request: from the first byte or, on a new connection, from its beginning."""
BODY_S = 30.0
SEND_S, SLOWEST_BYTES_PER_S = 10.0, 16_384
"""For the rest of an answer that the client did not take at once."""
LINGER_S = 2.0
"""Bytes that nobody read make the kernel reset a connection, and the answer is lost; so long they are dropped."""
WOULD_WAIT = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)

MOST_WAITING_BYTES = 1_000_000
"""Of a long answer that is sent while it is read."""
_PIECE_BYTES = 65_536
_RECORD_BYTES = 16_384
"""What TLS could not send must be offered again, with at least as many bytes; this is one record of it."""


class BufferedSocket:
    """A non-blocking socket for gunicorn's response: what cannot be sent at once is kept for later."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.unsent = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def setblocking(self, _flag: bool) -> None:
        """Stay non-blocking: gunicorn's threads ask for a socket that waits."""

    def settimeout(self, _seconds: float | None) -> None:
        """Stay non-blocking."""

    def sendall(self, data: bytes) -> None:
        if not self.unsent:
            sent = 0
            with suppress(*WOULD_WAIT):
                while sent < len(data):
                    sent += self.inner.send(memoryview(data)[sent : sent + _RECORD_BYTES])
            data = data[sent:]
        self.unsent += data

    def send(self, data: bytes) -> int:
        self.sendall(data)
        return len(data)

    @property
    def deadline_s(self) -> float:
        """When the client must have taken what is kept, by the monotonic clock."""
        return time.monotonic() + SEND_S + len(self.unsent) / SLOWEST_BYTES_PER_S

    def flush(self) -> bool:
        """Send what is kept. Returns whether all of it has left."""
        with suppress(*WOULD_WAIT):
            while self.unsent:
                del self.unsent[: self.inner.send(bytes(self.unsent[:_RECORD_BYTES]))]
        return not self.unsent


def sent_as_read(pieces: Iterable[bytes], connection: BufferedSocket) -> Iterator[bytes]:
    """
    Yield the pieces of a long answer as fast as its client reads them, so that little of it waits here.

    Raises:
        OSError: the client reads more slowly than any must.
    """
    for piece in pieces:
        if len(connection.unsent) > MOST_WAITING_BYTES:
            _let_read(connection)
        yield piece


def _let_read(connection: BufferedSocket) -> None:
    deadline_s = connection.deadline_s
    writable = select.poll()
    writable.register(connection.inner, select.POLLOUT)
    while not connection.flush():
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            raise OSError(errno.ETIMEDOUT, "the client has read too slowly")
        writable.poll(left_s * 1_000)


class Connection(TConn):
    """One connection, with the request that arrives on it and the deadline of what it waits for."""

    def __init__(
        self,
        cfg: Any,
        client: socket.socket,
        address: Any,
        server: Any,
        *,
        tls: ssl.SSLContext | None,
        max_body_bytes: int,
    ) -> None:
        super().__init__(cfg, client, address, server)
        if tls is not None:
            client = tls.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
            client.setblocking(False)
        self.sock = BufferedSocket(client)
        self.parser = http.get_parser(cfg, self.sock, address)
        # gunicorn's threads neither make a parser nor wait for data.
        self.initialized = self.data_ready = True
        self.address = str(address[0]) if isinstance(address, tuple) and address else ""
        self._max_body_bytes = max_body_bytes
        self.request = IncomingRequest(max_body_bytes)
        self.deadline_s = time.monotonic() + HEAD_S
        self.is_kept_alive = False
        self.is_closing = False
        """The answer has left; what the client still sends is dropped."""
        self._needs_handshake = tls is not None

    @property
    def held_bytes(self) -> int:
        return len(self.request.received) + len(self.sock.unsent)

    def receive(self) -> bool:
        """
        Take what has arrived. Returns whether the request is complete.

        Raises:
            OSError: the connection is over.
        """
        try:
            if self._needs_handshake:
                self.sock.inner.do_handshake()
                self._needs_handshake = False
            while True:
                piece = self.sock.recv(_PIECE_BYTES)
                if not piece:
                    raise OSError(errno.ECONNRESET, "the client has closed the connection")
                if self._add(piece):
                    return True
        except WOULD_WAIT:
            return False

    def receive_next(self, keepalive_s: float) -> bool:
        """Begin with the next request. Returns whether it is complete: it may have been sent ahead."""
        self.deadline_s = time.monotonic() + keepalive_s
        ahead = self.parser.unreader.take_buffered()
        return bool(ahead) and self._add(ahead)

    def hand_over(self) -> None:
        """Give the bytes of the complete request to gunicorn's parser."""
        self.parser.unreader.unread(bytes(self.request.received))
        self.request = IncomingRequest(self._max_body_bytes)

    def drop(self) -> bool:
        """Drop what arrives after the answer. Returns whether the client has closed the connection."""
        return not self.sock.recv(_PIECE_BYTES)

    def _add(self, piece: bytes) -> bool:
        if not self.request.received and self.parser.req_count:
            self.deadline_s = time.monotonic() + HEAD_S
        had_head = self.request.has_head
        self.request.add(piece)
        if self.request.is_complete():
            return True
        if self.request.has_head and not had_head:
            self.deadline_s = time.monotonic() + BODY_S
            if self.request.take_expectation():
                self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                self.sock.flush()
        return False
