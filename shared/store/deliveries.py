"""
Delivery statistics of channels: attempts counted by hour, outcome and duration.

The worker writes them in the transaction that records the attempt in the ledger; the API reads them.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from redis import Redis
from redis.client import Pipeline

from shared.redis import delivery_keys
from shared.redis.bundle import Bundle
from shared.store.alert_store import HOUR_MS

Outcome = Literal["sent", "failed", "dead"]
"""sent: the provider accepted the attempt; failed: it will be retried; dead: no retry follows."""
BOUNDS_MS = (10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000)
"""Upper bounds of the counted durations, ascending; a longer attempt counts under the last one."""
_SEPARATOR = "\0"


@dataclass(frozen=True, slots=True)
class Fare:
    """The attempts of one channel over some hours. One attempt may carry many alerts."""

    sent: int = 0
    failed: int = 0
    dead: int = 0
    p95_ms: int | None = None
    """95th percentile of the durations of accepted attempts, rounded up to one of `BOUNDS_MS`; None without any."""


def stage(
    pipe: Pipeline | Bundle, channel: str, outcome: Outcome, took_ms: int, now_ms: int, retention_ms: int
) -> None:
    """
    Count one attempt in the hour of *now_ms*; queued on *pipe*, written with its transaction.

    Args:
        took_ms: Duration of the attempt; counted for accepted attempts only.
        retention_ms: How long the hour is kept after its last attempt, two hours added.
    """
    key = delivery_keys.deliveries_hour(now_ms // HOUR_MS)
    pipe.hincrby(key, f"{channel}{_SEPARATOR}{outcome}", 1)
    if outcome == "sent":
        upper_ms = next((bound for bound in BOUNDS_MS if took_ms <= bound), BOUNDS_MS[-1])
        pipe.hincrby(key, f"{channel}{_SEPARATOR}{upper_ms}", 1)
    pipe.pexpire(key, retention_ms + 2 * HOUR_MS)


def read(redis: Redis, hours: int, now_ms: int) -> dict[str, Fare]:
    """Return the attempts by channel in the last *hours*, the current one included; other channels are absent."""
    this_hour = now_ms // HOUR_MS
    with redis.pipeline(transaction=False) as pipe:
        for hour in range(this_hour - hours + 1, this_hour + 1):
            pipe.hgetall(delivery_keys.deliveries_hour(hour))
        stored = pipe.execute()
    counts: dict[str, Counter[str]] = {}
    for hash_of_hour in stored:
        for field, count in hash_of_hour.items():
            channel, _, outcome_or_bound = field.decode().partition(_SEPARATOR)
            counts.setdefault(channel, Counter())[outcome_or_bound] += int(count)
    return {
        channel: Fare(counted["sent"], counted["failed"], counted["dead"], _p95_ms(counted))
        for channel, counted in counts.items()
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
