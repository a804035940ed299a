"""
Imports of other systems' configurations: channels and routes put in force together, and undone together.

Each is one transaction, so an import that is interrupted changed nothing, and one that is repeated changes nothing
more. What it replaced is kept, sealed, until it is undone or a later import of the same system changes something.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct
from redis import Redis

from shared import crash_points, vault
from shared.errors import ConfigurationError, Conflict, NotFound
from shared.model import reasons, route_tree
from shared.model.alerts import UNREADABLE
from shared.model.route_tree import RouteTree
from shared.redis import keys
from shared.store import channel_store, route_store, sealed
from shared.store.audit import NOBODY, Author

Shown = Callable[[str, Mapping[str, Any]], Any]
"""Channel and fields → what the audit and the archive may hold of them."""


class Import(Struct, kw_only=True):
    """What the last import of a system changed."""

    at_ms: int
    source: str = ""
    """The file's name."""
    by: str = ""
    by_principal: str = ""
    channels: dict[str, dict[str, Any]] = {}
    """Name → its fields before, {} if there were none; only those that were changed."""
    versions: dict[str, str] = {}
    """Name → `channel_store.version_of` the fields that were imported."""
    routes_before: dict[str, Any] | None = None
    """The tree before; None: there was none."""
    routes_version: int = 0
    """Of the imported tree; 0: the import did not change the routes."""
    routes_at_ms: int = 0
    """When that version was made: after the restore of a backup another one may have its number."""
    routes_after: str = ""
    """Digest of the imported tree; empty in what an earlier release imported. Undo asks whether this tree is in
    force, for the undo of another import puts it back under a new number."""


class Outcome(Struct, kw_only=True):
    """What an import or its undo changed."""

    channels: list[str]
    routes_version: int
    """The version of the routes in force."""
    has_changed: bool


class Difference(Struct, kw_only=True):
    """What an import would change."""

    added: list[str]
    """Channels that are not stored."""
    replaced: list[str]
    """Channels that are stored with other fields."""
    replaces_routes: bool
    """Whether another tree is in force, or none."""
    routes_before: int
    """How many routes are in force; 0: there is no tree."""
    routes_version: int
    """The version of the routes in force."""


class Done(Struct, kw_only=True):
    """An import that can be undone, unless what it put in force was changed since."""

    system: str
    at_ms: int
    source: str
    by: str
    by_principal: str
    channels: list[str]
    has_routes: bool
    """Whether it changed the routes."""
    changed_since: list[str]
    """Channels, and `routes`, that were changed since; then the undo is refused."""


def difference(redis: Redis, channels: Mapping[str, Mapping[str, Any]], tree: RouteTree) -> Difference:
    """Return what an import would change."""
    stored = channel_store.load_stored(redis)
    current = route_store.current(redis)
    return Difference(
        added=[name for name in channels if not stored.get(name)],
        replaced=[name for name, fields in channels.items() if stored.get(name) and stored[name] != dict(fields)],
        replaces_routes=current.tree != tree,
        routes_before=0 if current.tree is None else sum(1 for _ in route_tree.walk(current.tree)),
        routes_version=current.version,
    )


def done(redis: Redis) -> list[Done]:
    """Return the imports that are kept, the newest first. What cannot be read is left out."""
    found = []
    for name, body in redis.hgetall(keys.imports()).items():
        system = name.decode("utf-8", "replace")
        with suppress(NotFound):
            one = _read(body, system)
            found.append(
                Done(
                    system=system,
                    at_ms=one.at_ms,
                    source=one.source,
                    by=one.by,
                    by_principal=one.by_principal,
                    channels=list(one.channels),
                    has_routes=bool(one.routes_version),
                    changed_since=_changed_since(redis, one)[0],
                )
            )
    return sorted(found, key=lambda one: -one.at_ms)


