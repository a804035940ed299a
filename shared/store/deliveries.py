"""How channels fare: attempts counted by hour, outcome and duration, written in the transaction of the ledger."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from redis import Redis
from redis.client import Pipeline

from shared.redis import delivery_keys
from shared.redis.bundle import Bundle
from shared.store.alert_store import HOUR_MS

Outcome = Literal["sent", "failed", "dead"]
"""An attempt was accepted, or will be made again, or was the last."""
BOUNDS_MS = (10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000)
"""Upper edges of the durations counted; the last is RQ's limit of a job."""
_SEPARATOR = "\0"


@dataclass(frozen=True, slots=True)
class Fare:
    """How one channel fared over some hours; attempts, not alerts."""

    sent: int = 0
    failed: int = 0
    dead: int = 0
    p95_ms: int | None = None
    """Of accepted attempts, to the edge of the slice it falls into; None if there were none."""


def stage(
    pipe: Pipeline | Bundle, channel: str, outcome: Outcome, took_ms: int, now_ms: int, retention_ms: int
) -> None:
    """Queue one attempt on *pipe*."""
    key = delivery_keys.deliveries_hour(now_ms // HOUR_MS)
    pipe.hincrby(key, f"{channel}{_SEPARATOR}{outcome}", 1)
    if outcome == "sent":
        edge = next((bound for bound in BOUNDS_MS if took_ms <= bound), BOUNDS_MS[-1])
        pipe.hincrby(key, f"{channel}{_SEPARATOR}{edge}", 1)
    pipe.pexpire(key, retention_ms + 2 * HOUR_MS)


def read(redis: Redis, hours: int, now_ms: int) -> dict[str, Fare]:
    """Return how each channel fared in the last *hours*, this one included; those without an attempt are absent."""
    this_hour = now_ms // HOUR_MS
    with redis.pipeline(transaction=False) as pipe:
        for hour in range(this_hour - hours + 1, this_hour + 1):
            pipe.hgetall(delivery_keys.deliveries_hour(hour))
        stored = pipe.execute()
    counts: dict[str, Counter[str]] = {}
    for one in stored:
        for field, count in one.items():
            channel, _, what = field.decode().partition(_SEPARATOR)
            counts.setdefault(channel, Counter())[what] += int(count)
    return {
        channel: Fare(found["sent"], found["failed"], found["dead"], _p95_ms(found))
        for channel, found in counts.items()
    }


def _p95_ms(counts: Counter[str]) -> int | None:
    sizes = [counts[str(bound)] for bound in BOUNDS_MS]
    rank = -(-95 * sum(sizes) // 100)
    reached = 0
    for bound, size in zip(BOUNDS_MS, sizes, strict=True):
        reached += size
        if size and reached >= rank:
            return bound
    return None
