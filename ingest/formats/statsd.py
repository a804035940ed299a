"""
StatsD and DogStatsD lines, and their sums over a flush interval. Pure.

Format: github.com/statsd/statsd/blob/master/docs/metric_types.md and docs.datadoghq.com (datagram format 1.0 to 1.2).
Tags name the plugin as the labels of other protocols do (`places.statsd`). Lines with the same tags are summed up.
"""

import math
import re
from collections.abc import Mapping, Sequence

from ingest import entities, places
from ingest.entities import Place
from ingest.format import Unreadable
from ingest.formats.statsd_repeated import MAX_WAITING, Repeated
from ingest.formats.statsd_series import Series
from shared.model import names, reasons
from shared.model.alerts import MAX_ERRORS, MESSAGE_LENGTH, NAME_LENGTH, TEXT_LENGTH
from shared.model.events import ErrorReport, Event
from shared.model.relabeling import DEFAULT, Relabeling

MAX_DATAGRAM_BYTES = 65_535
MAX_LINE_CHARS = 8_192
MAX_SERIES = 50_000
"""Most names, and most plugins, that are remembered; lines with further ones are refused and counted."""
FORGET_FLUSHES = 8_640
"""A plugin that sends nothing for a day is forgotten, its gauges too."""
FORGET_WHEN_FULL = 30
"""The same, in five minutes, where there is no room for further plugins or names."""
MAX_SHOWN = 5_000
"""Label sets that the dry run of a mapping looks at."""
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")
_EVENT_HEAD = re.compile(r"_e\{(\d{1,5}),(\d{1,5})\}:")
_STATES = {"0": "ok", "1": "warning", "2": "critical", "3": "unknown"}


