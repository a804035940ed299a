"""
An alert's way through the tree of routes, as Alertmanager's: a route takes an alert if all its matchers fit; of the
routes below it, the first that takes the alert has it, and those after it only with `continue`; if none does, the alert
stays with the route itself. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.model import route_matchers
from shared.model.alerts import RouteTaken, Severity
from shared.model.route_matchers import RouteMatcher
from shared.model.route_tree import Route, RouteTree


@dataclass(frozen=True, slots=True)
class Settings:
    """What a route says, with what it takes from the routes above it; None: nothing."""

    channels: Sequence[str] = ()
    group_by: Sequence[str] | None = None
    group_wait_ms: int | None = None
    group_interval_ms: int | None = None
    repeat_ms: int | None = None
    severities: Mapping[str, Severity] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """A route that is ready to be tried."""

    place: str
    name: str
    matchers: Sequence[RouteMatcher]
    settings: Settings
    mute_times: Sequence[str]
    active_times: Sequence[str]
    goes_on: bool
    below: "Sequence[Node]"

    def misfit(self, labels: Mapping[str, str]) -> RouteMatcher | None:
        """Return the first matcher that does not fit; None if the route takes the alert."""
        return next((matcher for matcher in self.matchers if not matcher.fits(labels)), None)

    def taken(self) -> RouteTaken:
        """Return what an alert notes of the route."""
        return RouteTaken(
            place=self.place,
            name=self.name,
            channels=list(self.settings.channels),
            mute_times=list(self.mute_times),
            active_times=list(self.active_times),
        )


@dataclass(frozen=True, slots=True)
class Tried:
    """A route that an alert came to, for people who ask why."""

    node: Node
    misfit: RouteMatcher | None
    """The matcher that does not fit; None if the route takes the alert."""
    is_chosen: bool


def prepared(tree: RouteTree) -> Node:
    """Return the root of a tree, ready to be tried."""
    return _node(tree.route, "route", Settings())


def resolve(node: Node, labels: Mapping[str, str]) -> list[Node]:
    """Return the routes that an alert with these labels takes, in order; none if the node does not take it."""
    if node.misfit(labels) is not None:
        return []
    found: list[Node] = []
    for child in node.below:
        below = resolve(child, labels)
        found += below
        if below and not child.goes_on:
            break
    return found or [node]


def explain(root: Node, labels: Mapping[str, str]) -> list[Tried]:
    """Return every route that is tried for these labels, in order, each before those below it."""
    chosen = {node.place for node in resolve(root, labels)}
    tried: list[Tried] = []

    def visit(node: Node) -> bool:
        misfit = node.misfit(labels)
        tried.append(Tried(node, misfit, node.place in chosen))
        if misfit is not None:
            return False
        for child in node.below:
            if visit(child) and not child.goes_on:
                break
        return True

    visit(root)
    return tried


def why_muted(taken: RouteTaken, intervals: Mapping[str, bool]) -> str:
    """
    Return the name of the time interval because of which a route's channels are not notified; "" if they are.

    Args:
        intervals: Name → whether the time interval holds now. What it does not name was removed, and mutes nothing.
    """
    for name in taken.mute_times:
        if intervals.get(name):
            return name
    wanted = [name for name in taken.active_times if name in intervals]
    return "" if not wanted or any(intervals[name] for name in wanted) else wanted[0]


def muted_channels(routes: Sequence[RouteTaken], intervals: Mapping[str, bool]) -> dict[str, str]:
    """Return the channels that all of the routes which name them mute now, each with the time interval."""
    muted: dict[str, str] = {}
    notified: set[str] = set()
    for taken in routes:
        why = why_muted(taken, intervals) if intervals else ""
        for channel in taken.channels:
            if why:
                muted.setdefault(channel, why)
            else:
                notified.add(channel)
    return {channel: why for channel, why in muted.items() if channel not in notified}


def intervals_at(tree: RouteTree, at_ms: int) -> dict[str, bool]:
    """Return whether each of the tree's time intervals holds at an instant."""
    return {name: any(one.contains(at_ms) for one in parts) for name, parts in tree.time_intervals.items()}


def _node(route: Route, place: str, above: Settings) -> Node:
    settings = Settings(
        tuple(route.channels) or above.channels,
        above.group_by if route.group_by is None else tuple(route.group_by),
        _ms(route.group_wait_seconds, 1_000, above.group_wait_ms),
        _ms(route.group_interval_seconds, 1_000, above.group_interval_ms),
        _ms(route.repeat_minutes, 60_000, above.repeat_ms),
        above.severities
        if route.severities is None
        else {word.strip().lower(): severity for word, severity in route.severities.items()},
    )
    return Node(
        place,
        route.name,
        tuple(route_matchers.read(text) for text in route.matchers),
        settings,
        tuple(route.mute_times),
        tuple(route.active_times),
        route.goes_on,
        tuple(_node(child, f"{place}.routes.{n}", settings) for n, child in enumerate(route.routes)),
    )


def _ms(given: float | None, factor: int, above: int | None) -> int | None:
    return above if given is None else round(given * factor)
