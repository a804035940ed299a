"""One stream as the recorder follows it: read by position, with what was trimmed before it was read. Shell."""

from collections.abc import Sequence

from redis import Redis
from redis.exceptions import ResponseError

from archive.journal import Entry
from archive.store import Batch, Cursor, Gap
from shared.redis import entry_ids

MOST_ENTRIES = 5_000
FIRST_ENTRIES = 100
"""Until their size is known: entries may have a megabyte each."""


class Stream:
    """A stream and the archive's cursor in it."""

    read_bytes = 4_194_304
    """What one read is sized for."""

    def __init__(self, redis: Redis, name: str, key: str, recorded: str, cursor: Cursor) -> None:
        """
        Args:
            name: In the archive.
            key: In Redis.
            recorded: The key that tells those who trim the stream how far it is recorded.
            cursor: How far it is recorded.
        """
        self.name = name
        self.recorded = recorded
        self.cursor = cursor
        self.has_more = True
        """Whether the newest read left something behind it."""
        self._redis = redis
        self._key = key
        self._most = FIRST_ENTRIES

    @property
    def newest_ms(self) -> int:
        """When the newest entry that is recorded arrived; 0 without any."""
        return entry_ids.order_of(self.cursor.position)[0] if self.cursor.position else 0

    def read(self) -> Batch | None:
        """Return what follows the cursor; None if there is nothing. It is read again until `advance` is called."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.xinfo_stream(self._key)
            pipe.xrange(self._key, min=f"({self.cursor.position}" if self.cursor.position else "-", count=self._most)
            about, found = pipe.execute(raise_on_error=False)
        if isinstance(about, ResponseError) and "no such key" in str(about):
            self.has_more = False
            return None
        for answer in (about, found):
            if isinstance(answer, Exception):
                raise answer
        end = about["last-generated-id"].decode()
        # A stream that was deleted and created again, or lost its end, has fewer entries than were read of it.
        before = Cursor(self.cursor.position, min(self.cursor.read, about["entries-added"]))
        if before.position and entry_ids.order_of(before.position) > entry_ids.order_of(end):
            return self._begin_again(end)
        entries: list[Entry] = [(entry_id, [*_flat(fields)]) for entry_id, fields in found]
        self.has_more = len(entries) == self._most
        self._resize(entries)
        trimmed = about["entries-added"] - about["length"]
        # What was trimmed before anything was recorded came before the archive, and is missing nowhere.
        lost = max(0, trimmed - before.read) if before.position else 0
        first_read = max(before.read, trimmed)
        if not entries and not lost:
            return None
        position = entries[-1][0].decode() if entries else end
        gap = Gap(self.name, _ms(before.position), _ms(entries[0][0].decode() if entries else end), lost)
        after = Cursor(position, first_read + len(entries))
        return Batch(self.name, before, after, entries, gap if lost else None)

    def advance(self, batch: Batch) -> None:
        """Go on after a batch, which is in the archive."""
        self.cursor = batch.after

    def _begin_again(self, end: str) -> Batch:
        """Return the step back to the beginning of a stream that was deleted and created again: its ids are lower."""
        self.has_more = True
        gap = Gap(self.name, _ms(self.cursor.position), _ms(end), 0)
        return Batch(self.name, self.cursor, Cursor("0-0", 0), [], gap)

    def _resize(self, entries: Sequence[Entry]) -> None:
        if entries:
            size = sum(len(part) for _, fields in entries for part in fields)
            self._most = max(1, min(MOST_ENTRIES, self.read_bytes * len(entries) // (size + 1)))


def _flat(fields: dict[bytes, bytes]) -> list[bytes]:
    return [part for pair in fields.items() for part in pair]


def _ms(entry_id: str) -> int:
    return int(entry_id.partition("-")[0] or 0)
