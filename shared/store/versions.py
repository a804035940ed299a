"""What is put in force as a whole, such as the mapping and the routes: the version in force, and those before it."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from redis import Redis

from shared.errors import ConfigurationError, NotFound, Stale
from shared.model.reasons import Reason
from shared.model.records import Record
from shared.store import audit, records
from shared.store.audit import Author

CURRENT = "current"
MAX_EARLIER = 20
"""Versions kept beside the one in force."""


class Version(BaseModel):
    """Who put something in force, and when. Version 0 is what holds before anybody has changed it."""

    model_config = ConfigDict(frozen=True)

    version: int = 0
    at_ms: int = 0
    by: str = ""
    by_principal: str = ""
    restored: int = 0
    """The earlier version that it restored; 0 if it is no undo."""


V = TypeVar("V", bound=Version)


@dataclass(frozen=True)
class Versions(Generic[V]):
    """The versions in one hash: `current`, and each by its number."""

    key: Callable[[], str]
    built_in: V
    """Version 0."""
    content: str
    """The field of the version that holds what is put in force."""
    action: str
    """In the audit."""
    stored: Callable[[V], bytes]
    """A version as JSON."""
    document: Callable[[V], Any]
    """Its content as the audit shows it."""
    stale: Callable[[], Reason]
    missing: Callable[[int], Reason]
    unreadable: Callable[[], Reason]
    """Why there is no version in force, where what is stored cannot be read."""
    recorded: Callable[[V, bytes, Author], Record | None] = lambda _version, _stored, _author: None
    """The record of a change, for the archive; None: none."""
    begins_built_in: bool = False
    """Whether the built-in content is in force where nothing is stored, so that putting it in force changes nothing."""

    def raw(self, redis: Redis) -> bytes | None:
        """Return the version in force as stored; processes that follow it compare this, and read it when it differs."""
        return redis.hget(self.key(), CURRENT)

    def read(self, body: bytes | None) -> V:
        """
        Return a stored version; fields that a newer release added are ignored, so that both can run side by side.

        Raises:
            ValidationError: it cannot be read.
        """
        return type(self.built_in).model_validate_json(body, extra="ignore") if body is not None else self.built_in

    def current(self, redis: Redis) -> V:
        """
        Return the version in force.

        Raises:
            ConfigurationError: what is stored cannot be read.
        """
        try:
            return self.read(self.raw(redis))
        except ValidationError:
            raise ConfigurationError(self.unreadable()) from None

    def history(self, redis: Redis) -> list[V]:
        """Return the version in force and those before it, newest first. What cannot be read is left out."""
        found = []
        for name, body in redis.hgetall(self.key()).items():
            with suppress(ValidationError):
                if name.isdigit():
                    found.append(self.read(body))
        return sorted(found, key=lambda one: -one.version) or [self.built_in]

    def save(self, redis: Redis, content: Any, author: Author, expected: int | None) -> V:
        """
        Put a content in force.

        Args:
            expected: The version that it is to replace; None: replace any.

        Returns:
            The version in force; the one there was, if that has the same content.

        Raises:
            Stale: another caller has changed it.
        """
        return self._write(redis, lambda _: (content, 0), author, expected)

    def restore(self, redis: Redis, version: int, author: Author, expected: int | None) -> V:
        """
        Put the content of an earlier version in force again, as a new version.

        Raises:
            NotFound: there is no such version, or it cannot be read. Stale: as `save`.
        """

        def earlier(pipe: Any) -> tuple[Any, int]:
            if version == 0:
                return self._content(self.built_in), 0
            body = pipe.hget(self.key(), str(version))
            with suppress(ValidationError):
                if body is not None:
                    return self._content(self.read(body)), version
            raise NotFound(self.missing(version))

        return self._write(redis, earlier, author, expected)

    def _content(self, version: V) -> Any:
        return getattr(version, self.content)

    def _write(self, redis: Redis, choose: Callable[[Any], tuple[Any, int]], author: Author, expected: int | None) -> V:
        def write(pipe: Any) -> V:
            change = self.prepare(pipe, choose, author, expected)
            pipe.multi()
            self.stage(pipe, change, author)
            return change.after

        return redis.transaction(write, self.key(), value_from_callable=True)

    def prepare(
        self, pipe: Any, choose: Callable[[Any], tuple[Any, int]], author: Author, expected: int | None = None
    ) -> "Change[V]":
        """
        Work out the next version on a pipeline that watches the key and is not in a transaction yet.

        Args:
            choose: Returns the content, and the number of the version that it restores (0: none).

        Raises:
            Stale: another caller has changed it.
        """
        body = pipe.hget(self.key(), CURRENT)
        is_comparable = body is not None or self.begins_built_in
        try:
            before = self.read(body)
        except ValidationError:
            # Nobody can use it, and an administrator must be able to replace it.
            numbers = [int(name) for name in pipe.hkeys(self.key()) if name.isdigit()]
            before = self.built_in.model_copy(update={"version": max(numbers, default=0)})
            is_comparable = False
        if expected is not None and expected != before.version:
            raise Stale(self.stale())
        content, restored = choose(pipe)
        if is_comparable and content == self._content(before):
            return Change(before, before)
        after = before.model_copy(
            update={
                "version": before.version + 1,
                "at_ms": time.time_ns() // 1_000_000,
                "by": author.name,
                "by_principal": author.principal,
                "restored": restored,
                self.content: content,
            }
        )
        return Change(before, after)

    def stage(self, pipe: Any, change: "Change[V]", author: Author) -> None:
        """Queue a change on a pipeline that is in a transaction."""
        before, after = change
        if after is before:
            return
        stored = self.stored(after)
        pipe.hset(self.key(), mapping={CURRENT: stored, str(after.version): stored})
        pipe.hdel(self.key(), str(after.version - MAX_EARLIER - 1))
        was, now = self.document(before), self.document(after)
        audit.stage(pipe, author, self.action, f"version {after.version}", was, now)
        if (record := self.recorded(after, stored, author)) is not None:
            records.stage(pipe, [record])


class Change(NamedTuple, Generic[V]):
    """The version in force, and the one to come; the same where nothing changes."""

    before: V
    after: V
