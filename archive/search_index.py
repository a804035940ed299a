"""
The search's index in the archive's database, kept with each change of an alert in the transaction of the change. Shell.

What the index has of an alert is stored with it, so a change takes away exactly what an earlier one added: `refresh`
brings it to what the archive has, whatever came before. Alerts that are older than the index are added block by block.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from archive import search_terms, search_text
from archive.columns import Damaged
from archive.record_rows import unpacked
from archive.search_terms import WIDTH, Entry
from archive.sql_lists import marks, parts
from shared.model.alerts import UNREADABLE, Alert, TimelineEntry

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

_DOCUMENTS = ("number", "text", "value_terms")
_TERMS = ("block", "term", "members")
_BLOCKS = ("block", "first_from_ms", "first_to_ms", "began_from_ms", "began_to_ms")
_NOTHING = Entry("", frozenset())

_decode_alert = msgspec.json.Decoder(Alert).decode
_decode_line = msgspec.json.Decoder(TimelineEntry).decode


class _Row(NamedTuple):
    number: int
    alert_id: str
    first_at_ms: int
    started_at_ms: int
    document: bytes


_ROW = "SELECT number, id, first_at_ms, started_at_ms, document FROM alerts"


def lock(archive: "SqlArchive") -> int:
    """
    Keep other recorders from changing the index until the transaction ends; call it before alerts are written.

    Returns:
        The first block of the index; alerts in blocks before it are added by `add_older`.
    """
    (block,) = archive.execute(f"SELECT indexed_from FROM search_progress{archive.row_lock}").fetchone()  # noqa: S608
    return int(block)


def refresh(archive: "SqlArchive", alert_ids: Iterable[str]) -> None:
    """Bring the index to what the archive has of these alerts and of their timelines."""
    wanted = list(dict.fromkeys(alert_ids))
    if not wanted:
        return
    first = lock(archive) * WIDTH
    for some in parts(wanted):
        found = archive.execute(f"{_ROW} WHERE id IN ({marks(some)}) AND number >= ?", (*some, first)).fetchall()
        rows = [_Row(*row) for row in found]
        _change(archive, _entries(archive, rows))
        _widen(archive, rows)


def remove(archive: "SqlArchive", numbers: Sequence[int]) -> None:
    """Take alerts out of the index, which are removed."""
    first = lock(archive) * WIDTH
    _change(archive, {number: _NOTHING for number in numbers if number >= first})
    for block in {number // WIDTH for number in numbers}:
        # Each alert of the index has a term.
        sql = "DELETE FROM search_blocks WHERE block = ? AND NOT EXISTS (SELECT 1 FROM search_terms WHERE block = ?)"
        archive.execute(sql, (block, block))


def add_older(archive: "SqlArchive") -> bool:
    """Add the newest block of alerts that the index lacks, in a transaction; returns whether there are others."""
    with archive.transaction():
        first = lock(archive)
        if first == 0:
            return False
        sql = "SELECT max(number) FROM alerts WHERE number < ?"
        (newest,) = archive.execute(sql, (first * WIDTH,)).fetchone()
        block = 0 if newest is None else newest // WIDTH
        found = archive.execute(f"{_ROW} WHERE number >= ? AND number < ?", (block * WIDTH, first * WIDTH)).fetchall()
        rows = [_Row(*row) for row in found]
        _change(archive, _entries(archive, rows))
        _widen(archive, rows)
        archive.execute("UPDATE search_progress SET indexed_from = ?", (block,))
    return block > 0


def is_complete(archive: "SqlArchive") -> bool:
    """Tell whether all alerts are in the index."""
    (block,) = archive.execute("SELECT indexed_from FROM search_progress").fetchone()
    return bool(block == 0)


def _entries(archive: "SqlArchive", rows: Sequence[_Row]) -> dict[int, Entry]:
    """Return what the index must have of alerts, by their numbers."""
    lines: dict[str, list[TimelineEntry]] = {}
    for some in parts([row.alert_id for row in rows]):
        sql = (
            f"SELECT alert_id, line FROM timeline WHERE alert_id IN ({marks(some)})"  # noqa: S608
            " ORDER BY entry_ms, entry_number, item"
        )
        for alert_id, line in archive.execute(sql, some).fetchall():
            lines.setdefault(alert_id, []).append(_decode_line(line.encode()))
    return {row.number: _entry(row, lines.get(row.alert_id, ())) for row in rows}


def _entry(row: _Row, lines: Sequence[TimelineEntry]) -> Entry:
    try:
        alert = _decode_alert(unpacked(bytes(row.document)))
    except (Damaged, *UNREADABLE):
        # Nobody can read it, so nobody finds it.
        return _NOTHING
    return search_terms.entry_of(alert, search_text.searchable_of(alert, lines))


def _change(archive: "SqlArchive", entries: Mapping[int, Entry]) -> None:
    """Put entries in the place of what the index has of the same alerts."""
    before = _stored(archive, list(entries))
    # Block → term → alerts that get it, and alerts that lose it.
    changes: dict[int, dict[int, list[int]]] = {}
    for number, entry in entries.items():
        old = before.get(number, _NOTHING)
        if old == entry:
            continue
        block, bit = search_terms.place(number)
        had, has = old.terms(), entry.terms()
        for i, terms in enumerate((has - had, had - has)):
            for term in terms:
                changes.setdefault(block, {}).setdefault(term, [0, 0])[i] |= bit
    for block, terms_changed in changes.items():
        _write_terms(archive, block, terms_changed)
    changed = [number for number in entries if entries[number] != before.get(number, _NOTHING)]
    for some in parts(changed):
        archive.execute(f"DELETE FROM search_documents WHERE number IN ({marks(some)})", some)  # noqa: S608
    added = [(number, entries[number]) for number in changed if entries[number] != _NOTHING]
    rows = ((number, entry.text, search_terms.packed_values(entry.values)) for number, entry in added)
    archive.add_rows("search_documents", _DOCUMENTS, rows)


def _stored(archive: "SqlArchive", numbers: Sequence[int]) -> dict[int, Entry]:
    found: dict[int, Entry] = {}
    for some in parts(numbers):
        sql = f"SELECT number, text, value_terms FROM search_documents WHERE number IN ({marks(some)})"  # noqa: S608
        for number, text, values in archive.execute(sql, some).fetchall():
            found[number] = Entry(text, search_terms.unpacked_values(bytes(values)))
    return found


def _write_terms(archive: "SqlArchive", block: int, changes: Mapping[int, Sequence[int]]) -> None:
    members: dict[int, int] = {}
    for some in parts(list(changes)):
        where = f"FROM search_terms WHERE block = ? AND term IN ({marks(some)})"
        for term, body in archive.execute(f"SELECT term, members {where}", (block, *some)).fetchall():
            members[term] = search_terms.unpacked(bytes(body))
        archive.execute(f"DELETE {where}", (block, *some))
    after = ((term, (members.get(term, 0) | new) & ~gone) for term, (new, gone) in sorted(changes.items()))
    archive.add_rows("search_terms", _TERMS, ((block, term, search_terms.packed(has)) for term, has in after if has))


def _widen(archive: "SqlArchive", rows: Sequence[_Row]) -> None:
    """Extend the ranges of blocks to the instants of these alerts."""
    ranges: dict[int, tuple[int, int, int, int]] = {}
    for row in rows:
        first, began = row.first_at_ms, row.started_at_ms
        block = row.number // WIDTH
        least, most, began_least, began_most = ranges.get(block, (first, first, began, began))
        ranges[block] = (min(least, first), max(most, first), min(began_least, began), max(began_most, began))
    archive.execute_many(_EXTEND, [(block, *range_) for block, range_ in sorted(ranges.items())])


def _extended(name: str) -> str:
    """Return the lower or the higher of two instants, in SQL that both databases read."""
    sign = "<" if name.endswith("from_ms") else ">"
    return (
        f"{name} = CASE WHEN excluded.{name} {sign} search_blocks.{name}"
        f" THEN excluded.{name} ELSE search_blocks.{name} END"
    )


_EXTEND = (
    f"INSERT INTO search_blocks ({', '.join(_BLOCKS)}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608
    f" ON CONFLICT (block) DO UPDATE SET {', '.join(map(_extended, _BLOCKS[1:]))}"
)
