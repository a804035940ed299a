"""
What a verdict changes for one rule and one plugin: the heart of the product. Pure.

    idle ──holds──▶ pending ──held for `for_seconds`──▶ firing ──recovered──▶ cooling ──cooldown over──▶ idle

Each function returns the next snapshot (None: idle, nothing to remember), the transitions, and the reason, which
answers the question "why did this (not) fire?".
"""

from typing import NamedTuple

from msgspec import structs

from evaluator.alert_ids import Origin, alert_id_of
from evaluator.compiled_rule import CompiledRule
from evaluator.condition import Verdict
from evaluator.plugin_memory import PluginMemory
from evaluator.snapshot import Snapshot
from shared.model import reasons
from shared.model.alerts import Policy, Transition, TransitionKind
from shared.model.reasons import Reason

AS_OF_MS = 60_000
"""A decision that is further behind the events it rests on is one of the past: it follows an outage, for example."""


class Decision(NamedTuple):
    """The next snapshot, and the transitions that lead to it."""

    snapshot: Snapshot | None
    transitions: tuple[Transition, ...]
    reason: Reason


def decide(
    rule: CompiledRule,
    snapshot: Snapshot | None,
    memory: PluginMemory,
    verdict: Verdict,
    at_ms: int,
    now_ms: int,
    origin: Origin,
) -> Decision:
    """
    Work out what a verdict changes.

    Args:
        snapshot: As last committed; None when idle.
        at_ms: Event time of the sample judged (the clock's, for time-driven conditions). Rules `for_seconds`.
        now_ms: The clock's time; rules the cooldown. May precede *at_ms*: clocks drift.
        origin: What caused this, unique in the partition's log; a new alert's id is derived from it, so that a replay
            gives the same id.
    """
    if snapshot is None or snapshot.phase == "cooling":
        return _begin(rule, snapshot, memory, verdict, at_ms, now_ms, origin)
    if snapshot.phase == "pending":
        return _wait(rule, snapshot, memory, verdict, at_ms, now_ms)
    return _watch(rule, snapshot, memory, verdict, at_ms, now_ms)


def pass_time(rule: CompiledRule, snapshot: Snapshot, memory: PluginMemory, now_ms: int) -> Decision:
    """Work out what the passing of time alone changes: the end of a cooldown."""
    if now_ms < snapshot.cooldown_until_ms:
        return Decision(snapshot, (), reasons.of("cooldown.goes_on"))
    if snapshot.phase == "cooling":
        return Decision(None, (), reasons.of("cooldown.over"))
    if snapshot.phase == "firing" and not snapshot.announced:
        after = structs.replace(snapshot, announced=True, cooldown_until_ms=now_ms + rule.cooldown_ms)
        reason = reasons.of("cooldown.still_firing")
        told = transition("announced", rule, after, memory, None, now_ms, now_ms, reason)
        return Decision(after, (told,), reason)
    return Decision(snapshot, (), reasons.of("clock.nothing_due"))


def withdraw(
    rule: CompiledRule | None, rule_id: str, snapshot: Snapshot, memory: PluginMemory, reason: Reason, now_ms: int
) -> Decision:
    """
    End what is open because its rule is gone, off, or no longer covers the plugin.

    Args:
        rule: As last known; None when this process never knew it. Then the alert keeps its own words.
    """
    if snapshot.phase == "cooling":
        return Decision(None, (), reason)
    kind: TransitionKind = "cleared" if snapshot.phase == "pending" else "resolved"
    gone = transition(kind, rule, snapshot, memory, None, now_ms, now_ms, reason, rule_id=rule_id)
    return Decision(None, (gone,), reason)


