"""A rule with its condition checked and its durations in milliseconds, as the engine uses it. Pure."""

from dataclasses import dataclass
from operator import attrgetter

from evaluator.condition import ANY_VALUE, Condition, Needs, Range, check
from shared.model.alerts import Policy
from shared.model.rules import Rule


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRule:
    """A rule, and what the engine would otherwise work out of it at every event."""

    rule: Rule
    condition: Condition
    needs: Needs
    words: str
    """The condition in words."""
    metric: str
    """The metric the condition is about; empty if there is none, or several."""
    for_ms: int
    cooldown_ms: int
    recover_ms: int
    recover_threshold: float | None
    breach_ranges: tuple[Range, ...]
    """The ranges its metric's values must be in before it can begin to hold; for `evaluator/prefilter.py`."""
    breach_percent: int
    """How many percent of the samples it looks back on must be in them first; likewise."""
    policy: Policy
    one_series: bool
    """Whether it is judged by one metric or state alone, and so at the event time of that."""
    gone_after_ms: int
    """How long its metrics must be silent for their series to count as ended; 0: however long."""
    order: int
    """Among all rules: the strongest first."""


by_order = attrgetter("order")


def compile_rule(rule: Rule, longest_lookback_ms: int | None = None, order: int = 0) -> CompiledRule:
    """
    Prepare one rule.

    Args:
        longest_lookback_ms: How long events are kept; None to accept a rule that looks further back.
        order: Its place among all rules, by which those of one event are judged.

    Raises:
        Invalid: its condition does not make sense.
    """
    checked = check(rule, longest_lookback_ms)
    needs = checked.needs()
    recover_threshold = rule.recover.threshold if rule.recover else None
    return CompiledRule(
        rule=rule,
        condition=checked,
        needs=needs,
        words=checked.describe(),
        metric=getattr(checked, "metric", None) or "",
        for_ms=round(rule.for_seconds * 1000),
        cooldown_ms=round(rule.cooldown_minutes * 60_000),
        recover_ms=round(rule.recover.for_seconds * 1000) if rule.recover else 0,
        recover_threshold=recover_threshold,
        breach_ranges=checked.breach_ranges() if len(needs.metrics) == 1 else ANY_VALUE,
        breach_percent=checked.breach_percent(),
        policy=rule.policy(),
        one_series=len(needs.metrics) + len(needs.states) == 1 and not needs.any_event,
        gone_after_ms=round((rule.gone_after_seconds or 0) * 1000),
        order=order,
    )
