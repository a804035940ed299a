"""What the engine decided and the committer has still to write. Pure."""

from dataclasses import dataclass, field

from evaluator.plugin_memory import Novelty
from evaluator.snapshot import Place, Snapshot
from shared.model.alerts import Transition


@dataclass(slots=True)
class Changes:
    """What a batch changed; the content of one commit."""

    snapshots: dict[Place, Snapshot | None] = field(default_factory=dict)
    """None: idle again."""
    transitions: list[Transition] = field(default_factory=list)
    events: int = 0
    late: int = 0
    """Samples older than their series' newest."""
    cut: int = 0
    """Samples and error reports dropped from windows for want of room."""
    restarted: int = 0
    """Series, states and plugins that started again because their clock stepped back."""
    lost: int = 0
    """Entries that were cut from the stream before they were read."""
    dropped: int = 0
    """Values that were not usable, of events that were evaluated without them."""

    def __bool__(self) -> bool:
        return bool(self.snapshots or self.transitions)

    def count(self, novelty: Novelty) -> None:
        self.late += len(novelty.late)
        self.cut += novelty.cut
        self.restarted += novelty.restarted
