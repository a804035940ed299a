"""The tree of routes as Redis keeps it: the version in force, and the versions before it."""

import time
from contextlib import suppress
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, ValidationError
from redis import Redis

from shared.errors import ConfigurationError, NotFound, Stale
from shared.model import reasons, route_tree
from shared.model.route_tree import RouteTree
from shared.redis import keys
from shared.store import audit
from shared.store.audit import NOBODY, Author

CURRENT = "current"
MAX_EARLIER = 20
"""Versions kept beside the one in force."""


class Version(BaseModel):
    """A tree, and who put it in force. Version 0 is that of an installation without routes."""

    model_config = ConfigDict(frozen=True)

    version: int = 0
    at_ms: int = 0
    by: str = ""
    by_principal: str = ""
    restored: int = 0
    """The earlier version that it restored; 0 if it is no undo."""
    tree: RouteTree | None = None
    """None: there are no routes, so rules and settings alone name channels."""


BUILT_IN = Version()


def current(redis: Redis) -> Version:
    """
    Return the version in force.

    Raises:
        ConfigurationError: what is stored cannot be read.
    """
    try:
        return read(raw(redis))
    except ValidationError:
        raise ConfigurationError(reasons.of("problem.routes_unreadable")) from None


def raw(redis: Redis) -> bytes | None:
    """Return the version in force as stored; the router compares this, and reads it when it differs."""
    return redis.hget(keys.routes(), CURRENT)


def read(body: bytes | None) -> Version:
    """Return a stored version; fields that a newer release added are ignored, so that both can run side by side."""
    return Version.model_validate_json(body, extra="ignore") if body is not None else BUILT_IN


def history(redis: Redis) -> list[Version]:
    """Return the version in force and those before it, newest first. What cannot be read is left out."""
    found = []
    for name, body in redis.hgetall(keys.routes()).items():
        with suppress(ValidationError):
            if name.isdigit():
                found.append(read(body))
    return sorted(found, key=lambda one: -one.version) or [BUILT_IN]


def save(redis: Redis, tree: RouteTree, *, author: Author = NOBODY, expected: int | None = None) -> Version:
    """
    Put a tree in force; the router follows it within seconds. Alerts that fire keep the channels that they have.

    Args:
        expected: The version that it is to replace; None: replace any.

    Returns:
        The version in force; the one there was, if that has the same content.

    Raises:
        Stale: another caller has changed the routes. Invalid: the tree is too large.
    """
    route_tree.check(tree)
    return _write(redis, lambda _: (tree, 0), author, expected)


def restore(redis: Redis, version: int, *, author: Author = NOBODY, expected: int | None = None) -> Version:
    """
    Put an earlier version in force again, as a new version; 0 removes the routes.

    Raises:
        NotFound: there is no such version, or it cannot be read. Stale: as `save`.
    """

    def earlier(pipe: Any) -> tuple[RouteTree | None, int]:
        if version == 0:
            return None, 0
        body = pipe.hget(keys.routes(), str(version))
        with suppress(ValidationError):
            if body is not None:
                return read(body).tree, version
        raise NotFound(reasons.of("missing.routes", version=version))

    return _write(redis, earlier, author, expected)


def document(version: Version) -> dict[str, Any]:
    """Return a version as the API and the audit have it."""
    tree = None if version.tree is None else route_tree.document(version.tree)
    return {**version.model_dump(exclude={"tree"}), "tree": tree}


def _write(redis: Redis, choose: Any, author: Author, expected: int | None) -> Version:
    def write(pipe: Any) -> Version:
        body = pipe.hget(keys.routes(), CURRENT)
        try:
            before = read(body)
        except ValidationError:
            # Nobody can use it, and an administrator must be able to replace it.
            numbers = [int(name) for name in pipe.hkeys(keys.routes()) if name.isdigit()]
            before = Version(version=max(numbers, default=0))
            body = None
        if expected is not None and expected != before.version:
            raise Stale(reasons.of("stale.routes"))
        tree, restored = choose(pipe)
        if (body is not None or before is BUILT_IN) and tree == before.tree:
            pipe.multi()
            return before
        after = Version(
            version=before.version + 1,
            at_ms=time.time_ns() // 1_000_000,
            by=author.name,
            by_principal=author.principal,
            restored=restored,
            tree=tree,
        )
        stored = msgspec.json.encode(document(after))
        pipe.multi()
        pipe.hset(keys.routes(), mapping={CURRENT: stored, str(after.version): stored})
        pipe.hdel(keys.routes(), str(after.version - MAX_EARLIER - 1))
        was, now = document(before)["tree"], document(after)["tree"]
        audit.stage(pipe, author, "routes.save", f"version {after.version}", was, now)
        return after

    return redis.transaction(write, keys.routes(), value_from_callable=True)
