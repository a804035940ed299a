"""
Which targets this process scrapes: they are spread over shards, and the process with a shard's lease scrapes the
targets of the shard.
Shell.
"""

import math
import time
from collections.abc import Set

from redis import Redis

from shared.redis import connection, scrape_keys
from shared.redis.leases import Leases

SHARDS = 64
"""Enough that a dozen processes have nearly equal shares; as many leases are renewed at most."""


def shard_of(target_id: str) -> int:
    """Return the shard of a target; the same in every process."""
    return int(target_id[:8], 16) % SHARDS


class Shares:
    """The shards that this process holds."""

    def __init__(self, redis: Redis, name: str, lease_ms: int) -> None:
        """
        Args:
            name: Unique among the processes.
        """
        self._redis = redis
        self._name = name
        self._leases = Leases(redis, lease_ms)
        self._held: dict[int, tuple[str, float]] = {}
        """Shard → lease, and until when it surely lasts, by this process's clock."""

    def holds(self, shard: int) -> bool:
        """Tell whether the shard is surely still ours. A process that slept past its lease writes nothing."""
        held = self._held.get(shard)
        return held is not None and time.monotonic() < held[1]

    def held(self) -> list[int]:
        return [shard for shard in list(self._held) if self.holds(shard)]

    def share(self, wanted: Set[int]) -> int:
        """
        Renew what is held, and take or give up shards so that all processes hold about as many.

        Args:
            wanted: Shards that have something to do.

        Returns:
            The server's time, epoch milliseconds.
        """
        server_ms = connection.server_ms(self._redis)
        if not wanted and not self._held:
            return server_ms
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.zadd(scrape_keys.workers(), {self._name: server_ms})
            pipe.zremrangebyscore(scrape_keys.workers(), "-inf", server_ms - self._leases.length_ms)
            alive = int(pipe.zcard(scrape_keys.workers()).execute()[-1])
        most = math.ceil(len(wanted) / max(alive, 1))
        self._renew()
        for number, shard in enumerate(sorted(self._held, key=lambda shard: (shard not in wanted, shard))):
            if number >= most or shard not in wanted:
                self._give_up(shard)
        # Each process begins elsewhere, so that those starting together do not ask for the same leases.
        first = hash(self._name) % SHARDS
        for shard in ((first + i) % SHARDS for i in range(SHARDS)):
            if len(self._held) >= most:
                break
            if shard in wanted and shard not in self._held:
                self._take(shard)
        return server_ms

    def leave(self) -> None:
        """Give up everything, so that the others need not wait for the leases to run out."""
        for shard in list(self._held):
            self._give_up(shard)
        self._redis.zrem(scrape_keys.workers(), self._name)

    def _until_s(self) -> float:
        return time.monotonic() + self._leases.length_ms / 1_000

    def _take(self, shard: int) -> None:
        until_s = self._until_s()
        if lease := self._leases.acquire(scrape_keys.scrape_lease(shard), scrape_keys.scrape_fence(), self._name):
            self._held[shard] = lease, until_s

    def _renew(self) -> None:
        for shard, (lease, _) in list(self._held.items()):
            until_s = self._until_s()
            if self._leases.renew(scrape_keys.scrape_lease(shard), lease):
                self._held[shard] = lease, until_s
            else:
                del self._held[shard]

    def _give_up(self, shard: int) -> None:
        lease, _ = self._held.pop(shard)
        self._leases.release(scrape_keys.scrape_lease(shard), lease)
