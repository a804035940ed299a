"""The background of a publisher: a thread that sends what the buffer holds, and goes on when it fails."""

import math
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

from redis.exceptions import RedisError

from producers import entries, event_body, plain, streams
from producers.complaints import Complaints
from producers.streams import Batch, Refused, Streams

BACKOFF_CAP_S = 5.0
MAX_STRIKES = 5
"""Failures that are no trouble with the server, after which a batch is given up."""
ASIDE_S = 5.0
"""How often batches are tried again that their stream alone refuses."""
MAX_ASIDE = 200
"""Batches that wait for a stream which refuses them; beyond that the oldest are given up."""


@dataclass(slots=True)
class Counts:
    """Numbers of events that left the buffer since the publisher was made, by outcome; a fork continues the counts."""

    taken: int = 0
    sent: int = 0
    rejected: int = 0
    dropped_values: int = 0


class Sender:
    """Sends what the buffer holds. Begins at once; a process that forks makes another."""

    def __init__(self, buffer: deque[plain.Copy], destination: Streams, counts: Counts, complaints: Complaints) -> None:
        self._buffer = buffer
        self._streams = destination
        self._counts = counts
        self._complaints = complaints
        self.in_hand = 0
        """Events taken out of the buffer and not yet known to be in Redis."""
        self.is_sleeping = False
        """Whether `wake` has to be called when there is something to do."""
        self._is_ended = False
        # In order.
        self._unsent: list[Batch] = []
        # Refused by their stream, which takes nothing; the other streams do not wait for it.
        self._aside: list[Batch] = []
        self._again_at_s = 0.0
        self._alarm = threading.Event()
        self._thread = threading.Thread(target=self._run, name="enhanced-alerts-publisher", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Have it look at the buffer now."""
        self._alarm.set()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def end(self, timeout_s: float) -> None:
        """Send nothing more, and wait for the thread to notice."""
        self._is_ended = True
        self._alarm.set()
        self._thread.join(timeout=timeout_s)

    def _run(self) -> None:
        failures = strikes = 0
        while not self._is_ended:
            try:
                self._complaints.log()
                self._fetch()
                self._send()
                failures = strikes = 0
                continue
            except (RedisError, OSError) as error:
                self._complaints.add(f"cannot publish to Redis, will go on trying: {error}", "server")
            except Exception as error:  # A bug of ours must not end the thread, nor reach the plugin.
                self._complaints.add(f"events could not be published: {type(error).__name__}: {error}", "bug")
                strikes += 1
                if strikes >= MAX_STRIKES and self._unsent:
                    self._give_up(self._unsent.pop(0))
                    strikes = 0
            failures += 1
            self._streams.disconnect()
            self._alarm.clear()
            self._alarm.wait(min(BACKOFF_CAP_S, 0.05 * 2 ** min(failures, 10)))
        with suppress(RedisError, OSError):
            self._streams.release()
        self._streams.disconnect()

    def _fetch(self) -> None:
        """Have something to send, unless it ends before there is."""
        if self._aside and time.monotonic() >= self._again_at_s:
            # Before what came later, so that a plugin's events keep their order.
            self._unsent, self._aside = [*self._aside, *self._unsent], []
        if not self._unsent:
            self._sleep_until_needed(self._again_at_s if self._aside else math.inf)
            if not self._streams.is_connected:
                # Before anything is taken out of the buffer: which partition depends on the server.
                self._connect()
            self._unsent = self._take()

    def _sleep_until_needed(self, until_s: float) -> None:
        while not self._buffer and not self._is_ended and time.monotonic() < until_s:
            self.is_sleeping = True
            # Looked at again after the flag is up: an event put in between set no alarm.
            if not self._buffer and self._complaints.is_empty:
                self._alarm.wait(1.0)
            self.is_sleeping = False
            self._alarm.clear()
            self._complaints.log()

    def _connect(self) -> None:
        self._streams.connect()
        self._complaints.forget("server")

    def _take(self) -> list[Batch]:
        """Take what is buffered, encoded and packed."""
        by_partition: dict[int, list[bytes]] = {}
        for _ in range(entries.MAX_EVENTS_PER_ENTRY * entries.MAX_ENTRIES_PER_BATCH):
            try:
                # Counted before it leaves the buffer, so that `flush` never sees it nowhere.
                self.in_hand += 1
                event = self._buffer.popleft()
                self._counts.taken += 1
            except IndexError:
                self.in_hand -= 1
                break
            try:
                body, notes = event_body.encode(event)
                partition = self._streams.partition_of(event[0])
            except Exception as error:  # The fault is in this event; the others are sent.
                self._counts.rejected += 1
                self.in_hand -= 1
                self._complaints.add(f"an event was rejected: {error}")
                continue
            if notes:
                self._counts.dropped_values += len(notes)
                for note in notes:
                    self._complaints.add(f"plugin {event[0]} is published without a value: {note}")
            by_partition.setdefault(partition, []).append(body)
        return [
            Batch(streams.name_of(partition), *batch)
            for partition, bodies in by_partition.items()
            for batch in entries.batches(bodies)
        ]

    def _send(self) -> None:
        while self._unsent:
            batch = self._unsent[0]
            if any(batch.stream == refused.stream for refused in self._aside):
                self._aside.append(self._unsent.pop(0))
                continue
            if not self._streams.is_connected:
                self._connect()
            try:
                self._streams.append(batch)
            except Refused as error:
                self._complaints.add(f"{batch.stream} takes no events, will go on trying: {error}", batch.stream)
                self._aside.append(self._unsent.pop(0))
                self._again_at_s = time.monotonic() + ASIDE_S
                continue
            self._unsent.pop(0)
            self._counts.sent += batch.events
            self.in_hand -= batch.events
        while len(self._aside) > MAX_ASIDE:
            self._give_up(self._aside.pop(0))

    def _give_up(self, batch: Batch) -> None:
        self._counts.rejected += batch.events
        self.in_hand -= batch.events
