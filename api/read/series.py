"""
Recent samples of a metric, read from the plugin's stream: what sparklines and charts draw first.

Nothing is written for this: the stream holds the last hour (STREAM_KEEP_SECONDS) already. A look reads backwards from
the newest entry and gives up after a bounded number of entries; the answer says how far back it came.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec import structs
from redis import Redis

from evaluator import histograms
from shared.model import event_time
from shared.model.events import Event
from shared.model.histograms import SUFFIXES
from shared.model.partitions import partition_of
from shared.redis import keys, streams

MAX_ENTRIES = 40_000
"""Of one question, over all partitions it touches: about a fifth of a second."""
CHUNK = 1_000

Sample = tuple[int, float]


@dataclass(slots=True)
class Series:
    """One metric of one plugin, oldest sample first."""

    plugin_id: str
    metric: str
    samples: list[Sample] = field(default_factory=list)
    since_ms: int = 0
    """From here on it is whole; later than what was asked for if the look was cut short."""
    plugins: list[str] = field(default_factory=list)
    """Of a fleet rule with `each_operator`, at most five plugins of the group breach at the newest sample: these."""
    step_ms: int = 0
    """How long a span each sample is the mean of, from its instant on; 0: they are samples as they came."""
    lows: list[float] = field(default_factory=list)
    """With `step_ms`: the lowest sample of each span."""
    highs: list[float] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    """Spans of which events were lost before they were recorded."""


_Log = list[list[tuple[int, Event]]]
"""Events of one plugin with histograms, each with the time of its entry; one list an entry, the newest first."""


def read(
    redis: Redis,
    wanted: Sequence[tuple[str, str]],
    since_ms: int,
    until_ms: int,
    points: int,
    partitions: int,
    most_entries: int = 0,
) -> list[Series]:
    """
    Return the samples of each (plugin id, metric), between two instants of event time.

    Args:
        points: At most so many of each; of more, the lowest and highest of each slice of time are kept, so that no
            spike is lost.
        most_entries: That are read; by default `MAX_ENTRIES`.
    """
    found = {pair: Series(*pair, since_ms=since_ms) for pair in wanted}
    of_partition: dict[int, list[Series]] = {}
    for one in found.values():
        of_partition.setdefault(partition_of(one.plugin_id, partitions), []).append(one)
    logs: dict[str, _Log] = {one.plugin_id: [] for one in found.values() if one.metric.endswith(SUFFIXES)}
    for number, some in of_partition.items():
        _collect(redis, number, some, logs, since_ms, until_ms, (most_entries or MAX_ENTRIES) // len(of_partition))
    for one in found.values():
        one.samples += _computed(logs.get(one.plugin_id, []), one.metric, since_ms, until_ms)
        one.samples = thinned(sorted(one.samples), points)
    return [found[pair] for pair in wanted]


def _collect(
    redis: Redis,
    number: int,
    some: Sequence[Series],
    logs: dict[str, _Log],
    since_ms: int,
    until_ms: int,
    budget: int,
) -> None:
    by_plugin: dict[str, list[Series]] = {}
    for one in some:
        by_plugin.setdefault(one.plugin_id, []).append(one)
    # What happened at an instant arrives then or later, unless a clock runs ahead: up to five minutes are accepted.
    upper = "+"
    lower = str(max(0, since_ms - event_time.MAX_FUTURE_MS))
    while budget > 0:
        entries = redis.xrevrange(keys.events(number), upper, lower, count=min(CHUNK, budget))
        for entry_id, fields in entries:
            payload = fields.get(keys.EVENT_FIELD)
            if payload is not None:
                entry_ms = int(entry_id.partition(b"-")[0])
                events = streams.decode(payload, entry_ms)[0]
                _take(events, by_plugin, since_ms, until_ms)
                _note(events, entry_ms, logs)
        if len(entries) < min(CHUNK, budget):
            return
        budget -= len(entries)
        upper = f"({entries[-1][0].decode()}"
    oldest_ms = int(upper.lstrip("(").partition("-")[0])
    for one in some:
        one.since_ms = max(one.since_ms, oldest_ms)


def _take(events: Sequence[Event], by_plugin: dict[str, list[Series]], since_ms: int, until_ms: int) -> None:
    for event in events:
        for one in by_plugin.get(event.plugin_id, ()):
            value = event.metrics.get(one.metric)
            if value is not None and since_ms <= event.at_ms <= until_ms:
                one.samples.append((event.at_ms, value))


def _note(events: Sequence[Event], entry_ms: int, logs: dict[str, _Log]) -> None:
    found: dict[str, list[tuple[int, Event]]] = {}
    for event in events:
        if event.plugin_id in logs and (event.histograms or event.gone):
            found.setdefault(event.plugin_id, []).append((entry_ms, event))
    for plugin_id, log in found.items():
        logs[plugin_id].append(log)


def _computed(log: _Log, metric: str, since_ms: int, until_ms: int) -> list[Sample]:
    """Return the samples that follow from those of a histogram, as the evaluator has computed them."""
    past = [(entry_ms, structs.replace(event, metrics={})) for entry in reversed(log) for entry_ms, event in entry]
    return [
        (event.at_ms, event.metrics[metric])
        for event in histograms.read_again(past)
        if metric in event.metrics and since_ms <= event.at_ms <= until_ms
    ]


def thinned(samples: Sequence[Sample], points: int) -> list[Sample]:
    """Return at most about *points* samples of many: the lowest and the highest of each of points/2 slices of time."""
    if len(samples) <= points:
        return list(samples)
    first, last = samples[0][0], samples[-1][0]
    width = max(1, (last - first + 1) * 2 // points)
    kept: list[Sample] = []
    start = 0
    while start < len(samples):
        edge = first + ((samples[start][0] - first) // width + 1) * width
        end = start
        while end < len(samples) and samples[end][0] < edge:
            end += 1
        part = samples[start:end]
        kept += sorted({min(part, key=lambda s: s[1]), max(part, key=lambda s: s[1])})
        start = end
    return kept
