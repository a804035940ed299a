"""
What a channel must be sent, from what it was sent last, and what each attempt makes of that. Pure.

The ledger has one entry an alert and channel. Delivery is level-triggered: it compares the alert as it is now with the
entry, so late, repeated and reordered jobs are harmless.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from msgspec import structs

from shared.model import backoff, reasons
from shared.model.alerts import Alert, LedgerEntry
from shared.model.reasons import Reason

News = Literal["firing", "acknowledged", "resolved"]
MAX_EDITS = 10
"""Alerts whose own messages are changed one by one; further alerts share a message, for each call takes its time."""
LAST_ATTEMPT = backoff.DELIVERY_MAX_ATTEMPTS - 1
"""After so many failed attempts, the next failure is the last."""


@dataclass(frozen=True, slots=True)
class Due:
    """An alert that one channel may have to be sent news of."""

    alert_id: str
    alert: Alert | None
    """None: its record is gone, or nobody can read it."""
    entry: LedgerEntry


@dataclass(slots=True)
class Update:
    """News of one alert for one channel. Its entry changes with each attempt."""

    alert: Alert
    news: News
    entry: LedgerEntry
    maybe_told_before: bool = False
    """Whether the channel may have learned of the firing before the last attempt."""
    is_repeated: bool = False
    """Whether an attempt at the same news ended in doubt, so that the receiver may have it already."""

    def note_doubt(self) -> None:
        """Note what is in doubt before an attempt, which then changes the entry."""
        self.is_repeated = self.is_repeated or ends_in_doubt(self)
        self.maybe_told_before = self.entry.maybe_told


@dataclass(frozen=True, slots=True)
class Comparison:
    """What remains to be sent to one channel of one group of alerts."""

    updates: list[Update]
    """News that may be sent now; the alert that changed first comes first."""
    up_to_date: list[str]
    """Ids of the alerts of which there is no news."""
    next_attempt_at_ms: int | None
    """When the first of the other attempts may be made; None if no other attempt waits."""


def compare(due: Iterable[Due], wanted: Collection[News], now_ms: int, channel: str = "") -> Comparison:
    """
    Find the alerts of which a channel must be sent news.

    Args:
        channel: Its name: an alert's routes may mute some of its channels.
        wanted: The news that this kind of channel is sent.
    """
    updates, up_to_date, waiting = [], [], []
    for item in due:
        next_news = news(item.alert, item.entry, wanted, channel) if item.alert else None
        if item.alert is None or next_news is None:
            up_to_date.append(item.alert_id)
        elif item.entry.attempted == attempted(item.alert, next_news) and item.entry.not_before_ms > now_ms:
            waiting.append(item.entry.not_before_ms)
        else:
            updates.append(Update(item.alert, next_news, item.entry))
    updates.sort(key=lambda update: update.alert.updated_at_ms)
    return Comparison(updates, up_to_date, min(waiting, default=None))


def news(alert: Alert, entry: LedgerEntry, wanted: Collection[News], channel: str = "") -> News | None:
    """
    Compare an alert with its ledger entry.

    A channel that was sent "firing", or may have been (`maybe_told`), is sent "resolved"; a channel that was sent
    nothing of an alert that has ended is sent nothing. A reopened alert is news only once its cooldown allows
    (`announced_episode`).

    Args:
        wanted: The news that this kind of channel is sent.

    Returns:
        The next news to send, or None when the channel is up to date.
    """
    has_firing = entry.told in ("firing", "acknowledged")
    if alert.state == "resolved":
        return "resolved" if has_firing or entry.maybe_told else None
    if alert.state == "pending":
        return None
    # Suppression holds back the news of a firing, and no other news.
    is_held = bool(alert.suppressed) or channel in alert.muted
    if not (has_firing and entry.told_episode == alert.episode):
        return "firing" if alert.announced_episode == alert.episode and not is_held else None
    if alert.state == "acknowledged" and entry.told == "firing" and "acknowledged" in wanted:
        return "acknowledged"
    if alert.state == "firing" and entry.reminded < alert.reminders and not is_held:
        return "firing"
    return None


def is_reminder(alert: Alert, entry: LedgerEntry) -> bool:
    """Tell whether the channel was sent this firing already."""
    return entry.told == "firing" and entry.told_episode == alert.episode


def attempted(alert: Alert, next_news: News) -> str:
    """Return the name of one piece of news; attempts are counted separately for each name."""
    if next_news == "firing":
        return f"{next_news}:{alert.episode}:{alert.reminders}"
    return f"{next_news}:{alert.episode}"


def messages(updates: Sequence[Update], *, edits: bool, at_once: int) -> list[list[Update]]:
    """
    Divide updates into notifications.

    Args:
        edits: Whether the channel changes an alert's message. Such an alert has a notification of its own.
        at_once: The most alerts in one notification.
    """
    alone = [update for update in updates if edits and update.entry.message_id][:MAX_EDITS]
    together = [update for update in updates if not any(update is other for other in alone)]
    return [[update] for update in alone] + [
        together[start : start + at_once] for start in range(0, len(together), at_once)
    ]


def ends_in_doubt(update: Update) -> bool:
    """Tell whether the attempt before may have been accepted: its worker died, or no answer came."""
    entry = update.entry
    is_same = entry.attempted == attempted(update.alert, update.news)
    return entry.status == "sending" or (entry.in_doubt and is_same)


def attempts(update: Update) -> int:
    """Return how many attempts at this news have failed."""
    entry = update.entry
    return entry.attempts if entry.attempted == attempted(update.alert, update.news) else 0


def sending(update: Update, worker: str) -> LedgerEntry:
    """Return the entry for the time of an attempt: if the worker dies, it shows that the attempt was made."""
    entry, name = update.entry, attempted(update.alert, update.news)
    is_new = entry.attempted != name
    return structs.replace(
        entry,
        attempted=name,
        attempts=0 if is_new else entry.attempts,
        not_before_ms=0 if is_new else entry.not_before_ms,
        reason="" if is_new else entry.reason,
        reason_code="" if is_new else entry.reason_code,
        reason_values={} if is_new else entry.reason_values,
        in_doubt=entry.in_doubt and not is_new,
        possible_duplicates=entry.possible_duplicates + ends_in_doubt(update),
        status="sending",
        worker=worker,
        maybe_told=entry.maybe_told or update.news == "firing",
    )


def unfinished(update: Update) -> LedgerEntry:
    """Return the entry after an attempt that reached only some of a channel's recipients, and failed at none."""
    return structs.replace(update.entry, status="due", in_doubt=update.is_repeated)


