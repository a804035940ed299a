"""
What holds a firing back from the channels: named steps in a fixed order, each pure, each with its reason.

They look at the alert and at the world around it; the board shows every alert whatever they say, and whoever was told
"firing" is told "resolved" whatever they say.
"""

import fnmatch
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from shared.model import reasons
from shared.model.alerts import SEVERITIES, Alert
from shared.model.reasons import Reason
from shared.model.silences import Silence

FLAPPING_CHANGES = 6
FLAPPING_WITHIN_MS = 600_000
"""More than six changes within ten minutes: three rounds of firing and resolving tell a reader nothing new."""
CHANGES_KEPT = 50
FLAPPING_HOLD_MS = 300_000
"""The least a flapping alert is held, for rules without a cooldown: the seed's five minutes."""


class Flaps(Struct, omit_defaults=True):
    """What tells flapping, of one rule and plugin."""

    changes: list[int] = []
    """Instants of its newest changes, newest first."""
    told_at_ms: int = 0
    """When its firing was last let through; 0: never."""


@dataclass(frozen=True, slots=True)
class World:
    """What the steps may know beside the alert. It follows the alerts of a batch as they are routed."""

    silences: Sequence[Silence] = ()
    firing: dict[str, dict[str, Alert]] = field(default_factory=dict)
    """Plugin id → alert id → what fires now, acknowledged ones among them."""
    changes: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """(rule id, plugin id) → instants of its newest changes, newest first."""
    told: dict[tuple[str, str], int] = field(default_factory=dict)
    """(rule id, plugin id) → when its firing was last let through."""

    def flaps(self, place: tuple[str, str]) -> Flaps:
        """Return what is to be remembered of a place."""
        return Flaps(self.changes.get(place, [])[:CHANGES_KEPT], self.told.get(place, 0))

    def follow(self, alert: Alert) -> None:
        """Take an alert up among those that fire, or take it out."""
        if alert.state in ("firing", "acknowledged"):
            self.firing.setdefault(alert.plugin_id, {})[alert.id] = alert
        elif alert.plugin_id in self.firing:
            self.firing[alert.plugin_id].pop(alert.id, None)


def judge(alert: Alert, world: World, now_ms: int) -> dict[str, Reason]:
    """Return step → reason of every step that holds *alert* back now; empty if none does."""
    found = {}
    for name, step in STEPS:
        reason = step(alert, world, now_ms)
        if reason:
            found[name] = reason
    return found


def cooling(alert: Alert, world: World, now_ms: int) -> Reason | None:
    """It fired anew within the cooldown of its last announcement."""
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
            return Reason("suppressed.silence", {"author": silence.author, **values})
    return None


def inhibited(alert: Alert, world: World, now_ms: int) -> Reason | None:
    """One cause, one page: a more severe alert about the same metric fires, or one of a rule this one names."""
    rank = SEVERITIES.index(alert.severity)
    for other in world.firing.get(alert.plugin_id, {}).values():
        if other.id == alert.id:
            continue
        is_stronger = alert.metric and other.metric == alert.metric and SEVERITIES.index(other.severity) > rank
        # One that is held back itself holds back nobody it is named by: rules that name each other stay heard.
        is_named = "inhibited" not in other.suppressed and any(
            fnmatch.fnmatchcase(other.rule_id, glob) for glob in alert.policy.inhibited_by
        )
        if is_stronger or is_named:
            return reasons.of(
                "suppressed.stronger_alert", severity=other.severity, alert_id=other.id, rule_name=other.rule_name
            )
    return None


def flapping(alert: Alert, world: World, now_ms: int) -> Reason | None:
    """It fires and resolves again and again: told once a cooldown until it settles."""
    place = (alert.rule_id, alert.plugin_id)
    recent = _recent(world.changes.get(place, ()), now_ms)
    hold_ms = max(alert.policy.cooldown_ms, FLAPPING_HOLD_MS)
    if len(recent) <= FLAPPING_CHANGES or now_ms - world.told.get(place, now_ms - hold_ms) >= hold_ms:
        return None
    return reasons.of("suppressed.flapping", changes=len(recent), minutes=FLAPPING_WITHIN_MS // 60_000)


STEPS: Sequence[tuple[str, Callable[[Alert, World, int], Reason | None]]] = (
    ("cooldown", cooling),
    ("silenced", silenced),
    ("inhibited", inhibited),
    ("flapping", flapping),
)


def _recent(instants: Iterable[int], now_ms: int) -> list[int]:
    return [at_ms for at_ms in instants if now_ms - at_ms < FLAPPING_WITHIN_MS]
