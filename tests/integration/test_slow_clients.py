"""Honest requests are answered however many clients send slowly, read slowly or send nothing; those are closed."""

import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import requests
from redis import Redis

from api.auth import api_keys, users
from api.web.http_worker import MAX_PER_ADDRESS
from shared.redis import connection
from tests.support.connections import is_ended
from tests.support.ports import free_port
from tests.support.processes import Process, a_system
from tests.support.real_server import RealServer
from tests.support.servers import certificate
from tests.support.waiting import PATIENCE_S, until

PASSWORD = "말이 없는 밤 열두 시"
PATH = "/api/enhanced-alerts"
SILENCE = {"matchers": [{"name": "rule_id", "value": "x"}], "comment": "x", "length_ms": 60_000}


class Site:
    """An API (or ingest) of its own process, and how to reach it."""

    alive = f"{PATH}/me"
    post = f"{PATH}/silences"

    def __init__(self, port: int, cert: Path | None, token: str, process: Process) -> None:
        self.port, self._cert, self.token, self._process = port, cert, token, process
        self.has_tls = cert is not None
        self.url = f"http{'s' if cert else ''}://localhost:{port}"

    def line(self, *, plain: bool = False, buffer: int = 0) -> socket.socket:
        one = socket.socket()
        if buffer:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        one.settimeout(PATIENCE_S)
        one.connect(("127.0.0.1", self.port))
        if plain or self._cert is None:
            return one
        return ssl.create_default_context(cafile=str(self._cert)).wrap_socket(one, server_hostname="localhost")

    def log(self) -> str:
        return self._process.log()

    def connections(self) -> int:
        """How many there are, as the process has them."""
        (worker,) = psutil.Process(self._process.pid).children()
        return sum(c.laddr.port == self.port and bool(c.raddr) for c in worker.net_connections("tcp"))

    def ask(self, method: str = "GET", path: str = "", type: str = "", **more: object) -> requests.Response:
        path = path or self.alive
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Content-Type": type} if type else {})
        verify = str(self._cert) if self._cert else True
        return requests.request(method, self.url + path, headers=headers, verify=verify, timeout=PATIENCE_S, **more)


class IngestSite(Site):
    alive = "/-/ready"
    post = "/api/v1/write"


@contextmanager
def a_site(
    redis: Redis, server: RealServer, folder: Path, *, with_tls: bool, kind: type[Site] = Site
) -> Iterator[Site]:
    port, cert = free_port(), None
    component = "api" if kind is Site else "ingest"
    environment = {f"{component.upper()}_PORT": str(port)}
    if with_tls:
        cert, key = certificate(folder)
        environment |= {"TLS_CERTIFICATE": str(cert), "TLS_KEY": str(key)}
    with a_system(server.url, folder, **environment) as system:
        site = kind(port, cert, new_key(redis), system.start(component))
        until(lambda: answers(site))
        yield site


def answers(site: Site) -> bool:
    with suppress(requests.ConnectionError):
        return site.ask().status_code == 200
    return False


def new_key(redis: Redis) -> str:
    return api_keys.create(redis, "kim", "admin", 1)[1]


@pytest.fixture(scope="module")
def both(server: RealServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Site]]:
    """Two APIs for all tests of this module, without and with TLS: each starts for some seconds."""
    with connection.connect(server.url) as redis, ExitStack() as stack:
        folders = [tmp_path_factory.mktemp(name) for name in ("plain", "tls")]
        yield [
            stack.enter_context(a_site(redis, server, folder, with_tls=with_tls))
            for folder, with_tls in zip(folders, (False, True), strict=True)
        ]


@pytest.fixture
def sites(both: list[Site], redis: Redis) -> list[Site]:
    """Both APIs, with a key of this test: *redis* is emptied before each."""
    for one in both:
        one.token = new_key(redis)
    return both


@pytest.fixture(params=[0, 1], ids=["plain", "tls"])
def site(sites: list[Site], request: pytest.FixtureRequest) -> Site:
    return sites[request.param]


