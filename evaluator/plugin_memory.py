"""
What is remembered of one plugin: a fold of its events in stream order. Pure.

Rules decide only how far back samples are kept (`Windows`). So a new owner of the partition that folds the same entries
remembers the same. A sample in a window costs about 20 bytes and a plugin with one series about 860
(docs/performance.md).
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import NamedTuple

from evaluator import clock_restart, error_reports, formulas, histograms
from evaluator.budget import UNBOUNDED
from evaluator.clock_steps import Lateness
from evaluator.error_reports import Report
from evaluator.histograms import Kept
from evaluator.replicas import Replicas
from evaluator.samples import Samples
from evaluator.series import Series, State
from evaluator.windows import NO_WINDOWS, Windows
from shared.model.events import Event
from shared.model.formula import Formula

MAX_SERIES = 10_000
"""
Metrics, and states, remembered for one plugin: ten events with as many names as an event may have. A plugin that
invents names must not exhaust the evaluator's memory; values under further names are counted as cut and judged by no
rule.
"""

NO_COUNTERS: AbstractSet[str] = frozenset()
"""Shared by all plugins without any: an empty set costs 216 bytes, an empty dictionary 64."""
NO_LABELS: Mapping[str, str] = MappingProxyType({})


class PluginMemory:
    """One plugin."""

    __slots__ = (
        "behind",
        "budget",
        "computed",
        "counters",
        "errors",
        "errors_cut_at_ms",
        "heard_at_ms",
        "histograms",
        "labels",
        "last_at_ms",
        "parent_id",
        "plugin_id",
        "plugin_name",
        "replicas",
        "series",
        "skew_ms",
        "states",
    )

    def __init__(self, plugin_id: str, labels: Mapping[str, str] | None = None, heard_at_ms: int = 0) -> None:
        self.plugin_id = plugin_id
        self.plugin_name = ""
        self.parent_id = ""
        self.labels: Mapping[str, str] = labels or NO_LABELS
        self.series: dict[str, Series] = {}
        self.states: dict[str, State] = {}
        self.errors: list[Report] = []
        """Ascending by time, as far back as a rule looks."""
        self.errors_cut_at_ms = 0
        """Event time of the newest report that was dropped for want of room; 0: none was."""
        self.budget = UNBOUNDED
        """Of its partition."""
        self.computed: dict[Formula, Samples] | None = None
        """The values of formulas, as far back as a rule looks; None where no rule looks back on a formula."""
        self.histograms: dict[str, Kept] | None = None
        """None where it sends none."""
        self.last_at_ms = 0
        """Event time of the newest event of any content."""
        self.heard_at_ms = heard_at_ms
        """Server clock when its newest entry arrived."""
        self.behind: dict[str, Lateness] | None = None
        """What has been late since its newest sample: `m`, `s` or `h` and a metric, a state or a histogram; `p` the
        plugin itself."""
        self.counters: AbstractSet[str] = NO_COUNTERS
        """Metrics that the event with their newest sample called counters."""
        self.replicas: Replicas | None = None
        """None where its sender names no replica."""
        self.skew_ms = 0
        """How far event time was ahead of the server's clock at the newest event: the plugin's clock, and delays."""

    def alive(self, metric: str) -> Series | None:
        """Return what is remembered of a metric whose series has not ended."""
        series = self.series.get(metric)
        return series if series is not None and not series.is_gone else None

    def values_of(self, formula: Formula) -> Samples | None:
        """Return what a formula was worth, as far back as a rule looks."""
        return self.computed.get(formula) if self.computed else None

    def event_ms(self, clock_ms: int) -> int:
        """Return the event time that an event of this very instant would have."""
        return clock_ms + self.skew_ms

    def clock_ms(self, event_ms: int) -> int:
        """Return the server's clock at an event time."""
        return event_ms - self.skew_ms


class Novelty(NamedTuple):
    """What one event changed in the memory of its plugin."""

    metrics: Mapping[str, float]
    """Metrics with a new newest sample; one that only repeats the newest, time and value, is not among them."""
    late: Sequence[str]
    """Metrics whose sample was older than their newest: windows that still cover it hold it, and it starts nothing."""
    states: Sequence[str]
    """States with a new newest report."""
    cut: int
    """Samples and reports dropped for want of room."""
    restarted: int = 0
    """Series, states and plugins that start again because their clock stepped back."""
    ended: Sequence[str] = ()
    """Metrics of which the sender says that their series have ended."""


