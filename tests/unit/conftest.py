"""The unit tests' Redis is in the test's own process; with `--redis real`, they run on the tests' Valkey instead."""

from collections.abc import Iterator

import pytest
from redis import Redis

from shared.redis import connection
from tests.support.cli import Run


@pytest.fixture
def redis_url() -> str:
    """An address that nobody listens at: a test that connects by it, instead of using the fake, fails."""
    return "redis://fake.invalid:6379/0"


@pytest.fixture
def redis(request: pytest.FixtureRequest) -> Iterator[Redis]:
    """A client of an empty fakeredis; what it promises is held against the real server in tests/contract."""
    if request.config.getoption("--redis") == "real":
        client = connection.connect(request.getfixturevalue("server").url)
        client.flushall()
    else:
        from tests.support.fake_redis import fake_redis

        client = fake_redis()
    yield client
    client.close()


@pytest.fixture
def run(redis: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line in the test's process, on the fake."""
    from click.testing import CliRunner

    from api.cli import main

    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setattr(connection, "connect", lambda *_, **__: redis)

    def command(*arguments: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(main, list(arguments))
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.stdout, done.stderr

    return command
