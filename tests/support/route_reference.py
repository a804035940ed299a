"""
A second model of routes, written apart from the product's: one pass over all paths of the tree instead of recursion.
Random trees and label sets for both.
"""

import random
import re
from collections.abc import Mapping
from typing import Any

LABELS = {
    "alertname": ("CPU", "Disk", "Disk full", "디스크"),
    "severity": ("page", "critical", "warning", "info"),
    "team": ("db", "web", "web-2", ""),
    "host": ("web-1", "web-12", "db-1", "cache"),
}
"""Small, so that matchers often fit."""
PATTERNS = ("web.*", "web-[0-9]+", "db|cache", "d.*k", "(?:page|critical)", ".+", "", "디.*")
CHANNELS = ("email", "slack", "webhook", "sms")


def labels(chance: random.Random) -> dict[str, str]:
    """Return a label set; some labels are missing."""
    found = {name: chance.choice(values) for name, values in LABELS.items() if chance.random() < 0.8}
    return {name: value for name, value in found.items() if value} or {"alertname": "CPU"}


def matcher(chance: random.Random) -> tuple[str, str, str]:
    """Return label, operator and value."""
    name = chance.choice(list(LABELS))
    operator = chance.choice(("=", "=", "!=", "=~", "=~", "!~"))
    value = chance.choice(PATTERNS) if operator.endswith("~") else chance.choice(LABELS[name])
    return name, operator, value


def tree(chance: random.Random, depth: int = 3) -> dict[str, Any]:
    """Return a tree in the form of the API; each route sends to a channel of its own name, so that answers differ."""
    numbers = iter(range(10_000))

    def route(level: int) -> dict[str, Any]:
        made: dict[str, Any] = {"name": f"r{next(numbers)}"}
        if level:
            made["matchers"] = [written(*matcher(chance)) for _ in range(chance.choice((0, 1, 1, 2)))]
            made["continue"] = chance.random() < 0.3
        if not level or chance.random() < 0.7:
            made["channels"] = [f"c-{made['name']}"]
        if chance.random() < 0.4:
            made["group_by"] = chance.sample(list(LABELS), chance.choice((0, 1, 2)))
        if chance.random() < 0.3:
            made["repeat_minutes"] = chance.choice((0.0, 5.0, 60.0))
        if level < depth:
            made["routes"] = [route(level + 1) for _ in range(chance.choice((0, 1, 2, 3)))]
        return made

    return {"route": route(0)}


def written(name: str, operator: str, value: str) -> str:
    return f'{name}{operator}"{value}"'


def expected(document: Mapping[str, Any], found: Mapping[str, str]) -> list[dict[str, Any]]:
    """
    Return what each route that an alert takes says, in order.

    All paths are listed first. A path is open if each of its routes fits; a route takes the alert if its path is open,
    no route below it takes it, and no route before it, on any level, stops the search. Only a route that fits and has
    no `continue` stops it, for the routes after it with the same parent and all below those.
    """
    paths: list[list[dict[str, Any]]] = []

    def collect(path: list[dict[str, Any]]) -> None:
        paths.append(path)
        for child in path[-1].get("routes", []):
            collect([*path, child])

    collect([document["route"]])
    is_open = [all(_fits(route, found) for route in path) for path in paths]

    def is_stopped(path: list[dict[str, Any]]) -> bool:
        for level in range(1, len(path)):
            siblings = path[level - 1]["routes"]
            before = siblings[: next(n for n, one in enumerate(siblings) if one is path[level])]
            if any(_fits(one, found) and not one.get("continue", False) for one in before):
                return True
        return False

    reached = [path for path, fits in zip(paths, is_open, strict=True) if fits and not is_stopped(path)]
    ends = [
        path for path in reached if not any(len(other) > len(path) and other[: len(path)] == path for other in reached)
    ]
    return [_settings(path) for path in ends]


def _settings(path: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what holds at the end of a path: the lowest route that says something about it is right."""
    said: dict[str, Any] = {"channels": [], "group_by": None, "repeat_minutes": None}
    for name in said:
        given = [route[name] for route in path if route.get(name) is not None]
        said[name] = given[-1] if given else said[name]
    return {"name": path[-1]["name"], **said}


def _fits(route: Mapping[str, Any], found: Mapping[str, str]) -> bool:
    for text in route.get("matchers", []):
        name, operator, value = re.fullmatch(r'(\w+)(=~|!~|!=|=)"(.*)"', text).groups()  # type: ignore[union-attr]
        has = found.get(name, "")
        is_fit = re.fullmatch(value, has) is not None if "~" in operator else has == value
        if is_fit is operator.startswith("!"):
            return False
    return True
