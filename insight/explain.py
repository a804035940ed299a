"""
Why an alert fired or did not, and why people were notified or not: one chain from the event to the receipt. Pure.

`recorded` is what the system did; `recomputed` is what the same pure functions say about what the archive keeps. Where
the two differ, one of them is wrong, and the chain shows both.
"""

from collections.abc import Sequence
from dataclasses import replace

from insight import decided_again, explain_channels, explain_decision, explain_routing
from insight import evidence as kept
from insight.chain import Chain, Finding, Step, no, yes
from insight.decided_again import Replayed
from insight.evidence import FIRINGS, Evidence, Story
from shared.errors import NotFound
from shared.model import reasons
from shared.model.alerts import TimelineEntry
from shared.model.reasons import Reason

SEEN_MS = 60_000
"""A sample of an instant may arrive a little later, and is judged then: a point of a chart is one of its sample."""


def alert(evidence: Evidence, alert_id: str, channel: str, now_ms: int) -> Chain:
    """
    Explain the newest firing of an alert: why it fired, and who was notified.

    Args:
        channel: Only this one; "": all of them.

    Raises:
        NotFound: the archive has no such alert.
    """
    story = evidence.stories.get(alert_id)
    line = opening(story, now_ms) if story else None
    if story is None or line is None:
        raise NotFound(reasons.of("missing.alert", alert_id=alert_id))
    return _of_alert(evidence, story, line, channel, line.at_ms, now_ms)


def opening(story: Story, until_ms: int) -> TimelineEntry | None:
    """Return the line with which an alert fired last; of one that never fired, with which it began."""
    lines = list(story.until(until_ms))
    fired = [line for line in lines if line.kind in FIRINGS]
    if fired:
        return fired[-1]
    return next((line for line in reversed(lines) if line.kind == "pending"), lines[0] if lines else None)


def place(evidence: Evidence, rule_id: str, plugin_id: str, at_ms: int) -> Chain:
    """Explain what a rule made of a plugin at an instant."""
    seen_ms = max(
        (one.entry_ms for one in evidence.arrivals if one.event.at_ms <= at_ms and one.entry_ms <= at_ms + SEEN_MS),
        default=at_ms,
    )
    now_ms = max(at_ms, seen_ms)
    snapshot = explain_decision.recorded_snapshot(rule_id, plugin_id, evidence, now_ms)
    replayed = _replayed(evidence, rule_id, plugin_id, now_ms)
    steps = list(explain_decision.steps(rule_id, plugin_id, evidence, now_ms, replayed))
    if snapshot is not None and snapshot.phase == "firing":
        story = evidence.stories[snapshot.alert_id]
        line = opening(story, now_ms)
        if line is not None:
            fired = _of_alert(evidence, story, line, "", at_ms, now_ms)
            further = [step for step in fired.steps if step.name not in {one.name for one in steps}]
            return _chain(evidence, rule_id, plugin_id, story, at_ms, fired.conclusion, [*steps, *further], now_ms)
    # What ends the chain comes before what stands at its end.
    conclusion = explain_decision.first_no(steps) or steps[-1].finding
    assert conclusion is not None
    if conclusion.why.code == "explain.idle" and any(_holds(step) for step in steps):
        conclusion = no("explain.judged_next", now_ms)
    return _chain(evidence, rule_id, plugin_id, None, at_ms, conclusion, steps, now_ms)


def _holds(step: Step) -> bool:
    return step.name == "verdict" and step.recomputed is not None and step.recomputed.passes is True


def _replayed(evidence: Evidence, rule_id: str, plugin_id: str, until_ms: int) -> Replayed | None:
    revision = kept.in_force(evidence.rules.get(rule_id, ()), until_ms)
    is_known = revision is not None and revision.document is not None
    if not is_known or not explain_decision.can_replay(rule_id, plugin_id, evidence):
        return None
    return decided_again.decide_again(rule_id, plugin_id, evidence, until_ms)


