"""The stream of the control plane's records as the recorder follows it. Shell around `record_entries`."""

from dataclasses import replace

from redis import Redis

from archive import record_entries
from archive.store import Batch, Cursor
from archive.stream import Stream
from shared.redis import keys


class RecordStream(Stream):
    """The records and the archive's cursor in them. They become rows as they are read."""

    NAME = "records:0"
    read_bytes = 1_048_576
    """A quarter of what is read of events: it is decoded at once, and takes several times its size."""

    def __init__(self, redis: Redis, cursor: Cursor) -> None:
        super().__init__(redis, self.NAME, keys.records(), keys.records_recorded(), cursor)

    def read(self) -> Batch | None:
        batch = super().read()
        if batch is None:
            return None
        rows = record_entries.rows_of(batch.entries)
        if batch.gap is not None:
            # What was lost of alerts that are still there is found by taking all of them up again.
            rows.is_out_of_date, rows.is_backfilled = True, False
        return replace(batch, rows=rows)
