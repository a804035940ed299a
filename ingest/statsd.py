"""The StatsD listener: UDP and TCP on one port, summed up and written to the streams at each flush."""

import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError

from ingest import write
from ingest.formats.statsd import MAX_DATAGRAM_BYTES, Aggregator
from shared.log import Logger
from shared.loops import Loop, Stop
from shared.model import reasons
from shared.model.events import Event
from shared.redis import connection
from shared.settings import Settings

FLUSH_S = 10.0
"""StatsD's own default."""
MAX_WAITING = 20
"""Flushes kept while Redis is away: three minutes and a half. Then the oldest are dropped, and the number is logged."""
MAX_CONNECTIONS = 100
IDLE_S = 60.0
_RECEIVE_BUFFER_BYTES = 8 * 1_048_576
"""Asked of the kernel, which gives at most net.core.rmem_max: what arrives while this process decodes."""


@dataclass
class _Flush:
    """What was counted until one flush, while it waits to be written."""

    counted_s: float
    """By this process's monotonic clock, which no two machines share."""
    events: list[Event]
    is_stamped: bool = False


class Listener:
    """Receives lines, and flushes every ten seconds."""

    def __init__(self, settings: Settings, redis: Redis, log: Logger) -> None:
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
        self._connections = threading.BoundedSemaphore(MAX_CONNECTIONS)

    def start(self, stop: Stop) -> list[Loop]:
        """Start the loops; each can be asked whether it turns."""
        self._udp.settimeout(0.5)
        self._tcp.settimeout(0.5)
        loops = [
            Loop("statsd.udp", self._receive, self._log),
            Loop("statsd.tcp", self._accept, self._log),
            Loop("statsd.flush", self.flush, self._log, every_s=FLUSH_S),
        ]
        for loop in loops:
            loop.start(stop)
        return loops

    def flush(self) -> None:
        """Write what was received since the last flush. While Redis is away it is kept, up to a bound."""
        now_s = time.monotonic()
        with self._lock:
            events = self._sums.flush(max(0.001, now_s - self._flushed_s))
            refused, reason = self._sums.refused, self._sums.last_refusal
            self._sums.refused = 0
        self._flushed_s = now_s
        if refused:
            self._log.warning(
                "statsd.refused",
                lines=refused,
                example=str(reason),
                code=reason.code,
                values=reasons.plain(reason.values),
            )
        if events:
            self._waiting.append(_Flush(now_s, events))
        if len(self._waiting) > MAX_WAITING:
            lost = self._waiting[:-MAX_WAITING]
            self._waiting = self._waiting[-MAX_WAITING:]
            self._log.error("statsd.lost", events=sum(len(batch.events) for batch in lost))
        while self._waiting:
            batch = self._waiting[0]
            try:
                self._stamp(batch)
                write.write(
                    self._redis,
                    batch.events,
                    partitions=self._settings.partitions,
                    max_entries=self._settings.stream_max_entries,
                )
            except RedisError as error:
                self._log.warning("statsd.waiting", flushes=len(self._waiting), reason=str(error))
                return
            del self._waiting[0]

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
        with suppress(TimeoutError):
            datagram = self._udp.recv(MAX_DATAGRAM_BYTES)
            with self._lock:
                self._sums.add(datagram)

    def _accept(self) -> None:
        with suppress(TimeoutError):
            connection, _ = self._tcp.accept()
            if not self._connections.acquire(blocking=False):
                connection.close()
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, suppress(OSError):
                connection.settimeout(IDLE_S)
                rest = b""
                while piece := connection.recv(MAX_DATAGRAM_BYTES):
                    whole, _, rest = (rest + piece).rpartition(b"\n")
                    with self._lock:
                        self._sums.add(whole)
                    if len(rest) > MAX_DATAGRAM_BYTES:
                        return
                with self._lock:
                    self._sums.add(rest)
        finally:
            self._connections.release()


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
