"""
Redis in the test's own process (fakeredis): no server to start, nothing to wait for.

It serves the tests of stores, queries, routes and commands. Atomicity, leases, consumer groups and blocking reads are
tested on a real server; the tests in tests/contract run on both, so that the fake cannot drift from it.
"""

from typing import Any

from fakeredis import FakeRedis, FakeServer

_VALKEY: dict[str, Any] = {"version": (8, 0), "server_type": "valkey"}
_HEALTHY: dict[str, Any] = {
    "redis_mode": "standalone",
    "server_mode": "standalone",
    "valkey_version": "8.0.0",
    "redis_version": "7.2.4",
    "uptime_in_seconds": 60,
    "role": "master",
    "connected_slaves": 0,
    "used_memory": 1_000_000,
    "used_memory_human": "976.56K",
    "maxmemory": 0,
    "maxmemory_policy": "noeviction",
    "aof_enabled": 1,
    "loading": 0,
}


class HealthyFake(FakeRedis):
    """A client of a server that lacks nothing; fakeredis itself does not know INFO."""

    def info(self, *sections: str) -> dict[str, Any]:
        return dict(_HEALTHY)


def fake_redis() -> FakeRedis:
    """Return a client of a new, empty server, which answers in RESP3 as the product's own clients are answered."""
    return HealthyFake(server=FakeServer(**_VALKEY), **_VALKEY, protocol=3)
