"""A target that is scraped: a real HTTP server whose page and manners the test sets."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TEXT = "text/plain; version=0.0.4; charset=utf-8"


class ScrapeTarget:
    """What the server answers, and what it was asked."""

    def __init__(self) -> None:
        self.body = b""
        self.status = 200
        self.headers: dict[str, str] = {"Content-Type": TEXT}
        self.requests: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.is_open = threading.Event()
        """While it is cleared, no request is answered."""
        self.is_open.set()
        self.stated_length: int | None = None
        """Of the body; None: the true one."""
        self.port = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def show(self, text: str) -> None:
        self.body = text.encode()


@contextmanager
def a_target(text: str = "", files: tuple[Path, Path] | None = None) -> Iterator[ScrapeTarget]:
    """
    Serve a page.

    Args:
        files: Certificate and key; given, it speaks TLS.
    """
    target = ScrapeTarget()
    target.show(text)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            target.paths.append(self.path)
            target.requests.append({name.lower(): value for name, value in self.headers.items()})
            target.is_open.wait()
            body = target.body
            self.send_response(target.status)
            for name, value in target.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(target.stated_length or len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # The scraper has hung up.
            if target.stated_length:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if files is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    target.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield target
    finally:
        target.is_open.set()
        server.shutdown()
        server.server_close()
        thread.join()
