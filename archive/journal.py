"""
The journal: entries of a stream as they came, until they are compacted. Pure.

The recorder copies; it decodes nothing. So what it stores is what the stream held, and it keeps up with the pipeline.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from archive import columns
from archive.columns import Damaged

LEVEL = 1
"""Of zlib: the journal is read once and then replaced by chunks."""
MOST_BYTES = 268_435_456
"""Of one row, uncompressed; the recorder writes rows of a tenth."""

Entry = tuple[bytes, list[bytes]]
"""Id, and fields and values in turn, as Redis answers."""

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[tuple[bytes, list[bytes]]]).decode


def encode(entries: Sequence[Entry]) -> bytes:
    """Return entries as one row holds them."""
    return zlib.compress(_pack(entries), LEVEL)


def decode(body: bytes) -> list[Entry]:
    """
    Return the entries of a row.

    Raises:
        Damaged: the bytes are no row of the journal.
    """
    try:
        return _unpack(columns.inflate(body, MOST_BYTES))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Damaged(str(error)) from error


def readable(bodies: Iterable[bytes], on_damage: Callable[[Damaged], None] = lambda _: None) -> Iterator[list[Entry]]:
    """Yield the entries of each row; a damaged one, of a damaged disk, does not hold up those that follow."""
    for body in bodies:
        try:
            entries = decode(body)
        except Damaged as error:
            on_damage(error)
        else:
            yield entries
