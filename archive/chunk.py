"""
Chunks: the events of one plugin in the order of their arrival, in columns. Pure.

All metrics of an event share its times and its place in the order. A chart reads the columns of its metric alone; a
replay gets back every event as it was decoded, but for the order of the names within an event, which means nothing.
"""

import math
import zlib
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from archive import columns
from archive.columns import Damaged
from shared.model.events import ErrorReport, Event
from shared.model.histograms import Histogram

MOST_EVENTS = 4_096
MOST_BYTES = 33_554_432
"""The events of a chunk hold at most so many bytes beside metrics, uncompressed; the recorder fills a quarter."""
_VERSION = 1
_T = TypeVar("_T")


class Arrival(NamedTuple):
    """An event and its place in the order: its stream entry, and its index among the events of the entry."""

    entry_ms: int
    entry_number: int
    place: int
    event: Event

    @property
    def order(self) -> tuple[int, int, int]:
        return self.entry_ms, self.entry_number, self.place


class Summary(NamedTuple):
    """
    What the samples of one metric in one chunk are: enough for a chart of a year.

    Infinite samples and NaN count as samples and are left out of the rest.
    """

    samples: int
    least: float
    most: float
    total: float


class Rest(Struct, array_like=True, omit_defaults=True, frozen=True):
    """The fields of an event that are in no column."""

    plugin_name: str = ""
    states: dict[str, str] = {}
    errors: tuple[ErrorReport, ...] = ()
    labels: dict[str, str] = {}
    counters: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    replica: str = ""
    parent_id: str = ""
    renamed_to: str = ""
    request_id: str = ""
    histograms: tuple[Histogram, ...] = ()


class _Column(Struct, array_like=True):
    metric: str
    present: bytes
    """Empty: every event has the metric. Else a byte for each event, compressed."""
    values: bytes


class _Body(Struct, array_like=True):
    version: int
    events: int
    at_ms: bytes
    """When the events were true."""
    waited_ms: bytes
    """How much later each arrived."""
    entry_numbers: bytes
    places: bytes
    columns: list[_Column]
    rests: bytes
    """(index of an event, Rest) where it differs from that of the event before; msgpack, compressed."""


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(_Body).decode
_unpack_rests = msgspec.msgpack.Decoder(list[tuple[int, Rest]]).decode
_REST = Rest.__struct_fields__


def encode(arrivals: Sequence[Arrival]) -> bytes:
    """
    Return a chunk.

    Args:
        arrivals: Of one plugin, in order, at most `MOST_EVENTS`.

    Raises:
        ValueError: there are more.
    """
    if len(arrivals) > MOST_EVENTS:
        raise ValueError(f"{len(arrivals)} events in a chunk")
    events = [arrival.event for arrival in arrivals]
    pack = columns.pack_ints
    return _pack(
        _Body(
            _VERSION,
            len(events),
            pack([event.at_ms for event in events]),
            pack([arrival.entry_ms - arrival.event.at_ms for arrival in arrivals]),
            pack([arrival.entry_number for arrival in arrivals]),
            pack([arrival.place for arrival in arrivals]),
            [_column(metric, events) for metric in dict.fromkeys(name for event in events for name in event.metrics)],
            zlib.compress(_pack(_rests(events)), columns.LEVEL),
        )
    )


def decode(body: bytes, plugin_id: str) -> list[Arrival]:
    """
    Return the events of a chunk.

    Raises:
        Damaged: the bytes are no chunk.
    """
    chunk = _read(body)
    count = chunk.events
    at_ms = columns.unpack_ints(chunk.at_ms, count)
    waited_ms = columns.unpack_ints(chunk.waited_ms, count)
    numbers = columns.unpack_ints(chunk.entry_numbers, count)
    places = columns.unpack_ints(chunk.places, count)
    metrics: list[dict[str, float]] = [{} for _ in range(count)]
    for column in chunk.columns:
        for i, value in zip(*_values(column, count), strict=True):
            metrics[i][column.metric] = value
    rests = _each_rest(_decoded(_unpack_rests, columns.inflate(chunk.rests, MOST_BYTES)), count)
    return [
        Arrival(
            at_ms[i] + waited_ms[i],
            numbers[i],
            places[i],
            Event(plugin_id=plugin_id, at_ms=at_ms[i], metrics=metrics[i], **_fields(rests[i])),
        )
        for i in range(count)
    ]


