"""Answers that break off, come late, or come by half: nothing waits without a deadline, and all goes on afterwards."""

import random
import selectors
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import Redis
from redis.exceptions import RedisError, TimeoutError

from api.relay.hub import Hub
from shared.log import Logger
from shared.process import Heartbeat
from shared.redis import connection, keys, tail
from shared.redis.bundle import Bundle
from shared.redis.tail import Tail
from shared.redis.transaction import Session
from tests.support.proxy import Proxy, proxy_before
from tests.support.real_server import RealServer
from tests.support.waiting import until


@pytest.fixture
def proxy(server: RealServer) -> Iterator[Proxy]:
    with proxy_before(server.port) as one:
        yield one


def add(redis: Redis, numbers: range) -> None:
    for n in numbers:
        redis.xadd("numbers", {"n": str(n), "of": "x" * 200})


def follow(one: Tail, until_n: int, read: list[int]) -> None:
    """Read until number *until_n* has come, as the evaluator and the router do."""
    with selectors.DefaultSelector() as selector:
        selector.register(one.connect(), selectors.EVENT_READ)
        while not read or read[-1] < until_n:
            assert selector.select(timeout=60), "nothing came, and no error"
            read += [int(fields[1]) for _, fields in one.receive()]


def test_half_an_answer_holds_up_nobody_and_has_a_deadline(
    redis: Redis, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(redis, range(3))
    one = Tail(connection.connect(proxy.url), "numbers", "0-0")
    socket = one.connect()
    with selectors.DefaultSelector() as selector:
        selector.register(socket, selectors.EVENT_READ)
        selector.select(timeout=60)
        first = one.receive()
        proxy.holds_back = lambda: True
        add(redis, range(3, 6))
        selector.select(timeout=60)
        # In a thread: what waits for the other half waits for ever.
        returned: list[object] = []
        reader = threading.Thread(target=lambda: returned.append(one.receive()), daemon=True)
        reader.start()
        reader.join(timeout=30)
        monkeypatch.setattr(tail, "BLOCK_MS", -tail.GRACE_MS - 1)
        with pytest.raises(TimeoutError, match="on its way for too long"):
            one.receive()
    one.disconnect()

    assert [b"0", b"1", b"2"] == [fields[1] for _, fields in first]
    assert [[]] == returned


@given(st.integers(0, 2**32), st.floats(0.02, 0.4), st.sampled_from(["cut", "trickle"]))
@settings(max_examples=15)
def test_a_tail_reads_everything_once_and_in_order_over_a_line_that_breaks(
    redis: Redis, server: RealServer, seed: int, probability: float, how: str
) -> None:
    redis.delete("numbers")
    add(redis, range(400))
    chance, read = random.Random(seed), []
    with proxy_before(server.port) as proxy:
        if how == "cut":
            proxy.cuts_off = lambda: chance.random() < probability
        else:
            proxy.trickles = lambda: chance.random() < probability
        client = connection.connect(proxy.url)
        one = Tail(client, "numbers", "0-0", read_entries=30)

        def all_read() -> bool:
            try:
                follow(one, 399, read)
            except RedisError:
                one.disconnect()
            return bool(read) and read[-1] == 399

        until(all_read)
        one.disconnect()
        client.close()

    assert list(range(400)) == read


@given(st.integers(0, 2**32), st.floats(0.02, 0.3))
@settings(max_examples=10)
def test_transactions_are_whole_or_not_at_all_over_a_line_that_breaks(
    redis: Redis, server: RealServer, seed: int, probability: float
) -> None:
    redis.delete("a", "b")
    chance, done = random.Random(seed), 0
    with proxy_before(server.port) as proxy:
        proxy.cuts_off = lambda: chance.random() < probability
        client = connection.connect(proxy.url, timeout_s=2.0)
        for n in range(40):
            writes = Bundle()
            writes.zadd("a", {str(n): n})
            writes.zadd("b", {str(n): n})
            try:
                with Session(client) as session:
                    session.watch("a")
                    session.ask([("ZCARD", "a")])
                    done += session.send(writes)
            except RedisError:
                continue
        client.close()

    assert redis.zrange("a", 0, -1) == redis.zrange("b", 0, -1)
    assert done <= redis.zcard("a")


class Line:
    """A browser's socket that takes everything."""

    is_open = True

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def offer(self, piece: bytes) -> int:
        self.pieces.append(piece)
        return len(piece)

    def cut(self) -> None:
        pass


class Faulty(Line):
    def offer(self, piece: bytes) -> int:
        raise TypeError("a bug of ours, or a library's")


def test_a_client_that_fails_takes_none_of_the_others_along(redis: Redis, server: RealServer) -> None:
    heartbeat = Heartbeat(redis, "relay")
    hub = Hub(connection.connect(server.url), Logger("relay"), heartbeat)
    hub.start()
    lines = [Line(), Faulty(), Line()]
    clients = [hub.join(line) for line in lines]
    for client in clients:
        client.rest()
    redis.xadd(keys.feed(), {"type": "alert", "data": "{}"})
    until(lambda: lines[0].pieces and lines[2].pieces)
    until(lambda: clients[1].closing is not None)
    heartbeat.ready = True
    is_ready = until(lambda: heartbeat.ready)
    closed = [client.closing is not None for client in clients]
    hub.stop()

    assert 1 == len(lines[0].pieces) == len(lines[2].pieces)
    assert [False, True, False] == closed
    assert is_ready


def test_the_hub_goes_on_after_an_error_that_is_no_redis_error(redis: Redis, server: RealServer) -> None:
    class Breaking(Hub):
        breaks = 2

        def _spread(self, entries: object) -> int:
            if self.breaks:
                self.breaks -= 1
                raise TypeError("a bug")
            return super()._spread(entries)

    hub = Breaking(connection.connect(server.url), Logger("relay"), Heartbeat(redis, "relay"))
    hub.start()
    line = Line()
    hub.join(line).rest()
    redis.xadd(keys.feed(), {"type": "alert", "data": "{}"})
    until(lambda: any(b'"alert"' in piece for piece in line.pieces))
    hub.stop()

    assert not hub.is_stale
