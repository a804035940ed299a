"""
What is remembered of each plugin: a fold of its events in stream order. Pure.

Rules take part only in how far back samples are kept, and in what need not be mentioned of an event (`Keep`); so a new
owner that folds the same entries remembers the same. A sample of a window costs about 20 bytes and a plugin with one
series about 860 beside (docs/performance.md).
"""

import math
from array import array
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from operator import gt
from typing import NamedTuple

from msgspec import Struct

from evaluator.steps import Behind, follow
from shared.model.events import ErrorReport, Event

MAX_ERRORS = 10_000
"""
Error reports kept a plugin, whatever the rules ask for: a plugin in a crash loop must not eat the evaluator. Equal ones
of one moment are kept as one. What is cut away by this limit and the next is counted, and the verdict says so.
"""
ERROR_MESSAGE_SHOWN = 200
END_MS = 1 << 53
"""No instant is later: neither the clock's nor an event's, nor the end of a cooldown."""
MAX_SERIES = 10_000
"""
Metrics, and states, remembered a plugin: ten events with as many names as an event may have. A plugin that makes up
names must not eat the evaluator; what comes with further ones is counted as cut, and judged by no rule.
"""
MAX_SAMPLES = 36_000
"""Samples kept a series: ten a second for an hour."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """How far back rules look at one metric, and which of its samples are loud to those that count them."""

    length_ms: int
    below: float = -math.inf
    above: float = math.inf
    """Loud is what is not between these two: with no such sample, no rule that counts them can begin to hold."""
    percent: int = 0
    """Nor can one while less than this share of the samples is loud."""


@dataclass(slots=True)
class Watch:
    """What rules ask of one metric."""

    below: float = -math.inf
    above: float = math.inf
    """A new sample between these two makes nothing begin by itself."""
    window: Window | None = None
    """None: only the newest sample matters."""


@dataclass(frozen=True, slots=True)
class Keep:
    """What the rules of a plugin ask of its memory; for all else, the newest sample is kept."""

    metrics: Mapping[str, Watch] = field(default_factory=dict)
    errors_ms: int = 0
    """How far back they look at errors."""

    def looks_further_than(self, other: "Keep") -> bool:
        return self.errors_ms > other.errors_ms or any(
            self.length_ms(metric) > other.length_ms(metric) for metric in self.metrics
        )

    def length_ms(self, metric: str) -> int:
        """Return how far back they look at one metric."""
        watch = self.metrics.get(metric)
        return watch.window.length_ms if watch is not None and watch.window is not None else 0


KEEP_NOTHING = Keep()


class Samples:
    """The samples of one metric of one plugin, as far back as a rule looks."""

    __slots__ = ("_spare", "_times", "_values", "_window", "cut_at_ms", "loud")

    def __init__(self, times: bytes = b"", values: bytes = b"", cut_at_ms: int = 0) -> None:
        """
        Args:
            times, values: As `saved`.
        """
        if len(times) != len(values):
            raise ValueError("its samples have other than as many times as values")
        self._times = array("q", times)
        """Event times, ascending. A few of the oldest may have fallen out of the window already."""
        self._values = array("d", values)
        self._window: Window | None = None
        self.loud = 0
        """How many are, at most: those that fell out may be among them."""
        self._spare = 0
        """How many more may be added before those that fell out are dropped."""
        if any(map(gt, self._times, self._times[1:])) or not all(map(math.isfinite, self._values)):
            raise ValueError("its samples are out of order, or no finite numbers")
        self.cut_at_ms = cut_at_ms
        """Event time of the newest sample that was dropped for want of room; 0: none was."""

    def __len__(self) -> int:
        return len(self._times)

    def keep(self, at_ms: int, value: float, newest_at_ms: int, window: Window) -> int:
        """
        Add a sample, late ones in their place, and forget those older than *window* before the newest.

        Every sample that a rule looks back on comes through here. So the usual one, newer than all others, is appended
        without a search; what fell out of the window is dropped some at a time; and loud ones are counted as they come
        and go, so that `p95 > 80` need not sort the window to learn that it cannot hold.

        Returns:
            How many were dropped for want of room.
        """
        if window is not self._window:
            self._window = window
            self.loud = _count_loud(self._values, window)
        if at_ms == newest_at_ms:
            self._times.append(at_ms)
            self._values.append(value)
        elif at_ms > newest_at_ms - window.length_ms:
            place = bisect_right(self._times, at_ms)
            self._times.insert(place, at_ms)
            self._values.insert(place, value)
        else:
            return 0
        if not window.below < value < window.above:
            self.loud += 1
        self._spare -= 1
        return self._drop(window) if self._spare < 0 else 0

    def are_loud(self, percent: int) -> bool:
        """Tell whether any, and at least *percent* of 100, are loud; as of the newest `keep`, of a newest sample."""
        if not self.loud or self._window is None:
            return False
        inside = len(self._times) - bisect_right(self._times, self._times[-1] - self._window.length_ms)
        if self.loud * 100 < percent * inside:
            return False
        self._drop(self._window)
        return self.loud > 0 and self.loud * 100 >= percent * len(self._times)

    def _drop(self, window: Window) -> int:
        """Drop what fell out of the window, and what there is no room for; return how many the latter were."""
        times, values = self._times, self._values
        old = bisect_right(times, times[-1] - window.length_ms)
        cut = max(0, len(times) - old - MAX_SAMPLES)
        if cut:
            self.cut_at_ms = times[old + cut - 1]
        if old + cut:
            if self.loud:
                self.loud -= _count_loud(values[: old + cut], window)
            del times[: old + cut], values[: old + cut]
        self._spare = min(8 + len(times) // 8, MAX_SAMPLES - len(times))
        return cut

    def is_cut(self, at_ms: int, length_ms: int) -> bool:
        """Tell whether samples of (at_ms − length_ms, at_ms] were dropped for want of room."""
        return self.cut_at_ms > at_ms - length_ms

    def within(self, at_ms: int, length_ms: int) -> "array[float]":
        """Return the values with event times in (at_ms − length_ms, at_ms], oldest first."""
        begin = bisect_right(self._times, at_ms - length_ms)
        return self._values[begin : bisect_right(self._times, at_ms, begin)]

    def oldest_within(self, at_ms: int, length_ms: int) -> tuple[int, float] | None:
        """Return event time and value of the oldest sample in [at_ms − length_ms, at_ms]."""
        place = bisect_right(self._times, at_ms - length_ms - 1)
        return (self._times[place], self._values[place]) if place < len(self._times) else None

    def saved(self) -> tuple[bytes, bytes]:
        """Return times and values as little-endian 64-bit integers and floats."""
        return self._times.tobytes(), self._values.tobytes()


def _count_loud(values: "array[float]", window: Window) -> int:
    return sum(not window.below < value < window.above for value in values)


class Series:
    """One metric of one plugin."""

    __slots__ = ("heard_at_ms", "newest_at_ms", "samples", "value")

    def __init__(self, newest_at_ms: int, value: float, heard_at_ms: int) -> None:
        self.newest_at_ms = newest_at_ms
        self.value = value
        self.heard_at_ms = heard_at_ms
        """Server clock when the newest entry with this metric arrived; what absence is counted from."""
        self.samples: Samples | None = None
        """None where no rule looks back."""


class State(Struct, array_like=True):
    """One state of one plugin."""

    newest_at_ms: int
    value: str
    previous: str = ""
    changed_at_ms: int = 0
    """Event time of the newest change; 0 while only one value was ever seen."""


class PluginMemory:
    """One plugin."""

    __slots__ = (
        "behind",
        "errors",
        "errors_cut_at_ms",
        "heard_at_ms",
        "labels",
        "last_at_ms",
        "plugin_id",
        "plugin_name",
        "series",
        "skew_ms",
        "states",
    )

    def __init__(self, plugin_id: str, labels: dict[str, str] | None = None, heard_at_ms: int = 0) -> None:
        self.plugin_id = plugin_id
        self.plugin_name = ""
        self.labels = labels or {}
        self.series: dict[str, Series] = {}
        self.states: dict[str, State] = {}
        self.errors: list[tuple[int, str, str, int]] = []
        """Event time, type, message, count; ascending by time, as far back as a rule looks."""
        self.errors_cut_at_ms = 0
        """Event time of the newest report that was dropped for want of room; 0: none was."""
        self.last_at_ms = 0
        """Event time of the newest event of any content."""
        self.heard_at_ms = heard_at_ms
        """Server clock when its newest entry arrived."""
        self.behind: dict[str, Behind] | None = None
        """What has been late since its newest sample: `m` and a metric, `s` and a state, `p` the plugin itself."""
        self.skew_ms = 0
        """How far event time was ahead of the server's clock at the newest event: the plugin's clock, and delays."""

    def event_ms(self, clock_ms: int) -> int:
        """Return the event time an event of this very instant would have."""
        return clock_ms + self.skew_ms

    def clock_ms(self, event_ms: int) -> int:
        """Return the server's clock at an event time."""
        return event_ms - self.skew_ms


