"""A backtest as it is asked for and answered: reads the archive plugin by plugin, and says how far it is. Shell."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

from archive.store import ALERTS, EVENTS, ROLLUPS, stream_of
from evaluator.compiled_rule import CompiledRule, compile_rule
from insight import backtest, routing_reading
from insight.backtest import Comparison, Decided, Missing, Outcome
from insight.past_reading import PastReading
from insight.questions import Backtest
from shared.errors import Invalid
from shared.model import reasons
from shared.model.partitions import partition_of
from shared.model.rules import Rule

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

Progress = Callable[[int, int], None]
"""Called with how many plugins are done, and how many there are; may raise to end it."""
MOST_TRANSITIONS = 400_000
"""Of all plugins. A rule that changes so often says nothing, and would take all memory."""


class BacktestAnswer(Struct):
    """What a rule would have done, beside the rule as it is now. Instants are the clock's."""

    rule_id: str
    from_ms: int
    until_ms: int
    timezone: str
    computed_at_ms: int
    events_from_ms: int | None
    """From when on there are events of these plugins; None: there are none in this time."""
    plugins: int
    draft: Outcome
    now: Outcome | None
    """None: there is no rule with this id."""
    comparison: Comparison | None
    gaps: Sequence[Missing]


def answer(
    archive: "SqlArchive", asked: Backtest, now_ms: int, partitions: int, gather_ms: int, progress: Progress
) -> BacktestAnswer:
    """
    Answer what a rule would have done.

    Args:
        archive: In a transaction: the whole answer is of one instant.
        gather_ms: For how long further news of a group is gathered.

    Raises:
        Invalid: the rule cannot be tried out.
    """
    draft = _compiled(asked.rule)
    current = _compiled(asked.current) if asked.current is not None else None
    both = [one for one in (draft, current) if one is not None]
    replay_from_ms = backtest.begin_ms([one.rule for one in both], asked.from_ms)
    reading = PastReading(archive, partitions, replay_from_ms, asked.until_ms)
    metrics = {name for one in both for name in one.condition.reads()}
    plugins = sorted({name for one in both for name in reading.plugins(one.rule, one.condition.reads())})
    found = {one: Decided() for one in both}
    events_from_ms: int | None = None
    for number, plugin_id in enumerate(plugins):
        progress(number, len(plugins))
        known = reading.past(plugin_id, metrics)
        if known.parts:
            first_ms = known.parts[0].first_ms
            events_from_ms = first_ms if events_from_ms is None else min(events_from_ms, first_ms)
        for one, decided in found.items():
            backtest.decide(known, one, replay_from_ms, asked.from_ms, asked.until_ms, decided)
            if len(decided.transitions) > MOST_TRANSITIONS:
                raise Invalid({"rule": reasons.of("backtest.too_noisy", count=MOST_TRANSITIONS)}, "The backtest")
    progress(len(plugins), len(plugins))
    zone = ZoneInfo(asked.timezone)

    def outcome(one: CompiledRule) -> Outcome:
        around = routing_reading.read(archive, one.rule, frozenset(plugins), replay_from_ms, asked.until_ms, gather_ms)
        return backtest.outcome(found[one], around, asked.from_ms, asked.until_ms, zone)

    comparison = None
    if current is not None:
        acts = routing_reading.acknowledgements(archive, current.rule.id, asked.from_ms, asked.until_ms)
        comparison = backtest.compare(found[draft], found[current], acts, asked.until_ms)
    return BacktestAnswer(
        rule_id=draft.rule.id,
        from_ms=asked.from_ms,
        until_ms=asked.until_ms,
        timezone=asked.timezone,
        computed_at_ms=now_ms,
        events_from_ms=None if events_from_ms is None else max(events_from_ms, asked.from_ms),
        plugins=len(plugins),
        draft=outcome(draft),
        now=outcome(current) if current is not None else None,
        comparison=comparison,
        gaps=_gaps(archive, {stream_of(EVENTS, partition_of(p, partitions)) for p in plugins}, asked),
    )


def _compiled(document: Mapping[str, object]) -> CompiledRule:
    compiled = compile_rule(Rule.model_validate(document))
    if compiled.is_fleet:
        raise Invalid({"condition.kind": reasons.of("backtest.no_fleet")}, "The backtest")
    return compiled


def _gaps(archive: "SqlArchive", streams: set[str], asked: Backtest) -> list[Missing]:
    return [
        Missing(max(gap.from_ms, asked.from_ms), min(gap.to_ms, asked.until_ms))
        for gap in archive.gaps()
        if gap.stream not in (ROLLUPS, ALERTS)
        and (not gap.stream or gap.stream in streams)
        and gap.to_ms > asked.from_ms
        and gap.from_ms < asked.until_ms
    ]
