"""
The worker of gunicorn for API and ingest: a thread is given a request that is complete, and never waits for the client.

gunicorn's own thread worker reads heads, bodies and TLS handshakes in its threads, so sixteen half-sent heads stop it.
Here the loop that accepts connections also receives requests and sends the rest of answers, for all connections at
once and each with a deadline. Where there are too many, the one that has waited for longest is closed: honest clients
do not wait. docs/adr/0009-slow-clients.md says which servers were tried instead.
"""

import errno
import selectors
import socket
import time
from contextlib import suppress
from typing import Any, cast

from gunicorn import sock
from gunicorn.workers.gthread import ThreadWorker

from api.web.connections import LINGER_S, WOULD_WAIT, Connection
from api.web.serving import tls_options
from shared.settings import Settings

MAX_PER_ADDRESS = 200
"""Waiting connections of one address. A browser has six, the gateway of a site some dozen."""
MAX_HELD_BYTES = 64 * 1_024 * 1_024
"""Of incomplete requests and unsent answers, of all connections together."""


class HttpWorker(ThreadWorker):
    """See the module."""

    is_behind_proxy = False
    """All connections are of the proxy's address then, and the proxy limits those of one client."""

    max_body_bytes = 0

    def run(self) -> None:
        self._waiting: dict[Connection, None] = {}
        """All connections that no thread has, the one that has waited for longest first."""
        self._tls = sock.ssl_context(self.cfg) if self.cfg.is_ssl else None
        super().run()

    # -- called by gunicorn's loop -----------------------------------------------------------------------------

    def accept(self, listener: Any) -> None:
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                return
            raise
        self.nr_conns += 1
        try:
            connection = Connection(
                self.cfg, client, address, listener.getsockname(), tls=self._tls, max_body_bytes=self.max_body_bytes
            )
        except OSError:
            client.close()
            self.nr_conns -= 1
            return
        self._make_room_for(connection.address)
        self._wait_for(connection, selectors.EVENT_READ)

    def finish_request(self, conn: Any, fs: Any) -> None:
        connection = cast(Connection, conn)
        try:
            connection.is_kept_alive = bool(fs.result())
        except Exception:
            connection.is_kept_alive = False
        self._finish_answer(connection)

    def murder_keepalived(self, force: bool = False) -> None:
        now_s = time.monotonic()
        for connection in [c for c in self._waiting if force or c.deadline_s <= now_s]:
            self._end(connection)
        held = sum(c.held_bytes for c in self._waiting)
        while held > MAX_HELD_BYTES:
            largest = max(self._waiting, key=lambda c: c.held_bytes)
            held -= largest.held_bytes
            self._end(largest)

    def murder_pending(self) -> None:
        """Do nothing: `murder_keepalived` looks at all connections that wait."""

    def _cap_keepalive(self, deadline: float) -> None:
        for connection in self._waiting:
            if not connection.sock.unsent:
                connection.deadline_s = min(connection.deadline_s, deadline)

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """Return whether another request may follow: not where the rest of a body has yet to arrive."""
        try:
            return bool(keepalive and conn.parser.finish_body(max_bytes=2 * self.max_body_bytes))
        except WOULD_WAIT:
            return False

    # -- what a connection waits for ---------------------------------------------------------------------------

    def _wait_for(self, connection: Connection, event: int) -> None:
        self._waiting[connection] = None
        callback = self._on_readable if event == selectors.EVENT_READ else self._on_writable
        self.poller.register(connection.sock.inner, event, lambda _socket: callback(connection))

    def _stop_waiting(self, connection: Connection) -> None:
        self._waiting.pop(connection, None)
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(connection.sock.inner)

    def _on_readable(self, connection: Connection) -> None:
        try:
            if connection.is_closing:
                if connection.drop():
                    self._end(connection)
                return
            is_complete = connection.receive()
        except WOULD_WAIT:
            return
        except (OSError, ValueError):
            self._end(connection)
            return
        if is_complete:
            self._stop_waiting(connection)
            connection.hand_over()
            self.enqueue_req(connection)

    def _on_writable(self, connection: Connection) -> None:
        try:
            is_sent = connection.sock.flush()
        except (OSError, ValueError):
            self._end(connection)
            return
        if is_sent:
            self._stop_waiting(connection)
            self._finish_answer(connection)

    def _finish_answer(self, connection: Connection) -> None:
        """Go on after a thread has answered, or after the rest of its answer has left."""
        try:
            if not connection.sock.flush():
                connection.deadline_s = connection.sock.deadline_s
                self._wait_for(connection, selectors.EVENT_WRITE)
            elif connection.is_kept_alive:
                self._await_next_request(connection)
            else:
                connection.sock.inner.shutdown(socket.SHUT_WR)
                connection.is_closing = True
                connection.deadline_s = time.monotonic() + LINGER_S
                self._wait_for(connection, selectors.EVENT_READ)
        except (OSError, ValueError):
            self._end(connection)

    def _await_next_request(self, connection: Connection) -> None:
        if connection.receive_next(self.cfg.keepalive if self.alive else LINGER_S):
            connection.hand_over()
            self.enqueue_req(connection)
            return
        self._wait_for(connection, selectors.EVENT_READ)
        if self._tls is not None:
            # Bytes that TLS has taken from the socket already make it readable no more.
            self._on_readable(connection)

    def _end(self, connection: Connection) -> None:
        self._stop_waiting(connection)
        self.nr_conns -= 1
        with suppress(OSError):
            connection.sock.inner.close()

    def _make_room_for(self, address: str) -> None:
        """Where there are too many connections of this address, or of all, close the one that waits for longest."""
        if not self.is_behind_proxy and address:
            of_address = [c for c in self._waiting if c.address == address]
            if len(of_address) >= MAX_PER_ADDRESS:
                self._end(of_address[0])
        if self.nr_conns >= self.worker_connections and self._waiting:
            self._end(next(iter(self._waiting)))


def threaded_options(settings: Settings, max_body_bytes: int) -> dict[str, Any]:
    """Return gunicorn's settings for a server that answers in threads; a body may have *max_body_bytes*."""
    return {
        "worker_class": http_worker(settings, max_body_bytes),
        "graceful_timeout": 8,
        "timeout": 120,
        "sendfile": False,  # It writes to the socket itself, and waits.
        **tls_options(settings),
    }


def http_worker(settings: Settings, max_body_bytes: int) -> type[HttpWorker]:
    """
    Return the worker class for a process with these settings.

    Args:
        max_body_bytes: The app must refuse larger bodies, having read one byte more at most.
    """
    variables = {"is_behind_proxy": settings.trusted_proxies > 0, "max_body_bytes": max_body_bytes}
    return type("HttpWorker", (HttpWorker,), variables)
