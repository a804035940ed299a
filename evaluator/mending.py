"""Keys of a partition that hold another type than theirs: set aside, so that the partition can be served. Shell."""

from redis import Redis

from shared.redis import keys

SET_ASIDE = ":unreadable"
"""Appended to the name of a key that is set aside; the one set aside before it is lost."""


def mend_lease(redis: Redis, number: int) -> list[str]:
    """Set aside a lease nobody can take, or a source of tokens that gives none; returns what was."""
    done = _set_aside(redis, {keys.lease(number): b"string", keys.fence(number): b"string"})
    token = redis.get(keys.fence(number))
    if token is not None and not token.isdigit():
        redis.rename(keys.fence(number), keys.fence(number) + SET_ASIDE)
        done.append(f"{keys.fence(number)}: it holds no number")
    return done


def mend(redis: Redis, number: int) -> list[str]:
    """Set aside what else of a partition is of another type than its owner reads and writes; returns what was."""
    return _set_aside(
        redis,
        {
            keys.events(number): b"stream",
            keys.outbox(number): b"stream",
            keys.dead_letters(number): b"stream",
            keys.snapshots(number): b"hash",
            keys.checkpoint(number): b"hash",
            keys.alive(number): b"string",
            keys.clock(number): b"string",
        },
    )


def _set_aside(redis: Redis, expected: dict[str, bytes]) -> list[str]:
    with redis.pipeline(transaction=False) as pipe:
        for key in expected:
            pipe.type(key)
        types = pipe.execute()
    done: list[str] = []
    for (key, wanted), found in zip(expected.items(), types, strict=True):
        if found not in (wanted, b"none"):
            redis.rename(key, key + SET_ASIDE)
            done.append(f"{key}: it is a {found.decode()} and should be a {wanted.decode()}; set aside as {SET_ASIDE}")
    return done
