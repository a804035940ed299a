"""Who changed what: an entry a change, written in the change's own transaction."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct
from redis import Redis
from redis.client import Pipeline

from shared.model import principals
from shared.model.encoding import encode
from shared.redis import keys

MAX_ENTRIES = 100_000
SYSTEM = "system"
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a change, and by which request."""

    name: str = SYSTEM
    request_id: str = ""
    address: str = ""
    principal: str = ""
    """Kind and id (`shared.model.principals`); names may be shared."""


NOBODY = Author(principal=principals.SYSTEM)


class Entry(Struct, kw_only=True, omit_defaults=True):
    """One change. `before` and `after` are documents without secrets; None if there was, or is, nothing."""

    at_ms: int
    by: str
    """A name for people to read; another principal may have the same."""
    action: str
    """`<kind>.<verb>`: rule.save, channel.delete, user.save, alert.acknowledge, …"""
    target: str
    """The id of what was changed."""
    before: Any = None
    after: Any = None
    request_id: str = ""
    address: str = ""
    id: str = ""
    principal: str = ""
    """Who it was: kind and id, as `user:kim`. Empty in entries of releases before 0.2."""


def stage(pipe: Pipeline, author: Author, action: str, target: str, before: Any = None, after: Any = None) -> None:
    """Queue an entry on *pipe*."""
    entry = Entry(
        at_ms=time.time_ns() // 1_000_000,
        by=author.name,
        action=action,
        target=target,
        before=before,
        after=after,
        request_id=author.request_id,
        address=author.address,
        principal=author.principal,
    )
    pipe.xadd(keys.audit(), {"a": encode(entry)}, maxlen=MAX_ENTRIES, approximate=True)


def search(
    redis: Redis,
    *,
    by: str | None = None,
    principal: str | None = None,
    action: str | None = None,
    target: str | None = None,
    since_ms: int | None = None,
    until_ms: int | None = None,
    before_id: str | None = None,
    limit: int = 100,
) -> list[Entry]:
    """
    Return entries, newest first.

    Args:
        action: All that begin with this: `rule` finds rule.save and rule.delete.
        before_id: Only older than this entry, for the next page.
    """
    if before_id is not None and set(before_id) <= set("0-"):
        return []  # Nothing is older than the beginning, and Redis refuses to be asked.
    found = []
    for entry in _newest_first(redis, f"({before_id}" if before_id else until_ms, since_ms):
        if by is not None and entry.by != by:
            continue
        if principal is not None and entry.principal != principal:
            continue
        if action is not None and not entry.action.startswith(action):
            continue
        if target is not None and entry.target != target:
            continue
        found.append(entry)
        if len(found) >= limit:
            break
    return found


def _newest_first(redis: Redis, newest: str | int | None, oldest: int | None) -> Iterator[Entry]:
    upper: str = "+" if newest is None else str(newest)
    lower = "-" if oldest is None else str(oldest)
    while True:
        entries = redis.xrevrange(keys.audit(), upper, lower, count=_CHUNK)
        for entry_id, fields in entries:
            entry = msgspec.json.decode(fields[b"a"], type=Entry)
            entry.id = entry_id.decode()
            yield entry
        if len(entries) < _CHUNK:
            return
        upper = f"({entries[-1][0].decode()}"
