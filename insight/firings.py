"""When a rule fired about a plugin, how bad it was, and how that differs from another rule. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from msgspec import Struct, structs

from evaluator.compiled_rule import CompiledRule
from insight.past import Part, is_of_one_value
from shared.model.alerts import Transition
from shared.model.events import Event


class Firing(Struct, frozen=True):
    """One period of firing of an alert. Instants are the clock's."""

    plugin_id: str
    alert_id: str
    since_ms: int
    """When the condition began to hold, in event time."""
    fired_at_ms: int
    resolved_at_ms: int | None
    """None: it fires at the end of the time that was asked about."""
    worst: float | None
    """The value furthest beyond the threshold; None for a condition without a number."""


def firings(changes: Iterable[Transition], from_ms: int) -> list[Firing]:
    """
    Return what fired at *from_ms* or later, given one plugin's transitions in the order of decision.

    The worst value is the one with which it fired.
    """
    found: list[Firing] = []
    begun: dict[str, Transition] = {}
    for change in changes:
        if change.kind in ("firing", "reopened"):
            begun[change.alert_id] = change
        elif change.kind == "resolved":
            first = begun.pop(change.alert_id, None)
            if first is not None and change.decided_at_ms >= from_ms:
                found.append(_firing(first, change.decided_at_ms))
    found += [_firing(first, None) for first in begun.values()]
    return sorted(found, key=lambda one: (one.fired_at_ms, one.plugin_id))


def with_worst(found: Sequence[Firing], compiled: CompiledRule, parts: Iterable[Part]) -> list[Firing]:
    """Return firings of one plugin with the worst of its samples in each, if the rule compares samples."""
    operator = compiled.rule.operator or ""
    if not found or not is_of_one_value(compiled) or not operator.startswith((">", "<")):
        return list(found)
    (metric,) = compiled.needs.metrics
    worst = max if operator.startswith(">") else min
    arrived_ms: list[int] = []
    values: list[float] = []
    first_ms = found[0].fired_at_ms
    for part in parts:
        if "heard" not in part.__dict__:
            continue  # It was not decoded: nothing fired in it.
        for one in part.heard:
            if one.entry_ms >= first_ms and isinstance(one.what, Event):
                value = one.what.metrics.get(metric)
                if value is not None:
                    arrived_ms.append(one.entry_ms)
                    values.append(value)
    result = []
    for firing in found:
        begin = bisect_left(arrived_ms, firing.fired_at_ms)
        end = len(values) if firing.resolved_at_ms is None else bisect_right(arrived_ms, firing.resolved_at_ms)
        inside = values[begin:end]
        result.append(structs.replace(firing, worst=worst(inside)) if inside else firing)
    return result


def without_partner(found: Sequence[Firing], others: Sequence[Firing], until_ms: int) -> list[Firing]:
    """Return the firings during which none of *others* of the same plugin fired; both in the order of their begin."""
    by_plugin: dict[str, list[Firing]] = {}
    for other in others:
        by_plugin.setdefault(other.plugin_id, []).append(other)
    alone = []
    for firing in found:
        end_ms = until_ms if firing.resolved_at_ms is None else firing.resolved_at_ms
        candidates = by_plugin.get(firing.plugin_id, [])
        # Firings of one rule and plugin do not overlap, so those that begin before its end end in the same order.
        last = bisect_right(candidates, end_ms, key=lambda one: one.fired_at_ms) - 1
        if last < 0:
            alone.append(firing)
            continue
        other_end_ms = candidates[last].resolved_at_ms
        if other_end_ms is not None and other_end_ms < firing.fired_at_ms:
            alone.append(firing)
    return alone


def _firing(first: Transition, resolved_at_ms: int | None) -> Firing:
    return Firing(first.plugin_id, first.alert_id, first.since_ms, first.decided_at_ms, resolved_at_ms, first.value)
