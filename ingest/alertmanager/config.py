"""The routes as a configuration of Alertmanager, which `amtool config` reads. Pure."""

from collections.abc import Sequence
from typing import Any

from ingest.alertmanager.silence_shapes import pattern_of
from shared.model import route_matchers
from shared.model.inhibit_rules import InhibitRule
from shared.model.route_tree import Route, RouteTree


def document(tree: RouteTree, channels: Sequence[str]) -> dict[str, Any]:
    """
    Return the configuration.

    A receiver stands for the channels of one route, and is named after them. What Alertmanager has no word for (what
    the label `severity` means, reminders that are switched off) is left out.

    Args:
        channels: All there are; each has a receiver, whether a route names it or not.
    """
    receivers = dict.fromkeys(channels)
    route = _route(tree.route, receivers)
    found: dict[str, Any] = {"route": route, "receivers": [{"name": name} for name in receivers]}
    if tree.time_intervals:
        found["time_intervals"] = [
            {"name": name, "time_intervals": [one.model_dump(exclude_defaults=True) for one in parts]}
            for name, parts in tree.time_intervals.items()
        ]
    if tree.inhibit_rules:
        found["inhibit_rules"] = [_inhibit_rule(rule) for rule in tree.inhibit_rules]
    return found


def receiver_of(channels: Sequence[str]) -> str:
    """Return the name of the receiver that stands for some channels."""
    return ",".join(channels)


def _route(route: Route, receivers: dict[str, None]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if route.channels:
        found["receiver"] = receiver_of(route.channels)
        receivers[found["receiver"]] = None
    if route.matchers:
        found["matchers"] = [_matcher(text) for text in route.matchers]
    if route.group_by is not None:
        found["group_by"] = list(route.group_by)
    durations = {
        "group_wait": route.group_wait_seconds,
        "group_interval": route.group_interval_seconds,
        "repeat_interval": route.repeat_minutes and route.repeat_minutes * 60,
    }
    # Alertmanager refuses intervals of zero; only the first notification may go out at once.
    found |= {name: f"{round(s * 1_000)}ms" for name, s in durations.items() if s or (s == 0 and name == "group_wait")}
    if route.mute_times:
        found["mute_time_intervals"] = list(route.mute_times)
    if route.active_times:
        found["active_time_intervals"] = list(route.active_times)
    if route.goes_on:
        found["continue"] = True
    if route.routes:
        found["routes"] = [_route(child, receivers) for child in route.routes]
    return found


def _inhibit_rule(rule: InhibitRule) -> dict[str, Any]:
    fields = {
        "source_matchers": [_matcher(text) for text in rule.source_matchers],
        "target_matchers": [_matcher(text) for text in rule.target_matchers],
        "equal": list(rule.equal),
    }
    return {name: value for name, value in fields.items() if value}


def _matcher(text: str) -> str:
    """Return a matcher with an operator of Alertmanager; a glob is written as a regular expression."""
    matcher = route_matchers.read(text)
    if matcher.operator == "glob":
        matcher = matcher._replace(operator="=~", value=pattern_of(matcher.value))
    elif matcher.operator == "!glob":
        matcher = matcher._replace(operator="!~", value=pattern_of(matcher.value))
    return matcher.written()
