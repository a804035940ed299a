"""
The client a plugin installs: `publish()` costs it microseconds, never blocks it and never raises into it.

Imports redis, the standard library and `producers.plain` only, for it lives in other people's processes, whose own
`shared` or `api` packages would otherwise shadow ours. A test compares what it repeats of `shared`.
"""

import atexit
import logging
import math
import os
import threading
import time
import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import redis
from redis.exceptions import RedisError, ResponseError
from redis.sentinel import Sentinel, SentinelConnectionPool

from producers import plain
from producers.plain import MAX_ENTRY_BYTES

DEFAULT_URL = "redis://127.0.0.1:6390/0"
DEFAULT_PARTITIONS = 8
MAX_EVENTS_PER_ENTRY = 200
MAX_ENTRIES_PER_FLUSH = 100
BACKOFF_CAP_S = 5.0
LOOK_S, NEXT_LOOK_S = 1.0, 10.0
"""How often the sentinels are asked for the master while events are sent; and how much later when none answered."""
MAX_STRIKES = 5
"""Failures that are no trouble with the server, after which a batch is given up."""
ASIDE_S = 5.0
"""How often batches are tried again that their stream alone refuses."""
MAX_ASIDE = 200
"""Batches that wait for a stream which refuses them; beyond that the oldest are given up."""
MAX_WARNINGS = 100
"""Sentences a process logs, each once; the counts tell the rest."""

CLUSTER = "it is a Redis Cluster, which is not supported; use a single server, or one with replicas behind Sentinel"

_log = logging.getLogger("enhanced_alerts.publisher")


class ClusterRefused(RedisError):
    """The server is of a cluster."""


# KEYS: 1 events stream, 2 marker of this publisher
# ARGV: 1 number of this batch, 2 longest the stream may grow, 3… one entry each
# A batch whose answer was lost is sent again; its number, written with it, tells that it was taken the first time.
_APPEND = """
local seen = redis.call('GET', KEYS[2])
if seen and tonumber(seen) >= tonumber(ARGV[1]) then return 0 end
for i = 3, #ARGV do redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'e', ARGV[i]) end
redis.call('SET', KEYS[2], ARGV[1], 'EX', 3600)
return #ARGV - 2
"""


