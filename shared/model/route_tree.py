"""
The tree of routes: which channels an alert notifies that names none itself, how it is grouped, and when it is muted;
and, beside it, which alerts hold back which. Pure.

`shared.model.resolving` finds an alert's way through it; `shared.store.route_store` stores it.
"""

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from shared.errors import Invalid
from shared.model import names, reasons, route_matchers
from shared.model.alerts import NAME_LENGTH, Severity
from shared.model.inhibit_rules import MAX_INHIBIT_RULES, InhibitRule
from shared.model.rules import ChannelName, problems
from shared.model.time_intervals import TimeInterval

MAX_DEPTH = 12
"""A body of the API is at most 32 lists and objects deep, which is two for a level and some around it."""
MAX_ROUTES = 1_000
MAX_MATCHERS = 20
MAX_BYTES = 262_144
"""Of a tree as JSON."""
EVERY_LABEL = "..."
"""In `group_by`: alerts share a notification only if all their labels are equal."""
_WHAT = "The routes"

_Label = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]
_Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]


class Route(BaseModel):
    """
    One route. What it leaves out it takes from the route above it, except `continue`, `mute_times` and `active_times`.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    name: str = Field("", max_length=100, description="For people; stands in the timeline of the alerts.")
    matchers: list[str] = Field(
        default_factory=list,
        max_length=MAX_MATCHERS,
        description='All must fit, e.g. `severity="critical"`, `host=~"web-.*"`, `team!=""`, `host glob "web-*"`.',
    )
    channels: list[ChannelName] = Field(default_factory=list, max_length=32)
    group_by: list[_Label] | None = Field(
        None,
        max_length=16,
        description="Labels: alerts with equal values share a notification. `...`: all labels; empty: the whole route.",
    )
    group_wait_seconds: float | None = Field(
        None, ge=0, le=3_600, description="How long the first notification of a group waits for further alerts."
    )
    group_interval_seconds: float | None = Field(
        None, ge=0, le=86_400, description="How long further news of a group is gathered after a notification."
    )
    repeat_minutes: float | None = Field(None, ge=0, le=10_080, description="Minutes between reminders; 0: none.")
    severities: dict[_Label, Severity] | None = Field(
        None, max_length=50, description="What the label `severity` of external alerts means, e.g. page: emergency."
    )
    mute_times: list[_Name] = Field(
        default_factory=list, max_length=20, description="Time intervals during which its channels are not notified."
    )
    active_times: list[_Name] = Field(
        default_factory=list, max_length=20, description="Time intervals outside which its channels are not notified."
    )
    goes_on: bool = Field(False, alias="continue", description="Also try the routes after it if it fits.")
    routes: list["Route"] = Field(default_factory=list, max_length=MAX_ROUTES)

    _can_be_read = field_validator("matchers")(route_matchers.readable)
    _is_written = field_validator("name")(names.visible)


class RouteTree(BaseModel):
    """The root, which takes every alert, the time intervals that routes name, and what holds alerts back."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    route: Route
    time_intervals: dict[_Name, list[TimeInterval]] = Field(default_factory=dict, max_length=200)
    inhibit_rules: list[InhibitRule] = Field(
        default_factory=list, max_length=MAX_INHIBIT_RULES, description="Alerts that hold other alerts back."
    )

    @model_validator(mode="before")
    @classmethod
    def _is_bounded(cls, fields: Any) -> Any:
        """Refuse what is too deep or too large before any of it is read: reading it recurses."""
        count, level = 0, [fields.get("route")] if isinstance(fields, dict) else []
        for _ in range(MAX_DEPTH):
            count += len(level)
            if count > MAX_ROUTES:
                raise ValueError(reasons.of("invalid.many_routes", limit=MAX_ROUTES))
            level = [
                child
                for route in level
                if isinstance(route, dict) and isinstance(route.get("routes"), list)
                for child in route["routes"]
            ]
        if level:
            raise ValueError(reasons.of("invalid.deep_routes", limit=MAX_DEPTH))
        return fields

    @model_validator(mode="after")
    def _makes_sense(self) -> "RouteTree":
        root = self.route
        if not root.channels:
            raise ValueError(reasons.of("invalid.root_channels"))
        if root.matchers or root.goes_on or root.mute_times or root.active_times:
            raise ValueError(reasons.of("invalid.root_matchers"))
        for place, route in walk(self):
            for name in (*route.mute_times, *route.active_times):
                if name not in self.time_intervals:
                    raise ValueError(reasons.of("invalid.no_interval", route=place, interval=name))
        return self


class _Version(msgspec.Struct):
    tree: msgspec.Raw = msgspec.Raw(b"null")


def of_version(body: bytes) -> RouteTree | None:
    """
    Return the tree of a stored version; None if it has none.

    Raises:
        msgspec.MsgspecError, pydantic.ValidationError: it cannot be read.
    """
    tree = bytes(_decode_version(body).tree)
    return None if tree == b"null" else RouteTree.model_validate_json(tree)


_decode_version = msgspec.json.Decoder(_Version).decode


class Placed(NamedTuple):
    """A route and where it stands."""

    place: str
    """As in an answer about a bad field: `route`, `route.routes.0`, `route.routes.0.routes.2`."""
    route: Route


def walk(tree: RouteTree) -> Iterator[Placed]:
    """Return all routes, each before those below it."""
    waiting = [Placed("route", tree.route)]
    while waiting:
        placed = waiting.pop()
        yield placed
        below = [Placed(f"{placed.place}.routes.{n}", route) for n, route in enumerate(placed.route.routes)]
        waiting += reversed(below)


def parse(fields: Any) -> RouteTree:
    """
    Make a tree from a request's or a file's fields.

    Raises:
        Invalid: naming every bad field.
    """
    try:
        tree = RouteTree.model_validate(fields)
    except ValidationError as error:
        raise Invalid(problems(error), _WHAT) from None
    check(tree)
    return tree


def check(tree: RouteTree) -> None:
    """
    Check the size of a tree that is to be stored.

    Raises:
        Invalid: it is too large.
    """
    if len(msgspec.json.encode(document(tree))) > MAX_BYTES:
        raise Invalid({"body": reasons.of("invalid.routes_too_long", max_bytes=MAX_BYTES)}, _WHAT)


def document(tree: RouteTree) -> dict[str, Any]:
    """Return a tree as people write it: without what it leaves out."""
    return tree.model_dump(mode="json", by_alias=True, exclude_defaults=True)
