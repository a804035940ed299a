"""
What alerting cost people: figures of each team, rule and plugin, for each local month.

A team is the value of the label `team`; this is what stands for teams. A firing counts in the month in which it fired,
a notification in the month in which it was sent, each in the time zone that is asked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from statistics import fmean, median
from typing import Literal, NamedTuple

TEAM_LABEL = "team"
NIGHT_BEGINS, NIGHT_ENDS = 22, 7
"""Local hours in which a notification wakes people."""
FLAPPING_FIRINGS = 3
"""An alert that fired this often flapped: the first time, and twice after it had ended."""

Dimension = Literal["all", "team", "rule", "plugin"]
DIMENSIONS: tuple[Dimension, ...] = ("all", "team", "rule", "plugin")


def is_at_night(hour: int) -> bool:
    """Tell whether a local hour of the day, 0 to 23, is one of the night."""
    return hour >= NIGHT_BEGINS or hour < NIGHT_ENDS


class Firing(NamedTuple):
    """One alert that fired, with all of its firings."""

    alert_id: str
    rule_id: str
    plugin_id: str
    labels: Mapping[str, str]
    fired_at_ms: Sequence[int]
    """Each firing, the first one first."""
    acknowledged_at_ms: int
    """0: nobody did."""
    resolved_at_ms: int
    """0: it is open."""


class Sent(NamedTuple):
    """What one notification that a provider accepted said about one alert."""

    alert_id: str
    at_ms: int
    message: str
    """Equal for all alerts of one notification, which counts once for each team, rule and plugin that it is about."""


class Kept(NamedTuple):
    """Alerts and notifications of [from, to)."""

    firings: Sequence[Firing]
    sent: Sequence[Sent]
    titles: Mapping[Dimension, Mapping[str, str]]
    """Of rules and plugins: id → what people call it."""
    first_at_ms: int | None
    """When the oldest alert of the archive was recorded."""


class Name(NamedTuple):
    """Which figures: a month (`YYYY-MM`), and of what."""

    month: str
    dimension: Dimension
    name: str
    """"" of `all`; of `team`, for alerts without the label."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One month of one team, rule or plugin."""

    alerts: int
    notifications: int
    at_night: int
    """Of the notifications, those between 22:00 and 07:00."""
    acknowledged: int
    resolved: int
    flapping: int
    """Alerts that fired three times or more."""
    mean_ms_to_acknowledge: float | None
    """MTTA: from the first firing, over alerts that a person acknowledged; None without any."""
    median_ms_to_acknowledge: float | None
    mean_ms_to_resolve: float | None
    """MTTR: from the first firing, over alerts that ended."""
    median_ms_to_resolve: float | None

    @property
    def share_at_night(self) -> float | None:
        return self.at_night / self.notifications if self.notifications else None


@dataclass(slots=True)
class _Sum:
    alerts: int = 0
    at_night: int = 0
    flapping: int = 0
    messages: set[str] = field(default_factory=set)
    to_acknowledge: list[int] = field(default_factory=list)
    to_resolve: list[int] = field(default_factory=list)

    def figures(self) -> Figures:
        acknowledge, resolve = self.to_acknowledge, self.to_resolve
        return Figures(
            *(self.alerts, len(self.messages), self.at_night, len(acknowledge), len(resolve), self.flapping),
            *(f(times) if times else None for times in (acknowledge, resolve) for f in (fmean, median)),
        )


def figures(firings: Iterable[Firing], sent: Iterable[Sent], zone: tzinfo) -> dict[Name, Figures]:
    """
    Add up alerts and notifications.

    Args:
        firings: Alerts that fired; those of which a notification in *sent* speaks are among them, or the notification
            counts for `all` alone.
    """
    sums: defaultdict[Name, _Sum] = defaultdict(_Sum)
    of: dict[str, Sequence[tuple[Dimension, str]]] = {}
    for firing in firings:
        if not firing.fired_at_ms:
            continue
        of[firing.alert_id] = names = _names(firing)
        first_ms = firing.fired_at_ms[0]
        month = _local(first_ms, zone)[0]
        for dimension, name in names:
            found = sums[Name(month, dimension, name)]
            found.alerts += 1
            found.flapping += len(firing.fired_at_ms) >= FLAPPING_FIRINGS
            if firing.acknowledged_at_ms:
                found.to_acknowledge.append(max(0, firing.acknowledged_at_ms - first_ms))
            if firing.resolved_at_ms:
                found.to_resolve.append(max(0, firing.resolved_at_ms - first_ms))
    for notification in sent:
        month, hour = _local(notification.at_ms, zone)
        for dimension, name in of.get(notification.alert_id, (("all", ""),)):
            found = sums[Name(month, dimension, name)]
            if notification.message in found.messages:
                continue
            found.messages.add(notification.message)
            found.at_night += is_at_night(hour)
    return {name: found.figures() for name, found in sorted(sums.items())}


def _names(firing: Firing) -> Sequence[tuple[Dimension, str]]:
    team = firing.labels.get(TEAM_LABEL, "")
    return ("all", ""), ("team", team), ("rule", firing.rule_id), ("plugin", firing.plugin_id)


def _local(at_ms: int, zone: tzinfo) -> tuple[str, int]:
    """Return the month and the hour of an instant."""
    local = datetime.fromtimestamp(at_ms / 1000, zone)
    return f"{local.year:04}-{local.month:02}", local.hour
