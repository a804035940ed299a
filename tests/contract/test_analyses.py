"""Questions to the analysis process: asked once, answered once for all, and bounded."""

import pytest
from msgspec import Raw
from redis import Redis

from shared.errors import Busy
from shared.model import reasons
from shared.redis import analysis_keys
from shared.store import analyses
from shared.store.analyses import MOST_OF_ASKER, MOST_QUESTIONS, Answer


def test_question_is_taken_and_its_answer_is_for_all_who_ask(store_redis: Redis) -> None:
    analyses.ask(store_redis, b"why?", "user:kim")
    analyses.ask(store_redis, b"why?", "user:lee")
    taken = analyses.take(store_redis)

    assert (analyses.id_of(b"why?"), b"why?") == taken
    assert analyses.take(store_redis) is None
    assert analyses.answer(store_redis, b"why?") is None

    analyses.put(store_redis, analyses.id_of(b"why?"), Answer(Raw(b'{"because":1}')))
    found = analyses.answer(store_redis, b"why?")

    assert found is not None
    assert b'{"because":1}' == bytes(found.body)
    assert [analysis_keys.answer(analyses.id_of(b"why?"))] == [key.decode() for key in store_redis.scan_iter()]
    assert 0 < store_redis.pttl(analysis_keys.answer(analyses.id_of(b"why?"))) <= analyses.KEPT_MS


def test_oldest_question_is_taken_first(store_redis: Redis) -> None:
    for n in range(3):
        analyses.ask(store_redis, b"%d" % n, f"user:{n}")
    taken = [analyses.take(store_redis) for _ in range(3)]

    assert [b"0", b"1", b"2"] == [one[1] for one in taken if one]


def test_asker_has_a_bound_and_all_together_have_one(store_redis: Redis) -> None:
    for n in range(MOST_OF_ASKER):
        analyses.ask(store_redis, b"%d" % n, "user:kim")
    with pytest.raises(Busy, match="2 analyses that you asked for"):
        analyses.ask(store_redis, b"more", "user:kim")
    for n in range(MOST_OF_ASKER, MOST_QUESTIONS):
        analyses.ask(store_redis, b"%d" % n, f"user:kim{n}")
    with pytest.raises(Busy, match="8 analyses wait already"):
        analyses.ask(store_redis, b"more", "user:lee")

    analyses.ask(store_redis, b"0", "user:lee")
    assert MOST_QUESTIONS == store_redis.llen(analysis_keys.waiting())


def test_question_of_a_process_that_died_is_known(store_redis: Redis) -> None:
    analyses.ask(store_redis, b"why?", "user:kim")
    analyses.take(store_redis)

    assert [analyses.id_of(b"why?")] == analyses.abandoned(store_redis)


def test_failure_is_kept_for_seconds_only(store_redis: Redis) -> None:
    analyses.put(store_redis, "x", Answer(status=503, why=reasons.of("insight.crashed")))

    assert 0 < store_redis.pttl(analysis_keys.answer("x")) <= analyses.FAILURE_KEPT_MS


def test_what_is_no_answer_is_none(store_redis: Redis) -> None:
    for junk in (b"", b"\xff", b"[]", b'{"status": "x"}'):
        store_redis.set(analysis_keys.answer(analyses.id_of(b"why?")), junk)

        assert analyses.answer(store_redis, b"why?") is None


def test_question_without_its_text_is_dropped(store_redis: Redis) -> None:
    store_redis.rpush(analysis_keys.waiting(), "gone")

    assert analyses.take(store_redis) is None
    assert [] == analyses.abandoned(store_redis)
