"""What the archive keeps of everything that one decision rests on: the material of an explanation. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from archive.chunk import Arrival
from archive.store import Gap
from dispatchers.ledger import News
from shared.model import reasons
from shared.model.alerts import Alert, TimelineEntry
from shared.model.reasons import Reason
from shared.model.route_tree import RouteTree
from shared.model.rules import Rule
from shared.model.silences import Silence

T = TypeVar("T")
FIRINGS = ("firing", "reopened")
"""Kinds of a timeline's lines with which an episode begins."""
CHANGES = ("pending", "cleared", "firing", "reopened", "announced", "acknowledged", "resolved")
"""Kinds of lines that change the state of an alert, or who may be notified of it."""


@dataclass(frozen=True, slots=True)
class Revision(Generic[T]):
    """A document as it was from an instant on."""

    at_ms: int
    document: T | None
    """None: it was deleted, or there is none."""
    by: str = ""
    """Who changed it, as people read it."""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One row of the archive's notifications: an attempt, or what followed it."""

    channel: str
    at_ms: int
    news: str
    episode: int
    number: int
    outcome: str
    """One of `records.Outcome`."""
    took_ms: int = 0
    group: str = ""
    why: Reason = reasons.NONE
    """The provider's answer, or what went wrong."""


@dataclass(frozen=True, slots=True)
class Story:
    """An alert as it was last recorded, its timeline and its notifications, in order."""

    alert: Alert
    timeline: Sequence[TimelineEntry] = ()
    attempts: Sequence[Attempt] = ()

    def until(self, at_ms: int) -> Iterator[TimelineEntry]:
        """Yield the lines that were written until an instant."""
        return (line for line in self.timeline if line.at_ms <= at_ms)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is kept around one rule, one plugin and an instant."""

    rules: Mapping[str, Sequence[Revision[Rule]]] = field(default_factory=dict)
    """Rule id → its revisions, oldest first: of the rule itself, and of those with the same `overrides`."""
    arrivals: Sequence[Arrival] = ()
    """Events of the plugin in the order of their arrival."""
    arrivals_since_ms: int = 0
    """From when on all of them are here."""
    stories: Mapping[str, Story] = field(default_factory=dict)
    """Alert id → alert: those of the rule and plugin, and those that may have held them back."""
    silences: Mapping[str, Sequence[Revision[Silence]]] = field(default_factory=dict)
    routes: Sequence[Revision[RouteTree]] = ()
    tells: Mapping[str, Collection[News]] = field(default_factory=dict)
    """Channel → the news that it is sent; without a channel that does not exist any more."""
    configured: Mapping[str, Sequence[Revision[object]]] = field(default_factory=dict)
    """Channel → its configurations, oldest first, without their contents."""
    troubles: Mapping[str, Story] = field(default_factory=dict)
    """Channel → the product's own alert that its deliveries fail."""
    gaps: Sequence[Gap] = ()
    recorded_until_ms: int = 0
    """How far the archive had recorded when this was read."""
    clock_first: bool = False
    """Whether what is due at the very instant of an event was done before it, as in a rehearsal."""
    left_out: Sequence[Reason] = ()
    """What was too much to be read, or cannot be read."""


def in_force(revisions: Sequence[Revision[T]], at_ms: int) -> Revision[T] | None:
    """Return the newest revision as of an instant; None if there was none yet."""
    return next((one for one in reversed(revisions) if one.at_ms <= at_ms), None)