def series(body: bytes, metric: str) -> list[tuple[int, float]]:
    """
    Return the samples of one metric, as (at_ms, value), in the order of their arrival.

    Raises:
        Damaged: the bytes are no chunk.
    """
    return several_series(body, (metric,)).get(metric, [])


def several_series(body: bytes, metrics: Collection[str]) -> dict[str, list[tuple[int, float]]]:
    """As `series`, of those metrics that the chunk has."""
    chunk = _read(body)
    wanted = [column for column in chunk.columns if column.metric in metrics]
    at_ms = columns.unpack_ints(chunk.at_ms, chunk.events) if wanted else []
    found = {}
    for column in wanted:
        present, values = _values(column, chunk.events)
        found[column.metric] = [(at_ms[i], value) for i, value in zip(present, values, strict=True)]
    return found


def rests(body: bytes) -> list[Rest]:
    """
    Return what the events of a chunk hold beside metrics, once for each run of events that hold the same.

    Raises:
        Damaged: the bytes are no chunk.
    """
    chunk = _read(body)
    return [rest for _, rest in _decoded(_unpack_rests, columns.inflate(chunk.rests, MOST_BYTES))]


def summaries(arrivals: Sequence[Arrival]) -> dict[str, Summary]:
    """Return what the samples of each metric are."""
    found: dict[str, list[float]] = {}
    for arrival in arrivals:
        for metric, value in arrival.event.metrics.items():
            found.setdefault(metric, []).append(value)
    return {metric: _summary(values) for metric, values in found.items()}


def _summary(values: Sequence[float]) -> Summary:
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return Summary(len(values), math.nan, math.nan, math.nan)
    return Summary(len(values), min(finite), max(finite), sum(finite))


def _column(metric: str, events: Sequence[Event]) -> _Column:
    values = [event.metrics[metric] for event in events if metric in event.metrics]
    present = b""
    if len(values) < len(events):
        present = zlib.compress(bytes(metric in event.metrics for event in events), columns.LEVEL)
    return _Column(metric, present, columns.pack_floats(values))


def _rests(events: Sequence[Event]) -> list[tuple[int, Rest]]:
    found: list[tuple[int, Rest]] = []
    for i, event in enumerate(events):
        rest = Rest(*(getattr(event, name) for name in _REST))
        if not found or found[-1][1] != rest:
            found.append((i, rest))
    return found


def _read(body: bytes) -> _Body:
    chunk: _Body = _decoded(_unpack, body)
    if chunk.version != _VERSION:
        raise Damaged(f"a chunk of version {chunk.version}, which this release does not read")
    if not 0 <= chunk.events <= MOST_EVENTS:
        raise Damaged(f"a chunk of {chunk.events} events")
    return chunk


def _decoded(decode_as: Callable[[bytes], _T], body: bytes) -> _T:
    try:
        return decode_as(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Damaged(str(error)) from error


def _values(column: _Column, events: int) -> tuple[Sequence[int], list[float]]:
    """Return which events have the metric, and their values."""
    present: Sequence[int] = range(events)
    if column.present:
        flags = columns.inflate(column.present, events)
        if len(flags) != events:
            raise Damaged("a column of another length than its chunk")
        present = [i for i, flag in enumerate(flags) if flag]
    return present, columns.unpack_floats(column.values, len(present))


def _each_rest(runs: Sequence[tuple[int, Rest]], events: int) -> list[Rest]:
    starts = [start for start, _ in runs]
    if starts != sorted(set(starts)) or (starts[:1] != [0] and events) or (starts and starts[-1] >= max(events, 1)):
        raise Damaged("what events hold beside metrics does not fit them")
    found: list[Rest] = []
    for (start, rest), end in zip(runs, [*starts[1:], events][: len(runs)], strict=True):
        found += [rest] * (end - start)
    return found


def _fields(rest: Rest) -> dict[str, Any]:
    return {name: getattr(rest, name) for name in _REST}
