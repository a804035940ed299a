"""Parking: what nobody can read lies once among the dead letters, whoever meets it again."""

from collections import Counter

import pytest
from redis import Redis

from shared.log import Logger
from shared.redis import keys
from shared.store import parking
from shared.store.parking import Parking


def letters(redis: Redis, partition: int = 0) -> list[tuple[bytes, bytes, bytes]]:
    found = [fields for _, fields in redis.xrange(keys.dead_letters(partition))]
    return [(one[b"entry"], one[b"payload"], one[b"reason"]) for one in found]


@pytest.fixture
def counters() -> Counter[str]:
    return Counter()


@pytest.fixture
def parker(store_redis: Redis, counters: Counter[str]) -> Parking:
    return Parking(store_redis, Logger("test"), counters)


def test_thing_is_parked_where_its_partition_keeps_letters(
    store_redis: Redis, parker: Parking, counters: Counter[str]
) -> None:
    parker.park("ea:{3}:events 1-0", b"\xff\x00", "왜", 3)

    assert [(b"ea:{3}:events 1-0", b"\xff\x00", "왜".encode())] == letters(store_redis, 3)
    assert ([], 1) == (letters(store_redis), counters["parked"])


def test_thing_met_again_is_parked_once_also_by_another_process(store_redis: Redis, parker: Parking) -> None:
    for one in (parker, parker, Parking(store_redis, Logger("test"), Counter())):
        one.park("where", b"body", "why")

    assert 1 == len(letters(store_redis))


def test_other_body_or_place_is_another_thing(store_redis: Redis, parker: Parking) -> None:
    for where, body in (("a", b"1"), ("a", b"2"), ("b", b"1")):
        parker.park(where, body, "why")

    assert [(b"a", b"1"), (b"a", b"2"), (b"b", b"1")] == [letter[:2] for letter in letters(store_redis)]


def test_letter_is_bounded(store_redis: Redis, parker: Parking) -> None:
    parker.park("where", b"x" * 100_000, "y" * 10_000)
    ((_, body, reason),) = letters(store_redis)

    assert (parking.SHOWN_BYTES, parking.REASON_CHARS) == (len(body), len(reason))


def test_process_remembers_a_bounded_number_of_things(
    store_redis: Redis, parker: Parking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parking, "MAX_REMEMBERED", 2)
    for _ in range(2):
        for number in range(5):
            parker.park("where", b"%d" % number, "why")

    assert 5 == len(letters(store_redis))
