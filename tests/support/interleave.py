"""
Races made on purpose: one operation stops just before its n-th word to the server, and another one happens there.

Threads meet at a given place once in a thousand runs; this visits every place once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from redis import ConnectionPool, Redis


@contextmanager
def interrupted(redis: Redis, before: int, other: Callable[[], object]) -> Iterator[Redis]:
    """
    Yield a client of the server of *redis* that lets *other* happen just before its word number *before* (from 0).

    A pipeline is one word. An operation with fewer words is followed by *other*.
    """
    plan: dict[str, Any] = {"left": None}

    def act() -> None:
        plan["left"] = None
        other()

    class Interrupting(redis.connection_pool.connection_class):  # type: ignore[misc, name-defined]
        def send_packed_command(self, command: Any, check_health: bool = True) -> None:
            if plan["left"] == 0:
                act()
            elif plan["left"] is not None:
                plan["left"] -= 1
            super().send_packed_command(command, check_health)

    pool = ConnectionPool(connection_class=Interrupting, **redis.connection_pool.connection_kwargs)
    client = Redis(connection_pool=pool)
    # Greetings are no words of the operation.
    client.ping()
    plan["left"] = before
    try:
        yield client
        if plan["left"] is not None:
            act()
    finally:
        client.close()
        pool.disconnect()
