"""The first half of an explanation: from the event to the alert, what the evaluator decides. Pure."""

import fnmatch
from collections.abc import Iterator, Sequence

from evaluator.compiled_rule import CompiledRule, compile_rule
from evaluator.snapshot import Snapshot
from insight import decided_again
from insight import evidence as kept
from insight.chain import Finding, Step, no, unknown, yes
from insight.decided_again import Replayed
from insight.evidence import FIRINGS, Evidence, Revision, Story
from shared.errors import Invalid
from shared.model import external, fleet
from shared.model.alerts import TimelineEntry, Transition
from shared.model.events import Event
from shared.model.numbers import number
from shared.model.reasons import Reason
from shared.model.rules import Rule

OPENED = ("pending", *FIRINGS)
"""Kinds of lines with which the evaluator found that the condition holds."""


def steps(
    rule_id: str,
    plugin_id: str,
    evidence: Evidence,
    at_ms: int,
    replayed: Replayed | None,
    told: tuple[Story, TimelineEntry] | None = None,
) -> Iterator[Step]:
    """
    Yield the steps from the rule to the state of the alert, until one says that it can go no further.

    Args:
        replayed: Until *at_ms*; None: it cannot be computed again.
        told: The alert that is explained, and the line with which it began to be pending or to fire.
    """
    revision = kept.in_force(evidence.rules.get(rule_id, ()), at_ms)
    yield Step("rule", recorded=_rule(rule_id, revision, evidence, at_ms))
    rule = _compiled(revision.document if revision else None)
    if rule is None or not rule.rule.enabled:
        if told is None:
            return
    elif told is None or replayed is not None:
        yield Step("event", recorded=_event(plugin_id, rule, evidence, at_ms))
    repeated = again(told, replayed) if told and replayed else None
    if replayed is not None and rule is not None and rule.rule.enabled and (replayed.memory or told):
        yield Step("scope", recorded=yes("explain.covered") if told else None, recomputed=_scope(rule.rule, replayed))
        if replayed.rule is None and told is None:
            return
    yield from _verdict(at_ms, replayed, told, repeated)
    yield from _duration(rule, at_ms, replayed, told, repeated)
    yield from _state(rule_id, plugin_id, evidence, at_ms, replayed, told, repeated)


def _compiled(rule: Rule | None) -> CompiledRule | None:
    try:
        return None if rule is None else compile_rule(rule)
    except Invalid:
        return None


def _rule(rule_id: str, revision: Revision[Rule] | None, evidence: Evidence, at_ms: int) -> Finding:
    if external.is_external(rule_id):
        return yes("explain.rule_external")
    if revision is None:
        later = next((one for one in evidence.rules.get(rule_id, ()) if one.at_ms > at_ms), None)
        if later is not None:
            return no("explain.rule_not_yet", later.at_ms, rule_id=rule_id, at_ms=later.at_ms)
        return no("explain.rule_unknown", rule_id=rule_id)
    if revision.document is None:
        return no("explain.rule_deleted", revision.at_ms, rule_id=rule_id, at_ms=revision.at_ms)
    if not revision.document.enabled:
        return no("explain.rule_off", revision.at_ms, rule_id=rule_id, at_ms=revision.at_ms)
    compiled = _compiled(revision.document)
    if compiled is None:
        return unknown("explain.rule_unreadable", revision.at_ms, rule_id=rule_id)
    return yes("explain.rule_was", revision.at_ms, rule_id=rule_id, condition=compiled.words)


