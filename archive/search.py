"""
Searching all alerts that are kept: pages, newest first. Shell around `search_query` and `search_terms`.

The index finds candidates block by block; the alerts themselves decide. A page ends when it is full or when its time is
over, and its cursor goes on from there, so a search takes as long as its reader lets it and no statement takes long.
"""

import heapq
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from archive import search_index, search_terms
from archive.record_rows import unpacked
from archive.search_query import Group, Search
from archive.sql_lists import marks, parts

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

MOST_S = 1.0
"""How long a page may take; then it ends, with what was found."""
_RANGES = 256
"""Blocks whose ranges are read at once."""
_FEWEST_BLOCKS, _MOST_BLOCKS = 2, 64
"""Blocks that are looked up at once: few at first, since a frequent word fills a page from them."""
_COMPARED = 64
"""Candidates that are compared at once."""
_LAST_NUMBER = (1 << 31) - 1


class Place(NamedTuple):
    """When an alert was first recorded, and its number; the order of the answers."""

    first_at_ms: int
    number: int


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of a search."""

    documents: list[bytes]
    """Alerts as JSON, newest first."""
    next: Place | None
    """Behind this place, the search goes on; None: all was searched."""
    is_index_complete: bool
    """Whether the index has all alerts; after an upgrade the recorder adds those that were there."""


class _Block(NamedTuple):
    number: int
    newest_ms: int


def find(
    archive: "SqlArchive",
    search: Search,
    before: Place | None,
    limit: int,
    now_ms: int,
    clock: Callable[[], float] = time.monotonic,
) -> Hits:
    """
    Return the alerts behind a place that *search* finds.

    Args:
        now_ms: Until then, open alerts have lasted.
        clock: Seconds.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    with archive.transaction():
        is_complete = search_index.is_complete(archive)
        page = _Page(archive, search, before, limit, now_ms, clock)
        following = page.run()
        return Hits(page.documents[:limit], following, is_complete)


