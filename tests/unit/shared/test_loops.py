"""Loops that go on whatever their turns meet, and a heartbeat that is ready only while they turn."""

import threading
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from redis.exceptions import ConnectionError, ReadOnlyError, ResponseError, TimeoutError

from shared.log import Logger
from shared.loops import Loop, Stop
from shared.process import Heartbeat
from tests.support.waiting import until

REDIS_ERRORS = (ConnectionError, TimeoutError, ReadOnlyError, ResponseError)
BUGS = (ValueError, KeyError, OSError, RuntimeError, MemoryError, RecursionError, UnicodeError, AssertionError)
OUTCOMES = st.sampled_from([None, *REDIS_ERRORS, *BUGS])


class Hurried(Stop):
    """Never sleeps; remembers how long it should have."""

    def __init__(self) -> None:
        super().__init__(install_handlers=False)
        self.pauses: list[float] = []

    def wait(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return bool(self)


@given(st.lists(OUTCOMES, min_size=1, max_size=60), st.booleans(), st.floats(0, 5))
def test_a_loop_goes_on_whatever_its_turns_and_its_recovery_meet(
    outcomes: list[type[Exception] | None], recovery_fails: bool, every_s: float
) -> None:
    stop, counters, met = Hurried(), Counter[str](), []

    def turn() -> None:
        met.append(outcomes[len(met)])
        if len(met) == len(outcomes):
            stop.set()
        if met[-1] is not None:
            raise met[-1]("for this test\nwith two lines")

    def recover(error: Exception) -> None:
        if recovery_fails:
            raise RuntimeError("the recovery fails, too") from error

    loop = Loop("work", turn, Logger("test"), every_s=every_s, counters=counters, recover=recover)
    loop.run(stop)
    bugs = [one for one in outcomes if one in BUGS]
    failures = [one for one in outcomes if one is not None]
    pauses = len(outcomes) if every_s else len(failures)

    assert outcomes == met
    assert len(bugs) == counters["failures"]
    assert pauses == len(stop.pauses)
    assert all(every_s <= pause <= max(3.0, every_s) for pause in stop.pauses)


def test_a_row_of_failures_is_said_once_and_its_pauses_grow(caplog: pytest.LogCaptureFixture) -> None:
    stop, turns = Hurried(), [0]

    def turn() -> None:
        turns[0] += 1
        if turns[0] == 12:
            stop.set()
        raise TypeError("a bug")

    with caplog.at_level("INFO", "enhanced_alerts"):
        Loop("work", turn, Logger("test")).run(stop)

    assert ["work.failed"] == [record.getMessage() for record in caplog.records]
    assert caplog.records[0].exc_info is not None
    assert sorted(stop.pauses) == stop.pauses and 0.1 == stop.pauses[0] and 3.0 == stop.pauses[-1]


def test_ready_means_that_every_loop_turned_lately(redis_away: Redis) -> None:
    heartbeat, hold, stop = Heartbeat(redis_away, "test"), threading.Event(), Stop(install_handlers=False)
    works = Loop("works", lambda: None, Logger("test"), every_s=0.01, late_s=60)
    hangs = Loop("hangs", hold.wait, Logger("test"), every_s=0.01, late_s=0.3)
    heartbeat.ready = True
    for loop in (works, hangs):
        heartbeat.follow(loop)
    before = heartbeat.trouble
    threads = [loop.start(stop) for loop in (works, hangs)]
    until(lambda: "hangs has not got through a turn" in heartbeat.trouble)
    stuck = heartbeat.ready
    hold.set()
    until(lambda: heartbeat.ready)
    stop.set()
    for thread in threads:
        thread.join(timeout=20)

    assert "works was not begun; hangs was not begun" == before
    assert not stuck
    assert not any(thread.is_alive() for thread in threads)


def test_a_loop_that_fails_each_time_is_not_ready_and_says_why(redis_away: Redis) -> None:
    heartbeat, stop = Heartbeat(redis_away, "test"), Stop(install_handlers=False)

    def turn() -> None:
        raise ValueError("nothing works here")

    loop = Loop("work", turn, Logger("test"), late_s=0.05)
    heartbeat.ready = True
    heartbeat.follow(loop)
    thread = loop.start(stop)
    until(lambda: "ValueError: nothing works here" in heartbeat.trouble)
    is_ready = heartbeat.ready
    stop.set()
    thread.join(timeout=20)

    assert not is_ready


@pytest.fixture
def redis_away() -> Redis:
    """A client of a server that nobody runs; nothing is sent in these tests."""
    return Redis(port=1, socket_timeout=0.1)
