"""The second half of an explanation: from the alert to its channels, what the router decides. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from dispatchers import suppress
from dispatchers.inhibition import FiringSources, InhibitRules
from dispatchers.route import COUNTED
from dispatchers.suppress import World
from insight import evidence as kept
from insight import explain_routes
from insight.chain import Finding, Step, StepName, no
from insight.evidence import CHANGES, FIRINGS, Evidence, Story
from insight.explain_decision import reason_of
from shared.model import resolving
from shared.model.alerts import Alert, TimelineEntry, Transition
from shared.model.reasons import Reason
from shared.model.silences import Silence

LAG_MS = 6_000
"""A changed silence, route or alert takes effect with the router's next round, within so much."""
AT_ONCE_MS = 1_000
"""Lines that follow so soon were written with the one before; a later look at the alert has lines of its own."""
NAMES: Mapping[str, StepName] = {
    "cooldown": "cooldown",
    "silenced": "silence",
    "inhibited": "inhibition",
    "flapping": "flapping",
    "muted": "mute",
}
"""Step of suppression → step of the chain."""


@dataclass(frozen=True, slots=True)
class Held:
    """What held a firing back before any channel was notified of it, by the records."""

    why: Reason
    at_ms: int
    until_ms: int | None = None
    """When it let go; None: it did not."""


@dataclass(frozen=True, slots=True)
class Routed:
    """How the router found the alert when it fired."""

    alert: Alert
    """As it was then, by the records, and suppressed as is computed again."""
    held: Mapping[str, Held]
    """By step of suppression."""
    steps: Sequence[Step]


def routed(story: Story, line: TimelineEntry, evidence: Evidence, again: Transition | None, until_ms: int) -> Routed:
    """
    Return the steps of routing of one firing.

    Args:
        line: With which it fired.
        again: The transition of this firing as it was computed again.
        until_ms: Later lines do not count.
    """
    held = _held(story, line, until_ms)
    steps: list[Step] = []
    for name, step in NAMES.items():
        at_ms = held[name].at_ms if name in held else line.at_ms
        judged = [_judged(story, line, evidence, again, at_ms, as_of_ms) for as_of_ms in _instants(at_ms)]
        recomputed = _finding(name, at_ms, judged[0].get(name))
        agrees = any((name in one) is (name in held) for one in judged)
        steps.append(Step(step, recorded=_recorded(name, line, held), recomputed=recomputed, agrees=agrees))
    alert = _fired(story, line, again, line.at_ms)
    steps += [explain_routes.route(alert, evidence, line.at_ms), explain_routes.group(story, alert)]
    judged_then = _judged(story, line, evidence, again, line.at_ms, line.at_ms)
    suppressed = {name: str(reason) for name, reason in judged_then.items()}
    muted = suppress.muted_channels(alert, _world(story, line, evidence, line.at_ms, line.at_ms))
    return Routed(structs.replace(alert, suppressed=suppressed, muted=muted), held, steps)


def _instants(at_ms: int) -> tuple[int, int, int]:
    return at_ms, at_ms - LAG_MS, at_ms + LAG_MS


def _held(story: Story, line: TimelineEntry, until_ms: int) -> dict[str, Held]:
    """Return what held a firing back before any channel was notified, by the timeline."""
    found: dict[str, Held] = {}
    sent = [one.at_ms for one in story.attempts if one.outcome == "sent" and one.at_ms >= line.at_ms]
    until_ms, first_sent_ms = min(until_ms, _ended_ms(story, line)), min(sent, default=1 << 62)
    for later in _episode(story, line):
        if later.at_ms > until_ms:
            break
        name = later.by
        if later.kind == "suppressed" and name in NAMES and later.reason_code != "muted.channels":
            if later.at_ms < first_sent_ms:
                found[name] = replace(found.get(name) or Held(reason_of(later), later.at_ms), until_ms=None)
        elif later.kind == "released" and name in found and found[name].until_ms is None:
            found[name] = replace(found[name], until_ms=later.at_ms)
        elif later.kind == "announced":
            # Every step looks at it again; what still holds it back has a line behind this one.
            found = {step: replace(one, until_ms=one.until_ms or later.at_ms) for step, one in found.items()}
    return found


def _ended_ms(story: Story, line: TimelineEntry) -> int:
    """Return when a firing ended; long after now if it did not."""
    return next((one.at_ms for one in _episode(story, line) if one.kind == "resolved"), 1 << 62)


def _episode(story: Story, line: TimelineEntry) -> Iterator[TimelineEntry]:
    """Yield the lines behind one with which an alert fired, until it fires again."""
    lines = iter(story.timeline)
    for one in lines:
        if one is line:
            break
    for one in lines:
        if one.kind in FIRINGS:
            return
        yield one


def _fired(story: Story, line: TimelineEntry, again: Transition | None, at_ms: int) -> Alert:
    """Return the alert as it was while it fired; its cooldown is computed from when it was announced last."""
    alert, episode, cooldown_until_ms = story.alert, 0, 0
    for one in story.timeline:
        if one.kind in FIRINGS:
            episode += 1
        if one is line:
            break
        if one.kind in ("firing", "announced"):
            cooldown_until_ms = one.at_ms + alert.policy.cooldown_ms
    is_cooling = at_ms < cooldown_until_ms
    if again is not None and at_ms <= line.at_ms + LAG_MS:
        # The cooldown may end while the alert is pending again; it is announced with the next tick then.
        is_cooling = again.kind == "reopened"
    return structs.replace(
        alert,
        state="firing",
        episode=episode,
        announced_episode=episode - is_cooling,
        hold_until_ms=cooldown_until_ms if is_cooling else 0,
        labels=again.labels if again is not None else alert.labels,
        suppressed={},
        suppressed_reasons={},
        fired_at_ms=line.at_ms,
        muted={},
    )


