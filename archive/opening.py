"""Which archive this installation has, and opening it. Only the driver that is used is imported."""

from pathlib import Path
from typing import TYPE_CHECKING

from archive import schema
from archive.store import ArchiveError
from shared.model import reasons
from shared.settings import Settings

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

FILE = "archive.db"


def place_of(settings: Settings) -> Path | str:
    """Return the file of the SQLite archive, or the URL of the PostgreSQL database."""
    return settings.database_url or settings.data_dir.absolute() / FILE


def open_archive(place: Path | str) -> "SqlArchive":
    """
    Open an archive, and bring it to the schema of this release.

    Raises:
        ArchiveError: it cannot be reached or migrated.
        ConfigurationError: a newer release wrote it.
    """
    if isinstance(place, Path):
        from archive import sqlite

        try:
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ArchiveError(reasons.of("archive.file_unusable", file=str(place), error=str(error))) from error
        schema.agree(place, sqlite.revision(place))
        return sqlite.SqliteArchive(place)
    from archive import postgres

    schema.agree(place, postgres.revision(place))
    return postgres.PostgresArchive(place)


def open_to_read(place: Path | str) -> "SqlArchive | None":
    """
    Open an archive that another process writes; None if there is none yet.

    Raises:
        ArchiveError: it cannot be reached, or another release wrote it; its recorder migrates an older one.
    """
    if isinstance(place, Path):
        from archive import sqlite

        if not place.exists():
            return None
        return (
            sqlite.SqliteArchive(place, read_only=True) if _is_ready(sqlite.revision(place, read_only=True)) else None
        )
    from archive import postgres

    return postgres.PostgresArchive(place, read_only=True) if _is_ready(postgres.revision(place)) else None


def _is_ready(found: str | None) -> bool:
    if found is not None and found != schema.REVISIONS[-1]:
        code = "archive.older_schema" if found in schema.REVISIONS else "archive.newer_schema"
        raise ArchiveError(reasons.of(code, found=found, newest=schema.REVISIONS[-1]))
    return found is not None
