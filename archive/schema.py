"""
The schema of the archive: which one a database has, and the way to that of this release.

Alembic and SQLAlchemy do it in a process of their own (`python -m archive.schema`), which ends: they take 20 MB, and
the recorder needs them at no other time.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from archive.store import ArchiveError
from shared.errors import ConfigurationError
from shared.model import reasons

REVISIONS = ("0001", "0002", "0003")
"""Of this release, oldest first."""
MIGRATE_S = 600
_ADVISORY_LOCK = 0x6561_6172_6368
"""Two recorders that start together migrate one after the other."""
_MIGRATIONS = Path(__file__).parent / "migrations"


def agree(place: Path | str, found: str | None) -> None:
    """
    Bring a database to the schema of this release.

    Args:
        place: The file of a SQLite archive, or the URL of a PostgreSQL database.
        found: The revision that it has; None if it is new.

    Raises:
        ArchiveError: migrating it failed.
        ConfigurationError: a newer release wrote it.
    """
    if found is not None and found not in REVISIONS:
        raise ConfigurationError(reasons.of("archive.newer_schema", found=found, newest=REVISIONS[-1]))
    if found == REVISIONS[-1]:
        return
    kind = "file" if isinstance(place, Path) else "url"
    # The URL has a password, so it goes by standard input: other users of the machine see the command line.
    command = [sys.executable, "-m", "archive.schema", kind]
    done = subprocess.run(command, input=str(place), capture_output=True, text=True, timeout=MIGRATE_S, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise ArchiveError(reasons.of("archive.not_migrated", error=lines[-1][:300] if lines else "?"))


def _migrate(place: Path | str) -> None:
    """Run Alembic, in one transaction that nobody else can begin meanwhile."""
    import sqlalchemy
    from alembic import command
    from alembic.config import Config

    from archive import postgres, sqlite

    def connect() -> Any:
        return sqlite.connect(place) if isinstance(place, Path) else postgres.connect(place, autocommit=False)

    dialect, lock = ("sqlite", "BEGIN IMMEDIATE")
    if not isinstance(place, Path):
        dialect, lock = "postgresql+psycopg", f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"
    engine = sqlalchemy.create_engine(f"{dialect}://", creator=connect, poolclass=sqlalchemy.NullPool)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with engine.connect() as connection:
        connection.exec_driver_sql(lock)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


if __name__ == "__main__":
    given = sys.stdin.read()
    _migrate(Path(given) if sys.argv[1] == "file" else given)
