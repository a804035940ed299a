"""What an attempt to notify leaves behind of one alert: ledger entry, line of the timeline, and record. Pure."""

from dataclasses import dataclass

from msgspec import Raw

from dispatchers.ledger import Update
from shared.model.alerts import LedgerEntry, TimelineEntry
from shared.model.records import NO_DOCUMENT, Attempted, Outcome


@dataclass(frozen=True, slots=True)
class Line:
    """What one alert's ledger and timeline shall say."""

    update: Update
    entry: LedgerEntry
    timeline: TimelineEntry
    outcome: Outcome

    @property
    def alert_id(self) -> str:
        return self.update.alert.id


def failure(verdict: str, *, is_final: bool) -> Outcome:
    """Return what became of an attempt that failed; *verdict* as a `DeliveryError` has it."""
    if is_final:
        return "given_up"
    return "uncertain" if verdict == "uncertain" else "failed"


def record(
    channel: str, group: str, update: Update, outcome: Outcome, ledger: bytes, line: bytes | None = None
) -> Attempted:
    """
    Return the record of one alert's part in an attempt.

    Args:
        ledger: The ledger's entry afterwards, as it is stored.
        line: The line of the timeline, as it is stored.
    """
    return Attempted(
        alert_id=update.alert.id,
        channel=channel,
        group=group,
        outcome=outcome,
        news=update.news,
        episode=update.alert.episode,
        is_repeated=update.is_repeated,
        line=NO_DOCUMENT if line is None else Raw(line),
        ledger=Raw(ledger),
    )
