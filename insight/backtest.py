"""
What a rule would have done over a time that is kept, beside the rule as it is now. Pure.

The decisions are those of the engine (`replay`), the notifications those of the steps of routing (`notices`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from msgspec import Struct

from archive.kept_figures import ON_THE_PAGE
from evaluator.compiled_rule import CompiledRule, compile_rule
from insight import notifying, past
from insight.alerting import is_at_night
from insight.circumstances import Acknowledgement, Circumstances
from insight.firings import Firing, firings, with_worst, without_partner
from insight.past import Past
from shared.model.alerts import Transition
from shared.model.rules import Rule

WARM_MS = 3_600_000
"""How much earlier than the time asked about a replay begins, beside what the rule looks back on."""
MOST_SHOWN = 1_000
"""Firings that are listed; of more, the newest. All are counted."""


class Missing(Struct, frozen=True):
    """A time in which events were lost before they were recorded: what happened then is not known."""

    from_ms: int
    until_ms: int


class Outcome(Struct):
    """What one rule would have done."""

    firings: int
    firing: int
    """Of these, those that fire at the end."""
    notifications: int
    """Through channels that leave the page."""
    at_night: int
    """Of these, those between 22:00 and 07:00."""
    by_channel: dict[str, int]
    suppressed: dict[str, int]
    """Step of suppression → firings that it held back at first."""
    alerts: Sequence[Firing]
    """The newest ones."""


class Comparison(Struct):
    """What a rule would have done otherwise than the rule as it is now."""

    missed: int
    """Firings of the rule as it is now, during which it would not have fired."""
    added: int
    missed_acknowledged: int
    """Of those missed, firings that a person acknowledged."""
    missed_alerts: Sequence[Firing]
    added_alerts: Sequence[Firing]


class Decided(Struct):
    """What a replay decided of some plugins."""

    transitions: list[Transition] = []
    firings: list[Firing] = []

    def add(self, transitions: Sequence[Transition], found: Sequence[Firing]) -> None:
        """Add what was decided of one more plugin."""
        self.transitions += transitions
        self.firings += found


def begin_ms(rules: Iterable[Rule], from_ms: int) -> int:
    """Return when a replay must begin, so that windows, durations and cooldowns are as they were at *from_ms*."""
    return from_ms - WARM_MS - max((_looks_back_ms(compile_rule(rule)) for rule in rules), default=0)


def _looks_back_ms(compiled: CompiledRule) -> int:
    waits_ms = compiled.for_ms + compiled.recover_ms + compiled.cooldown_ms + compiled.gone_after_ms
    return compiled.needs.furthest_ms() + waits_ms


def decide(
    known: Past, compiled: CompiledRule, replay_from_ms: int, from_ms: int, until_ms: int, into: Decided
) -> None:
    """
    Decide one plugin's past by one rule.

    Args:
        replay_from_ms: As of `begin_ms`.
        into: Gets the transitions, and the firings from *from_ms* on.
    """
    changes = past.replay(known, compiled, replay_from_ms, until_ms).transitions
    into.add(changes, with_worst(firings(changes, from_ms), compiled, known.parts))


def outcome(decided: Decided, around: Circumstances, from_ms: int, until_ms: int, zone: tzinfo) -> Outcome:
    """Return what a rule would have done, given what was decided of all plugins."""
    changes = sorted(decided.transitions, key=lambda change: change.decided_at_ms)
    sent, held_back = notifying.messages(changes, around, from_ms, until_ms)
    found = sorted(decided.firings, key=lambda one: (one.fired_at_ms, one.plugin_id))
    calls = [one for one in sent if one.channel not in ON_THE_PAGE]
    return Outcome(
        firings=len(found),
        firing=sum(one.resolved_at_ms is None for one in found),
        notifications=len(calls),
        at_night=sum(is_at_night(datetime.fromtimestamp(one.at_ms / 1000, zone).hour) for one in calls),
        by_channel=dict(Counter(one.channel for one in sent).most_common()),
        suppressed=dict(Counter(step for one in held_back for step in one.steps)),
        alerts=found[-MOST_SHOWN:],
    )


def compare(draft: Decided, now: Decided, acknowledged: Sequence[Acknowledgement], until_ms: int) -> Comparison:
    """Compare what a draft would have done with what the rule as it is now would have done."""
    ours = sorted(draft.firings, key=lambda one: one.fired_at_ms)
    theirs = sorted(now.firings, key=lambda one: one.fired_at_ms)
    missed = without_partner(theirs, ours, until_ms)
    added = without_partner(ours, theirs, until_ms)
    return Comparison(
        len(missed),
        len(added),
        sum(any(_is_about(act, one, until_ms) for act in acknowledged) for one in missed),
        missed[-MOST_SHOWN:],
        added[-MOST_SHOWN:],
    )


def _is_about(act: Acknowledgement, firing: Firing, until_ms: int) -> bool:
    end_ms = until_ms if firing.resolved_at_ms is None else firing.resolved_at_ms
    return act.plugin_id == firing.plugin_id and firing.fired_at_ms <= act.at_ms <= end_ms
