"""Channels of an alert that names none itself, by the tree of routes: what its transition says then. Pure."""

from collections.abc import Mapping

from msgspec import structs

from shared.model import resolving, rules
from shared.model.alert_labels import routing_labels
from shared.model.alerts import Policy, Severity, Transition
from shared.model.external import SEVERITY_LABEL
from shared.model.resolving import Node, Settings


def is_routed(change: Transition) -> bool:
    """
    Tell whether routes decide about a transition: it is of an external alert, or its rule names no channel.

    The end of a deleted rule has no words, and its alert keeps the channels that it has.
    """
    return change.external is not None or (not change.channels and bool(change.rule_name))


def choose(change: Transition, root: Node, labels: Mapping[str, str] | None = None) -> Transition:
    """
    Return a transition with the channels, the grouping and the severity that the routes say.

    Each of the routes it takes adds its channels; an alert has one group and one severity, and the first route says
    them.

    Args:
        labels: What the matchers look at; None: those of the transition.
    """
    if not is_routed(change):
        return change
    taken = resolving.resolve(root, routing_labels(change) if labels is None else labels)
    settings = taken[0].settings
    severity = _severity(change, settings)
    return structs.replace(
        change,
        channels=list(dict.fromkeys(channel for node in taken for channel in node.settings.channels)),
        severity=severity,
        policy=_policy(change, severity, settings),
        routes=[node.taken() for node in taken],
    )


def _severity(change: Transition, settings: Settings) -> Severity:
    if change.external is None:
        return change.severity
    return settings.severities.get(change.labels.get(SEVERITY_LABEL, "").strip().lower(), change.severity)


def _policy(change: Transition, severity: Severity, settings: Settings) -> Policy:
    repeat_ms = settings.repeat_ms
    if repeat_ms is None:
        has_default = change.external is not None and severity != change.severity
        repeat_ms = round(rules.default_repeat_minutes(severity) * 60_000) if has_default else change.policy.repeat_ms
    return structs.replace(
        change.policy,
        repeat_ms=repeat_ms,
        group_labels=None if settings.group_by is None else list(settings.group_by),
        group_wait_ms=settings.group_wait_ms,
        group_interval_ms=settings.group_interval_ms,
    )