def head(site: Site, length: int | str) -> bytes:
    body = "Transfer-Encoding: chunked" if length == "chunked" else f"Content-Length: {length}"
    return (
        f"POST {site.post} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {site.token}\r\n"
        f"Content-Type: application/json\r\n{body}\r\n\r\n"
    ).encode()


SLOW: dict[str, Callable[[Site], tuple[bytes, bytes]]] = {
    "nothing": lambda site: (b"", b""),
    "half a head": lambda site: (b"GET / HTTP/1.1\r\nHost: a", b""),
    "a head that trickles": lambda site: (b"GET / HTTP/1.1\r\nHost: a", b"a"),
    "half a body": lambda site: (head(site, 1_000) + b"{", b""),
    "a body that trickles": lambda site: (head(site, 100_000) + b"{", b" "),
    "half a chunk": lambda site: (head(site, "chunked") + b"ff\r\n{\r\n\r\n", b""),
    "a length of a chunk that trickles": lambda site: (head(site, "chunked"), b"0"),
    "a body that is too long and never comes": lambda site: (head(site, 10**9), b""),
}


def attack(site: Site, stack: ExitStack, *, times: int) -> list[socket.socket]:
    """Open so many connections of each kind, all of one address; those that trickle go on a byte at a time."""
    lines: list[tuple[socket.socket, bytes]] = []
    over = threading.Event()
    for first, then in [how(site) for how in SLOW.values()] * times:
        with suppress(OSError):
            one = site.line()
            stack.callback(one.close)
            one.sendall(first)
            lines.append((one, then))
    for _ in range(times if site.has_tls else 0):
        one = site.line(plain=True)
        stack.callback(one.close)
        one.sendall(b"\x16")
        lines.append((one, b""))

    def trickle() -> None:
        while not over.wait(0.5):
            for one, then in lines:
                with suppress(OSError, ValueError):
                    one.send(then)

    thread = threading.Thread(target=trickle, daemon=True)
    thread.start()
    stack.callback(thread.join)
    stack.callback(over.set)
    return [one for one, _ in lines]


