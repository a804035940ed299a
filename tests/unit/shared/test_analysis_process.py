"""What asks the analysis process: it starts one where none runs, and waits no longer than it may."""

import pytest
from msgspec import Raw
from redis import Redis

from shared import analysis_process as asking
from shared.analysis_process import Analyses
from shared.errors import Busy, Unavailable
from shared.redis import analysis_keys
from shared.store import analyses
from shared.store.analyses import Answer


class FakeChild:
    """A process that ends with an exit code, or runs as long as this is None."""

    pid = 1

    def __init__(self, exit_code: int | None) -> None:
        self.exit_code = exit_code

    def poll(self) -> int | None:
        return self.exit_code

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


class Starts:
    """Starts fakes, each of which answers what waits, unless it dies first."""

    def __init__(self, redis: Redis, *exit_codes: int | None) -> None:
        self.redis = redis
        self.exit_codes = list(exit_codes)
        self.count = 0

    def __call__(self) -> FakeChild:
        code = self.exit_codes[min(self.count, len(self.exit_codes) - 1)]
        self.count += 1
        if code is None:
            taken = analyses.take(self.redis)
            assert taken is not None
            analyses.put(self.redis, taken[0], Answer(Raw(b"{}")))
        return FakeChild(code)


def test_asker_starts_the_process_and_gets_the_answer(redis: Redis) -> None:
    starts = Starts(redis, None)
    asked = Analyses(starts)

    assert b"{}" == bytes(asked.ask(redis, b"q", "user:kim").body)
    assert b"{}" == bytes(asked.ask(redis, b"q", "user:lee").body)
    assert 1 == starts.count


def test_running_process_is_not_started_again(redis: Redis) -> None:
    redis.set(analysis_keys.analysis_lease(), "elsewhere:1")
    starts = Starts(redis, None)
    with pytest.raises(Unavailable, match="not finished"):
        Analyses(starts, wait_s=0.05).ask(redis, b"q", "user:kim")

    assert 0 == starts.count


def test_process_that_dies_is_started_again(redis: Redis) -> None:
    starts = Starts(redis, -9, None)

    assert b"{}" == bytes(Analyses(starts).ask(redis, b"q", "user:kim").body)
    assert 2 == starts.count


def test_process_that_does_not_start_is_named_with_its_exit_code(redis: Redis) -> None:
    starts = Starts(redis, 3)
    asked = Analyses(starts)
    with pytest.raises(Unavailable, match="exit code 3"):
        asked.ask(redis, b"q", "user:kim")

    assert asking.MOST_STARTS == starts.count

    with pytest.raises(Unavailable, match="exit code 3"):
        asked.ask(redis, b"q", "user:kim")

    assert 2 * asking.MOST_STARTS == starts.count


def test_threads_that_wait_have_a_bound(redis: Redis) -> None:
    refused: list[str] = []

    def start() -> FakeChild:
        """Ask something else meanwhile, then answer."""
        with pytest.raises(Busy) as raised:
            asked.ask(redis, b"other", "user:lee")
        refused.append(raised.value.reason.code)
        return Starts(redis, None)()

    asked = Analyses(start, most_waiting=1)

    assert b"{}" == bytes(asked.ask(redis, b"q", "user:kim").body)
    assert ["insight.full"] == refused