class News(NamedTuple):
    """What an event brought that was not known yet."""

    metrics: dict[str, float]
    """Those that have a new newest sample."""
    late: list[str]
    """Those whose sample was older than their newest: shown to windows it still falls into, no cause for anything."""
    states: list[str]
    cut: int
    """Samples and reports dropped for want of room."""
    restarted: int = 0
    """Series, states and plugins that begin anew, for their clock stepped back."""


def remember(memory: PluginMemory, event: Event, heard_at_ms: int, keep: Keep = KEEP_NOTHING) -> News | None:
    """
    Fold one event into *memory*, in place.

    Every event comes through here, and nearly all bring each metric anew at a value that makes nothing begin. So one
    pass over the metrics remembers them and finds that out, and nothing is made to say so.

    Args:
        heard_at_ms: Time of its stream entry.

    Returns:
        None for such an event.
    """
    at_ms = event.at_ms
    series = memory.series
    watches = keep.metrics
    is_news = beyond = False
    late: list[str] = []
    states: list[str] = []
    cut = 0
    for metric, value in event.metrics.items():
        known = series.get(metric)
        if known is None:
            if len(series) >= MAX_SERIES:
                cut += 1
                beyond = True
                continue
            known = series[metric] = Series(at_ms, value, heard_at_ms)
        elif at_ms >= known.newest_at_ms:
            known.newest_at_ms = at_ms
            known.value = value
            known.heard_at_ms = heard_at_ms
        else:
            known.heard_at_ms = heard_at_ms
            late.append(metric)
        watch = watches.get(metric)
        if watch is not None:
            if watch.window is not None:
                samples = known.samples
                if samples is None:
                    samples = known.samples = Samples()
                cut += samples.keep(at_ms, value, known.newest_at_ms, watch.window)
                if samples.loud and samples.are_loud(watch.window.percent):
                    is_news = True
            if not watch.below < value < watch.above:
                is_news = True
    if event.states:
        states = [name for name, state in event.states.items() if _remember_state(memory, name, state, at_ms)]
    if event.errors and keep.errors_ms:
        cut += _remember_errors(memory, event.errors, at_ms, keep.errors_ms)
    memory.heard_at_ms = heard_at_ms
    restarted = 0
    if at_ms < memory.last_at_ms or memory.behind:
        restarted = _follow_clock(memory, event, late, heard_at_ms, keep)
        if restarted:
            late = [name for name in late if series[name].newest_at_ms > at_ms]
            states = [n for n in event.states if n in memory.states and memory.states[n].newest_at_ms <= at_ms]
    if at_ms >= memory.last_at_ms:
        memory.last_at_ms = at_ms
        memory.skew_ms = at_ms - heard_at_ms
        if event.plugin_name:
            memory.plugin_name = event.plugin_name
        if event.labels:
            memory.labels = event.labels
    if not (is_news or late or states or cut or restarted):
        return None
    fresh = event.metrics
    if late or beyond:
        fresh = {name: value for name, value in fresh.items() if name in series and name not in late}
    return News(fresh, late, states, cut, restarted)


