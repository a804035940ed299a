"""The StatsD listener: UDP and TCP on one port, summed up and written to the streams at each flush."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError

from ingest import entities
from ingest.entities import Place
from ingest.formats.statsd import MAX_DATAGRAM_BYTES, Aggregator
from shared.log import Logger
from shared.loops import Loop, Stop
from shared.model import reasons
from shared.model.events import Event
from shared.model.relabeling import DEFAULT, Relabeling
from shared.redis import connection, event_writer
from shared.settings import Settings

FLUSH_S = 10.0
"""StatsD's own default."""
MAX_WAITING = 20
"""Flushes kept while Redis is away: three minutes and a half. Then the oldest are dropped, and the number is logged."""
MAX_CONNECTIONS = 100
DATAGRAMS_A_TURN = 500
IDLE_S = 60.0
"""
After this long without a byte, a connection gives way when another one finds no place. It is not closed before: clients
do not connect again by themselves (statsd 4.0 raises an error in the program, hot-shots 17.1 goes on silently).
"""
JOIN_S = 5.0
"""For each loop when the process ends; the flush may be waiting for Redis."""
_RECEIVE_BUFFER_BYTES = 8 * 1_048_576
"""Asked of the kernel, which gives at most net.core.rmem_max: what arrives while this process decodes."""
Following = tuple[Relabeling, Sequence[Relabeling]]


@dataclass
class _Flush:
    """What was counted until one flush, while it waits to be written."""

    counted_s: float
    """By this process's monotonic clock, which no two machines share."""
    events: list[Event]
    is_stamped: bool = False


