"""One socket's queue: shared while it waits, in pieces of bounded size while it is written, in order and whole."""

from api.relay import WRITE_BYTES, Client


def test_a_slow_client_holds_no_more_of_its_own_than_one_piece() -> None:
    client = Client("0-0")
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
    client = Client("0-0")
    for frame in (b"a", b"b" * (WRITE_BYTES + 1), b"c"):
        client.put(frame)

    assert [1, WRITE_BYTES + 1, 1] == [len(client.take()) for _ in range(3)]
    assert not client.wake.is_set()
