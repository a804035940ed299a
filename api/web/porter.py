"""
The API's worker of gunicorn: a thread is given a request that is whole, and never waits for the other side.

gunicorn's own worker reads heads, bodies and TLS handshakes in its threads, so sixteen half-sent heads stop it. Here
the loop that accepts also collects what comes and sends what a thread could not, for all connections at once, each with
a deadline. Where there are too many, the one that has been waited for longest goes: honest requests are not.
"""

import errno
import selectors
import socket
import ssl
import time
from contextlib import suppress
from typing import Any, cast

from gunicorn import http, sock
from gunicorn.workers.gthread import TConn, ThreadWorker

from api.limits.body_check import MAX_BYTES as MAX_BODY_BYTES
from shared.settings import Settings

HEAD_S = 10.0
"""For the handshake and the head of a request, from its first byte or, of a new connection, from its beginning."""
BODY_S = 30.0
SEND_S, SLOWEST_BYTES_PER_S = 10.0, 16_384
"""For the rest of an answer that the other side did not take at once."""
LINGER_S = 2.0
"""An answer may be lost if its connection is closed over bytes that nobody read; so long they are read and dropped."""

MOST_HEAD_BYTES = 128 * 1_024
MOST_OF_ONE = 200
"""Connections of one address on which no request is being answered. A browser has six, a site's gateway some dozen."""
MOST_HELD_BYTES = 64 * 1_024 * 1_024
"""Of halves of requests and answers, of all connections together."""

_PIECE_BYTES = 65_536
_RECORD_BYTES = 16_384
"""What TLS could not send must be given again with no less in it; so much is one record of it."""
_AGAIN = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_HEAD_END, _LINE_END = b"\r\n\r\n", b"\r\n"


class Line:
    """A connection's socket, as a thread sees it: sending keeps what does not leave at once, and nothing waits."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.unsent = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def setblocking(self, _flag: bool) -> None:
        """Stay as it is: gunicorn asks for a socket that waits."""

    def settimeout(self, _seconds: float | None) -> None:
        """Likewise."""

    def sendall(self, data: bytes) -> None:
        if not self.unsent:
            sent = 0
            with suppress(*_AGAIN):
                while sent < len(data):
                    sent += self.inner.send(memoryview(data)[sent : sent + _RECORD_BYTES])
            data = data[sent:]
        self.unsent += data

    def send(self, data: bytes) -> int:
        self.sendall(data)
        return len(data)

    def flush(self) -> bool:
        """Send what is left. Returns whether nothing is."""
        with suppress(*_AGAIN):
            while self.unsent:
                del self.unsent[: self.inner.send(bytes(self.unsent[:_RECORD_BYTES]))]
        return not self.unsent


class Incoming:
    """A request that comes in pieces: knows when it is whole, without judging it."""

    def __init__(self) -> None:
        self.bytes = bytearray()
        self.has_head = False
        self._searched = 0
        self._needed: int | None = None
        """Bytes of head and body; None: the body comes in chunks."""
        self._at = 0
        """Where the next chunk begins."""

    def add(self, piece: bytes) -> None:
        self.bytes += piece

    @property
    def is_whole(self) -> bool:
        """Whether a thread can take it: what gunicorn or the app will refuse needs not be complete."""
        if not self.has_head:
            end = self.bytes.find(_HEAD_END, max(0, self._searched - 3))
            self._searched = len(self.bytes)
            if end < 0:
                return len(self.bytes) > MOST_HEAD_BYTES
            self.has_head = True
            self._read_head(end)
        if self._needed is not None:
            return len(self.bytes) >= self._needed
        return self._has_last_chunk()

    def _read_head(self, end: int) -> None:
        self._at = self._needed = end + len(_HEAD_END)
        for line in bytes(self.bytes[:end]).split(_LINE_END)[1:]:
            name, _, value = line.partition(b":")
            match name.strip().lower():
                case b"content-length" if value.strip().isdigit() and len(value) < 20:
                    length = int(value)
                    # One that is too long is refused by its length alone.
                    self._needed = self._at + (length if length <= MAX_BODY_BYTES else 0)
                case b"transfer-encoding":
                    self._needed = None
                    return

    def _has_last_chunk(self) -> bool:
        while True:
            end = self.bytes.find(_LINE_END, self._at, self._at + 256)
            if end < 0:
                return len(self.bytes) - self._at >= 256
            try:
                size = int(bytes(self.bytes[self._at : end]).partition(b";")[0], 16)
            except ValueError:
                return True
            if size <= 0:
                # The last one ends with an empty line, with or without trailers before it.
                return size < 0 or self.bytes.find(_HEAD_END, end) >= 0 or len(self.bytes) - end > MOST_HEAD_BYTES
            after = end + len(_LINE_END) + size + len(_LINE_END)
            if after > len(self.bytes):
                # So much is too much for the app, which says so.
                return len(self.bytes) > MAX_BODY_BYTES + 2 * MOST_HEAD_BYTES
            self._at = after

    def wants_to_be_asked(self) -> bool:
        """Whether the other side waits for `100 Continue`; says so once, and the app's server need not answer it."""
        end = self.bytes.find(_HEAD_END)
        lines = bytes(self.bytes[:end]).split(_LINE_END)
        kept = [line for line in lines if not line.lower().startswith(b"expect:")]
        if len(kept) == len(lines) or b"100-continue" not in bytes(self.bytes[:end]).lower():
            return False
        removed = end - len(_LINE_END.join(kept))
        self.bytes[:end] = _LINE_END.join(kept)
        self._at -= removed
        self._needed = None if self._needed is None else self._needed - removed
        return True


