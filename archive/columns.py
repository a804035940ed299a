"""Columns of numbers as few bytes: integers, and floats bit for bit. Pure."""

import sys
import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate
from operator import add, sub, xor

MOST_NUMBERS = 1_000_000
"""A column holds at most so many numbers; a longer one is refused before memory is allocated for it."""
LEVEL = 6
"""zlib compresses at this level. Level 9 takes twice as long and saves 0.5 %; zstd and brotli save 2 to 3 %."""
MOST_DIGITS = 14
"""After the decimal point; a float has 17 significant digits at most."""
PROBE = 64
"""Numbers of a column that are tried to find how many digits it has after the point."""
NEAR = 64
"""Units in the last place between a float and its decimal: sums and averages of decimals are as far off."""
EXACT = 2**53
"""Every integer below it is a float."""
_WIDTHS = ((1, "B"), (2, "H"), (4, "I"), (8, "Q"))
_PLAIN, _DELTA, _DELTA_DELTA = range(3)
_XOR, _DECIMAL = 3, 4


class Damaged(Exception):
    """Bytes that are no column, or no chunk."""


def pack_ints(numbers: Sequence[int]) -> bytes:
    """
    Return integers as bytes: whichever of themselves, their differences and the differences of those has fewest bits.

    Args:
        numbers: Each in [-2^61, 2^61), so that twice a difference fits into 64 bits.
    """
    first = _deltas(numbers)
    columns = [_zigzag(column) for column in (numbers, first, _deltas(first))]
    # A difference has the noise of two numbers, and must save more than that.
    sizes = [sum(map(int.bit_length, column)) + kind * len(numbers) for kind, column in enumerate(columns)]
    kind = sizes.index(min(sizes))
    return bytes((kind,)) + _squeeze(columns[kind])


def unpack_ints(body: bytes, count: int) -> list[int]:
    """
    Return *count* integers.

    Raises:
        Damaged: the bytes are not a column of as many integers.
    """
    if not body or body[0] > _DELTA_DELTA:
        raise Damaged("no column of integers")
    numbers = _expand(body[1:], count)
    for _ in range(body[0]):
        numbers = list(accumulate(numbers))
    return numbers


def pack_floats(numbers: Sequence[float]) -> bytes:
    """
    Return floats as bytes that give back the same bits, those of NaN included.

    Most metrics are decimals with few digits: they are kept as integers, and how far each float is from its decimal,
    which is rarely anything but 0. Other floats are kept as the bits in which each differs from the one before.
    """
    decimal = _as_decimals(numbers)
    if decimal is not None:
        digits, whole, beside = decimal
        ints = pack_ints(whole)
        body = bytes((_DECIMAL, digits)) + len(ints).to_bytes(4, "big") + ints + _squeeze(_zigzag(beside))
        if len(body) < len(numbers) * 7:
            return body
    bits = array("Q", array("d", numbers).tobytes())
    return bytes((_XOR,)) + zlib.compress(_planes(array("Q", [*bits[:1], *map(xor, bits[1:], bits)])), LEVEL)


def unpack_floats(body: bytes, count: int) -> list[float]:
    """
    Return *count* floats.

    Raises:
        Damaged: the bytes are not a column of as many floats.
    """
    _check(count)
    if body[:1] == bytes((_XOR,)):
        bits = array("Q", accumulate(_unplaned(inflate(body[1:], count * 8), "Q", count), xor))
        return array("d", bits.tobytes()).tolist()
    if body[:1] != bytes((_DECIMAL,)) or len(body) < 6 or body[1] > MOST_DIGITS:
        raise Damaged("no column of floats")
    end = 6 + int.from_bytes(body[2:6], "big")
    scale = 10.0 ** body[1]
    try:
        near = array("q", array("d", [i / scale for i in unpack_ints(body[6:end], count)]).tobytes())
        moved = array("q", map(add, near, _expand(body[end:], count)))
    except OverflowError as error:
        raise Damaged("a float out of range") from error
    return array("d", moved.tobytes()).tolist()


