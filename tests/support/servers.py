"""Real servers for deliveries: an SMTP server with STARTTLS and sign-in, and an HTTP server told how to answer."""

import json
import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dispatchers.network import Network
from shared.outbound import Policy
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S

HERE = Network(policy=Policy(allow=("loopback", "localhost")))
"""The servers of the tests are on this machine, push services too."""


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for localhost; return the files of certificate and key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return cert_file, key_file


@contextmanager
def tls_before(port: int, folder: Path) -> Iterator[tuple[int, Path]]:
    """Stand before a server that knows no TLS; returns the port and the certificate it shows."""
    files = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            # One thread for both ways: no other may write to what this one reads.
            with (
                suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as near,
                socket.create_connection(("127.0.0.1", port)) as far,
            ):
                while True:
                    ready = [near] if near.pending() else select.select([near, far], [], [])[0]
                    for source, target in ((near, far), (far, near)):
                        if source in ready:
                            piece = source.recv(65_536)
                            if not piece:
                                return
                            target.sendall(piece)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server.server_address[1], files[0]
    finally:
        server.shutdown()
        server.server_close()


class Mailbox:
    """An aiosmtpd handler that keeps what it takes."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.answers: list[str] = []
        """What to answer to the next DATA commands; accepted when empty."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


@contextmanager
def smtp_server(folder: Path | None = None, user: str = "", password: str = "") -> Iterator[tuple[Mailbox, int]]:
    """A real SMTP server on a free port; with a folder: STARTTLS required, and the given sign-in."""
    mailbox = Mailbox()
    options: dict[str, Any] = {}
    if folder is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate(folder))

        def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
            good = isinstance(data, LoginPassword) and (data.login, data.password) == (user.encode(), password.encode())
            return AuthResult(success=good, handled=False)

        options = {
            "tls_context": context,
            "require_starttls": True,
            "authenticator": authenticate,
            "auth_required": bool(user),
        }
    port = free_port()
    with smtp_listening(mailbox, port, **options):
        yield mailbox, port


@contextmanager
def smtp_listening(mailbox: Mailbox, port: int, **options: Any) -> Iterator[None]:
    """Have a mailbox served, with the server's own options; a busy machine may take its time to begin."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, ready_timeout=PATIENCE_S, **options)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


class Hook:
    """What an HTTP server received, and how it shall answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[BaseHTTPRequestHandler], None] | None = None
        """Called instead of answering 200, if set."""

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.requests]

    def told(self) -> list[tuple[str, str]]:
        """(news, plugin id) of every alert received, in order."""
        return [(a["news"], a["alert"]["plugin_id"]) for body in self.bodies() for a in body["alerts"]]


@contextmanager
def http_server() -> Iterator[Hook]:
    """A real HTTP server on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            hook.requests.append((dict(self.headers), body))
            if hook.answer is not None:
                hook.answer(self)
                return
            answer(self, 200, "ok")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hook = Hook(f"http://127.0.0.1:{server.server_port}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()


def answer(handler: BaseHTTPRequestHandler, status: int, body: str = "", **headers: str) -> None:
    """Send a whole answer."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body.encode())))
    handler.end_headers()
    handler.wfile.write(body.encode())
