"""What a store promises holds on both servers, so that the fake of the unit tests cannot drift from the real one."""

from collections.abc import Iterator

import pytest
from redis import Redis

from shared.redis import connection
from tests.support.fake_redis import fake_redis


@pytest.fixture(params=["fake", "real"])
def store_redis(request: pytest.FixtureRequest) -> Iterator[Redis]:
    """A client of an empty server: fakeredis, then the tests' Valkey."""
    if request.param == "fake":
        client: Redis = fake_redis()
    else:
        client = connection.connect(request.getfixturevalue("server").url)
        client.flushall()
    yield client
    client.close()