class Publisher:
    """
    Publishes events in the background.

    The caller's thread only copies what it was given and appends it to a bounded buffer; a daemon thread does the rest:
    encoding, checking limits, batching, sending, reconnecting, logging. What the buffer cannot hold, the oldest first,
    is dropped and counted. A process that forks goes on publishing in both.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
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
        if not str(url).startswith(("redis://", "rediss://", "unix://", "sentinel://")):
            raise ValueError(
                # Not shown: a password may stand in it, and this ends in logs.
                "url is not a Redis address; it must begin with redis://, rediss://, unix:// or sentinel://."
            )
        self._url = url
        self._timeout_s = timeout_s
        self._max_stream_entries = max_stream_entries
        self._buffer: deque[plain.Copy] = deque(maxlen=buffer_events)
        self._published = 0
        self._sent = 0
        self._rejected = 0
        self._refused = 0
        """Rejected before they came to the buffer."""
        self._dropped_values = 0
        self._taken = 0
        self._last_error = ""
        self._warned: set[str] = set()
        self._to_log: deque[str] = deque()
        self._closed = False
        self._begin()
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
    ) -> bool:
        """
        Take an event; returns at once.

        Args:
            metrics: Name → finite number. One that is none is dropped and counted; the rest is published.
            errors: `{"type": …, "message": …, "count": …}` each.
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
            event = plain.copied(plugin_id, plugin_name, metrics, states, errors, labels, at_ms, clock_ms)
        except Exception as error:  # Whatever it is, the plugin must not meet it.
            self._refused += 1
            self._complain(f"an event was rejected: {error}")
        else:
            self._buffer.append(event)
        if self._sleeping:
            self._wake.set()
        return True

    @property
    def stats(self) -> dict[str, Any]:
        """
        Counts since construction: events published, sent, dropped for want of room, rejected; values dropped from
        events that were published without them; events buffered now; the last error, or "".
        """
        return {
            "published": self._published,
            "sent": self._sent,
            "dropped": max(0, self._published - self._refused - self._taken - len(self._buffer)),
            "rejected": self._rejected + self._refused,
            "dropped_values": self._dropped_values,
            "buffered": len(self._buffer) + self._in_hand,
            "last_error": self._last_error,
        }

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until everything published so far is in Redis; returns whether it is."""
        deadline = time.monotonic() + timeout_s
        while self._buffer or self._in_hand:
            self._wake.set()
            if time.monotonic() >= deadline or not self._thread.is_alive():
                return False
            time.sleep(0.002)
        return True

    def close(self, timeout_s: float = 5.0) -> bool:
        """Stop taking events and send what is left, for at most *timeout_s*; returns whether all was sent."""
        self._closed = True
        done = self.flush(timeout_s)
        self._ended = True
        self._wake.set()
        self._thread.join(timeout=timeout_s if done else 0.1)
        if self in _all:
            _all.remove(self)
        return done

    def __enter__(self) -> "Publisher":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- background ---------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Start the thread; again in the child after a fork, with nothing of the parent's to send."""
        self._id = f"{os.getpid():x}{os.urandom(6).hex()}"
        self._batch = 0
        self._in_hand = 0
        self._sleeping = False
        self._ended = False
        self._redis: Any = None
        self._partitions = DEFAULT_PARTITIONS
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="enhanced-alerts-publisher", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        failures = strikes = 0
        # Taken out of the buffer and not yet known to be in Redis, in order.
        unsent: list[tuple[str, list[bytes], int]] = []
        # Refused by their stream, which takes nothing; the other streams do not wait for it.
        aside: list[tuple[str, list[bytes], int]] = []
        again_at_s = 0.0
        while not self._ended:
            try:
                self._log_complaints()
                if aside and time.monotonic() >= again_at_s:
                    # Before what came later, so that a plugin's events keep their order.
                    unsent, aside = [*aside, *unsent], []
                if not unsent:
                    self._sleep_until_needed(again_at_s if aside else math.inf)
                    if self._redis is None:
                        # Before anything is taken out of the buffer: which partition depends on the server.
                        self._connect()
                    unsent = self._take()
                while unsent:
                    stream, entries, events = unsent[0]
                    if any(refused == stream for refused, _, _ in aside):
                        aside.append(unsent.pop(0))
                        continue
                    try:
                        self._append(stream, entries)
                    except ResponseError as error:
                        if not _is_of_the_stream(error):
                            raise
                        self._complain(f"{stream} takes no events, will go on trying: {error}", stream)
                        aside.append(unsent.pop(0))
                        again_at_s = time.monotonic() + ASIDE_S
                        continue
                    unsent.pop(0)
                    self._sent += events
                    self._in_hand -= events
                    self._batch += 1
                while len(aside) > MAX_ASIDE:
                    _, _, events = aside.pop(0)
                    self._rejected += events
                    self._in_hand -= events
                failures = strikes = 0
                continue
            except (RedisError, OSError) as error:
                self._complain(f"cannot publish to Redis, will go on trying: {error}", "server")
            except Exception as error:  # A bug of ours must not end the thread, nor reach the plugin.
                self._complain(f"events could not be published: {type(error).__name__}: {error}", "bug")
                strikes += 1
                if strikes >= MAX_STRIKES and unsent:
                    _, _, events = unsent.pop(0)
                    self._rejected += events
                    self._in_hand -= events
                    # Its number may have been written; the next batch needs one of its own.
                    self._batch += 1
                    strikes = 0
            failures += 1
            self._redis = None
            self._wake.clear()
            self._wake.wait(min(BACKOFF_CAP_S, 0.05 * 2 ** min(failures, 10)))

    def _sleep_until_needed(self, until_s: float) -> None:
        while not self._buffer and not self._ended and time.monotonic() < until_s:
            self._sleeping = True
            # Looked at again after the flag is up: an event put in between set no alarm.
            if not self._buffer and not self._to_log:
                self._wake.wait(1.0)
            self._sleeping = False
            self._wake.clear()
            self._log_complaints()

    def _connect(self) -> None:
        client = _client(self._url, self._timeout_s)
        refuse_cluster(client)
        stored = client.get("ea:partitions")
        partitions = int(stored) if stored else DEFAULT_PARTITIONS
        if partitions < 1:
            raise ValueError(f"ea:partitions is {partitions}")
        self._partitions = partitions
        self._append_script = client.register_script(_APPEND)
        self._redis = client
        self._look_at_s = time.monotonic() + LOOK_S
        self._warned.discard("server")

    def _append(self, stream: str, entries: list[bytes]) -> None:
        if self._redis is None:
            self._connect()
        elif time.monotonic() >= self._look_at_s:
            self._look()
        marker = f"{stream.rpartition(':')[0]}:published:{self._id}"
        self._append_script(keys=[stream, marker], args=[self._batch + 1, self._max_stream_entries, *entries])

    def _look(self) -> None:
        """
        Behind Sentinel, make sure that the master is still the same one.

        After a planned failover the old master takes writes for some ten seconds more, which it then throws away.
        """
        self._look_at_s = time.monotonic() + LOOK_S
        pool = self._redis.connection_pool
        if isinstance(pool, SentinelConnectionPool):
            try:
                pool.get_master_address()
            except RedisError:
                # No sentinel answers; asking costs time, and the master that is known may be well.
                self._look_at_s += NEXT_LOOK_S

    def _take(self) -> list[tuple[str, list[bytes], int]]:
        """Take what is buffered, encoded and packed: for each stream its entries and how many events they hold."""
        by_partition: dict[int, list[bytes]] = {}
        for _ in range(MAX_EVENTS_PER_ENTRY * MAX_ENTRIES_PER_FLUSH):
            try:
                # Counted before it leaves the buffer, so that `flush` never sees it nowhere.
                self._in_hand += 1
                event = self._buffer.popleft()
                self._taken += 1
            except IndexError:
                self._in_hand -= 1
                break
            try:
                body, notes = plain.encoded(event)
                partition = zlib.crc32(event[0].encode()) % self._partitions
            except Exception as error:  # Of this event alone, whatever it is.
                self._rejected += 1
                self._in_hand -= 1
                self._complain(f"an event was rejected: {error}")
                continue
            if notes:
                self._dropped_values += len(notes)
                for note in notes:
                    self._complain(f"plugin {event[0]} is published without a value: {note}")
            by_partition.setdefault(partition, []).append(body)
        return [
            (f"ea:{{{partition}}}:events", [_pack(part) for part in chunk], sum(map(len, chunk)))
            for partition, bodies in by_partition.items()
            for chunk in _in_chunks(list(_cut(bodies)), MAX_ENTRIES_PER_FLUSH)
        ]

    def _complain(self, sentence: str, kind: str = "") -> None:
        """Have a sentence logged, once a kind: by the background thread, for a log may block the plugin."""
        self._last_error = sentence
        kind = kind or sentence
        if kind not in self._warned and len(self._warned) < MAX_WARNINGS:
            self._warned.add(kind)
            self._to_log.append(sentence)

    def _log_complaints(self) -> None:
        while self._to_log:
            _log.warning("%s", self._to_log.popleft())


