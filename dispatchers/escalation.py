"""Reminders and escalation steps of an alert that nobody has acknowledged: they need only time to pass. Pure."""

from msgspec import structs

from shared.model import reasons
from shared.model.alerts import Alert, TimelineEntry


def pass_time(alert: Alert, now_ms: int) -> tuple[Alert, list[TimelineEntry]]:
    """
    Take every reminder and escalation step that is due by *now_ms*.

    The time counts from when this firing was first announced to the channels. An alert that is acknowledged, in its
    cooldown or suppressed waits; a reminder that became due several times meanwhile is sent once.

    Returns:
        The changed alert (the same object if nothing was due), and one timeline entry per step.
    """
    is_let_through = alert.state == "firing" and alert.announced_episode == alert.episode and not alert.suppressed
    if not is_let_through:
        return alert, []
    elapsed_ms = now_ms - (alert.let_through_at_ms or alert.fired_at_ms)
    lines = []
    after = alert
    for number, step in enumerate(alert.policy.escalation, start=1):
        if number > alert.escalated and elapsed_ms >= step.after_ms:
            channels = list(dict.fromkeys([*after.channels, *step.channels]))
            after = structs.replace(after, channels=channels, escalated=number)
            reason = reasons.of("escalated", minutes=step.after_ms / 60_000, channels=list(step.channels))
            lines.append(TimelineEntry(at_ms=now_ms, kind="escalated", **reasons.fields(reason)))
    if alert.policy.repeat_ms:
        due = elapsed_ms // alert.policy.repeat_ms
        if due > alert.reminders:
            after = structs.replace(after, reminders=due)
            lines.append(TimelineEntry(at_ms=now_ms, kind="reminded", **reasons.fields(reasons.of("reminded"))))
    if lines:
        after = structs.replace(after, version=alert.version + 1, updated_at_ms=now_ms)
    return after, lines