def sent(update: Update, message_ids: Mapping[str, str], now_ms: int) -> LedgerEntry:
    """
    Return the entry after the channel accepted the news.

    Args:
        message_ids: Alert id → the provider's id of the message.
    """
    return structs.replace(
        update.entry,
        told=update.news,
        told_episode=update.alert.episode,
        told_at_ms=now_ms,
        reminded=update.alert.reminders,
        maybe_told=False,
        in_doubt=False,
        status="settled",
        attempts=0,
        not_before_ms=0,
        **reasons.fields(""),
        message_id=message_ids.get(update.alert.id, update.entry.message_id),
    )


def failed(
    update: Update,
    why: Reason,
    *,
    is_uncertain: bool,
    is_reached: bool,
    is_final: bool,
    counts: bool,
    not_before_ms: int,
) -> LedgerEntry:
    """
    Return the entry after a failed attempt.

    Args:
        is_uncertain: The channel may have accepted it.
        is_reached: Some of the channel's recipients have it.
        is_final: There is no further attempt.
        counts: Whether it is one of the limited number of attempts.
        not_before_ms: When the next attempt may be made.
    """
    may_have_it = is_uncertain or is_reached
    return structs.replace(
        update.entry,
        maybe_told=update.entry.maybe_told if may_have_it else update.maybe_told_before,
        in_doubt=is_uncertain or update.is_repeated,
        status="dead" if is_final else "due",
        attempted=attempted(update.alert, update.news),
        attempts=attempts(update) + counts,
        not_before_ms=not_before_ms,
        **reasons.fields(why),
    )


class HasNews(Protocol):
    """News of one alert, in whatever form."""

    @property
    def alert(self) -> Alert: ...
    @property
    def news(self) -> News: ...


def identity(items: Sequence[HasNews]) -> str:
    """
    Return a text that is the same whenever the same news is sent again, and differs for any other news.

    Receivers find repetitions by it. A reminder is other news, and so is a notification that further alerts have joined
    between two attempts.
    """
    names = sorted(f"{item.alert.id}:{attempted(item.alert, item.news)}" for item in items)
    return hashlib.sha256("|".join(names).encode()).hexdigest()[:32]
