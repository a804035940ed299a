"""Where an alert would go, and why: what the tester of routes answers. No I/O."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from dispatchers import choose_channels, grouping
from shared.model import external, names, resolving
from shared.model.alerts import External, Severity, Transition
from shared.model.external import ALERT_NAME
from shared.model.route_tree import RouteTree
from shared.settings import Settings


class MatcherResult(Struct):
    """A matcher of a route, and what the alert has."""

    matcher: str
    """As it is written."""
    found: str
    """What the alert has as the label; "" if it has none."""
    fits: bool


class Try(Struct):
    """One route that the alert came to."""

    place: str
    name: str
    depth: int
    is_chosen: bool
    fits: bool
    misfit: str
    """The first matcher that does not fit, as it is written; empty if all do."""
    found: str
    """What the alert has as the label of that matcher."""
    matchers: list[MatcherResult]
    """All of the route's, in order."""


class Chosen(Struct):
    """A route that the alert takes."""

    place: str
    name: str
    channels: list[str]
    muted_by: str
    """The time interval because of which its channels are not notified now; empty if they are."""


class Trial(Struct):
    """What becomes of an alert with these labels."""

    version: int
    """Of the routes; 0: there are none, or a draft was tried."""
    tried: list[Try]
    chosen: list[Chosen]
    channels: list[str]
    muted: dict[str, str]
    """Channel → time interval."""
    severity: Severity
    group: str
    group_wait_ms: int | None
    """None, here and below: the route says nothing, so the default holds."""
    group_interval_ms: int | None
    repeat_ms: int
    intervals: dict[str, bool]
    """Of the tree: time interval → whether it holds now."""


def trial(tree: RouteTree | None, version: int, labels: Mapping[str, str], settings: Settings, now_ms: int) -> Trial:
    """Return where an external alert with these labels would go; a rule that names no channels goes the same way."""
    change = _transition(labels, settings)
    intervals = resolving.intervals_at(tree, now_ms) if tree is not None else {}
    tried: Sequence[resolving.Tried] = ()
    if tree is not None:
        root = resolving.prepared(tree)
        tried = resolving.explain(root, labels)
        change = choose_channels.choose(change, root, labels)
    return Trial(
        version=version,
        tried=[_try(one, labels) for one in tried],
        chosen=[Chosen(t.place, t.name, t.channels, resolving.why_muted(t, intervals)) for t in change.routes],
        channels=change.channels,
        muted=resolving.muted_channels(change.routes, intervals),
        severity=change.severity,
        group=grouping.group_of(change),
        group_wait_ms=change.policy.group_wait_ms,
        group_interval_ms=change.policy.group_interval_ms,
        repeat_ms=change.policy.repeat_ms,
        intervals=intervals,
    )


def _try(one: resolving.Tried, labels: Mapping[str, str]) -> Try:
    return Try(
        one.node.place,
        one.node.name,
        one.node.place.count(".routes."),
        one.is_chosen,
        one.misfit is None,
        one.misfit.written() if one.misfit else "",
        labels.get(one.misfit.label, "") if one.misfit else "",
        [MatcherResult(m.written(), labels.get(m.label, ""), m.fits(labels)) for m in one.node.matchers],
    )


def _transition(labels: Mapping[str, str], settings: Settings) -> Transition:
    name = labels.get(ALERT_NAME, "")
    plugin_id = labels.get("plugin", "")
    severity = external.severity_of(labels, external.parse_severities(settings.external_severities))
    return Transition(
        kind="firing",
        alert_id=names.escaped(name) or "alert",
        rule_id=labels.get("rule_id", "") or external.rule_id_of(name),
        rule_name=name,
        plugin_id=plugin_id,
        plugin_name=plugin_id,
        severity=severity,
        channels=settings.external_channel_names,
        condition="",
        labels=dict(labels),
        at_ms=0,
        decided_at_ms=0,
        since_ms=0,
        external=External(fingerprint=external.fingerprint(labels)),
    )
