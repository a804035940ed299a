"""Silences as Redis keeps them."""

from typing import Any

from redis import Redis

from shared.errors import Conflict, NotFound
from shared.model.silences import Silence, _all_of, _read, _stage
from shared.redis import keys
from shared.store import feed
from shared.store.audit import NOBODY, Author

KEEP_ENDED_MS = 30 * 86_400_000


def load_all(redis: Redis) -> tuple[int, list[Silence]]:
    """Return the revision, and every silence, newest first. What cannot be read is left out: it silences nothing."""
    with redis.pipeline() as pipe:
        revision, stored = pipe.get(keys.silences_revision()).hgetall(keys.silences()).execute()
    known = int(revision) if (revision or b"").isdigit() else 0
    return known, sorted(_all_of(stored), key=lambda s: -s.created_at_ms)


def get(redis: Redis, silence_id: str) -> Silence:
    """
    Return one silence.

    Raises:
        NotFound: no such silence.
    """
    body = redis.hget(keys.silences(), silence_id)
    if body is None:
        raise NotFound(f"There is no silence {silence_id}.")
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
    Store a silence; the router follows it within a second.

    Args:
        only_known: It replaces one, and keeps the instant that one was made.

    Returns:
        The silence as stored.

    Raises:
        Conflict: *only_new*, and the id is taken. NotFound: *only_known*, and there is none of that id.
    """

    def write(pipe: Any) -> Silence:
        before = pipe.hget(keys.silences(), silence.id)
        if only_new and before is not None:
            raise Conflict(f"There is already a silence {silence.id}; change it with PUT, or leave the id out.")
        if only_known and before is None:
            raise NotFound(f"There is no silence {silence.id}.")
        stored = silence
        if only_known:
            stored = silence.model_copy(update={"created_at_ms": _read(before).created_at_ms})
        pipe.multi()
        _stage(pipe, before, stored, author)
        return stored

    return redis.transaction(write, keys.silences(), value_from_callable=True)


def announce_expiry(redis: Redis, silence_id: str, now_ms: int) -> bool:
    """Say in the feed that a silence is over, once; not if somebody has just made it longer."""

    def write(pipe: Any) -> bool:
        body = pipe.hget(keys.silences(), silence_id)
        known = _read(body) if body else None
        pipe.multi()
        if known is None or known.expiry_announced or now_ms < known.ends_at_ms:
            return False
        said = known.model_copy(update={"expiry_announced": True}).model_dump_json()
        pipe.hset(keys.silences(), silence_id, said).incr(keys.silences_revision())
        feed.append(pipe, "silence.expired", said.encode())
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
    End a silence now; one that is over stays as it is, and what somebody else changes meanwhile is kept.

    Raises:
        NotFound: no such silence.
    """

    def write(pipe: Any) -> Silence:
        before = pipe.hget(keys.silences(), silence_id)
        if before is None:
            raise NotFound(f"There is no silence {silence_id}.")
        known = _read(before)
        pipe.multi()
        if now_ms >= known.ends_at_ms:
            return known
        starts_at_ms = min(known.starts_at_ms, now_ms - 1)
        ended = known.model_copy(update={"ends_at_ms": now_ms, "starts_at_ms": starts_at_ms})
        _stage(pipe, before, ended, author)
        return ended

    return redis.transaction(write, keys.silences(), value_from_callable=True)
