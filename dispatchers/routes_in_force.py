"""The tree of routes as the active router follows it, and what it makes of transitions. Shell."""

from collections.abc import Mapping, Sequence

from pydantic import ValidationError
from redis import Redis

from dispatchers.choose_channels import choose
from dispatchers.inhibition import InhibitRules
from shared.log import Logger
from shared.model import resolving
from shared.model.alerts import Transition
from shared.model.resolving import Node
from shared.model.route_tree import RouteTree
from shared.store import route_store

EVERY_MS = 1_000
"""How late a changed tree, or the beginning of a time interval, may take effect."""
_NEVER_READ = b"not read yet"


class RoutesInForce:
    """Without a tree, nothing is routed by it, and transitions go on as they came."""

    def __init__(self, redis: Redis, log: Logger) -> None:
        self._redis = redis
        self._log = log
        self._raw: bytes | None = _NEVER_READ
        self._tree: RouteTree | None = None
        self._root: Node | None = None
        self.intervals: Mapping[str, bool] = {}
        """Name of a time interval → whether it holds now."""
        self.inhibit_rules = InhibitRules()

    def forget(self) -> None:
        """Have the tree read again: another router may have been active."""
        self._raw = _NEVER_READ

    def follow(self, now_ms: int) -> bool:
        """
        Read the tree if it has changed.

        Returns:
            Whether alerts must be looked at again: other time intervals, or other rules of inhibition, hold.
        """
        inhibit_rules = self.inhibit_rules
        raw = route_store.raw(self._redis)
        if raw != self._raw:
            self._read(raw)
            self._raw = raw
        intervals = resolving.intervals_at(self._tree, now_ms) if self._tree is not None else {}
        has_changed = intervals != self.intervals or inhibit_rules is not self.inhibit_rules
        self.intervals = intervals
        return has_changed

    def chosen(self, changes: Sequence[Transition]) -> Sequence[Transition]:
        """Return transitions with the channels that the routes choose."""
        root = self._root
        return changes if root is None else [choose(change, root) for change in changes]

    def _read(self, raw: bytes | None) -> None:
        """Take a changed tree; one that cannot be read leaves the tree that was followed until now."""
        try:
            tree = route_store.read(raw).tree
        except ValidationError as error:
            self._log.error("routes.unreadable", reason=f"{error.error_count()} fields")
            return
        self._tree = tree
        rules = () if tree is None else tuple(tree.inhibit_rules)
        if rules != self.inhibit_rules.rules:
            self.inhibit_rules = InhibitRules(rules)
        self._root = None if tree is None else resolving.prepared(tree)
