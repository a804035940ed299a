"""One socket's queue: shared while it waits, in pieces of bounded size while it is written, in order and whole."""

from api.relay.client import WRITE_BYTES, Client
from api.relay.frames import GOING_AWAY


class FakeLine:
    """Takes at most *room* bytes of what it is offered."""

    is_open = True

    def __init__(self, room: int = 0) -> None:
        self.room = room
        self.taken = b""

    def offer(self, piece: bytes) -> int:
        taken, self.room = piece[: self.room], max(0, self.room - len(piece))
        self.taken += taken
        return len(taken)

    def cut(self) -> None:
        self.is_open = False


def test_a_slow_client_holds_no_more_of_its_own_than_one_piece() -> None:
    client = Client(FakeLine(), "0-0")
    frames = [bytes([n % 256]) * (WRITE_BYTES // 3) for n in range(20)]
    for frame in frames:
        client.put(frame)
    pieces = []
    while client.wake.is_set():
        pieces.append(client.take())

    assert b"".join(frames) == b"".join(pieces)
    assert max(map(len, pieces)) <= WRITE_BYTES
    assert 0 == client.size_bytes


def test_a_frame_larger_than_a_piece_is_written_alone() -> None:
    client = Client(FakeLine(), "0-0")
    for frame in (b"a", b"b" * (WRITE_BYTES + 1), b"c"):
        client.put(frame)

    assert [1, WRITE_BYTES + 1, 1] == [len(client.take()) for _ in range(3)]
    assert not client.wake.is_set()


def test_what_a_resting_client_takes_at_once_does_not_wake_it() -> None:
    line = FakeLine(room=100)
    client = Client(line, "0-0")
    client.put(b"before it rests")
    queued = client.take()
    client.rest()
    client.put(b"one")

    assert (b"before it rests", b"one") == (queued, line.taken)
    assert not client.wake.is_set()


def test_nothing_overtakes_what_a_client_took_in_part() -> None:
    line = FakeLine(room=2)
    client = Client(line, "0-0")
    client.rest()
    for frame in (b"one", b"two"):
        client.put(frame)
        line.room = 100

    assert (b"on", True, b"two") == (line.taken, client.wake.is_set(), client.take())


def test_nothing_is_written_past_the_goodbye() -> None:
    line = FakeLine(room=100)
    client = Client(line, "0-0")
    client.rest()
    client.close(GOING_AWAY, "bye")
    client.rest()
    client.put(b"late")

    assert (b"", b"") == (line.taken, client.take())
