"""The mapping of foreign labels as Redis keeps it: the version in force, and the versions before it."""

from itertools import pairwise

from redis import Redis

from shared.model import reasons, relabeling
from shared.model.relabeling import IngestMapping
from shared.redis import keys
from shared.store import versions
from shared.store.audit import NOBODY, Author


class Version(versions.Version):
    """A mapping, and who put it in force. Version 0 is the built-in default, before anybody has changed it."""

    mapping: IngestMapping = relabeling.DEFAULT
    """At most some 100 kB."""


BUILT_IN = Version()
_KEPT = versions.Versions(
    keys.ingest_mapping,
    BUILT_IN,
    content="mapping",
    action="mapping.save",
    stored=lambda version: version.model_dump_json().encode(),
    document=lambda version: relabeling.document(version.mapping),
    stale=lambda: reasons.of("stale.mapping"),
    missing=lambda version: reasons.of("missing.mapping", version=version),
    unreadable=lambda: reasons.of("ingest.no_mapping"),
    begins_built_in=False,
)
raw = _KEPT.raw
read = _KEPT.read
history = _KEPT.history
current = _KEPT.current


def replaced_since(redis: Redis, since_ms: int) -> list[IngestMapping]:
    """Return the mappings that another one has replaced since *since_ms*, the latest first."""
    found = []
    for newer, older in pairwise([*history(redis), BUILT_IN]):
        if newer.at_ms < since_ms or newer is older:
            break
        found.append(older.mapping)
    return found


def save(redis: Redis, mapping: IngestMapping, *, author: Author = NOBODY, expected: int | None = None) -> Version:
    """Put a mapping in force, as `Versions.save`; every `ingest` process follows it within seconds."""
    return _KEPT.save(redis, mapping, author, expected)


def restore(redis: Redis, version: int, *, author: Author = NOBODY, expected: int | None = None) -> Version:
    """Put an earlier mapping in force again, as `Versions.restore`; 0 is the built-in default."""
    return _KEPT.restore(redis, version, author, expected)
