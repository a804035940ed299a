"""
The relay's worker of gunicorn: whoever connects must say what they want soon, and an address may keep few waiting.

gunicorn's own worker waits for the TLS handshake as long as it takes, and each silent connection holds one of the
places there are: ten thousand of them left none for browsers.
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
"""For the handshake and the head of the first request."""
MOST_WAITING, MOST_WAITING_OF_ONE = 2_000, 100
"""Connections whose first request has not come yet: in all, and of one address. A browser has one, for a moment."""


class _Door(StreamServer):
    """Accepts, and leaves the handshake to the greenlet of the connection, where it has a deadline."""

    def __init__(self, listener: Any, *, worker: Any, spawn: Any, ssl_context: Any = None, **_unused: Any) -> None:
        tls = {"ssl_context": ssl_context, "do_handshake_on_connect": False} if ssl_context else {}
        super().__init__(listener, handle=partial(worker.handle, listener), spawn=spawn, **tls)


class Doorkeeper(GeventWorker):
    """See the module."""

    is_behind_proxy = False
    """Then all connections are of the proxy's address, and the proxy keeps others waiting."""

    def run(self) -> None:
        self._waiting: Counter[str] = Counter()
        self._entering = local()
        self.server_class = partial(_Door, worker=self)
        super().run()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        address = str(addr[0]) if isinstance(addr, tuple) else ""
        most = MOST_WAITING if self.is_behind_proxy or not address else MOST_WAITING_OF_ONE
        if self._waiting[address] >= most or self._waiting.total() >= MOST_WAITING:
            client.close()
            return
        self._waiting[address] += 1
        # To gunicorn, as if the other side had gone.
        too_late = OSError(errno.ECONNRESET, "no request came in time")
        self._entering.address, self._entering.deadline = address, gevent.Timeout.start_new(HEAD_S, too_late)
        try:
            super().handle(listener, client, addr)
        finally:
            self._entered()

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        self._entered()
        return super().handle_request(listener_name, req, sock, addr)

    def _entered(self) -> None:
        address, self._entering.address = getattr(self._entering, "address", None), None
        if address is None:
            return
        self._entering.deadline.cancel()
        self._waiting[address] -= 1
        if self._waiting[address] <= 0:
            del self._waiting[address]


def doorkeeper(settings: Settings) -> type[Doorkeeper]:
    """Return the worker for a relay that is set up like this."""
    return type("Doorkeeper", (Doorkeeper,), {"is_behind_proxy": settings.trusted_proxies > 0})
