"""The body mappings as Redis keeps them: the version in force, and the versions before it."""

from redis import Redis

from shared.model import body_mapping, reasons
from shared.model.body_mapping import BodyMappings
from shared.redis import webhook_keys
from shared.store import versions
from shared.store.audit import NOBODY, Author


class Version(versions.Version):
    """Body mappings, and who put them in force. Version 0 has none."""

    mappings: BodyMappings = body_mapping.NONE
    """At most some 500 kB."""


_KEPT = versions.Versions(
    webhook_keys.body_mappings,
    Version(),
    content="mappings",
    action="webhooks.save",
    stored=lambda version: version.model_dump_json().encode(),
    document=lambda version: body_mapping.document(version.mappings),
    stale=lambda: reasons.of("stale.body_mappings"),
    missing=lambda version: reasons.of("missing.body_mappings", version=version),
    unreadable=lambda: reasons.of("problem.body_mappings_unreadable"),
    begins_built_in=True,
)
raw = _KEPT.raw
read = _KEPT.read
history = _KEPT.history
current = _KEPT.current


def save(redis: Redis, mappings: BodyMappings, *, author: Author = NOBODY, expected: int | None = None) -> Version:
    """Put body mappings in force, as `Versions.save`; `ingest` follows with the next request."""
    return _KEPT.save(redis, mappings, author, expected)


def restore(redis: Redis, version: int, *, author: Author = NOBODY, expected: int | None = None) -> Version:
    """Put earlier body mappings in force again, as `Versions.restore`; 0 has none."""
    return _KEPT.restore(redis, version, author, expected)