def _judged(
    story: Story, line: TimelineEntry, evidence: Evidence, again: Transition | None, at_ms: int, as_of_ms: int
) -> dict[str, Reason]:
    alert = _fired(story, line, again, at_ms)
    return suppress.judge(alert, _world(story, line, evidence, at_ms, as_of_ms), at_ms)


def _world(story: Story, line: TimelineEntry, evidence: Evidence, at_ms: int, as_of_ms: int) -> World:
    """Return what surrounded a firing at an instant; others and settings as of another one near it."""
    routes = kept.in_force(evidence.routes, as_of_ms)
    tree = routes.document if routes is not None else None
    world = World(
        _silences(evidence, as_of_ms),
        intervals={} if tree is None else resolving.intervals_at(tree, at_ms),
        inhibition=FiringSources(InhibitRules([] if tree is None else tree.inhibit_rules)),
    )
    for other in evidence.stories.values():
        if other is not story and (was := as_it_was(other, as_of_ms)) is not None:
            world.follow(was)
    place = (story.alert.rule_id, story.alert.plugin_id)
    instants: list[int] = []
    let_through_ms = 0
    for other in evidence.stories.values():
        if (other.alert.rule_id, other.alert.plugin_id) != place:
            continue
        for one in other.timeline:
            if one.at_ms > at_ms or (one.at_ms == at_ms and other is not story):
                break
            # What a person resolves is no change of the condition.
            if one.kind in COUNTED and not one.principal:
                instants.append(one.at_ms)
            if one is line and line.at_ms == at_ms:
                break
            if one.at_ms < at_ms:
                let_through_ms = max(let_through_ms, _let_through_ms(other, one))
    world.changes[place] = sorted(instants, reverse=True)
    if let_through_ms:
        world.let_through_at_ms[place] = let_through_ms
    return world


def _let_through_ms(story: Story, line: TimelineEntry) -> int:
    """Return when a line let a firing through to the channels; 0: it did not."""
    if line.kind == "released":
        return line.at_ms if not _suppressed_after(story, line) else 0
    if line.kind in (*FIRINGS, "announced"):
        return line.at_ms if _is_sent_at_once(story, line) or not _suppressed_after(story, line) else 0
    return 0


def _is_sent_at_once(story: Story, line: TimelineEntry) -> bool:
    """Tell whether channels were notified as soon as an alert fired, even if something holds it back since."""
    until_ms = line.at_ms + AT_ONCE_MS
    return any(one.outcome == "sent" and line.at_ms <= one.at_ms < until_ms for one in story.attempts)


def _suppressed_after(story: Story, line: TimelineEntry) -> set[str]:
    """Return what holds an alert back after a line and those that were written with it."""
    held: set[str] = set()
    is_behind = False
    for one in story.timeline:
        if is_behind and (one.at_ms > line.at_ms + AT_ONCE_MS or one.kind not in ("suppressed", "released", "routed")):
            break
        if one.kind in (*FIRINGS, "announced"):
            held = set()
        elif one.kind == "suppressed" and one.reason_code != "muted.channels":
            held.add(one.by)
        elif one.kind == "released":
            held.discard(one.by)
        is_behind = is_behind or one is line
    return held & NAMES.keys()


def _silences(evidence: Evidence, as_of_ms: int) -> list[Silence]:
    found = (kept.in_force(revisions, as_of_ms) for revisions in evidence.silences.values())
    return [one.document for one in found if one is not None and one.document is not None]


def as_it_was(story: Story, at_ms: int) -> Alert | None:
    """Return an alert as it was at an instant, if it fired then; None if it did not."""
    state, episode, last = "", 0, None
    for line in story.until(at_ms):
        if line.kind not in CHANGES:
            last = line if line.kind in ("suppressed", "released") else last
            continue
        match line.kind:
            case "firing" | "reopened":
                state, episode, last = "firing", episode + 1, line
            case "announced":
                last = line
            case "acknowledged":
                state = "acknowledged"
            case _:
                state = ""
    if not state or last is None:
        return None
    suppressed = dict.fromkeys(_suppressed_after(story, last), "")
    return structs.replace(story.alert, state=state, episode=episode, suppressed=suppressed)


def _recorded(name: str, line: TimelineEntry, held: Mapping[str, Held]) -> Finding:
    if name not in held:
        return _finding(name, line.at_ms, None)
    found = held[name]
    if found.until_ms is None:
        return Finding(False, found.why, found.at_ms)
    return no("explain.held_until", found.at_ms, because=found.why, until_ms=found.until_ms)


def _finding(name: str, at_ms: int, held: Reason | None) -> Finding:
    return Finding(True, Reason(_FREE[name]), at_ms) if held is None else Finding(False, held, at_ms)


_FREE = {
    "cooldown": "explain.not_cooling",
    "silenced": "explain.not_silenced",
    "inhibited": "explain.not_inhibited",
    "flapping": "explain.not_flapping",
    "muted": "explain.not_muted",
}
