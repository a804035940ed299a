"""The one door out: bounded, guarded, and silent about secrets; against real sockets."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest
from redis import Redis

from dispatchers import http
from dispatchers.channel import DeliveryError, Surroundings
from tests.conftest import free_port
from tests.servers import answer, http_server

OPEN = Surroundings(Redis(), allow_private_addresses=True)
GUARDED = Surroundings(Redis(), allow_private_addresses=False)


def post(url: str, around: Surroundings = OPEN) -> http.Answer:
    return http.request("POST", url, around, body=b"{}", headers={})


def refused(url: str, around: Surroundings = OPEN) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        post(url, around)
    assert "top-secret" not in str(caught.value)
    return caught.value


@contextmanager
def raw_server(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """A TCP server that does to each connection what it is told."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                try:
                    client.recv(65_536)
                    behave(client)
                except OSError:
                    continue

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/x?key=top-secret"
    finally:
        listener.close()


def test_success_is_answered_and_cut() -> None:
    with http_server() as hook:
        hook.answer = lambda handler: answer(handler, 201, "x" * 1_000_000)
        found = post(hook.url)

    assert (201, http.MAX_ANSWER_BYTES) == (found.status, len(found.body))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_not_followed(status: int) -> None:
    def lead_away(handler: BaseHTTPRequestHandler) -> None:
        answer(handler, status, "", Location="http://169.254.169.254/latest/meta-data")

    with http_server() as hook:
        hook.answer = lead_away
        error = refused(hook.url)
        count = len(hook.requests)

    assert ("permanent", 1) == (error.verdict, count)


def test_address_of_the_clouds_metadata_is_never_called() -> None:
    assert "never call" in refused("http://169.254.169.254/latest?key=top-secret").reason
    assert "never call" in refused("http://[fe80::1]/x").reason


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "192.168.1.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_private_address_is_refused_unless_allowed(host: str) -> None:
    error = refused(f"http://{host}:{free_port()}/x?key=top-secret", GUARDED)

    assert "permanent" == error.verdict
    assert "ALLOW_PRIVATE_ADDRESSES" in error.reason


def test_nobody_listening_can_be_tried_again() -> None:
    assert ("retryable", True) == (
        (error := refused(f"http://127.0.0.1:{free_port()}/x?key=top-secret")).verdict,
        "refused the connection" in error.reason,
    )


def test_unknown_name_can_be_tried_again() -> None:
    assert "retryable" == refused("http://no-such-host.invalid/x?key=top-secret").verdict


def test_connection_that_breaks_before_the_answer_is_uncertain() -> None:
    with raw_server(lambda client: client.shutdown(socket.SHUT_RDWR)) as url:
        assert "uncertain" == refused(url).verdict


def test_silence_after_the_request_is_uncertain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_TIMEOUT_S", 0.3)
    release = threading.Event()
    with raw_server(lambda client: (release.wait(20), None)[1]) as url:
        error = refused(url)
        release.set()

    assert ("uncertain", True) == (error.verdict, "no answer in time" in error.reason)


def test_answer_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TOTAL_TIMEOUT_S", 0.5)

    def drip(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(600):
            client.sendall(b"x" * 4_096)
            time.sleep(0.05)

    with raw_server(drip) as url:
        assert "uncertain" == refused(url).verdict


@pytest.mark.parametrize("url", ["http://", "http://[", "http://x:99999/", "ftp://x/"])
def test_address_that_is_none_is_permanent(url: str) -> None:
    assert "permanent" == refused(url).verdict
