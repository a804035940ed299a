"""What surrounded the alerts of a rule that is tried out: all that holds notifications back or stops them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from dispatchers.ledger import News
from shared.model.alerts import Alert
from shared.model.route_tree import RouteTree
from shared.model.silences import Silence


class ChannelKind(NamedTuple):
    """What must be known of a kind of channel."""

    tells: frozenset[News]
    groups: bool


class ValidSilence(NamedTuple):
    """A revision of a silence, and when it was in force: [from, until)."""

    from_ms: int
    until_ms: int
    silence: Silence


class Other(NamedTuple):
    """An alert of another rule while it fired: [from, until)."""

    from_ms: int
    until_ms: int
    alert: Alert


class Acknowledgement(NamedTuple):
    """A person acknowledged the alert of a plugin."""

    at_ms: int
    plugin_id: str
    by: str


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What surrounded a rule's alerts, as it was recorded."""

    kinds: Mapping[str, ChannelKind] = field(default_factory=dict)
    """By channel; channels that are not named here do not exist."""
    silences: Sequence[ValidSilence] = ()
    others: Sequence[Other] = ()
    routes: Sequence[tuple[int, RouteTree | None]] = ()
    """Instant → the tree in force from then on, oldest first."""
    acknowledgements: Sequence[Acknowledgement] = ()
    gather_ms: int = 10_000
    """For how long further news of a group is gathered."""
