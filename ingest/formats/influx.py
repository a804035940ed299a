"""
InfluxDB line protocol, as `/write` (1.x) and `/api/v2/write` take it: `measurement,tag=value field=1 time`. Pure.

Format: docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/. The tags name the plugin (`host` first), the
measurement and the field the metric, for instance `cpu.usage_idle`; the field `value` gives the measurement alone.
"""

import math
import re
from collections.abc import Iterator, Mapping

from ingest import places
from ingest.format import MAX_LABEL_BYTES, MAX_SAMPLES, Decoded, Decoding, PlaceCache, Refused, Unreadable
from shared.model import reasons

_DIVISORS = {"ns": 1_000_000, "n": 1_000_000, "us": 1_000, "u": 1_000, "µ": 1_000, "ms": 1}
_FACTORS = {"s": 1_000, "m": 60_000, "h": 3_600_000}
_PIECE = re.compile(r'(?:[^\\\s,="]|\\.|\\$)+')
_FIELD_TEXT = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_UNESCAPE = re.compile(r"\\([,= \\])")
_TRUTH = {"t": 1.0, "T": 1.0, "true": 1.0, "True": 1.0, "TRUE": 1.0}
_TRUTH |= {"f": 0.0, "F": 0.0, "false": 0.0, "False": 0.0, "FALSE": 0.0}


def decode(body: bytes, precision: str, cache: PlaceCache) -> Decoded:
    """
    Decode one request.

    Args:
        precision: Unit of the times: ns (the default), us, ms, s; 1.x also has n, u, m and h.

    Raises:
        Refused: 400, for a precision that does not exist or a body that is no UTF-8. A bad line costs itself alone.
    """
    unit = precision or "ns"
    if unit not in _DIVISORS and unit not in _FACTORS:
        raise Refused(400, reasons.of("ingest.precision", given=precision[:20]))
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Refused(400, reasons.of("ingest.not_utf8")) from None
    decoding = Decoding(cache)
    taken = 0
    for number, line in enumerate(_lines(text), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            taken += _read(line.strip(), unit, decoding, cache)
        except Unreadable as error:
            decoding.refuse(reasons.of("ingest.of_line", line=number, because=error.reason))
        if taken > MAX_SAMPLES:
            raise Refused(413, reasons.of("ingest.body_samples", limit=MAX_SAMPLES))
    return decoding.finish()


def _lines(text: str) -> Iterator[str]:
    """Yield the lines; a quoted text of a field may hold line breaks of its own."""
    rest = ""
    for line in text.split("\n"):
        rest = f"{rest}\n{line}" if rest else line
        if rest.count('"') % 2 and len(rest) < MAX_LABEL_BYTES and _FIELD_TEXT.sub("", rest).count('"') % 2:
            continue
        yield rest
        rest = ""
    if rest:
        yield rest


def _read(line: str, unit: str, decoding: Decoding, cache: PlaceCache) -> int:
    head_end = _end_of_word(line, 0)
    head = line[:head_end]
    if len(head) > MAX_LABEL_BYTES:
        raise Unreadable("ingest.tag_characters", characters=len(head), limit=MAX_LABEL_BYTES)
    fields, after = _fields(line, head_end + 1)
    at_ms = _time(line[after:].strip(), unit)
    for name, value in fields:
        key = f"{head}\x00{name}".encode("utf-8", "surrogatepass")

        def read(name: str = name) -> Mapping[str, str]:
            measurement, tags = _tags(head)
            return {**tags, "__name__": measurement if name == "value" else f"{measurement}.{name}"}

        decoding.add(cache.find(key, read, places.influx), at_ms, value)
    return len(fields)


def _end_of_word(line: str, start: int) -> int:
    index = start
    while index < len(line) and line[index] != " ":
        index += 2 if line[index] == "\\" else 1
    return min(index, len(line))


def _tags(head: str) -> tuple[str, dict[str, str]]:
    measurement, *pairs = re.split(r"(?<!\\),", head)
    tags: dict[str, str] = {}
    for pair in pairs:
        parts = re.split(r"(?<!\\)=", pair)
        if len(parts) != 2 or not parts[0]:
            raise Unreadable("ingest.tag_form", tag=pair[:40])
        tags[_UNESCAPE.sub(r"\1", parts[0])] = _UNESCAPE.sub(r"\1", parts[1])
    if not measurement:
        raise Unreadable("ingest.measurement_missing")
    return _UNESCAPE.sub(r"\1", measurement), tags


def _fields(line: str, start: int) -> tuple[list[tuple[str, float]], int]:
    """Return the fields that are numbers or truth values, and where they end; texts are no metrics."""
    fields: list[tuple[str, float]] = []
    index, seen = start, 0
    while True:
        name = _PIECE.match(line, index)
        if name is None or line[name.end() : name.end() + 1] != "=":
            raise Unreadable("ingest.field_form" if seen else "ingest.field_missing")
        index = name.end() + 1
        seen += 1
        if quoted := _FIELD_TEXT.match(line, index):
            index = quoted.end()
        else:
            end = min((place for place in (line.find(c, index) for c in ", ") if place >= 0), default=len(line))
            fields.append((_UNESCAPE.sub(r"\1", name[0]), _number(line[index:end])))
            index = end
        if line[index : index + 1] != ",":
            return fields, index
        index += 1


def _number(text: str) -> float:
    if text in _TRUTH:
        return _TRUTH[text]
    if text.lstrip("+-").lower() in ("nan", "inf", "infinity"):
        # It costs its field alone: the others of the line are good.
        return math.nan
    bare = text[:-1] if text[-1:] in ("i", "u") else text
    if not _NUMBER.fullmatch(bare) or len(bare) > 400:
        raise Unreadable("ingest.no_number", given=text[:40])
    return float(bare)


def _time(text: str, unit: str) -> int:
    if not text:
        return 0
    if not re.fullmatch(r"-?[0-9]{1,19}", text):
        raise Unreadable("ingest.no_time", given=text[:40])
    stamp = int(text)
    at_ms = stamp // _DIVISORS[unit] if unit in _DIVISORS else stamp * _FACTORS[unit]
    if not 0 < at_ms < 2**47:
        raise Unreadable("ingest.time_out_of_range", given=text, unit=unit)
    return at_ms
