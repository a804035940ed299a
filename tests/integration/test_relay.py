"""The relay as a real process, with real WebSocket clients."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import websocket
from redis import Redis

from api import identity
from shared import feed, keys
from tests.conftest import RealServer, free_port
from tests.processes import a_system, wait_ready
from tests.waiting import PATIENCE_S, until


@pytest.fixture
def port(redis: Redis, server: RealServer, tmp_path: Path) -> Iterator[int]:
    """A relay on a free port."""
    found = free_port()
    with a_system(server.url, tmp_path, RELAY_PORT=str(found)) as system:
        system.start("api.live")
        wait_ready(redis, "relay")
        yield found


@contextmanager
def a_client(redis: Redis, port: int, since: str = "", **options: object) -> Iterator[websocket.WebSocket]:
    ticket = identity.issue_ticket(redis, "kim", "viewer")
    url = f"ws://127.0.0.1:{port}/live?ticket={ticket}" + (f"&since={since}" if since else "")
    client = websocket.create_connection(url, timeout=PATIENCE_S, suppress_origin=True, **options)
    try:
        yield client
    finally:
        client.close(timeout=1)


def say(redis: Redis, *numbers: int, size: int = 0) -> None:
    with redis.pipeline(transaction=False) as pipe:
        for n in numbers:
            feed.append(pipe, "alert.firing", json.dumps({"n": n, "name": "알림", "pad": "x" * size}).encode())
        pipe.execute()


ALIVE = {"type": "alive"}
"""Says that nothing is new, and comes whenever the relay had nothing to say for a while."""


def hear(client: websocket.WebSocket) -> dict:
    """Return the next frame that is news."""
    while (frame := json.loads(client.recv())) == ALIVE:
        pass
    return frame


def hear_numbers(client: websocket.WebSocket, count: int) -> list[int]:
    return [hear(client)["data"]["n"] for _ in range(count)]


def test_what_enters_the_feed_reaches_every_client_unchanged(redis: Redis, port: int) -> None:
    with a_client(redis, port) as first, a_client(redis, port) as second:
        assert [{"type": "hello", "id": "0-0"}] * 2 == [hear(first), hear(second)]
        say(redis, 1)
        heard = [hear(first), hear(second)]
    (entry_id, _), = redis.xrange(keys.feed())  # fmt: skip

    assert [{"id": entry_id.decode(), "type": "alert.firing", "data": {"n": 1, "name": "알림", "pad": ""}}] * 2 == heard


def test_client_resumes_without_gap_or_double_while_the_feed_goes_on(redis: Redis, port: int) -> None:
    heard: list[int] = []
    last = ""
    said = 0
    while len(heard) < 1_000:
        with a_client(redis, port, since=last) as client:
            hear(client)
            if said < 1_000:
                say(redis, *range(said, said + 100))
                said += 100
            for _ in range(61):
                if len(heard) == said:
                    break
                got = hear(client)
                heard.append(got["data"]["n"])
                last = got["id"]

    assert list(range(1_000)) == heard


@pytest.mark.parametrize("since", ["5-0", "yesterday", "99999999999999999999999-0"])
def test_client_whose_place_is_not_kept_is_told_to_reload(redis: Redis, port: int, since: str) -> None:
    say(redis, 1, 2)
    with a_client(redis, port, since=since) as client:
        assert ["hello", "reset"] == [hear(client)["type"], hear(client)["type"]]
        say(redis, 3)
        assert [3] == hear_numbers(client, 1)


def refusal(port: int, query: str = "", **options: object) -> tuple[int, str]:
    client = websocket.create_connection(f"ws://127.0.0.1:{port}/live{query}", timeout=PATIENCE_S, **options)
    opcode, data = client.recv_data()
    client.shutdown()
    assert opcode == websocket.ABNF.OPCODE_CLOSE
    return int.from_bytes(data[:2], "big"), data[2:].decode()


def test_nobody_listens_without_a_ticket_that_is_good(redis: Redis, port: int) -> None:
    used = identity.issue_ticket(redis, "kim", "viewer")
    identity.redeem_ticket(redis, used)
    publisher = identity.issue_ticket(redis, "robot", "publisher")

    for query in ("", "?ticket=", "?ticket=wrong", f"?ticket={used}", f"?ticket={publisher}"):
        code, reason = refusal(port, query, suppress_origin=True)
        assert (4401, True) == (code, "ticket" in reason)


def test_page_of_another_site_may_not_listen(redis: Redis, port: int) -> None:
    ticket = identity.issue_ticket(redis, "kim", "viewer")
    code, reason = refusal(port, f"?ticket={ticket}", origin="https://evil.example")

    assert (4401, True) == (code, "PUBLIC_URL" in reason)
    with a_client(redis, port) as client:
        assert hear(client)["type"] == "hello"


def test_program_may_listen_with_its_token(redis: Redis, port: int) -> None:
    token = identity.issue_token(redis, "robot", "viewer")
    header = [f"Authorization: Bearer {token}"]
    client = websocket.create_connection(
        f"ws://127.0.0.1:{port}/live", timeout=PATIENCE_S, header=header, suppress_origin=True
    )
    assert hear(client)["type"] == "hello"
    client.close(timeout=1)


@pytest.mark.slow
def test_slow_client_is_cut_off_and_the_others_go_on(redis: Redis, port: int) -> None:
    with a_client(redis, port, sockopt=[(1, 8, 4_096)]) as slow, a_client(redis, port) as quick:
        hear(slow), hear(quick)
        for start in range(0, 3_000, 10):
            say(redis, *range(start, start + 10), size=10_000)
            assert list(range(start, start + 10)) == hear_numbers(quick, 10)
        heard = []
        with pytest.raises((websocket.WebSocketException, OSError)):
            while True:
                opcode, data = slow.recv_data()
                if opcode == websocket.ABNF.OPCODE_CLOSE:
                    heard.append((int.from_bytes(data[:2], "big"), data[2:].decode()))
                    raise websocket.WebSocketConnectionClosedException
        say(redis, 3_000)
        assert [3_000] == hear_numbers(quick, 1)

    assert heard == [] or (heard[0][0] == 4408 and "since=" in heard[0][1])


@pytest.mark.slow
def test_clients_outlive_a_restart_of_redis_and_miss_nothing(tmp_path: Path) -> None:
    own = RealServer(tmp_path, "--appendfsync", "always")
    own.start()
    redis = Redis(port=own.port, protocol=3)
    port = free_port()
    with a_system(own.url, tmp_path, RELAY_PORT=str(port)) as system:
        system.start("api.live")
        wait_ready(redis, "relay")
        with a_client(redis, port) as client:
            hear(client)
            say(redis, 1)
            assert [1] == hear_numbers(client, 1)
            own.stop(kill=True)
            assert {"type": "stale"} == hear(client)
            own.start()
            # Said once Redis is back, though nothing new may come for hours.
            while (said := json.loads(client.recv())) == {"type": "stale"}:
                pass
            assert ALIVE == said
            say(redis, 2, 3)
            assert [2, 3] == hear_numbers(client, 2)
    redis.close()
    own.stop()


def test_stopping_relay_says_goodbye_and_ends(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    port = free_port()
    with a_system(server.url, tmp_path, RELAY_PORT=str(port)) as system:
        relay = system.start("api.live")
        wait_ready(redis, "relay")
        with a_client(redis, port) as client:
            hear(client)
            begun = time.monotonic()
            relay.signal(15)
            while (heard := client.recv_data())[0] != websocket.ABNF.OPCODE_CLOSE:
                pass
            until(lambda: relay.process.poll() is not None)
            print(f"ended after {time.monotonic() - begun:.1f} s")

    assert 1001 == int.from_bytes(heard[1][:2], "big")
