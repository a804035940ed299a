"""A fleet rule as the engine uses it. Pure."""

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluator.conditions.fleet import Condition
from shared.model import fleet

if TYPE_CHECKING:
    from evaluator.compiled_rule import CompiledRule


@dataclass(frozen=True, slots=True, eq=False)
class FleetRule:
    """A fleet rule, and what the engine would otherwise work out of it at every tick."""

    id: str
    compiled: "CompiledRule"
    condition: Condition
    metric: str | None
    """None where each plugin's value is that of a formula."""
    by: tuple[str, ...]
    """Labels whose values make the groups."""
    stale_ms: int
    definition: str
    """Fingerprint of what is aggregated: reports by evaluators with different rules are never mixed."""


def fleet_rule_of(compiled: "CompiledRule") -> FleetRule | None:
    """Return a rule as one over a fleet; None if it is of another kind."""
    condition, rule = compiled.condition, compiled.rule
    if not isinstance(condition, Condition):
        return None
    seconds = rule.gone_after_seconds
    stale_ms = fleet.STALE_MS if seconds is None else round(seconds * 1000)
    aggregated: list[object] = [
        condition.metric,
        condition.formula,
        condition.aggregate,
        condition.by,
        condition.each_operator,
        condition.each_threshold,
        rule.plugins,
        sorted(rule.labels.items()),
        stale_ms,
    ]
    if rule.label_matchers:
        aggregated.append([matcher.model_dump() for matcher in rule.label_matchers])
    definition = hashlib.blake2b(json.dumps(aggregated).encode(), digest_size=6).hexdigest()
    return FleetRule(rule.id, compiled, condition, condition.metric, tuple(condition.by), stale_ms, definition)