class _Page:
    """One page as it is filled."""

    def __init__(
        self,
        archive: "SqlArchive",
        search: Search,
        before: Place | None,
        limit: int,
        now_ms: int,
        clock: Callable[[], float],
    ) -> None:
        self.documents: list[bytes] = []
        self._archive = archive
        self._search = search
        self._groups = search.groups()
        self._before = before
        self._limit = limit
        self._now_ms = now_ms
        self._clock = clock
        self._ends_at_s = clock() + MOST_S
        self._last = before
        """The last candidate that was compared and belongs to the page, if it matches."""
        self._waiting: list[tuple[int, int]] = []
        """A heap of candidates, newest first, which blocks that are not looked at yet may have to precede."""

    def run(self) -> Place | None:
        """Fill the page; return where the next one begins."""
        blocks = _blocks(self._archive, self._search, self._before)
        size = _FEWEST_BLOCKS
        block = next(blocks, None)
        while block is not None:
            chunk = [block, *islice(blocks, size - 1)]
            size = min(2 * size, _MOST_BLOCKS)
            sets = _members(self._archive, [one.number for one in chunk], self._groups)
            following = next(blocks, None)
            for one, behind in zip(chunk, [*chunk[1:], following], strict=True):
                self._take(one, sets.get(one.number, 0))
                reached_ms = None if behind is None else behind.newest_ms
                if self._compare(reached_ms):
                    return self._last
                if reached_ms is not None and self._is_late() and self._has_come_to(reached_ms):
                    # All that is newer was compared.
                    return Place(reached_ms, _LAST_NUMBER)
            block = following
        return None

    def _has_come_to(self, reached_ms: int) -> bool:
        """Tell whether a page that ends here has come further than the page before."""
        return self._before is None or Place(reached_ms, _LAST_NUMBER) < self._before

    def _is_late(self) -> bool:
        return self._clock() > self._ends_at_s

    def _take(self, block: _Block, members: int) -> None:
        """Add the candidates of a block."""
        for some in parts(search_terms.numbers(block.number, members)):
            sql = f"SELECT number, first_at_ms, started_at_ms FROM alerts WHERE number IN ({marks(some)})"  # noqa: S608
            for number, first_at_ms, started_at_ms in self._archive.execute(sql, some).fetchall():
                is_behind = self._before is None or (first_at_ms, number) < self._before
                if is_behind and self._search.began(started_at_ms):
                    heapq.heappush(self._waiting, (-first_at_ms, -number))

    def _compare(self, reached_ms: int | None) -> bool:
        """Compare the candidates that are newer than all blocks to come; return whether the page ends here."""
        while self._waiting and (reached_ms is None or -self._waiting[0][0] > reached_ms):
            places: list[Place] = []
            while len(places) < _COMPARED and self._waiting:
                if reached_ms is not None and -self._waiting[0][0] <= reached_ms:
                    break
                first, number = heapq.heappop(self._waiting)
                places.append(Place(-first, -number))
            matching = self._matching([place.number for place in places])
            for place in places:
                if place.number in matching:
                    self.documents.append(matching[place.number])
                    if len(self.documents) > self._limit:
                        return True
                self._last = place
            if self._is_late() and (self._waiting or reached_ms is not None):
                return True
        return False

    def _matching(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """Return the documents of those candidates that the search finds."""
        sql = (
            "SELECT number, state, started_at_ms, resolved_at_ms, document, text"  # noqa: S608
            f" FROM alerts JOIN search_documents USING (number) WHERE number IN ({marks(numbers)})"
        )
        found = {}
        for number, state, started_at_ms, resolved_at_ms, body, text in self._archive.execute(sql, numbers).fetchall():
            ended_at_ms = resolved_at_ms if state == "resolved" else self._now_ms
            if self._search.is_in(text) and self._search.lasted(ended_at_ms - started_at_ms):
                found[number] = unpacked(bytes(body))
        return found


def _blocks(archive: "SqlArchive", search: Search, before: Place | None) -> Iterator[_Block]:
    """Yield the blocks that may have alerts behind a place, by the newest of each."""
    conditions, values = ["1 = 1"], []
    for condition, bound_ms in (
        ("first_from_ms <= ?", before and before.first_at_ms),
        ("began_to_ms >= ?", search.since_ms),
        ("began_from_ms <= ?", search.until_ms),
    ):
        if bound_ms is not None:
            conditions.append(condition)
            values.append(bound_ms)
    where = " AND ".join(conditions)
    order = "ORDER BY first_to_ms DESC, block DESC LIMIT ?"
    after = ""
    key: tuple[int, ...] = ()
    while True:
        sql = f"SELECT block, first_to_ms FROM search_blocks WHERE {where}{after} {order}"  # noqa: S608
        rows = [_Block(*row) for row in archive.execute(sql, (*values, *key, _RANGES)).fetchall()]
        yield from rows
        if len(rows) < _RANGES:
            return
        after, key = " AND (first_to_ms, block) < (?, ?)", (rows[-1].newest_ms, rows[-1].number)


def _members(archive: "SqlArchive", blocks: Sequence[int], groups: Sequence[Group]) -> dict[int, int]:
    """Return, for each block that has any, the alerts that have a term of each group."""
    found: dict[int, int] = {}
    for i, group in enumerate(groups):
        left = list(found) if i else list(blocks)
        if not left:
            break
        sets = dict.fromkeys(left, 0)
        sql = (
            f"SELECT block, members FROM search_terms WHERE block IN ({marks(left)})"  # noqa: S608
            f" AND term IN ({marks(group)})"
        )
        for block, body in archive.execute(sql, (*left, *group)).fetchall():
            sets[block] |= search_terms.unpacked(bytes(body))
        found = {block: has for block in left if (has := sets[block] & found[block] if i else sets[block])}
    return found
