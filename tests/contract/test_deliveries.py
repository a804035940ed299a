"""The counts of deliveries: attempts by channel and hour, and the time 95 of 100 of them took."""

import pytest
from redis import Redis

from shared.redis import delivery_keys
from shared.redis.bundle import Bundle
from shared.store import deliveries
from shared.store.deliveries import BOUNDS_MS, HOUR_MS, Fare
from tests.support.writes import carry_out

NOW = 1_700_000_000_000
KEPT_MS = 3_600_000


def attempt(redis: Redis, outcome: str, took_ms: int = 1, channel: str = "webhook", at_ms: int = NOW) -> None:
    writes = Bundle()
    deliveries.stage(writes, channel, outcome, took_ms, at_ms, KEPT_MS)
    carry_out(redis, writes)


def test_attempts_are_counted_by_channel_and_outcome(store_redis: Redis) -> None:
    for outcome in ("sent", "sent", "failed", "dead"):
        attempt(store_redis, outcome)
    attempt(store_redis, "failed", channel="이메일")

    assert {
        "webhook": Fare(2, 1, 1, BOUNDS_MS[0]),
        "이메일": Fare(0, 1, 0, None),
    } == deliveries.read(store_redis, 1, NOW)


def test_hours_before_the_wanted_ones_are_left_out(store_redis: Redis) -> None:
    attempt(store_redis, "sent", at_ms=NOW - 2 * HOUR_MS)
    attempt(store_redis, "sent", at_ms=NOW)

    assert [1, 1, 2] == [deliveries.read(store_redis, hours, NOW)["webhook"].sent for hours in (1, 2, 3)]


@pytest.mark.parametrize(
    ("took", "p95"),
    [
        ([0], BOUNDS_MS[0]),
        ([BOUNDS_MS[0], BOUNDS_MS[0] + 1], BOUNDS_MS[1]),
        ([1] * 19 + [BOUNDS_MS[-1]], BOUNDS_MS[0]),
        ([1] * 18 + [BOUNDS_MS[-1]] * 2, BOUNDS_MS[-1]),
        ([10 * BOUNDS_MS[-1]], BOUNDS_MS[-1]),
    ],
)
def test_p95_is_the_edge_of_the_slice_it_falls_into(store_redis: Redis, took: list[int], p95: int) -> None:
    for took_ms in took:
        attempt(store_redis, "sent", took_ms)

    assert p95 == deliveries.read(store_redis, 1, NOW)["webhook"].p95_ms


def test_counts_of_an_hour_outlive_the_retention_of_its_alerts(store_redis: Redis) -> None:
    attempt(store_redis, "sent")

    assert KEPT_MS < store_redis.pttl(delivery_keys.deliveries_hour(NOW // HOUR_MS)) <= KEPT_MS + 2 * HOUR_MS
