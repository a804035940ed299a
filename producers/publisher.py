"""
The client a plugin installs: `publish()` costs it microseconds, never blocks it and never raises into it.

It and the modules it imports need redis and the standard library only, for they live in other people's processes, whose
own `shared` or `api` packages would otherwise shadow ours. A test compares what they repeat of `shared`.
"""

import atexit
import os
import time
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from producers import connection, plain
from producers.complaints import Complaints
from producers.sender import Counts, Sender
from producers.streams import Streams


class Publisher:
    """
    Publishes events in the background.

    The caller's thread only copies what it was given and appends it to a bounded buffer; a daemon thread does the rest:
    encoding, checking limits, batching, sending, reconnecting, logging. What the buffer cannot hold, the oldest first,
    is dropped and counted. A process that forks goes on publishing in both.
    """

    def __init__(
        self,
        url: str = connection.DEFAULT_URL,
        *,
        buffer_events: int = 10_000,
        max_stream_entries: int = 1_000_000,
        timeout_s: float = 2.0,
    ) -> None:
        """
        Args:
            url: `redis://`, `rediss://`, `unix://` or `sentinel://host:port,host:port/service/database`. Nothing is
                connected here; the server may come later.
            buffer_events: How many events wait while the server is away; about 1 kB each.
            max_stream_entries: A partition's stream is cut beyond this (approximately), as a bound for the server.
            timeout_s: For connecting and for each answer, in the background thread.

        Raises:
            ValueError: *url* is not an address, or *buffer_events* is below 1. Nothing else ever raises.
        """
        if buffer_events < 1:
            raise ValueError("buffer_events must be at least 1.")
        connection.check(url)
        self._url = url
        self._timeout_s = timeout_s
        self._max_stream_entries = max_stream_entries
        self._buffer: deque[plain.Copy] = deque(maxlen=buffer_events)
        self._published = 0
        self._refused = 0
        """Rejected before they came to the buffer."""
        self._counts = Counts()
        self._complaints = Complaints()
        self._closed = False
        self._sender = self._begin()
        _all.append(self)

    def publish(
        self,
        plugin_id: str,
        plugin_name: str = "",
        metrics: Mapping[str, float] | None = None,
        states: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, Any]] | None = None,
        labels: Mapping[str, str] | None = None,
        at_ms: int | None = None,
        counters: Collection[str] | None = None,
        gone: Collection[str] | None = None,
        parent_id: str = "",
    ) -> bool:
        """
        Take an event; returns at once.

        Args:
            metrics: Name → finite number. One that is none is dropped and counted; the rest is published.
            errors: `{"type": …, "message": …, "count": …}` each.
            counters: Those of the metrics that only grow: where one falls, it has started again from 0.
            gone: Metrics that have ended: a rule's `when_gone` decides what becomes of their alerts.
            parent_id: The plugin that this one is a part of; lists show it below its parent.
            at_ms: When it was true, UTC epoch milliseconds; now if not given. Another unit is refused.

        Returns:
            False after `close()`; True otherwise, also when something older was dropped for it.
        """
        if self._closed:
            return False
        self._published += 1
        try:
            # The clock here and not in the background: the event is true now, whenever it is sent.
            clock_ms = time.time_ns() // 1_000_000
            event = plain.copied(
                plugin_id, plugin_name, metrics, states, errors, labels, at_ms, clock_ms, counters, gone, parent_id
            )
        except Exception as error:  # Whatever it is, the plugin must not meet it.
            self._refused += 1
            self._complaints.add(f"an event was rejected: {error}")
        else:
            self._buffer.append(event)
        if self._sender.is_sleeping:
            self._sender.wake()
        return True

    @property
    def stats(self) -> dict[str, Any]:
        """
        Counts since construction: events published, sent, dropped for want of room, rejected; values dropped from
        events that were published without them; events buffered now; the last error, or "".
        """
        return {
            "published": self._published,
            "sent": self._counts.sent,
            "dropped": max(0, self._published - self._refused - self._counts.taken - len(self._buffer)),
            "rejected": self._counts.rejected + self._refused,
            "dropped_values": self._counts.dropped_values,
            "buffered": len(self._buffer) + self._sender.in_hand,
            "last_error": self._complaints.last,
        }

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until everything published so far is in Redis; returns whether it is."""
        deadline = time.monotonic() + timeout_s
        while self._buffer or self._sender.in_hand:
            self._sender.wake()
            if time.monotonic() >= deadline or not self._sender.is_alive:
                return False
            time.sleep(0.002)
        return True

    def close(self, timeout_s: float = 5.0) -> bool:
        """Stop taking events and send what is left, for at most *timeout_s*; returns whether all was sent."""
        self._closed = True
        done = self.flush(timeout_s)
        self._sender.end(timeout_s if done else 0.1)
        if self in _all:
            _all.remove(self)
        return done

    def __enter__(self) -> "Publisher":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> Sender:
        """Start the thread that sends."""
        streams = Streams(self._url, max_entries=self._max_stream_entries, timeout_s=self._timeout_s)
        return Sender(self._buffer, streams, self._counts, self._complaints)

    def _begin_again(self) -> None:
        """Start the thread again in the child after a fork, with nothing of the parent's to send."""
        self._buffer.clear()
        self._sender = self._begin()


_all: list[Publisher] = []


def _after_fork_in_child() -> None:
    for publisher in _all:
        publisher._begin_again()


def _at_exit() -> None:
    for publisher in list(_all):
        publisher.close(timeout_s=2.0)


os.register_at_fork(after_in_child=_after_fork_in_child)
atexit.register(_at_exit)
