"""People who sign in with a password."""

import secrets
import time
from typing import Any

import msgspec
from msgspec import structs
from redis import Redis

from api.auth import passwords, sign_ins
from api.auth.identity import Role, User, decode_user
from shared.errors import Conflict, Invalid, NotFound
from shared.model import names, reasons
from shared.model.principals import parts, principal
from shared.redis import access_keys, delivery_keys
from shared.store import audit, saved_searches, subscriptions
from shared.store.audit import NOBODY, Author

_NOT_IN_ADDRESSES = frozenset("/?#")
_STEPS = (".", "..")
"""Browsers and proxies take these out of an address, so such a user could not be changed or removed by one."""
MAX_USERS = 10_000
"""Each change reads them all, about 2 MB then."""


def load_all(redis: Redis) -> list[User]:
    """Return every user whose record can be read, by name."""
    found = (decode_user(body) for body in redis.hvals(access_keys.users()))
    return sorted((user for user in found if user is not None), key=lambda user: user.name)


def get(redis: Redis, name: str) -> User:
    """
    Return one user.

    Raises:
        NotFound: no such user, or its record cannot be read.
    """
    body = redis.hget(access_keys.users(), name)
    if body is None:
        raise NotFound(reasons.of("missing.user", name=name))
    user = decode_user(body)
    if user is None:
        raise NotFound(reasons.of("missing.user_readable", name=name))
    return user


def create(redis: Redis, name: str, role: Role, password: str, *, author: Author = NOBODY) -> User:
    """
    Make a user.

    Raises:
        Invalid: the name or the password cannot be used. Conflict: there is one of that name.
    """
    wrong = names.why_not(name)
    if wrong is None and _NOT_IN_ADDRESSES & set(name):
        wrong = reasons.of("invalid.name_in_address")
    elif wrong is None and name in _STEPS:
        wrong = reasons.of("invalid.name_dots")
    if wrong:
        raise Invalid({"name": wrong}, "The user")
    now_ms = _now_ms()
    user = User(
        name=name,
        role=role,
        password=_hashed(name, password),
        created_at_ms=now_ms,
        changed_at_ms=now_ms,
        stamp=secrets.token_hex(8),
    )
    return _write(redis, name, lambda before: _fresh(before, user), "user.create", author)


def change(
    redis: Redis,
    name: str,
    *,
    was: User | None = None,
    role: Role | None = None,
    password: str | None = None,
    enabled: bool | None = None,
    author: Author = NOBODY,
) -> User:
    """
    Change a user. Whatever changes, the user's sessions and tokens end, in the same transaction.

    Args:
        was: The user as it was when the change was decided, e.g. when the old password was checked.

    Raises:
        NotFound: no such user. Invalid: the password cannot be used. Conflict: nobody else could administer then, or
            the user is not any more what it was.
    """
    hashed = _hashed(name, password) if password is not None else None

    def step(before: User | None) -> User:
        if before is None:
            raise NotFound(reasons.of("missing.user", name=name))
        if was is not None and before != was:
            raise Conflict(reasons.of("conflict.user_changed", name=name))
        return structs.replace(
            before,
            role=role or before.role,
            password=hashed or before.password,
            enabled=before.enabled if enabled is None else enabled,
            changed_at_ms=_now_ms(),
            valid_from_s=int(time.time()) + 1,
            stamp=secrets.token_hex(8),
        )

    return _write(redis, name, step, "user.save", author)


