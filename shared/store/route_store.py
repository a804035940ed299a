"""The tree of routes as Redis keeps it: the version in force, and the versions before it."""

from typing import Any

import msgspec
from redis import Redis

from shared.model import reasons, route_tree
from shared.model.records import RoutesChanged
from shared.model.route_tree import RouteTree
from shared.redis import keys
from shared.store import records, versions
from shared.store.audit import NOBODY, Author


class Version(versions.Version):
    """A tree, and who put it in force. Version 0 is that of an installation without routes."""

    tree: RouteTree | None = None
    """None: there are no routes, so rules and settings alone name channels."""


def document(version: Version) -> dict[str, Any]:
    """Return a version as the API and the audit have it."""
    return {**version.model_dump(exclude={"tree"}), "tree": _tree(version)}


def _tree(version: Version) -> dict[str, Any] | None:
    return None if version.tree is None else route_tree.document(version.tree)


BUILT_IN = Version()


def _record(version: Version, stored: bytes, author: Author) -> RoutesChanged:
    actor = records.actor(author)
    return RoutesChanged(version=version.version, at_ms=version.at_ms, actor=actor, document=msgspec.Raw(stored))


_KEPT = versions.Versions(
    keys.routes,
    BUILT_IN,
    content="tree",
    action="routes.save",
    stored=lambda version: msgspec.json.encode(document(version)),
    document=_tree,
    stale=lambda: reasons.of("stale.routes"),
    missing=lambda version: reasons.of("missing.routes", version=version),
    unreadable=lambda: reasons.of("problem.routes_unreadable"),
    recorded=_record,
    begins_built_in=True,
)
raw = _KEPT.raw
read = _KEPT.read
history = _KEPT.history
prepare = _KEPT.prepare
stage = _KEPT.stage
current = _KEPT.current


def save(redis: Redis, tree: RouteTree, *, author: Author = NOBODY, expected: int | None = None) -> Version:
    """
    Put a tree in force, as `Versions.save`; the router follows it within seconds. Alerts that fire keep their channels.

    Raises:
        Invalid: the tree is too large.
    """
    route_tree.check(tree)
    return _KEPT.save(redis, tree, author, expected)


def restore(redis: Redis, version: int, *, author: Author = NOBODY, expected: int | None = None) -> Version:
    """Put an earlier tree in force again, as `Versions.restore`; 0 removes the routes."""
    return _KEPT.restore(redis, version, author, expected)
