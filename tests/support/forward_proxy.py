"""A forward proxy as companies have them: CONNECT for https, whole addresses for http, and a sign-in if wanted."""

import base64
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class ForwardProxy:
    """What the proxy did, and how it shall behave."""

    port: int = 0
    credentials: str = ""
    """`user:password` it asks for; "" for none."""
    refuses: str = ""
    """A status line's end, e.g. `403 Forbidden`, with which every request is answered."""
    silent: bool = False
    leads_to: tuple[str, int] | None = None
    """Where every name leads, as a proxy that knows names this machine does not; None: it looks them up."""
    requests: list[str] = field(default_factory=list)
    """First lines of the requests."""
    passed: list[bytes] = field(default_factory=list)
    """What went through towards servers."""

    @property
    def url(self) -> str:
        return f"http://{self.credentials + '@' if self.credentials else ''}127.0.0.1:{self.port}"

    def _handle(self, near: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (piece := near.recv(65_536)):
            head += piece
        head, _, rest = head.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        self.requests.append(first)
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        wanted = f"Basic {base64.b64encode(self.credentials.encode()).decode()}"
        if self.silent:
            near.recv(1)
        elif self.credentials and headers.get("proxy-authorization") != wanted:
            near.sendall(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
        elif self.refuses:
            near.sendall(f"HTTP/1.1 {self.refuses}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        elif method == "CONNECT":
            host, _, port = target.rpartition(":")
            with socket.create_connection(self.leads_to or (host.strip("[]"), int(port))) as far:
                near.sendall(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n")
                self._pass_on(near, far)
        else:
            parts = urlsplit(target)
            kept = [line for line in lines if not line.lower().startswith("proxy-")]
            path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            with socket.create_connection(self.leads_to or (parts.hostname or "", parts.port or 80)) as far:
                far.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *kept, "", ""]).encode() + rest)
                self._pass_on(near, far)

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        while True:
            for source in select.select([near, far], [], [])[0]:
                piece = source.recv(65_536)
                if not piece:
                    return
                if source is near:
                    self.passed.append(piece)
                (far if source is near else near).sendall(piece)


@contextmanager
def forward_proxy(**behaviour: object) -> Iterator[ForwardProxy]:
    """A real proxy on a free port."""
    proxy = ForwardProxy(**behaviour)  # type: ignore[arg-type]

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                proxy._handle(self.request)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
