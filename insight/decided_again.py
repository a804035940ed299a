"""What the production engine decides about archived events of one plugin under one rule. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from archive.chunk import Arrival
from evaluator.alert_ids import Origin, alert_id_of
from evaluator.changes import Changes
from evaluator.compiled_rule import CompiledRule
from evaluator.condition import Verdict
from evaluator.engine import Engine
from evaluator.index import Index
from evaluator.plugin_memory import PluginMemory
from evaluator.snapshot import Phase, Snapshot
from insight import evidence as kept
from insight.evidence import Evidence, Story
from shared.model import reasons
from shared.model.alerts import Transition
from shared.model.events import Command
from shared.model.reasons import Reason
from shared.model.rules import Rule

LEAST_MS = 900_000
"""So much before the instant is decided again at least."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How it stands at the end of a replay."""

    memory: PluginMemory | None
    """What the plugin's events say; None: there were none."""
    rule: CompiledRule | None
    """As it was in force for the plugin; None: it was not."""
    absent: Reason
    """Why it was not."""
    snapshot: Snapshot | None
    verdict: Verdict | None
    """Of the condition at the end; None: it gives none."""
    transitions: Sequence[Transition]
    from_ms: int
    """What was decided before was taken from the records."""


class _Act(NamedTuple):
    """Something that happened: an event, a change of the rules, or what a person did."""

    at_ms: int
    order: tuple[int, int, int]
    what: Arrival | Command | None
    """None: rules changed."""


def decide_again(rule_id: str, plugin_id: str, evidence: Evidence, until_ms: int) -> Replayed:
    """
    Decide archived events again, with the rule's revisions of that time and with what people did then.

    Args:
        until_ms: Of the clock: events that arrived until then count.
    """
    from_ms = _from_ms(rule_id, evidence, until_ms)
    stories = [
        story
        for story in evidence.stories.values()
        if (story.alert.rule_id, story.alert.plugin_id) == (rule_id, plugin_id)
    ]
    known_ids = {story.alert.id for story in stories}
    earlier = [one for one in evidence.arrivals if one.entry_ms < from_ms]
    engine = Engine(_index(evidence, from_ms), snapshots=_seeds(rule_id, plugin_id, stories, from_ms))
    for arrival in earlier:
        engine.plugins.remember(arrival.event, arrival.entry_ms)
    changes = Changes()
    engine.replace_rules(engine.plugins.index, from_ms, changes)
    engine.forgive(0, from_ms)
    for act in _acts(rule_id, evidence, stories, from_ms, until_ms):
        engine.pass_time(max(act.at_ms - (not evidence.clock_first), from_ms), changes)
        if isinstance(act.what, Arrival):
            origin = _origin(act.what, rule_id, plugin_id, known_ids)
            engine.apply(act.what.event, origin, act.at_ms, changes, act.at_ms)
        elif act.what is not None:
            engine.obey(act.what, changes)
        else:
            engine.replace_rules(_index(evidence, act.at_ms), act.at_ms, changes)
    engine.pass_time(until_ms, changes)
    return _ended(engine, rule_id, plugin_id, changes.transitions, until_ms, from_ms)


def _ended(
    engine: Engine, rule_id: str, plugin_id: str, transitions: Sequence[Transition], until_ms: int, from_ms: int
) -> Replayed:
    plugin = engine.plugins.by_id.get(plugin_id)
    found = [one for one in transitions if one.rule_id == rule_id]
    if plugin is None or not plugin.memory.last_at_ms:
        return Replayed(None, None, reasons.NONE, None, None, found, from_ms)
    memory, rule = plugin.memory, plugin.plan.rules.get(rule_id)
    if rule is None:
        absent = engine.plugins.index.why_absent(rule_id, plugin_id, memory.labels)
        return Replayed(memory, None, absent, None, None, found, from_ms)
    verdict = rule.condition.judge(memory, judged_at_ms(rule, memory, until_ms), rule.recover_threshold)
    return Replayed(memory, rule, reasons.NONE, plugin.snapshots.get(rule_id), verdict, found, from_ms)


