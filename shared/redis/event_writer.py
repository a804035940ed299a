"""Adds many events to the partition streams: all of a request in one round trip, packed into few entries."""

from collections.abc import Iterable, Iterator

import msgspec
from redis import Redis

from shared.model.events import Event
from shared.model.external import Statement
from shared.model.partitions import partition_of
from shared.redis import keys
from shared.redis.streams import MAX_EVENTS_PER_ENTRY

MAX_ENTRY_BYTES = 262_144
"""A quarter of what an evaluator reads; a longer entry would hold up the others of its partition."""
_encoder = msgspec.json.Encoder()


def write(redis: Redis, events: Iterable[Event], *, partitions: int, max_entries: int) -> None:
    """
    Add events to their streams, those of each plugin in the order given.

    A failure may leave some entries written. The sender then sends everything again, which is harmless: an evaluator
    takes a sample of the same series and time only once.

    Args:
        partitions: Number of the installation's streams.
        max_entries: Entries a stream keeps at least.

    Raises:
        RedisError: not everything was taken.
    """
    parts = ((event.plugin_id, _encoder.encode(event)) for event in events)
    _write(redis, keys.EVENT_FIELD, parts, partitions=partitions, max_entries=max_entries)


def write_statements(redis: Redis, statements: Iterable[Statement], *, partitions: int, max_entries: int) -> None:
    """Add what senders state of external alerts to the streams of their plugins; as `write`."""
    parts = ((seen.plugin_id, _encoder.encode(seen)) for seen in statements)
    _write(redis, keys.EXTERNAL_FIELD, parts, partitions=partitions, max_entries=max_entries)


def write_everywhere(redis: Redis, statements: Iterable[Statement], *, partitions: int, max_entries: int) -> None:
    """
    Add statements that do not know their plugins to every stream: the partition that watches an alert takes its own.

    Raises:
        RedisError: not every stream has them.
    """
    payloads = [b"[" + b",".join(chunk) + b"]" for chunk in _chunks(_encoder.encode(seen) for seen in statements)]
    with redis.pipeline(transaction=False) as pipe:
        for partition in range(partitions):
            for payload in payloads:
                pipe.xadd(keys.events(partition), {keys.EXTERNAL_FIELD: payload}, maxlen=max_entries, approximate=True)
        pipe.execute()


def _chunks(parts: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield parts as entries hold them."""
    chunk: list[bytes] = []
    size = 0
    for part in parts:
        if chunk and (size + len(part) > MAX_ENTRY_BYTES or len(chunk) >= MAX_EVENTS_PER_ENTRY):
            yield chunk
            chunk, size = [], 0
        chunk.append(part)
        size += len(part) + 1
    if chunk:
        yield chunk


def _write(
    redis: Redis, field: bytes, parts: Iterable[tuple[str, bytes]], *, partitions: int, max_entries: int
) -> None:
    """
    Args:
        parts: Plugin ids, and what is written for each.
    """
    by_partition: dict[int, list[bytes]] = {}
    for plugin_id, encoded in parts:
        by_partition.setdefault(partition_of(plugin_id, partitions), []).append(encoded)
    with redis.pipeline(transaction=False) as pipe:
        for partition, own in by_partition.items():
            for chunk in _chunks(own):
                payload = b"[" + b",".join(chunk) + b"]"
                pipe.xadd(keys.events(partition), {field: payload}, maxlen=max_entries, approximate=True)
        pipe.execute()
