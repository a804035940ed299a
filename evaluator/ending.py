"""Series that end: when silence counts as an end, and what a rule does then. Pure."""

from evaluator import decide
from evaluator.alert_ids import Origin
from evaluator.compiled_rule import CompiledRule
from evaluator.condition import Verdict
from evaluator.decide import Decision
from evaluator.plugin_memory import PluginMemory
from evaluator.snapshot import Snapshot
from shared.model import reasons
from shared.model.reasons import Reason


def silent_from_ms(rule: CompiledRule, memory: PluginMemory) -> int | None:
    """
    Return when, on the clock, the silence of all the rule's metrics counts as the end of their series. For a formula,
    the silence of one metric is enough, because without it there is no value.

    None: that is no question, because no series is known, or because they have ended as their sender states.
    """
    if not rule.gone_after_ms:
        return None
    known = [memory.series[metric] for metric in rule.needs.metrics if metric in memory.series]
    if rule.formula is not None:
        if len(known) < len(rule.needs.metrics) or any(series.is_gone for series in known):
            return None
        return min(series.heard_at_ms for series in known) + rule.gone_after_ms
    if all(series.is_gone for series in known):
        return None
    return max(series.heard_at_ms for series in known) + rule.gone_after_ms


def silent_metrics(rule: CompiledRule, memory: PluginMemory, at_ms: int) -> set[str]:
    """Return those of the rule's metrics whose silence counts as the end of their series at *at_ms* of the clock."""
    return {
        metric
        for metric in rule.needs.metrics
        if metric not in memory.series or memory.series[metric].heard_at_ms + rule.gone_after_ms <= at_ms
    }


def decide_end(
    rule: CompiledRule,
    snapshot: Snapshot | None,
    memory: PluginMemory,
    reason: Reason,
    at_ms: int,
    now_ms: int,
    origin: Origin,
) -> Decision:
    """
    Work out what it changes that the series ended: the rule's condition can be judged no more.

    Args:
        at_ms: Event time of the end.
    """
    if rule.rule.when_gone == "resolve" and snapshot is not None and snapshot.phase != "cooling":
        if snapshot.phase == "firing" and not rule.rule.auto_resolve:
            return Decision(snapshot, (), reasons.of("recovery.needs_person", because=reason))
        return decide.end(rule, snapshot, memory, Verdict(False, True, None, None, reason), at_ms, now_ms)
    if rule.rule.when_gone == "fire":
        return decide.fire(rule, snapshot, memory, Verdict(True, False, None, None, reason), at_ms, now_ms, origin)
    return Decision(snapshot, (), reason)
