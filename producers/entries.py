"""How events are packed into the entries of a stream: many share one, so that a busy plugin costs Redis little."""

from collections.abc import Iterator

from producers.event_body import MAX_ENTRY_BYTES

MAX_EVENTS_PER_ENTRY = 200
MAX_ENTRIES_PER_BATCH = 100


def batches(bodies: list[bytes]) -> Iterator[tuple[list[bytes], int]]:
    """Yield the entries of each batch that is sent at once, and how many events they hold; events keep their order."""
    runs = list(_cut(bodies))
    for start in range(0, len(runs), MAX_ENTRIES_PER_BATCH):
        batch = runs[start : start + MAX_ENTRIES_PER_BATCH]
        yield [_pack(run) for run in batch], sum(map(len, batch))


def _cut(bodies: list[bytes]) -> Iterator[list[bytes]]:
    """Yield runs of events small enough for one entry."""
    run: list[bytes] = []
    size = 0
    for body in bodies:
        if run and (len(run) == MAX_EVENTS_PER_ENTRY or size + len(body) > MAX_ENTRY_BYTES):
            yield run
            run, size = [], 0
        run.append(body)
        size += len(body) + 1
    if run:
        yield run


def _pack(run: list[bytes]) -> bytes:
    return run[0] if len(run) == 1 else b"[" + b",".join(run) + b"]"
