"""
Prometheus remote write 1.0 and 2.0: snappy-compressed protocol buffers. Pure.

Protocol: prometheus.io/docs/specs/prw/remote_write_spec/ and remote_write_spec_2_0/.
"""

import math
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence

import cramjam
from google.protobuf.message import DecodeError
from msgspec import structs

from ingest import entities, families, histograms
from ingest.entities import Place
from ingest.format import (
    MAX_BODY_BYTES,
    MAX_LABEL_BYTES,
    MAX_SAMPLES,
    Decoded,
    Decoding,
    PlaceCache,
    Refused,
    Unreadable,
)
from ingest.proto import remote_write_pb2 as messages
from shared.model import reasons
from shared.model.histograms import NoHistogram
from shared.model.relabeling import Relabeling

CONTENT_TYPE = "application/x-protobuf"
_UNKNOWN, _COUNTER, _HISTOGRAM, _SUMMARY = 0, 1, 3, 5
"""Types as the metadata of 1.0 and of 2.0 number them."""
_COUNTING_PARTS = ("_bucket", "_count", "_sum")
"""Of a histogram and a summary; `_bucket` of a histogram alone."""
V1 = "prometheus.WriteRequest"
V2 = "io.prometheus.write.v2.Request"
_STALE = b"\x7f\xf0\x00\x00\x00\x00\x00\x02"
"""The NaN by which Prometheus says that a series has ended (prometheus `model/value/value.go`)."""


def version(content_type: str, encoding: str) -> int:
    """
    Return which version of the protocol the headers name: 1 or 2.

    Raises:
        Refused: 415. vmagent then sends snappy instead of zstd, and a client that offers both versions falls back.
    """
    if encoding.strip().lower() not in ("", "snappy"):
        raise Refused(415, reasons.of("ingest.encoding_snappy", given=encoding[:40]))
    kind, *parameters = (part.strip() for part in content_type.split(";"))
    if kind.lower() != CONTENT_TYPE:
        raise Refused(415, reasons.of("ingest.content_type", given=content_type[:80], wanted=[CONTENT_TYPE]))
    proto = next((value.partition("=")[2].strip('"') for value in parameters if value.startswith("proto=")), V1)
    if proto not in (V1, V2):
        raise Refused(415, reasons.of("ingest.message", given=proto[:80], wanted=[V1, V2]))
    return 2 if proto == V2 else 1


def decode(body: bytes, of_version: int, cache: PlaceCache) -> Decoded:
    """
    Decode one request.

    Args:
        body: As it came, still compressed.
        of_version: 1 or 2, as `version` returned it.

    Raises:
        Refused: 400 or 413; the sender drops the body.
    """
    data = decompress(body)
    decoding = Decoding(cache)
    try:
        if of_version == 1:
            _read_v1(messages.Request1.FromString(data), decoding, cache)
        else:
            _read_v2(messages.Request2.FromString(data), decoding, cache)
    except DecodeError:
        raise Refused(400, reasons.of("ingest.no_remote_write")) from None
    return decoding.finish()


def decompress(body: bytes) -> bytes:
    """
    Return what a snappy block holds. Its length is read and checked before anything is unpacked.

    Raises:
        Refused: 400 for what is no snappy block, 413 for one that is too large.
    """
    size = 0
    for index, byte in enumerate(body[:5]):
        size |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            break
    else:
        raise Refused(400, reasons.of("ingest.snappy_length"))
    if size > MAX_BODY_BYTES:
        raise Refused(413, reasons.of("ingest.unpacked_bytes", limit=MAX_BODY_BYTES))
    try:
        return bytes(cramjam.snappy.decompress_raw(body, output_len=size))
    except cramjam.DecompressionError:
        raise Refused(400, reasons.of("ingest.no_snappy")) from None


def _read_v1(request: messages.Request1, decoding: Decoding, cache: PlaceCache) -> None:
    taken = 0
    _remember_types(request, cache)

    def place(labels: Mapping[str, str], relabeling: Relabeling) -> Place:
        return _placed(labels, relabeling, cache, lambda family: cache.types.get(family, _UNKNOWN))

    for series in request.timeseries:
        packed: Sequence[bytes] = series.labels
        taken += len(series.samples) + len(series.histograms)
        _check_count(taken)

        def read(labels: Sequence[bytes] = packed) -> Mapping[str, str]:
            return _labels(_label(label) for label in labels)

        _add(decoding, cache, b"".join([len(label).to_bytes(4) + label for label in packed]), read, place, series)


def _read_v2(request: messages.Request2, decoding: Decoding, cache: PlaceCache) -> None:
    symbols: Sequence[bytes] = request.symbols
    taken = 0
    for series in request.timeseries:
        taken += len(series.samples) + len(series.histograms)
        _check_count(taken)
        try:
            words = [symbols[reference] for reference in _varints(series.labels_refs)]
        except (IndexError, Unreadable):
            decoding.refuse(reasons.of("ingest.symbol_missing"), len(series.samples) + len(series.histograms))
            continue

        def read(words: Sequence[bytes] = words) -> Mapping[str, str]:
            texts = _texts(words)
            if len(texts) % 2:
                raise Unreadable("ingest.label_value_missing")
            return _labels(zip(texts[::2], texts[1::2], strict=True))

        kind = series.metadata.type

        def place(labels: Mapping[str, str], relabeling: Relabeling, kind: int = kind) -> Place:
            return _placed(labels, relabeling, cache, lambda _: kind)

        head = b"\x02" + (kind & 0x7F).to_bytes()
        _add(decoding, cache, head + b"".join([len(word).to_bytes(4) + word for word in words]), read, place, series)


