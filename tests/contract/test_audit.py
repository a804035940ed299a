"""The audit: an entry a change, in the transaction of the change, found by who, what and when."""

import pytest
from redis import Redis

from shared.redis import keys
from shared.store import audit
from shared.store.audit import Author

KIM, LEE = Author("kim", "r1", "10.0.0.1", "user:kim"), Author("lee", principal="user:lee")


def put(redis: Redis, author: Author, action: str, target: str, **fields: object) -> None:
    with redis.pipeline() as pipe:
        audit.stage(pipe, author, action, target, **fields)
        pipe.execute()


def test_entry_is_read_back_whole(store_redis: Redis) -> None:
    put(store_redis, KIM, "rule.save", "규칙", before={"a": 1}, after={"a": [2, None]})
    (entry,) = audit.search(store_redis)

    assert ("kim", "user:kim", "r1", "10.0.0.1") == (entry.by, entry.principal, entry.request_id, entry.address)
    assert ("rule.save", "규칙", {"a": 1}, {"a": [2, None]}) == (
        entry.action, entry.target, entry.before, entry.after
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "targets"),
    [
        ({}, ["c", "b", "a"]),
        ({"by": "kim"}, ["c", "a"]),
        ({"principal": "user:lee"}, ["b"]),
        ({"action": "rule"}, ["b", "a"]),
        ({"target": "c"}, ["c"]),
        ({"limit": 2}, ["c", "b"]),
        ({"by": "kim", "action": "rule"}, ["a"]),
        ({"by": "nobody"}, []),
        ({"before_id": "0-0"}, []),
        ({"until_ms": 0}, []),
        ({"since_ms": 10**14}, []),
    ],
)
def test_entries_are_found_newest_first(store_redis: Redis, wanted: dict, targets: list[str]) -> None:
    put(store_redis, KIM, "rule.save", "a")
    put(store_redis, LEE, "rule.delete", "b")
    put(store_redis, KIM, "channel.save", "c")

    assert targets == [entry.target for entry in audit.search(store_redis, **wanted)]


def test_pages_follow_one_another_without_gap_or_repeat(store_redis: Redis) -> None:
    for number in range(7):
        put(store_redis, KIM, "rule.save", str(number))
    found, before = [], None
    while page := audit.search(store_redis, before_id=before, limit=3):
        found += [entry.target for entry in page]
        before = page[-1].id

    assert ["6", "5", "4", "3", "2", "1", "0"] == found


def test_search_goes_past_what_is_read_at_once(store_redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_CHUNK", 2)
    for number in range(5):
        put(store_redis, KIM if number == 0 else LEE, "rule.save", str(number))

    assert ["0"] == [entry.target for entry in audit.search(store_redis, by="kim")]


def test_entry_of_a_transaction_that_is_not_carried_out_is_not_written(store_redis: Redis) -> None:
    pipe = store_redis.pipeline()
    audit.stage(pipe, KIM, "rule.save", "a")
    pipe.reset()

    assert (0, []) == (store_redis.exists(keys.audit()), audit.search(store_redis))
