"""The one place that adds foreign samples to the partition streams: all of a request in one round trip."""

from collections.abc import Iterable

import msgspec
from redis import Redis

from shared.model.events import Event
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
    entries: dict[int, list[tuple[int, list[bytes]]]] = {}
    for event in events:
        encoded = _encoder.encode(event)
        chunks = entries.setdefault(partition_of(event.plugin_id, partitions), [(0, [])])
        size, chunk = chunks[-1]
        if chunk and (size + len(encoded) > MAX_ENTRY_BYTES or len(chunk) >= MAX_EVENTS_PER_ENTRY):
            size, chunk = 0, []
            chunks.append((size, chunk))
        chunk.append(encoded)
        chunks[-1] = (size + len(encoded) + 1, chunk)
    with redis.pipeline(transaction=False) as pipe:
        for partition, chunks in entries.items():
            for _, chunk in chunks:
                payload = b"[" + b",".join(chunk) + b"]"
                pipe.xadd(keys.events(partition), {keys.EVENT_FIELD: payload}, maxlen=max_entries, approximate=True)
        pipe.execute()
