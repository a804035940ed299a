"""
What every protocol decodes to: samples, series that ended, and what could not be taken. Pure.

`Decoding` is the one place where samples become events: samples of one plugin at one instant are one event, and the
events of a plugin are ordered by time, because senders that catch up after an outage send one series after the other.
"""

import math
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field, structs

from ingest import histograms
from ingest.entities import Entity, Part, Place
from ingest.families import Collected
from ingest.place_cache import PlaceCache as PlaceCache  # noqa: PLC0414
from shared.errors import Coded
from shared.model import reasons
from shared.model.alerts import MAX_METRICS
from shared.model.events import LATEST_MS, Event
from shared.model.histograms import SUFFIXES, Histogram, NoHistogram
from shared.model.reasons import Reason

MAX_BODY_BYTES = 16_777_216
"""Of a body after decompression. Prometheus sends 2,000 samples in 40 kB; a Collector at most 4 MB by default."""
MAX_LABEL_BYTES = 65_536
"""Of one series' labels. Prometheus refuses longer ones itself when a limit is set; without one 1 MB is possible."""
MAX_SAMPLES = 1_000_000
"""Of one body: 16 bytes each in the most compact form."""
MAX_REFUSALS_KEPT = 20
HISTOGRAMS_TOGETHER = 20
"""In one event, which stays far below the size of an entry whatever they hold."""


class Refused(Coded):
    """
    A body that can never be taken.

    Attributes:
        status: The HTTP status that makes the sender drop the body and log the reason: 400, 413 or 415.
    """

    def __init__(self, status: int, reason: Reason) -> None:
        super().__init__(reason)
        self.status = status


class Unreadable(ValueError):
    """A line or a series that can never be taken; the others of its body are."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.reason = reasons.of(code, **values)

    def __str__(self) -> str:
        return str(self.reason)


def inflated(body: bytes, encoding: str, limit: int = MAX_BODY_BYTES) -> bytes:
    """
    Return a body without its Content-Encoding: "", "identity", "gzip" or "deflate". Never unpacks more than *limit*.

    Raises:
        Refused: 400, 413 or 415.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        if len(body) > limit:
            raise Refused(413, reasons.of("ingest.body_bytes", limit=limit))
        return body
    if name not in ("gzip", "deflate"):
        raise Refused(415, reasons.of("ingest.encoding_gzip", given=encoding[:40]))
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        data = unpacker.decompress(body, limit + 1)
    except zlib.error:
        raise Refused(400, reasons.of("ingest.not_compressed_so", encoding=name)) from None
    if len(data) > limit:
        raise Refused(413, reasons.of("ingest.unpacked_bytes", limit=limit))
    if not unpacker.eof:
        raise Refused(400, reasons.of("ingest.compressed_cut_off"))
    return data


class Decoded(Struct):
    """A body's events and the account of what it held."""

    events: list[Event] = field(default_factory=list)
    samples: int = 0
    """Samples that are in `events`."""
    histograms: int = 0
    """Samples of histograms that are one value: in `events`, or dropped by the configuration."""
    filtered: int = 0
    """Samples that the configuration drops."""
    not_finite: int = 0
    """NaN and infinite values; each costs its own sample alone."""
    refusals: list[Reason] = field(default_factory=list)
    """Why single samples were refused; at most 20 reasons."""
    refused: int = 0

    @property
    def refusal(self) -> Reason:
        """What of the body was refused, as one reason."""
        return reasons.of("ingest.parts", parts=self.refusals)


_Sender = tuple[str, str]
"""Plugin id and replica."""