def delete(redis: Redis, name: str, *, author: Author = NOBODY) -> None:
    """
    Remove a user and end its sessions.

    Raises:
        NotFound: no such user. Conflict: there are others, and none of them could administer then.
    """

    def write(pipe: Any) -> None:
        known = _by_name(pipe)
        before = known.pop(name, None)
        if before is None and not pipe.hexists(access_keys.users(), name):
            raise NotFound(reasons.of("missing.user", name=name))
        if before is not None and known and not _is_at_the_shell(author):
            _keep_an_admin(before, None, known)
        places = pipe.smembers(access_keys.of_user(name))
        browsers = subscriptions.ids_of(pipe, principal("user", name))
        searches = saved_searches.ids_of(pipe, principal("user", name))
        pipe.multi()
        pipe.hdel(access_keys.users(), name)
        if browsers:
            pipe.hdel(delivery_keys.push_subscriptions(), *browsers)
        if searches:
            pipe.hdel(access_keys.saved_searches(), *searches)
        sign_ins.stage_end_of_all(pipe, name, places)
        audit.stage(pipe, author, "user.delete", name, shown(before) if before else None)

    watched = (access_keys.of_user(name), delivery_keys.push_subscriptions(), access_keys.saved_searches())
    redis.transaction(write, access_keys.users(), *watched)


def check_password(redis: Redis, name: str, password: str) -> User | None:
    """
    Return the user if the password is right.

    An unknown, disabled or mistyped user costs the same work as a wrong password, so that time tells nobody who exists.

    Raises:
        Busy: other passwords are being looked at.
    """
    user = decode_user(redis.hget(access_keys.users(), name))
    is_right = passwords.is_right(user.password if user else None, password)
    return user if is_right and user is not None and user.enabled else None


def end_sessions(redis: Redis, name: str) -> int:
    """End every session of a user, and every token; returns how many."""

    def write(pipe: Any) -> int:
        places = pipe.smembers(access_keys.of_user(name))
        pipe.multi()
        sign_ins.stage_end_of_all(pipe, name, places)
        return len(places)

    return redis.transaction(write, access_keys.of_user(name), value_from_callable=True)


def shown(user: User) -> dict[str, Any]:
    """Return a user without the password."""
    return {
        "name": user.name,
        "role": user.role,
        "enabled": user.enabled,
        "created_at_ms": user.created_at_ms,
        "changed_at_ms": user.changed_at_ms,
    }


def _write(redis: Redis, name: str, step, action: str, author: Author) -> User:  # type: ignore[no-untyped-def]
    def write(pipe: Any) -> User:
        known = _by_name(pipe)
        before = known.pop(name, None)
        after: User = step(before)
        if before is None and pipe.hlen(access_keys.users()) >= MAX_USERS:
            raise Conflict(reasons.of("conflict.users_full", limit=MAX_USERS))
        if before is not None and not _is_at_the_shell(author):
            _keep_an_admin(before, after, known)
        places = pipe.smembers(access_keys.of_user(name))
        pipe.multi()
        pipe.hset(access_keys.users(), name, msgspec.json.encode(after))
        # In the same transaction: a process that dies in between would leave the thief of a password signed in.
        sign_ins.stage_end_of_all(pipe, name, places)
        audit.stage(pipe, author, action, name, shown(before) if before else None, shown(after))
        return after

    return redis.transaction(write, access_keys.users(), access_keys.of_user(name), value_from_callable=True)


def _by_name(pipe: Any) -> dict[str, User]:
    """Return the users whose records can be read; one that cannot must not keep the others from being changed."""
    found = {name: decode_user(body) for name, body in pipe.hgetall(access_keys.users()).items()}
    return {name.decode("utf-8", "replace"): user for name, user in found.items() if user is not None}


def _keep_an_admin(before: User, after: User | None, others: dict[str, User]) -> None:
    """Refuse a change that takes the role of admin from the last user who has it; the first user may be anybody."""
    if _administers(before) and not (after and _administers(after)) and not any(map(_administers, others.values())):
        raise Conflict(reasons.of("conflict.last_admin", name=before.name))


def _is_at_the_shell(author: Author) -> bool:
    """Tell whether the caller works at the command line, and so can administer even without a user."""
    return parts(author.principal)[0] == "shell"


def _administers(user: User) -> bool:
    return user.enabled and user.role == "admin"


def _fresh(before: User | None, user: User) -> User:
    if before is not None:
        raise Conflict(reasons.of("conflict.user_exists", name=user.name))
    return user


def _hashed(name: str, password: str) -> str:
    if wrong := passwords.why_not(password, name):
        raise Invalid({"password": wrong}, "The user")
    return passwords.hashed(password)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