class Aggregator:
    """Sums of all lines since the last flush."""

    def __init__(self, relabeling: Relabeling | None = None) -> None:
        """
        Args:
            relabeling: Which tags name the plugin.
        """
        self.relabeling = relabeling or DEFAULT.of_statsd()
        self.lines = 0
        self.refused = 0
        self.last_refusal = reasons.NONE
        self._plugins: dict[str, Series] = {}
        self._by_tags: dict[str, Series] = {}
        """By the tags of a line as they are written; some plugins have several."""
        self._names = 0
        self._repeated = Repeated()

    def add(self, datagram: bytes) -> None:
        """Take the lines of a datagram; a bad line is refused, the others are used."""
        lines = datagram.split(b"\n")
        self.lines += len(lines)
        for raw in self._repeated.take(lines):
            line = raw.decode("utf-8", "replace").strip()
            if not line:
                self.lines -= 1
                continue
            try:
                self._add_line(line)
            except Unreadable as error:
                self._refuse(line, error)
            else:
                self._repeated.know(raw)
        if self._repeated.count > MAX_WAITING:
            self._read_repeated()

    def flush(self, seconds: float) -> list[Event]:
        """
        Return one event per plugin and begin a new interval.

        Args:
            seconds: Length of the interval that ends; counters become rates per second.
        """
        self._read_repeated()
        events: list[Event] = []
        for series in self._plugins.values():
            if series.changed:
                series.idle_flushes = 0
                events += series.flush(seconds)
            else:
                series.idle_flushes += 1
        is_full = self._names >= MAX_SERIES or len(self._plugins) >= MAX_SERIES
        longest = min(FORGET_FLUSHES, FORGET_WHEN_FULL) if is_full else FORGET_FLUSHES
        if any(series.idle_flushes >= longest for series in self._plugins.values()):
            self._plugins = {i: series for i, series in self._plugins.items() if series.idle_flushes < longest}
            self._by_tags = {}
        if self._names >= MAX_SERIES:
            for series in self._plugins.values():
                series.counted = set(series.counters)
        self._count_names()
        return events

    def follow(self, relabeling: Relabeling) -> None:
        """Name all plugins as another mapping says, with what they have summed up."""
        if relabeling == self.relabeling:
            return
        before, self._plugins, self._by_tags, self.relabeling = self._plugins, {}, {}, relabeling
        for old in before.values():
            entity = places.statsd(old.tags, relabeling)
            self._plugins.setdefault(entity.plugin_id, Series(entity, old.tags)).take(old)
        self._count_names()

    def renamed(self, earlier: Sequence[Relabeling]) -> list[tuple[Place, Place]]:
        """
        Return the places of series under earlier mappings, each with the place that it has now.

        A series is looked at once, after its first flush under the mapping in force; so after a restart too.
        """
        found = []
        for series in self._plugins.values():
            if series.is_told or not series.published:
                continue
            series.is_told = True
            for metric in series.published if earlier else ():
                labels = {**series.tags, "__name__": metric}
                now = places.of("statsd", labels, {}, self.relabeling)
                found += [(places.of("statsd", labels, {}, one), now) for one in earlier]
        return found

    def seen(self) -> list[Mapping[str, str]]:
        """Return tags and metrics of what was published last, each metric's name as `__name__`."""
        found: list[Mapping[str, str]] = []
        for series in self._plugins.values():
            found += [{**series.tags, "__name__": metric} for metric in series.published]
            if len(found) >= MAX_SHOWN:
                break
        return found[:MAX_SHOWN]

    def _count_names(self) -> None:
        self._names = sum(series.kept_names for series in self._plugins.values())

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

    def _read_repeated(self) -> None:
        """Add the values that wait."""
        for line, texts, numbers in self._repeated.drain():
            try:
                series, name, kind, _, rate = self._parsed(line)
                self._make_room(series, name)
            except Unreadable as error:
                self._refuse(line, error)
                continue
            series.changed = True
            if numbers and math.isfinite(sum(numbers)):
                series.add_numbers(name, kind, numbers, rate)
                continue
            for text in texts:
                try:
                    self._add_value(series, name, kind, text, rate)
                except Unreadable as error:
                    self._refuse(line, error)

    def _refuse(self, line: str, error: Unreadable) -> None:
        self.refused += 1
        self.last_refusal = reasons.of("ingest.statsd_line", line=line[:80], because=error.reason)

    def _add_metric(self, line: str) -> None:
        series, name, kind, packed, rate = self._parsed(line)
        for value in packed.split(":"):
            self._make_room(series, name)
            self._add_value(series, name, kind, value, rate)
        series.changed = True

    def _parsed(self, line: str) -> tuple[Series, str, str, str, float]:
        """Return of a metric's line its plugin, name, type, values and sample rate."""
        head, *parts = line.split("|")
        name, colon, packed = head.partition(":")
        if not colon or not name or not parts:
            raise Unreadable("ingest.statsd_form")
        kind, rate, tags = parts[0], 1.0, ""
        for part in parts[1:]:
            if part.startswith("@"):
                rate = _number(part[1:])
                if not 0 < rate <= 1:
                    raise Unreadable("ingest.statsd_rate")
            elif part.startswith("#"):
                tags = part[1:]
        return self._series(tags), _named(name), kind, packed, rate

    def _make_room(self, series: Series, name: str) -> None:
        if not series.knows(name):
            if self._names >= MAX_SERIES:
                raise Unreadable("ingest.statsd_series", limit=MAX_SERIES)
            self._names += 1

    def _add_value(self, series: Series, name: str, kind: str, text: str, rate: float) -> None:
        if kind == "c":
            series.add_numbers(name, kind, [_number(text)], rate)
        elif kind == "g":
            # A signed number is a change of the gauge: the protocol cannot set a gauge to a negative number.
            base = series.gauges.get(name, 0.0) if text[:1] in ("+", "-") else 0.0
            series.gauges[name] = base + _number(text)
        elif kind in ("ms", "h", "d"):
            series.add_numbers(name, kind, [_number(text)], rate)
        elif kind == "s":
            series.add_member(name, text[:TEXT_LENGTH])
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
        series = self._series(next((p[1:] for p in rest.split("|") if p.startswith("#")), ""))
        if options.get("t", "info") in ("error", "warning") and len(series.errors) < MAX_ERRORS:
            kind = _named(title.decode("utf-8", "replace")) or "event"
            message = text.decode("utf-8", "replace").replace("\\n", "\n")[:MESSAGE_LENGTH]
            series.errors.append(ErrorReport(type=kind, message=message))
            series.changed = True

    def _add_check(self, line: str) -> None:
        parts = line.split("|")
        if len(parts) < 3 or not parts[1] or parts[2] not in _STATES:
            raise Unreadable("ingest.statsd_check_form")
        series = self._series(next((part[1:] for part in parts[3:] if part.startswith("#")), ""))
        series.states[_named(parts[1])] = _STATES[parts[2]]
        series.changed = True

    def _series(self, written: str) -> Series:
        """Return the sums of the plugin that the tags of a line name."""
        found = self._by_tags.get(written)
        if found is None:
            tags = _tags(written)
            entity = places.statsd(tags, self.relabeling)
            found = self._plugins.get(entity.plugin_id)
            if found is None:
                if len(self._plugins) >= MAX_SERIES:
                    raise Unreadable("ingest.statsd_plugins", limit=MAX_SERIES)
                found = self._plugins[entity.plugin_id] = Series(entity, tags)
            if len(self._by_tags) < MAX_SERIES:
                self._by_tags[written] = found
        return found


def _tags(text: str) -> dict[str, str]:
    """Return the tags of a line; a tag without a value has the value "true"."""
    pairs = (tag.partition(":") for tag in text.split(",") if tag)
    return {name: value if colon else "true" for name, colon, value in pairs if name}


def _named(text: str) -> str:
    """Return a name that an event may carry: invisible characters are escaped, and a long name is shortened."""
    return entities.shortened(names.escaped(text), NAME_LENGTH)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise Unreadable("ingest.no_number", given=text[:40])
    value = float(text)
    if not math.isfinite(value):
        raise Unreadable("ingest.number_too_large", given=text[:40])
    return value
