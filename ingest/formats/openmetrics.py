"""
The page of a scrape target: Prometheus text or OpenMetrics. Pure.

Formats: prometheus.io/docs/instrumenting/exposition_formats/ and the specification of OpenMetrics 1.0. As with
Prometheus, one bad line costs the whole page: who reads half of a page ends the series of the other half.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import structs

from ingest import entities, families
from ingest.entities import Place
from ingest.format import MAX_LABEL_BYTES, MAX_SAMPLES, Decoding, PlaceCache, Refused, Unreadable
from ingest.formats import remote_write
from shared.model import event_time, reasons
from shared.model.relabeling import Relabeling

Kind = Literal["openmetrics", "text"]
ACCEPT = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
"""What Prometheus 3 asks for."""
_TYPES = {"counter": 1, "gauge": 2, "histogram": 3, "gaugehistogram": 4, "summary": 5, "info": 6, "stateset": 7}
"""As the metadata of remote write numbers them."""
_SPACES = b" \t"
_SERIES = re.compile(
    rb"(?:[a-zA-Z_:][a-zA-Z0-9_:]*)?[ \t]*+"
    rb'(?:\{(?:[^"{}]|"(?:[^"\\]|\\.)*+")*+\})?+'
)
"""A name, and labels in braces; a quoted text may hold braces. Possessive: a hostile line costs its length once."""
_TYPE = re.compile(rb'#[ \t]+TYPE[ \t]+(?:([^\s"]+)|"((?:[^"\\]|\\.)*+)")[ \t]+([a-z]+)[ \t]*')
_LABEL = re.compile(
    r'[ \t]*(?:(?P<name>[a-zA-Z_][a-zA-Z0-9_.:]*)|"(?P<quoted>(?:[^"\\]|\\.)*+)")[ \t]*'
    r'(?:=[ \t]*"(?P<value>(?:[^"\\]|\\.)*+)"[ \t]*)?(?P<end>,|\Z)',
    re.DOTALL,
)
_ESCAPED = re.compile(r'\\(["\\n])')
_TIME = re.compile(rb"-?[0-9]{1,18}")
_SECONDS = re.compile(rb"-?[0-9]{1,15}(?:\.[0-9]*)?(?:[eE]\+?[0-9]{1,2})?")


def kind_of(content_type: str) -> Kind:
    """
    Return the format that a Content-Type names; a page without one is taken as Prometheus text.

    Raises:
        Refused: it names another; the page may be that of a sign-in form.
    """
    name = content_type.partition(";")[0].strip().lower()
    if name == "application/openmetrics-text":
        return "openmetrics"
    if name in ("text/plain", ""):
        return "text"
    wanted = ["text/plain", "application/openmetrics-text"]
    raise Refused(415, reasons.of("ingest.page_type", given=content_type[:80], wanted=wanted))


def read(body: bytes, kind: Kind, of_target: "Labelling", at_ms: int, decoding: Decoding) -> set[bytes]:
    """
    Add the samples of a page.

    Args:
        at_ms: Of the samples whose line has no time.

    Returns:
        The series of the page, as they stand on it.

    Raises:
        Refused: 400 or 413; nothing of the page may be used.
    """
    seen: set[bytes] = set()
    for number, line in enumerate(_lines(body, kind), 1):
        try:
            if line.startswith(b"#"):
                if line.startswith((b"# TYPE", b"#\tTYPE")):
                    of_target.note_type(line)
            elif line:
                _read_line(line, kind, of_target, at_ms, decoding, seen)
        except Unreadable as error:
            raise Refused(400, reasons.of("ingest.of_line", line=number, because=error.reason)) from None
        if len(seen) > MAX_SAMPLES:
            raise Refused(413, reasons.of("ingest.body_samples", limit=MAX_SAMPLES))
    return seen


def _lines(body: bytes, kind: Kind) -> list[bytes]:
    lines = body.split(b"\n")
    if kind == "openmetrics":
        if lines[-1] == b"":
            lines.pop()
        if not lines or lines.pop() != b"# EOF":
            raise Refused(400, reasons.of("ingest.no_eof"))
        if b"# EOF" in lines:
            raise Refused(400, reasons.of("ingest.after_eof"))
    elif lines.pop() != b"":
        raise Refused(400, reasons.of("ingest.page_cut_off"))
    return lines


class Labelling:
    """Gives the series of one target their labels and remembers the result."""

    def __init__(self, labels: Mapping[str, str], cache: PlaceCache) -> None:
        """
        Args:
            labels: The target's own; where a page uses one of their names, its label becomes `exported_<name>`.
            cache: Of this target alone.
        """
        self._labels = labels
        self._cache = cache

    def known(self, series: bytes) -> Place | None:
        """Return the place of a series that was met before."""
        return self._cache.known(series)

    def place(self, series: bytes) -> Place:
        """
        Return the place of a series as it stands on a page.

        Raises:
            Unreadable: its labels cannot be read.
        """
        return self._cache.find(series, lambda: self._labelled(series), self._place)

    def about(self, name: str) -> Place:
        """Return the place of a metric of the target itself."""
        return self._cache.always(b"\n" + name.encode(), lambda: {**self._labels, "__name__": name})

    def note_type(self, line: bytes) -> None:
        """Remember the type of a family of metrics."""
        found = _TYPE.fullmatch(line)
        if found is None:
            return
        family = _unescaped(_text(found[1] or found[2]))
        kind = _TYPES.get(found[3].decode(), 0)
        types = self._cache.types
        if types.get(family) != kind and (family in types or len(types) < families.MAX_FAMILIES):
            types[family] = kind
            # A page states a type before the samples: places made without it are made again.
            self._cache.clear()

    def _labelled(self, series: bytes) -> Mapping[str, str]:
        own = _labels(_text(series))
        labels = dict(self._labels)
        for name, value in own.items():
            label = name
            while label in labels:
                label = f"exported_{label}"
            labels[label] = value
        return labels

    def _place(self, labels: Mapping[str, str], relabeling: Relabeling) -> Place:
        place = entities.place(labels, relabeling)
        types = self._cache.types
        place = families.placed(
            place, labels, relabeling, types, lambda family: types.get(family, 0), self._cache.forget_places
        )
        if remote_write.is_counter(labels, lambda family: types.get(family, 0)):
            return structs.replace(place, is_counter=True)
        return place


def _read_line(line: bytes, kind: Kind, of_target: Labelling, at_ms: int, decoding: Decoding, seen: set[bytes]) -> None:
    # What stands before the value was met before in nearly every line; it need not be taken apart then.
    end = line.rfind(b"}") + 1 or _end_of_word(line)
    series = line[:end]
    place = of_target.known(series)
    if place is None:
        series = _series(line)
        end = len(series)
        place = of_target.place(series.rstrip(_SPACES))
        series = series.rstrip(_SPACES)
    rest = line[end:]
    if kind == "openmetrics":
        rest = rest.partition(b" # ")[0]  # An exemplar follows.
    words = rest.split()
    if not 1 <= len(words) <= 2:
        raise Unreadable("ingest.page_value", given=rest[:40].decode("utf-8", "replace").strip())
    value = _number(words[0])
    if series in seen:
        # As Prometheus: of several samples of one series and time, the first counts.
        if len(words) == 1:
            return
    else:
        seen.add(series)
    taken_ms = at_ms if len(words) == 1 else _time(words[1], kind)
    if not event_time.EARLIEST_MS <= taken_ms <= at_ms + event_time.MAX_FUTURE_MS:
        decoding.refuse(reasons.of("ingest.page_time", given=words[-1][:40].decode("utf-8", "replace")))
    else:
        decoding.add(place, taken_ms, value)


def _end_of_word(line: bytes) -> int:
    end = line.find(b" ")
    tab = line.find(b"\t")
    return min((place for place in (end, tab) if place >= 0), default=len(line))


def _series(line: bytes) -> bytes:
    found = _SERIES.match(line)
    series = found[0] if found else b""
    if not series.strip(_SPACES):
        raise Unreadable("ingest.page_line", given=line[:40].decode("utf-8", "replace"))
    if len(series) > MAX_LABEL_BYTES:
        raise Unreadable("ingest.label_bytes", bytes=len(series), limit=MAX_LABEL_BYTES)
    return series


def _labels(series: str) -> dict[str, str]:
    """Return the labels of a series, without empty ones, its name as `__name__`."""
    name, brace, inside = series.partition("{")
    labels = {"__name__": name.strip()} if name.strip() else {}
    if brace:
        for label, value in _pairs(inside[:-1]):
            if label in labels:
                raise Unreadable("ingest.label_twice", label=label[:80])
            labels[label] = value
    if not labels.get("__name__"):
        raise Unreadable("ingest.name_missing")
    return {label: value for label, value in labels.items() if value}


def _pairs(inside: str) -> Iterator[tuple[str, str]]:
    at = 0
    while inside[at:].strip():
        found = _LABEL.match(inside, at)
        if found is None:
            raise Unreadable("ingest.page_label", given=inside[at : at + 40])
        label = found["name"] if found["quoted"] is None else _unescaped(found["quoted"])
        if found["value"] is not None:
            if not label:
                raise Unreadable("ingest.label_name_missing")
            yield label, _unescaped(found["value"])
        elif found["quoted"] is not None and at == 0:
            yield "__name__", label  # As UTF-8 names are written: {"http.requests", path="/"} 1
        else:
            raise Unreadable("ingest.label_value_missing")
        at = found.end()


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text) if "\\" in text else text


def _text(part: bytes) -> str:
    try:
        return part.decode()
    except UnicodeDecodeError:
        raise Unreadable("ingest.label_not_utf8") from None


def _number(word: bytes) -> float:
    try:
        if b"_" not in word:  # Python takes 1_000 for a number.
            return float(word)
    except ValueError:
        pass
    raise Unreadable("ingest.no_number", given=word[:40].decode("utf-8", "replace"))


def _time(word: bytes, kind: Kind) -> int:
    """Return a time in milliseconds: OpenMetrics states seconds, Prometheus text milliseconds."""
    if kind == "openmetrics":
        if _SECONDS.fullmatch(word):
            return round(float(word) * 1_000)
    elif _TIME.fullmatch(word):
        return int(word)
    raise Unreadable("ingest.no_time", given=word[:40].decode("utf-8", "replace"))
