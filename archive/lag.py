"""How far the archive is behind the streams. Shell."""

from collections.abc import Mapping
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import ResponseError

from archive.record_stream import RecordStream
from archive.recorder import FOLLOWED
from archive.store import Cursor, stream_of
from shared.redis import entry_ids, keys


@dataclass(frozen=True, slots=True)
class Lag:
    """What one stream holds that is not in the archive."""

    stream: str
    entries: int
    behind_s: float
    """How much newer its newest entry is than the newest one that is recorded; 0 if none ever was."""


def read(redis: Redis, partitions: int, cursors: Mapping[str, Cursor]) -> list[Lag]:
    """Return how far each stream is behind; a stream that does not exist is not."""
    streams = {stream_of(name, p): key(p) for name, key in FOLLOWED.items() for p in range(partitions)}
    found = []
    for stream, key in {**streams, RecordStream.NAME: keys.records()}.items():
        cursor = cursors.get(stream, Cursor())
        try:
            about = redis.xinfo_stream(key)
        except ResponseError as error:
            if "no such key" not in str(error):
                raise
            continue
        entries = max(0, about["entries-added"] - cursor.read) if cursor.position else about["length"]
        behind_ms = _ms(about["last-generated-id"].decode()) - _ms(cursor.position) if cursor.position else 0
        found.append(Lag(stream, entries, max(0, behind_ms) / 1000 if entries else 0.0))
    return found


def _ms(entry_id: str) -> int:
    return entry_ids.order_of(entry_id)[0]