def transition(
    kind: TransitionKind,
    rule: CompiledRule | None,
    snapshot: Snapshot,
    memory: PluginMemory,
    verdict: Verdict | None,
    at_ms: int,
    now_ms: int,
    reason: Reason,
    *,
    rule_id: str = "",
    hold_until_ms: int = 0,
) -> Transition:
    """
    Write a transition in the words of its rule; without a rule, the alert's own words stay (`rule_name` empty).

    What is decided long after it was so says as of when: it may be over by now.
    """
    if now_ms - at_ms > AS_OF_MS:
        reason = reasons.of("decided.as_of", because=reason, at_ms=at_ms)
    definition = rule.rule if rule else None
    return Transition(
        kind=kind,
        alert_id=snapshot.alert_id,
        rule_id=definition.id if definition else rule_id,
        rule_name=definition.name if definition else "",
        plugin_id=memory.plugin_id,
        plugin_name=memory.plugin_name or memory.plugin_id,
        parent_id=memory.parent_id,
        severity=definition.severity if definition else "warning",
        channels=list(definition.channels) if definition else [],
        condition=rule.words if rule else "",
        metric=rule.metric if rule else "",
        value=verdict.value if verdict else None,
        threshold=verdict.threshold if verdict else None,
        labels=dict(memory.labels),
        at_ms=at_ms,
        decided_at_ms=now_ms,
        since_ms=snapshot.since_ms,
        hold_until_ms=hold_until_ms,
        **reasons.fields(reason),
        description=definition.description if definition else "",
        runbook_url=definition.runbook_url if definition else "",
        policy=rule.policy if rule else Policy(),
    )


def fire(
    rule: CompiledRule,
    snapshot: Snapshot | None,
    memory: PluginMemory,
    verdict: Verdict,
    at_ms: int,
    now_ms: int,
    origin: Origin,
) -> Decision:
    """Fire at once, whatever the rule's duration; what fires already goes on."""
    if snapshot is not None and snapshot.phase == "firing":
        kept = structs.replace(snapshot, recovering_since_ms=0) if snapshot.recovering_since_ms else snapshot
        return Decision(kept, (), verdict.reason)
    begun = snapshot
    if begun is None or begun.phase == "cooling":
        begun = _begun(rule, snapshot, memory, at_ms, now_ms, origin)
    return _fire(rule, begun, memory, verdict, at_ms, now_ms, verdict.reason)


def end(
    rule: CompiledRule, snapshot: Snapshot, memory: PluginMemory, verdict: Verdict, at_ms: int, now_ms: int
) -> Decision:
    """End what is pending or firing at once, whatever the rule's recovery demands."""
    if snapshot.phase == "pending":
        return _wait(rule, snapshot, memory, verdict, at_ms, now_ms)
    return _resolve(rule, snapshot, memory, verdict, at_ms, now_ms)


def _begin(
    rule: CompiledRule,
    snapshot: Snapshot | None,
    memory: PluginMemory,
    verdict: Verdict,
    at_ms: int,
    now_ms: int,
    origin: Origin,
) -> Decision:
    cools = snapshot is not None and now_ms < snapshot.cooldown_until_ms
    if not verdict.holds:
        return Decision(snapshot if cools else None, (), verdict.reason)
    begun = _begun(rule, snapshot, memory, at_ms, now_ms, origin)
    if not rule.for_ms:
        return _fire(rule, begun, memory, verdict, at_ms, now_ms, verdict.reason)
    reason = reasons.of("pending.begun", because=verdict.reason, for_s=rule.for_ms / 1000)
    # Within a cooldown the record on the board is the resolved alert: it stays so until it fires again.
    told = () if cools else (transition("pending", rule, begun, memory, verdict, at_ms, now_ms, reason),)
    return Decision(begun, told, reason)


def _begun(
    rule: CompiledRule, snapshot: Snapshot | None, memory: PluginMemory, at_ms: int, now_ms: int, origin: Origin
) -> Snapshot:
    """Return a pending alert: a new one, or within its cooldown the one before."""
    if snapshot is not None and now_ms < snapshot.cooldown_until_ms:
        return structs.replace(snapshot, phase="pending", since_ms=at_ms, announced=False, recovering_since_ms=0)
    return Snapshot("pending", alert_id_of(rule.rule.id, memory.plugin_id, origin), at_ms)


