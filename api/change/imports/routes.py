"""The tree of routes of Alertmanager as ours. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError

from api.change.imports import durations, matchers
from api.change.imports.lined import Lined
from api.change.imports.report import Plan, Section, Taken
from shared.errors import Invalid
from shared.model import reasons
from shared.model.reasons import Reason
from shared.model.route_tree import MAX_DEPTH, Route
from shared.model.rules import problems

_DEFAULTS = {"group_wait_seconds": 30.0, "group_interval_seconds": 300.0, "repeat_minutes": 240.0}
"""Alertmanager's own, for what its first route leaves out."""
_DURATIONS = {
    "group_wait": ("group_wait_seconds", 1, 3_600),
    "group_interval": ("group_interval_seconds", 1, 86_400),
    "repeat_interval": ("repeat_minutes", 60, 10_080),
}
"""Field → ours, how many seconds its unit has, and the most that it may be."""
_FORMS = {"match": "=", "match_re": "=~"}
MAX_NAME_CHARS = 100


class LeftOut(Exception):
    """A route or a rule of inhibition that cannot be taken over; the alerts of a route stay with the route above it."""

    def __init__(self, line: int, reason: Reason) -> None:
        super().__init__(str(reason))
        self.line = line
        self.reason = reason


def root(node: Lined, channels: Mapping[str, Sequence[str]], intervals: Mapping[str, Any], plan: Plan) -> Any:
    """
    Return the first route with all below it, as a file of ours has them.

    Args:
        channels: Receiver → channels.
        intervals: The time intervals that could be taken over.

    Raises:
        Invalid: the first route has no receiver, or is none.
    """
    translation = _Translation(channels, intervals, plan)
    try:
        found = translation.route(node, "", "", 1)
    except LeftOut as error:
        raise Invalid({f"line {error.line}": error.reason}, "The file") from None
    return {**_DEFAULTS, "group_by": [], **found}


class _Translation:
    def __init__(self, channels: Mapping[str, Sequence[str]], intervals: Mapping[str, Any], plan: Plan) -> None:
        self._channels = channels
        self._intervals = intervals
        self._plan = plan

    def route(self, node: Lined, place: str, above: str, level: int) -> dict[str, Any]:
        one = Section(node, f"route{place}", self._plan)
        if level > MAX_DEPTH:
            raise LeftOut(one.line, reasons.of("invalid.deep_routes", limit=MAX_DEPTH))
        receiver = one.text("receiver") or above
        if receiver not in self._channels:
            raise LeftOut(one.line_of("receiver"), reasons.of("import.no_receiver", receiver=receiver[:100]))
        found: dict[str, Any] = {"name": receiver[:MAX_NAME_CHARS]}
        if receiver != above:
            found["channels"] = list(self._channels[receiver])
        if given := _matchers(one):
            found["matchers"] = given
        if group_by := [label.text() or "" for label in one.items("group_by")]:
            found["group_by"] = group_by
        for name in _DURATIONS:
            found |= self._duration(one, name)
        for name, ours in (("mute_time_intervals", "mute_times"), ("active_time_intervals", "active_times")):
            if times := self._times(one, name):
                found[ours] = times
        if one.flag("continue", False):
            found["continue"] = True
        try:
            Route.model_validate(found)
        except ValidationError as error:
            raise LeftOut(one.line, Invalid(problems(error), "The route").cited()) from None
        children = enumerate(one.items("routes"))
        below = [self._below(child, f"{place}.routes.{n}", receiver, level) for n, child in children]
        if routes := [child for child in below if child is not None]:
            found["routes"] = routes
        one.finish()
        self._plan.taken.append(Taken(one.line, one.name, "route", receiver[:MAX_NAME_CHARS]))
        return found

    def _below(self, node: Lined, place: str, above: str, level: int) -> dict[str, Any] | None:
        try:
            return self.route(node, place, above, level + 1)
        except LeftOut as error:
            self._plan.lose(error.line, f"route{place}", reasons.of("import.route_lost", because=error.reason))
            return None

    def _duration(self, one: Section, name: str) -> dict[str, float]:
        ours, unit_s, limit = _DURATIONS[name]
        text = one.text(name)
        if not text:
            return {}
        given_s = durations.seconds(text)
        if given_s is None:
            self._plan.lose(one.line_of(name), one.name, reasons.of("import.duration", field=name, given=text[:50]))
            return {}
        if given_s / unit_s > limit:
            values = {"field": name, "given": text, "limit": limit, "ours": ours}
            self._plan.note(one.line_of(name), one.name, "import.shortened", **values)
        return {ours: min(given_s / unit_s, float(limit))}

    def _times(self, one: Section, name: str) -> list[str]:
        found = []
        for interval in one.items(name):
            text = interval.text() or ""
            if text in self._intervals:
                found.append(text)
            else:
                self._plan.lose(interval.line, one.name, reasons.of("import.no_interval", interval=text[:100]))
        return found


def _matchers(one: Section) -> list[str]:
    found = prefixed_matchers(one)
    for entry in one.items("object_matchers"):
        # Grafana's form: label, operator and value, each by itself.
        with _lost_at(entry.line):
            found.append(matchers.written(*_three([part.text() for part in entry.items()])))
    return found


def prefixed_matchers(one: Section, prefix: str = "") -> list[str]:
    """
    Return the matchers of a route, or those of one side of a rule of inhibition, in the old form and in the new one.

    Args:
        prefix: Of the fields' names, e.g. `source_`.

    Raises:
        LeftOut: one of them cannot be read.
    """
    found: list[str] = []
    for field, operator in _FORMS.items():
        for label, value in one.get(f"{prefix}{field}").fields().items():
            with _lost_at(value.line):
                found.append(matchers.written(label, operator, value.text() or ""))
    for entry in one.items(f"{prefix}matchers"):
        with _lost_at(entry.line):
            found += matchers.listed(entry.text() or "")
    return found


def _three(parts: list[str | None]) -> tuple[str, str, str]:
    if len(parts) != 3 or parts[1] not in ("=", "!=", "=~", "!~"):
        raise ValueError(reasons.of("import.object_matcher"))
    return parts[0] or "", parts[1], parts[2] or ""


@contextmanager
def _lost_at(line: int) -> Iterator[None]:
    """Have the route left out whose matcher cannot be read."""
    try:
        yield
    except ValueError as error:
        [why] = error.args
        raise LeftOut(line, why if isinstance(why, Reason) else reasons.of("problem.text", text=str(why))) from None
