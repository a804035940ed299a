"""What a scrape becomes: events with the samples of the page and of the scrape itself, and ended series. Pure."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from ingest import entities
from ingest.format import Decoding, PlaceCache, Unreadable
from ingest.formats import openmetrics
from ingest.formats.openmetrics import Kind, Labelling
from shared.errors import Coded
from shared.model.events import Event

UP, DURATION, SAMPLES = "up", "scrape_duration_seconds", "scrape_samples_scraped"
ABOUT = (UP, DURATION, SAMPLES)
"""Metrics of a target itself, as Prometheus names them."""


class Failed(Coded):
    """A scrape that gave no page."""


class Page(Struct, frozen=True):
    """What a target answered."""

    body: bytes
    content_type: str
    size_bytes: int
    """As it came, perhaps compressed."""


class Outcome(Struct):
    """Events to write, and what is known afterwards."""

    events: list[Event]
    series: set[bytes]
    """Series that are open after this scrape, as they stand on the page."""
    samples: int = 0
    refused: int = 0


class Memory:
    """What is remembered of one target between two scrapes."""

    def __init__(self, labels: Mapping[str, str], cache: PlaceCache, series: set[bytes]) -> None:
        self.relabeling = cache.relabeling
        self.series = series
        """Series that may be open."""
        self._cache = cache
        self._labelling = Labelling(labels, cache)

    def taken(self, body: bytes, kind: Kind, at_ms: int, duration_s: float) -> Outcome:
        """
        Turn a page into events.

        Args:
            at_ms: Instant for which the scrape was due.

        Raises:
            Refused: the page cannot be read; the scrape has failed.
        """
        decoding = Decoding(self._cache, is_whole=True)
        seen = openmetrics.read(body, kind, self._labelling, at_ms, decoding)
        count = len(seen)
        self._describe(decoding, at_ms, {UP: 1.0, DURATION: duration_s, SAMPLES: float(count)})
        self._end(decoding, self.series - seen, seen, at_ms)
        decoded = decoding.finish()
        if self._keeps_too_many(len(seen), decoded.refused):
            # The labels of a target's series keep changing: those that are gone must leave room for new ones.
            self._cache.begin_period()
        return Outcome(decoded.events, seen, count, decoded.refused)

    def failed(self, at_ms: int, duration_s: float) -> Outcome:
        """Return the events of a scrape that gave no page that can be read: the target is down, its series end."""
        decoding = Decoding(self._cache)
        self._describe(decoding, at_ms, {UP: 0.0, DURATION: duration_s, SAMPLES: 0.0})
        self._end(decoding, self.series, (), at_ms)
        return Outcome(decoding.finish().events, set())

    def removed(self, at_ms: int) -> Outcome:
        """Return the events of a target that is no longer scraped: all its series end."""
        decoding = Decoding(self._cache)
        self._end(decoding, self.series, (), at_ms)
        for name in ABOUT:
            decoding.end(self._about(name), at_ms)
        return Outcome(decoding.finish().events, set())

    def _keeps_too_many(self, seen: int, refused: int) -> bool:
        """Tell whether many series are remembered that the page no longer has, or some where the job has no room."""
        bound = self._cache.bound
        has_room = bound.count < bound.limit * 9 // 10
        return self._cache.count > (seen * 3 // 2 + 1_000 if has_room else seen - refused + len(ABOUT))

    def _describe(self, decoding: Decoding, at_ms: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            decoding.add(self._about(name), at_ms, value)

    def _about(self, name: str) -> entities.Place:
        return self._labelling.about(name)

    def _end(self, decoding: Decoding, ended: Iterable[bytes], seen: Iterable[bytes], at_ms: int) -> None:
        gone = {self._identity(series): series for series in ended}
        if gone:
            # The same series may be written in another way, e.g. with its labels in another order.
            for identity in {self._identity(series) for series in seen} & gone.keys():
                del gone[identity]
        for series in gone.values():
            place = self._placed(series)
            if place is not None:
                decoding.end(place, at_ms)

    def _identity(self, series: bytes) -> tuple[str, str]:
        place = self._placed(series)
        return (place.entity.plugin_id, place.metric) if place is not None and place.entity is not None else ("", "")

    def _placed(self, series: bytes) -> entities.Place | None:
        try:
            return self._labelling.place(series)
        except Unreadable:
            return None  # Kept by another release.
