"""The relay as a real process, with real WebSocket clients."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import websocket
from redis import Redis

from api.auth import access_tokens, api_keys, bearer, identity, one_time, refresh_tokens, sessions, users
from api.relay.hub import BEAT_S, MOST_OF_ONE
from api.relay.standing import standing_of
from api.web.relay_worker import MAX_WAITING_PER_ADDRESS
from shared.redis import keys
from shared.store import feed
from tests.support.connections import is_ended
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.servers import certificate
from tests.support.waiting import PATIENCE_S, until

PASSWORD = "말이 없는 밤 열두 시"


@pytest.fixture
def port(redis: Redis, server: RealServer, tmp_path: Path) -> Iterator[int]:
    """A relay on a free port."""
    found = free_port()
    with a_system(server.url, tmp_path, RELAY_PORT=str(found)) as system:
        system.start("api.relay")
        wait_ready(redis, "relay")
        yield found


@contextmanager
def a_client(redis: Redis, port: int, since: str = "", **options: object) -> Iterator[websocket.WebSocket]:
    ticket = one_time.issue_ticket(redis, "kim", "viewer")
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
        assert [{"type": "hello", "id": "0-0", "beat_s": BEAT_S}] * 2 == [hear(first), hear(second)]
        say(redis, 1)
        heard = [hear(first), hear(second)]
    (entry_id, _), = redis.xrange(keys.feed())  # fmt: skip

    assert [{"id": entry_id.decode(), "type": "alert.firing", "data": {"n": 1, "name": "알림", "pad": ""}}] * 2 == heard


def test_quiet_feed_says_so_before_the_socket_is_asked_whether_it_lives(redis: Redis, port: int) -> None:
    with a_client(redis, port) as client:
        hear(client)
        heard = [client.recv_data(control_frame=True) for _ in range(2)]

    assert [(websocket.ABNF.OPCODE_TEXT, ALIVE)] * 2 == [(opcode, json.loads(data)) for opcode, data in heard]


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
    used = one_time.issue_ticket(redis, "kim", "viewer")
    one_time.redeem_ticket(redis, used)
    publisher = one_time.issue_ticket(redis, "robot", "publisher")

    for query in ("", "?ticket=", "?ticket=wrong", f"?ticket={used}", f"?ticket={publisher}"):
        code, reason = refusal(port, query, suppress_origin=True)
        assert (4401, True) == (code, "ticket" in reason)


def test_page_of_another_site_may_not_listen(redis: Redis, port: int) -> None:
    ticket = one_time.issue_ticket(redis, "kim", "viewer")
    code, reason = refusal(port, f"?ticket={ticket}", origin="https://evil.example")

    assert (4401, True) == (code, "PUBLIC_URL" in reason)
    with a_client(redis, port) as client:
        assert "hello" == hear(client)["type"]


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "null", "http://a]b", "//"])
def test_origin_that_is_no_address_is_refused(redis: Redis, port: int, origin: str) -> None:
    ticket = one_time.issue_ticket(redis, "kim", "viewer")

    assert 4401 == refusal(port, f"?ticket={ticket}", origin=origin)[0]


def test_program_may_listen_with_its_token(redis: Redis, port: int) -> None:
    token = access_tokens.issue(redis, "robot", "viewer")
    header = [f"Authorization: Bearer {token}"]
    client = websocket.create_connection(
        f"ws://127.0.0.1:{port}/live", timeout=PATIENCE_S, header=header, suppress_origin=True
    )
    assert "hello" == hear(client)["type"]
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
        system.start("api.relay")
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
        relay = system.start("api.relay")
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


# -- strangers and those who are not let in any more ---------------------------------------------------------


def listening(redis: Redis, port: int, proof: identity.Proof) -> websocket.WebSocket:
    """A socket opened by the ticket that the API makes for whoever has *proof*."""
    held, who = standing_of(proof), proof.identity
    rests_on = {"kind": who.kind, "id": who.id, "facts": list(held.facts), "ends_at_ms": held.ends_at_ms}
    ticket = one_time.issue_ticket(redis, who.name, who.role, **rests_on)
    client = websocket.create_connection(
        f"ws://127.0.0.1:{port}/live?ticket={ticket}", timeout=60, suppress_origin=True
    )
    assert "hello" == hear(client)["type"]
    return client


def closed_with(client: websocket.WebSocket) -> int:
    """Return the code of the close frame; news and signs of life may come before."""
    while True:
        opcode, data = client.recv_data()
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            return int.from_bytes(data[:2], "big")


def test_socket_ends_with_what_it_rests_on_and_the_others_go_on(redis: Redis, port: int) -> None:
    for name in ("kim", "lee", "park"):
        users.create(redis, name, "viewer", PASSWORD)
    by_session = {
        name: sessions.open_session(redis, identity.Identity(name, "viewer"), is_user=True) for name in ("kim", "lee")
    }
    program = refresh_tokens.issue(redis, "park", "viewer")
    _, key = api_keys.create(redis, "kim", "viewer", 1)
    prove = {
        "user removed": sessions.prove_session(redis, by_session["kim"]),
        "signed out": sessions.prove_session(redis, by_session["lee"]),
        "program's sign-in revoked": bearer.prove(redis, program.access_token),
        "key revoked": bearer.prove(redis, key),
    }
    held = {what: listening(redis, port, proof) for what, proof in prove.items() if proof}
    users.create(redis, "stays", "viewer", PASSWORD)
    staying = refresh_tokens.issue(redis, "stays", "viewer")
    others = [
        listening(redis, port, bearer.prove(redis, staying.access_token)),
        listening(redis, port, sessions.prove_session(redis, sessions.open_session(
            redis, identity.Identity("stays", "viewer"), is_user=True))),
    ]  # fmt: skip
    # Refreshing is no end of a sign-in.
    assert refresh_tokens.refresh(redis, staying.refresh_token)
    users.delete(redis, "kim")
    sessions.close_session(redis, by_session["lee"])
    refresh_tokens.revoke(redis, program.refresh_token)
    api_keys.revoke(redis, api_keys.load_all(redis)[0]["id"])

    assert dict.fromkeys(prove, 4401) == {what: closed_with(client) for what, client in held.items()}
    say(redis, 1)
    assert [[1], [1]] == [hear_numbers(client, 1) for client in others]


def test_socket_of_a_key_ends_when_the_key_expires(redis: Redis, port: int) -> None:
    _, key = api_keys.create(redis, "short", "viewer", 5 / 86_400)
    client = listening(redis, port, bearer.prove(redis, key))

    assert 4401 == closed_with(client)


def test_ticket_of_who_was_removed_since_is_no_good(redis: Redis, port: int) -> None:
    users.create(redis, "kim", "viewer", PASSWORD)
    secret = sessions.open_session(redis, identity.Identity("kim", "viewer"), is_user=True)
    held = standing_of(sessions.prove_session(redis, secret))
    ticket = one_time.issue_ticket(redis, "kim", "viewer", kind="user", facts=list(held.facts))
    users.delete(redis, "kim")

    assert 4401 == refusal(port, f"?ticket={ticket}", suppress_origin=True)[0]


def test_one_person_does_not_take_all_places(redis: Redis, port: int) -> None:
    _, key = api_keys.create(redis, "greedy", "viewer", 1)
    header = [f"Authorization: Bearer {key}"]
    open_one = lambda: websocket.create_connection(  # noqa: E731
        f"ws://127.0.0.1:{port}/live", timeout=60, header=header, suppress_origin=True
    )
    held = [open_one() for _ in range(MOST_OF_ONE)]
    assert {"hello"} == {hear(one)["type"] for one in held}
    refused = closed_with(open_one())
    with a_client(redis, port) as other:
        assert "hello" == hear(other)["type"]
    held.pop().close(timeout=5)
    until(lambda: hear_first(open_one()) == "hello", "a place that was left is free again")
    for one in held:
        one.shutdown()

    assert 1013 == refused


def hear_first(client: websocket.WebSocket) -> str:
    opcode, data = client.recv_data()
    return json.loads(data)["type"] if opcode == websocket.ABNF.OPCODE_TEXT else ""


def masked(first: int, payload: bytes = b"", claimed: int | None = None) -> bytes:
    size = len(payload) if claimed is None else claimed
    head = bytes([first, 0x80 | size]) if size < 126 else bytes([first, 0xFF]) + size.to_bytes(8, "big")
    return head + b"\0\0\0\0" + payload


@pytest.mark.parametrize(
    "spoken",
    [
        *(masked(0x81, b"x" * 4_000), masked(0x82, b"xy"), masked(0x81, b"x"), masked(0x81)),
        *(masked(0x81, b"x" * 100, claimed=2**62), masked(0x01, b"x") + masked(0x80, b"y"), masked(0x89) * 2_000),
        *(masked(0x01) + masked(0x00) * 2_000, masked(0x83, b"x"), b"\x81\x01x", b"GET / HTTP/1.1\r\n\r\n"),
    ],
)
def test_whoever_says_anything_is_closed(redis: Redis, port: int, spoken: bytes) -> None:
    with a_client(redis, port) as listener, a_client(redis, port) as talker:
        assert ["hello", "hello"] == [hear(listener)["type"], hear(talker)["type"]]
        with suppress(OSError):
            talker.sock.sendall(spoken)
        ended = False
        with suppress(websocket.WebSocketException, OSError):
            ended = closed_with(talker) != 0
        say(redis, 1)

        assert ended or talker.connected is False or is_cut(talker)
        assert [1] == hear_numbers(listener, 1)


def test_messages_of_some_kilobytes_cost_no_memory(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    """Each message was kept once, for a reader that there is not."""
    port = free_port()
    spoken = masked(0x81, b"x" * 125) + masked(0x81, b"x" * 4_000) * 50
    with a_system(server.url, tmp_path, RELAY_PORT=str(port)) as system:
        process = system.start("api.relay")
        wait_ready(redis, "relay")
        (worker,) = psutil.Process(process.pid).children()
        for _ in range(2 * MAX_WAITING_PER_ADDRESS):  # What the allocator keeps for such connections, it takes once.
            talk(redis, port, spoken)
        before = worker.memory_info().rss
        for _ in range(4 * MAX_WAITING_PER_ADDRESS):
            talk(redis, port, spoken)
        grown = worker.memory_info().rss - before

        with a_client(redis, port) as listener:
            assert "hello" == hear(listener)["type"]
        assert grown < 4 * MAX_WAITING_PER_ADDRESS * len(spoken) // 4


def talk(redis: Redis, port: int, spoken: bytes) -> None:
    with a_client(redis, port) as client:
        hear(client)
        with suppress(OSError):
            client.sock.sendall(spoken)
        if spoken:
            with suppress(websocket.WebSocketException, OSError):
                closed_with(client)


def is_cut(client: websocket.WebSocket) -> bool:
    try:
        return client.sock.recv(1) == b""
    except OSError:
        return True


def test_browser_that_answers_pings_stays(redis: Redis, port: int) -> None:
    with a_client(redis, port) as client:
        hear(client)
        for _ in range(20):
            client.pong()
        client.ping("x" * 100)
        say(redis, 1)
        assert [1] == hear_numbers(client, 1)


@pytest.mark.parametrize("with_tls", [False, True])
def test_silent_connections_are_ended_and_keep_nobody_out(
    redis: Redis, server: RealServer, tmp_path: Path, with_tls: bool
) -> None:
    port = free_port()
    environment = {"RELAY_PORT": str(port)}
    if with_tls:
        cert, key = certificate(tmp_path)
        environment |= {"TLS_CERTIFICATE": str(cert), "TLS_KEY": str(key)}
    with a_system(server.url, tmp_path, **environment) as system, ExitStack() as stack:
        system.start("api.relay")
        wait_ready(redis, "relay")
        silent = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(3 * MAX_WAITING_PER_ADDRESS)]
        for n, one in enumerate(silent):
            stack.callback(one.close)
            if n % 3 == 1:
                with suppress(OSError):
                    one.sendall(b"\x16" if with_tls else b"GET /live HTTP/1.1\r\nHost: a")

        # All that one address has waiting is bounded, so most are ended at once; a browser gets in once there is room.
        assert len(silent) == sum(map(is_ended, silent))
        ticket = one_time.issue_ticket(redis, "kim", "viewer")
        scheme, options = ("wss", {"sslopt": {"ca_certs": str(cert)}}) if with_tls else ("ws", {})
        address = f"{scheme}://localhost:{port}/live?ticket={ticket}"
        client = websocket.create_connection(address, timeout=60, suppress_origin=True, **options)

        assert "hello" == hear(client)["type"]
        client.close(timeout=5)