def recall(memory: PluginMemory, event: Event, keep: Keep) -> None:
    """Add an event of the past to the windows only; rebuilds them when a rule begins to look further back."""
    for metric, value in event.metrics.items():
        known, watch = memory.series.get(metric), keep.metrics.get(metric)
        if known is not None and watch is not None and watch.window is not None:
            known.samples = known.samples or Samples()
            known.samples.keep(event.at_ms, value, known.newest_at_ms, watch.window)
    if event.errors and keep.errors_ms:
        _remember_errors(memory, event.errors, event.at_ms, keep.errors_ms)


def _follow_clock(memory: PluginMemory, event: Event, late: list[str], heard_at_ms: int, keep: Keep) -> int:
    """Find out of what the clock stepped back, and begin that anew with this event; return how much it is."""
    at_ms = event.at_ms
    behind = memory.behind if memory.behind is not None else {}
    lag_ms = heard_at_ms - at_ms
    stepped: list[str] = []
    is_late = {f"m{name}": name in late for name in event.metrics}
    is_late |= {f"s{n}": at_ms < memory.states[n].newest_at_ms for n in event.states if n in memory.states}
    is_late["p"] = at_ms < memory.last_at_ms
    for what, so in is_late.items():
        if so:
            behind[what], has_stepped = follow(behind.get(what), lag_ms, heard_at_ms)
            if has_stepped:
                stepped.append(what)
        else:
            behind.pop(what, None)
    if "p" in stepped:
        # Nothing newer of any kind came meanwhile: all of the plugin goes by the new clock.
        stepped = [f"m{name}" for name, one in memory.series.items() if one.newest_at_ms > at_ms]
        stepped += [f"s{name}" for name, state in memory.states.items() if state.newest_at_ms > at_ms]
        stepped.append("p")
        memory.errors = [report for report in memory.errors if report[0] <= at_ms]
        memory.errors_cut_at_ms = min(memory.errors_cut_at_ms, at_ms)
        memory.last_at_ms = at_ms
    for what in stepped:
        behind.pop(what, None)
        name = what[1:]
        if what[0] == "m":
            _restart_series(memory.series[name], at_ms, event.metrics.get(name), keep.metrics.get(name))
        elif what[0] == "s":
            _restart_state(memory.states[name], at_ms, event.states.get(name))
    memory.behind = behind or None
    return len(stepped)


