"""
The reference model: what one plugin's events and the operators' acts must come to. Pure.

It folds them with the evaluator's own pure engine, undisturbed and in order. However the real system is killed and
restarted, its records must tell the same stories.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec import structs

from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.index import Index
from shared.model.events import Command, Event
from shared.model.rules import Rule

TRANSITIONS = ("pending", "cleared", "firing", "acknowledged", "resolved")
"""What a timeline says of the alert itself, and not of those who are told."""


@dataclass
class Expected:
    """One alert as it must be found."""

    rule_id: str
    started_at_ms: int
    kinds: list[str] = field(default_factory=list)
    """Its transitions and the operators' acts, in order."""
    ended_at_ms: int = 1 << 62

    @property
    def fired(self) -> bool:
        return "firing" in self.kinds

    @property
    def is_open(self) -> bool:
        return self.kinds[-1] not in ("resolved", "cleared")


class Story:
    """One plugin, from its first event on."""

    def __init__(self, plugin_id: str, rules: Sequence[Rule]) -> None:
        self.plugin_id = plugin_id
        self.alerts: dict[str, Expected] = {}
        """By the model's own ids, in order; the real ones have others."""
        self.events: list[Event] = []
        self._engine = Engine(Index(rules))

    def event(self, event: Event) -> None:
        """Something was published."""
        self.events.append(event)
        changes = Changes()
        # The engine adds the metrics of histograms.
        decided = structs.replace(event, metrics=dict(event.metrics))
        self._engine.apply(decided, str(len(self.events)), event.at_ms, changes)
        self._note(changes)

    def rules(self, rules: Sequence[Rule], now_ms: int) -> None:
        """The rules were edited, and every evaluator knows."""
        changes = Changes()
        self._engine.replace_rules(Index(rules), now_ms, changes)
        self._note(changes)

    def acknowledged(self) -> None:
        """An operator acknowledged the newest alert."""
        self.newest.kinds.append("acknowledged")

    def resolved_by_hand(self, now_ms: int) -> None:
        """An operator resolved the newest alert, and the evaluator knows."""
        alert_id, newest = next(reversed(self.alerts.items()))
        newest.kinds.append("resolved")
        place = {"rule_id": newest.rule_id, "plugin_id": self.plugin_id, "alert_id": alert_id}
        self._engine.obey(Command(kind="resolve", by="", at_ms=now_ms, **place), Changes())

    def hear(self, heard: Sequence[tuple[int, Event]]) -> None:
        """Take note of when each event arrived, by the server's clock; `ClockStory` needs it."""

    @property
    def newest(self) -> Expected:
        return next(reversed(self.alerts.values()))

    def _note(self, changes: Changes) -> None:
        for one in changes.transitions:
            alert = self.alerts.setdefault(one.alert_id, Expected(one.rule_id, one.since_ms))
            alert.kinds.append(one.kind)
            if one.kind == "resolved":
                alert.ended_at_ms = one.at_ms


class ClockStory(Story):
    """A plugin whose alerts depend on the stream's clock: folded when all is over, from what the stream holds."""

    END_MS = 60_000
    """The clock goes on so long after the last event."""

    def event(self, event: Event) -> None:
        self.events.append(event)

    def hear(self, heard: Sequence[tuple[int, Event]]) -> None:
        changes = Changes()
        for number, (heard_ms, event) in enumerate(heard):
            self._engine.pass_time(heard_ms - 1, changes, heard_ms - 1)
            self._engine.apply(event, str(number), heard_ms, changes, heard_ms)
        if heard:
            self._engine.pass_time(heard[-1][0] + self.END_MS, changes)
        self._note(changes)