def _of_alert(evidence: Evidence, story: Story, line: TimelineEntry, channel: str, at_ms: int, now_ms: int) -> Chain:
    rule_id, plugin_id = story.alert.rule_id, story.alert.plugin_id
    told = (story, line)
    replayed = _replayed(evidence, rule_id, plugin_id, line.at_ms)
    if replayed is not None and replayed.memory is None and not evidence.arrivals:
        replayed = None
        evidence = replace(evidence, left_out=[*evidence.left_out, _samples_gone(evidence)])
    again = explain_decision.again(told, replayed) if replayed else None
    steps = list(explain_decision.steps(rule_id, plugin_id, evidence, line.at_ms, replayed, told))
    if line.kind not in FIRINGS:
        return _chain(evidence, rule_id, plugin_id, story, at_ms, _never_fired(story, line, now_ms), steps, now_ms)
    routed = explain_routing.routed(story, line, evidence, again, now_ms)
    channels = list(explain_channels.steps(story, line, routed, evidence, now_ms, channel))
    steps += [*routed.steps, *channels]
    conclusion = _conclusion(line, routed, channels)
    return _chain(evidence, rule_id, plugin_id, story, at_ms, conclusion, steps, now_ms)


def _samples_gone(evidence: Evidence) -> Reason:
    return reasons.of("explain.samples_gone", since_ms=evidence.arrivals_since_ms)


def _never_fired(story: Story, line: TimelineEntry, now_ms: int) -> Finding:
    """Return why a pending alert has not fired."""
    later = next((one for one in story.until(now_ms) if one.kind in ("cleared", "resolved")), None)
    if later is None:
        return no("explain.still_pending", line.at_ms, because=explain_decision.reason_of(line))
    if later.kind == "resolved":
        return no("explain.pending_resolved", later.at_ms, name=later.by, at_ms=later.at_ms)
    because = explain_decision.reason_of(later)
    return no("explain.cleared", later.at_ms, because=because, at_ms=later.at_ms)


def _conclusion(line: TimelineEntry, routed: explain_routing.Routed, channels: Sequence[Step]) -> Finding:
    because = explain_decision.reason_of(line)
    sent = [step for step in channels if step.recorded is not None and step.recorded.passes]
    if sent:
        names = [step.channel for step in sent]
        first_ms = min(step.recorded.at_ms for step in sent if step.recorded is not None)
        values = {"channels": names, "sent_ms": first_ms, "because": because}
        if routed.held:
            held = [one.why for one in routed.held.values()]
            return yes("explain.told_after", first_ms, held=held, **values)
        return yes("explain.told", first_ms, **values)
    if routed.held:
        held = [one.why for one in routed.held.values()]
        return no("explain.fired_held", line.at_ms, because=because, held=held)
    found = next((step.recorded for step in channels if step.recorded is not None), None)
    if found is None:
        return no("explain.fired_untold", line.at_ms, because=because, why=Reason("explain.no_channels"))
    return Finding(found.passes, reasons.of("explain.fired_untold", because=because, why=found.why), line.at_ms)


def _chain(
    evidence: Evidence,
    rule_id: str,
    plugin_id: str,
    story: Story | None,
    at_ms: int,
    conclusion: Finding,
    steps: Sequence[Step],
    now_ms: int,
) -> Chain:
    found = story.alert if story else None
    revision = kept.in_force(evidence.rules.get(rule_id, ()), now_ms)
    name = revision.document.name if revision and revision.document else ""
    return Chain(
        rule_id=rule_id,
        rule_name=found.rule_name if found else name,
        plugin_id=plugin_id,
        plugin_name=found.plugin_name if found else plugin_id,
        alert_id=found.id if found else "",
        at_ms=at_ms,
        conclusion=conclusion,
        steps=steps,
        notes=_notes(evidence, rule_id, at_ms, steps),
    )


def _notes(evidence: Evidence, rule_id: str, at_ms: int, steps: Sequence[Step]) -> list[Reason]:
    notes = list(evidence.left_out)
    notes += [
        reasons.of("explain.gap", entries=gap.entries, from_ms=gap.from_ms, until_ms=gap.to_ms)
        for gap in evidence.gaps
        if gap.to_ms >= at_ms - decided_again.LEAST_MS and gap.from_ms <= at_ms + SEEN_MS
    ]
    changed = next((one for one in evidence.rules.get(rule_id, ()) if one.at_ms > at_ms), None)
    if changed is not None:
        notes.append(reasons.of("explain.rule_changed_since", rule_id=rule_id, at_ms=changed.at_ms))
    if any(step.name == "state" and step.differs for step in steps):
        notes.append(reasons.of("explain.only_while_running"))
    if at_ms > evidence.recorded_until_ms:
        notes.append(reasons.of("explain.not_recorded_yet", until_ms=evidence.recorded_until_ms))
    return notes
