"""Bytes that nobody can read."""

from hypothesis import strategies as st

JUNK = [
    b"",
    b"\xff\xfe",
    b"not json",
    b"null",
    b"[]",
    b"{}",
    b"7",
    b'"\\ud800"',
    b"[" * 5_000,
    b'{"id":7}',
    b"-1",
    b"1e999",
]


anything = st.one_of(st.binary(max_size=40), st.sampled_from(JUNK), st.text(max_size=20).map(str.encode))