def _restart_series(series: Series, at_ms: int, value: float | None, watch: Watch | None) -> None:
    series.newest_at_ms = at_ms
    series.samples = None
    if value is not None:
        series.value = value
        if watch is not None and watch.window is not None:
            series.samples = Samples()
            series.samples.keep(at_ms, value, at_ms, watch.window)


def _restart_state(state: State, at_ms: int, value: str | None) -> None:
    if value is not None and value != state.value:
        state.previous, state.value, state.changed_at_ms = state.value, value, at_ms
    elif state.changed_at_ms:
        # The change was by the old clock; it must not look like one of this very moment.
        state.changed_at_ms = at_ms - 1
    state.newest_at_ms = at_ms


def _remember_state(memory: PluginMemory, name: str, value: str, at_ms: int) -> bool:
    """Return whether it is the newest report of this state."""
    known = memory.states.get(name)
    if known is None:
        if len(memory.states) >= MAX_SERIES:
            return False
        memory.states[name] = State(at_ms, value)
    elif at_ms < known.newest_at_ms:
        return False
    else:
        if value != known.value:
            known.previous, known.changed_at_ms = known.value, at_ms
        known.newest_at_ms, known.value = at_ms, value
    return True


def _remember_errors(memory: PluginMemory, reports: list[ErrorReport], at_ms: int, lookback_ms: int) -> int:
    """Return how many reports were dropped for want of room."""
    log = memory.errors
    for report in reports:
        message = report.message[:ERROR_MESSAGE_SHOWN]
        place = bisect_right(log, at_ms, key=_at_ms)
        before = log[place - 1] if place else None
        if before is not None and before[:3] == (at_ms, report.type, message):
            log[place - 1] = (*before[:3], before[3] + report.count)
        else:
            log.insert(place, (at_ms, report.type, message, report.count))
    old = bisect_right(log, log[-1][0] - lookback_ms, key=_at_ms)
    cut = max(0, len(log) - old - MAX_ERRORS)
    if cut:
        memory.errors_cut_at_ms = log[old + cut - 1][0]
    if old + cut:
        del log[: old + cut]
    return cut