class Listener:
    """Receives lines, and flushes every ten seconds."""

    def __init__(
        self,
        settings: Settings,
        redis: Redis,
        log: Logger,
        mapping: Callable[[], Following | None] = lambda: (DEFAULT.of_statsd(), ()),
        note: Callable[[Place, Place], object] = lambda _before, _after: None,
    ) -> None:
        """
        Args:
            mapping: Returns what the mapping in force says and what earlier ones said; None until it has been read, and
                nothing is written before.
            note: Called with the places of a series under the mapping before and under the one in force.
        """
        self._mapping = mapping
        self._note = note
        self._settings = settings
        self._redis = redis
        self._log = log
        self._lock = threading.Lock()
        self._sums = Aggregator()
        self._flushed_s = time.monotonic()
        self._waiting: list[_Flush] = []
        self._udp = socket.socket(_family(settings.statsd_host), socket.SOCK_DGRAM)
        self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        self._udp.bind((settings.statsd_host, settings.statsd_port))
        self._tcp = socket.create_server(
            (settings.statsd_host, settings.statsd_port), family=_family(settings.statsd_host)
        )
        self._connections: dict[socket.socket, float] = {}
        """When a byte came last, by the monotonic clock."""
        self._threads: list[threading.Thread] = []
        self._serving: set[threading.Thread] = set()

    def start(self, stop: Stop) -> list[Loop]:
        """Start the loops; each can be asked whether it turns."""
        # The kernel's own time limit: Python's would ask the kernel twice for each datagram.
        self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 500_000))
        self._tcp.settimeout(0.5)
        loops = [
            Loop("statsd.udp", self._receive, self._log),
            Loop("statsd.tcp", self._accept, self._log),
            Loop("statsd.flush", self.flush, self._log, every_s=FLUSH_S),
        ]
        self._threads = [loop.start(stop) for loop in loops]
        return loops

    def close(self, stop: Stop) -> None:
        """
        End the loops that `start` began with *stop*, and write what was received: no client sends it again.

        What cannot be written now is lost; the number is logged.
        """
        stop.set()
        for thread in self._threads:
            thread.join(JOIN_S)
        self._take_the_rest()
        self._udp.setblocking(False)
        with suppress(OSError):
            while True:
                self._sums.add(self._udp.recv(MAX_DATAGRAM_BYTES))
        self._udp.close()
        self._tcp.close()
        self.flush()
        if self._waiting:
            self._log.error("statsd.lost", events=sum(len(batch.events) for batch in self._waiting))

    def _take_the_rest(self) -> None:
        """Have what clients have sent over TCP read to its end, also of connections that nobody has accepted yet."""
        self._tcp.setblocking(False)
        with suppress(BlockingIOError):
            for _ in range(MAX_CONNECTIONS):
                self._accept()
        with self._lock:
            connections, threads = list(self._connections), list(self._serving)
        for one in connections:
            # What has arrived can still be read, and then comes the end.
            with suppress(OSError):
                one.shutdown(socket.SHUT_RD)
        end_s = time.monotonic() + JOIN_S
        for thread in threads:
            thread.join(max(0.0, end_s - time.monotonic()))

    def flush(self) -> None:
        """Write what was received since the last flush. While Redis is away it is kept, up to a bound."""
        now_s = time.monotonic()
        mapping = self._mapping()
        if mapping is None:
            return
        relabeling, earlier = mapping
        with self._lock:
            self._sums.follow(relabeling)
            events = self._sums.flush(max(0.001, now_s - self._flushed_s))
            refused, reason = self._sums.refused, self._sums.last_refusal
            self._sums.refused = 0
            renamed = self._sums.renamed(earlier)
        self._flushed_s = now_s
        for before, now in renamed:
            self._note(before, now)
        if refused:
            self._log.warning(
                "statsd.refused",
                lines=refused,
                example=str(reason),
                code=reason.code,
                values=reasons.plain(reason.values),
            )
        if kept := [event for event in events if _keep(event, relabeling)]:
            self._waiting.append(_Flush(now_s, kept))
        if len(self._waiting) > MAX_WAITING:
            lost = self._waiting[:-MAX_WAITING]
            self._waiting = self._waiting[-MAX_WAITING:]
            self._log.error("statsd.lost", events=sum(len(batch.events) for batch in lost))
        while self._waiting:
            batch = self._waiting[0]
            try:
                self._stamp(batch)
                event_writer.write(
                    self._redis,
                    batch.events,
                    partitions=self._settings.partitions,
                    max_entries=self._settings.stream_max_entries,
                )
            except RedisError as error:
                self._log.warning("statsd.waiting", flushes=len(self._waiting), reason=str(error))
                return
            del self._waiting[0]

    def seen(self) -> list[Mapping[str, str]]:
        """Return tags and metrics of what was published last."""
        with self._lock:
            return self._sums.seen()

    def _stamp(self, batch: "_Flush") -> None:
        """
        Give events the time of the streams' server at which they were counted.

        It is given once, so that what is written again after a failure replaces what was written before.
        """
        if not batch.is_stamped:
            server_ms = connection.server_ms(self._redis)
            waited_ms = round((time.monotonic() - batch.counted_s) * 1_000)
            for event in batch.events:
                event.at_ms = server_ms - waited_ms
            batch.is_stamped = True

    def _receive(self) -> None:
        datagrams: list[bytes] = []
        # At most so many, so that those who wait for the lock or for the end come to their turn.
        with suppress(BlockingIOError):
            datagrams.append(self._udp.recv(MAX_DATAGRAM_BYTES))
            while len(datagrams) < DATAGRAMS_A_TURN:
                datagrams.append(self._udp.recv(MAX_DATAGRAM_BYTES, socket.MSG_DONTWAIT))
        with self._lock:
            self._sums.add(b"\n".join(datagrams))

    def _accept(self) -> None:
        with suppress(TimeoutError):
            connection, _ = self._tcp.accept()
            if not self._has_room():
                connection.close()
                return
            # A peer that is gone without a word is noticed by the kernel.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            connection.settimeout(None)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            with self._lock:
                self._connections[connection] = time.monotonic()
                self._serving.add(thread)
            thread.start()

    def _has_room(self) -> bool:
        """Return whether one more connection may be served; an idle one gives way to it."""
        with self._lock:
            if len(self._connections) < MAX_CONNECTIONS:
                return True
            idlest, heard_s = min(self._connections.items(), key=lambda pair: pair[1])
            if time.monotonic() - heard_s < IDLE_S:
                return False
            del self._connections[idlest]
        with suppress(OSError):
            idlest.shutdown(socket.SHUT_RDWR)
        return True

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, suppress(OSError):
                rest = b""
                while piece := connection.recv(MAX_DATAGRAM_BYTES):
                    whole, _, rest = (rest + piece).rpartition(b"\n")
                    # Of a line that is too long, the beginning is enough to refuse it.
                    rest = rest[:MAX_DATAGRAM_BYTES]
                    with self._lock:
                        self._sums.add(whole)
                        if connection in self._connections:
                            self._connections[connection] = time.monotonic()
                with self._lock:
                    self._sums.add(rest)
        finally:
            with self._lock:
                self._connections.pop(connection, None)
                self._serving.discard(threading.current_thread())


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _keep(event: Event, relabeling: Relabeling) -> bool:
    """Take out the metrics that the mapping drops; tell whether the event has anything left to say."""
    had_metrics = bool(event.metrics)
    event.metrics = {name: value for name, value in event.metrics.items() if entities.is_kept(name, relabeling)}
    return bool(event.metrics or event.states or event.errors) or not had_metrics
