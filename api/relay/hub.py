"""
Feed stream → browsers: one reader a process, a bounded queue a client.

Every entry is turned into the bytes of one WebSocket frame, once, whoever reads it. Runs on greenlets: nothing else
runs between two waits, which is what makes joining without a gap or a double this simple.
"""

import re
import struct
import time
from collections import Counter, deque
from typing import Any, Protocol

from gevent.event import Event
from redis import Redis

from api.auth.identity import Identity
from api.relay import standing
from api.relay.standing import Standing
from shared.log import Logger
from shared.process import Heartbeat, Loop, Stop, for_each
from shared.redis import keys

QUEUE_FRAMES = 1_000
QUEUE_BYTES = 8_388_608
WRITE_BYTES = 262_144
"""At a time: hundreds of slow browsers, each with its own copy of megabytes, took a gigabyte."""
REPLAY_ENTRIES = 500
BLOCK_MS = 2_000
READ_ENTRIES = 1_000
BURST_ENTRIES, BURST_BYTES = 20, 8_192
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.008, 0.06
"""After so much at once more is on its way, and what comes within a blink of an eye is one write a browser. The pause
doubles for as long as the storm lasts; what comes alone after a single burst hardly waits."""
SLOW_GRACE_S = 5.0
"""A client told to go has this long to read so."""
GOING_AWAY, NOTHING_TO_SAY, TRY_LATER, NOT_SIGNED_IN, TOO_SLOW = 1001, 1008, 1013, 4401, 4408
PROVE_S = 3.0
"""How often every listener has to be let in still; besides, each waits for the answer of Redis."""
MOST_OF_ONE = 200
"""Sockets of one principal: a control room's screens, and not all the places there are."""
_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")


def frame(payload: bytes, opcode: int = 0x1) -> bytes:
    """Return one unmasked, unfragmented frame (RFC 6455, 5.2); opcode 1 is text, 9 a ping, 8 a close."""
    head, length = 0x80 | opcode, len(payload)
    if length < 126:
        return struct.pack("!BB", head, length) + payload
    if length < 65_536:
        return struct.pack("!BBH", head, 126, length) + payload
    return struct.pack("!BBQ", head, 127, length) + payload


PING = frame(b"", 0x9)
STALE = frame(b'{"type":"stale"}')
ALIVE = frame(b'{"type":"alive"}')
"""Nothing new, and that is true. A browser never sees a PING, and takes a line without a word for dead."""


def close_frame(code: int, reason: str) -> bytes:
    """Return a close frame with its code and reason."""
    # Cut between two characters: a browser fails a line whose goodbye is no UTF-8, and never learns the code.
    text = reason.encode(errors="replace")[:120].decode(errors="ignore")
    return frame(struct.pack("!H", code) + text.encode(), 0x8)


def entry_frame(entry_id: bytes, fields: dict[bytes, bytes]) -> bytes:
    """Return a feed entry's frame: `{"id", "type", "data"}`, the data as it stands in the stream."""
    kind, data = fields.get(b"type", b""), fields.get(b"data", b"null")
    return frame(b'{"id":"%s","type":"%s","data":%s}' % (entry_id, kind, data))


class Line(Protocol):
    """A client's socket, as the hub knows it."""

    @property
    def is_open(self) -> bool: ...

    def offer(self, piece: bytes) -> int:
        """Write what can be written without waiting, and keep the rest; returns how many bytes that was, 0 if none."""

    def cut(self) -> None:
        """End the connection, whatever is under way."""


NOBODYS = Standing(Identity("", "viewer"))