def judged_at_ms(rule: CompiledRule, memory: PluginMemory, until_ms: int) -> int:
    """Return the event time as of which a rule is judged last."""
    if rule.needs.clock:
        return memory.event_ms(until_ms)
    newest = [memory.series[name].newest_at_ms for name in rule.needs.metrics if name in memory.series]
    newest += [memory.states[name].newest_at_ms for name in rule.needs.states if name in memory.states]
    return max(newest) if newest and not rule.needs.any_event else memory.last_at_ms


def _from_ms(rule_id: str, evidence: Evidence, until_ms: int) -> int:
    """Return from when on decisions are made again: long enough for what is pending, recovers or cools."""
    length_ms = LEAST_MS
    for revision in evidence.rules.get(rule_id, ()):
        if (rule := revision.document) is not None:
            length_ms = max(length_ms, round(rule.for_seconds * 2_000) + round(rule.cooldown_minutes * 60_000))
    return max(evidence.arrivals_since_ms, until_ms - length_ms)


def _index(evidence: Evidence, at_ms: int) -> Index:
    found: list[Rule] = []
    for revisions in evidence.rules.values():
        revision = kept.in_force(revisions, at_ms)
        if revision is not None and revision.document is not None:
            found.append(revision.document)
    return Index(found)


def _acts(rule_id: str, evidence: Evidence, stories: Sequence[Story], from_ms: int, until_ms: int) -> Iterator[_Act]:
    acts = [
        _Act(one.entry_ms, (1, one.entry_number, one.place), one)
        for one in evidence.arrivals
        if from_ms <= one.entry_ms <= until_ms
    ]
    for revisions in evidence.rules.values():
        acts += [_Act(one.at_ms, (0, 0, 0), None) for one in revisions if from_ms < one.at_ms <= until_ms]
    for story in stories:
        for line in story.timeline:
            if line.kind == "resolved" and line.principal and from_ms <= line.at_ms <= until_ms:
                acts.append(
                    _Act(
                        line.at_ms,
                        (2, 0, 0),
                        Command(
                            kind="resolve",
                            rule_id=rule_id,
                            plugin_id=story.alert.plugin_id,
                            alert_id=story.alert.id,
                            by=line.by,
                            by_principal=line.principal,
                            at_ms=line.at_ms,
                        ),
                    )
                )
    acts.sort(key=lambda act: (act.at_ms, act.order))
    return iter(acts)


def _origin(arrival: Arrival, rule_id: str, plugin_id: str, known_ids: set[str]) -> Origin:
    """Return the place of an event in the log. The archive does not keep whether its entry had others behind it."""
    entry_id = f"{arrival.entry_ms}-{arrival.entry_number}"
    among_others = (entry_id, arrival.place)
    if arrival.place or alert_id_of(rule_id, plugin_id, among_others) in known_ids:
        return among_others
    return entry_id


def _seeds(rule_id: str, plugin_id: str, stories: Sequence[Story], from_ms: int) -> dict[tuple[str, str], Snapshot]:
    """Return what was open between the rule and the plugin when the replay begins, by the records."""
    newest: tuple[int, Snapshot] | None = None
    for story in stories:
        found = snapshot_at(story, from_ms - 1)
        if found is not None and (newest is None or found[0] >= newest[0]):
            newest = found
    return {} if newest is None else {(rule_id, plugin_id): newest[1]}


def snapshot_at(story: Story, at_ms: int) -> tuple[int, Snapshot] | None:
    """Return since when the alert was as its timeline says, and what the evaluator remembered of it; None: nothing."""
    alert, changed_ms, cooldown_ms, is_announced = story.alert, 0, 0, False
    phase: Phase | None = None
    for line in story.until(at_ms):
        match line.kind:
            case "pending":
                phase = "pending"
            case "firing" | "announced":
                phase, is_announced, cooldown_ms = "firing", True, line.at_ms + alert.policy.cooldown_ms
            case "reopened":
                phase, is_announced = "firing", False
            case "resolved" | "cleared":
                phase = "cooling" if line.at_ms < cooldown_ms and line.kind == "resolved" else None
            case _:
                continue
        changed_ms = line.at_ms
    if phase is None or (phase == "cooling" and cooldown_ms <= at_ms):
        return None
    since_ms = alert.started_at_ms if alert.started_at_ms <= at_ms else changed_ms
    cooldown_until_ms = 0 if phase == "pending" else cooldown_ms
    return changed_ms, Snapshot(phase, alert.id, since_ms, cooldown_until_ms, is_announced)
