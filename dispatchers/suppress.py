"""
What holds a firing back from the channels: named steps in a fixed order, each pure, each with its reason.

The steps look at the alert and at the world around it. The board shows every alert whatever the steps find, and a
channel that was sent "firing" is sent "resolved" whatever they find.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dispatchers import flapping, sources
from dispatchers.flapping import Place
from dispatchers.inhibition import FiringSources, InhibitRules
from dispatchers.sources import Sources
from shared.model import principals, reasons, resolving
from shared.model.alert_labels import labels_of
from shared.model.alerts import SEVERITIES, Alert
from shared.model.reasons import Reason
from shared.model.silences import Silence


@dataclass(frozen=True, slots=True)
class World:
    """What the steps look at beside the alert. It follows the alerts of a batch as they are routed."""

    silences: Sequence[Silence] = ()
    firing: dict[str, dict[str, Alert]] = field(default_factory=dict)
    """Plugin id → alert id → alert that fires, also if it is acknowledged."""
    changes: dict[Place, list[int]] = field(default_factory=dict)
    """Place → instants of its newest changes, newest first."""
    let_through_at_ms: dict[Place, int] = field(default_factory=dict)
    """Place → when a firing was last let through to the channels."""
    sources: Sources = field(default_factory=Sources)
    """The alerts, of any plugin, that fire and are not inhibited."""
    intervals: Mapping[str, bool] = field(default_factory=dict)
    """Of the routes: name of a time interval → whether it holds now."""
    inhibition: FiringSources = field(default_factory=lambda: FiringSources(InhibitRules()))
    """The alerts that fire, by the rules of inhibition whose sources they are."""

    def follow(self, alert: Alert) -> None:
        """Add an alert to those that fire, or remove it from them."""
        if alert.state in ("firing", "acknowledged"):
            self.firing.setdefault(alert.plugin_id, {})[alert.id] = alert
        elif alert.plugin_id in self.firing:
            self.firing[alert.plugin_id].pop(alert.id, None)
        self.sources.follow(alert)
        self.inhibition.follow(alert)


def judge(alert: Alert, world: World, now_ms: int) -> dict[str, Reason]:
    """Return step → reason of every step that holds *alert* back now; empty if none does."""
    held = {}
    for name, step in STEPS:
        reason = step(alert, world, now_ms)
        if reason:
            held[name] = reason
    return held


def cooling(alert: Alert, world: World, now_ms: int) -> Reason | None:
    """The alert fired again within the cooldown of its last announcement."""
    if alert.announced_episode == alert.episode:
        return None
    return reasons.of("suppressed.cooldown", until_ms=alert.hold_until_ms)


def silenced(alert: Alert, world: World, now_ms: int) -> Reason | None:
    """An active silence matches."""
    for silence in world.silences:
        if silence.matches(alert) and silence.is_active(now_ms):
            values = {"silence_id": silence.id, "comment": silence.comment}
            if not silence.author:
                return Reason("suppressed.silence_unsigned", values)
            return Reason(
                "suppressed.silence", {"author": principals.shown(*principals.read_signed(silence.author)), **values}
            )
    return None


def inhibited(alert: Alert, world: World, now_ms: int) -> Reason | None:
    """
    A more severe alert about the same metric fires, or an alert of a rule that this alert's rule names: on the same
    plugin, or on one with equal labels where the rule names the labels. Or a rule of inhibition holds it back.
    """
    rank = SEVERITIES.index(alert.severity)
    for other in world.firing.get(alert.plugin_id, {}).values():
        if other.id == alert.id:
            continue
        is_stronger = alert.metric and other.metric == alert.metric and SEVERITIES.index(other.severity) > rank
        # An inhibited alert does not inhibit by name: of rules that name each other, one is let through.
        is_named = "inhibited" not in other.suppressed and sources.is_named(other.rule_id, alert.policy.inhibited_by)
        if is_stronger or is_named:
            return reasons.of(
                "suppressed.stronger_alert", severity=other.severity, alert_id=other.id, rule_name=other.rule_name
            )
    source = world.sources.find(alert) if alert.policy.equal else None
    if source is None:
        return _by_rule_of_inhibition(alert, world)
    return reasons.of(
        "suppressed.equal_labels",
        severity=source.severity,
        alert_id=source.id,
        rule_name=source.rule_name,
        plugin_id=source.plugin_id,
        labels=[f"{name}={alert.labels[name]}" for name in alert.policy.equal if alert.labels.get(name)],
    )


def _by_rule_of_inhibition(alert: Alert, world: World) -> Reason | None:
    found = world.inhibition.find(alert)
    if found is None:
        return None
    labels = labels_of(alert)
    return reasons.of(
        "suppressed.inhibit_rule",
        rule=found.rule.name or found.place,
        severity=found.source.severity,
        alert_id=found.source.id,
        rule_name=found.source.rule_name,
        plugin_id=found.source.plugin_id,
        labels=[f"{name}={labels[name]}" for name in found.rule.equal if labels.get(name)] or ["-"],
    )


def is_flapping(alert: Alert, world: World, now_ms: int) -> Reason | None:
    """The alert fires and resolves again and again: it is let through once a cooldown until it settles."""
    place = (alert.rule_id, alert.plugin_id)
    return flapping.judge(
        world.changes.get(place, ()), world.let_through_at_ms.get(place), alert.policy.cooldown_ms, now_ms
    )


def muted(alert: Alert, world: World, now_ms: int) -> Reason | None:
    """The routes of all its channels are muted at this time."""
    channels = muted_channels(alert, world)
    if not channels or len(channels) < len(alert.channels):
        return None
    return reasons.of("suppressed.muted", interval=", ".join(dict.fromkeys(channels.values())))


def muted_channels(alert: Alert, world: World) -> dict[str, str]:
    """Return the channels of an alert that its routes mute at this time, each with the time interval."""
    if not alert.routes or not world.intervals:
        return {}
    found = resolving.muted_channels(alert.routes, world.intervals)
    return {channel: found[channel] for channel in alert.channels if channel in found}


STEPS: Sequence[tuple[str, Callable[[Alert, World, int], Reason | None]]] = (
    ("cooldown", cooling),
    ("silenced", silenced),
    ("inhibited", inhibited),
    ("flapping", is_flapping),
    ("muted", muted),
)
