"""Where samples are when they are read: in the streams, or in the archive alone, its streams deleted."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from archive.opening import open_archive
from archive.readers import Readers
from archive.store import Archive, Cursor
from archive.stream import Stream
from shared.redis import keys
from tests.support.archived_series import compact

WAYS = ("streams", "journal", "chunks", "part of each")
Keep = Callable[[int], Readers]
"""Number of partitions → what reads the archive, when all that was published is where it shall be."""


def record_all(redis: Redis, archive: Archive, partitions: int) -> None:
    """Record what the streams hold, by the recorder's own steps."""
    for number in range(partitions):
        name = f"events:{number}"
        cursor = archive.cursors().get(name, Cursor())
        stream = Stream(redis, name, keys.events(number), keys.recorded(number, "events"), cursor)
        while (batch := stream.read()) is not None:
            archive.record([batch], 0)
            stream.advance(batch)


@pytest.fixture(params=WAYS)
def keep(request: pytest.FixtureRequest, redis: Redis, tmp_path: Path) -> Iterator[Keep]:
    """Put what was published where it is read from."""
    place = tmp_path / "archive.db"

    def put(partitions: int) -> Readers:
        if request.param == "streams":
            return Readers(place)
        archive = open_archive(place)
        record_all(redis, archive, partitions)
        for number in range(partitions):
            entries = redis.xrange(keys.events(number))
            if request.param != "journal":
                compact(archive, f"events:{number}")
            if request.param == "part of each" and entries:
                # Recorded whole, and the newer half is in the stream, too.
                redis.xtrim(keys.events(number), minid=entries[len(entries) // 2][0], approximate=False)
            else:
                redis.delete(keys.events(number))
        archive.close()
        return Readers(place)

    yield put