class Caller(TConn):
    """A connection, and what is waited for on it."""

    def __init__(self, cfg: Any, client: socket.socket, address: Any, server: Any, context: Any) -> None:
        super().__init__(cfg, client, address, server)
        if context is not None:
            client = context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
            client.setblocking(False)
        self.sock = Line(client)
        self.parser = http.get_parser(cfg, self.sock, address)
        self.initialized = self.data_ready = True
        self.address = str(address[0]) if isinstance(address, tuple) and address else ""
        self.is_shaken = context is None
        self.incoming = Incoming()
        self.deadline = time.monotonic() + HEAD_S
        self.will_stay = False
        self.is_lingering = False

    @property
    def held(self) -> int:
        return len(self.incoming.bytes) + len(self.sock.unsent)

    def collect(self) -> bool:
        """
        Take what has come. Returns whether the request is whole.

        Raises:
            OSError: the connection is over.
        """
        try:
            if not self.is_shaken:
                self.sock.inner.do_handshake()
                self.is_shaken = True
            while True:
                piece = self.sock.recv(_PIECE_BYTES)
                if not piece:
                    raise OSError(errno.ECONNRESET, "the other side has gone")
                if not self.incoming.bytes and self.parser.req_count:
                    self.deadline = time.monotonic() + HEAD_S
                had_head = self.incoming.has_head
                self.incoming.add(piece)
                if self.incoming.is_whole:
                    return True
                if self.incoming.has_head and not had_head:
                    self.deadline = time.monotonic() + BODY_S
                    if self.incoming.wants_to_be_asked():
                        self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                        self.sock.flush()
        except _AGAIN:
            return False

    def hand_over(self) -> None:
        """Let the parser have what has come."""
        self.parser.unreader.unread(bytes(self.incoming.bytes))
        self.incoming = Incoming()


