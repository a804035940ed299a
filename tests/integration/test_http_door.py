"""The one door out: bounded, guarded, and silent about secrets; against real sockets."""

import base64
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis import Redis

from dispatchers import answers, http
from dispatchers.channel import DeliveryError
from dispatchers.network import Network
from dispatchers.surroundings import Surroundings
from shared import log
from shared.outbound import Policy
from tests.support.ports import free_port
from tests.support.servers import answer, certificate, http_server
from tests.support.waiting import PATIENCE_S, until

OPEN = Surroundings(Redis(), network=Network(policy=Policy(allow=("loopback",))))
GUARDED = OPEN.for_strangers()


def post(url: str, around: Surroundings | None = None) -> answers.Answer:
    return http.request("POST", url, around or OPEN, body=b"{}", headers={})


def refused(url: str, around: Surroundings | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        post(url, around)
    assert "top-secret" not in str(caught.value)
    return caught.value


def _whole_request(line: socket.socket) -> None:
    """Read it to its end: to close with something unread is a reset, which may overtake the answer."""
    request = b""
    while not request.endswith(b"{}") and (more := line.recv(65_536)):
        request += more


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
                    _whole_request(client)
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

    assert (201, answers.MAX_ANSWER_BYTES) == (found.status, len(found.body))


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
    for host in (
        "[fe80::1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::]",
        "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]",
    ):
        assert "never call" in refused(f"http://{host}/x").reason, host
    for host in ("100.100.100.200", "168.63.129.16", "0.0.0.0", "224.0.0.1", "255.255.255.255"):
        assert "never call" in refused(f"http://{host}/x").reason, host


PRIVATE = ("127.0.0.1", "localhost", "10.0.0.1", "192.168.1.1", "100.64.0.1", "2130706433", "127.1", "0x7f.1")
PRIVATE_6 = ("[::1]", "[::ffff:127.0.0.1]", "[fd00::1]", "[64:ff9b::7f00:1]", "[2002:a00:1::]")


@pytest.mark.parametrize("host", [*PRIVATE, *PRIVATE_6])
def test_private_address_is_refused_unless_allowed(host: str) -> None:
    error = refused(f"http://{host}:{free_port()}/x?key=top-secret", GUARDED)

    assert "permanent" == error.verdict
    assert "private address" in error.reason


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
    with raw_server(lambda client: (release.wait(PATIENCE_S), None)[1]) as url:
        error = refused(url)
        release.set()

    assert ("uncertain", True) == (error.verdict, "no answer in time" in error.reason)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
DRIPS = {
    "body in blocks": (HEAD, b"x" * 512),
    "body byte by byte": (HEAD, b"x"),
    "body without a length": (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    "header byte by byte": (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
    "headers without end": (b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
    "interim answers without end": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("drip", DRIPS)
def test_answer_that_drips_is_cut_off_as_a_whole(monkeypatch: pytest.MonkeyPatch, drip: str) -> None:
    """Each byte comes well within the time for one read, so only the time for all of them can end it."""
    monkeypatch.setattr(http, "TOTAL_TIMEOUT_S", 1.5)
    begin, drop = DRIPS[drip]
    over = threading.Event()

    def behave(client: socket.socket) -> None:
        client.sendall(begin)
        while not over.wait(0.02):
            client.sendall(drop)

    with raw_server(behave) as url:
        error = refused(url)
        over.set()

    assert ("uncertain", True) == (error.verdict, "too slowly" in error.reason)


@contextmanager
def tls_server(folder: Path, behave: Callable[[socket.socket], None], *, shakes_hands: bool = True) -> Iterator[str]:
    """As `raw_server`, over TLS; or one that takes connections and then says nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(folder))
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
                with context.wrap_socket(client, server_side=True) if shakes_hands else client as line:
                    if shakes_hands:
                        _whole_request(line)
                    behave(line)
            except OSError:
                if listener.fileno() < 0:
                    return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"https://localhost:{listener.getsockname()[1]}/x?key=top-secret"
    finally:
        listener.close()


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder whose certificate is trusted."""
    file, _ = certificate(tmp_path)
    monkeypatch.setattr(f"{__name__}.OPEN", replace(OPEN, network=replace(OPEN.network, trusted=str(file))))
    monkeypatch.setattr("tests.integration.test_http_door.certificate", lambda folder: (file, folder / "key.pem"))
    return tmp_path


def test_tls_is_spoken_with_the_name_and_to_the_address_that_was_checked(trusted: Path) -> None:
    with tls_server(trusted, lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) as url:
        assert "ok" == post(url).body
        assert "permanent" == refused(url, GUARDED).verdict


def test_tls_that_drips_is_cut_off_as_a_whole(trusted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TOTAL_TIMEOUT_S", 4.0)
    over = threading.Event()

    def drip(line: socket.socket) -> None:
        line.sendall(HEAD)
        while not over.wait(0.02):
            line.sendall(b"x")

    with tls_server(trusted, drip) as url:
        error = refused(url)
        over.set()

    assert ("uncertain", True) == (error.verdict, "too slowly" in error.reason)


def test_certificate_that_is_not_trusted_can_be_tried_again(tmp_path: Path) -> None:
    with tls_server(tmp_path, lambda line: None) as url:
        error = refused(url)

    assert ("retryable", True) == (error.verdict, "certificate" in error.reason)


def test_side_that_never_shakes_hands_has_not_had_the_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TOTAL_TIMEOUT_S", 0.5)
    over = threading.Event()
    with tls_server(tmp_path, lambda line: (over.wait(PATIENCE_S), None)[1], shakes_hands=False) as url:
        error = refused(url)
        over.set()

    assert ("retryable", True) == (error.verdict, "in time" in error.reason)


BROKEN = {
    "within its length": HEAD + b"x",
    "within a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nx",
    "with a bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n",
    "with bad compression": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!",
    "with no HTTP at all": b"220 mail.example.com ESMTP\r\n",
}


@pytest.mark.parametrize("how", BROKEN)
def test_answer_that_breaks_off_is_uncertain(how: str) -> None:
    """The other side had the whole request: to call this permanent would lose a notification, or have it twice."""
    with raw_server(lambda client: client.sendall(BROKEN[how])) as url:
        assert "uncertain" == refused(url).verdict


def test_malformed_header_does_not_put_the_address_into_a_log(capfd: pytest.CaptureFixture[str]) -> None:
    """The library below logs the whole address of an answer it cannot read."""
    log.set_up("test")
    with raw_server(lambda client: client.sendall(b"HTTP/1.1 200 OK\r\n: x\r\nbad header\r\n\r\nok")) as url:
        post(url)
        logging.getLogger("somebody.else").warning("still heard")
    said = capfd.readouterr().err

    assert "still heard" in said
    assert "top-secret" not in said


def test_credentials_of_the_request_are_masked_in_what_is_answered() -> None:
    def echo(handler: BaseHTTPRequestHandler) -> None:
        answer(handler, 200, f"you sent {handler.headers['Authorization']}")

    secret = base64.b64encode(b"AC0123:top-secret").decode()
    with http_server() as hook:
        hook.answer = echo
        found = http.request("POST", hook.url, OPEN, body=b"", headers={"Authorization": f"Basic {secret}"})

    assert found.body.startswith("you sent Basic")
    assert secret not in found.body


def test_name_with_one_forbidden_address_among_good_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked up once; no second answer can slip another address in."""
    with http_server() as hook:
        port = urlsplit(hook.url).port
        asked: list[str] = []

        def look_up(host: str, *_: object, **__: object) -> list[tuple]:
            asked.append(host)
            stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*stream, ("127.0.0.1", port)), (*stream, ("169.254.169.254", port))]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        error = refused(f"http://rebinding.example.com:{port}/x")
        reached = len(hook.requests)

    assert ("permanent", ["rebinding.example.com"], 0) == (error.verdict, asked, reached)


@pytest.mark.parametrize("url", ["http://", "http://[", "http://x:99999/", "ftp://x/"])
def test_address_that_is_none_is_permanent(url: str) -> None:
    assert "permanent" == refused(url).verdict


# -- connections that are kept --------------------------------------------------------------------------------

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Lines:
    """What a server saw of its connections: how many requests came on each, and which have ended."""

    def __init__(self) -> None:
        self.requests: list[int] = []
        self.ended: list[int] = []


@contextmanager
def keeping_server(answers: list[bytes] | None = None, folder: Path | None = None) -> Iterator[tuple[str, Lines]]:
    """A server that keeps its connections; an empty answer closes instead. With a folder: over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if folder is not None:
        context.load_cert_chain(*certificate(folder))
    listener = socket.create_server(("127.0.0.1", 0))
    lines, left = Lines(), list(answers or [])

    def serve(client: socket.socket, number: int) -> None:
        with context.wrap_socket(client, server_side=True) if folder else client as line, line.makefile("rb") as heard:
            while heard.readline():
                while heard.readline() != b"\r\n":
                    continue
                heard.read(len(b"{}"))
                lines.requests[number] += 1
                said = left.pop(0) if left else OK
                if not said:
                    break
                line.sendall(said)
        lines.ended.append(number)

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            lines.requests.append(0)
            threading.Thread(target=serve, args=(client, len(lines.requests) - 1), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http{'s' if folder else ''}://localhost:{listener.getsockname()[1]}/x?key=top-secret", lines
    finally:
        listener.close()


@pytest.mark.parametrize("is_secure", [False, True])
def test_connection_serves_the_next_request_and_ends_by_itself(
    trusted: Path, monkeypatch: pytest.MonkeyPatch, is_secure: bool
) -> None:
    monkeypatch.setattr(http, "KEPT_S", 5.0)
    with keeping_server(folder=trusted if is_secure else None) as (url, lines):
        said = [post(url).body for _ in range(3)]
        until(lambda: lines.ended == [0])

    assert (["ok"] * 3, [3]) == (said, lines.requests)


def test_connection_is_kept_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "KEPT_S", 0.05)
    with keeping_server() as (url, lines):
        post(url)
        until(lambda: lines.ended == [0])
        post(url)

    assert [1, 1] == lines.requests


def test_connection_is_not_kept_for_ever_however_much_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the name leads by now is looked up once in a while."""
    monkeypatch.setattr(http, "OLDEST_S", 0.0)
    with keeping_server() as (url, lines):
        post(url)
        post(url)

    assert [1, 1] == lines.requests


def test_connection_the_other_side_has_closed_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "KEPT_S", 20.0)
    over = threading.Event()

    def answer_and_close(client: socket.socket) -> None:
        client.sendall(OK)
        client.shutdown(socket.SHUT_RDWR)
        over.set()

    with raw_server(answer_and_close) as url:
        assert "ok" == post(url).body
        over.wait(PATIENCE_S)
        assert "ok" == post(url).body


def test_kept_connection_that_breaks_after_the_request_leaves_it_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it was taken nobody knows; that it could be asked again on a new one does not make it certain."""
    monkeypatch.setattr(http, "KEPT_S", 20.0)
    with keeping_server([OK, b""]) as (url, lines):
        post(url)
        error = refused(url)
        again = post(url).body

    assert ("uncertain", "ok", [2, 1]) == (error.verdict, again, lines.requests)


def test_answer_that_drips_on_a_kept_connection_is_cut_off(trusted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "KEPT_S", 20.0)
    with keeping_server([OK, HEAD], folder=trusted) as (url, lines):
        post(url)
        monkeypatch.setattr(http, "TOTAL_TIMEOUT_S", 1.5)
        error = refused(url)

    assert ("uncertain", True, [2]) == (error.verdict, "too slowly" in error.reason, lines.requests)


def test_kept_connection_is_of_no_use_where_its_address_is_not_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "KEPT_S", 20.0)
    with keeping_server() as (url, lines):
        post(url)
        error = refused(url, GUARDED)

    assert ("permanent", [1]) == (error.verdict, lines.requests)
