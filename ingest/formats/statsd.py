"""
StatsD and DogStatsD lines, and their sums over a flush interval. Pure.

Format: github.com/statsd/statsd/blob/master/docs/metric_types.md and docs.datadoghq.com (datagram format 1.0 to 1.2).
The tag `plugin`, or else `host`, names the plugin; without either tag the plugin is `statsd`.
"""

import math
import re
from collections.abc import Container, Mapping

from msgspec import Struct, field

from ingest import entities
from ingest.format import Unreadable
from shared.model import names, reasons
from shared.model.alerts import MAX_ERRORS, MAX_METRICS, MESSAGE_LENGTH, NAME_LENGTH, TEXT_LENGTH
from shared.model.events import ErrorReport, Event

MAX_DATAGRAM_BYTES = 65_535
MAX_LINE_CHARS = 8_192
MAX_SERIES = 50_000
"""Most names, and most plugins, that are remembered; lines with further ones are refused and counted."""
FORGET_FLUSHES = 8_640
"""A plugin that sends nothing for a day is forgotten, its gauges too."""
MAX_TIMINGS = 10_000
"""Most values kept per timer and interval; of a timer with more, every second value is dropped. Also of a set."""
DEFAULT_PLUGIN = "statsd"
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")
_EVENT_HEAD = re.compile(r"_e\{(\d{1,5}),(\d{1,5})\}:")
_STATES = {"0": "ok", "1": "warning", "2": "critical", "3": "unknown"}


class _Timer(Struct):
    values: list[float] = field(default_factory=list)
    count: float = 0.0
    total: float = 0.0
    every: int = 1
    seen: int = 0