@pytest.mark.slow
def test_slow_senders_keep_nobody_out_and_are_ended(sites: list[Site]) -> None:
    """
    Sixteen of a kind are enough to take all threads. More than one address may have are opened, so the first are ended
    to make room for the last; and the last by their deadlines, of which those of bodies are half a minute.
    """
    with ExitStack() as stack:
        lines = [one for site in sites for one in attack(site, stack, times=MAX_PER_ADDRESS // len(SLOW) + 5)]
        while_attacked = [site.ask().status_code for site in sites * 3]
        ended = [is_ended(one) for one in lines]

    assert ([200] * 6, [True] * len(lines)) == (while_attacked, ended)
    assert len(lines) > 2 * MAX_PER_ADDRESS


@pytest.mark.slow
def test_slow_senders_keep_no_metrics_out(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    with a_site(redis, server, tmp_path, with_tls=True, kind=IngestSite) as site, ExitStack() as stack:
        lines = attack(site, stack, times=MAX_PER_ADDRESS // len(SLOW) + 5)
        sample = {"json": {"resourceMetrics": []}, "type": "application/json"}
        while_attacked = [site.ask("POST", "/v1/metrics", **sample).status_code for _ in range(6)]
        ended = [is_ended(one) for one in lines]

    assert ([200] * 6, [True] * len(lines)) == (while_attacked, ended)


@pytest.mark.slow
def test_slow_readers_keep_nobody_out_and_are_ended(sites: list[Site]) -> None:
    with ExitStack() as stack:
        for site in sites:
            asked = f"GET /openapi/openapi.json HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {site.token}\r\n\r\n"
            for _ in range(40):
                one = site.line(buffer=2_048)
                stack.callback(one.close)
                # Several at once, so that no buffer between the two takes them all.
                one.sendall(asked.encode() * 40)
        assert [200] * 6 == [site.ask().status_code for site in sites * 3]
        for site in sites:
            until(lambda site=site: not site.connections(), "all slow readers ended")


def test_answers_that_are_asked_for_ahead_come_whole_and_in_order(site: Site) -> None:
    asked = f"GET /openapi/openapi.json HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {site.token}\r\n"
    with site.line() as one:
        one.sendall((f"{asked}\r\n" * 29 + f"{asked}Connection: close\r\n\r\n").encode())
        heard = one.makefile("rb")
        answers = []
        while line := heard.readline():
            headers = http.client.parse_headers(heard)
            answers.append((line.split()[1], json.loads(heard.read(int(headers["Content-Length"])))))

    assert 30 == len(answers)
    assert all(a == answers[0] for a in answers)


def test_requests_that_come_in_pieces_are_answered_like_others(site: Site) -> None:
    body = json.dumps({**SILENCE, "comment": "ü" * 50}).encode()
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (body[:7], body[7:60], body[60:])) + b"0\r\n\r\n"
    for text in (head(site, len(body)) + body, head(site, "chunked") + chunked):
        with site.line() as one:
            for at in range(0, len(text), 13):
                one.sendall(text[at : at + 13])
            one.sendall(f"GET {PATH}/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
            said = b""
            while piece := one.recv(65_536):
                said += piece
        assert [b"201", b"401"] == re.findall(rb"HTTP/1.1 (\d+) ", said)


def test_who_asks_before_sending_may_send(site: Site) -> None:
    body = json.dumps(SILENCE).encode()
    with site.line() as one:
        one.sendall(head(site, len(body)).replace(b"Host: a", b"Host: a\r\nExpect: 100-continue"))
        assert one.recv(65_536).startswith(b"HTTP/1.1 100 ")
        one.sendall(body)
        assert one.recv(65_536).startswith(b"HTTP/1.1 201 ")


@pytest.mark.parametrize("chunk", [5_000, 70_000, 1_048_577, 3_000_000])
def test_body_that_is_too_long_is_refused_by_what_it_holds(site: Site, chunk: int) -> None:
    body = json.dumps(SILENCE).encode().ljust(1_048_577)
    parts = [body[at : at + chunk] for at in range(0, len(body), chunk)] + [b" " * 2_000_000]
    said = site.ask("POST", f"{PATH}/silences", data=iter(parts), type="application/json")

    assert 413 == said.status_code, said.text


@pytest.mark.parametrize(
    "chunk", [b"-5\r\nab", b"0_2\r\nab", b"x\r\nab", b"2\r\nabcd", b"2 \r\nab", b"2;\0\r\nab\r\n0"]
)
def test_body_in_chunks_that_are_none_is_the_senders_fault(site: Site, chunk: bytes) -> None:
    with site.line() as one:
        one.sendall(head(site, "chunked") + chunk + b"\r\n0\r\n\r\n")
        said = one.recv(65_536)

    assert said.startswith(b"HTTP/1.1 400 "), said
    assert "request.failed" not in site.log()


def test_length_that_is_too_long_is_refused_without_the_body(site: Site) -> None:
    with site.line() as one:
        one.sendall(head(site, 10**9))
        assert one.recv(65_536).startswith(b"HTTP/1.1 413 ")


def test_what_a_request_says_of_proxies_is_ignored_where_none_is_trusted(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    """gunicorn by itself believes whoever calls from this machine, as each other user of it does."""
    forged = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Ssl": "on",
        "X-Forwarded-Protocol": "ssl",
        "Forwarded": "for=203.0.113.9;host=evil.example;proto=https",
        "Script-Name": "/api",
    }
    users.create(redis, "kim", "admin", PASSWORD)
    with a_site(redis, server, tmp_path, with_tls=False) as site:
        said = requests.post(
            f"{site.url}{PATH}/sign-in",
            json={"name": "kim", "password": PASSWORD},
            headers=forged,
            timeout=PATIENCE_S,
        )
        me = requests.get(
            f"{site.url}{PATH}/me", headers={**forged, "Authorization": f"Bearer {site.token}"}, timeout=PATIENCE_S
        )
    whole = f"{said.headers} {said.text} {me.headers} {me.text}"

    assert (200, 200) == (said.status_code, me.status_code)
    assert "evil" not in whole
    assert "Strict-Transport-Security" not in whole and "secure" not in said.headers["Set-Cookie"].lower()
    assert "127.0.0.1" in site.log() and "203.0.113.9" not in site.log()
