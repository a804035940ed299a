"""A limit on the whole time of a connection: it also ends servers that send one byte now and then."""

import math
import os
import socket
import threading
import time
from contextlib import suppress

from shared.log import Logger
from shared.loops import Loop

LEAST_S = 0.001
NAP_S = 5.0


class Deadline:
    """The end of a connection's time: reads and writes that are under way then are broken off."""

    def __init__(self, total_s: float) -> None:
        self.total_s = total_s
        self.until_s = time.monotonic() + total_s
        self.is_over = False
        """Whether the connection was broken off."""
        self._handle: socket.socket | None = None

    def left_s(self) -> float:
        """Return how much time is left, at least a moment."""
        return max(LEAST_S, self.until_s - time.monotonic())

    def watch(self, connected: socket.socket) -> None:
        """Break *connected* off when the time is over, whatever is built upon it by then (TLS)."""
        # A copy of the file beneath: a TLS socket has no copies.
        self._handle = socket.socket(fileno=os.dup(connected.fileno()))
        _watcher.add(self)

    def close(self) -> None:
        """Watch no longer."""
        if self._handle is not None:
            _watcher.remove(self)
            self._handle.close()

    def end(self) -> None:
        """Break the connection off."""
        self.is_over = True
        with suppress(OSError):
            if self._handle is not None:
                self._handle.shutdown(socket.SHUT_RDWR)


class _Watcher:
    """Ends what is overdue, in one thread for all: most requests end sooner than a thread could be started."""

    def __init__(self) -> None:
        self._watched: set[Deadline] = set()
        self._changed = threading.Condition()
        self._wakes_s = math.inf
        self._loop: Loop | None = None

    def add(self, deadline: Deadline) -> None:
        with self._changed:
            self._watched.add(deadline)
            if self._loop is None:
                self._loop = Loop("deadlines", self._step, Logger("deadlines"))
                self._loop.start()
            elif deadline.until_s < self._wakes_s:
                self._changed.notify()

    def remove(self, deadline: Deadline) -> None:
        with self._changed:
            # The thread is left asleep; it finds nothing to do when it wakes.
            self._watched.discard(deadline)

    def _step(self) -> None:
        with self._changed:
            for deadline in [one for one in self._watched if one.left_s() <= LEAST_S]:
                # Removed first: a connection that cannot be ended must not come back and keep the others waiting.
                self._watched.remove(deadline)
                deadline.end()
            self._wakes_s = min((one.until_s for one in self._watched), default=math.inf)
            self._changed.wait(min(NAP_S, max(0.0, self._wakes_s - time.monotonic())))


_watcher = _Watcher()
