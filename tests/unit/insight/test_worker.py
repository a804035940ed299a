"""The analysis process: one at a time, every question answered, and nothing it meets ends it but idleness."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from msgspec import Raw
from redis import Redis

from insight.worker import Progress, TooLong, Worker
from shared.log import Logger
from shared.loops import Stop
from shared.redis import analysis_keys
from shared.store import analyses
from shared.store.analyses import Answer
from tests.support.waiting import until


@contextmanager
def unlimited(_seconds: float) -> Iterator[None]:
    yield


@contextmanager
def at_its_limit(_seconds: float) -> Iterator[None]:
    raise TooLong
    yield


Limit = Callable[[float], object]


def run(
    redis: Redis, answer: Callable[[bytes, Progress], Answer], limited: Limit = unlimited, holder: str = "a"
) -> None:
    """Run a process until it is idle."""
    worker = Worker(
        redis,
        holder,
        answer,
        Logger("insight"),
        limit_s=20.0,
        most_megabytes=64,
        limited=limited,  # type: ignore[arg-type]
        end=lambda: None,
        idle_s=0.0 if not redis.llen(analysis_keys.waiting()) else 0.2,
    )
    worker.run(Stop(install_handlers=False))


def echo(question: bytes, _progress: Progress) -> Answer:
    return Answer(Raw(b'{"of":"%s"}' % question))


def asked(redis: Redis, *questions: bytes) -> None:
    for n, question in enumerate(questions):
        analyses.ask(redis, question, f"user:{n}")


def code(redis: Redis, question: bytes) -> tuple[int, str]:
    found = analyses.answer(redis, question)
    assert found is not None
    return found.status, found.why.code


def test_all_that_wait_are_answered_and_then_the_lease_is_free(redis: Redis) -> None:
    asked(redis, b"a", b"b")
    run(redis, echo)

    assert [b'{"of":"a"}', b'{"of":"b"}'] == [bytes(analyses.answer(redis, q).body) for q in (b"a", b"b")]  # type: ignore[union-attr]
    assert not analyses.is_served(redis)


def test_second_process_ends_at_once(redis: Redis) -> None:
    asked(redis, b"a")
    redis.set(analysis_keys.analysis_lease(), "other:1")
    run(redis, echo)

    assert analyses.answer(redis, b"a") is None
    assert b"other:1" == redis.get(analysis_keys.analysis_lease())


def test_question_that_killed_a_process_is_answered_and_not_tried_again(redis: Redis) -> None:
    asked(redis, b"lethal", b"harmless")
    analyses.take(redis)
    seen: list[bytes] = []
    run(redis, lambda question, progress: seen.append(question) or echo(question, progress))

    assert (503, "insight.crashed") == code(redis, b"lethal")
    assert (200, "") == code(redis, b"harmless")
    assert [b"harmless"] == seen


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TooLong(), (422, "insight.too_long")),
        (MemoryError(), (422, "insight.too_large")),
        (ZeroDivisionError(), (500, "insight.failed")),
    ],
)
def test_whatever_an_analysis_meets_is_an_answer(redis: Redis, error: Exception, expected: tuple[int, str]) -> None:
    def answer(question: bytes, progress: Progress) -> Answer:
        if question == b"bad":
            raise error
        return echo(question, progress)

    asked(redis, b"bad", b"good")
    run(redis, answer)

    assert expected == code(redis, b"bad")
    assert (200, "") == code(redis, b"good")


def test_question_that_is_taken_back_is_dropped_at_the_next_step(redis: Redis) -> None:
    steps: list[int] = []

    def answer(question: bytes, progress: Progress) -> Answer:
        if question == b"long":
            assert analyses.cancel(redis, analyses.id_of(question))
            progress(1, 9)
            steps.append(1)
        return echo(question, progress)

    asked(redis, b"long", b"other")
    run(redis, answer)

    assert [] == steps
    assert analyses.answer(redis, b"long") is None
    assert (200, "") == code(redis, b"other")
    assert 0 == redis.llen(analysis_keys.running())


def test_progress_is_known_until_the_answer_is(redis: Redis) -> None:
    known: list[object] = []

    def answer(question: bytes, progress: Progress) -> Answer:
        progress(3, 9)
        known.append(analyses.progress(redis, analyses.id_of(question)))
        return echo(question, progress)

    asked(redis, b"a")
    run(redis, answer)

    assert [(3, 9)] == known
    assert analyses.progress(redis, analyses.id_of(b"a")) is None


def test_limit_covers_the_question(redis: Redis) -> None:
    asked(redis, b"a")
    run(redis, echo, at_its_limit)

    assert (422, "insight.too_long") == code(redis, b"a")


def test_process_that_lost_its_lease_ends(redis: Redis) -> None:
    stop = Stop(install_handlers=False)
    worker = Worker(
        redis,
        "a",
        echo,
        Logger("insight"),
        limit_s=20.0,
        most_megabytes=64,
        limited=unlimited,
        end=lambda: None,
    )
    thread = threading.Thread(target=worker.run, args=(stop,), daemon=True)
    thread.start()
    until(lambda: analyses.is_served(redis))
    redis.set(analysis_keys.analysis_lease(), "other:9")
    until(lambda: not thread.is_alive(), "it ended")

    assert b"other:9" == redis.get(analysis_keys.analysis_lease())
