"""Archives of both kinds, for tests that must hold on both."""

import json
from collections.abc import Iterable, Iterator
from operator import itemgetter
from pathlib import Path

import pytest

from archive import chunk, compaction, journal
from archive.journal import Entry
from archive.opening import open_archive
from archive.store import DAY_MS, Archive, Batch, Cursor, Gap
from shared.model.events import LATEST_MS, Event
from shared.redis import streams

KINDS = ("sqlite", "postgres")


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a new archive is: a file, or the URL of a database."""
    if request.param == "sqlite":
        return tmp_path / "archive.db"
    url: str = request.getfixturevalue("postgres").new_database()
    return url


@pytest.fixture
def archive(place: Path | str) -> Iterator[Archive]:
    opened = open_archive(place)
    yield opened
    opened.close()


DAY = 20_000
"""A UTC day in the past."""
T0 = DAY * DAY_MS
STREAM = "events:0"


def add(archive: Archive, entries: list[Entry], stream: str = STREAM, gap: Gap | None = None) -> None:
    """Record entries behind those that are there."""
    before = archive.cursors().get(stream, Cursor())
    after = Cursor(entries[-1][0].decode(), before.read + len(entries))
    archive.record([Batch(stream, before, after, entries, gap)], T0)


def compact_all(archive: Archive, stream: str = STREAM) -> None:
    """Make chunks of all that is in a stream's journal."""
    rows = archive.journal(stream, 10**6, 10**12)
    entries = [entry for row in rows for entry in journal.decode(row.body)]
    archive.compact(stream, rows, compaction.compact(entries, archive))


def event(at_ms: int, plugin_id: str = "p", number: int = 0, **fields: object) -> Entry:
    """Return an entry with one event, which arrives 5 ms later."""
    body = {"plugin_id": plugin_id, "at_ms": at_ms, **fields}
    return f"{at_ms + 5}-{number}".encode(), [b"e", json.dumps(body).encode()]


def fill(archive: Archive) -> None:
    """Add something of everything: two days of events, commands, transitions, a gap, and a journal."""
    for day in range(2):
        entries = [
            event(
                T0 + day * DAY_MS + i * 1_000, name, n, metrics={"cpu": i / 10, "큰 값": 1.7e308}, states={"up": "예"}
            )
            for i in range(60)
            for n, name in enumerate(("p", "호스트", "a'b;--"))
        ]
        add(archive, entries)
        add(archive, [(b"%d-9" % (T0 + day * DAY_MS + 90_000), [b"c", b'{"kind": "resolve"}'])])
        compact_all(archive)
    add(archive, [(b"%d-0" % T0, [b"t", b"\x00\xff transition"])], "outbox:0", Gap("outbox:0", T0 - 9, T0, 3))
    add(archive, [event(T0 + 2 * DAY_MS - 3_000 + i * 1_000, metrics={"cpu": i}) for i in range(9)])


def events_in(archive: Archive, stream: str, plugin_ids: Iterable[str]) -> list[tuple[tuple[int, int, int], Event]]:
    """Return every event of a stream that is in the archive, in chunks or in the journal, in order."""
    found = [
        (arrival.order, arrival.event)
        for plugin_id in plugin_ids
        for one in archive.chunks(plugin_id, 0, LATEST_MS)
        for arrival in chunk.decode(one.body, plugin_id)
    ]
    rows = archive.journal(stream, 10**6, 10**12)
    return sorted(found + events_of([entry for row in rows for entry in journal.decode(row.body)]), key=itemgetter(0))


def events_of(entries: Iterable[Entry]) -> list[tuple[tuple[int, int, int], Event]]:
    """Return the good events of stream entries, with their places in the order of arrival."""
    found = []
    for entry_id, fields in entries:
        stamp, number = map(int, entry_id.split(b"-"))
        if fields[0] == b"e":
            for place, event in enumerate(streams.decode(fields[1], stamp)[0]):
                found.append(((stamp, number, place), event))
    return found
