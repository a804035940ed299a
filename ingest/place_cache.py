"""
The series of one source and protocol: where each goes, how many there may be, and a sample of their labels. Pure.

A series counts from its first sample until it has not been sent for one to two periods (`begin_period`).
"""

import hashlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from weakref import WeakValueDictionary

from ingest import entities
from ingest.entities import Place
from shared.model.relabeling import Relabeling

PERIOD_S = 300.0
"""Also how long Prometheus looks back for the newest sample of a series before the series counts as gone."""
MAX_KEY_BYTES = 1_024
"""Longer label sets, some thousandth of all, are remembered by a digest."""
MAX_LABEL_SETS = 5_000
"""Of a sample: at 300 bytes each, some 2 MB."""
MAX_EXAMPLES = 500
"""Label sets of refused series that are kept to find the label with the many values."""
DEFAULT_LIMIT = 200_000

Labels = tuple[Mapping[str, str], Mapping[str, str]]
"""A series' own labels, its name as `__name__`, and those of its resource, which OpenTelemetry has apart."""


class Bound:
    """How many series one source may have, over all its protocols or targets."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self.limit = limit
        self._caches: WeakValueDictionary[int, PlaceCache] = WeakValueDictionary()
        """A target that is scraped no longer takes its series with it."""
        self.count = 0
        """How many series there are; where threads decode at once, a few more or less until `recount`."""
        self.refused = 0
        """Samples of series beyond the limit, ever."""
        self.examples: list[Mapping[str, str]] = []
        """Label sets that were refused in this period or the one before."""
        self._examples_before: list[Mapping[str, str]] = []

    def hold(self, cache: "PlaceCache") -> None:
        """Count the series of a cache from now on."""
        self._caches[id(cache)] = cache

    def caches(self) -> "list[PlaceCache]":
        """Return the caches that there still are; other threads may add some meanwhile."""
        return [cache for reference in self._caches.valuerefs() if (cache := reference()) is not None]

    def begin_period(self) -> None:
        """Forget what was not seen in the period that ends, nor in the one before it."""
        for cache in self.caches():
            cache.begin_period()
        self._examples_before, self.examples = self.examples, []
        self.recount()

    def recount(self) -> None:
        """Count the series of the caches that there still are. A job may have thousands of them."""
        self.count = sum(cache.count for cache in self.caches())

    def recent_examples(self) -> list[Mapping[str, str]]:
        """Return label sets of series refused lately; none, if none was."""
        return [*self._examples_before, *self.examples]


class PlaceCache:
    """Maps the bytes of a series' labels to its plugin and metric."""

    def __init__(
        self,
        relabeling: Relabeling,
        bound: Bound | None = None,
        types: dict[str, int] | None = None,
        earlier: Sequence[Relabeling] = (),
        note: Callable[[Place, Place], None] = lambda _before, _after: None,
    ) -> None:
        """
        Args:
            bound: Of the source; one of its own if not given.
            types: Family of metrics → its type, where a protocol states it apart from the samples.
            earlier: What held until lately.
            note: Called with the place that a series had under each of *earlier*, and the one that it has now.
        """
        self._earlier = earlier
        self._note_change = note
        self.relabeling = relabeling
        self.types: dict[str, int] = {} if types is None else types
        self.bound = bound if bound is not None else Bound()
        self.bound.hold(self)
        self._places: dict[bytes, Place] = {}
        self._before: dict[bytes, Place] = {}
        """Seen in the period before, and not yet in this one."""
        self._dropped: dict[bytes, Place] = {}
        """Series that the mapping drops; they do not count."""
        self._series: set[int] = set()
        """Hashes of plugin and metric in this period. Label sets that differ in dropped labels alone are one series."""
        self._series_before: set[int] = set()
        """Of the period before, without those of this one."""
        self._sample: dict[bytes, Labels] = {}
        self.one_of = 1
        """The sample holds the labels of one series in so many, chosen by the bytes of their labels."""

    @property
    def count(self) -> int:
        """How many series there are that the mapping keeps."""
        return len(self._series) + len(self._series_before)

    def __len__(self) -> int:
        return len(self._places) + len(self._before) + len(self._dropped)

    def clear(self) -> None:
        """Forget all series."""
        self.bound.count -= self.count
        self.forget_places()
        self._sample, self._series, self._series_before = {}, set(), set()

    def forget_places(self) -> None:
        """Forget all places, because something they were made of has changed; the series still count."""
        self._places, self._before, self._dropped = {}, {}, {}

    def begin_period(self) -> None:
        """Forget the series that were not seen in the period that ends."""
        self._before, self._places, self._dropped = self._places, {}, {}
        self.bound.count -= len(self._series_before)
        self._series_before, self._series = self._series, set()
        self._sample = {key: labels for key, labels in list(self._sample.items()) if key in self._before}

    def sample(self) -> list[Labels]:
        """Return labels of series of this period and the one before."""
        return list(self._sample.values())

    def known(self, key: bytes) -> Place | None:
        """Return the place of a series that is remembered; None if it is not."""
        key = _short(key)
        found = self._places.get(key)
        if found is None:
            found = self._before.pop(key, None)
            if found is None:
                return self._dropped.get(key)
            self._places[key] = found
            self._note(found)
        return found

    def find(
        self,
        key: bytes,
        read_labels: Callable[[], Mapping[str, str]],
        place: Callable[[Mapping[str, str], Relabeling], Place] = entities.place,
        resource: Mapping[str, str] | None = None,
    ) -> Place:
        """
        Return the place of the series whose labels have the bytes *key*.

        Args:
            read_labels: Called for a series that is not remembered.
            place: How the protocol makes a place of labels.
            resource: Labels that the protocol has apart, and *place* knows.

        Raises:
            Unreadable: the labels cannot be read; from *read_labels*.
        """
        found = self._places.get(key)
        if found is not None:
            return found
        return self.known(key) or self._new(_short(key), read_labels, place, resource or {})

    def always(self, key: bytes, read_labels: Callable[[], Mapping[str, str]]) -> Place:
        """Return the place of a series that counts but is never refused: what tells of the sender itself."""
        return self.known(key) or self._new(_short(key), read_labels, entities.place, {}, is_refusable=False)

    def _new(
        self,
        key: bytes,
        read_labels: Callable[[], Mapping[str, str]],
        place: Callable[[Mapping[str, str], Relabeling], Place],
        resource: Mapping[str, str],
        is_refusable: bool = True,
    ) -> Place:
        labels, bound = read_labels(), self.bound
        found = place(labels, self.relabeling)
        for relabeling in self._earlier:
            self._note_change(place(labels, relabeling), found)
        if found.entity is None:
            if len(self._dropped) < bound.limit:
                self._dropped[key] = found
        elif is_refusable and bound.count >= bound.limit and not self._is_known(found):
            if len(bound.examples) < MAX_EXAMPLES:
                bound.examples.append({**resource, **labels})
            return entities.BEYOND_LIMIT
        else:
            self._note(found)
            if len(self._places) < 2 * bound.limit:
                self._places[key] = found
        self._take_sample(key, labels, resource)
        return found

    def _is_known(self, place: Place) -> bool:
        series = _hash_of(place)
        return series in self._series or series in self._series_before

    def _note(self, place: Place) -> None:
        series = _hash_of(place)
        if series in self._series_before:
            self._series_before.discard(series)
        elif series not in self._series:
            self.bound.count += 1
        self._series.add(series)

    def _take_sample(self, key: bytes, labels: Mapping[str, str], resource: Mapping[str, str]) -> None:
        if zlib.crc32(key) % self.one_of:
            return
        self._sample[key] = (labels, resource)
        while len(self._sample) > MAX_LABEL_SETS:
            self.one_of *= 2
            self._sample = {k: found for k, found in list(self._sample.items()) if not zlib.crc32(k) % self.one_of}


def _short(key: bytes) -> bytes:
    return key if len(key) <= MAX_KEY_BYTES else hashlib.blake2b(key, digest_size=20).digest()


def _hash_of(place: Place) -> int:
    return hash((place.entity.plugin_id if place.entity is not None else "", place.metric))
