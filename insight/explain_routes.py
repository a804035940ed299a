"""The steps of an explanation that say where an alert goes: channels, routes and the group of its news. Pure."""

from collections.abc import Sequence

from dispatchers import choose_channels, grouping
from insight import evidence as kept
from insight.chain import Finding, Step, no, unknown, yes
from insight.evidence import Evidence, Story
from shared.model import external, resolving
from shared.model.alerts import Alert, Transition


def route(alert: Alert, evidence: Evidence, at_ms: int) -> Step:
    """Return the step that says where an alert goes which fires at an instant."""
    recorded = _channels_of(alert.channels, [one.name or one.place for one in alert.routes])
    found = _chosen(alert, evidence, at_ms)
    if found is None:
        return Step("route", recorded=recorded)
    channels, routes = found
    # What escalation added, or an earlier episode, stays with the alert.
    agrees = set(channels) <= set(alert.channels) and _explains(channels, alert, evidence)
    return Step("route", recorded=recorded, recomputed=_channels_of(channels, routes), agrees=agrees)


def _chosen(alert: Alert, evidence: Evidence, at_ms: int) -> tuple[list[str], list[str]] | None:
    """Return the channels and the routes of an alert that fires now; None if that cannot be told."""
    if external.is_external(alert.rule_id):
        named: list[str] = []
    else:
        revision = kept.in_force(evidence.rules.get(alert.rule_id, ()), at_ms)
        if revision is None or revision.document is None:
            return None
        named = list(revision.document.channels)
    tree = kept.in_force(evidence.routes, at_ms)
    if named or tree is None or tree.document is None:
        return None if external.is_external(alert.rule_id) else (named, [])
    change = choose_channels.choose(_opening(alert), resolving.prepared(tree.document))
    return change.channels, [one.name or one.place for one in change.routes]


def _opening(alert: Alert) -> Transition:
    """Return the transition that opens an alert, as far as routes look at it."""
    return Transition(
        kind="firing",
        alert_id=alert.id,
        rule_id=alert.rule_id,
        rule_name=alert.rule_name or alert.rule_id,
        plugin_id=alert.plugin_id,
        plugin_name=alert.plugin_name,
        severity=alert.severity,
        channels=[],
        condition=alert.condition,
        metric=alert.metric,
        labels=alert.labels,
        at_ms=alert.started_at_ms,
        decided_at_ms=alert.fired_at_ms,
        since_ms=alert.started_at_ms,
        policy=alert.policy,
        parent_id=alert.parent_id,
        external=alert.external,
    )


def _explains(channels: Sequence[str], alert: Alert, evidence: Evidence) -> bool:
    """Tell whether an alert has no channel beyond these that nothing accounts for."""
    known = {*channels, *(name for step in alert.policy.escalation for name in step.channels)}
    for revision in evidence.rules.get(alert.rule_id, ()):
        if revision.document is not None:
            known |= {*revision.document.channels}
            known |= {name for step in revision.document.escalation for name in step.channels}
    return set(alert.channels) <= known


def _channels_of(channels: Sequence[str], routes: Sequence[str]) -> Finding:
    if not channels:
        return no("explain.no_channels")
    key = (tuple(sorted(channels)),)
    if routes:
        return yes("explain.routed", 0, key, channels=list(channels), routes=list(routes))
    return yes("explain.rule_channels", 0, key, channels=list(channels))


def group(story: Story, alert: Alert) -> Step:
    """Return the step that says with which others its news goes out."""
    group = grouping.group_of(alert)
    recorded = yes("explain.grouped", 0, (story.alert.group,), group=story.alert.group) if story.alert.group else None
    if alert.policy.group_labels is not None or alert.policy.group_by.startswith("label:"):
        # The group stays as it was when the alert began; its labels may have changed since.
        return Step("grouping", recorded=recorded, recomputed=unknown("explain.group_by_labels"))
    return Step("grouping", recorded=recorded, recomputed=yes("explain.grouped", 0, (group,), group=group))
