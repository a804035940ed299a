"""
Imports of other systems' configurations: channels and routes put in force together, and undone together.

Each is one transaction, so an import that is interrupted changed nothing, and one that is repeated changes nothing
more. What it replaced is kept, sealed, until it is undone or a later import of the same system changes something.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct
from redis import Redis

from shared import crash_points, vault
from shared.errors import Conflict, NotFound
from shared.model import reasons, route_tree
from shared.model.alerts import UNREADABLE
from shared.model.route_tree import RouteTree
from shared.redis import keys
from shared.store import channel_store, route_store
from shared.store.audit import NOBODY, Author

Shown = Callable[[str, Mapping[str, Any]], Any]
"""Channel and fields → what the audit and the archive may hold of them."""


class Import(Struct, kw_only=True):
    """What the last import of a system changed."""

    at_ms: int
    source: str = ""
    """The file's name."""
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


class Outcome(Struct, kw_only=True):
    """What an import or its undo changed."""

    channels: list[str]
    routes_version: int
    """The version of the routes in force."""
    has_changed: bool


def replaced(redis: Redis, channels: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the channels that are stored with other fields than these."""
    stored = channel_store.load_stored(redis)
    return [name for name, fields in channels.items() if stored.get(name) and stored[name] != dict(fields)]


def apply(
    redis: Redis,
    system: str,
    channels: Mapping[str, Mapping[str, Any]],
    tree: RouteTree,
    *,
    source: str,
    author: Author = NOBODY,
    shown: Shown = lambda _name, fields: list(fields),
) -> Outcome:
    """
    Put channels and routes in force.

    Args:
        system: What was imported from, e.g. `alertmanager`: each has an undo of its own.

    Raises:
        Conflict: there would be too many channels. Invalid: the tree is too large.
    """
    route_tree.check(tree)

    def write(pipe: Any) -> Outcome:
        bodies = pipe.hgetall(keys.channels())
        stored = {name.decode("utf-8", "replace"): channel_store.stored_fields(body) for name, body in bodies.items()}
        channel_store.check_room(len({*stored, *channels}))
        changed = {name: fields for name, fields in channels.items() if stored.get(name) != dict(fields)}
        change = route_store.prepare(pipe, lambda _: (tree, 0), author)
        has_new_routes = change.after is not change.before
        made = Import(
            at_ms=time.time_ns() // 1_000_000,
            source=source,
            channels={name: stored.get(name, {}) for name in changed},
            versions={name: channel_store.version_of(fields) for name, fields in changed.items()},
            routes_before=None if change.before.tree is None else route_tree.document(change.before.tree),
            routes_version=change.after.version if has_new_routes else 0,
            routes_at_ms=change.after.at_ms,
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
        NotFound: nothing was imported, or it was undone. Conflict: what was imported has been changed since; names it.
    """

    def write(pipe: Any) -> Outcome:
        done = _read(pipe.hget(keys.imports(), system), system)
        now = {name: channel_store.stored_fields(pipe.hget(keys.channels(), name)) for name in done.versions}
        moved = [name for name, version in done.versions.items() if channel_store.version_of(now[name]) != version]
        before = None if done.routes_before is None else route_tree.parse(done.routes_before)
        change = None
        if done.routes_version:
            change = route_store.prepare(pipe, lambda _: (before, max(0, done.routes_version - 1)), author)
            is_same = (change.before.version, change.before.at_ms) == (done.routes_version, done.routes_at_ms)
            moved += [] if is_same else ["routes"]
        if moved:
            raise Conflict(reasons.of("import.changed_since", system=system, changed=moved))
        pipe.multi()
        for name, fields in done.channels.items():
            if fields:
                channel_store.stage_save(pipe, name, now[name], fields, author, partial(shown, name))
            else:
                channel_store.stage_delete(pipe, name, now[name], author, partial(shown, name))
        if change is not None:
            route_store.stage(pipe, change, author)
        pipe.hdel(keys.imports(), system)
        version = change.after.version if change is not None else 0
        return Outcome(channels=list(done.channels), routes_version=version, has_changed=True)

    outcome: Outcome = redis.transaction(
        write, keys.channels(), keys.routes(), keys.imports(), value_from_callable=True
    )
    return outcome


def seal_again(redis: Redis) -> None:
    """Seal everything with the newest key."""

    def write(pipe: Any) -> None:
        stored = pipe.hgetall(keys.imports())
        pipe.multi()
        for system, body in stored.items():
            pipe.hset(keys.imports(), system, vault.current().seal(vault.current().open(body)))

    redis.transaction(write, keys.imports())


def _read(body: bytes | None, system: str) -> Import:
    if body is None:
        raise NotFound(reasons.of("missing.import", system=system))
    try:
        return msgspec.json.decode(vault.current().open(body), type=Import)
    except UNREADABLE:
        raise NotFound(reasons.of("missing.import", system=system)) from None
