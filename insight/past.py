"""The past of one plugin, as a replay needs it: chunks that are decoded when something may happen in them. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from archive import chunk
from archive.chunk import Rest, Summary
from evaluator.compiled_rule import CompiledRule
from evaluator.condition import ANY_VALUE
from insight.replay import Heard, Replay
from shared.model.events import Event


@dataclass(eq=False)
class Part:
    """Events of one plugin in the order of their arrival: a chunk, or what is not compacted."""

    plugin_id: str
    first_ms: int
    """When its first event arrived."""
    most_at_ms: int
    """Its newest event time."""
    body: bytes = b""
    """Of a chunk; empty: `tail` is what it holds."""
    summaries: dict[str, Summary] = field(default_factory=dict)
    """Of some metrics in it."""
    tail: Sequence[Heard] = ()

    @cached_property
    def heard(self) -> Sequence[Heard]:
        """What arrived, in order."""
        if not self.body:
            return self.tail
        return [Heard(*arrival) for arrival in chunk.decode(self.body, self.plugin_id)]

    @cached_property
    def rests(self) -> Sequence[Rest]:
        """What its events hold beside metrics."""
        return chunk.rests(self.body)


@dataclass(frozen=True, slots=True)
class Past:
    """What arrived of one plugin."""

    plugin_id: str
    parts: Sequence[Part]
    commands: Sequence[Heard] = ()
    """Of operators, about its alerts."""


def replay(past: Past, compiled: CompiledRule, begin_ms: int, until_ms: int) -> Replay:
    """
    Decide one plugin's past by one rule, up to an instant.

    Chunks in which nothing can happen are not decoded: those whose values breach nothing, while nothing is open. Their
    neighbours are, so that late samples are known as such.
    """
    found = Replay([compiled.rule], begin_ms, [past.plugin_id])
    can_skip = is_of_one_value(compiled) and not past.commands
    if past.commands:
        every = [one for part in past.parts for one in part.heard] + list(past.commands)
        found.feed(one for one in sorted(every, key=lambda one: one[:3]) if one.entry_ms <= until_ms)
        found.pass_until(until_ms)
        return found
    newest_ms = 0
    for i, part in enumerate(past.parts):
        if part.first_ms > until_ms:
            break
        following = past.parts[i + 1] if i + 1 < len(past.parts) else None
        if (
            can_skip
            and part.most_at_ms > newest_ms
            and not may_breach(part, compiled)
            # What follows needs this part to know which samples are late, unless it is left out too.
            and (following is None or (following.most_at_ms > part.most_at_ms and not may_breach(following, compiled)))
            and not any(map(_matters, part.rests))
            and _is_calm(found, part)
        ):
            found.feed(_signs(part))
        else:
            heard = part.heard
            found.feed(heard if not heard or heard[-1].entry_ms <= until_ms else _until(heard, until_ms))
        newest_ms = max(newest_ms, part.most_at_ms)
    found.pass_until(until_ms)
    return found


def is_of_one_value(compiled: CompiledRule) -> bool:
    """Tell whether a rule begins to hold by the value of one sample alone, which names its ranges."""
    needs = compiled.needs
    return (
        len(needs.metrics) == 1
        and not (needs.states or needs.errors or needs.any_event or needs.clock or needs.lookback_ms)
        and not (needs.formulas_ms or compiled.formula or compiled.gone_after_ms or compiled.is_fleet)
        and compiled.breach_ranges != ANY_VALUE
    )


def may_breach(part: Part, compiled: CompiledRule) -> bool:
    """Tell whether a part may hold a sample that breaches; `compiled` must be of one value."""
    if not part.body:
        return True
    (metric,) = compiled.needs.metrics
    found = part.summaries.get(metric)
    if found is None:
        return False
    # NaN: it holds no finite sample, and says nothing of the others.
    return math.isnan(found.least) or any(
        found.most >= low and found.least <= high for low, high in compiled.breach_ranges
    )


def _is_calm(found: Replay, part: Part) -> bool:
    found.pass_until(part.first_ms - 1)
    plugin = found.engine.plugins.by_id.get(part.plugin_id)
    return plugin is None or not (plugin.snapshots or plugin.memory.behind)


def _matters(rest: Rest) -> bool:
    """Tell whether an event may change more than values, names and labels."""
    return bool(rest.gone or rest.replica or rest.renamed_to or rest.histograms)


def _signs(part: Part) -> list[Heard]:
    """Return events without metrics that say what those of a part say of the plugin: its name and labels."""
    return [
        Heard(
            part.first_ms,
            0,
            0,
            Event(
                part.plugin_id,
                rest.plugin_name,
                part.most_at_ms,
                labels=rest.labels,
                parent_id=rest.parent_id,
            ),
        )
        for rest in part.rests
    ]


def _until(heard: Sequence[Heard], until_ms: int) -> list[Heard]:
    return [one for one in heard if one.entry_ms <= until_ms]
