"""
What a rule measured of one plugin: the samples of its metric, the values of its formula, or of a fleet's group.

Nothing is written for this, as for `series`: formulas are computed of the metrics' samples (over long ranges, of their
means), and aggregates of what the partitions reported to each other, of which at most 40,000 reports are read.
"""

from collections.abc import Iterator, Mapping, Sequence

from redis import Redis

from api.read import archived_series, series
from api.read.archived_series import MOST_JOURNAL_BYTES, Answer
from api.read.series import CHUNK, MAX_ENTRIES, Sample, Series
from archive import journal
from archive.readers import Readers
from archive.store import DAY_MS, EVENTS, ArchiveError, stream_of
from evaluator import fleet_partials, formulas
from evaluator.comparison import Measured
from evaluator.compiled_rule import compile_rule
from evaluator.fleet_rule import FleetRule, fleet_rule_of
from shared.model import fleet
from shared.model.fleet import Partial
from shared.model.formula import Formula
from shared.model.partitions import partition_of
from shared.model.rules import Rule
from shared.redis import keys, streams

ALL_POINTS = 1_000_000
POINTS_OF_DAYS = 10_000
"""Points that are read of each metric of a formula, if the range is longer than a day."""


def read(
    redis: Redis,
    readers: Readers,
    rule: Rule,
    plugin_id: str,
    since_ms: int,
    until_ms: int,
    points: int,
    partitions: int,
) -> Answer:
    """
    Return what *rule* measures of a plugin, between two instants of event time; nothing if it measures no one number.

    Args:
        points: As for `archived_series.read`.

    Raises:
        Invalid: the rule's condition does not make sense.
    """
    compiled = compile_rule(rule)
    of_fleet = fleet_rule_of(compiled)
    if of_fleet is not None:
        answer = _of_group(redis, readers, of_fleet, plugin_id, since_ms, until_ms, partitions)
    elif compiled.formula is not None:
        answer = _of_formula(redis, readers, compiled.formula, plugin_id, since_ms, until_ms, partitions)
    elif isinstance(compiled.condition, Measured):
        wanted = [(plugin_id, compiled.condition.about())]
        return archived_series.read(redis, readers, wanted, since_ms, until_ms, points, partitions)
    else:
        return Answer([Series(plugin_id, "", since_ms=since_ms)])
    (found,) = answer.series
    found.samples = series.thinned(found.samples, points)
    return answer


def _of_formula(
    redis: Redis, readers: Readers, formula: Formula, plugin_id: str, since_ms: int, until_ms: int, partitions: int
) -> Answer:
    wanted = [(plugin_id, name) for name in formula.names]
    points = ALL_POINTS if until_ms - since_ms <= DAY_MS else POINTS_OF_DAYS
    begin_ms = since_ms - formulas.STALE_MS
    answer = archived_series.read(redis, readers, wanted, begin_ms, until_ms, points, partitions)
    operands = answer.series
    since = max((since_ms, *(one.since_ms for one in operands if one.since_ms > since_ms)))
    values = computed(formula, {one.metric: one.samples for one in operands})
    found = Series(plugin_id, formula.text, since_ms=since)
    found.samples = [(at_ms, value) for at_ms, value in values if at_ms >= since_ms]
    found.step_ms = max(one.step_ms for one in operands)
    found.gaps = operands[0].gaps
    return Answer([found], answer.unavailable_before_ms)


def computed(formula: Formula, samples: Mapping[str, Sequence[Sample]]) -> Iterator[Sample]:
    """Yield the formula's value at each instant at which one of its metrics has a sample, as `formulas.read` has it."""
    by_time: dict[int, dict[str, float]] = {}
    for name in formula.names:
        for at_ms, value in samples.get(name, ()):
            by_time.setdefault(at_ms, {})[name] = value
    newest: dict[str, Sample] = {}
    for at_ms, values in sorted(by_time.items()):
        newest |= {name: (at_ms, value) for name, value in values.items()}
        if len(newest) < len(formula.names) or at_ms - min(newest.values())[0] > formulas.STALE_MS:
            continue
        result = formula.value([newest[name][1] for name in formula.names])
        if result is not None:
            yield at_ms, result


def _of_group(
    redis: Redis, readers: Readers, rule: FleetRule, plugin_id: str, since_ms: int, until_ms: int, partitions: int
) -> Answer:
    found = Series(plugin_id, rule.condition.series, since_ms=since_ms)
    unavailable_before_ms: int | None = None
    ticks: dict[int, dict[int, Partial]] = {}
    number = partition_of(plugin_id, partitions)
    budget, upper, oldest_ms = MAX_ENTRIES, "+", until_ms + 1
    while budget > 0:
        entries = redis.xrevrange(keys.events(number), upper, str(max(0, since_ms)), count=min(CHUNK, budget))
        for entry_id, fields in entries:
            payload = fields.get(keys.FLEET_FIELD)
            if payload is not None:
                _take(payload, int(entry_id.partition(b"-")[0]), rule, plugin_id, ticks)
        if entries:
            oldest_ms = int(entries[-1][0].partition(b"-")[0])
        if len(entries) < min(CHUNK, budget):
            break
        budget -= len(entries)
        upper = f"({entries[-1][0].decode()}"
    else:
        found.since_ms = max(since_ms, oldest_ms)
    # A report that is in the archive and in the stream counts once, so entries of both may be read.
    if budget > 0 and oldest_ms > since_ms:
        try:
            older = _reports(readers, stream_of(EVENTS, number), since_ms, oldest_ms, budget)
        except ArchiveError:
            older, unavailable_before_ms = [], min(oldest_ms, until_ms)
            found.since_ms = max(since_ms, unavailable_before_ms)
        for entry_ms, payload in older:
            _take(payload, entry_ms, rule, plugin_id, ticks)
        if len(older) >= budget:
            found.since_ms = max(since_ms, min(entry_ms for entry_ms, _ in older))
    for tick_ms, partials in sorted(ticks.items()):
        if since_ms <= tick_ms <= until_ms:
            combined = fleet_partials.combine(rule, list(partials.values()))
            found.samples.append((tick_ms, combined.value))
            found.plugins = list(combined.examples)
    return Answer([found], unavailable_before_ms)


def _reports(readers: Readers, stream: str, since_ms: int, until_ms: int, most: int) -> list[tuple[int, bytes]]:
    """Return the reports that the archive has, each with the time of its entry."""
    with readers.reading() as archive:
        if archive is None:
            return []
        with archive.transaction():
            rows = archive.journal(stream, 1_000, MOST_JOURNAL_BYTES)
            entries = archive.newest_others(stream, since_ms, until_ms, most)
    for some in journal.readable(row.body for row in rows):
        entries += some
    return [(int(id_.partition(b"-")[0]), fields[1]) for id_, fields in entries if fields[0] == keys.FLEET_FIELD]


def _take(payload: bytes, entry_ms: int, rule: FleetRule, plugin_id: str, ticks: dict[int, dict[int, Partial]]) -> None:
    try:
        report = streams.decode_report(payload, entry_ms)
    except ValueError:
        return  # The evaluator makes a dead letter of it.
    of_rule = report.rules.get(fleet.rule_of(plugin_id))
    if of_rule is not None and of_rule.definition == rule.definition and plugin_id in of_rule.groups:
        ticks.setdefault(report.tick_ms, {})[report.source] = of_rule.groups[plugin_id]