def _add(
    decoding: Decoding,
    cache: PlaceCache,
    key: bytes,
    read: Callable[[], Mapping[str, str]],
    placed: Callable[[Mapping[str, str], Relabeling], Place],
    series: messages.Series1 | messages.Series2,
) -> None:
    samples = series.samples
    if len(key) > MAX_LABEL_BYTES:
        why = reasons.of("ingest.label_bytes", bytes=len(key), limit=MAX_LABEL_BYTES)
        decoding.refuse(why, len(samples) + len(series.histograms))
        return
    try:
        place = cache.find(key, read, placed)
    except Unreadable as error:
        decoding.refuse(reasons.of("ingest.of_labels", because=error.reason), len(samples) + len(series.histograms))
        return
    for sample in samples:
        _add_sample(decoding, place, sample.timestamp, sample.value)
    for histogram in series.histograms:
        _add_histogram(decoding, place, histogram)


def _remember_types(request: messages.Request1, cache: PlaceCache) -> None:
    """Note what 1.0 says of types: once a minute, apart from the samples."""
    for family in request.metadata:
        name = family.metric_family_name
        if cache.types.get(name) != family.type and (name in cache.types or len(cache.types) < families.MAX_FAMILIES):
            cache.types[name] = family.type
            cache.forget_places()


def _placed(
    labels: Mapping[str, str], relabeling: Relabeling, cache: PlaceCache, type_of: Callable[[str], int]
) -> Place:
    place = entities.place(labels, relabeling)
    place = families.placed(place, labels, relabeling, cache.types, type_of, cache.forget_places)
    return structs.replace(place, is_counter=True) if is_counter(labels, type_of) else place


def is_counter(labels: Mapping[str, str], type_of: Callable[[str], int]) -> bool:
    """
    Tell whether a series only grows: by its type, or, where that is unknown, by its name.

    Args:
        type_of: Returns the type of a family of this name; 0 if it is unknown.
    """
    name = labels["__name__"]
    kind = type_of(name)
    if kind == _UNKNOWN or kind in (_HISTOGRAM, _SUMMARY):
        family, underscore, _ = name.rpartition("_")
        part = name[len(family) :] if underscore else ""
        kind = kind or type_of(family)
        if kind in (_HISTOGRAM, _SUMMARY):
            return part in _COUNTING_PARTS
        if kind == _UNKNOWN or (kind == _COUNTER and part == "_total"):
            return part == "_total" or (part == "_bucket" and "le" in labels)
        return False
    return kind == _COUNTER


def _add_sample(decoding: Decoding, place: Place, at_ms: int, value: float) -> None:
    if value != value and _is_stale(value):  # noqa: PLR0124
        decoding.end(place, at_ms)
    else:
        decoding.add(place, at_ms, value)


def _is_stale(value: float) -> bool:
    return math.isnan(value) and math.copysign(1.0, value) > 0 and struct.pack(">d", value) == _STALE


def _add_histogram(decoding: Decoding, place: Place, sample: messages.Histogram) -> None:
    if _is_stale(sample.sum):
        decoding.end_histogram(place, sample.timestamp)
        return
    try:
        decoding.add_histogram(place, sample.timestamp, histograms.of_native(place.metric, sample))
    except NoHistogram as error:
        decoding.refuse(reasons.of("ingest.of_metric", metric=place.metric[:80], because=error.reason))


def _labels(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for name, value in pairs:
        if not name:
            raise Unreadable("ingest.label_name_missing")
        if name in labels:
            raise Unreadable("ingest.label_twice", label=name[:80])
        labels[name] = value
    if not labels.get("__name__"):
        raise Unreadable("ingest.name_missing")
    return labels


def _texts(words: Sequence[bytes]) -> list[str]:
    try:
        return [word.decode() for word in words]
    except UnicodeDecodeError:
        raise Unreadable("ingest.label_not_utf8") from None


def _label(packed: bytes) -> tuple[str, str]:
    try:
        label = messages.Label.FromString(packed)
    except DecodeError:
        raise Unreadable("ingest.no_label") from None
    return label.name, label.value


def _varints(packed: bytes) -> list[int]:
    numbers: list[int] = []
    number = shift = 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
            if shift > 28:
                raise Unreadable("ingest.reference_too_large")
        else:
            numbers.append(number)
            number = shift = 0
    if shift:
        raise Unreadable("ingest.reference_cut_off")
    return numbers


def _check_count(samples: int) -> None:
    if samples > MAX_SAMPLES:
        raise Refused(413, reasons.of("ingest.body_samples", limit=MAX_SAMPLES))