def _wait(
    rule: CompiledRule, snapshot: Snapshot, memory: PluginMemory, verdict: Verdict, at_ms: int, now_ms: int
) -> Decision:
    if verdict.holds:
        if at_ms < snapshot.since_ms:
            # The plugin's clock stepped back: by the new one, it begins to hold now.
            snapshot = structs.replace(snapshot, since_ms=at_ms)
        held_ms = at_ms - snapshot.since_ms
        if held_ms >= rule.for_ms:
            reason = reasons.of("fired.held", because=verdict.reason, held_s=held_ms / 1000)
            return _fire(rule, snapshot, memory, verdict, at_ms, now_ms, reason if rule.for_ms else verdict.reason)
        return Decision(snapshot, (), reasons.of("pending.goes_on", because=verdict.reason, since_ms=snapshot.since_ms))
    if snapshot.cooldown_until_ms:
        cooling = structs.replace(snapshot, phase="cooling")
        return Decision(cooling if now_ms < snapshot.cooldown_until_ms else None, (), verdict.reason)
    cleared = transition("cleared", rule, snapshot, memory, verdict, at_ms, now_ms, verdict.reason)
    return Decision(None, (cleared,), verdict.reason)


def _fire(
    rule: CompiledRule,
    snapshot: Snapshot,
    memory: PluginMemory,
    verdict: Verdict,
    at_ms: int,
    now_ms: int,
    reason: Reason,
) -> Decision:
    if snapshot.cooldown_until_ms:
        # The alert this one reopens was announced less than a cooldown ago (or its cooldown ran out while pending:
        # then the next tick announces it at once).
        after = structs.replace(snapshot, phase="firing", announced=False)
        until = snapshot.cooldown_until_ms
        told = transition("reopened", rule, after, memory, verdict, at_ms, now_ms, reason, hold_until_ms=until)
    else:
        after = structs.replace(snapshot, phase="firing", announced=True, cooldown_until_ms=now_ms + rule.cooldown_ms)
        told = transition("firing", rule, after, memory, verdict, at_ms, now_ms, reason)
    return Decision(after, (told,), reason)


def _watch(
    rule: CompiledRule, snapshot: Snapshot, memory: PluginMemory, verdict: Verdict, at_ms: int, now_ms: int
) -> Decision:
    if not verdict.recovered:
        if snapshot.recovering_since_ms:
            return Decision(structs.replace(snapshot, recovering_since_ms=0), (), verdict.reason)
        return Decision(snapshot, (), verdict.reason)
    if not rule.rule.auto_resolve:
        return Decision(snapshot, (), reasons.of("recovery.needs_person", because=verdict.reason))
    if rule.recover_ms:
        if not snapshot.recovering_since_ms or at_ms < snapshot.recovering_since_ms:
            # 0 means "not recovering", so an event at the epoch itself counts as one millisecond later.
            return Decision(structs.replace(snapshot, recovering_since_ms=at_ms or 1), (), verdict.reason)
        if at_ms - snapshot.recovering_since_ms < rule.recover_ms:
            since_ms = snapshot.recovering_since_ms
            return Decision(snapshot, (), reasons.of("recovery.goes_on", because=verdict.reason, since_ms=since_ms))
    return _resolve(rule, snapshot, memory, verdict, at_ms, now_ms)


def _resolve(
    rule: CompiledRule, snapshot: Snapshot, memory: PluginMemory, verdict: Verdict, at_ms: int, now_ms: int
) -> Decision:
    resolved = transition("resolved", rule, snapshot, memory, verdict, at_ms, now_ms, verdict.reason)
    if now_ms < snapshot.cooldown_until_ms:
        return Decision(structs.replace(snapshot, phase="cooling", recovering_since_ms=0), (resolved,), verdict.reason)
    return Decision(None, (resolved,), verdict.reason)
