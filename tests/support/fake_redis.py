"""
Redis in the test's own process (fakeredis): no server to start, nothing to wait for.

It serves the tests of stores, queries, routes and commands. Atomicity, leases, consumer groups and blocking reads are
tested on a real server; the tests in tests/contract run on both, so that the fake cannot drift from it.
"""

from typing import Any

import hiredis
from fakeredis import FakeRedis, FakeServer
from redis.exceptions import ResponseError

from shared.redis import hiredis_connection
from shared.redis.hiredis_connection import HiredisConnection

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


class FakeConnection(HiredisConnection):
    """A `HiredisConnection` to the fake, which carries out commands one by one; answers wait to be read."""

    def __init__(self, redis: FakeRedis) -> None:
        super().__init__(redis)
        self._redis = redis
        self._answers: list[Any] = []

    @property
    def is_connected(self) -> bool:
        return True

    def is_usable(self) -> bool:
        return not self._answers

    def disconnect(self) -> None:
        self._answers = []

    def send(self, packed: bytes) -> None:
        commands, pool = hiredis.Reader(), self._redis.connection_pool
        commands.feed(packed)
        connection = pool.get_connection()
        while (words := commands.gets()) is not False:
            connection.send_command(*words)
            try:
                self._answers.append(connection.read_response(disable_decoding=True))
            except ResponseError as refusal:
                self._answers.append(refusal)
        pool.release(connection)

    def read(self, count: int) -> list[Any]:
        answers, self._answers = self._answers[:count], self._answers[count:]
        return answers


NESTED = 4
"""Connections that a test may use at once."""


def fake_redis() -> FakeRedis:
    """Return a client of a new, empty server, which answers in RESP3 as the product's own clients are answered."""
    client = HealthyFake(server=FakeServer(**_VALKEY), **_VALKEY, protocol=3)
    for _ in range(NESTED):
        hiredis_connection.give_back(client, FakeConnection(client))
    return client
