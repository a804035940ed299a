"""Who sends, and the mapping that holds for it: places per API key or scrape job, under the mapping in force."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError
from redis import Redis

from api.auth.identity import Identity
from ingest.place_cache import DEFAULT_LIMIT, Bound, PlaceCache
from ingest.renames import Renames
from shared.errors import ConfigurationError
from shared.log import Logger
from shared.model import reasons
from shared.model.relabeling import IngestMapping, Relabeling
from shared.model.seen import Seen
from shared.redis import connection
from shared.store import mapping_store
from shared.store.mapping_store import Version

FOLLOW_S = 2.0
"""How often a process compares the mapping that it uses with the one in force."""
SETTLE_S = 10.0
"""Until all processes follow a changed mapping, and what was decoded before is written."""
MAX_SEEN = 10_000
"""Label sets that one process shows; at 300 bytes each."""
EARLIER_MS = 86_400_000
"""How long a mapping that was replaced is looked at, for alerts of plugins that it had named."""


@dataclass(frozen=True)
class Mappings:
    """The mapping in force, and what it replaced in the last day."""

    version: Version
    earlier: Sequence[IngestMapping]
    renames: Renames
    scraped: dict[str, "Job"] = field(default_factory=dict)
    """Scrape jobs, by name."""

    def cache(
        self,
        choose: Callable[[IngestMapping], Relabeling],
        bound: Bound | None = None,
        types: dict[str, int] | None = None,
    ) -> PlaceCache:
        """
        Return an empty cache of places.

        Args:
            choose: Returns what a mapping says for these series.
        """
        relabeling = choose(self.version.mapping)
        earlier: list[Relabeling] = []
        for mapping in self.earlier:
            if (one := choose(mapping)) != relabeling and one not in earlier:
                earlier.append(one)
        return PlaceCache(relabeling, bound, types, earlier, self.renames.note)


class Source:
    """One API key's series, under one version of the mapping."""

    def __init__(self, name: str, mappings: "Mappings", types: dict[str, dict[str, int]], limit: int) -> None:
        """
        Args:
            types: What this sender stated about the types of its metrics, by protocol.
            limit: How many series it may have.
        """
        self.name = name
        self.bound = Bound(limit)
        self._mappings = mappings
        self._types = types
        self._caches: dict[str, PlaceCache] = {}
        self._lock = threading.Lock()

    def cache(self, format_name: str) -> PlaceCache:
        """Return the places of the series of one protocol, by the bytes of their labels."""
        found = self._caches.get(format_name)
        if found is None:
            door = format_name.partition(".")[0]
            types = self._types.setdefault(format_name, {})
            with self._lock:
                found = self._caches.get(format_name)
                if found is None:
                    made = self._mappings.cache(lambda mapping: mapping.of(self.name, door), self.bound, types)
                    found = self._caches[format_name] = made
        return found

    def samples(self) -> list[tuple[str, PlaceCache]]:
        """Return the doors that it uses, and its series there."""
        return [(name.partition(".")[0], cache) for name, cache in list(self._caches.items())]


class Job:
    """The series of one scrape job, over all its targets, under one version of the mapping."""

    def __init__(self, name: str, mappings: Mappings, limit: int) -> None:
        """
        Args:
            limit: How many series all its targets together may have.
        """
        self.name = name
        self.bound = Bound(limit)
        self._mappings = mappings

    def cache(self) -> PlaceCache:
        """Return an empty cache for the series of one target; it counts as long as the target keeps it."""
        return self._mappings.cache(lambda mapping: mapping.of_job(self.name), self.bound)

    def samples(self) -> list[tuple[str, PlaceCache]]:
        """Return the series of each target, with the name of the door."""
        return [("scrape", cache) for cache in self.bound.caches()]


