"""Writes that a test prepares and sends."""

from redis import Redis

from shared.redis.bundle import Bundle
from shared.redis.transaction import Session


def carry_out(redis: Redis, writes: Bundle) -> None:
    """Send *writes* as one transaction."""
    with Session(redis) as session:
        session.send(writes)