class _Series(Struct):
    """What one plugin sent in this interval; gauges keep their values in the next one."""

    labels: dict[str, str]
    counters: dict[str, float] = field(default_factory=dict)
    gauges: dict[str, float] = field(default_factory=dict)
    timers: dict[str, _Timer] = field(default_factory=dict)
    sets: dict[str, set[str]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    errors: list[ErrorReport] = field(default_factory=list)
    counted: set[str] = field(default_factory=set)
    """Names of counters: their `_rate` is the counter's, also if a timer has the same name."""
    changed: bool = False
    idle_flushes: int = 0


class Aggregator:
    """Sums of all lines since the last flush."""

    def __init__(self) -> None:
        self.lines = 0
        self.refused = 0
        self.last_refusal = reasons.NONE
        self._plugins: dict[str, _Series] = {}
        self._names = 0

    def add(self, datagram: bytes) -> None:
        """Take the lines of a datagram; a bad line is refused, the others are used."""
        for line in datagram.decode("utf-8", "replace").split("\n"):
            if not line.strip():
                continue
            self.lines += 1
            try:
                self._add_line(line.strip())
            except Unreadable as error:
                self.refused += 1
                self.last_refusal = reasons.of("ingest.statsd_line", line=line[:80], because=error.reason)

    def flush(self, seconds: float) -> list[Event]:
        """
        Return one event per plugin and begin a new interval.

        Args:
            seconds: Length of the interval that ends; counters become rates per second.
        """
        events: list[Event] = []
        for plugin_id, series in self._plugins.items():
            if not series.changed:
                series.idle_flushes += 1
                continue
            series.idle_flushes = 0
            metrics = {_metric(name, "_rate"): total / seconds for name, total in series.counters.items()}
            metrics |= {_metric(name): value for name, value in series.gauges.items() if math.isfinite(value)}
            metrics |= {_metric(name): float(len(members)) for name, members in series.sets.items()}
            for name, timer in series.timers.items():
                metrics |= _quantiles(name, timer)
                if name not in series.counted:
                    metrics[_metric(name, "_rate")] = timer.count / seconds
            every = list(metrics)
            for start in range(0, max(1, len(every)), MAX_METRICS):
                part = {name: metrics[name] for name in every[start : start + MAX_METRICS]}
                first = not start
                events.append(
                    Event(
                        plugin_id=plugin_id,
                        plugin_name=plugin_id,
                        metrics=part,
                        states=dict(series.states) if first else {},
                        errors=tuple(series.errors[:MAX_ERRORS]) if first else (),
                        labels=series.labels,
                    )
                )
            # A counter without new values publishes a rate of zero once, so that a rule on it can recover.
            series.counters = {name: 0.0 for name, total in series.counters.items() if total}
            series.timers, series.sets, series.errors, series.states = {}, {}, [], {}
            series.changed = bool(series.counters)
        self._plugins = {i: series for i, series in self._plugins.items() if series.idle_flushes < FORGET_FLUSHES}
        if self._names >= MAX_SERIES:
            for series in self._plugins.values():
                series.counted = set(series.counters)
        self._names = sum(len(series.gauges.keys() | series.counted) for series in self._plugins.values())
        return events

    # -- lines ------------------------------------------------------------------------------------------------

    def _add_line(self, line: str) -> None:
        if len(line) > MAX_LINE_CHARS:
            raise Unreadable("ingest.line_length", characters=len(line), limit=MAX_LINE_CHARS)
        if line.startswith("_e{"):
            self._add_event(line)
        elif line.startswith("_sc|"):
            self._add_check(line)
        else:
            self._add_metric(line)

    def _add_metric(self, line: str) -> None:
        head, *parts = line.split("|")
        name, colon, packed = head.partition(":")
        if not colon or not name or not parts:
            raise Unreadable("ingest.statsd_form")
        kind, rate, tags = parts[0], 1.0, {}
        for part in parts[1:]:
            if part.startswith("@"):
                rate = _number(part[1:])
                if not 0 < rate <= 1:
                    raise Unreadable("ingest.statsd_rate")
            elif part.startswith("#"):
                tags = _tags(part[1:])
        series = self._series(tags)
        for value in packed.split(":"):
            self._add_value(series, _named(name), kind, value, rate)
        series.changed = True

    def _add_value(self, series: _Series, name: str, kind: str, text: str, rate: float) -> None:
        used_names: tuple[Container[str], ...] = (series.counted, series.gauges, series.timers, series.sets)
        if not any(name in names_of_type for names_of_type in used_names):
            if self._names >= MAX_SERIES:
                raise Unreadable("ingest.statsd_series", limit=MAX_SERIES)
            self._names += 1
        if kind == "c":
            series.counters[name] = series.counters.get(name, 0.0) + _number(text) / rate
            series.counted.add(name)
        elif kind == "g":
            # A signed number is a change of the gauge: the protocol cannot set a gauge to a negative number.
            base = series.gauges.get(name, 0.0) if text[:1] in ("+", "-") else 0.0
            series.gauges[name] = base + _number(text)
        elif kind in ("ms", "h", "d"):
            _time(series.timers.setdefault(name, _Timer()), _number(text), rate)
        elif kind == "s":
            members = series.sets.setdefault(name, set())
            if len(members) < MAX_TIMINGS:
                members.add(text[:TEXT_LENGTH])
        else:
            raise Unreadable("ingest.statsd_type", given=kind[:20])

    def _add_event(self, line: str) -> None:
        head = _EVENT_HEAD.match(line)
        if head is None:
            raise Unreadable("ingest.statsd_event_form")
        body = line[head.end() :].encode()
        title_bytes = int(head[1])
        title, text = body[:title_bytes], body[title_bytes + 1 : title_bytes + 1 + int(head[2])]
        rest = body[title_bytes + 1 + int(head[2]) :].decode("utf-8", "replace")
        options = dict(part.split(":", 1) for part in rest.split("|") if ":" in part and not part.startswith("#"))
        series = self._series(_tags(next((p[1:] for p in rest.split("|") if p.startswith("#")), "")))
        if options.get("t", "info") in ("error", "warning") and len(series.errors) < MAX_ERRORS:
            kind = _named(title.decode("utf-8", "replace")) or "event"
            message = text.decode("utf-8", "replace").replace("\\n", "\n")[:MESSAGE_LENGTH]
            series.errors.append(ErrorReport(type=kind, message=message))
            series.changed = True

    def _add_check(self, line: str) -> None:
        parts = line.split("|")
        if len(parts) < 3 or not parts[1] or parts[2] not in _STATES:
            raise Unreadable("ingest.statsd_check_form")
        series = self._series(_tags(next((part[1:] for part in parts[3:] if part.startswith("#")), "")))
        series.states[_named(parts[1])] = _STATES[parts[2]]
        series.changed = True

    def _series(self, tags: Mapping[str, str]) -> _Series:
        plugin_id = _named(tags.get("plugin") or tags.get("host") or DEFAULT_PLUGIN)
        found = self._plugins.get(plugin_id)
        if found is None:
            if len(self._plugins) >= MAX_SERIES:
                raise Unreadable("ingest.statsd_plugins", limit=MAX_SERIES)
            found = self._plugins[plugin_id] = _Series(entities.bounded_labels(tags))
        return found


def _time(timer: _Timer, value: float, rate: float) -> None:
    timer.count += 1 / rate
    timer.total += value / rate
    timer.seen += 1
    if timer.seen % timer.every == 0:
        timer.values.append(value)
        if len(timer.values) > MAX_TIMINGS:
            timer.values = timer.values[::2]
            timer.every *= 2


def _quantiles(name: str, timer: _Timer) -> dict[str, float]:
    """Return the nearest-rank percentiles and the average of one timer."""
    ordered = sorted(timer.values)
    found = {_metric(name, "_avg"): timer.total / timer.count}
    for percent in (50, 95, 99):
        rank = max(1, math.ceil(percent / 100 * len(ordered)))
        found[_metric(name, f"_p{percent}")] = ordered[rank - 1]
    return found


def _tags(text: str) -> dict[str, str]:
    """Return the tags of a line; a tag without a value has the value "true"."""
    pairs = (tag.partition(":") for tag in text.split(",") if tag)
    return {name: value if colon else "true" for name, colon, value in pairs if name}


def _named(text: str) -> str:
    """Return a name that an event may carry: invisible characters are escaped, and a long name is shortened."""
    return entities.shortened(names.escaped(text), NAME_LENGTH)


def _metric(name: str, suffix: str = "") -> str:
    """Return a metric's name with a suffix, which stays when a long name is shortened."""
    return entities.shortened(name, NAME_LENGTH - len(suffix)) + suffix


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise Unreadable("ingest.no_number", given=text[:40])
    value = float(text)
    if not math.isfinite(value):
        raise Unreadable("ingest.number_too_large", given=text[:40])
    return value
