"""What StatsD lines with the same tags sum up to in one flush interval. Pure."""

import math
from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from ingest import entities
from ingest.entities import Entity
from shared.model.alerts import MAX_ERRORS, MAX_METRICS, NAME_LENGTH
from shared.model.events import ErrorReport, Event

MAX_TIMINGS = 10_000
"""Most values kept per timer and interval; of a timer with more, every second value is dropped. Also of a set."""


class Timer(Struct):
    values: list[float] = field(default_factory=list)
    count: float = 0.0
    total: float = 0.0
    every: int = 1
    seen: int = 0

    def add(self, numbers: Sequence[float], rate: float) -> None:
        self.count += len(numbers) / rate
        self.total += sum(numbers) / rate
        for number in numbers:
            self.seen += 1
            if self.seen % self.every == 0:
                self.values.append(number)
                if len(self.values) > MAX_TIMINGS:
                    self.values = self.values[::2]
                    self.every *= 2

    def quantiles(self, name: str) -> dict[str, float]:
        """Return the nearest-rank percentiles and the average."""
        ordered = sorted(self.values)
        found = {_metric(name, "_avg"): self.total / self.count}
        for percent in (50, 95, 99):
            rank = max(1, math.ceil(percent / 100 * len(ordered)))
            found[_metric(name, f"_p{percent}")] = ordered[rank - 1]
        return found


class Series(Struct):
    """What one plugin sent in this interval; gauges keep their values in the next one."""

    entity: Entity
    tags: Mapping[str, str]
    """Of the first line: after a change of the mapping, they name the plugin anew."""
    counters: dict[str, float] = field(default_factory=dict)
    gauges: dict[str, float] = field(default_factory=dict)
    timers: dict[str, Timer] = field(default_factory=dict)
    sets: dict[str, set[str]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    errors: list[ErrorReport] = field(default_factory=list)
    counted: set[str] = field(default_factory=set)
    """Names of counters: their `_rate` is the counter's, also if a timer has the same name."""
    published: tuple[str, ...] = ()
    """Metrics of the last event."""
    is_told: bool = False
    """What it was called under earlier mappings has been looked at."""
    changed: bool = False
    idle_flushes: int = 0

    @property
    def kept_names(self) -> int:
        """How many names are remembered when an interval begins."""
        return len(self.gauges.keys() | self.counted)

    def knows(self, name: str) -> bool:
        return name in self.counted or name in self.gauges or name in self.timers or name in self.sets

    def add_numbers(self, name: str, kind: str, numbers: Sequence[float], rate: float) -> None:
        """Add values of a counter or a timer."""
        if kind == "c":
            self.counters[name] = self.counters.get(name, 0.0) + sum(numbers) / rate
            self.counted.add(name)
        else:
            self.timers.setdefault(name, Timer()).add(numbers, rate)

    def add_member(self, name: str, member: str) -> None:
        members = self.sets.setdefault(name, set())
        if len(members) < MAX_TIMINGS:
            members.add(member)

    def take(self, other: "Series") -> None:
        """Add what *other* sums up, because both are one plugin under another mapping."""
        for name, total in other.counters.items():
            self.counters[name] = self.counters.get(name, 0.0) + total
        for name, timer in other.timers.items():
            own = self.timers.setdefault(name, Timer())
            own.add(timer.values, 1.0)
            own.count += timer.count - len(timer.values)
            own.total += timer.total - sum(timer.values)
        for name, members in other.sets.items():
            for member in members:
                self.add_member(name, member)
        self.gauges |= other.gauges
        self.states |= other.states
        self.errors += other.errors
        self.counted |= other.counted
        self.published = tuple(dict.fromkeys((*self.published, *other.published)))
        self.changed = self.changed or other.changed
        self.idle_flushes = min(self.idle_flushes, other.idle_flushes)

    def flush(self, seconds: float) -> list[Event]:
        """Return the events of an interval of this length, and begin the next one."""
        metrics = {_metric(name, "_rate"): total / seconds for name, total in self.counters.items()}
        metrics |= {_metric(name): value for name, value in self.gauges.items() if math.isfinite(value)}
        metrics |= {_metric(name): float(len(members)) for name, members in self.sets.items()}
        for name, timer in self.timers.items():
            metrics |= timer.quantiles(name)
            if name not in self.counted:
                metrics[_metric(name, "_rate")] = timer.count / seconds
        self.published = tuple(metrics)
        events = []
        for start in range(0, max(1, len(metrics)), MAX_METRICS):
            first = not start
            events.append(
                Event(
                    plugin_id=self.entity.plugin_id,
                    plugin_name=self.entity.plugin_name,
                    parent_id=self.entity.parent_id,
                    metrics={name: metrics[name] for name in self.published[start : start + MAX_METRICS]},
                    states=dict(self.states) if first else {},
                    errors=tuple(self.errors[:MAX_ERRORS]) if first else (),
                    labels=self.entity.labels,
                )
            )
        # A counter without new values publishes a rate of zero once, so that a rule on it can recover.
        self.counters = {name: 0.0 for name, total in self.counters.items() if total}
        self.timers, self.sets, self.errors, self.states = {}, {}, [], {}
        self.changed = bool(self.counters)
        return events


def _metric(name: str, suffix: str = "") -> str:
    """Return a metric's name with a suffix, which stays when a long name is shortened."""
    return entities.shortened(name, NAME_LENGTH - len(suffix)) + suffix
