"""A request is complete with its last byte, however it is cut, and one that is too large before that."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.limits.body_check import MAX_BYTES
from api.web.incoming import MAX_FRAMING, MAX_HEAD_BYTES, IncomingRequest

NAMES = st.sampled_from(["Host", "X-A", "Accept", "Content-Type", "expect-not"])
HEADERS = st.lists(st.tuples(NAMES, st.text("ab:; 1", max_size=20)), max_size=4)
EXTENSIONS = st.sampled_from(["", ";a=b", ' ; q="x y"'])
CHUNKS = st.lists(st.tuples(st.binary(min_size=1, max_size=40), EXTENSIONS), max_size=5)
TRAILERS = st.sampled_from([b"", b"X-Sum: 1\r\n", b"a: b\r\nc: d\r\n"])


def in_chunks(parts: list[tuple[bytes, str]], trailers: bytes = b"") -> bytes:
    chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension.encode(), part) for part, extension in parts)
    return chunks + b"0\r\n" + trailers + b"\r\n"


def head(*headers: tuple[str, str]) -> bytes:
    return ("POST /a HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n").encode()


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    headers = draw(HEADERS)
    kind = draw(st.sampled_from(["none", "length", "chunked"]))
    if kind == "none":
        return head(*headers)
    if kind == "length":
        body = draw(st.binary(max_size=80))
        return head(*headers, ("content-LENGTH", f" {len(body)}")) + body
    return head(*headers, ("Transfer-Encoding", "chunked")) + in_chunks(draw(CHUNKS), draw(TRAILERS))


@given(requests(), st.lists(st.integers(1, 60), min_size=1), st.binary(max_size=10))
def test_request_is_complete_with_its_last_byte_however_it_is_cut(
    request: bytes, lengths: list[int], what_follows: bytes
) -> None:
    incoming, at, answers = IncomingRequest(MAX_BYTES), 0, []
    while at < len(request):
        length = lengths[len(answers) % len(lengths)]
        incoming.add(request[at : at + length] if at + length < len(request) else request[at:] + what_follows)
        at += length
        answers.append(incoming.is_complete())

    assert [False] * (len(answers) - 1) + [True] == answers
    assert request + what_follows == incoming.received


@given(requests(), st.integers(1, 60))
def test_who_asks_before_sending_is_answered_once_and_the_body_still_ends_where_it_ends(
    request: bytes, length: int
) -> None:
    end = request.index(b"\r\n\r\n")
    incoming = IncomingRequest(MAX_BYTES)
    incoming.add(request[:end] + b"\r\nExpect: 100-Continue" + request[end : end + 4])
    was_complete, asks = incoming.is_complete(), incoming.take_expectation()
    answers = [was_complete]
    for at in range(end + 4, len(request), length):
        incoming.add(request[at : at + length])
        answers.append(incoming.is_complete())

    assert (True, False) == (asks, incoming.take_expectation())
    assert request == incoming.received
    assert [False] * (len(answers) - 1) + [True] == answers


@pytest.mark.parametrize("size", [1, 3, 1_000, 70_000, 900_000, 3_000_000, 10**12])
def test_body_in_chunks_is_too_large_by_what_it_holds_not_by_what_frames_it(size: int) -> None:
    """Of a chunk of one byte, six are sent; a body of a megabyte may be sent so."""
    incoming = IncomingRequest(MAX_BYTES)
    incoming.add(head(("Transfer-Encoding", "chunked")))
    chunk = b"%x\r\n%s\r\n" % (size, b"x" * min(size, 2_000_000))
    count = 100_000 // size or 1
    while not incoming.is_complete():
        incoming.add(chunk * count)
        assert len(incoming.received) < MAX_FRAMING * MAX_BYTES + 100_000 * 6
    body = re.sub(rb"\r?\n?[0-9a-f]+\r\n", b"", incoming.received.partition(b"\r\n\r\n")[2])

    assert MAX_BYTES < body.count(b"x")


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"GET / HTTP/1.1\r\nA: ", b"a" * 1_000),
        (head(("Transfer-Encoding", "chunked")), b"0" * 100),
        (head(("Transfer-Encoding", "chunked")) + b"0\r\n", b"a: b\r\n" * 100),
        (head(("Transfer-Encoding", "chunked")), b"1;" + b"a" * 200 + b"\r\nx\r\n"),
    ],
    ids=["head", "length of a chunk", "trailers", "extensions"],
)
def test_nothing_grows_without_bound(start: bytes, more: bytes) -> None:
    incoming = IncomingRequest(MAX_BYTES)
    incoming.add(start)
    while not incoming.is_complete():
        incoming.add(more)

    assert len(incoming.received) <= max(MAX_FRAMING * MAX_BYTES, MAX_HEAD_BYTES) + 2_000


def test_length_over_the_limit_is_refused_without_its_body() -> None:
    incoming = IncomingRequest(MAX_BYTES)
    incoming.add(head(("Content-Length", str(MAX_BYTES + 1))))

    assert incoming.is_complete()
