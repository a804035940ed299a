"""The history of alerts as the archive keeps it, by pages, newest first."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archive.record_rows import unpacked
from archive.sql_lists import marks
from shared.model.alert_filter import Wanted

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

Place = tuple[int, str]
"""When an alert was first recorded, and its id."""


def page(archive: "SqlArchive", wanted: Wanted, since_ms: int, before: Place, limit: int) -> list[tuple[Place, bytes]]:
    """
    Return alerts first recorded from an instant on and before a place: place and document of each, newest first.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    conditions = [*_conditions(wanted), ("(first_at_ms, id) < (?, ?)", before)]
    where, values = _where(since_ms, conditions)
    sql = f"SELECT first_at_ms, id, document FROM alerts {where} ORDER BY first_at_ms DESC, id DESC LIMIT ?"  # noqa: S608
    with archive.transaction():
        rows = archive.execute(sql, (*values, limit)).fetchall()
    return [((first_at_ms, alert_id), unpacked(bytes(body))) for first_at_ms, alert_id, body in rows]


def count(archive: "SqlArchive", since_ms: int, before_ms: int) -> int:
    """Return how many alerts were first recorded between two instants."""
    with archive.transaction():
        sql = "SELECT count(*) FROM alerts WHERE first_at_ms >= ? AND first_at_ms < ?"
        return int(archive.execute(sql, (since_ms, before_ms)).fetchone()[0])


def _conditions(wanted: Wanted) -> Iterator[tuple[str, Sequence[object]]]:
    if wanted.severity:
        yield f"severity IN ({marks(wanted.severity)})", wanted.severity
    if wanted.state:
        yield f"state IN ({marks(wanted.state)})", wanted.state
    for column, value in (("plugin_id", wanted.plugin_id), ("rule_id", wanted.rule_id)):
        if value is not None:
            yield f"{column} = ?", (value,)
    if wanted.since_ms is not None:
        yield "started_at_ms >= ?", (wanted.since_ms,)
    if wanted.until_ms is not None:
        yield "started_at_ms <= ?", (wanted.until_ms,)


def _where(since_ms: int, conditions: Sequence[tuple[str, Sequence[object]]]) -> tuple[str, list[object]]:
    parts = ["first_at_ms >= ?", *(text for text, _ in conditions)]
    return f"WHERE {' AND '.join(parts)}", [since_ms, *(value for _, values in conditions for value in values)]
