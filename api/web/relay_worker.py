"""
The relay's worker of gunicorn: a client must send its first request soon, and an address may keep few waiting.

gunicorn's own gevent worker waits for a TLS handshake without a deadline, and each silent connection holds one of its
places: ten thousand of them left none for browsers.
"""

import errno
from collections import Counter
from functools import partial
from typing import Any

import gevent
from gevent.local import local
from gevent.server import StreamServer
from gunicorn.workers.ggevent import GeventWorker

from shared.settings import Settings

HEAD_S = 10.0
"""For the TLS handshake and the head of the first request."""
MAX_WAITING, MAX_WAITING_PER_ADDRESS = 2_000, 100
"""Connections whose first request has not arrived yet. A browser has one of them, for a moment."""


class _Listener(StreamServer):
    """Accepts connections; the greenlet of a connection does the handshake, under its deadline."""

    def __init__(self, listener: Any, *, worker: Any, spawn: Any, ssl_context: Any = None, **_unused: Any) -> None:
        tls = {"ssl_context": ssl_context, "do_handshake_on_connect": False} if ssl_context else {}
        super().__init__(listener, handle=partial(worker.handle, listener), spawn=spawn, **tls)


class RelayWorker(GeventWorker):
    """See the module."""

    is_behind_proxy = False
    """All connections are of the proxy's address then, and the proxy limits those of one client."""

    def run(self) -> None:
        self._waiting: Counter[str] = Counter()
        """Waiting connections of each address."""
        self._arrival = local()
        """Of the connection of this greenlet: its address and deadline, until its first request has arrived."""
        self.server_class = partial(_Listener, worker=self)
        super().run()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        address = str(addr[0]) if isinstance(addr, tuple) else ""
        limit = MAX_WAITING if self.is_behind_proxy or not address else MAX_WAITING_PER_ADDRESS
        if self._waiting[address] >= limit or self._waiting.total() >= MAX_WAITING:
            client.close()
            return
        self._waiting[address] += 1
        # gunicorn treats this as a client that has gone.
        too_late = OSError(errno.ECONNRESET, "no request came in time")
        self._arrival.address, self._arrival.deadline = address, gevent.Timeout.start_new(HEAD_S, too_late)
        try:
            super().handle(listener, client, addr)
        finally:
            self._stop_waiting()

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        self._stop_waiting()
        return super().handle_request(listener_name, req, sock, addr)

    def _stop_waiting(self) -> None:
        address, self._arrival.address = getattr(self._arrival, "address", None), None
        if address is None:
            return
        self._arrival.deadline.cancel()
        self._waiting[address] -= 1
        if self._waiting[address] <= 0:
            del self._waiting[address]


def relay_worker(settings: Settings) -> type[RelayWorker]:
    """Return the worker class for a relay with these settings."""
    return type("RelayWorker", (RelayWorker,), {"is_behind_proxy": settings.trusted_proxies > 0})