class Porter(ThreadWorker):
    """See the module."""

    is_behind_proxy = False
    """Then all connections are of the proxy's address, and the proxy keeps others waiting."""

    def run(self) -> None:
        self._waiting: dict[Caller, None] = {}
        """All connections that no thread has, the one that has waited for longest first."""
        self._context = sock.ssl_context(self.cfg) if self.cfg.is_ssl else None
        super().run()

    # -- called by the loop of gunicorn's worker --------------------------------------------------------------

    def accept(self, listener: Any) -> None:
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                return
            raise
        self.nr_conns += 1
        try:
            caller = Caller(self.cfg, client, address, listener.getsockname(), self._context)
        except OSError:
            client.close()
            self.nr_conns -= 1
            return
        self._make_room_for(caller.address)
        self._wait(caller, selectors.EVENT_READ)

    def finish_request(self, conn: Any, fs: Any) -> None:
        caller = cast(Caller, conn)
        try:
            caller.will_stay = bool(fs.result())
        except Exception:
            caller.will_stay = False
        self._answered(caller)

    def murder_keepalived(self, force: bool = False) -> None:
        now = time.monotonic()
        for caller in [c for c in self._waiting if force or c.deadline <= now]:
            self._end(caller)
        held = sum(c.held for c in self._waiting)
        while held > MOST_HELD_BYTES:
            largest = max(self._waiting, key=lambda c: c.held)
            held -= largest.held
            self._end(largest)

    def murder_pending(self) -> None:
        """There are none: all that wait are in one place."""

    def _cap_keepalive(self, deadline: float) -> None:
        for caller in self._waiting:
            if not caller.sock.unsent:
                caller.deadline = min(caller.deadline, deadline)

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """Nothing is waited for: where a body has not been read, the connection ends."""
        try:
            return bool(keepalive and conn.parser.finish_body(max_bytes=2 * MAX_BODY_BYTES))
        except _AGAIN:
            return False

    # -- what a connection waits for --------------------------------------------------------------------------

    def _wait(self, caller: Caller, what: int) -> None:
        self._waiting[caller] = None
        callback = self._readable if what == selectors.EVENT_READ else self._writable
        self.poller.register(caller.sock.inner, what, lambda _socket: callback(caller))

    def _no_longer(self, caller: Caller) -> None:
        self._waiting.pop(caller, None)
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(caller.sock.inner)

    def _readable(self, caller: Caller) -> None:
        try:
            if caller.is_lingering:
                if not caller.sock.recv(_PIECE_BYTES):
                    self._end(caller)
                return
            is_whole = caller.collect()
        except _AGAIN:
            return
        except (OSError, ValueError):
            self._end(caller)
            return
        if is_whole:
            self._no_longer(caller)
            caller.hand_over()
            self.enqueue_req(caller)

    def _writable(self, caller: Caller) -> None:
        try:
            is_done = caller.sock.flush()
        except (OSError, ValueError):
            self._end(caller)
            return
        if is_done:
            self._no_longer(caller)
            self._answered(caller)

    def _answered(self, caller: Caller) -> None:
        """Go on after a thread, or after the last of its answer has been sent."""
        try:
            if not caller.sock.flush():
                caller.deadline = time.monotonic() + SEND_S + len(caller.sock.unsent) / SLOWEST_BYTES_PER_S
                self._wait(caller, selectors.EVENT_WRITE)
            elif caller.will_stay:
                self._await_next(caller)
            else:
                caller.sock.inner.shutdown(socket.SHUT_WR)
                caller.is_lingering = True
                caller.deadline = time.monotonic() + LINGER_S
                self._wait(caller, selectors.EVENT_READ)
        except (OSError, ValueError):
            self._end(caller)

    def _await_next(self, caller: Caller) -> None:
        caller.deadline = time.monotonic() + (self.cfg.keepalive if self.alive else LINGER_S)
        ahead = caller.parser.unreader.take_buffered()
        if ahead:
            caller.incoming.add(ahead)
            caller.deadline = time.monotonic() + HEAD_S
        if ahead and caller.incoming.is_whole:
            caller.hand_over()
            self.enqueue_req(caller)
            return
        self._wait(caller, selectors.EVENT_READ)
        if self._context is not None:
            self._readable(caller)  # What TLS has taken from the socket already makes it readable no more.

    def _end(self, caller: Caller) -> None:
        self._no_longer(caller)
        self.nr_conns -= 1
        with suppress(OSError):
            caller.sock.inner.close()

    def _make_room_for(self, address: str) -> None:
        """End who has been waited for longest, of this address or of all, if there are too many."""
        if not self.is_behind_proxy and address:
            of_one = [c for c in self._waiting if c.address == address]
            if len(of_one) >= MOST_OF_ONE:
                self._end(of_one[0])
        if self.nr_conns >= self.worker_connections and self._waiting:
            self._end(next(iter(self._waiting)))


def porter(settings: Settings) -> type[Porter]:
    """Return the worker for an API that is set up like this."""
    return type("Porter", (Porter,), {"is_behind_proxy": settings.trusted_proxies > 0})