class Client:
    """
    One socket's queue: filled by the hub, emptied by the socket's own greenlet.

    While that greenlet has nothing to write, the hub writes itself: a thousand greenlets need not wake for each entry.
    """

    def __init__(self, line: Line, joined_at: str, standing: Standing = NOBODYS) -> None:
        self.line = line
        self.standing = standing
        self.joined_at = joined_at
        """Feed position at which the queue begins."""
        self.frames: deque[bytes] = deque()
        self.size_bytes = 0
        self.wake = Event()
        self.closing: bytes | None = None
        """The close frame to send last, once set."""
        self.slow_since: float | None = None
        self.closing_since: float | None = None
        self._is_idle = False

    def rest(self) -> None:
        """Its greenlet has written all it took, and waits."""
        self._is_idle = not self.wake.is_set()

    def put(self, one: bytes) -> None:
        """Write a frame or queue it; a client that is too far behind is told to go, and its queue is let go of."""
        if self.closing is not None:
            return
        if self._is_idle:
            written = self.line.offer(one)
            if written == len(one):
                return
            self._is_idle = False
            if written:
                # Its greenlet writes what the line keeps.
                self.wake.set()
                return
        if len(self.frames) >= QUEUE_FRAMES or self.size_bytes + len(one) > QUEUE_BYTES:
            self.close(TOO_SLOW, "too slow; reconnect with since=<last id>")
            self.slow_since = time.monotonic()
            return
        self.frames.append(one)
        self.size_bytes += len(one)
        if not self.wake.is_set():
            self.wake.set()

    def take(self) -> bytes:
        """
        Return what is queued as one piece to write, about `WRITE_BYTES` at most; the rest is for the next time.

        What is queued is shared by all clients; the piece is this one's own for as long as it takes to write.
        """
        taken: list[bytes] = []
        size = 0
        while self.frames and (not taken or size + len(self.frames[0]) <= WRITE_BYTES):
            taken.append(self.frames.popleft())
            size += len(taken[-1])
        self.size_bytes -= size
        if not self.frames:
            self.wake.clear()
        return b"".join(taken)

    def close(self, code: int, reason: str) -> None:
        """Send nothing more but what was begun, and a goodbye."""
        self.frames.clear()
        self.size_bytes = 0
        self.closing = close_frame(code, reason)
        self.closing_since = time.monotonic()
        self._is_idle = False
        self.wake.set()


