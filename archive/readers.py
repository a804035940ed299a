"""
Connections of a process that reads the archive while others write it: few, opened when needed, shared by its threads.

At rest a SQLite archive has none open. Of PostgreSQL, those that were used stay open for the next request.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from archive.opening import open_to_read
from archive.store import ArchiveError
from shared.model import reasons

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

MOST = 4
"""Connections of one process. Further requests wait."""
WAIT_S = 5.0
AGAIN_S = 5.0
"""An archive that could not be opened is left alone for so long: each request would wait for it in vain."""


class Readers:
    """What lends connections to the archive."""

    def __init__(
        self,
        place: Path | str,
        open_archive: Callable[[Path | str], "SqlArchive | None"] = open_to_read,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            place: As of `opening.place_of`.
            clock: Seconds, of a clock that nobody sets.
        """
        self._place = place
        self._open = open_archive
        self._clock = clock
        self._free = threading.Semaphore(MOST)
        self._idle: list[SqlArchive] = []
        """Used from its end; appending and popping are atomic."""
        self._failure: tuple[float, ArchiveError] | None = None

    @contextmanager
    def reading(self) -> "Iterator[SqlArchive | None]":
        """
        Lend the archive to the calling thread; None if there is none yet.

        Raises:
            ArchiveError: it cannot be reached, or all its connections are in use.
        """
        if not self._free.acquire(timeout=WAIT_S):
            raise ArchiveError(reasons.of("archive.busy", count=MOST))
        try:
            archive = self._opened()
            try:
                yield archive
            except BaseException:
                # Whatever went wrong may be the connection's fault; the next one asks a new one.
                if archive is not None:
                    archive.close()
                raise
            self._keep(archive)
        finally:
            self._free.release()

    def _opened(self) -> "SqlArchive | None":
        with suppress(IndexError):
            kept = self._idle.pop()
            try:
                kept.cursors()
                return kept
            except ArchiveError:
                kept.close()  # The server was started again since.
        if self._failure is not None and self._clock() - self._failure[0] < AGAIN_S:
            raise self._failure[1]
        try:
            found = self._open(self._place)
        except ArchiveError as error:
            self._failure = (self._clock(), error)
            raise
        self._failure = None
        return found

    def close(self) -> None:
        """Close the connections that nobody uses now."""
        while self._idle:
            self._idle.pop().close()

    def _keep(self, archive: "SqlArchive | None") -> None:
        if archive is None:
            return
        if isinstance(self._place, Path):
            archive.close()  # Opening a file takes less than a millisecond, and its cache some megabytes.
        else:
            self._idle.append(archive)
