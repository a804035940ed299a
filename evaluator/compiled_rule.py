"""A rule with its condition checked and its durations in milliseconds, as the engine uses it. Pure."""

from dataclasses import dataclass
from operator import attrgetter

from evaluator.comparison import Measured
from evaluator.condition import ANY_VALUE, Condition, Needs, Range, check
from shared.model.alerts import Policy
from shared.model.formula import Formula
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
    """The ranges the values of its metric or formula must be in before it can hold; for `evaluator/prefilter.py`."""
    breach_percent: int
    """How many percent of the samples it looks back on must be in them first; likewise."""
    policy: Policy
    one_series: bool
    """Whether it is judged by one metric or state alone, and so at the event time of that."""
    formula: Formula | None
    """What it is about, if that is one formula alone; then it is judged at the event time of that."""
    gone_after_ms: int
    """How long its metrics must be silent for their series to count as ended; 0: however long."""
    is_fleet: bool
    """Whether it is about groups of plugins (`evaluator/fleet_rule.py`)."""
    order: int
    """Among all rules: the strongest first."""


by_order = attrgetter("order")


def compile_rule(rule: Rule, order: int = 0) -> CompiledRule:
    """
    Prepare one rule.

    Args:
        order: Its place among all rules, by which those of one event are judged.

    Raises:
        Invalid: its condition does not make sense.
    """
    checked = check(rule)
    needs = checked.needs()
    recover_threshold = rule.recover.threshold if rule.recover else None
    # A fleet rule is judged by the aggregate; its formula was computed for each plugin.
    formula = checked.parsed if isinstance(checked, Measured) and not checked.spans_plugins else None
    is_of_one_metric = len(needs.metrics) == 1 and not needs.formulas_ms
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
        breach_ranges=checked.breach_ranges() if formula is not None or is_of_one_metric else ANY_VALUE,
        breach_percent=checked.breach_percent(),
        policy=rule.policy(),
        formula=formula,
        one_series=len(needs.metrics) + len(needs.states) == 1 and not needs.any_event,
        # A group ends when no plugin of it counts any more, by what all partitions report.
        gone_after_ms=0 if checked.spans_plugins else round((rule.gone_after_seconds or 0) * 1000),
        is_fleet=checked.spans_plugins,
        order=order,
    )