class Hub:
    """The process's one reader, and its clients."""

    def __init__(self, redis: Redis, log: Logger, heartbeat: Heartbeat) -> None:
        self.clients: set[Client] = set()
        self.position = "0-0"
        """Id of the last entry given to the clients."""
        self._held: Counter[str] = Counter()
        """Sockets of each principal."""
        self._redis = redis
        self._log = log
        self._heartbeat = heartbeat
        self._counters = heartbeat.counters
        self._counters["clients"] = 0
        self._stop = Stop(install_handlers=False)
        self._pause_s = 0.0
        self.is_stale = False
        """Cut off from Redis: what the clients show may be old."""

    @property
    def trouble(self) -> str:
        """Why browsers hear of nothing new now; "" if they do."""
        return "Redis is away" if self.is_stale else self._heartbeat.trouble

    def start(self) -> None:
        """
        Begin where the feed ends now.

        Raises:
            RedisError: the server is away.
        """
        self.position = self._newest()
        for loop in (
            Loop("hub", self._read, self._log, counters=self._counters, recover=self._lose),
            Loop("hub-clients", self._look_after, self._log, every_s=1.0, counters=self._counters),
            Loop("hub-standing", self._prove, self._log, every_s=PROVE_S, counters=self._counters),
        ):
            self._heartbeat.follow(loop)
            loop.start(self._stop)

    def join(self, line: Line, standing: Standing = NOBODYS) -> Client:
        """Add a client; from `joined_at` on, it misses nothing."""
        client = Client(line, self.position, standing)
        self.clients.add(client)
        self._held[standing.identity.principal] += 1
        self._counters["clients"] = len(self.clients)
        return client

    def has_room_for(self, identity: Identity) -> bool:
        """Tell whether somebody may open one more socket. With a token of the product's own, it is any number."""
        return identity.kind == "token" or self._held[identity.principal] < MOST_OF_ONE

    def leave(self, client: Client) -> None:
        self.clients.discard(client)
        principal = client.standing.identity.principal
        self._held[principal] -= 1
        if self._held[principal] <= 0:
            del self._held[principal]
        self._counters["clients"] = len(self.clients)
        if client.slow_since is not None:
            self._counters["slow_closed"] += 1

    def stop(self) -> None:
        """Say goodbye to everybody."""
        self._stop.set()
        for client in list(self.clients):
            client.close(GOING_AWAY, "the relay restarts; reconnect with since=<last id>")

    def replay(self, since: str, until: str) -> Any:
        """
        Yield the frames after *since* up to *until*, in pieces.

        Yields a single `reset` frame if some of them are no longer kept, or *since* is no id.
        """
        if not _ID.fullmatch(since) or not self._is_kept(since):
            yield frame(b'{"id":"%s","type":"reset"}' % until.encode())
            return
        start = f"({since}"
        while True:
            entries = self._redis.xrange(keys.feed(), min=start, max=until, count=REPLAY_ENTRIES)
            if not entries:
                return
            yield b"".join(entry_frame(entry_id, fields) for entry_id, fields in entries)
            start = f"({entries[-1][0].decode()}"

    def _is_kept(self, since: str) -> bool:
        if since == "0-0":
            if not self._redis.exists(keys.feed()):
                return True
            about = self._redis.xinfo_stream(keys.feed())
            return bool(about["entries-added"] == about["length"])
        # The entry the client saw last is still there, so nothing after it has been cut.
        return bool(self._redis.xrange(keys.feed(), min=since, max=since, count=1))

    def _newest(self) -> str:
        last = self._redis.xrevrange(keys.feed(), count=1)
        return last[0][0].decode() if last else "0-0"

    def _read(self) -> None:
        if self.is_stale:
            self._begin_again()
            self.is_stale = False
            self._give(ALIVE)
        # After a pause: has anything come meanwhile, or is the storm over?
        block_ms = None if self._pause_s else BLOCK_MS
        answer = self._redis.xread({keys.feed(): self.position}, count=READ_ENTRIES, block=block_ms)
        entries = answer[keys.feed().encode()][0] if answer else []
        size = self._spread(entries) if entries else 0
        is_burst = len(entries) >= BURST_ENTRIES or size >= BURST_BYTES
        self._pause_s = min(max(FIRST_PAUSE_S, 2 * self._pause_s), LONGEST_PAUSE_S) if is_burst else 0.0
        if self._pause_s:
            time.sleep(self._pause_s)

    def _lose(self, _error: Exception) -> None:
        """What the clients show may be old from now on, whatever the reason; they are told so once."""
        if not self.is_stale:
            self.is_stale = True
            self._give(STALE)

    def _look_after(self) -> None:
        """Wake the greenlet of a client that left, and end one that was told to go and does not even read that."""
        for_each(list(self.clients), self._look_at)

    def _prove(self) -> None:
        """End the sockets of those who would not be let in any more."""
        gone = standing.void(self._redis, {one.standing for one in self.clients}, time.time_ns() // 1_000_000)
        for client in [one for one in self.clients if one.standing in gone]:
            self._counters["ended"] += 1
            client.close(NOT_SIGNED_IN, "this sign-in has ended, or its user was changed; sign in again")

    def _look_at(self, client: Client) -> None:
        if not client.line.is_open:
            client.wake.set()
        elif client.closing_since is not None and time.monotonic() - client.closing_since > SLOW_GRACE_S:
            client.line.cut()

    def _begin_again(self) -> None:
        newest = self._newest()
        if tuple(map(int, newest.split("-"))) < tuple(map(int, self.position.split("-"))):
            # The server came back with less than we had seen: nobody's picture can be trusted.
            self.position = newest
            self._give(frame(b'{"id":"%s","type":"reset"}' % newest.encode()))

    def _spread(self, entries: Any) -> int:
        """Give entries to all clients; returns how many bytes that is for each."""
        frames = [entry_frame(entry_id, fields) for entry_id, fields in entries]
        # One piece: a burst costs a client one append and one write. Position and queues change together, without a
        # wait in between.
        piece = b"".join(frames)
        self._give(piece)
        self.position = entries[-1][0].decode()
        self._counters["sent"] += len(frames) * len(self.clients)
        return len(piece)

    def _give(self, piece: bytes) -> None:
        for client in list(self.clients):
            try:
                client.put(piece)
            except Exception as error:
                # It misses this piece, so it must come back for it; the others go on.
                self._counters["failures"] += 1
                self._log.error("client.failed", exception=error)
                client.close(GOING_AWAY, "something went wrong here; reconnect with since=<last id>")
