"""The silence store: what is stored is found, its end is announced once, and a month after it is forgotten."""

import pytest
from redis import Redis

from shared.errors import Conflict, NotFound
from shared.model import silences
from shared.model.silences import Silence
from shared.redis import keys
from shared.store import silence_store
from tests.support import live_feed

NOW = 1_700_000_000_000


def a_silence(name: str = "s", ends_at_ms: int = NOW + 60_000, **fields: object) -> Silence:
    usual = {"id": name, "matchers": [{"name": "plugin_id", "value": "p*"}], "comment": "배포", "author": "kim"}
    return silences.parse({**usual, "starts_at_ms": ends_at_ms - 1_000, "ends_at_ms": ends_at_ms, **fields})


def test_silences_are_read_back_newest_first_with_a_revision(store_redis: Redis) -> None:
    for number, name in enumerate(("a", "b")):
        silence_store.save(store_redis, a_silence(name).model_copy(update={"created_at_ms": number}))
    revision, found = silence_store.load_all(store_redis)

    assert (2, ["b", "a"]) == (revision, [silence.id for silence in found])
    assert found[0] == silence_store.get(store_redis, "b")


def test_taken_and_unknown_ids_are_refused(store_redis: Redis) -> None:
    silence_store.save(store_redis, a_silence())

    with pytest.raises(Conflict):
        silence_store.save(store_redis, a_silence(), only_new=True)
    with pytest.raises(NotFound):
        silence_store.save(store_redis, a_silence("other"), only_known=True)
    with pytest.raises(NotFound):
        silence_store.get(store_redis, "other")
    with pytest.raises(NotFound):
        silence_store.expire(store_redis, "other", NOW)
    assert 1 == silence_store.load_all(store_redis)[0]


def test_replaced_silence_keeps_the_instant_it_was_made(store_redis: Redis) -> None:
    silence_store.save(store_redis, a_silence().model_copy(update={"created_at_ms": 7}))
    kept = silence_store.save(store_redis, a_silence(comment="longer"), only_known=True)

    assert (7, "longer") == (kept.created_at_ms, kept.comment)


def test_ended_silence_is_over_now_and_one_that_is_over_stays_as_it_is(store_redis: Redis) -> None:
    silence_store.save(store_redis, a_silence())
    ended = silence_store.expire(store_redis, "s", NOW)
    again = silence_store.expire(store_redis, "s", NOW + 5)

    assert (NOW, ended) == (ended.ends_at_ms, again)


@pytest.mark.parametrize(("ends_at_ms", "announced"), [(NOW - 1, [True, False]), (NOW + 1, [False, False])])
def test_end_is_announced_once_and_only_after_it(store_redis: Redis, ends_at_ms: int, announced: list[bool]) -> None:
    silence_store.save(store_redis, a_silence(ends_at_ms=ends_at_ms))
    before = len(live_feed.types(store_redis))

    assert announced == [silence_store.announce_expiry(store_redis, "s", NOW) for _ in range(2)]
    assert ["silence.expired"] * sum(announced) == live_feed.types(store_redis)[before:]


def test_only_what_ended_a_month_ago_is_forgotten(store_redis: Redis) -> None:
    edge = NOW - silence_store.KEEP_ENDED_MS
    for name, ends_at_ms in (("old", edge - 1), ("edge", edge), ("recent", edge + 1)):
        silence_store.save(store_redis, a_silence(name, ends_at_ms))

    assert [1, 0] == [silence_store.prune(store_redis, NOW) for _ in range(2)]
    assert {"edge", "recent"} == {silence.id for silence in silence_store.load_all(store_redis)[1]}


@pytest.mark.parametrize("junk", [b"", b"\xff", b"null", b"[]", b'{"id":7}'])
def test_silence_that_cannot_be_read_silences_nothing_and_hides_no_other(store_redis: Redis, junk: bytes) -> None:
    silence_store.save(store_redis, a_silence())
    store_redis.hset(keys.silences(), "bad", junk)

    assert ["s"] == [silence.id for silence in silence_store.load_all(store_redis)[1]]
