"""Silences as Redis keeps them."""

import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

import msgspec
from pydantic import ValidationError
from redis import Redis

from shared.errors import Conflict, NotFound
from shared.model import reasons
from shared.model.records import SilenceChanged
from shared.model.silences import Silence
from shared.redis import keys
from shared.store import audit, feed, records
from shared.store.audit import NOBODY, Author

Change = Literal["created", "changed", "ended", "expired"]
KEEP_ENDED_MS = 30 * 86_400_000
MAX_SILENCES = 10_000
"""The router compares alerts with all that are active."""


def load_all(redis: Redis) -> tuple[int, list[Silence]]:
    """Return the revision, and every silence, newest first. What cannot be read is left out: it silences nothing."""
    with redis.pipeline() as pipe:
        revision, stored = pipe.get(keys.silences_revision()).hgetall(keys.silences()).execute()
    known = int(revision) if (revision or b"").isdigit() else 0
    return known, sorted(_all_of(stored), key=place)


def place(silence: Silence) -> tuple[int, str]:
    """Return where a silence stands in a list: the newest first."""
    return -silence.created_at_ms, silence.id


def get(redis: Redis, silence_id: str) -> Silence:
    """
    Return one silence.

    Raises:
        NotFound: no such silence.
    """
    body = redis.hget(keys.silences(), silence_id)
    if body is None:
        raise NotFound(reasons.of("missing.silence", silence_id=silence_id))
    return _read(body)


def save(
    redis: Redis,
    silence: Silence,
    *,
    only_new: bool = False,
    only_known: bool = False,
    author: Author = NOBODY,
) -> Silence:
    """
    Store a silence; the router follows it within a second. One without an id gets one.

    Args:
        only_known: It replaces one, and keeps the instant that one was made.

    Returns:
        The silence as stored.

    Raises:
        Conflict: *only_new*, and the id is taken; or there are `MAX_SILENCES` already. NotFound: *only_known*, and
            there is none of that id.
    """

    if not silence.id:
        silence = silence.model_copy(update={"id": f"silence-{secrets.token_hex(4)}"})

    def write(pipe: Any) -> Silence:
        before = pipe.hget(keys.silences(), silence.id)
        if only_new and before is not None:
            raise Conflict(reasons.of("conflict.silence_exists", silence_id=silence.id))
        if only_known and before is None:
            raise NotFound(reasons.of("missing.silence", silence_id=silence.id))
        if before is None and pipe.hlen(keys.silences()) >= MAX_SILENCES:
            raise Conflict(reasons.of("conflict.silences_full", limit=MAX_SILENCES))
        stored = silence
        if only_known:
            stored = silence.model_copy(update={"created_at_ms": _read(before).created_at_ms})
        pipe.multi()
        _stage(pipe, before, stored, author, "created" if before is None else "changed")
        return stored

    return redis.transaction(write, keys.silences(), value_from_callable=True)


def announce_expiry(redis: Redis, silence_id: str, now_ms: int) -> bool:
    """Announce the end of a silence in the feed, once; not if its end was just postponed."""

    def write(pipe: Any) -> bool:
        body = pipe.hget(keys.silences(), silence_id)
        known = _read(body) if body else None
        pipe.multi()
        if known is None or known.expiry_announced or now_ms < known.ends_at_ms:
            return False
        said = known.model_copy(update={"expiry_announced": True}).model_dump_json()
        pipe.hset(keys.silences(), silence_id, said).incr(keys.silences_revision())
        feed.append(pipe, "silence.expired", said.encode())
        _record(pipe, "expired", said.encode(), NOBODY)
        return True

    return bool(redis.transaction(write, keys.silences(), value_from_callable=True))


def prune(redis: Redis, now_ms: int) -> int:
    """Forget silences that ended a month ago; returns how many. One that is made longer meanwhile stays."""

    def write(pipe: Any) -> int:
        gone = [s.id for s in _all_of(pipe.hgetall(keys.silences())) if s.ends_at_ms < now_ms - KEEP_ENDED_MS]
        pipe.multi()
        if gone:
            pipe.hdel(keys.silences(), *gone).incr(keys.silences_revision())
        return len(gone)

    return redis.transaction(write, keys.silences(), value_from_callable=True)


def expire(redis: Redis, silence_id: str, now_ms: int, *, author: Author = NOBODY) -> Silence:
    """
    End a silence now. A silence that is over is left as it is; another caller's change to other fields is kept.

    Raises:
        NotFound: no such silence.
    """

    def write(pipe: Any) -> Silence:
        before = pipe.hget(keys.silences(), silence_id)
        if before is None:
            raise NotFound(reasons.of("missing.silence", silence_id=silence_id))
        known = _read(before)
        pipe.multi()
        if now_ms >= known.ends_at_ms:
            return known
        starts_at_ms = min(known.starts_at_ms, now_ms - 1)
        ended = known.model_copy(update={"ends_at_ms": now_ms, "starts_at_ms": starts_at_ms})
        _stage(pipe, before, ended, author, "ended")
        return ended

    return redis.transaction(write, keys.silences(), value_from_callable=True)


def _all_of(stored: Mapping[bytes, bytes]) -> list[Silence]:
    found = []
    for body in stored.values():
        with suppress(ValidationError):
            found.append(_read(body))
    return found


def _stage(pipe: Any, before: bytes | None, after: Silence, author: Author, change: Change) -> None:
    body = after.model_dump_json()
    pipe.hset(keys.silences(), after.id, body).incr(keys.silences_revision())
    replaced = msgspec.Raw(before) if before is not None else None
    audit.stage(pipe, author, "silence.save", after.id, replaced, msgspec.Raw(body.encode()))
    _record(pipe, change, body.encode(), author)


def _record(pipe: Any, change: Change, body: bytes, author: Author) -> None:
    at_ms = time.time_ns() // 1_000_000
    records.stage(
        pipe, [SilenceChanged(change=change, at_ms=at_ms, actor=records.actor(author), document=msgspec.Raw(body))]
    )


def _read(body: bytes) -> Silence:
    return Silence.model_validate_json(body, extra="ignore")
