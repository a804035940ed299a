"""Columns of numbers give back every bit, and bytes that are none are refused before they take memory."""

import math
import zlib
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import columns
from archive.columns import Damaged

ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True, width=64)
BITS = st.integers(min_value=0, max_value=2**64 - 1)
DECIMALS = st.builds(lambda whole, digits: whole / 10.0**digits, st.integers(-(10**9), 10**9), st.integers(0, 6))


def bits(numbers: list[float]) -> list[int]:
    return array("Q", array("d", numbers).tobytes()).tolist()


@given(st.lists(ANY_FLOAT, max_size=300) | st.lists(DECIMALS, max_size=300) | st.lists(ANY_FLOAT | DECIMALS))
def test_floats_come_back_bit_for_bit(numbers: list[float]) -> None:
    assert bits(numbers) == bits(columns.unpack_floats(columns.pack_floats(numbers), len(numbers)))


@given(st.lists(BITS, max_size=100))
def test_every_pattern_of_bits_comes_back(patterns: list[int]) -> None:
    numbers = array("d", array("Q", patterns).tobytes()).tolist()

    assert patterns == bits(columns.unpack_floats(columns.pack_floats(numbers), len(numbers)))


@pytest.mark.parametrize(
    "numbers",
    [
        [],
        [0.0],
        [-0.0, 0.0],
        [math.nan],
        [math.inf, -math.inf, math.nan, 1.0],
        [5e-324, 1.7976931348623157e308, -5e-324],
        [2.0**53, 2.0**53 + 2, -(2.0**53)],
        [0.1 + 0.2, 0.3, 32.391999999999996],
        [1.0] * 5_000,
        [1e300, 1e-300] * 50,
    ],
)
def test_floats_at_the_edges_come_back(numbers: list[float]) -> None:
    assert bits(numbers) == bits(columns.unpack_floats(columns.pack_floats(numbers), len(numbers)))


@given(st.lists(st.integers(-(2**60), 2**60), max_size=300))
def test_integers_come_back(numbers: list[int]) -> None:
    assert numbers == columns.unpack_ints(columns.pack_ints(numbers), len(numbers))


def test_a_regular_clock_takes_next_to_nothing() -> None:
    at_ms = list(range(1_700_000_000_000, 1_700_000_000_000 + 1_000 * 30_000, 30_000))

    assert len(columns.pack_ints(at_ms)) < 100


def test_sums_of_decimals_are_kept_as_decimals() -> None:
    """0.1 + 0.2 is not 0.3; a column of such numbers must not take eight bytes each."""
    numbers = [round(i * 0.37 % 100, 3) * (1 + 2e-16) for i in range(1_000)]

    assert len(columns.pack_floats(numbers)) < 3_500


@given(st.binary(max_size=200), st.integers(0, 500))
def test_bytes_that_are_no_column_are_refused_or_read_as_one(body: bytes, count: int) -> None:
    for unpack in (columns.unpack_ints, columns.unpack_floats):
        try:
            found = unpack(body, count)
        except Damaged:
            continue
        assert count == len(found)


@given(st.lists(ANY_FLOAT, min_size=1, max_size=50), st.data())
def test_a_column_with_a_changed_byte_is_refused_or_read_as_one(numbers: list[float], data: st.DataObject) -> None:
    body = bytearray(columns.pack_floats(numbers))
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = columns.unpack_floats(bytes(body), len(numbers))
    except Damaged:
        return
    assert len(numbers) == len(found)


def test_a_bomb_is_refused() -> None:
    bomb = zlib.compress(bytes(100_000_000), 9)

    with pytest.raises(Damaged, match="another length"):
        columns.unpack_ints(b"\x00\x08" + bomb, 1_000)
    with pytest.raises(Damaged, match="in a column"):
        columns.unpack_ints(b"\x00\x00", 10**12)
