"""What a transition, or the passing of time, makes of one alert: applied, grouped, suppressed or released. Pure."""

from msgspec import structs

from dispatchers import escalation, grouping, suppress
from dispatchers.suppress import World
from shared.model import lifecycle
from shared.model.alerts import Alert, TimelineEntry, Transition

NOTIFIED = ("firing", "announced", "resolved")
"""Transitions that may be news to channels."""
COUNTED = ("firing", "reopened", "resolved")
"""Transitions that make an alert flap when there are too many."""


def route(before: Alert | None, change: Transition, world: World, now_ms: int) -> tuple[Alert, dict[str, str]] | None:
    """
    Apply one transition, and note in *world* what follows from it for the next ones.

    Returns:
        The alert after it, and what suppresses it from now on (step → reason) if it fired; None if nothing changes.
    """
    after = lifecycle.apply(before, change)
    if after is None:
        return None
    if change.kind in COUNTED:
        # This change counts too, for this alert and for what follows it in the batch.
        world.changes.setdefault((after.rule_id, after.plugin_id), []).insert(0, now_ms)
    reasons: dict[str, str] = {}
    let_through_at_ms = after.let_through_at_ms
    if change.kind in ("firing", "reopened", "announced"):
        reasons = suppress.judge(after, world, now_ms)
        if not reasons:
            let_through_at_ms = now_ms
            world.told[after.rule_id, after.plugin_id] = now_ms
    group = after.group or grouping.group_of(after)
    after = structs.replace(after, suppressed=reasons, group=group, let_through_at_ms=let_through_at_ms)
    world.follow(after)
    return after, reasons


def reconsider(alert: Alert, world: World, now_ms: int) -> tuple[Alert, list[TimelineEntry]]:
    """
    Look at an alert again: what held it back may have ended, or begun; and what time alone brings may be due.

    Returns:
        The alert after it (the same object if nothing changed), and a timeline entry a change.
    """
    if alert.state not in ("firing", "acknowledged"):
        return alert, []
    reasons = suppress.judge(alert, world, now_ms)
    if reasons == alert.suppressed:
        return escalation.pass_time(alert, now_ms)
    lines = [
        TimelineEntry(at_ms=now_ms, kind="suppressed", by=step, reason=reason)
        for step, reason in reasons.items()
        if step not in alert.suppressed
    ]
    lines += [
        TimelineEntry(at_ms=now_ms, kind="released", by=step, reason=f"no longer {reason}")
        for step, reason in alert.suppressed.items()
        if step not in reasons
    ]
    lines = lines or [TimelineEntry(at_ms=now_ms, kind="suppressed", reason="; ".join(reasons.values()))]
    return lifecycle.suppress(alert, reasons, now_ms), lines
