"""What transitions, or the passing of time, make of alerts: applied, grouped, suppressed or released. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from msgspec import structs

from dispatchers import escalation, grouping, suppress
from dispatchers.suppress import World
from shared.model import lifecycle, reasons
from shared.model.alerts import Alert, TimelineEntry, Transition
from shared.model.reasons import Reason

NOTIFIED = ("firing", "announced", "resolved")
"""Transitions that may be news to channels."""
COUNTED = ("firing", "reopened", "resolved")
"""Transitions that make an alert flap when there are too many."""


@dataclass(frozen=True, slots=True)
class Step:
    """A transition that changes an alert."""

    before: Alert | None
    after: Alert
    change: Transition
    held: dict[str, Reason]
    """What suppresses the alert from now on: step → reason."""


def route_all(
    changes: Sequence[Transition],
    alerts: dict[str, Alert | None],
    unreadable: Collection[str],
    world: World,
    now_ms: int,
    room: int,
) -> tuple[list[Step], int]:
    """
    Apply transitions in their order, each to what the one before it left.

    Args:
        alerts: Alert id → alert, of every transition; changed here.
        unreadable: Ids of alerts whose records cannot be read; they are restored from the transition.
        room: How many more alerts the board takes.

    Returns:
        The steps that change something, and how many alerts fired and found no room.
    """
    steps = []
    left_out = 0
    if world.inhibition.rules:
        _look_ahead(changes, alerts, unreadable, world)
    for change in causes_first(changes):
        before = alerts[change.alert_id]
        if before is None and change.alert_id in unreadable:
            before = lifecycle.restored(change)
        if before is None and change.kind in ("pending", "firing"):
            if room <= 0:
                left_out += change.kind == "firing"
                continue
            room -= 1
        routed = route(before, change, world, now_ms)
        if routed is not None:
            after, held = routed
            alerts[after.id] = after
            steps.append(Step(before, after, change, held))
    return steps, left_out


def causes_first(changes: Sequence[Transition]) -> list[Transition]:
    """
    Put alerts that others can hold back behind all others, each alert's transitions in their order.

    A dead host's alerts are decided in different partitions, and come here in any order.
    """
    held_back = {change.alert_id for change in changes if change.policy.inhibited_by}
    return sorted(changes, key=lambda change: change.alert_id in held_back)


def _look_ahead(
    changes: Sequence[Transition], alerts: dict[str, Alert | None], unreadable: Collection[str], world: World
) -> None:
    """
    Note in *world* which alerts fire after all of the transitions, for rules of inhibition.

    An alert may be a cause by one rule and held back by another, so no order of the transitions puts all causes first.
    """
    after = dict(alerts)
    for change in changes:
        before = after[change.alert_id]
        if before is None and change.alert_id in unreadable:
            before = lifecycle.restored(change)
        after[change.alert_id] = lifecycle.apply(before, change) or before
    for change in changes:
        if (alert := after[change.alert_id]) is not None:
            world.inhibition.settle(alert)


def route(
    before: Alert | None, change: Transition, world: World, now_ms: int
) -> tuple[Alert, dict[str, Reason]] | None:
    """
    Apply one transition, and note in *world* what follows from it for the next transitions.

    Returns:
        The alert after it, and what suppresses it from now on (step → reason) if it fired; None if nothing changes.
    """
    after = lifecycle.apply(before, change)
    if after is None:
        return None
    if change.kind in COUNTED:
        # This change counts too, for this alert and for what follows it in the batch.
        world.changes.setdefault((after.rule_id, after.plugin_id), []).insert(0, now_ms)
    held: dict[str, Reason] = {}
    let_through_at_ms = after.let_through_at_ms
    if change.kind in ("firing", "reopened", "announced"):
        held = suppress.judge(after, world, now_ms)
        if not held:
            let_through_at_ms = now_ms
            world.let_through_at_ms[after.rule_id, after.plugin_id] = now_ms
    group = after.group or grouping.group_of(after)
    after = structs.replace(
        after,
        suppressed={name: str(reason) for name, reason in held.items()},
        suppressed_reasons=held,
        group=group,
        let_through_at_ms=let_through_at_ms,
        muted=suppress.muted_channels(after, world),
    )
    world.follow(after)
    return after, held


def reconsider(alert: Alert, world: World, now_ms: int) -> tuple[Alert, list[TimelineEntry]]:
    """
    Look at an alert again: a suppression may have ended or begun, and a reminder or an escalation may be due.

    Returns:
        The alert after it (the same object if nothing changed), and a timeline entry a change.
    """
    if alert.state not in ("firing", "acknowledged"):
        return alert, []
    held = suppress.judge(alert, world, now_ms)
    muted = suppress.muted_channels(alert, world)
    is_same = {name: str(reason) for name, reason in held.items()} == alert.suppressed
    if is_same and muted == alert.muted:
        return escalation.pass_time(alert, now_ms)
    after = structs.replace(lifecycle.suppress(alert, held, now_ms), muted=muted)
    if is_same:
        return after, [muted_line(muted, now_ms)]
    lines = [suppressed_line(step, reason, now_ms) for step, reason in held.items() if step not in alert.suppressed]
    lines += [
        _released_line(step, alert.suppressed_reasons.get(step, words), now_ms)
        for step, words in alert.suppressed.items()
        if step not in held
    ]
    lines = lines or [suppressed_line("", reasons.of("suppressed.several", parts=list(held.values())), now_ms)]
    return after, lines


def timeline_entry(change: Transition) -> TimelineEntry:
    """Return the line of the timeline that a transition is."""
    return TimelineEntry(
        at_ms=change.decided_at_ms,
        kind=change.kind,
        by="rule",
        reason=change.reason,
        reason_code=change.reason_code,
        reason_values=change.reason_values,
        value=change.value,
        threshold=change.threshold,
    )


def further_lines(step: Step, now_ms: int) -> list[TimelineEntry]:
    """Return the lines which say where an alert goes, and what holds it back from there."""
    lines = []
    after = step.after
    if after.routes and step.change.routes and (step.before is None or step.before.routes != after.routes):
        lines.append(routed_line(after, now_ms))
    lines += [suppressed_line(name, reason, now_ms) for name, reason in step.held.items()]
    if after.muted and not step.held and step.change.kind in ("firing", "reopened", "announced"):
        lines.append(muted_line(after.muted, now_ms))
    return lines


def routed_line(alert: Alert, now_ms: int) -> TimelineEntry:
    """Return the timeline entry which says why an alert goes where it goes."""
    routes = [taken.name or taken.place for taken in alert.routes]
    named = reasons.of("routed.to", channels=list(alert.channels), routes=routes)
    return TimelineEntry(at_ms=now_ms, kind="routed", **reasons.fields(named))


def muted_line(muted: dict[str, str], now_ms: int) -> TimelineEntry:
    """Return the timeline entry which says that some channels of an alert are muted, or that none is any more."""
    if not muted:
        return TimelineEntry(at_ms=now_ms, kind="released", by="muted", **reasons.fields(reasons.of("muted.over")))
    channels = [f"{channel} ({interval})" for channel, interval in muted.items()]
    why = reasons.of("muted.channels", channels=channels)
    return TimelineEntry(at_ms=now_ms, kind="suppressed", by="muted", **reasons.fields(why))


def suppressed_line(step: str, reason: Reason, now_ms: int) -> TimelineEntry:
    """Return the timeline entry which says that *step* holds an alert back from the channels."""
    return TimelineEntry(at_ms=now_ms, kind="suppressed", by=step, **reasons.fields(reason))


def _released_line(step: str, held_for: Reason | str, now_ms: int) -> TimelineEntry:
    released = reasons.of("released", because=held_for)
    return TimelineEntry(at_ms=now_ms, kind="released", by=step, **reasons.fields(released))
