"""
The stream of records: what the control plane did, for the recorder. Written in the transaction of each change.

It costs no round trip of its own, and it is bounded: in entries by every write, in bytes by the router.
"""

import re
from collections.abc import Sequence
from typing import Any

from redis import Redis
from redis.client import Pipeline

from shared.model import records
from shared.model.records import Actor, Record
from shared.redis import keys
from shared.redis.bundle import Bundle
from shared.store.audit import Author

MAX_ENTRIES = 100_000
"""Also while no router runs, which trims the stream. An operator's act is an entry of about 2 kB."""
ENTRY_BYTES = 262_144
"""About the most of one entry: the restore of a backup, or an import of rules, is divided."""
UNRECORDED_ENTRIES = 1_000
UNRECORDED_BYTES = 8_000_000
"""What is left for a recorder to come while none has recorded for RECORDER_WAIT_SECONDS."""
_FIELD = records.RECORDS_FIELD.decode()
_ID = re.compile(rb"[0-9]{1,16}-[0-9]{1,20}")


def stage(pipe: Pipeline | Bundle, new: Sequence[Record]) -> None:
    """Queue records on *pipe*, the transaction of what they tell of."""
    for body in records.packed(new, ENTRY_BYTES):
        pipe.xadd(keys.records(), {_FIELD: body}, maxlen=MAX_ENTRIES, approximate=True)


def actor(author: Author) -> Actor:
    """Return the actor of a change that has an author."""
    return Actor(author.name, author.principal, author.request_id)


def trim(redis: Redis, max_bytes: int) -> None:
    """
    Trim the stream behind the recorder, and to its bounds.

    Args:
        max_bytes: How much of what is not recorded may stay.
    """
    recorded = redis.get(keys.records_recorded())
    if recorded is not None and _ID.fullmatch(recorded):
        # The last recorded entry stays, as in an outbox.
        redis.xtrim(keys.records(), minid=recorded.decode(), approximate=False)
    else:
        redis.xtrim(keys.records(), maxlen=UNRECORDED_ENTRIES, approximate=False)
        max_bytes = min(max_bytes, UNRECORDED_BYTES)
    while (length := redis.xlen(keys.records())) > 1 and (size := _size(redis)) > max_bytes:
        # Entries differ in size, so the share is a guess; each turn leaves fewer.
        redis.xtrim(keys.records(), maxlen=max(1, min(length - 1, length * max_bytes // size)), approximate=False)


def _size(redis: Redis) -> int:
    size: Any = redis.memory_usage(keys.records(), samples=0)
    return size or 0