def _local_password(url: str) -> str:
    """Return the password of the embedded server of this machine and user, if *url* may be its; "" otherwise."""
    parts = urlsplit(url)
    if parts.scheme != "redis" or parts.password or parts.username or "password=" in parts.query:
        return ""
    if parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        return ""
    name = f"{parts.port or 6379}.password"
    state = Path(os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state"))  # noqa: PTH111
    files = [Path(os.environ.get("DATA_DIR", "").strip() or "var") / "redis" / name]
    files += [state / "enhanced-alerts" / name] if state.is_absolute() else []
    for file in files:
        with suppress(OSError, UnicodeDecodeError):
            return file.read_text(encoding="ascii").strip()
    return ""


def _client(url: str, timeout_s: float) -> Any:
    options: dict[str, Any] = {"socket_timeout": timeout_s, "socket_connect_timeout": timeout_s, "retry": None}
    if secret := _local_password(url):
        options["password"] = secret
    if not url.startswith("sentinel://"):
        return redis.Redis.from_url(url, **options)
    parts = urlsplit(url)
    who, _, hosts = parts.netloc.rpartition("@")
    user, _, password = who.partition(":")
    service, _, database = parts.path.strip("/").partition("/")
    sentinels = [(host.strip("[]"), int(port)) for host, _, port in (one.rpartition(":") for one in hosts.split(","))]
    own = {"db": int(database or 0), "username": unquote(user) or None, "password": unquote(password) or None}
    return Sentinel(sentinels, sentinel_kwargs=options).master_for(service, **options, **own)


def refuse_cluster(client: Any) -> None:
    """
    Make sure that the server is not of a cluster: there it would depend on a plugin's name whether its events arrive.

    Raises:
        ClusterRefused: it is.
        RedisError: it does not answer.
    """
    try:
        about = client.execute_command("HELLO")
    except ResponseError:
        return  # The user may not ask, and then the server's own errors have to do.
    # A dictionary or, in the older protocol, a list of names and values in turn.
    words = about if isinstance(about, list) else [word for pair in about.items() for word in pair]
    if dict(zip(words[::2], words[1::2], strict=False)).get(b"mode") == b"cluster":
        raise ClusterRefused(CLUSTER)


def _is_of_the_stream(error: ResponseError) -> bool:
    """Tell whether one stream alone refuses what is sent: it is no stream, or has no id left."""
    return any(words in str(error) for words in ("WRONGTYPE", "exhausted the last possible ID"))


def _cut(bodies: list[bytes]) -> Iterator[list[bytes]]:
    """Yield runs of events small enough for one entry."""
    run: list[bytes] = []
    size = 0
    for body in bodies:
        if run and (len(run) == MAX_EVENTS_PER_ENTRY or size + len(body) > MAX_ENTRY_BYTES):
            yield run
            run, size = [], 0
        run.append(body)
        size += len(body) + 1
    if run:
        yield run


def _in_chunks(runs: list[list[bytes]], length: int) -> Iterator[list[list[bytes]]]:
    for start in range(0, len(runs), length):
        yield runs[start : start + length]


def _pack(run: list[bytes]) -> bytes:
    return run[0] if len(run) == 1 else b"[" + b",".join(run) + b"]"


_all: list[Publisher] = []


def _after_fork_in_child() -> None:
    for publisher in _all:
        publisher._buffer.clear()
        publisher._begin()


def _at_exit() -> None:
    for publisher in list(_all):
        publisher.close(timeout_s=2.0)


os.register_at_fork(after_in_child=_after_fork_in_child)
atexit.register(_at_exit)
