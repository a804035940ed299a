"""What a channel must be told, from what it was told last: the level in "level-triggered". Pure."""

import hashlib
from collections.abc import Collection, Sequence

from dispatchers.channel import Item, News
from shared.model.alerts import Alert, LedgerEntry


def news(alert: Alert, entry: LedgerEntry, tells: Collection[News]) -> News | None:
    """
    Compare an alert with what a channel last heard of it.

    Whoever was told "firing", or may have been (`maybe_told`), is told "resolved"; who was told nothing of an alert
    that has ended hears nothing. A reopened alert is told of only once its cooldown allows (`announced_episode`). Late,
    repeated and reordered calls are harmless: the answer depends on the present state alone.

    Args:
        tells: What this kind of channel wants to hear of.

    Returns:
        The next thing to tell, or None when the channel is up to date.
    """
    knows = entry.told in ("firing", "acknowledged")
    if alert.state == "resolved":
        return "resolved" if knows or entry.maybe_told else None
    if alert.state == "pending":
        return None
    if not (knows and entry.told_episode == alert.episode):
        # What suppresses an alert holds back the news of its firing, and nothing else.
        return "firing" if alert.announced_episode == alert.episode and not alert.suppressed else None
    if alert.state == "acknowledged" and entry.told == "firing" and "acknowledged" in tells:
        return "acknowledged"
    if alert.state == "firing" and entry.reminded < alert.reminders and not alert.suppressed:
        return "firing"
    return None


def is_reminder(alert: Alert, entry: LedgerEntry) -> bool:
    """Tell whether the channel knows of this firing already."""
    return entry.told == "firing" and entry.told_episode == alert.episode


def attempted(alert: Alert, told: News) -> str:
    """Return the name of one piece of news; attempts are counted for each anew."""
    return f"{told}:{alert.episode}:{alert.reminders}" if told == "firing" else f"{told}:{alert.episode}"


def identity(items: Sequence[Item]) -> str:
    """
    Return a text that is the same whenever the same news is told again, and another for any other news: what receivers
    know repeats by. A reminder is news, and so is whatever joined a notification between two tries.
    """
    told = sorted(f"{item.alert.id}:{attempted(item.alert, item.news)}" for item in items)
    return hashlib.sha256("|".join(told).encode()).hexdigest()[:32]
