"""What the engine decided and the committer has still to write. Pure."""

from dataclasses import dataclass, field

from evaluator.alert_ids import Origin
from evaluator.external import Watched
from evaluator.plugin_memory import Novelty
from evaluator.snapshot import Place, Snapshot
from shared.model.alerts import Transition
from shared.model.events import Event


@dataclass(slots=True)
class Changes:
    """What a batch changed; the content of one commit."""

    snapshots: dict[Place, Snapshot | None] = field(default_factory=dict)
    """None: idle again."""
    externals: dict[str, Watched | None] = field(default_factory=dict)
    """External alerts by fingerprint. None: nothing is known of it any more."""
    transitions: list[Transition] = field(default_factory=list)
    reports: list[tuple[int, bytes]] = field(default_factory=list)
    """Of fleet rules: partition that gets it, and the encoded report. Written before the commit."""
    events: int = 0
    statements: int = 0
    """Of senders about external alerts."""
    late: int = 0
    """Samples older than their series' newest."""
    cut: int = 0
    """Samples and error reports dropped from windows for want of room."""
    restarted: int = 0
    """Series, states and plugins that started again because their clock stepped back."""
    lost: int = 0
    """Entries that were cut from the stream before they were read."""
    of_refused_plugins: int = 0
    """Events that became dead letters, since there is no room for their plugins."""
    replicated: int = 0
    """Events of a replica that was not chosen."""
    dropped: int = 0
    """Values that were not usable, of events that were evaluated without them."""

    refused: list[tuple[Event, Origin]] = field(default_factory=list)
    """Events of plugins for which there is no room, each with its place in the log."""

    def __bool__(self) -> bool:
        return bool(self.snapshots or self.externals or self.transitions or self.reports)

    def refuse(self, event: Event, origin: Origin) -> None:
        """Take note of an event of a plugin for which there is no room."""
        self.events -= 1
        self.refused.append((event, origin))

    def count(self, novelty: Novelty) -> None:
        self.late += len(novelty.late)
        self.cut += novelty.cut
        self.restarted += novelty.restarted
