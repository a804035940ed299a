"""Every process reports to Redis every two seconds: that it lives, whether it does its job, and its counters."""

import os
import secrets
import socket
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress

import msgspec
from redis import Redis
from redis.exceptions import ReadOnlyError, RedisError

from shared.clock import SystemClock
from shared.log import Logger
from shared.loops import Loop, Stop, Turning
from shared.model.alerts import SCHEMA
from shared.model.encoding import encode
from shared.model.processes import ProcessReport
from shared.redis import keys, sentinel

HEARTBEAT_S = 2.0
"""How often a process reports; a report older than `STALE_MS` is a process that died."""
STALE_MS = 10_000


def unique_name() -> str:
    """Return a name that no other process has, here or on another machine, to hold leases by."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


_decode_report = msgspec.json.Decoder(ProcessReport).decode


class Heartbeat:
    """
    Reports this process to Redis from a thread of its own, with its counters.

    `counters` may be bumped from anywhere. `ready` is what others go by: the process has said that it can do its job
    (`mark_ready`), and each of its loops that this heartbeat follows turned lately. So a process whose heartbeat goes
    on while its work does not is not ready.
    """

    def __init__(self, redis: Redis, component: str, log: Logger | None = None) -> None:
        self.counters: Counter[str] = Counter()
        self.detail: dict[str, str] = {}
        self._is_marked = False
        self._followed: list[Turning] = []
        self._redis = redis
        self._host = socket.gethostname()
        self._component = component
        self._started_at_ms = SystemClock().now_ms()
        self._stop = Stop(install_handlers=False)
        self._thread: threading.Thread | None = None
        self._loop = Loop("heartbeat", self.beat, log or Logger("heartbeat"), every_s=HEARTBEAT_S)

    @property
    def field(self) -> str:
        return f"{self._component}:{os.getpid()}@{self._host}"

    @property
    def ready(self) -> bool:
        return self._is_marked and not self.trouble

    @ready.setter
    def ready(self, is_ready: bool) -> None:
        self._is_marked = is_ready

    @property
    def trouble(self) -> str:
        """Which of the loops do not turn, and why; "" if all do."""
        return "; ".join(trouble for one in list(self._followed) if (trouble := one.trouble))

    def follow(self, loop: Turning) -> None:
        """From now on, ready means that this turns, too."""
        self._followed.append(loop)

    def start(self) -> None:
        self._thread = self._loop.start(self._stop)

    def mark_ready(self) -> None:
        """Say that the process does its job now; known to others at once."""
        self._is_marked = True
        self.beat()

    def stop(self) -> None:
        """Sign off: the process ends as planned, nobody need miss it."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=HEARTBEAT_S)
        try:
            self._redis.hdel(keys.processes(), self.field)
        except RedisError:
            return  # The report goes stale by itself.

    def beat(self) -> None:
        """Report once; for a process that has a loop of its own instead of the thread."""
        trouble = self.trouble
        detail = dict(self.detail)
        if trouble:
            detail["trouble"] = trouble
        report = ProcessReport(
            component=self._component,
            pid=os.getpid(),
            host=self._host,
            started_at_ms=self._started_at_ms,
            at_ms=SystemClock().now_ms(),
            ready=self._is_marked and not trouble,
            counters=dict(self.counters),
            detail=detail,
            schema=SCHEMA,
        )
        with suppress(RedisError):
            # If no sentinel answers, the last known master may still work: report to it anyway.
            sentinel.look(self._redis)
        try:
            self._redis.hset(keys.processes(), self.field, encode(report))
        except RedisError:
            return  # The missing heartbeat itself shows that Redis is away.


def reports(redis: Redis, now_ms: int) -> list[ProcessReport]:
    """Return the processes alive, and forget those long silent."""
    found = _readable(redis)
    gone = [field for field, report in found.items() if now_ms - report.at_ms > 10 * STALE_MS]
    if gone:
        with suppress(ReadOnlyError):  # A read-only server must not keep operators from seeing the processes.
            redis.hdel(keys.processes(), *gone)
    return [r for _, r in sorted(found.items()) if now_ms - r.at_ms <= STALE_MS]


def instant(reports: Iterable[ProcessReport], name: str) -> int:
    """Return the latest instant that processes report under a name of their details; 0 if none reports one."""
    given = [report.detail.get(name, "") for report in reports]
    return max((int(text) for text in given if text.isdecimal() and len(text) < 17), default=0)


def stale(redis: Redis, now_ms: int) -> list[ProcessReport]:
    """Return the processes that fell silent without signing off, as long as they are remembered."""
    return [report for report in _readable(redis).values() if now_ms - report.at_ms > STALE_MS]


def _readable(redis: Redis) -> dict[bytes, ProcessReport]:
    """Return the reports that can be decoded; skip the others, so that one broken report does not hide the rest."""
    found = {}
    for field, body in redis.hgetall(keys.processes()).items():
        with suppress(msgspec.MsgspecError, UnicodeDecodeError):
            found[field] = _decode_report(body)
    return found


def keep_private() -> None:
    """Have all files that this process makes readable by its user alone: data, logs, backups, sockets."""
    os.umask(0o077)