class Sources:
    """All sources of this process; `follow` keeps the mapping up to date."""

    def __init__(self, redis: Redis, log: Logger, limit: int = DEFAULT_LIMIT) -> None:
        """
        Args:
            limit: How many series each key may have, and each scrape job.
        """
        self._limit = limit
        self._redis = redis
        self._log = log
        self._stored: bytes | None = None
        self.renames = Renames()
        self.renames_due_s = 0.0
        """By the monotonic clock: from then on, no request uses the mapping before any more."""
        self._known: tuple[Mappings, dict[str, Source]] | None = None
        """Replaced as a whole, so that a request has one version from its first series to its last."""
        self.refused = 0
        """Samples of series beyond a limit, under the mappings before this one."""
        self.seen_of_statsd: Callable[[], Sequence[Mapping[str, str]]] = tuple
        """Returns tags and metrics that the StatsD listener published last."""
        self._types: dict[str, dict[str, dict[str, int]]] = {}
        """What senders stated about the types of their metrics; it holds under every mapping."""

    @property
    def version(self) -> Version | None:
        """The mapping that is used; None until it has been read, and nothing may be taken before."""
        return self._known[0].version if self._known is not None else None

    def follow(self) -> None:
        """
        Use the mapping in force, if it is another one.

        Raises:
            ConfigurationError: it cannot be read. What was in force before stays: with the default, every plugin would
                get another name.
        """
        stored = mapping_store.raw(self._redis)
        if self._known is not None and stored == self._stored:
            return
        try:
            version = mapping_store.read(stored)
            earlier = mapping_store.replaced_since(self._redis, connection.server_ms(self._redis) - EARLIER_MS)
        except ValidationError as error:
            self._log.error("ingest.mapping_unreadable", reason=str(error)[:500])
            raise ConfigurationError(reasons.of("ingest.no_mapping")) from None
        self.refused += sum(source.bound.refused for source in self.all())
        self.renames.forget()
        self.renames_due_s = time.monotonic() + SETTLE_S
        self._known = (Mappings(version, earlier, self.renames), {})
        self._stored = stored
        self._log.info("ingest.mapping", version=version.version)

    def of_job(self, name: str) -> Relabeling | None:
        """Return what holds for a scrape job; None until the mapping has been read."""
        return self._known[0].version.mapping.of_job(name) if self._known is not None else None

    def of_statsd(self) -> tuple[Relabeling, list[Relabeling]] | None:
        """Return what holds for StatsD, and what held in the last day; None until the mapping has been read."""
        if self._known is None:
            return None
        mappings = self._known[0]
        in_force = mappings.version.mapping.of_statsd()
        earlier = [mapping.of_statsd() for mapping in mappings.earlier]
        return in_force, [one for i, one in enumerate(earlier) if one != in_force and one not in earlier[:i]]

    def cache_of_job(self, name: str) -> PlaceCache:
        """Return an empty cache for the series of a scrape job. The mapping must have been read."""
        assert self._known is not None
        mappings = self._known[0]
        return mappings.scraped.setdefault(name, Job(name, mappings, self._limit)).cache()

    def of(self, caller: Identity) -> Source:
        """Return the source of a caller. The mapping must have been read."""
        assert self._known is not None
        mappings, sources = self._known
        found = sources.get(caller.principal)
        if found is None:
            types = self._types.setdefault(caller.principal, {})
            found = sources.setdefault(caller.principal, Source(caller.name, mappings, types, self._limit))
        return found

    def seen(self) -> list[Seen]:
        """Return label sets of the series seen lately; of each source an equal part, if there are too many."""
        if self._known is None:
            return []
        caches = [(source.name, *one) for source in self.all() for one in source.samples()]
        most = max(1, MAX_SEEN // max(1, len(caches)))
        found = []
        for name, door, cache in caches[:MAX_SEEN]:
            sample = cache.sample()
            one_of = cache.one_of * max(1, -(-len(sample) // most))
            series = [(dict(labels), dict(resource)) for labels, resource in sample[:most]]
            found.append(Seen(name, door, one_of, series))
        if of_statsd := self.seen_of_statsd():
            found.append(Seen("statsd", "statsd", 1, [(dict(labels), {}) for labels in of_statsd]))
        return found

    def all(self) -> "list[Source | Job]":
        """Return the keys that have sent something since the mapping changed, and the jobs that are scraped."""
        if self._known is None:
            return []
        mappings, sources = self._known
        return [*list(sources.values()), *list(mappings.scraped.values())]