def remember(memory: PluginMemory, event: Event, heard_at_ms: int, windows: Windows = NO_WINDOWS) -> Novelty | None:
    """
    Fold one event into *memory*, in place.

    Args:
        heard_at_ms: Time of its stream entry.

    Returns:
        None for the usual event: each of its metrics has a new newest sample, and nothing else changed.
    """
    at_ms = event.at_ms
    series = memory.series
    lengths_ms = windows.lengths_ms
    has_windows = len(lengths_ms) > 0
    late: list[str] | None = None
    repeated: list[str] | None = None
    states: Sequence[str] = ()
    ended: Sequence[str] = ()
    refused = cut = restarted = 0
    if event.histograms:
        if memory.histograms is None:
            memory.histograms = {}
        refused, late = histograms.expand(memory.histograms, event, heard_at_ms, memory.budget, known=series)
    for metric, value in event.metrics.items():
        known = series.get(metric)
        if known is None:
            if len(series) >= MAX_SERIES or not memory.budget.take_series():
                refused += 1
                continue
            known = series[metric] = Series(at_ms, value, heard_at_ms)
        elif at_ms > known.newest_at_ms:
            known.newest_at_ms = at_ms
            known.value = value
            known.heard_at_ms = heard_at_ms
        elif at_ms == known.newest_at_ms:
            known.heard_at_ms = heard_at_ms
            # A sample that was sent again does not begin a series that has ended since.
            has_ended_since = known.gone_at_ms > at_ms
            if value == known.value and (has_ended_since or not known.is_gone):
                if repeated is None:
                    repeated = []
                repeated.append(metric)
            known.value = value
            if not has_ended_since:
                known.gone_at_ms = 0
            cut += known.put(at_ms, value, lengths_ms.get(metric))
            continue
        else:
            known.heard_at_ms = heard_at_ms
            if late is None:
                late = []
            late.append(metric)
            cut += known.put(at_ms, value, lengths_ms.get(metric))
            continue
        if has_windows and (length_ms := lengths_ms.get(metric)):
            samples = known.samples
            if samples is None:
                samples = known.samples = Samples()
            cut += samples.append(at_ms, value, length_ms)
    if event.gone:
        ended = [name for name in event.gone if name in series and series[name].end(at_ms)]
        if memory.histograms:
            histograms.end(memory.histograms, event.gone, at_ms)
    if event.states:
        states = [name for name, state in event.states.items() if _remember_state(memory, name, state, at_ms)]
    if event.errors and windows.errors_ms:
        cut += _remember_errors(memory, event, windows.errors_ms)
    memory.heard_at_ms = heard_at_ms
    if at_ms < memory.last_at_ms or memory.behind:
        restarted = clock_restart.follow_clock(memory, event, late or (), heard_at_ms, windows)
        if restarted:
            late = [name for name in late or () if series[name].newest_at_ms > at_ms]
            states = [n for n in event.states if n in memory.states and memory.states[n].newest_at_ms <= at_ms]
    if windows.formulas_ms:
        if memory.computed is None:
            memory.computed = {}
        cut += formulas.remember(memory.computed, series, event, windows.formulas_ms)
    if event.counters or memory.counters:
        _remember_counters(memory, event, late or ())
    if at_ms >= memory.last_at_ms:
        memory.last_at_ms = at_ms
        memory.skew_ms = at_ms - heard_at_ms
        if event.plugin_name:
            memory.plugin_name = event.plugin_name
        if event.labels:
            memory.labels = event.labels
        if event.parent_id:
            memory.parent_id = event.parent_id
    if not (late or repeated or states or ended or refused or cut or restarted):
        return None
    metrics = event.metrics
    if late or repeated or refused:
        nothing_new = {*(late or ()), *(repeated or ())}
        metrics = {name: value for name, value in metrics.items() if name in series and name not in nothing_new}
    return Novelty(metrics, late or (), states, cut + refused, restarted, ended)


def takes_replica(memory: PluginMemory, event: Event, heard_at_ms: int) -> bool:
    """Tell whether the samples of *event*, whose sender names its replica, count; else it is a sign of life alone."""
    if memory.replicas is None:
        memory.replicas = Replicas(event.replica, heard_at_ms)
        return True
    if memory.replicas.takes(event, heard_at_ms):
        return True
    memory.heard_at_ms = heard_at_ms
    for metric in event.metrics:
        series = memory.series.get(metric)
        if series is not None:
            series.heard_at_ms = heard_at_ms
    return False


def recall(memory: PluginMemory, event: Event, windows: Windows) -> None:
    """Add an event of the past to the windows only; rebuilds them when a rule begins to look further back."""
    for metric, value in event.metrics.items():
        known = memory.series.get(metric)
        if known is not None:
            known.put(event.at_ms, value, windows.lengths_ms.get(metric))
    if event.errors and windows.errors_ms:
        _remember_errors(memory, event, windows.errors_ms)


def _remember_counters(memory: PluginMemory, event: Event, late: Sequence[str]) -> None:
    newest = event.metrics.keys() - late
    named = {name for name in event.counters if name in newest and name in memory.series}
    memory.counters = (memory.counters - newest) | named or NO_COUNTERS


def _remember_state(memory: PluginMemory, name: str, value: str, at_ms: int) -> bool:
    """Return whether it is the newest report of this state, and does not only repeat it."""
    known = memory.states.get(name)
    if known is None:
        if len(memory.states) >= MAX_SERIES or not memory.budget.take_series():
            return False
        memory.states[name] = State(at_ms, value)
    else:
        return known.take(at_ms, value)
    return True


def _remember_errors(memory: PluginMemory, event: Event, lookback_ms: int) -> int:
    """Return how many reports were dropped for want of room."""
    cut, cut_at_ms = error_reports.remember(memory.errors, event.errors, event.at_ms, lookback_ms)
    if cut:
        memory.errors_cut_at_ms = cut_at_ms
    return cut
