"""
Feed stream → browsers: one reader for the process, and all clients.

Every entry is encoded once as a WebSocket frame, for all clients. The hub runs on greenlets: no other code runs between
two waits, so a client joins at a known position of the feed without a lock.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from redis import Redis

from api.auth.identity import Identity
from api.relay import standing
from api.relay.client import NOBODY, Client, Outlet
from api.relay.frames import ALIVE, GOING_AWAY, NOT_SIGNED_IN, STALE, entry_frame, frame
from api.relay.standing import Standing
from shared.log import Logger
from shared.loops import Loop, Stop, for_each
from shared.process import Heartbeat
from shared.redis import entry_ids, keys

REPLAY_ENTRIES = 500
BLOCK_MS = 2_000
BEAT_S = 4
"""
At most so long after the last word, every client hears another: either news, or that there is none. It comes from the
loop that reads the feed, so a page notices that the relay, or Redis, stands still, although the connection is open.
"""
READ_ENTRIES = 1_000
BURST_ENTRIES, BURST_BYTES = 20, 8_192
"""So much in one read is a burst; more is on its way then."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.008, 0.06
"""
After a burst, so that what arrives meanwhile is one write for each browser. The pause doubles while the bursts go on;
an entry that arrives alone after a single burst hardly waits.
"""
SLOW_GRACE_S = 5.0
"""A client that was sent a close frame has this long to read it."""
PROVE_S = 3.0
"""How often the relay checks that every client is still allowed to listen."""
MOST_OF_ONE = 200
"""Sockets of one principal: enough for the screens of a control room, but not all that the relay can hold."""
_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")


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
        self._spoke_at_s = time.monotonic()
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

    def join(self, outlet: Outlet, standing: Standing = NOBODY) -> Client:
        """Add a client; from `joined_at` on, it misses nothing."""
        client = Client(outlet, self.position, standing)
        self.clients.add(client)
        self._held[standing.identity.principal] += 1
        self._counters["clients"] = len(self.clients)
        return client

    def has_room_for(self, identity: Identity) -> bool:
        """Tell whether a principal may open one more socket. Access tokens have no limit."""
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
        """Close all sockets."""
        self._stop.set()
        for client in list(self.clients):
            client.close(GOING_AWAY, "the relay restarts; reconnect with since=<last id>")

    def replay(self, since: str, until: str) -> Iterator[bytes]:
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
        # A read may last `BLOCK_MS`: one more would be too late.
        if time.monotonic() - self._spoke_at_s > BEAT_S - 1.5 * BLOCK_MS / 1_000:
            self._give(ALIVE)
        is_burst = len(entries) >= BURST_ENTRIES or size >= BURST_BYTES
        self._pause_s = min(max(FIRST_PAUSE_S, 2 * self._pause_s), LONGEST_PAUSE_S) if is_burst else 0.0
        if self._pause_s:
            time.sleep(self._pause_s)

    def _lose(self, _error: Exception) -> None:
        """Tell the clients, once, that what they show may be old from now on."""
        if not self.is_stale:
            self.is_stale = True
            self._give(STALE)

    def _look_after(self) -> None:
        """Wake the greenlet of a client that left, and cut one that does not even read its close frame."""
        for_each(list(self.clients), self._look_at)

    def _prove(self) -> None:
        """End the sockets of clients that are no longer allowed to listen."""
        gone = standing.void(self._redis, {client.standing for client in self.clients}, time.time_ns() // 1_000_000)
        for client in [client for client in self.clients if client.standing in gone]:
            self._counters["ended"] += 1
            client.close(NOT_SIGNED_IN, "this sign-in has ended, or its user was changed; sign in again")

    def _look_at(self, client: Client) -> None:
        if not client.outlet.is_open:
            client.wake.set()
        elif client.closing_since is not None and time.monotonic() - client.closing_since > SLOW_GRACE_S:
            client.outlet.cut()

    def _begin_again(self) -> None:
        newest = self._newest()
        if entry_ids.order_of(newest) < entry_ids.order_of(self.position):
            # The server came back with fewer entries than were sent: no page can be trusted.
            self.position = newest
            self._give(frame(b'{"id":"%s","type":"reset"}' % newest.encode()))

    def _spread(self, entries: Any) -> int:
        """Give entries to all clients; returns how many bytes that is for each."""
        frames = [entry_frame(entry_id, fields) for entry_id, fields in entries]
        # One piece: a burst costs a client one append and one write. Position and queues change together, without a
        # wait between them.
        piece = b"".join(frames)
        self._give(piece)
        self.position = entries[-1][0].decode()
        self._counters["sent"] += len(frames) * len(self.clients)
        return len(piece)

    def _give(self, piece: bytes) -> None:
        self._spoke_at_s = time.monotonic()
        for client in list(self.clients):
            try:
                client.put(piece)
            except Exception as error:
                # It misses this piece, so it must come back for it; the others go on.
                self._counters["failures"] += 1
                self._log.error("client.failed", exception=error)
                client.close(GOING_AWAY, "something went wrong here; reconnect with since=<last id>")
