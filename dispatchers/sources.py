"""
Alerts that can hold back alerts of other plugins, found by the values of labels and by rule. Pure.

A lookup takes the same time however many alerts are open and however many rules there are.
"""

import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence

from shared.model.alerts import Alert

MAX_INDEXES = 64
"""Lists of label names that are indexed at the same time; a further list costs one pass over the open alerts."""
Names = tuple[str, ...]
Values = tuple[str, ...]
_ByRule = dict[str, dict[str, Alert]]
"""Rule id → alert id → alert."""


def values_of(names: Sequence[str], labels: Mapping[str, str]) -> Values | None:
    """
    Return the values that must be equal, "" for a label that is missing; None if all of them are missing.

    An alert without any of the labels holds nothing back and is not held back.
    """
    values = tuple(labels.get(name, "") for name in names)
    return values if any(values) else None


def is_named(rule_id: str, globs: Iterable[str]) -> bool:
    """Tell whether a rule is one of those that `inhibited_by` names."""
    return any(fnmatch.fnmatchcase(rule_id, glob) for glob in globs)


class Sources:
    """
    The alerts that fire and are not inhibited themselves.

    May lie over other sources, which it leaves as they are: so a batch that is not committed leaves no trace.
    """

    def __init__(self, below: "Sources | None" = None) -> None:
        self._below = below
        self._alerts: dict[str, Alert] = {}
        self._followed: set[str] = set()
        """Ids of the alerts that are as this says, whatever *below* says."""
        self._indexes: dict[Names, dict[Values, _ByRule]] = {}

    def follow(self, alert: Alert) -> None:
        """Remember an alert as it is now."""
        before = self._alerts.pop(alert.id, None)
        if before is not None:
            for names, index in self._indexes.items():
                _remove(before, names, index)
        self._followed.add(alert.id)
        if alert.state in ("firing", "acknowledged") and "inhibited" not in alert.suppressed:
            self._alerts[alert.id] = alert
            for names, index in self._indexes.items():
                _add(alert, names, index)

    def find(self, alert: Alert) -> Alert | None:
        """
        Return an alert that holds *alert* back: its rule is one of `inhibited_by`, and the labels of `equal` are equal.

        Of several, the one that holds it back already, so that the reason does not change without need.
        """
        names = tuple(alert.policy.equal)
        values = values_of(names, alert.labels)
        globs = alert.policy.inhibited_by
        if values is None or not globs:
            return None
        noted = alert.suppressed_reasons.get("inhibited")
        present = self._get(noted.values.get("alert_id")) if noted is not None else None
        if present is not None and is_named(present.rule_id, globs) and values == values_of(names, present.labels):
            return present
        return next((other for other in self._among(names, values, globs) if other.id != alert.id), None)

    def _get(self, alert_id: object) -> Alert | None:
        if self._below is None or alert_id in self._followed:
            return self._alerts.get(alert_id) if isinstance(alert_id, str) else None
        return self._below._get(alert_id)

    def _among(self, names: Names, values: Values, globs: Sequence[str]) -> Iterator[Alert]:
        by_rule = self._index(names).get(values, {})
        for glob in globs:
            if glob in by_rule:
                yield from by_rule[glob].values()
            elif any(mark in glob for mark in "*?["):
                for rule_id, alerts in by_rule.items():
                    if fnmatch.fnmatchcase(rule_id, glob):
                        yield from alerts.values()
        if self._below is not None:
            for other in self._below._among(names, values, globs):
                if other.id not in self._followed:
                    yield other

    def _index(self, names: Names) -> dict[Values, _ByRule]:
        index = self._indexes.get(names)
        if index is None:
            if len(self._indexes) >= MAX_INDEXES:
                del self._indexes[next(iter(self._indexes))]
            index = self._indexes[names] = {}
            for alert in self._alerts.values():
                _add(alert, names, index)
        return index


def _add(alert: Alert, names: Names, index: dict[Values, _ByRule]) -> None:
    values = values_of(names, alert.labels)
    if values is not None:
        index.setdefault(values, {}).setdefault(alert.rule_id, {})[alert.id] = alert


def _remove(alert: Alert, names: Names, index: dict[Values, _ByRule]) -> None:
    values = values_of(names, alert.labels)
    if values is None:
        return
    by_rule = index[values]
    alerts = by_rule[alert.rule_id]
    del alerts[alert.id]
    if not alerts:
        del by_rule[alert.rule_id]
    if not by_rule:
        del index[values]