class Decoding:
    """Collects the samples of one body."""

    def __init__(self, cache: PlaceCache, *, is_whole: bool = False) -> None:
        """
        Args:
            is_whole: Whether the body holds all buckets of each histogram, as a page does.
        """
        self._cache = cache
        self._is_whole = is_whole
        self._parts: dict[_Sender, dict[int, dict[str, Collected]]] = {}
        """By plugin, time and family."""
        self._values: dict[_Sender, dict[int, dict[str, float]]] = {}
        self._counters: dict[str, set[str]] = {}
        self._histograms: dict[_Sender, dict[int, list[Histogram]]] = {}
        self._ended: dict[_Sender, dict[int, list[str]]] = {}
        self._entities: dict[_Sender, Entity] = {}
        self._result = Decoded()
        self._beyond_limit = 0

    def add(self, place: Place, at_ms: int, value: float) -> None:
        """Take one sample; *at_ms* 0 means that the stream's clock gives the time."""
        entity = place.entity
        if entity is None:
            self._leave_out(place)
            return
        if place.part is not None and not self._add_part(place, entity, place.part, at_ms, value):
            return
        if not math.isfinite(value):
            self._result.not_finite += 1
            return
        sender = (entity.plugin_id, entity.replica)
        by_time = self._values.get(sender)
        metrics = by_time.get(at_ms) if by_time is not None else None
        if metrics is None:
            if not 0 <= at_ms <= LATEST_MS:
                self.refuse(_of_place(place, at_ms))
                return
            if by_time is None:
                by_time = self._values[sender] = {}
                self._entities[sender] = entity
            metrics = by_time[at_ms] = {}
        metrics[place.metric] = value
        if place.is_counter:
            self._counters.setdefault(entity.plugin_id, set()).add(place.metric)

    def add_histogram(
        self, place: Place, at_ms: int, histogram: Histogram, quantiles: Mapping[str, float] | None = None
    ) -> None:
        """Take one sample of a histogram, and the quantiles that its sender has computed."""
        if place.entity is None:
            self._leave_out(place, is_histogram=True)
        elif not 0 <= at_ms <= LATEST_MS:
            self.refuse(_of_place(place, at_ms))
        else:
            sender = (place.entity.plugin_id, place.entity.replica)
            self._entities[sender] = place.entity
            self._histograms.setdefault(sender, {}).setdefault(at_ms, []).append(histogram)
            self._result.histograms += 1
            for metric, value in (quantiles or {}).items():
                self._put(sender, at_ms, metric, value)

    def _add_part(self, place: Place, entity: Entity, part: Part, at_ms: int, value: float) -> bool:
        """Take what a series says of its family; return whether the series is a metric of its own, too."""
        if not 0 <= at_ms <= LATEST_MS:
            if not part.is_metric:
                self.refuse(_of_place(place, at_ms))
            return part.is_metric
        sender = (entity.plugin_id, entity.replica)
        self._entities[sender] = entity
        if part.what == "quantile":
            self._put(sender, at_ms, histograms.quantile_name(histograms.named(part.family), part.at), value)
        else:
            families = self._parts.setdefault(sender, {}).setdefault(at_ms, {})
            collected = families.get(part.family)
            if collected is None:
                collected = families[part.family] = Collected()
            collected.add(part, value)
        if not part.is_metric:
            self._result.samples += 1
        return part.is_metric

    def _put(self, sender: _Sender, at_ms: int, metric: str, value: float) -> None:
        if math.isfinite(value):
            self._values.setdefault(sender, {}).setdefault(at_ms, {})[metric] = value

    def end_histogram(self, place: Place, at_ms: int) -> None:
        """Note that the sender says a histogram has ended: all metrics that are made of it."""
        for suffix in SUFFIXES:
            self.end(structs.replace(place, metric=histograms.named(place.metric) + suffix, part=None), at_ms)

    def end(self, place: Place, at_ms: int) -> None:
        """Note that the sender says the series has ended."""
        if place.entity is None:
            return
        if not 0 <= at_ms <= LATEST_MS:
            self.refuse(_of_place(place, at_ms))
            return
        part = place.part
        if part is not None:
            if part.what == "quantile":
                name = histograms.quantile_name(histograms.named(part.family), part.at)
                self.end(structs.replace(place, metric=name, part=None), at_ms)
            elif part.at == math.inf or part.what == "count":
                self.end_histogram(structs.replace(place, metric=part.family), at_ms)
            if not part.is_metric:
                return
        sender = (place.entity.plugin_id, place.entity.replica)
        self._entities[sender] = place.entity
        self._ended.setdefault(sender, {}).setdefault(at_ms, []).append(place.metric)

    def refuse(self, reason: Reason, samples: int = 1) -> None:
        """Leave out samples that can never be taken."""
        self._result.refused += samples
        if len(self._result.refusals) < MAX_REFUSALS_KEPT:
            self._result.refusals.append(reason)

    def _leave_out(self, place: Place, *, is_histogram: bool = False) -> None:
        if not place.is_refused:
            self._result.filtered += not is_histogram
            self._result.histograms += is_histogram
            return
        bound = self._cache.bound
        bound.refused += 1
        self._result.refused += 1
        self._beyond_limit += 1
        if self._beyond_limit == 1:
            self._result.refusals.append(reasons.of("ingest.series_limit", limit=bound.limit))

    def finish(self) -> Decoded:
        """Return the events, those of each plugin in the order of their times."""
        result = self._result
        self._put_parts_together()
        for sender, entity in self._entities.items():
            counters = self._counters.get(entity.plugin_id, ())
            values, ended = self._values.get(sender, {}), self._ended.get(sender, {})
            histograms = self._histograms.get(sender, {})
            for at_ms in sorted(values.keys() | ended.keys() | histograms.keys()):
                metrics, gone = values.get(at_ms, {}), ended.get(at_ms, [])
                result.samples += len(metrics)
                for part in _parts(list(metrics)):
                    event = _event(entity, at_ms, {name: metrics[name] for name in part}, [])
                    event.counters = tuple(name for name in part if name in counters) if counters else ()
                    result.events.append(event)
                own = histograms.get(at_ms, ())
                for start in range(0, len(own), HISTOGRAMS_TOGETHER):
                    event = _event(entity, at_ms, {}, [])
                    event.histograms = tuple(own[start : start + HISTOGRAMS_TOGETHER])
                    result.events.append(event)
                for part in _parts(gone):
                    result.events.append(_event(entity, at_ms, {}, part))
        return result

    def _put_parts_together(self) -> None:
        for sender, by_time in self._parts.items():
            for at_ms, families in by_time.items():
                for family, collected in families.items():
                    try:
                        found = collected.histogram(family, is_whole=self._is_whole)
                    except NoHistogram as error:
                        self.refuse(reasons.of("ingest.of_metric", metric=family[:80], because=error.reason))
                    else:
                        if found is not None:
                            self._histograms.setdefault(sender, {}).setdefault(at_ms, []).append(found)


def _of_place(place: Place, at_ms: int) -> Reason:
    return reasons.of("ingest.of_metric", metric=place.metric[:80], because=reasons.of("ingest.year", at_ms=str(at_ms)))


def _parts(names: list[str]) -> Iterator[list[str]]:
    """Yield names in parts that an event can hold."""
    for start in range(0, len(names), MAX_METRICS):
        yield names[start : start + MAX_METRICS]


def _event(entity: Entity, at_ms: int, metrics: dict[str, float], gone: list[str]) -> Event:
    return Event(
        plugin_id=entity.plugin_id,
        plugin_name=entity.plugin_name,
        at_ms=at_ms,
        metrics=metrics,
        labels=entity.labels,
        gone=tuple(gone),
        replica=entity.replica,
        parent_id=entity.parent_id,
    )
