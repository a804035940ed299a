"""Companies' networks: proxies and their own certificate authorities, against real proxies and TLS servers."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis

from api.auth import api_keys
from dispatchers import channel as kinds
from dispatchers import deadline, http, render
from dispatchers.channel import DeliveryError, Item
from dispatchers.surroundings import Surroundings
from shared.settings import Settings
from tests.support.authority import Authority
from tests.support.factories import an_alert
from tests.support.forward_proxy import forward_proxy
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.servers import Hook, Mailbox, answer, http_server, smtp_listening
from tests.support.waiting import PATIENCE_S

SECRET = "proxy-password-0123"
UNKNOWN = "hooks.known-to-the-proxy.invalid"
"""A name that this machine cannot look up, as in networks where only the proxy can."""


@contextmanager
def tls_hook(files: tuple[Path, Path]) -> Iterator[Hook]:
    """An HTTPS server that shows a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            hook.requests.append((dict(self.headers), body))
            answer(self, 200, "ok")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    hook = Hook(f"https://localhost:{server.server_port}/hook?key=a-secret-key")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


def send(url: str, environment: dict[str, str] | None = None, **fields: Any) -> kinds.Receipt:
    """Send a notification as the `webhook` channel does, in a process with this environment."""
    settings = Settings.from_environment({"OUTBOUND_ALLOW": "loopback", **(environment or {})})
    kind = kinds.get("webhook")
    message = render.notification("webhook", [Item("firing", an_alert(), "http://board/alerts/1")], 1)
    return kind.send(message, kind.check({"url": url, **fields}), Surroundings.of(Redis(), settings))


