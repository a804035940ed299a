"""The mapping of foreign labels as Redis keeps it: the version in force, and the versions before it."""

import time
from contextlib import suppress
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from redis import Redis

from shared.errors import ConfigurationError, NotFound, Stale
from shared.model import reasons, relabeling
from shared.model.relabeling import IngestMapping
from shared.redis import keys
from shared.store import audit
from shared.store.audit import NOBODY, Author

CURRENT = "current"
MAX_EARLIER = 20
"""Versions kept beside the one in force; one is at most some 100 kB."""


class Version(BaseModel):
    """A mapping, and who put it in force. Version 0 is the built-in default, before anybody has changed it."""

    model_config = ConfigDict(frozen=True)

    version: int = 0
    at_ms: int = 0
    by: str = ""
    by_principal: str = ""
    restored: int = 0
    """The earlier version that it restored; 0 if it is no undo."""
    mapping: IngestMapping = relabeling.DEFAULT


BUILT_IN = Version()


def current(redis: Redis) -> Version:
    """
    Return the version in force.

    Raises:
        ConfigurationError: what is stored cannot be read.
    """
    try:
        return read(raw(redis))
    except ValidationError:
        raise ConfigurationError(reasons.of("ingest.no_mapping")) from None


def raw(redis: Redis) -> bytes | None:
    """Return the version in force as stored; processes that follow it compare this, and read it when it differs."""
    return redis.hget(keys.ingest_mapping(), CURRENT)


def read(body: bytes | None) -> Version:
    """Return a stored version; fields that a newer release added are ignored, so that both can run side by side."""
    return Version.model_validate_json(body, extra="ignore") if body is not None else BUILT_IN


def history(redis: Redis) -> list[Version]:
    """Return the version in force and those before it, newest first. What cannot be read is left out."""
    found = []
    for name, body in redis.hgetall(keys.ingest_mapping()).items():
        with suppress(ValidationError):
            if name.isdigit():
                found.append(read(body))
    return sorted(found, key=lambda one: -one.version) or [BUILT_IN]


def replaced_since(redis: Redis, since_ms: int) -> list[IngestMapping]:
    """Return the mappings that another one has replaced since *since_ms*, the latest first."""
    versions = history(redis)
    found = []
    for newer, older in pairwise([*versions, BUILT_IN]):
        if newer.at_ms < since_ms or newer is older:
            break
        found.append(older.mapping)
    return found


def save(redis: Redis, mapping: IngestMapping, *, author: Author = NOBODY, expected: int | None = None) -> Version:
    """
    Put a mapping in force; every `ingest` process follows it within seconds.

    Args:
        expected: The version that it is to replace; None: replace any.

    Returns:
        The version in force; the one there was, if that has the same content.

    Raises:
        Stale: another caller has changed the mapping.
    """
    return _write(redis, lambda _: (mapping, 0), author, expected)


def restore(redis: Redis, version: int, *, author: Author = NOBODY, expected: int | None = None) -> Version:
    """
    Put the content of an earlier version in force again, as a new version.

    Raises:
        NotFound: there is no such version, or it cannot be read. Stale: as `save`.
    """

    def earlier(pipe: Any) -> tuple[IngestMapping, int]:
        if version == 0:
            return relabeling.DEFAULT, 0
        body = pipe.hget(keys.ingest_mapping(), str(version))
        with suppress(ValidationError):
            if body is not None:
                return read(body).mapping, version
        raise NotFound(reasons.of("missing.mapping", version=version))

    return _write(redis, earlier, author, expected)


def _write(redis: Redis, choose: Any, author: Author, expected: int | None) -> Version:
    def write(pipe: Any) -> Version:
        body = pipe.hget(keys.ingest_mapping(), CURRENT)
        try:
            before = read(body)
        except ValidationError:
            # Nobody can use it, and an administrator must be able to replace it.
            numbers = [int(name) for name in pipe.hkeys(keys.ingest_mapping()) if name.isdigit()]
            before = Version(version=max(numbers, default=0))
            body = None
        if expected is not None and expected != before.version:
            raise Stale(reasons.of("stale.mapping"))
        mapping, restored = choose(pipe)
        if body is not None and mapping == before.mapping:
            pipe.multi()
            return before
        after = Version(
            version=before.version + 1,
            at_ms=time.time_ns() // 1_000_000,
            by=author.name,
            by_principal=author.principal,
            restored=restored,
            mapping=mapping,
        )
        stored = after.model_dump_json()
        pipe.multi()
        pipe.hset(keys.ingest_mapping(), mapping={CURRENT: stored, str(after.version): stored})
        pipe.hdel(keys.ingest_mapping(), str(after.version - MAX_EARLIER - 1))
        was, now = relabeling.document(before.mapping), relabeling.document(mapping)
        audit.stage(pipe, author, "mapping.save", f"version {after.version}", was, now)
        return after

    return redis.transaction(write, keys.ingest_mapping(), value_from_callable=True)
