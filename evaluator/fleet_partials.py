"""Aggregates over groups of plugins: of those in one partition at a tick, and of all partitions together. Pure."""

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from evaluator import growth
from evaluator.fleet_rule import FleetRule
from evaluator.plugins import Plugin
from shared.model import fleet
from shared.model.fleet import Partial, RuleReport

MAX_GROUPS = 1_000
"""Of one rule in one partition. A rule with more decides nothing: a label of ever new values must not cost much."""


class Combined(NamedTuple):
    """One group over all partitions that reported."""

    values: Sequence[str]
    plugins: int
    value: float
    breaching: int
    examples: Sequence[str]


def reports(plugins: Iterable[Plugin], rules: Mapping[str, FleetRule], at_ms: int) -> dict[str, RuleReport]:
    """
    Aggregate the plugins of one partition, rule by rule.

    Args:
        at_ms: The tick, on the server's clock: each plugin's newest value counts unless it is stale by then.
    """
    members: dict[str, dict[tuple[str, ...], list[tuple[float, str]]]] = {rule_id: {} for rule_id in rules}
    for plugin in plugins:
        for rule in plugin.plan.fleet:
            memory = plugin.memory
            if rule.metric is None:
                value = rule.condition.measure(memory, at_ms, rule.stale_ms)
                if value is None:
                    continue
            else:
                series = memory.series.get(rule.metric)
                if series is None or at_ms - series.heard_at_ms > rule.stale_ms or series.is_gone:
                    continue
                value = series.value
            groups = members[rule.id]
            values = tuple([memory.labels.get(name, "") for name in rule.by]) if rule.by else ()
            group = groups.get(values)
            if group is None:
                group = groups[values] = []
            group.append((value, memory.plugin_id))
    found: dict[str, RuleReport] = {}
    for rule_id, groups in members.items():
        rule = rules[rule_id]
        report = found[rule_id] = RuleReport(rule.definition, is_full=len(groups) > MAX_GROUPS)
        if not report.is_full:
            by = rule.condition.by
            report.groups = {fleet.plugin_of(rule_id, by, v): partial(rule, v, m) for v, m in groups.items()}
    return found


def partial(rule: FleetRule, values: tuple[str, ...], members: Sequence[tuple[float, str]]) -> Partial:
    """Aggregate the plugins of one group in one partition, each as its value and id."""
    numbers = [value for value, _ in members]
    found = Partial(values, len(members))
    match rule.condition.aggregate:
        case "avg" | "sum":
            found.total = exact_sum(numbers)
        case "min":
            found.least = min(numbers)
        case "max":
            found.most = max(numbers)
        case _:
            breaching = rule.condition.breaching(members)
            found.breaching = len(breaching)
            found.examples = heapq.nsmallest(fleet.MAX_EXAMPLES, breaching)
    return found


def combine(rule: FleetRule, partials: Sequence[Partial]) -> Combined:
    """Combine what some partitions reported of one group."""
    plugins = sum(one.plugins for one in partials)
    breaching = sum(one.breaching for one in partials)
    match rule.condition.aggregate:
        case "avg":
            value = _finite(growth.total([part for one in partials for part in one.total])) / plugins
        case "sum":
            value = _finite(growth.total([part for one in partials for part in one.total]))
        case "min":
            value = min(one.least for one in partials)
        case "max":
            value = max(one.most for one in partials)
        case "count":
            value = float(plugins if rule.condition.each_operator is None else breaching)
        case "share":
            value = 100 * breaching / plugins
    examples = sorted(name for one in partials for name in one.examples)[: fleet.MAX_EXAMPLES]
    return Combined(partials[0].values, plugins, value, breaching, examples)


def exact_sum(numbers: Sequence[float]) -> list[float]:
    """
    Return a few numbers whose exact sum is that of *numbers*.

    So the rounded sum of a fleet does not depend on how its plugins are spread over partitions. If the sum of one
    partition is larger than any float, it becomes the largest one.
    """
    parts: list[float] = []
    try:
        while rest := math.fsum([*numbers, *(-part for part in parts)]):
            parts.append(rest)
    except OverflowError:
        return [_finite(growth.total(numbers))]
    return parts


def _finite(number: float) -> float:
    return min(max(number, -growth.LARGEST), growth.LARGEST)
