"""Which alerts of the board or of the history a reader wants to see. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.model.alerts import Alert


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter over alerts; empty fields let everything pass."""

    severity: Sequence[str] = ()
    plugin_id: str | None = None
    rule_id: str | None = None
    state: Sequence[str] = ()
    since_ms: int | None = None
    until_ms: int | None = None
    """The last instant at which they began."""

    def is_everything(self) -> bool:
        return self == Wanted()

    def lets_pass(self, alert: Alert) -> bool:
        return (
            (not self.severity or alert.severity in self.severity)
            and (self.plugin_id is None or alert.plugin_id == self.plugin_id)
            and (self.rule_id is None or alert.rule_id == self.rule_id)
            and (not self.state or alert.state in self.state)
            and (self.since_ms is None or alert.started_at_ms >= self.since_ms)
            and (self.until_ms is None or alert.started_at_ms <= self.until_ms)
        )
