"""The streams that a publisher appends to: which there are, and how a batch gets into one exactly once."""

import os
import time
import zlib
from typing import Any

from redis.exceptions import RedisError, ResponseError
from redis.sentinel import SentinelConnectionPool

from producers import connection

DEFAULT_PARTITIONS = 8
LOOK_S, NEXT_LOOK_S = 1.0, 10.0
"""How often the sentinels are asked for the master while events are sent; and how much later when none answered."""

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


def name_of(partition: int) -> str:
    """Return the key of a partition's stream."""
    return f"ea:{{{partition}}}:events"


class Refused(Exception):
    """One stream refuses entries: its key holds another type, or it has no id left. Other streams accept entries."""


class Streams:
    """The streams of one server, for one publisher in one process; used by one thread."""

    def __init__(self, url: str, *, max_entries: int, timeout_s: float) -> None:
        """
        Args:
            max_entries: A stream is cut beyond this, approximately.
        """
        self._url = url
        self._max_entries = max_entries
        self._timeout_s = timeout_s
        self._id = f"{os.getpid():x}{os.urandom(6).hex()}"
        self._batch = 0
        self._partitions = DEFAULT_PARTITIONS
        self._redis: Any = None
        self._look_at_s = 0.0

    @property
    def is_connected(self) -> bool:
        return self._redis is not None

    def connect(self) -> None:
        """
        Connect, and read how many partitions there are.

        Raises:
            RedisError, OSError: the server cannot be reached or used.
            ValueError: it states no usable number of partitions.
        """
        client = connection.client(self._url, self._timeout_s)
        connection.refuse_cluster(client)
        stored = client.get("ea:partitions")
        partitions = int(stored) if stored else DEFAULT_PARTITIONS
        if partitions < 1:
            raise ValueError(f"ea:partitions is {partitions}")
        self._partitions = partitions
        self._append_script = client.register_script(_APPEND)
        self._redis = client
        self._look_at_s = time.monotonic() + LOOK_S

    def disconnect(self) -> None:
        """Forget the server; it has to be connected to again."""
        self._redis = None

    def partition_of(self, plugin_id: str) -> int:
        """Return the partition of a plugin, on the server last connected to."""
        return zlib.crc32(plugin_id.encode()) % self._partitions

    def append(self, stream: str, entries: list[bytes]) -> None:
        """
        Append a batch, which has the same number until it was taken or given up: so it is never written twice.

        Raises:
            Refused: this stream takes nothing, whatever it is sent.
            RedisError, OSError: the server cannot be reached or used.
        """
        if time.monotonic() >= self._look_at_s:
            self._look()
        marker = f"{stream.rpartition(':')[0]}:published:{self._id}"
        try:
            self._append_script(keys=[stream, marker], args=[self._batch + 1, self._max_entries, *entries])
        except ResponseError as error:
            if any(words in str(error) for words in ("WRONGTYPE", "exhausted the last possible ID")):
                raise Refused(str(error)) from error
            raise
        self._batch += 1

    def give_up_batch(self) -> None:
        """Give the next batch a new number: the last number may have been written."""
        self._batch += 1

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
