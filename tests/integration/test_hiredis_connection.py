"""Our client that speaks hiredis: it connects as redis-py would, and never hands one caller the answer of another."""

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, ConnectionError, NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as NoAnswer

from shared.redis import connection, hiredis_connection, wire
from shared.redis.hiredis_connection import PENDING, HiredisConnection
from tests.support.ports import free_port
from tests.support.real_server import RealServer
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("redis")


@contextmanager
def connected(url: str, **options: float) -> Iterator[HiredisConnection]:
    client = connection.connect(url, **options)  # type: ignore[arg-type]
    made = HiredisConnection(client)
    yield made
    made.disconnect()
    client.close()


@contextmanager
def both_ends() -> Iterator[tuple[HiredisConnection, socket.socket]]:
    """Sign in to a server that the test plays; yields the connection and the server's end of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = connection.connect(f"redis://127.0.0.1:{listener.getsockname()[1]}")
        ours = HiredisConnection(client)
        thread = threading.Thread(target=ours.connect)
        thread.start()
        theirs, _ = listener.accept()
        theirs.recv(1_000)
        theirs.sendall(b"%0\r\n")
        thread.join()
        with theirs:
            yield ours, theirs
        ours.disconnect()
        client.close()


def test_answers_come_in_order_and_refusals_are_answers(server: RealServer) -> None:
    with connected(server.url) as ours:
        ours.send(b"".join([wire.pack(("SET", "k", 1)), wire.pack(("INCR", "k")), wire.pack(("LPUSH", "k", 1))]))
        first, second, third = ours.read(3)
        with pytest.raises(NoScriptError):
            ours.ask("EVALSHA", "0" * 40, 0)

        assert (b"OK", 2) == (first, second)
        assert isinstance(third, ResponseError) and str(third).startswith("WRONGTYPE")
        assert b"2" == ours.ask("GET", "k")


def test_database_and_name_of_the_address_are_taken_over(server: RealServer) -> None:
    with connected(f"{server.url.rsplit('/', 1)[0]}/3?client_name=ours") as ours:
        ours.ask("SET", "only", "here")
        info = ours.ask("CLIENT", "INFO").decode()

    with Redis.from_url(server.url) as plain:
        assert plain.get("only") is None
    assert "name=ours" in info and "db=3" in info and "resp=3" in info


def test_wrong_password_and_a_closed_port_say_what_they_are(redis: Redis, server: RealServer) -> None:
    redis.execute_command("ACL", "SETUSER", "guest", "on", ">right", "+@all", "~*")
    place = server.url.removeprefix("redis://").rsplit("@", 1)[-1]
    try:
        with connected(f"redis://guest:right@{place}") as ours:
            assert b"guest" == ours.ask("ACL", "WHOAMI")
        with connected(f"redis://guest:wrong@{place}") as ours, pytest.raises(AuthenticationError):
            ours.connect()
    finally:
        redis.execute_command("ACL", "DELUSER", "guest")
    port = free_port()
    with (
        connected(f"redis://127.0.0.1:{port}") as ours,
        pytest.raises(ConnectionError, match=f"127.0.0.1:{port} cannot"),
    ):
        ours.connect()


def test_server_that_does_not_answer_is_given_up_and_its_late_answer_goes_to_nobody(
    redis: Redis, server: RealServer
) -> None:
    redis.set("k", "v")
    with connected(server.url, timeout_s=1.0) as ours:
        ours.connect()
        # It holds up the end of the pause, too: that comes with its time, within the five seconds that a client waits.
        redis.execute_command("CLIENT", "PAUSE", 3_000, "ALL")
        try:
            with pytest.raises(NoAnswer):
                ours.ask("GET", "k")
        finally:
            redis.execute_command("CLIENT", "UNPAUSE")

        assert not ours.is_connected
        assert b"PONG" == ours.ask("PING")


def test_taking_never_waits(redis: Redis, server: RealServer) -> None:
    with connected(server.url) as ours:
        ours.send(wire.pack(("BLPOP", "list", 30)))
        assert ours.take() is PENDING
        redis.rpush("list", "x" * 500_000)
        answers: list[object] = []
        until(lambda: answers.append(ours.take()) or answers[-1] is not PENDING, "the whole answer")  # type: ignore[func-returns-value]

        assert [b"list", b"x" * 500_000] == answers[-1]


@pytest.mark.parametrize("wait", [True, False])
def test_answers_that_are_none_of_redis_close_the_connection(wait: bool) -> None:
    with both_ends() as (ours, theirs):
        theirs.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with pytest.raises(RedisError):
            ours.read(1) if wait else until(lambda: ours.take() is not PENDING, "the answer")

        assert not ours.is_connected


@pytest.mark.parametrize("wait", [True, False])
def test_connection_that_is_reset_is_an_error_of_redis(wait: bool) -> None:
    """A reset comes as an `OSError`, also while nothing is waited for."""
    with both_ends() as (ours, theirs):
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        theirs.close()
        with pytest.raises(ConnectionError):
            ours.read(1) if wait else until(lambda: ours.take() is not PENDING, "the reset")

        assert not ours.is_connected


def test_idle_connection_that_the_server_closed_or_spoke_on_is_not_lent(redis: Redis, server: RealServer) -> None:
    client = connection.connect(server.url)
    lent = hiredis_connection.borrow(client)
    number = lent.ask("CLIENT", "ID")
    hiredis_connection.give_back(client, lent)
    again = hiredis_connection.borrow(client)
    assert number == again.ask("CLIENT", "ID")
    again.send(wire.pack(("PING",)))  # Nobody takes the answer.
    hiredis_connection.give_back(client, again)
    until(lambda: not again.is_usable(), "the answer has come")
    third = hiredis_connection.borrow(client)
    number = third.ask("CLIENT", "ID")
    hiredis_connection.give_back(client, third)
    redis.client_kill_filter(_id=str(number))
    until(lambda: not third.is_usable(), "the server has closed it")
    fourth = hiredis_connection.borrow(client)

    assert b"4" == fourth.ask("ECHO", "4")
    fourth.disconnect()
    client.close()


def test_child_process_inherits_no_idle_connection(server: RealServer) -> None:
    client = connection.connect(server.url)
    lent = hiredis_connection.borrow(client)
    number = lent.ask("CLIENT", "ID")
    hiredis_connection.give_back(client, lent)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(hiredis_connection.borrow(client).ask("CLIENT", "ID")).encode())
        os._exit(0)
    os.close(writer)
    childs = int(os.read(reader, 100))
    os.close(reader)
    os.waitpid(child, 0)
    again = hiredis_connection.borrow(client)

    assert childs != number == again.ask("CLIENT", "ID")
    again.disconnect()
    client.close()
