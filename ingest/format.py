"""
What every protocol decodes to: samples, series that ended, and what could not be taken. Pure.

`Decoding` is the one place where samples become events: samples of one plugin at one instant are one event, and the
events of a plugin are ordered by time, because senders that catch up after an outage send one series after the other.
"""

import math
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from ingest import entities
from ingest.entities import Entity, Place, Relabeling
from shared.errors import Coded
from shared.model import reasons
from shared.model.alerts import MAX_METRICS
from shared.model.events import Event
from shared.model.reasons import Reason

MAX_BODY_BYTES = 16_777_216
"""Of a body after decompression. Prometheus sends 2,000 samples in 40 kB; a Collector at most 4 MB by default."""
MAX_LABEL_BYTES = 65_536
"""Of one series' labels. Prometheus refuses longer ones itself when a limit is set; without one 1 MB is possible."""
MAX_SAMPLES = 1_000_000
"""Of one body: 16 bytes each in the most compact form."""
MAX_REFUSALS_KEPT = 20


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


def inflated(body: bytes, encoding: str) -> bytes:
    """
    Return a body without its Content-Encoding: "", "identity", "gzip" or "deflate". Never unpacks more than allowed.

    Raises:
        Refused: 400, 413 or 415.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        if len(body) > MAX_BODY_BYTES:
            raise Refused(413, reasons.of("ingest.body_bytes", limit=MAX_BODY_BYTES))
        return body
    if name not in ("gzip", "deflate"):
        raise Refused(415, reasons.of("ingest.encoding_gzip", given=encoding[:40]))
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        data = unpacker.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error:
        raise Refused(400, reasons.of("ingest.not_compressed_so", encoding=name)) from None
    if len(data) > MAX_BODY_BYTES:
        raise Refused(413, reasons.of("ingest.unpacked_bytes", limit=MAX_BODY_BYTES))
    if not unpacker.eof:
        raise Refused(400, reasons.of("ingest.compressed_cut_off"))
    return data


class Decoded(Struct):
    """A body's events and the account of what it held."""

    events: list[Event] = field(default_factory=list)
    samples: int = 0
    """Samples that are in `events`."""
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

    def __init__(self, cache: "PlaceCache") -> None:
        self._cache = cache
        self._values: dict[_Sender, dict[int, dict[str, float]]] = {}
        self._counters: dict[str, set[str]] = {}
        self._ended: dict[_Sender, dict[int, list[str]]] = {}
        self._entities: dict[_Sender, Entity] = {}
        self._result = Decoded()

    def add(self, place: Place, at_ms: int, value: float) -> None:
        """Take one sample; *at_ms* 0 means that the stream's clock gives the time."""
        entity = place.entity
        if entity is None:
            self._result.filtered += 1
            return
        if not math.isfinite(value):
            self._result.not_finite += 1
            return
        sender = (entity.plugin_id, entity.replica)
        by_time = self._values.get(sender)
        if by_time is None:
            by_time = self._values[sender] = {}
            self._entities[sender] = entity
        metrics = by_time.get(at_ms)
        if metrics is None:
            metrics = by_time[at_ms] = {}
        metrics[place.metric] = value
        if place.is_counter:
            self._counters.setdefault(entity.plugin_id, set()).add(place.metric)

    def end(self, place: Place, at_ms: int) -> None:
        """Note that the sender says the series has ended."""
        if place.entity is None:
            return
        sender = (place.entity.plugin_id, place.entity.replica)
        self._entities[sender] = place.entity
        self._ended.setdefault(sender, {}).setdefault(at_ms, []).append(place.metric)

    def refuse(self, reason: Reason, samples: int = 1) -> None:
        """Leave out samples that can never be taken."""
        self._result.refused += samples
        if len(self._result.refusals) < MAX_REFUSALS_KEPT:
            self._result.refusals.append(reason)

    def finish(self) -> Decoded:
        """Return the events, those of each plugin in the order of their times."""
        result = self._result
        for sender, entity in self._entities.items():
            counters = self._counters.get(entity.plugin_id, ())
            values, ended = self._values.get(sender, {}), self._ended.get(sender, {})
            for at_ms in sorted(values.keys() | ended.keys()):
                metrics, gone = values.get(at_ms, {}), ended.get(at_ms, [])
                result.samples += len(metrics)
                for part in _parts(list(metrics)):
                    event = _event(entity, at_ms, {name: metrics[name] for name in part}, [])
                    event.counters = tuple(name for name in part if name in counters) if counters else ()
                    result.events.append(event)
                for part in _parts(gone):
                    result.events.append(_event(entity, at_ms, {}, part))
        return result


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
    )


class PlaceCache:
    """
    Maps the bytes of a series' labels to its plugin and metric.

    Holds at most *limit* series; when it is full it is emptied, which costs one parse per series.
    """

    def __init__(self, relabeling: Relabeling, limit: int = 500_000) -> None:
        self.relabeling = relabeling
        self.types: dict[str, int] = {}
        """Family of metrics → its type, where a protocol states it apart from the samples."""
        self._limit = limit
        self._places: dict[bytes, Place] = {}

    def clear(self) -> None:
        """Forget all places, because something they were made of has changed."""
        self._places.clear()

    def find(
        self,
        key: bytes,
        read_labels: Callable[[], Mapping[str, str]],
        place: Callable[[Mapping[str, str], Relabeling], Place] = entities.place,
    ) -> Place:
        """
        Return the place of the series whose labels have the bytes *key*.

        Args:
            read_labels: Called for a series that is not remembered.
            place: How the protocol makes a place of labels.

        Raises:
            Unreadable: the labels cannot be read; from *read_labels*.
        """
        found = self._places.get(key)
        if found is None:
            if len(self._places) >= self._limit:
                self._places.clear()
            found = self._places[key] = place(read_labels(), self.relabeling)
        return found
