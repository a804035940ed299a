"""The live feed: a stream the relay reads and browsers resume from."""

from redis.client import Pipeline

from shared import keys

MAX_LENGTH = 100_000
"""About 100 MB at a kilobyte an entry, and hours of reconnecting browsers on a busy day."""


def append(pipe: Pipeline, kind: str, data: bytes) -> None:
    """
    Queue one entry.

    Args:
        kind: `alert.<timeline kind>`, `toast`, `banner`, … What the browser switches on.
        data: One JSON document, UTF-8.
    """
    pipe.xadd(keys.feed(), {"type": kind, "data": data}, maxlen=MAX_LENGTH, approximate=True)