def _event(plugin_id: str, rule: CompiledRule, evidence: Evidence, at_ms: int) -> Finding:
    arrived = [one for one in evidence.arrivals if one.entry_ms <= at_ms]
    if not arrived:
        found = yes if rule.needs.clock else no
        return found("explain.no_event", plugin_id=plugin_id, since_ms=evidence.arrivals_since_ms)
    of_rule = next((one for one in reversed(arrived) if _samples(rule, one.event)), None)
    if of_rule is not None:
        values = {"plugin_id": plugin_id, "at_ms": of_rule.event.at_ms, "samples": _samples(rule, of_rule.event)}
        return yes("explain.event", of_rule.entry_ms, **values)
    if rule.needs.metrics and not rule.needs.clock and not rule.needs.any_event:
        names = sorted(rule.needs.metrics)
        return no("explain.no_metric", plugin_id=plugin_id, metrics=names, since_ms=evidence.arrivals_since_ms)
    last = arrived[-1]
    return yes("explain.other_event", last.entry_ms, plugin_id=plugin_id, at_ms=last.event.at_ms)


def _samples(rule: CompiledRule, event: Event) -> list[str]:
    """Return what an event says that is of the rule's concern."""
    found = [f"{name} = {number(event.metrics[name])}" for name in sorted(rule.needs.metrics & event.metrics.keys())]
    found += [f"{name} = {event.states[name]}" for name in sorted(rule.needs.states & event.states.keys())]
    if rule.needs.errors:
        found += [report.type for report in event.errors[:5]]
    return found


def _scope(rule: Rule, replayed: Replayed) -> Finding:
    if replayed.rule is not None:
        return yes("explain.covered")
    if replayed.memory is None:
        return unknown("explain.plugin_unknown")
    plugin_id, labels = replayed.memory.plugin_id, replayed.memory.labels
    if rule.plugin_id is not None and rule.plugin_id != plugin_id:
        return no("explain.scope_plugin", wanted=rule.plugin_id)
    if rule.plugins is not None and not fnmatch.fnmatchcase(plugin_id, rule.plugins):
        return no("explain.scope_plugin", wanted=rule.plugins)
    for name, glob in rule.labels.items():
        if not fnmatch.fnmatchcase(labels.get(name, ""), glob):
            return no("explain.scope_label", wanted=f"{name}={glob}", label=name, present=labels.get(name, ""))
    for matcher in rule.label_matchers:
        if not matcher.fits(labels):
            present = labels.get(matcher.label, "")
            return no("explain.scope_label", wanted=matcher.written(), label=matcher.label, present=present)
    return Finding(False, replayed.absent)


def again(told: tuple[Story, TimelineEntry], replayed: Replayed) -> Transition | None:
    """Return the transition that was computed again for a line of an alert."""
    story, line = told
    kinds = ("pending",) if line.kind == "pending" else FIRINGS
    # The replay may begin in the middle of the alert's story.
    lines = [one for one in story.timeline if one.kind in kinds and one.at_ms >= replayed.from_ms]
    number_of = next((n for n, one in enumerate(lines) if one is line), None)
    found = [one for one in replayed.transitions if one.alert_id == story.alert.id and one.kind in kinds]
    return found[number_of] if number_of is not None and number_of < len(found) else None


def _verdict(
    at_ms: int, replayed: Replayed | None, told: tuple[Story, TimelineEntry] | None, again: Transition | None
) -> Iterator[Step]:
    recorded = recomputed = None
    if told is not None:
        line = told[1]
        key = (line.value, line.threshold)
        recorded = Finding(True, reason_of(line), line.at_ms, key)
    if again is not None:
        why = Reason(again.reason_code, again.reason_values)
        recomputed = Finding(True, why, again.decided_at_ms, (again.value, again.threshold))
    elif replayed is not None and replayed.rule is not None:
        verdict = replayed.verdict
        if verdict is None:
            recomputed = no("explain.no_verdict", at_ms)
        else:
            recomputed = Finding(verdict.holds, verdict.reason, at_ms)
    if recorded or recomputed:
        yield Step("verdict", recorded=recorded, recomputed=recomputed)


