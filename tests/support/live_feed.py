"""Reading the live feed as a browser does."""

from typing import Any

import msgspec
from redis import Redis

from shared.redis import keys
from shared.store import feed


def unfolded(kind: str, data: Any) -> list[tuple[str, Any]]:
    """Type and data of each entry that one stands for."""
    if kind != feed.SEVERAL:
        return [(kind, data)]
    return [(item["type"], item["common"] | rest) for item in data for rest in item["each"]]


def entries(redis: Redis, *, since: str = "-") -> list[tuple[str, str, Any]]:
    """Id, type and data of each."""
    return [
        (entry_id.decode(), *one)
        for entry_id, fields in redis.xrange(keys.feed(), min=since)
        for one in unfolded(fields[b"type"].decode(), msgspec.json.decode(fields[b"data"]))
    ]


def types(redis: Redis) -> list[str]:
    """The type of each."""
    return [kind for _, kind, _ in entries(redis)]
