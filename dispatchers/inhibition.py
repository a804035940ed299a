"""
The rules of inhibition that stand beside the routes, with Alertmanager's meaning: alerts that hold others back by their
labels. Pure.

Whether an alert is held back depends on the labels of the alerts that fire, and on nothing else: neither on their order
nor on whether they are held back themselves. An alert that fits both sides of a rule is held back only by alerts that
do not fit both. A lookup takes the same time however many alerts are open.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from shared.model import route_matchers
from shared.model.alert_labels import labels_of
from shared.model.alerts import Alert, Transition
from shared.model.inhibit_rules import InhibitRule

MAX_REMEMBERED = 65_536
"""Sets of labels of which it is remembered which rules they fit: all open alerts are looked at every few seconds."""
Values = tuple[str, ...]


class Side(NamedTuple):
    """An alert's place on one side of a rule."""

    rule: int
    """The rule's number."""
    values: Values
    """The values of the labels that must be equal; "" for a label that is missing."""


class Roles(NamedTuple):
    """What an alert is by its labels."""

    source_of: Mapping[Side, bool]
    """Each rule whose source it is → whether it is a target of the same rule too."""
    target_of: Mapping[Side, bool]
    """Each rule whose target it is → whether it is a source of the same rule too."""


class Found(NamedTuple):
    """What holds an alert back."""

    source: Alert
    rule: InhibitRule
    place: str
    """As in an answer about a bad field, e.g. `inhibit_rules.2`."""


class InhibitRules:
    """Rules of inhibition that are ready to be tried."""

    def __init__(self, rules: Sequence[InhibitRule] = ()) -> None:
        self.rules = tuple(rules)
        self._sources = [[route_matchers.read(text) for text in rule.source_matchers] for rule in rules]
        self._targets = [[route_matchers.read(text) for text in rule.target_matchers] for rule in rules]
        self._remembered = lru_cache(maxsize=MAX_REMEMBERED)(self._roles)

    def __bool__(self) -> bool:
        return bool(self.rules)

    def roles(self, alert: Alert | Transition) -> Roles:
        """Return which rules an alert fits, by all labels that tools see."""
        return self._remembered(frozenset(labels_of(alert).items())) if self.rules else _NONE

    def _roles(self, pairs: frozenset[tuple[str, str]]) -> Roles:
        labels = dict(pairs)
        source_of: dict[Side, bool] = {}
        target_of: dict[Side, bool] = {}
        for number, rule in enumerate(self.rules):
            is_source = all(matcher.fits(labels) for matcher in self._sources[number])
            is_target = all(matcher.fits(labels) for matcher in self._targets[number])
            if not is_source and not is_target:
                continue
            side = Side(number, tuple(labels.get(name, "") for name in rule.equal))
            if is_source:
                source_of[side] = is_target
            if is_target:
                target_of[side] = is_source
        return Roles(source_of, target_of)


_NONE = Roles({}, {})
_Place = tuple[Side, bool]
"""A side of a rule, and whether its alerts fit both sides."""


class FiringSources:
    """
    The alerts that fire, by the rules whose sources they are.

    May lie over others, which it leaves as they are: so a batch that is not committed leaves no trace.
    """

    def __init__(self, rules: InhibitRules, below: "FiringSources | None" = None) -> None:
        self.rules = rules
        self._below = below
        self._followed: set[str] = set()
        """Ids of the alerts that are as this says, whatever *below* says."""
        self._settled: set[str] = set()
        self._places: dict[str, list[_Place]] = {}
        self._alerts: dict[_Place, dict[str, Alert]] = {}

    def settle(self, alert: Alert) -> None:
        """Remember an alert as it is after a whole batch; what it is on the way there is not followed."""
        self.follow(alert)
        self._settled.add(alert.id)

    def follow(self, alert: Alert) -> None:
        """Remember an alert as it is now."""
        if not self.rules or alert.id in self._settled:
            return
        for place in self._places.pop(alert.id, ()):
            alerts = self._alerts[place]
            del alerts[alert.id]
            if not alerts:
                del self._alerts[place]
        if self._below is not None:
            self._followed.add(alert.id)
        if alert.state not in ("firing", "acknowledged"):
            return
        if places := list(self.rules.roles(alert).source_of.items()):
            self._places[alert.id] = places
            for place in places:
                self._alerts.setdefault(place, {})[alert.id] = alert

    def find(self, alert: Alert) -> Found | None:
        """
        Return what holds *alert* back; None if nothing does.

        Of several, what holds it back already, so that the reason does not change without need.
        """
        noted = alert.suppressed_reasons.get("inhibited")
        noted_id = noted.values.get("alert_id") if noted is not None else None
        first: Found | None = None
        for side, fits_both in self.rules.roles(alert).target_of.items():
            # One that fits both sides is not held back by its like, nor by itself.
            for place in [(side, False)] if fits_both else [(side, False), (side, True)]:
                source = self._get(place, noted_id)
                if source is not None:
                    return self._found(source, side)
                if first is None and (source := next(self._among(place), None)) is not None:
                    first = self._found(source, side)
        return first

    def _found(self, source: Alert, side: Side) -> Found:
        return Found(source, self.rules.rules[side.rule], f"inhibit_rules.{side.rule}")

    def _get(self, place: _Place, alert_id: object) -> Alert | None:
        if not isinstance(alert_id, str):
            return None
        if self._below is None or alert_id in self._followed:
            return self._alerts.get(place, {}).get(alert_id)
        return self._below._get(place, alert_id)

    def _among(self, place: _Place) -> Iterator[Alert]:
        yield from self._alerts.get(place, {}).values()
        if self._below is not None:
            for other in self._below._among(place):
                if other.id not in self._followed:
                    yield other
