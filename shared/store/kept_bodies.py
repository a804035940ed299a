"""Bodies that came to the addresses of body mappings: the last one of each, and those that did not fit. Bounded."""

import zlib
from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from msgspec import Struct
from redis import Redis

from shared.redis import webhook_keys

MAX_CHARS = 65_536
"""Of one body; what is longer is kept cut."""
MAX_UNFIT = 5
"""Of one address."""
KEEP_MS = 604_800_000
"""A week."""
UNKNOWN = ""
"""The place of bodies whose address has no mapping, however many addresses that are."""
MAX_UNKNOWN = 20
_MAX_UNPACKED_BYTES = 1_000_000
_encode = msgspec.json.Encoder().encode


class KeptBody(Struct):
    """A body as it came, and what became of it."""

    name: str
    """Of its address."""
    at_ms: int
    sender: str
    """Name of the API key."""
    outcome: Literal["taken", "partly", "refused"]
    problems: list[dict[str, Any]]
    """`ingest.formats.webhooks.json_body.Problem` as objects; at most 20."""
    size_bytes: int
    text: str
    is_cut: bool = False


_decode = msgspec.json.Decoder(KeptBody).decode


def keep(redis: Redis, body: KeptBody, *, has_mapping: bool) -> None:
    """Keep a body as the last one of its address, and among the unfit if not all of it was taken. One round trip."""
    packed = zlib.compress(_encode(body), 1)
    with redis.pipeline(transaction=False) as pipe:
        if has_mapping:
            pipe.set(webhook_keys.last_body(body.name), packed, px=KEEP_MS)
        if body.outcome != "taken":
            place = webhook_keys.unfit_bodies(body.name if has_mapping else UNKNOWN)
            pipe.lpush(place, packed)
            pipe.ltrim(place, 0, (MAX_UNFIT if has_mapping else MAX_UNKNOWN) - 1)
            pipe.pexpire(place, KEEP_MS)
        pipe.execute()


def read(redis: Redis, names: Iterable[str]) -> list[KeptBody]:
    """Return the kept bodies of some addresses, and those of addresses without a mapping, newest first."""
    with redis.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.get(webhook_keys.last_body(name)).lrange(webhook_keys.unfit_bodies(name), 0, -1)
        pipe.lrange(webhook_keys.unfit_bodies(UNKNOWN), 0, -1)
        answers = pipe.execute()
    packed = [one for answer in answers for one in (answer if isinstance(answer, list) else [answer]) if one]
    # The last body is also among the unfit if it was one.
    found = [body for one in dict.fromkeys(packed) if (body := _unpacked(one)) is not None]
    return sorted(found, key=lambda body: body.at_ms, reverse=True)


def _unpacked(packed: bytes) -> KeptBody | None:
    """Return a stored body; None for what cannot be read."""
    try:
        return _decode(zlib.decompressobj().decompress(packed, _MAX_UNPACKED_BYTES))
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