def _at_ms(report: tuple[int, str, str, int]) -> int:
    return report[0]


# -- the form of a checkpoint -------------------------------------------------------------------------------


class SavedSeries(Struct, array_like=True):
    """A series as a checkpoint holds it; samples as little-endian 64-bit integers and floats."""

    newest_at_ms: int
    value: float
    heard_at_ms: int
    times: bytes = b""
    values: bytes = b""
    cut_at_ms: int = 0
    covers_ms: int = 0
    """How far back the samples were kept, whole as far as the stream went; older releases do not say."""


class SavedPlugin(Struct, array_like=True):
    """A plugin as a checkpoint holds it."""

    plugin_id: str
    plugin_name: str
    labels: dict[str, str]
    series: dict[str, SavedSeries]
    states: dict[str, State]
    errors: list[tuple[int, str, str, int]]
    last_at_ms: int
    heard_at_ms: int
    skew_ms: int = 0
    errors_cut_at_ms: int = 0
    errors_cover_ms: int = 0
    """How far back the errors were kept, whole as far as the stream went."""
    behind: dict[str, Behind] = {}

    def covers(self, keep: Keep) -> bool:
        """Tell whether it holds all that rules ask for, or these look further back than those it was made for."""
        return keep.errors_ms <= self.errors_cover_ms and all(
            keep.length_ms(metric) <= one.covers_ms for metric, one in self.series.items()
        )


def save(memory: PluginMemory, keep: Keep = KEEP_NOTHING) -> SavedPlugin:
    """Return what a checkpoint keeps of a plugin, of which all is there that *keep* asks for."""
    return SavedPlugin(
        memory.plugin_id,
        memory.plugin_name,
        memory.labels,
        {name: _save_series(series, keep.length_ms(name)) for name, series in memory.series.items()},
        memory.states,
        memory.errors,
        memory.last_at_ms,
        memory.heard_at_ms,
        memory.skew_ms,
        memory.errors_cut_at_ms,
        keep.errors_ms,
        memory.behind or {},
    )


def restore(saved: SavedPlugin) -> PluginMemory:
    """
    Return the memory a checkpoint kept.

    Raises:
        ValueError: it cannot have been kept so.
    """
    _check_instants(saved.last_at_ms, saved.heard_at_ms, *(state.newest_at_ms for state in saved.states.values()))
    if any(before[0] > after[0] for before, after in pairwise(saved.errors)):
        raise ValueError("its errors are out of order")
    memory = PluginMemory(saved.plugin_id, saved.labels, saved.heard_at_ms)
    memory.plugin_name = saved.plugin_name
    memory.states = saved.states
    memory.errors = saved.errors
    memory.last_at_ms = saved.last_at_ms
    memory.skew_ms = saved.skew_ms
    memory.errors_cut_at_ms = saved.errors_cut_at_ms
    memory.behind = saved.behind or None
    for name, one in saved.series.items():
        _check_instants(one.newest_at_ms, one.heard_at_ms)
        if not math.isfinite(one.value):
            raise ValueError(f"{name} is no finite number")
        series = memory.series[name] = Series(one.newest_at_ms, one.value, one.heard_at_ms)
        if one.times:
            series.samples = Samples(one.times, one.values, one.cut_at_ms)
    return memory


def _save_series(series: Series, covers_ms: int) -> SavedSeries:
    samples = series.samples
    kept = (*samples.saved(), samples.cut_at_ms) if samples is not None else (b"", b"", 0)
    return SavedSeries(series.newest_at_ms, series.value, series.heard_at_ms, *kept, covers_ms)


def _check_instants(*instants: int) -> None:
    if not all(0 <= at_ms < END_MS for at_ms in instants):
        raise ValueError("it names an instant that cannot be")
