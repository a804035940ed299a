"""The label sets that `ingest` processes saw lately: each process writes its own, and they expire with it."""

import zlib
from collections.abc import Iterable, Sequence

import msgspec
from redis import Redis

from shared.model.seen import Seen
from shared.redis import keys

KEEP_MS = 90_000
MAX_UNPACKED_BYTES = 64_000_000
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Seen]).decode


def write(redis: Redis, process: str, seen: Sequence[Seen]) -> None:
    """Keep what one process saw, named as in its report, until it writes again or has been silent for 90 s."""
    redis.set(keys.ingest_seen(process), zlib.compress(_encode(seen), 1), px=KEEP_MS)


def read(redis: Redis, processes: Iterable[str]) -> list[Seen]:
    """Return what some processes saw. What cannot be read is left out."""
    names = [keys.ingest_seen(process) for process in processes]
    found: list[Seen] = []
    for body in redis.mget(names) if names else []:
        if body is None:
            continue
        try:
            found += _decode(zlib.decompressobj().decompress(body, MAX_UNPACKED_BYTES))
        except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
    return found