def failure(url: str, environment: dict[str, str] | None = None, **fields: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(url, environment, **fields)
    assert SECRET not in caught.value.reason and "a-secret-key" not in caught.value.reason
    return caught.value


# -- a company's own authority --------------------------------------------------------------------------------


def test_certificate_of_a_companys_authority_is_not_trusted_by_itself(authority: Authority) -> None:
    with tls_hook(authority.certificate()) as hook:
        error = failure(hook.url)

    assert ("retryable", 0) == (error.verdict, len(hook.requests))
    assert "certificate of localhost could not be verified" in error.reason


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_authority_is_trusted_that_the_environment_names(authority: Authority, variable: str) -> None:
    with tls_hook(authority.certificate()) as hook:
        receipt = send(hook.url, {variable: str(authority.file)})

    assert ("200 ok", 1) == (str(receipt.answer), len(hook.requests))


def test_authority_is_trusted_that_is_pasted_into_the_channel(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other", "Another CA")
    with tls_hook(authority.certificate()) as hook:
        pasted = f"  subject=Korean 회사 CA\n{authority.pem}\n"
        receipt = send(hook.url, {"SSL_CERT_FILE": str(other.file)}, ca_certificate=pasted)
        # It stands instead of the others, for this channel alone.
        error = failure(hook.url, {"SSL_CERT_FILE": str(authority.file)}, ca_certificate=other.pem)

    assert ("200 ok", 1, "retryable") == (str(receipt.answer), len(hook.requests), error.verdict)


def test_certificate_of_the_server_itself_may_be_pasted(authority: Authority) -> None:
    files = authority.certificate()
    with tls_hook(files) as hook:
        receipt = send(hook.url, ca_certificate=files[0].read_text())

    assert "200 ok" == str(receipt.answer)


def test_trusted_authority_is_no_reason_to_accept_another_name(authority: Authority) -> None:
    with tls_hook(authority.certificate("elsewhere.example")) as hook:
        error = failure(hook.url, ca_certificate=authority.pem)

    assert "could not be verified" in error.reason


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("how", ["environment", "field", "nowhere"])
def test_mail_servers_certificate_is_verified_likewise(
    redis: Redis, authority: Authority, security: str, how: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.certificate())
    mailbox, port = Mailbox(), free_port()
    tls = {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    environment = {"SSL_CERT_FILE": str(authority.file)} if how == "environment" else {}
    kind = kinds.get("email")
    fields = {"smtp_server": "localhost", "smtp_port": port, "security": security}
    people = {"from_email": "a@example.com", "to_emails": ["b@example.com"]}
    config = kind.check({**fields, **people, "ca_certificate": authority.pem if how == "field" else ""})
    message = render.notification("email", [Item("firing", an_alert(), "http://board/alerts/1")], 1)
    around = Surroundings.of(redis, Settings.from_environment(environment))
    with smtp_listening(mailbox, port, **tls):
        if how == "nowhere":
            with pytest.raises(DeliveryError, match="certificate of localhost could not be verified"):
                kind.send(message, config, around)
        else:
            kind.send(message, config, around)

    assert (0 if how == "nowhere" else 1) == len(mailbox.messages)


# -- proxies --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_https_goes_through_the_proxy_and_stays_encrypted(authority: Authority, variable: str) -> None:
    with (
        tls_hook(authority.certificate(UNKNOWN)) as hook,
        forward_proxy(
            credentials=f"kim:{SECRET}", leads_to=("127.0.0.1", int(hook.url.split(":")[2].split("/")[0]))
        ) as proxy,
    ):
        url = f"https://{UNKNOWN}/hook?key=a-secret-key"
        receipt = send(url, {variable: proxy.url, "SSL_CERT_FILE": str(authority.file)})

    assert ("200 ok", [f"CONNECT {UNKNOWN}:443 HTTP/1.1"]) == (str(receipt.answer), proxy.requests)
    assert UNKNOWN == hook.requests[0][0]["Host"] and "Proxy-Authorization" not in hook.requests[0][0]
    assert b"a-secret-key" not in b"".join(proxy.passed)


def test_http_goes_through_its_proxy_with_the_whole_address() -> None:
    with http_server() as hook, forward_proxy(credentials=f"kim:{SECRET}") as proxy:
        proxy.leads_to = ("127.0.0.1", int(hook.url.split(":")[2].split("/")[0]))
        receipt = send(f"http://{UNKNOWN}:8000/hook", {"HTTP_PROXY": proxy.url, "HTTPS_PROXY": "http://127.0.0.1:1"})

    assert ("200 ok", [f"POST http://{UNKNOWN}:8000/hook HTTP/1.1"]) == (str(receipt.answer), proxy.requests)
    assert f"{UNKNOWN}:8000" == hook.requests[0][0]["Host"]
    assert SECRET not in str(hook.requests) and "Proxy-Authorization" not in hook.requests[0][0]


def test_channels_own_proxy_comes_before_the_processs_and_before_no_proxy() -> None:
    with http_server() as hook, forward_proxy() as common, forward_proxy(credentials=f"kim:{SECRET}") as own:
        own.leads_to = ("127.0.0.1", int(hook.url.split(":")[2].split("/")[0]))
        send(f"http://{UNKNOWN}/hook", {"HTTP_PROXY": common.url, "NO_PROXY": "*"}, proxy_url=own.url)

    assert (0, 1, 1) == (len(common.requests), len(own.requests), len(hook.requests))


@pytest.mark.parametrize("no_proxy", ["other.example, localtest.example", "*", ".example", "localtest.example:{port}"])
def test_no_proxy_is_called_directly(monkeypatch: pytest.MonkeyPatch, no_proxy: str) -> None:
    with http_server() as hook, forward_proxy(refuses="502 Bad Gateway") as proxy:
        port = hook.url.split(":")[2].split("/")[0]
        known = http.connect.socket.getaddrinfo

        def look_up(host: str, *rest: Any, **more: Any) -> Any:
            return known("127.0.0.1" if host == "localtest.example" else host, *rest, **more)

        monkeypatch.setattr(http.connect.socket, "getaddrinfo", look_up)
        environment = {"HTTP_PROXY": proxy.url, "NO_PROXY": no_proxy.format(port=port)}
        receipt = send(f"http://localtest.example:{port}/hook", environment)

    assert ("200 ok", []) == (str(receipt.answer), proxy.requests)


def test_this_machine_is_called_directly() -> None:
    with http_server() as hook, forward_proxy() as proxy:
        receipt = send(hook.url, {"HTTP_PROXY": proxy.url})

    assert ("200 ok", []) == (str(receipt.answer), proxy.requests)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("behaviour", "credentials", "said"),
    [
        ({"credentials": "kim:right"}, "", "wants a user name and a password"),
        ({"credentials": "kim:right"}, f"kim:{SECRET}@", "refuses the user name or password"),
        ({"refuses": "403 Forbidden"}, f"kim:{SECRET}@", "answered 403"),
        ({"refuses": "503 Unavailable"}, "", "answered 503"),
    ],
)
def test_what_a_proxy_refuses_can_be_tried_again_and_gives_no_password_away(
    scheme: str, behaviour: dict[str, str], credentials: str, said: str
) -> None:
    with forward_proxy(**behaviour) as proxy:
        url = f"http://{credentials}127.0.0.1:{proxy.port}"
        error = failure(f"{scheme}://{UNKNOWN}/hook?key=a-secret-key", {f"{scheme.upper()}_PROXY": url})

    if scheme == "https" or "answered" not in said:
        assert (
            "retryable",
            True,
            True,
        ) == ("retryable", f"127.0.0.1:{proxy.port}" in error.reason, said in error.reason)
        assert "retryable" == error.verdict
    else:
        # What the proxy says of a plain request cannot be told from what the server says.
        assert said in error.reason


@pytest.mark.slow
def test_no_process_writes_the_password_of_a_proxy_down(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    port, key = free_port(), api_keys.create(redis, "kim", "admin", 1)[1]
    with forward_proxy(credentials="kim:another") as refusing:
        wrong, down = f"http://kim:{SECRET}@127.0.0.1:{refusing.port}", f"http://kim:{SECRET}@127.0.0.1:{free_port()}"
        with a_system(
            server.url, tmp_path, API_PORT=str(port), HTTPS_PROXY=wrong, https_proxy=wrong, HTTP_PROXY=down
        ) as system:
            system.start("api")
            system.start("dispatchers", "router")
            system.start("dispatchers", "worker", "--channels", "webhook")
            wait_ready(redis, "api", "router", "worker-webhook")
            api = f"http://127.0.0.1:{port}/api/enhanced-alerts"
            said = []
            for fields in (
                {"url": f"https://{UNKNOWN}/x"},
                {"url": f"http://{UNKNOWN}/x"},
                {"url": f"https://{UNKNOWN}/x", "proxy_url": down},
            ):
                for method, path, body in (
                    ("PUT", "channels/webhook/config", fields),
                    ("POST", "test/webhook", {}),
                    ("GET", "channels/config", None),
                ):
                    answer = requests.request(
                        method,
                        f"{api}/{path}",
                        json=body,
                        headers={"Authorization": f"Bearer {key}"},
                        timeout=PATIENCE_S,
                    )
                    said.append(answer.text)
            system.start("api.cli", "doctor").wait()
            logs = system.logs()

    assert (False, False) == (SECRET in logs, SECRET in str(said))
    assert (True, True) == ("refuses the user name or password" in said[1], "refused the connection" in said[7]), said


def test_proxy_that_is_down_can_be_tried_again() -> None:
    port = free_port()
    error = failure(f"https://{UNKNOWN}/x", {"HTTPS_PROXY": f"http://kim:{SECRET}@127.0.0.1:{port}"})

    assert "retryable" == error.verdict
    assert f"the proxy 127.0.0.1:{port} cannot be used: 127.0.0.1 refused the connection" == error.reason


def test_proxy_that_says_nothing_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TOTAL_TIMEOUT_S", 0.5)
    with forward_proxy(silent=True) as proxy:
        error = failure(f"https://{UNKNOWN}/x", {"HTTPS_PROXY": proxy.url})

    assert ("retryable", True) == (error.verdict, "does not answer in time" in error.reason)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "[::ffff:169.254.169.254]"]
)
@pytest.mark.parametrize("own", [True, False])
def test_metadata_services_are_not_called_through_a_proxy_either(address: str, own: bool) -> None:
    with forward_proxy() as proxy:
        environment = {} if own else {"HTTP_PROXY": proxy.url}
        error = failure(f"http://{address}/latest", environment, **({"proxy_url": proxy.url} if own else {}))

    assert ("permanent", []) == (error.verdict, proxy.requests)


def test_refused_networks_stay_refused_behind_a_proxy() -> None:
    with forward_proxy() as proxy:
        environment = {"HTTP_PROXY": proxy.url, "OUTBOUND_REFUSE": "private, *.evil.example"}
        error = failure("http://10.1.2.3/x", environment)

    assert ("permanent", []) == (error.verdict, proxy.requests)
    assert "OUTBOUND_REFUSE" in error.reason


def test_proxy_that_an_administrator_names_is_judged_like_other_addresses() -> None:
    with forward_proxy() as proxy:
        environment = {"REDIS_URL": "redis://elsewhere.example", "OUTBOUND_ALLOW": ""}
        here = failure(f"http://{UNKNOWN}/x", environment, proxy_url=proxy.url)
        never = failure(f"http://{UNKNOWN}/x", environment, proxy_url="http://169.254.169.254:80")

    assert [] == proxy.requests
    assert "OUTBOUND_ALLOW=loopback" in here.reason and "never call" in never.reason


def test_one_connection_through_the_proxy_serves_the_next_request(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "KEPT_S", 20.0)
    monkeypatch.setattr(deadline, "NAP_S", 0.05)
    with tls_hook(authority.certificate(UNKNOWN)) as hook, forward_proxy() as proxy:
        proxy.leads_to = ("127.0.0.1", int(hook.url.split(":")[2].split("/")[0]))
        for _ in range(3):
            send(f"https://{UNKNOWN}/hook", {"HTTPS_PROXY": proxy.url}, ca_certificate=authority.pem)
        # With other trust, or without the proxy, nothing of it is used.
        failure(f"https://{UNKNOWN}/hook", {"HTTPS_PROXY": proxy.url})

    assert (3, 2) == (len(hook.requests), len(proxy.requests))


# -- mail and Apprise go where other channels may ----------------------------------------------------------------


ELSEWHERE = {"REDIS_URL": "redis://elsewhere.example"}
"""Without the embedded server, this machine is not called."""


def mail(redis: Redis, environment: dict[str, str], **fields: Any) -> DeliveryError:
    kind = kinds.get("email")
    people = {"from_email": "a@example.com", "to_emails": ["b@example.com"], "security": "none"}
    message = render.notification(
        "email", [Item("firing", an_alert(id=fields["smtp_server"]), "http://board/alerts/1")], 1
    )
    with pytest.raises(DeliveryError) as caught:
        around = Surroundings.of(redis, Settings.from_environment(environment))
        kind.send(message, kind.check({**people, **fields}), around)
    return caught.value


def test_mail_server_is_judged_like_other_addresses(redis: Redis) -> None:
    never = mail(redis, {}, smtp_server="169.254.169.254", smtp_port=25)
    here = mail(redis, ELSEWHERE, smtp_server="127.0.0.1", smtp_port=free_port())
    refused = mail(redis, {"OUTBOUND_REFUSE": "private"}, smtp_server="10.1.2.3", smtp_port=25)

    assert ["permanent"] * 3 == [never.verdict, here.verdict, refused.verdict]
    assert "never call" in never.reason
    assert "OUTBOUND_ALLOW=loopback" in here.reason and "OUTBOUND_REFUSE" in refused.reason


def test_mail_server_of_this_machine_is_called_on_the_ports_of_mail(redis: Redis) -> None:
    # Whether anything listens there or not, the address is not what is refused.
    error = mail(redis, ELSEWHERE, smtp_server="127.0.0.1", smtp_port=465)

    assert "OUTBOUND" not in error.reason and "retryable" == error.verdict


def apprise(redis: Redis, url: str, environment: dict[str, str]) -> DeliveryError | None:
    kind = kinds.get("apprise")
    message = render.notification("apprise", [Item("firing", an_alert(id=url), "http://board/alerts/1")], 1)
    around = Surroundings.of(redis, Settings.from_environment(environment))
    try:
        kind.send(message, kind.check({"urls": [url]}), around)
    except DeliveryError as error:
        return error
    return None


def test_apprise_goes_where_other_channels_may(redis: Redis) -> None:
    with http_server() as hook:
        url = hook.url.replace("http://", "json://")
        here = apprise(redis, url, {"OUTBOUND_ALLOW": "loopback", **ELSEWHERE})
        refused = apprise(redis, f"{url}?x=1", ELSEWHERE)
        by_name = apprise(redis, url.replace("127.0.0.1", "localhost"), {"OUTBOUND_REFUSE": "localhost"})
        never = apprise(redis, "json://169.254.169.254/x", {})
        mailed = apprise(redis, "mailto://a:b@example.com?smtp=169.254.169.254&to=c@example.com", {})

    assert here is None and 1 == len(hook.requests)
    assert refused is not None and "OUTBOUND_ALLOW=loopback" in refused.reason
    assert by_name is not None and "OUTBOUND_REFUSE" in by_name.reason
    assert never is not None and ("permanent", True) == (never.verdict, "never call" in never.reason)
    assert mailed is not None and "never call" in mailed.reason


def test_apprise_is_led_nowhere_by_a_redirect(redis: Redis) -> None:
    with http_server() as hook:
        hook.answer = lambda handler: answer(handler, 302, "", Location="http://169.254.169.254/latest/meta-data")
        error = apprise(redis, hook.url.replace("http://", "json://"), {})

    assert error is not None and "never call" in error.reason


def test_apprise_behind_a_proxy_of_this_machine(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    with http_server() as hook, forward_proxy() as proxy:
        proxy.leads_to = ("127.0.0.1", int(hook.url.split(":")[2].split("/")[0]))
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        environment = {"HTTP_PROXY": proxy.url, **ELSEWHERE}
        taken = apprise(redis, f"json://{UNKNOWN}/x", environment)
        never = apprise(redis, "json://169.254.169.254/y", environment)

    assert taken is None and 1 == len(proxy.requests)
    assert never is not None and "never call" in never.reason