def inflate(body: bytes, most: int) -> bytes:
    """
    Decompress at most *most* bytes.

    Raises:
        Damaged: it is not compressed data, or holds more.
    """
    machine = zlib.decompressobj()
    try:
        found = machine.decompress(body, most + 1)
    except zlib.error as error:
        raise Damaged(str(error)) from error
    if len(found) > most or not machine.eof or machine.unused_data:
        raise Damaged("compressed data with another length than stated")
    return found


def _as_decimals(numbers: Sequence[float]) -> tuple[int, list[int], list[int]] | None:
    """Return digits after the point, the numbers without the point, and by how many bits each float is off."""
    probe = numbers[:: max(1, len(numbers) // PROBE)]
    for digits in range(MOST_DIGITS + 1):
        found = _scaled(probe, digits)
        if found is None:
            return None
        if 4 * sum(-NEAR <= bits <= NEAR for bits in found[1]) >= 3 * len(probe):
            scaled = _scaled(numbers, digits)
            return (digits, *scaled) if scaled is not None else None
    return None


def _scaled(numbers: Sequence[float], digits: int) -> tuple[list[int], list[int]] | None:
    scale = 10.0**digits
    try:
        whole = [round(number * scale) for number in numbers]
    except (OverflowError, ValueError):  # Infinite, or NaN.
        return None
    if whole and (max(whole) >= EXACT or min(whole) <= -EXACT):
        return None
    near = array("q", array("d", [i / scale for i in whole]).tobytes())
    beside = list(map(sub, array("q", array("d", numbers).tobytes()), near))
    # `_zigzag` doubles a difference, which must fit into 64 bits; the bits of -0.0 and 0.0 differ by 2^63.
    return (whole, beside) if all(-(2**62) < bits < 2**62 for bits in beside) else None


def _zigzag(numbers: Sequence[int]) -> list[int]:
    """Return 0, 1, 2, 3, … for 0, -1, 1, -2, …"""
    return [(n << 1) ^ (n >> 63) for n in numbers]


def _squeeze(zigzag: Sequence[int]) -> bytes:
    """Return numbers from 0 on as bytes, compressed."""
    most = max(zigzag, default=0)
    if most == 0:
        return b"\x00"
    width, code = next((w, c) for w, c in _WIDTHS if most < 1 << 8 * w)
    return bytes((width,)) + zlib.compress(_planes(array(code, zigzag)), LEVEL)


def _expand(body: bytes, count: int) -> list[int]:
    _check(count)
    if body == b"\x00":
        return [0] * count
    code = dict(_WIDTHS).get(body[0]) if body else None
    if code is None:
        raise Damaged("no column of integers")
    zigzag = _unplaned(inflate(body[1:], count * body[0]), code, count)
    return [(z >> 1) ^ -(z & 1) for z in zigzag]


def _planes(numbers: "array[int]") -> bytes:
    """Return the lowest byte of every number, then the next of every number, and so on: alike bytes stand together."""
    body = _little(numbers).tobytes()
    return b"".join(body[i :: numbers.itemsize] for i in range(numbers.itemsize))


def _unplaned(planes: bytes, code: str, count: int) -> "array[int]":
    numbers = array(code)
    if len(planes) != numbers.itemsize * count:
        raise Damaged("another number of bytes than stated")
    body = bytearray(len(planes))
    for i in range(numbers.itemsize):
        body[i :: numbers.itemsize] = planes[i * count : (i + 1) * count]
    numbers.frombytes(bytes(body))
    return _little(numbers)


def _little(numbers: "array[int]") -> "array[int]":
    """Return the numbers with their bytes in the order of most machines, or from it."""
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers


def _deltas(numbers: Sequence[int]) -> Sequence[int]:
    return [*numbers[:1], *map(sub, numbers[1:], numbers)]


def _check(count: int) -> None:
    if not 0 <= count <= MOST_NUMBERS:
        raise Damaged(f"{count} numbers in a column")
