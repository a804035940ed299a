"""The product's own listener, against a real socket that answers in pieces of any size."""

import base64
import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.doctor.listener import Ended, Listener
from api.relay.frames import close_frame, frame
from tests.support.waiting import PATIENCE_S

SWITCHED = (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n"
)


@contextmanager
def a_relay(*pieces: bytes, cuts: tuple[int, ...] = (), refuse: bytes = b"") -> Iterator[str]:
    """Let one client in and say the pieces, cut at other places; or answer the handshake with *refuse*."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _ = server.accept()
            with line:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                asked = b""
                while b"\r\n\r\n" not in asked:
                    asked += line.recv(65_536)
                key = asked.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
                accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
                whole = refuse or SWITCHED.format(accept.decode()).encode() + b"".join(pieces)
                for start, end in zip((0, *cuts), (*cuts, len(whole)), strict=True):
                    line.sendall(whole[start:end])
                while line.recv(65_536):
                    pass

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"ws://127.0.0.1:{server.getsockname()[1]}/live?ticket=x"
        thread.join(PATIENCE_S)


def test_word_that_comes_with_the_answer_to_the_handshake_is_heard() -> None:
    with a_relay(frame(b'{"type":"hello"}')) as address:
        with closing(Listener(address, timeout_s=PATIENCE_S)) as listener:
            assert '{"type":"hello"}' == listener.hear(PATIENCE_S)


@given(st.lists(st.text(max_size=200), min_size=1, max_size=5), st.sets(st.integers(1, 400), max_size=4))
def test_words_are_heard_however_the_line_cuts_them(words: list[str], cuts: set[int]) -> None:
    frames = [frame(word.encode()) for word in words]
    longest = 100 + sum(map(len, frames))
    with a_relay(*frames, cuts=tuple(sorted(c for c in cuts if c < longest))) as address:
        with closing(Listener(address, timeout_s=PATIENCE_S)) as listener:
            assert words == [listener.hear(PATIENCE_S) for _ in words]


def test_reason_of_a_close_is_said_after_what_came_before() -> None:
    with a_relay(frame(b"last"), close_frame(4401, "the ticket is used")) as address:
        with closing(Listener(address, timeout_s=PATIENCE_S)) as listener:
            assert "last" == listener.hear(PATIENCE_S)
            with pytest.raises(Ended, match="the ticket is used"):
                listener.hear(PATIENCE_S)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "200"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "Bad HTTP message"),
    ],
)
def test_who_does_not_let_in_is_said(answer: bytes, words: str) -> None:
    with a_relay(refuse=answer) as address, pytest.raises(Ended, match=words):
        Listener(address, timeout_s=PATIENCE_S)


def test_silence_ends_with_the_deadline() -> None:
    with a_relay(b"") as address:
        with closing(Listener(address, timeout_s=PATIENCE_S)) as listener:
            assert listener.hear(0.05) is None
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(TimeoutError):
        Listener(f"ws://127.0.0.1:{mute.getsockname()[1]}/live", timeout_s=0.05)
