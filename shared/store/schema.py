"""
The shape of what is in Redis, as a number: who may read it, and how older data take the newer shape.

Every release reads the shape before its own too, so old and new processes run side by side, and data change shape only
when no old process is left (`enhanced-alerts migrate`). A step may be broken off anywhere and made again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from redis import Redis

from shared import process
from shared.errors import ConfigurationError, Conflict
from shared.model import reasons
from shared.model.alerts import SCHEMA
from shared.redis import access_keys, keys
from shared.store import channel_store, subscriptions

FIRST = 1
"""What the first release wrote, without a number."""


@dataclass(frozen=True, slots=True)
class Step:
    """From the shape before to `to`."""

    to: int
    what: str
    make: Callable[[Redis], None]


def _seal(redis: Redis) -> None:
    channel_store.seal_again(redis)
    subscriptions.seal_again(redis)
    # Tokens it signed are of the first release, and long expired; nobody should find it.
    redis.delete(access_keys.first_signing_key())


def _look_again(redis: Redis) -> None:
    # The sweeper proves of every alert that ended that all who heard of it know; of these nobody noted that they ended.
    ended = redis.zrange(keys.alert_history(), 0, -1)
    for start in range(0, len(ended), _CHUNK):
        redis.sadd(keys.unproven_alerts(), *ended[start : start + _CHUNK])


_CHUNK = 1_000
STEPS = (
    Step(2, "secrets that stand in plain are sealed, and the first release's signing key is removed", _seal),
    Step(3, "alerts that ended before are looked at once more: does everybody know?", _look_again),
)


def agree(redis: Redis) -> None:
    """
    Number the data of a new system; compare those of one that exists.

    Raises:
        ConfigurationError: a newer release has changed their shape.
    """
    stored = current(redis)
    if stored is None:
        redis.set(keys.schema(), SCHEMA, nx=True)
    elif stored > SCHEMA:
        raise ConfigurationError(reasons.of("configuration.newer_schema", schema=stored, known=SCHEMA))


def current(redis: Redis) -> int | None:
    """Return the number of the data's shape; None if there are none yet."""
    with redis.pipeline() as pipe:
        stored, has_begun = pipe.get(keys.schema()).exists(keys.partitions()).execute()
    if stored is not None:
        return int(stored)
    return FIRST if has_begun else None


def pending(redis: Redis) -> list[Step]:
    """Return the steps that are still to be made."""
    stored = current(redis)
    return [step for step in STEPS if stored is not None and step.to > stored]


def migrate(redis: Redis, now_ms: int, progress: Callable[[Step], None] = lambda _step: None) -> list[Step]:
    """
    Make the steps that are still to be made; returns them.

    Raises:
        Conflict: a process of an older release is running, which could not read the new shape.
    """
    steps = pending(redis)
    for step in steps:
        if old := old_processes(redis, step.to, now_ms):
            raise Conflict(reasons.of("conflict.older_processes", processes=list(old), schema=step.to))
        progress(step)
        step.make(redis)
        redis.set(keys.schema(), step.to)
    return steps


def old_processes(redis: Redis, schema: int, now_ms: int) -> list[str]:
    """Return the running processes that do not read *schema*."""
    alive: Mapping[str, int] = {f"{r.component} {r.pid}@{r.host}": r.schema for r in process.reports(redis, now_ms)}
    return [name for name, reads in alive.items() if reads < schema]
