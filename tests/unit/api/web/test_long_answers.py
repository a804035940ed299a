"""A long answer is made as fast as its client reads it."""

import socket
import threading
from collections.abc import Iterator

import pytest

from api.web import connections
from api.web.connections import MOST_WAITING_BYTES, BufferedSocket, sent_as_read

PIECE = b"x" * 100_000
COUNT = 200


@pytest.fixture
def pair() -> Iterator[tuple[BufferedSocket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield BufferedSocket(ours), theirs


def test_little_of_it_waits_for_a_client_that_reads_slowly(pair: tuple[BufferedSocket, socket.socket]) -> None:
    connection, client = pair
    received = [0]

    def read() -> None:
        while received[0] < COUNT * len(PIECE):
            received[0] += len(client.recv(8_192))

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    waiting = []
    for piece in sent_as_read([PIECE] * COUNT, connection):
        connection.sendall(piece)
        waiting.append(len(connection.unsent))
    while not connection.flush():
        pass
    reading.join()

    assert max(waiting) <= MOST_WAITING_BYTES + len(PIECE)
    assert [COUNT * len(PIECE)] == received


def test_client_that_reads_nothing_ends_it(
    pair: tuple[BufferedSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "SEND_S", 0.0)
    monkeypatch.setattr(connections, "SLOWEST_BYTES_PER_S", 10**9)
    connection, _ = pair
    with pytest.raises(OSError, match="too slowly"):
        for piece in sent_as_read([PIECE] * COUNT, connection):
            connection.sendall(piece)
