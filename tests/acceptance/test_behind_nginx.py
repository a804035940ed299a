"""Behind the nginx that is shipped, a client chooses neither its address nor the scheme, and slow ones stop nobody."""

import json
import re
import secrets
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
import requests
import websocket
from redis import Redis

from api.auth import api_keys, one_time, users
from shared.redis import connection
from tests.support.connections import is_ended
from tests.support.nginx import Front, needs_nginx, nginx
from tests.support.ports import free_port
from tests.support.processes import System, a_system
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S, until

pytestmark = [needs_nginx, pytest.mark.slow]

PATH = "/api/enhanced-alerts"
PASSWORD = "말이 없는 밤 열두 시"
FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Ssl": "off",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9;host=evil.example;proto=http",
    "Script-Name": "/evil",
}


class Site:
    """API and relay behind nginx, and how to reach them."""

    def __init__(self, front: Front, system: System, trusted_proxies: int) -> None:
        self.front = front
        self.system = system
        self.trusted_proxies = trusted_proxies
        self.key = ""

    def ask(self, method: str, path: str, **options: object) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}  # type: ignore[dict-item]
        return self._send(method, path, headers=headers, **options)

    def ask_as_stranger(self, method: str, path: str, **options: object) -> requests.Response:
        return self._send(method, path, **options)

    def connect(self, *, plain: bool = False) -> socket.socket:
        one = socket.create_connection(("127.0.0.1", self.front.port), timeout=PATIENCE_S)
        if plain:
            return one
        context = ssl.create_default_context(cafile=str(self.front.cert))
        return context.wrap_socket(one, server_hostname="localhost")

    def listen(self, redis: Redis) -> websocket.WebSocket:
        ticket = one_time.issue_ticket(redis, "kim", "viewer")
        return websocket.create_connection(
            f"wss://localhost:{self.front.port}/live?ticket={ticket}",
            sslopt={"ca_certs": str(self.front.cert)},
            timeout=PATIENCE_S,
            origin=self.front.url,
        )

    def _send(self, method: str, path: str, **options: object) -> requests.Response:
        return requests.request(
            method, f"{self.front.url}{path}", verify=str(self.front.cert), timeout=PATIENCE_S, **options
        )