def apply(
    redis: Redis,
    system: str,
    channels: Mapping[str, Mapping[str, Any]],
    tree: RouteTree,
    *,
    source: str,
    author: Author = NOBODY,
    shown: Shown = lambda _name, fields: list(fields),
    expected: int | None = None,
) -> Outcome:
    """
    Put channels and routes in force.

    Args:
        system: What was imported from, e.g. `alertmanager`: each has an undo of its own.
        expected: The version of the routes that it is to replace; None: replace any.

    Raises:
        Conflict: there would be too many channels. Invalid: the tree is too large. Stale: the routes were changed.
    """
    route_tree.check(tree)

    def write(pipe: Any) -> Outcome:
        bodies = pipe.hgetall(keys.channels())
        stored = {name.decode("utf-8", "replace"): channel_store.stored_fields(body) for name, body in bodies.items()}
        channel_store.check_room(len({*stored, *channels}))
        changed = {name: fields for name, fields in channels.items() if stored.get(name) != dict(fields)}
        change = route_store.prepare(pipe, lambda _: (tree, 0), author, expected)
        has_new_routes = change.after is not change.before
        made = Import(
            at_ms=time.time_ns() // 1_000_000,
            source=source,
            by=author.name,
            by_principal=author.principal,
            channels={name: stored.get(name, {}) for name in changed},
            versions={name: channel_store.version_of(fields) for name, fields in changed.items()},
            routes_before=None if change.before.tree is None else route_tree.document(change.before.tree),
            routes_version=change.after.version if has_new_routes else 0,
            routes_at_ms=change.after.at_ms,
            routes_after=_digest(tree),
        )
        pipe.multi()
        for name, fields in changed.items():
            channel_store.stage_save(pipe, name, stored.get(name, {}), fields, author, partial(shown, name))
        route_store.stage(pipe, change, author)
        if changed or has_new_routes:
            pipe.hset(keys.imports(), system, vault.current().seal(msgspec.json.encode(made)))
        crash_points.reach("import.before_exec")
        return Outcome(
            channels=list(changed), routes_version=change.after.version, has_changed=bool(changed) or has_new_routes
        )

    outcome: Outcome = redis.transaction(
        write, keys.channels(), keys.routes(), keys.imports(), value_from_callable=True
    )
    crash_points.reach("import.after_exec")
    return outcome


def undo(
    redis: Redis, system: str, *, author: Author = NOBODY, shown: Shown = lambda _name, fields: list(fields)
) -> Outcome:
    """
    Put back what the last import of a system replaced.

    Raises:
        NotFound: nothing was imported, or it was unmade. Conflict: what was imported has been changed since; names it.
    """

    def write(pipe: Any) -> Outcome:
        made = _read(pipe.hget(keys.imports(), system), system)
        moved, now = _changed_since(pipe, made)
        before = None if made.routes_before is None else route_tree.parse(made.routes_before)
        change = None
        if made.routes_version:
            change = route_store.prepare(pipe, lambda _: (before, max(0, made.routes_version - 1)), author)
        if moved:
            raise Conflict(reasons.of("import.changed_since", system=system, changed=moved))
        pipe.multi()
        for name, fields in made.channels.items():
            if fields:
                channel_store.stage_save(pipe, name, now[name], fields, author, partial(shown, name))
            else:
                channel_store.stage_delete(pipe, name, now[name], author, partial(shown, name))
        if change is not None:
            route_store.stage(pipe, change, author)
        pipe.hdel(keys.imports(), system)
        version = change.after.version if change is not None else 0
        return Outcome(channels=list(made.channels), routes_version=version, has_changed=True)

    outcome: Outcome = redis.transaction(
        write, keys.channels(), keys.routes(), keys.imports(), value_from_callable=True
    )
    return outcome


def seal_again(redis: Redis) -> int:
    """Seal everything with the newest key; returns how many."""
    return sealed.seal_again(redis, keys.imports())


def _changed_since(redis: Any, done: Import) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """Return what was changed since an import, and the fields that its channels have now."""
    now = {name: channel_store.stored_fields(redis.hget(keys.channels(), name)) for name in done.versions}
    moved = [name for name, version in done.versions.items() if channel_store.version_of(now[name]) != version]
    if not done.routes_version:
        return moved, now
    try:
        current = route_store.current(redis)
    except ConfigurationError:
        return [*moved, "routes"], now
    if done.routes_after:
        is_same = current.tree is not None and _digest(current.tree) == done.routes_after
    else:
        is_same = (current.version, current.at_ms) == (done.routes_version, done.routes_at_ms)
    return moved if is_same else [*moved, "routes"], now


def _digest(tree: RouteTree) -> str:
    return hashlib.sha256(msgspec.json.encode(route_tree.document(tree), order="sorted")).hexdigest()


def _read(body: bytes | None, system: str) -> Import:
    if body is None:
        raise NotFound(reasons.of("missing.import", system=system))
    try:
        return msgspec.json.decode(vault.current().open(body), type=Import)
    except UNREADABLE:
        raise NotFound(reasons.of("missing.import", system=system)) from None