def _duration(
    rule: CompiledRule | None,
    at_ms: int,
    replayed: Replayed | None,
    told: tuple[Story, TimelineEntry] | None,
    again: Transition | None,
) -> Iterator[Step]:
    if rule is None or not rule.for_ms:
        return
    for_s = rule.for_ms / 1000
    recorded = recomputed = None
    if told is not None and told[1].kind in FIRINGS:
        recorded = yes("explain.held", told[1].at_ms, for_s=for_s)
    elif told is not None:
        recorded = no("explain.waits", told[1].at_ms, for_s=for_s, since_ms=told[0].alert.started_at_ms)
    snapshot = replayed.snapshot if replayed else None
    if again is not None:
        recomputed = yes("explain.held", at_ms, for_s=for_s) if again.kind in FIRINGS else None
    elif snapshot is not None and snapshot.phase == "pending":
        recomputed = no("explain.waits", at_ms, for_s=for_s, since_ms=snapshot.since_ms)
    elif snapshot is not None and snapshot.phase == "firing":
        recomputed = yes("explain.held", at_ms, for_s=for_s)
    if recorded or recomputed:
        yield Step("duration", recorded=recorded, recomputed=recomputed)


def _state(
    rule_id: str,
    plugin_id: str,
    evidence: Evidence,
    at_ms: int,
    replayed: Replayed | None,
    told: tuple[Story, TimelineEntry] | None,
    again: Transition | None,
) -> Iterator[Step]:
    if told is not None:
        story, line = told
        recorded = _phase(_opened(line.kind, story.alert.id, line.at_ms), at_ms)
    else:
        recorded = _phase(recorded_snapshot(rule_id, plugin_id, evidence, at_ms), at_ms)
    recomputed = None
    if again is not None and told is not None:
        recomputed = _phase(_opened(again.kind, again.alert_id, again.decided_at_ms), at_ms)
    elif replayed is not None and (replayed.rule is not None or told is not None):
        recomputed = _phase(replayed.snapshot, at_ms)
    yield Step("state", recorded=recorded, recomputed=recomputed)


def _opened(kind: str, alert_id: str, at_ms: int) -> Snapshot:
    return Snapshot("pending" if kind == "pending" else "firing", alert_id, at_ms)


def recorded_snapshot(rule_id: str, plugin_id: str, evidence: Evidence, at_ms: int) -> Snapshot | None:
    """Return what was open between a rule and a plugin at an instant, as the timelines say."""
    found = [
        one
        for story in evidence.stories.values()
        if (story.alert.rule_id, story.alert.plugin_id) == (rule_id, plugin_id)
        if (one := decided_again.snapshot_at(story, at_ms)) is not None
    ]
    return max(found, key=lambda one: one[0])[1] if found else None


def _phase(snapshot: Snapshot | None, at_ms: int) -> Finding:
    if snapshot is None:
        return no("explain.idle", at_ms, ("idle",))
    match snapshot.phase:
        case "pending":
            return no("explain.pending", at_ms, ("pending",), alert_id=snapshot.alert_id)
        case "cooling":
            until_ms = snapshot.cooldown_until_ms
            return no("explain.cooling", at_ms, ("idle",), alert_id=snapshot.alert_id, until_ms=until_ms)
        case _:
            return yes("explain.firing", at_ms, ("firing",), alert_id=snapshot.alert_id)


def reason_of(line: TimelineEntry) -> Reason:
    """Return the reason of a line; of an older release, its words."""
    return (
        Reason(line.reason_code, line.reason_values) if line.reason_code else Reason("test.text", {"text": line.reason})
    )


def can_replay(rule_id: str, plugin_id: str, evidence: Evidence) -> bool:
    """Tell whether decisions follow from the events of one plugin alone."""
    return not external.is_external(rule_id) and not fleet.is_group(plugin_id)


def first_no(found: Sequence[Step]) -> Finding | None:
    """Return the first finding that ends the chain."""
    return next((step.finding for step in found if step.finding is not None and step.finding.passes is False), None)