@pytest.fixture(scope="module", params=[1, 0], ids=["one proxy is trusted", "none is trusted"])
def running(
    server: RealServer, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    front, ports = Front(folder), {"API_PORT": free_port(), "RELAY_PORT": free_port()}
    settings = {name: str(port) for name, port in ports.items()} | front.settings
    with (
        connection.connect(server.url) as redis,
        a_system(server.url, folder, TRUSTED_PROXIES=str(request.param), **settings) as system,
        nginx("nginx.conf", front, folder, api_port=ports["API_PORT"], relay_port=ports["RELAY_PORT"]),
    ):
        site = Site(front, system, request.param)
        site.key = api_keys.create(redis, "kim", "admin", 1)[1]
        system.start("api")
        system.start("api.relay")
        until(lambda: answers(site, f"{PATH}/me"), "the API behind nginx")
        until(lambda: listens(ports["RELAY_PORT"]), "the relay")
        yield site


@pytest.fixture
def site(running: Site, redis: Redis) -> Site:
    running.key = api_keys.create(redis, "kim", "admin", 1)[1]
    return running


def answers(site: Site, path: str) -> bool:
    with suppress(requests.ConnectionError):
        return site.ask("GET", path).status_code == 200
    return False


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def test_what_a_client_says_of_proxies_changes_no_answer(site: Site, redis: Redis) -> None:
    users.create(redis, "kim", "admin", PASSWORD)
    credentials = {"name": "kim", "password": PASSWORD}

    def told(headers: dict[str, str]) -> list[object]:
        signed_in = site.ask_as_stranger("POST", f"{PATH}/sign-in", json=credentials, headers=headers)
        page = site.ask_as_stranger("GET", "/", headers={"Accept": "text/html", **headers})
        preview = site.ask("POST", f"{PATH}/templates/preview", json={"body_template": "{{ link }}"}, headers=headers)
        cookie = re.sub(r"=[^;]{20,}", "=SECRET", signed_in.headers["Set-Cookie"])
        cookie = re.sub(r"Expires=[^;]+", "Expires", cookie)
        kept = ("Content-Security-Policy", "Strict-Transport-Security", "Location")
        return [signed_in.status_code, cookie, page.status_code, preview.json()["text"]] + [
            [re.sub(r"nonce-[^']+", "nonce", answer.headers.get(name, "")) for name in kept]
            for answer in (signed_in, page, preview)
        ]

    honest = told({})
    assert honest == told(FORGED)
    for scheme in ("https", "https, http"):
        assert honest == told({**FORGED, "X-Forwarded-Proto": scheme})
    assert "evil" not in str(honest) and site.front.url in str(honest)
    # The cookie follows what the API knows of the scheme, and that is the proxy's to say, if one is trusted.
    assert ("Secure" in honest[1], honest[1].startswith("__Host-")) == (site.trusted_proxies == 1,) * 2


def test_a_link_that_signs_in_once_names_the_public_address(site: Site, redis: Redis) -> None:
    code = one_time.create_sign_in_code(redis, "kim", "viewer")
    answer = site.ask_as_stranger("GET", f"/sign-in?code={code}", headers=FORGED, allow_redirects=False)
    again = site.ask_as_stranger("GET", f"/sign-in?code={code}", headers=FORGED, allow_redirects=False)

    assert "evil" not in f"{answer.headers}{answer.text}"
    assert "evil" not in answer.headers.get("Location", "") and 401 == again.status_code


def test_limits_and_traces_go_by_the_address_that_the_proxy_saw(site: Site) -> None:
    codes = []
    for n in range(60):
        guess = {"name": f"nobody-{n}", "password": "a long enough guess"}
        forged = {**FORGED, "X-Forwarded-For": f"203.0.113.{n}", "Forwarded": f"for=203.0.113.{n}"}
        codes.append(site.ask_as_stranger("POST", f"{PATH}/sign-in", json=guess, headers=forged).status_code)
        if codes[-1] == 429:
            break
    rule = {"name": "x", "metric": "cpu", "operator": ">", "threshold": 1.0, "severity": "info", "channels": ["web"]}
    made = site.ask("POST", f"{PATH}/rules", json=rule, headers=FORGED)
    audit = site.ask("GET", f"{PATH}/audit").text

    assert {401, 429} == set(codes)
    assert 201 == made.status_code, made.text
    assert "127.0.0.1" in audit and "203.0.113" not in audit
    assert "203.0.113" not in site.system.logs() and "sign_in.refused" in site.system.logs()


def test_slow_and_silent_clients_keep_nobody_out_and_are_ended(site: Site, redis: Redis) -> None:
    head = f"POST {PATH}/rules HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {site.key}\r\n"
    ticket = one_time.issue_ticket(redis, "kim", "viewer")
    starts = (
        b"",
        b"GET / HTTP/1.1\r\nHost: a",
        f"{head}Content-Length: 1000\r\n\r\n{{".encode(),
        f"{head}Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n".encode(),
        f"GET /live?ticket={ticket} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConn".encode(),
    )
    with ExitStack() as stack:
        lines = []
        for _ in range(20):
            for start in starts:
                lines.append(stack.enter_context(site.connect()))
                lines[-1].sendall(start)
            lines.append(stack.enter_context(site.connect(plain=True)))
            lines[-1].sendall(b"\x16")
        honest = [site.ask("GET", f"{PATH}/me").status_code for _ in range(5)]
        feed = site.listen(redis)
        heard = json.loads(feed.recv())["type"]
        feed.close(timeout=5)
        ended = [is_ended(one) for one in lines]

    assert ([200] * 5, "hello") == (honest, heard)
    assert [True] * len(lines) == ended


def test_body_that_is_too_large_is_refused(site: Site) -> None:
    announced = site.ask("POST", f"{PATH}/rules", data=b" " * 1_100_000)
    in_chunks = site.ask("POST", f"{PATH}/rules", data=iter([b" " * 1_100_000]))

    assert (413, 413) == (announced.status_code, in_chunks.status_code)


def test_socket_that_answers_no_ping_is_ended_and_the_others_go_on(site: Site, redis: Redis) -> None:
    ticket = one_time.issue_ticket(redis, "kim", "viewer")
    key = secrets.token_urlsafe(16)[:22] + "=="
    with site.connect() as silent:
        silent.sendall(
            f"GET /live?ticket={ticket} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        assert silent.recv(65_536).startswith(b"HTTP/1.1 101 ")
        listener = site.listen(redis)

        assert is_ended(silent)
        assert listener.connected and "hello" == json.loads(listener.recv())["type"]
        listener.close(timeout=5)
